/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Checks that check in every build type, and a runner that speaks TAP. */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef struct check_case {
    const char *name;
    void (*run)(void);
} check_case;

typedef struct check_site {
    const char *file;
    int line;
    const char *text;
} check_site;

enum { CHECK_PRINTED_MAX = 20 };

/* Tests may check from several threads. */
static atomic_uint check_failures;
static const char *check_skip_reason;

static inline bool check_that(bool holds, check_site site)
{
    if (!holds && atomic_fetch_add(&check_failures, 1) < CHECK_PRINTED_MAX)
        printf("# %s:%d: does not hold: %s\n", site.file, site.line, site.text);
    return holds;
}

static inline bool check_equal(uintmax_t actual, uintmax_t expected, check_site site)
{
    if (actual != expected && atomic_fetch_add(&check_failures, 1) < CHECK_PRINTED_MAX)
        printf("# %s:%d: %s is %jd, expected %jd\n", site.file, site.line, site.text, (intmax_t)actual,
               (intmax_t)expected);
    return actual == expected;
}

static inline bool check_text(const char *actual, const char *expected, check_site site)
{
    bool same = actual != NULL && strcmp(actual, expected) == 0;
    if (!same && atomic_fetch_add(&check_failures, 1) < CHECK_PRINTED_MAX)
        printf("# %s:%d: %s is \"%s\", expected \"%s\"\n", site.file, site.line, site.text,
               actual != NULL ? actual : "(null)", expected);
    return same;
}

#define CHECK_HERE(text) ((check_site){__FILE__, __LINE__, text})

/* Each is true when it holds, and lets the test go on when it does not. */
#define CHECK(condition) check_that((condition), CHECK_HERE(#condition))
#define CHECK_EQ(actual, expected) check_equal((uintmax_t)(actual), (uintmax_t)(expected), CHECK_HERE(#actual))
#define CHECK_TEXT(actual, expected) check_text((actual), (expected), CHECK_HERE(#actual))

/* Leaves the test function when what follows would make no sense. */
#define REQUIRE(condition)                                                                                            \
    do {                                                                                                              \
        if (!CHECK(condition))                                                                                        \
            return;                                                                                                   \
    } while (0)

#define SKIP(reason)                                                                                                  \
    do {                                                                                                              \
        check_skip_reason = (reason);                                                                                 \
        return;                                                                                                       \
    } while (0)

/* Hide a value from the compiler, which would warn of the very mistakes that tests make on purpose. */
static inline void *opaque(const void *pointer)
{
    const void *volatile hidden = pointer;
    union {
        const void *in;
        void *out;
    } shed = {hidden};
    return shed.out;
}

static inline size_t opaque_size(size_t size)
{
    volatile size_t hidden = size;
    return hidden;
}

static inline bool aligned_to(const void *pointer, size_t align)
{
    return ((uintptr_t)pointer & (align - 1)) == 0;
}

static inline bool check_run_one(size_t number, const check_case *test)
{
    unsigned before = atomic_load(&check_failures);
    check_skip_reason = NULL;
    test->run();
    bool passed = atomic_load(&check_failures) == before;
    printf("%s %zu - %s", passed ? "ok" : "not ok", number, test->name);
    if (passed && check_skip_reason != NULL)
        printf(" # SKIP %s", check_skip_reason);
    printf("\n");
    (void)fflush(stdout);
    return passed;
}

static inline int check_run(const check_case *tests, size_t count)
{
    size_t failed = 0;
    printf("1..%zu\n", count);
    (void)fflush(stdout);
    for (size_t i = 0; i < count; i++)
        failed += !check_run_one(i + 1, &tests[i]);
    return failed == 0 ? 0 : 1;
}

#define CASE(function) {#function, function}
#define CHECK_MAIN(...)                                                                                               \
    int main(void)                                                                                                    \
    {                                                                                                                 \
        static const check_case cases[] = {__VA_ARGS__};                                                              \
        return check_run(cases, sizeof cases / sizeof *cases);                                                        \
    }

#endif
