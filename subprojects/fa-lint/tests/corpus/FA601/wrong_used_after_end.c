/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct contact {
    float x, y;
};

static struct contact *find_contacts(fa_allocator *a, int count)
{
    struct contact *contacts = fa_frame_new(a, struct contact, (size_t)count);
    for (int i = 0; contacts != NULL && i < count; i++)
        contacts[i] = (struct contact){(float)i, (float)-i};
    return contacts;
}

float physics(fa_allocator *a)
{
    float sum = 0;
    if (fa_frame_begin(a) != FA_OK)
        return 0;
    struct contact *contacts = find_contacts(a, 16);
    fa_frame_end(a);
    if (contacts != NULL)
        sum += contacts[3].x; // expect: FA601
    return sum;
}
