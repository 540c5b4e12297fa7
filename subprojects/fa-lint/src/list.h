/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Growing arrays and interned strings: what every part of the analyser is made of. */
#ifndef FA_LINT_LIST_H
#define FA_LINT_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIST(type)                                                                                                     \
    struct {                                                                                                           \
        type *items;                                                                                                   \
        size_t count;                                                                                                  \
        size_t capacity;                                                                                               \
    }

/* Room for one more item; memory that is not there ends the program, which has nothing to save. */
void *list_grow(void *items, size_t count, size_t *capacity, size_t item_size);
#define LIST_PUSH(list, ...)                                                                                           \
    ((list)->items = list_grow((list)->items, (list)->count, &(list)->capacity, sizeof *(list)->items),                \
     (list)->items[(list)->count++] = __VA_ARGS__)
#define LIST_FREE(list) (release((list)->items), (list)->items = NULL, (list)->count = (list)->capacity = 0)

void *take(size_t bytes);
void release(void *block);
char *copy_text(const char *text);
char *format_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Interned text: the same text has the same number; 0 is the empty text. */
int32_t intern(const char *text);
int32_t intern_bytes(const char *bytes, size_t length);
const char *text_of(int32_t id);

uint64_t hash_bytes(const void *bytes, size_t count, uint64_t seed);
uint64_t hash_text(const char *text, uint64_t seed);
bool starts_with(const char *text, const char *start);

/* The whole file with a NUL behind it, or NULL. */
char *read_file(const char *path, size_t *length);

#endif
