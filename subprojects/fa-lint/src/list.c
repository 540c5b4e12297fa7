/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "list.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *or_end(void *block)
{
    if (block == NULL) {
        fputs("fa-lint: out of memory\n", stderr);
        exit(2);
    }
    return block;
}

void *take(size_t bytes)
{
    return or_end(calloc(1, bytes != 0 ? bytes : 1));
}

void release(void *block)
{
    free(block);
}

void *list_grow(void *items, size_t count, size_t *capacity, size_t item_size)
{
    if (count < *capacity)
        return items;
    *capacity = *capacity != 0 ? *capacity * 2 : 8;
    return or_end(realloc(items, *capacity * item_size));
}

char *copy_text(const char *text)
{
    return or_end(strdup(text));
}

char *format_text(const char *format, ...)
{
    va_list arguments;
    char *text = NULL;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    return or_end(length < 0 ? NULL : text);
}

uint64_t hash_bytes(const void *bytes, size_t count, uint64_t seed)
{
    const unsigned char *next = bytes;
    uint64_t hash = seed ^ 0xcbf29ce484222325u;
    for (size_t i = 0; i < count; i++)
        hash = (hash ^ next[i]) * 0x100000001b3u;
    return hash ^ hash >> 29;
}

uint64_t hash_text(const char *text, uint64_t seed)
{
    return hash_bytes(text, strlen(text), seed);
}

bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static LIST(char *) texts;
static int32_t *places;
static size_t place_count;

static size_t place_of(const char *bytes, size_t length)
{
    size_t at = (size_t)hash_bytes(bytes, length, 0) & (place_count - 1);
    while (places[at] != 0) {
        const char *text = texts.items[places[at] - 1];
        if (strncmp(text, bytes, length) == 0 && text[length] == 0)
            break;
        at = (at + 1) & (place_count - 1);
    }
    return at;
}

static void widen(void)
{
    release(places);
    place_count = place_count != 0 ? place_count * 2 : 1024;
    places = take(place_count * sizeof *places);
    for (size_t i = 0; i < texts.count; i++)
        places[place_of(texts.items[i], strlen(texts.items[i]))] = (int32_t)i + 1;
}

int32_t intern_bytes(const char *bytes, size_t length)
{
    if (length == 0)
        return 0;
    if (texts.count * 2 >= place_count)
        widen();
    size_t at = place_of(bytes, length);
    if (places[at] == 0) {
        char *text = take(length + 1);
        memcpy(text, bytes, length);
        LIST_PUSH(&texts, text);
        places[at] = (int32_t)texts.count;
    }
    return places[at];
}

int32_t intern(const char *text)
{
    return text != NULL ? intern_bytes(text, strlen(text)) : 0;
}

const char *text_of(int32_t id)
{
    return id > 0 && (size_t)id <= texts.count ? texts.items[id - 1] : "";
}

static char *read_all(FILE *file, size_t *length)
{
    LIST(char) bytes = {0};
    char piece[65536];
    size_t got;
    while ((got = fread(piece, 1, sizeof piece, file)) != 0)
        for (size_t i = 0; i < got; i++)
            LIST_PUSH(&bytes, piece[i]);
    *length = bytes.count;
    LIST_PUSH(&bytes, 0);
    if (ferror(file))
        LIST_FREE(&bytes);
    return bytes.items;
}

char *read_file(const char *path, size_t *length)
{
    size_t unused;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return NULL;
    char *bytes = read_all(file, length != NULL ? length : &unused);
    fclose(file);
    return bytes;
}
