/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "lsp_text.h"
#include "list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 64 * 1024 * 1024 };

/* The length that the headers of the next message name; 0 at the end of the input. */
static size_t read_headers(void)
{
    char line[512];
    size_t length = 0;
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (line[0] == '\r' || line[0] == '\n')
            return length;
        if (starts_with(line, "Content-Length:"))
            length = strtoul(line + strlen("Content-Length:"), NULL, 10);
    }
    return 0;
}

json_t *receive_message(void)
{
    size_t length = read_headers();
    if (length == 0 || length > MOST_BYTES)
        return NULL;
    char *bytes = take(length + 1);
    json_t *message = fread(bytes, 1, length, stdin) == length ? json_loadb(bytes, length, 0, NULL) : NULL;
    release(bytes);
    return message;
}

void send_message(json_t *message)
{
    char *bytes = json_dumps(message, JSON_COMPACT);
    if (bytes != NULL)
        printf("Content-Length: %zu\r\n\r\n%s", strlen(bytes), bytes);
    fflush(stdout);
    free(bytes);
    json_decref(message);
}

void log_message(const char *text)
{
    send_message(json_pack("{s:s, s:s, s:{s:i, s:s}}", "jsonrpc", "2.0", "method", "window/logMessage", "params",
                           "type", 1, "message", text));
}

static int hex(char digit)
{
    const char *digits = "0123456789abcdef";
    const char *found = strchr(digits, digit >= 'A' && digit <= 'F' ? digit + 32 : digit);
    return found != NULL && digit != 0 ? (int)(found - digits) : -1;
}

char *path_of_uri(const char *uri)
{
    if (!starts_with(uri, "file://"))
        return NULL;
    char *path = take(strlen(uri) + 1), *end = path;
    for (uri += strlen("file://"); *uri != 0; uri++) {
        bool escaped = uri[0] == '%' && hex(uri[1]) >= 0 && hex(uri[2]) >= 0;
        *end++ = escaped ? (char)(hex(uri[1]) * 16 + hex(uri[2])) : *uri;
        uri += escaped ? 2 : 0;
    }
    return path;
}

char *uri_of_path(const char *path)
{
    LIST(char) uri = {0};
    for (const char *start = "file://"; *start != 0; start++)
        LIST_PUSH(&uri, *start);
    for (; *path != 0; path++) {
        unsigned char byte = (unsigned char)*path;
        if (byte > ' ' && byte < 0x7f && strchr("%#?\"<>", byte) == NULL) {
            LIST_PUSH(&uri, *path);
            continue;
        }
        LIST_PUSH(&uri, '%');
        LIST_PUSH(&uri, "0123456789ABCDEF"[byte >> 4]);
        LIST_PUSH(&uri, "0123456789ABCDEF"[byte & 15]);
    }
    LIST_PUSH(&uri, 0);
    return uri.items;
}

static const char *start_of_line(const char *text, uint32_t line)
{
    for (uint32_t at = 1; at < line; at++) {
        const char *end = strchr(text, '\n');
        if (end == NULL)
            return text + strlen(text);
        text = end + 1;
    }
    return text;
}

/* A character outside the first plane takes two units, and four bytes of UTF-8. */
static int units_of(const char *text, size_t bytes)
{
    int units = 0;
    for (size_t i = 0; i < bytes && text[i] != 0; i++) {
        unsigned char byte = (unsigned char)text[i];
        units += (byte & 0xc0) != 0x80;
        units += byte >= 0xf0;
    }
    return units;
}

json_t *range_json(const char *text, uint32_t line, uint32_t column, uint32_t width)
{
    const char *start = start_of_line(text, line);
    size_t length = strcspn(start, "\r\n");
    size_t first = column - 1 < length ? column - 1 : length;
    size_t last = first + width < length ? first + width : length;
    int number = (int)line - 1;
    return json_pack("{s:{s:i, s:i}, s:{s:i, s:i}}", "start", "line", number, "character", units_of(start, first),
                     "end", "line", number, "character", units_of(start, last));
}

static json_t *position_of(const char *text, size_t offset)
{
    int line = 0;
    size_t start = 0, length = strlen(text);
    offset = offset < length ? offset : length;
    for (size_t i = 0; i < offset; i++)
        if (text[i] == '\n') {
            line++;
            start = i + 1;
        }
    return json_pack("{s:i, s:i}", "line", line, "character", units_of(text + start, offset - start));
}

json_t *range_of_offsets(const char *text, size_t begin, size_t end)
{
    return json_pack("{s:o, s:o}", "start", position_of(text, begin), "end", position_of(text, end));
}

json_t *end_of_line(const char *text, uint32_t line)
{
    const char *start = start_of_line(text, line);
    return position_of(text, (size_t)(start - text) + strcspn(start, "\r\n"));
}
