/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "lsp_text.h"
#include "list.h"
#include "output_json.h"
#include "text.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_BYTES = 64 * 1024 * 1024 };

/* Headers are read byte by byte, so that nothing is taken in which poll() would not see. */
void begin_messages(void)
{
    setvbuf(stdin, NULL, _IONBF, 0);
}

bool message_waits(void)
{
    struct pollfd input = {STDIN_FILENO, POLLIN, 0};
    return poll(&input, 1, 0) > 0;
}

static bool read_line(char *line, size_t size)
{
    size_t length = 0;
    int byte;
    while ((byte = getchar()) != EOF && byte != '\n')
        if (length + 1 < size)
            line[length++] = (char)byte;
    line[length] = 0;
    if (length > 0 && line[length - 1] == '\r')
        line[length - 1] = 0;
    return byte != EOF;
}

/* The length that the headers of the next message name, 0 if they name none; false at the end of the input. */
static bool read_headers(size_t *length)
{
    static const char name[] = "Content-Length:";
    char line[512];
    *length = 0;
    while (read_line(line, sizeof line)) {
        if (line[0] == 0)
            return true;
        if (strncasecmp(line, name, sizeof name - 1) == 0)
            *length = strtoul(line + sizeof name - 1, NULL, 10);
    }
    return false;
}

/* What is too long is passed over, so that the next message is found. */
static void skip(size_t length)
{
    char piece[65536];
    size_t got = 1;
    while (length > 0 && got > 0) {
        got = fread(piece, 1, length < sizeof piece ? length : sizeof piece, stdin);
        length -= got;
    }
}

enum reception receive_message(json_t **message)
{
    size_t length;
    *message = NULL;
    if (!read_headers(&length))
        return RECEIVED_END;
    if (length > MOST_BYTES)
        skip(length);
    if (length == 0 || length > MOST_BYTES)
        return RECEIVED_NONSENSE;
    char *bytes = take(length + 1);
    bool whole = fread(bytes, 1, length, stdin) == length;
    *message = whole ? json_loadb(bytes, length, 0, NULL) : NULL;
    release(bytes);
    return !whole ? RECEIVED_END : *message != NULL ? RECEIVED_MESSAGE : RECEIVED_NONSENSE;
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

void show_message(const char *text)
{
    char *shown = format_text("fa-lint: %s", text);
    send_message(json_pack("{s:s, s:s, s:{s:i, s:o}}", "jsonrpc", "2.0", "method", "window/showMessage", "params",
                           "type", 1, "message", json_text(shown)));
    release(shown);
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
    /* Before the path the name of this machine may stand. */
    uri += strlen("file://");
    for (uri += strcspn(uri, "/"); *uri != 0; uri++) {
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

json_t *range_json(const char *text, uint32_t line, uint32_t column, uint32_t width)
{
    const char *start = start_of_line(text, line);
    size_t length = strcspn(start, "\r\n");
    size_t first = column - 1 < length ? column - 1 : length;
    size_t last = first + width < length ? first + width : length;
    int number = (int)line - 1;
    return json_pack("{s:{s:i, s:i}, s:{s:i, s:i}}", "start", "line", number, "character", (int)units_in(start, first),
                     "end", "line", number, "character", (int)units_in(start, last));
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
    return json_pack("{s:i, s:i}", "line", line, "character", (int)units_in(text + start, offset - start));
}

json_t *range_of_offsets(const char *text, size_t begin, size_t end)
{
    return json_pack("{s:o, s:o}", "start", position_of(text, begin), "end", position_of(text, end));
}

size_t offset_of_line(const char *text, uint32_t line)
{
    return (size_t)(start_of_line(text, line) - text);
}
