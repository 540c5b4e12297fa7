/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"
#include "figures.h"

typedef struct contact {
    float depth;
    int body;
    _Alignas(32) float normal[4];
} contact;

FA_VECTOR_DEFINE(int_list, int)
FA_VECTOR_DEFINE(contact_list, contact)

static bool holds(const int_list *list, size_t count, const int *expected)
{
    if (!CHECK_EQ(int_list_count(list), count))
        return false;
    for (size_t i = 0; i < count; i++)
        CHECK_EQ(*int_list_at(list, i), expected[i]);
    return true;
}

static fa_allocator *framed(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    return a;
}

static void items_come_and_go(void)
{
    fa_allocator *a = framed();
    int_list list;
    CHECK_EQ(int_list_make(&list, a, 6), FA_OK);
    CHECK_EQ(int_list_capacity(&list), 6);
    const int some[] = {2, 3, 4};
    CHECK_EQ(int_list_push(&list, 1), FA_OK);
    CHECK_EQ(int_list_extend(&list, some, 3), FA_OK);
    holds(&list, 4, (const int[]){1, 2, 3, 4});
    CHECK_EQ(int_list_insert(&list, 0, 9), FA_OK);
    CHECK_EQ(int_list_insert(&list, 5, 8), FA_OK);
    holds(&list, 6, (const int[]){9, 1, 2, 3, 4, 8});
    CHECK_EQ(int_list_push(&list, 7), FA_ERROR_FULL);
    CHECK_EQ(int_list_insert(&list, 0, 7), FA_ERROR_FULL);
    CHECK_EQ(int_list_extend(&list, some, 1), FA_ERROR_FULL);
    CHECK(int_list_add(&list) == NULL);
    CHECK_EQ(int_list_remove(&list, 1), FA_OK);
    holds(&list, 5, (const int[]){9, 2, 3, 4, 8});
    CHECK_EQ(int_list_remove_swap(&list, 0), FA_OK);
    holds(&list, 4, (const int[]){8, 2, 3, 4});
    int last = 0;
    CHECK_EQ(int_list_pop(&list, &last), FA_OK);
    CHECK_EQ(last, 4);
    CHECK_EQ(*int_list_last(&list), 3);
    CHECK_EQ(int_list_index_of(&list, 2), 1);
    CHECK_EQ(int_list_index_of(&list, 77), SIZE_MAX);
    *int_list_add(&list) = 11;
    holds(&list, 4, (const int[]){8, 2, 3, 11});
    int sum = 0;
    FA_VECTOR_EACH (int, item, &list)
        sum += *item;
    CHECK_EQ(sum, 24);
    int_list part = int_list_slice(&list, 1, 3);
    holds(&part, 2, (const int[]){2, 3});
    CHECK_EQ(int_list_push(&part, 1), FA_ERROR_FULL);
    part = int_list_slice(&list, 3, 2);
    CHECK_EQ(int_list_count(&part), 0);
    part = int_list_slice(&list, 0, 5);
    CHECK_EQ(int_list_count(&part), 0);
    CHECK_EQ(int_list_clear(&list), FA_OK);
    CHECK_EQ(int_list_pop(&list, NULL), FA_ERROR_NOT_FOUND);
    CHECK(int_list_last(&list) == NULL);
    fa_allocator_release(a);
}

FA_VECTOR_DEFINE(name_list, const char *)

static void own_items_can_be_inserted(void)
{
    fa_allocator *a = framed();
    int_list list;
    const int items[] = {1, 2, 3, 4};
    CHECK_EQ(int_list_make(&list, a, 8), FA_OK);
    CHECK_EQ(int_list_extend(&list, items, 4), FA_OK);
    CHECK_EQ(fa_vector_insert(&list.base, 1, int_list_at(&list, 3)), FA_OK);
    holds(&list, 5, (const int[]){1, 4, 2, 3, 4});
    CHECK_EQ(fa_vector_insert(&list.base, 4, int_list_at(&list, 0)), FA_OK);
    holds(&list, 6, (const int[]){1, 4, 2, 3, 1, 4});
    name_list names;
    CHECK_EQ(name_list_make(&names, a, 2), FA_OK);
    CHECK_EQ(name_list_push(&names, "one"), FA_OK);
    FA_VECTOR_EACH (const char *, name, &names)
        CHECK_TEXT(*name, "one");
    fa_allocator_release(a);
}

static int32_t by_depth(void *user, const void *left, const void *right)
{
    CHECK(aligned_to(left, 32) && aligned_to(right, 32));
    ++*(int *)user;
    const contact *l = left;
    const contact *r = right;
    return l->depth < r->depth ? -1 : l->depth > r->depth;
}

static void items_stay_aligned_while_sorted(void)
{
    fa_allocator *a = framed();
    contact_list contacts;
    CHECK_EQ(contact_list_make(&contacts, a, 9), FA_OK);
    for (int i = 0; i < 9; i++)
        contact_list_add(&contacts)->depth = (float)(i * 4 % 9);
    int asked = 0;
    CHECK(fa_frame_alloc(a, 16, 16) != NULL);
    CHECK_EQ(contact_list_sort(&contacts, a, by_depth, &asked), FA_OK);
    CHECK(asked > 0);
    for (size_t i = 0; i < 9; i++)
        CHECK(contact_list_at(&contacts, i)->depth == (float)i);
    fa_allocator_release(a);
}

static int32_t is_even(void *user, const void *item)
{
    ++*(int *)user;
    return *(const int *)item % 2 == 0;
}

/* By tens, so that order within tens shows whether equal items keep theirs. */
static int32_t by_tens(void *user, const void *left, const void *right)
{
    (void)user;
    return *(const int *)left / 10 - *(const int *)right / 10;
}

static void functions_choose_and_order(void)
{
    fa_allocator *a = framed();
    int_list list;
    CHECK_EQ(int_list_make(&list, a, 100), FA_OK);
    for (int i = 0; i < 100; i++)
        CHECK_EQ(int_list_push(&list, i * 37 % 100), FA_OK);
    size_t used = fa_frame_used(a);
    CHECK_EQ(int_list_sort(&list, a, by_tens, NULL), FA_OK);
    CHECK_EQ(fa_frame_used(a), used);
    int place[100];
    for (int i = 0; i < 100; i++)
        place[i * 37 % 100] = i;
    for (size_t i = 1; i < 100; i++) {
        int before = *int_list_at(&list, i - 1);
        int after = *int_list_at(&list, i);
        CHECK(before / 10 < after / 10 || (before / 10 == after / 10 && place[before] < place[after]));
    }
    int asked = 0;
    size_t removed = 0;
    CHECK_EQ(int_list_retain(&list, is_even, &asked, &removed), FA_OK);
    CHECK_EQ(asked, 100);
    CHECK_EQ(removed, 50);
    CHECK_EQ(int_list_count(&list), 50);
    FA_VECTOR_EACH (int, item, &list)
        CHECK_EQ(*item % 2, 0);
    CHECK_EQ(int_list_find(&list, is_even, &asked), 0);
    fa_allocator_release(a);
}

static void items_are_aligned_and_charged(void)
{
    fa_allocator *a = framed();
    contact_list contacts;
    CHECK(fa_frame_alloc(a, 16, 16) != NULL);
    CHECK_EQ(fa_tag_push_name(a, "physics"), FA_OK);
    CHECK_EQ(contact_list_make(&contacts, a, 3), FA_OK);
    contact *first = contact_list_add(&contacts);
    CHECK(aligned_to(first, 32));
    CHECK(aligned_to(contact_list_add(&contacts), 32));
    fa_tag_stats stats = FA_TAG_STATS_INIT;
    CHECK_EQ(fa_tag_get_stats(a, fa_tag_current(a), &stats), FA_OK);
    CHECK_EQ(stats.frame.live_count, 1);
    CHECK(stats.frame.live_bytes >= 3 * sizeof(contact));
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    fa_allocator_release(a);
}

static void vectors_end_with_their_frame(void)
{
    fa_allocator *a = framed();
    int_list list;
    CHECK_EQ(int_list_make(&list, a, 4), FA_OK);
    CHECK_EQ(int_list_push(&list, 1), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    capture c;
    capture_start(&c, a);
    CHECK_EQ(int_list_push(&list, 2), FA_ERROR_STALE);
    CHECK_EQ(capture_code(&c), 6);
    CHECK(int_list_at(&list, 0) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_STALE);
    CHECK_EQ(int_list_remove(&list, 0), FA_ERROR_STALE);
    FA_VECTOR_EACH (int, item, &list)
        CHECK(item == NULL);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(int_list_clear(&list), FA_ERROR_STALE);
    CHECK_EQ(int_list_sort(&list, a, by_tens, NULL), FA_ERROR_STALE);
    fa_allocator_release(a);
}

static void bad_input_is_refused(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_mute(a);
    int_list list;
    CHECK_EQ(int_list_make(&list, a, 4), FA_ERROR_NO_FRAME);
    CHECK_EQ(int_list_push(&list, 1), FA_ERROR_STALE);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(int_list_make(&list, a, opaque_size(SIZE_MAX)), FA_ERROR_SIZE);
    CHECK_EQ(int_list_make(&list, a, opaque_size(SIZE_MAX / 4 + 2)), FA_ERROR_SIZE);
    CHECK_EQ(int_list_make(&list, a, 0), FA_OK);
    CHECK_EQ(int_list_push(&list, 1), FA_ERROR_FULL);
    fa_vector raw;
    CHECK_EQ(fa_vector_init(&raw, a, 4, 0, 1), FA_ERROR_SIZE);
    CHECK_EQ(fa_vector_init(&raw, a, 4, 4, 3), FA_ERROR_ALIGNMENT);
    CHECK_EQ(fa_vector_init(NULL, a, 4, 4, 4), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_vector_init(&raw, NULL, 4, 4, 4), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_vector_pop(NULL, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(int_list_make(&list, a, 4), FA_OK);
    CHECK_EQ(int_list_insert(&list, 1, 1), FA_ERROR_NOT_FOUND);
    CHECK_EQ(int_list_remove_swap(&list, 0), FA_ERROR_NOT_FOUND);
    CHECK_EQ(int_list_extend(&list, NULL, 0), FA_OK);
    CHECK_EQ(int_list_extend(&list, NULL, 1), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_vector_insert(&list.base, 0, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(int_list_retain(&list, NULL, NULL, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(int_list_find(&list, NULL, NULL), SIZE_MAX);
    CHECK(int_list_at(&list, SIZE_MAX) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_NOT_FOUND);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(items_come_and_go), CASE(functions_choose_and_order), CASE(own_items_can_be_inserted),
           CASE(items_stay_aligned_while_sorted), CASE(items_are_aligned_and_charged),
           CASE(vectors_end_with_their_frame), CASE(bad_input_is_refused))
