/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Modules on disk: numbers of 32 bits and texts, in one order for writing and reading. */
#include "ir.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FORMAT = 4 };

struct stream {
    FILE *file;
    bool writing;
    bool broken;
    uint64_t sum; /* Of all bytes before: what a disk or a program has spoilt is not believed. */
};

static void pass_bytes(struct stream *stream, void *bytes, size_t count)
{
    size_t done = stream->writing ? fwrite(bytes, 1, count, stream->file) : fread(bytes, 1, count, stream->file);
    stream->broken |= done != count;
    if (!stream->broken)
        stream->sum = hash_bytes(bytes, count, stream->sum);
}

static void pass_sum(struct stream *stream)
{
    uint64_t sum = stream->sum, written = sum;
    pass_bytes(stream, &written, sizeof written);
    stream->broken |= written != sum;
}

static void pass_text(struct stream *stream, int32_t *text)
{
    char bytes[4096];
    uint32_t length = (uint32_t)strlen(text_of(*text));
    length = length < sizeof bytes ? length : (uint32_t)sizeof bytes - 1;
    pass_bytes(stream, &length, sizeof length);
    if (stream->writing)
        memcpy(bytes, text_of(*text), length);
    else if (length >= sizeof bytes)
        stream->broken = true;
    if (stream->broken)
        return;
    pass_bytes(stream, bytes, length);
    *text = intern_bytes(bytes, length);
}

#define PASS(stream, field) pass_bytes(stream, &(field), sizeof(field))

#define PASS_LIST(stream, list, pass_item)                                                                             \
    do {                                                                                                               \
        uint32_t count = (uint32_t)(list)->count;                                                                      \
        PASS(stream, count);                                                                                           \
        for (uint32_t i = 0; i < count && !(stream)->broken; i++) {                                                    \
            if (!(stream)->writing) {                                                                                  \
                (list)->items = list_grow((list)->items, (list)->count, &(list)->capacity, sizeof *(list)->items);     \
                memset(&(list)->items[(list)->count++], 0, sizeof *(list)->items);                                     \
            }                                                                                                          \
            pass_item(stream, &(list)->items[i]);                                                                      \
        }                                                                                                              \
    } while (0)

static void pass_place(struct stream *stream, struct place *place)
{
    pass_text(stream, &place->file);
    PASS(stream, place->line);
    PASS(stream, place->column);
    PASS(stream, place->begin);
    PASS(stream, place->end);
}

static void pass_number(struct stream *stream, int32_t *number)
{
    PASS(stream, *number);
}

static void pass_op(struct stream *stream, struct op *op)
{
    int32_t name = op->name;
    struct place at = op->at;
    PASS(stream, *op);
    op->name = name;
    op->at = at;
    pass_text(stream, &op->name);
    pass_place(stream, &op->at);
}

static void pass_block(struct stream *stream, struct block *block)
{
    struct place at = block->at;
    PASS(stream, *block);
    block->at = at;
    pass_place(stream, &block->at);
}

static void pass_loop(struct stream *stream, struct loop *loop)
{
    struct place at = loop->at;
    PASS(stream, *loop);
    loop->at = at;
    pass_place(stream, &loop->at);
}

static void pass_local(struct stream *stream, struct local *local)
{
    pass_text(stream, &local->name);
    PASS(stream, local->flags);
    pass_text(stream, &local->allow);
}

static void pass_function(struct stream *stream, struct function *function)
{
    pass_text(stream, &function->usr);
    pass_text(stream, &function->name);
    PASS(stream, function->flags);
    pass_text(stream, &function->allow);
    pass_place(stream, &function->at);
    PASS_LIST(stream, &function->params, pass_number);
    PASS_LIST(stream, &function->locals, pass_local);
    PASS_LIST(stream, &function->ops, pass_op);
    PASS_LIST(stream, &function->args, pass_number);
    PASS_LIST(stream, &function->blocks, pass_block);
    PASS_LIST(stream, &function->loops, pass_loop);
    PASS(stream, function->registers);
    PASS(stream, function->result_local);
}

static void pass_global(struct stream *stream, struct global *global)
{
    pass_text(stream, &global->usr);
    pass_text(stream, &global->name);
    PASS(stream, global->flags);
    pass_text(stream, &global->allow);
}

static void pass_suppression(struct stream *stream, struct suppression *suppression)
{
    pass_text(stream, &suppression->file);
    PASS(stream, suppression->line);
    pass_text(stream, &suppression->codes);
}

static void pass_module(struct stream *stream, struct module *module)
{
    pass_text(stream, &module->path);
    PASS_LIST(stream, &module->functions, pass_function);
    PASS_LIST(stream, &module->globals, pass_global);
    PASS_LIST(stream, &module->suppressions, pass_suppression);
    PASS_LIST(stream, &module->files, pass_text);
    PASS_LIST(stream, &module->errors, pass_text);
    PASS(stream, module->lines);
}

/* Several programs may write the same module at once: each has a file of its own until it is whole. */
bool module_write(const struct module *module, const char *path, uint64_t key)
{
    char *half = format_text("%s.%ld", path, (long)getpid());
    uint32_t format = FORMAT;
    struct stream stream = {fopen(half, "wb"), true, false, 0};
    bool done = stream.file != NULL;
    if (done) {
        PASS(&stream, format);
        PASS(&stream, key);
        pass_module(&stream, (struct module *)module);
        pass_sum(&stream);
        done = fclose(stream.file) == 0 && !stream.broken && rename(half, path) == 0;
    }
    if (!done)
        remove(half);
    release(half);
    return done;
}

bool module_read(struct module *module, const char *path, uint64_t *key)
{
    uint32_t format = 0;
    struct stream stream = {fopen(path, "rb"), false, false, 0};
    if (stream.file == NULL)
        return false;
    PASS(&stream, format);
    PASS(&stream, *key);
    stream.broken |= format != FORMAT;
    if (!stream.broken)
        pass_module(&stream, module);
    pass_sum(&stream);
    fclose(stream.file);
    if (stream.broken)
        module_free(module);
    return !stream.broken;
}

static void function_free(struct function *function)
{
    LIST_FREE(&function->params);
    LIST_FREE(&function->locals);
    LIST_FREE(&function->ops);
    LIST_FREE(&function->args);
    LIST_FREE(&function->blocks);
    LIST_FREE(&function->loops);
}

void module_free(struct module *module)
{
    for (size_t i = 0; i < module->functions.count; i++)
        function_free(&module->functions.items[i]);
    LIST_FREE(&module->functions);
    LIST_FREE(&module->globals);
    LIST_FREE(&module->suppressions);
    LIST_FREE(&module->files);
    LIST_FREE(&module->errors);
    *module = (struct module){0};
}
