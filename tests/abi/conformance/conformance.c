/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * conformance JSON: every exported function is called as a dynamic language calls it, by libffi from the description,
 * and as a C compiler calls it, in two worlds that are alike; what comes of it must be the same. Then again with each
 * argument spoilt in turn.
 */
#include "calls.h"
#include "world.h"

#include <ffi.h>
#include <jansson.h>

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 8, ROOM = 8192, CALLBACKS_MAX = 64, VALID = -1 };

/* What is wrong with the argument that is spoilt. */
enum { SPOIL_NULL, SPOIL_ENDED, SPOIL_STRUCT_SIZE, SPOIL_NUMBER, SPOIL_KINDS };

typedef struct outcome {
    value result;
    fa_status last;
    _Alignas(16) unsigned char room[ARGUMENTS_MAX][ROOM];
} outcome;

typedef struct trial {
    json_t *function;
    int spoilt; /* an argument, or VALID */
    int how;
} trial;

static struct {
    json_t *abi;
    struct callback {
        const char *name;
        void *code;
        ffi_closure *closure;
        ffi_cif cif;
        ffi_type *types[ARGUMENTS_MAX];
    } callbacks[CALLBACKS_MAX];
    size_t callback_count;
    size_t calls, refused, failures;
} test;

static const char *text(json_t *object, const char *member)
{
    const char *found = json_string_value(json_object_get(object, member));
    return found != NULL ? found : "";
}

static json_t *parameters(json_t *function)
{
    return json_object_get(function, "parameters");
}

static json_t *type_named(const char *name)
{
    size_t i;
    json_t *type;
    json_array_foreach(json_object_get(test.abi, "types"), i, type) {
        if (strcmp(text(type, "name"), name) == 0)
            return type;
    }
    return NULL;
}

static ffi_type *ffi_type_of(json_t *described)
{
    static const struct {
        const char *abi;
        ffi_type *type;
    } types[] = {
        {"void", &ffi_type_void},      {"pointer", &ffi_type_pointer}, {"int32", &ffi_type_sint32},
        {"uint32", &ffi_type_uint32},  {"int64", &ffi_type_sint64},    {"uint64", &ffi_type_uint64},
        {"size", &ffi_type_uint64},    {"double", &ffi_type_double},   {"va_list", &ffi_type_pointer},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(types[i].abi, text(described, "abi")) == 0)
            return types[i].type;
    }
    printf("# no type for %s\n", text(described, "abi"));
    exit(1);
}

static size_t ffi_types_of(json_t *function, ffi_type **types)
{
    size_t i;
    json_t *parameter;
    json_array_foreach(parameters(function), i, parameter)
        types[i] = ffi_type_of(parameter);
    return json_array_size(parameters(function));
}

/* Callbacks: closures made from the description, which answer 0. */

static void answer_nothing(ffi_cif *cif, void *result, void **arguments, void *user)
{
    (void)arguments;
    (void)user;
    if (cif->rtype != &ffi_type_void)
        *(ffi_arg *)result = 0;
}

static void make_callback(struct callback *made, json_t *type)
{
    unsigned count = (unsigned)ffi_types_of(type, made->types);
    ffi_type *answer = ffi_type_of(json_object_get(type, "result"));
    made->closure = ffi_closure_alloc(sizeof *made->closure, &made->code);
    if (made->closure == NULL || ffi_prep_cif(&made->cif, FFI_DEFAULT_ABI, count, answer, made->types) != FFI_OK ||
        ffi_prep_closure_loc(made->closure, &made->cif, answer_nothing, NULL, made->code) != FFI_OK) {
        printf("Bail out! libffi makes no closure for %s\n", text(type, "name"));
        exit(1);
    }
}

static void *callback_named(const char *name)
{
    for (size_t i = 0; i < test.callback_count; i++) {
        if (strcmp(test.callbacks[i].name, name) == 0)
            return test.callbacks[i].code;
    }
    struct callback *made = &test.callbacks[test.callback_count++];
    made->name = name;
    make_callback(made, type_named(name));
    return made->code;
}

/* Structs: filled from the initial values in the description. */

static void store(unsigned char *at, json_t *field, json_t *initial)
{
    value number = {.i64 = json_integer_value(initial)};
    if (json_is_real(initial))
        number.real = json_real_value(initial);
    memcpy(at, &number, (size_t)json_integer_value(json_object_get(field, "size")));
}

static void fill_struct(unsigned char *room, json_t *type)
{
    json_t *initial = json_object_get(json_object_get(type, "initializer"), "values"), *field;
    size_t i;
    json_array_foreach(json_object_get(type, "fields"), i, field) {
        json_t *start = json_array_get(initial, i);
        if (json_is_number(start))
            store(room + json_integer_value(json_object_get(field, "offset")), field, start);
        else if (json_is_true(json_object_get(type, "versioned")) && i == 0)
            store(room, field, json_object_get(type, "size"));
        /* Sizes without which a configuration means nothing. */
        if (strcmp(text(field, "name"), "object_size") == 0 || strcmp(text(field, "name"), "key_size") == 0)
            store(room + json_integer_value(json_object_get(field, "offset")), field, json_object_get(field, "size"));
    }
}

static bool is_struct(json_t *described)
{
    json_t *type = type_named(text(described, "base"));
    return type != NULL && strcmp(text(type, "kind"), "struct") == 0 &&
           json_integer_value(json_object_get(described, "pointers")) == 1;
}

/* Arguments. */

static value argument(world *w, json_t *function, json_t *parameter, unsigned char *room)
{
    value made = {0};
    if (json_object_get(parameter, "callback") != NULL)
        return (value){.pointer = callback_named(text(parameter, "callback"))};
    bool written = strcmp(text(parameter, "direction"), "out") == 0;
    if (!written && world_argument(w, text(function, "name"), text(parameter, "type"), text(parameter, "name"), &made))
        return made;
    if (is_struct(parameter) && !written)
        fill_struct(room, type_named(text(parameter, "base")));
    return (value){.pointer = room};
}

/* Spoils an argument; false if there is nothing of that kind to spoil. */
static bool spoil(world *w, json_t *parameter, int how, value *argument_value)
{
    bool pointer = strcmp(text(parameter, "abi"), "pointer") == 0;
    json_t *type = type_named(text(parameter, "base"));
    bool versioned = is_struct(parameter) && json_is_true(json_object_get(type, "versioned"));
    switch (how) {
    case SPOIL_NULL:
        argument_value->pointer = NULL;
        return pointer && json_is_false(json_object_get(parameter, "nullable"));
    case SPOIL_ENDED:
        argument_value->pointer = w->ended;
        return strcmp(text(parameter, "type"), "fa_allocator *") == 0;
    case SPOIL_STRUCT_SIZE:
        if (versioned && strcmp(text(parameter, "direction"), "out") != 0)
            *(uint32_t *)argument_value->pointer = 3;
        return versioned && strcmp(text(parameter, "direction"), "out") != 0;
    default:
        argument_value->u64 = strcmp(text(parameter, "abi"), "int32") == 0 ? 99 : UINT64_MAX / 2;
        return !pointer && (type != NULL || json_object_get(parameter, "constants") != NULL ||
                            strcmp(text(parameter, "name"), "align") == 0 ||
                            strcmp(text(parameter, "name"), "intent") == 0);
    }
}

/* Calls. */

static void call_directly(const char *name, void **values, value *result)
{
    for (const direct_call *call = direct_calls; call->name != NULL; call++) {
        if (strcmp(call->name, name) == 0) {
            call->run(values, result);
            return;
        }
    }
    printf("# no direct call of %s\n", name);
    exit(1);
}

static void call_by_libffi(json_t *function, void **values, value *result)
{
    ffi_type *types[ARGUMENTS_MAX + 2], *answer = ffi_type_of(json_object_get(function, "result"));
    size_t count = ffi_types_of(function, types), named = count;
    ffi_cif cif;
    void (*address)(void) = NULL;
    *(void **)&address = dlsym(RTLD_DEFAULT, text(function, "name"));
    bool variadic = json_is_true(json_object_get(function, "variadic"));
    if (variadic) {
        types[count++] = &ffi_type_sint32;
        types[count++] = &ffi_type_pointer;
    }
    unsigned all = (unsigned)count;
    ffi_status prepared = variadic ? ffi_prep_cif_var(&cif, FFI_DEFAULT_ABI, (unsigned)named, all, answer, types)
                                   : ffi_prep_cif(&cif, FFI_DEFAULT_ABI, all, answer, types);
    if (prepared != FFI_OK || address == NULL) {
        printf("# %s cannot be called\n", text(function, "name"));
        exit(1);
    }
    ffi_call(&cif, address, result, values);
}

/* A list of arguments travels as an address on x86-64, where it is an array; elsewhere libffi cannot pass it. */
static bool list_travels(json_t *function)
{
#ifdef __x86_64__
    (void)function;
    return true;
#else
    size_t i;
    json_t *parameter;
    json_array_foreach(parameters(function), i, parameter) {
        if (strcmp(text(parameter, "abi"), "va_list") == 0)
            return false;
    }
    return true;
#endif
}

static void call_with_list(const trial *t, bool by_libffi, value *arguments, void **values, value *result, ...)
{
    size_t i;
    json_t *parameter;
    va_list list;
    void *address = NULL;
    va_start(list, result);
    json_array_foreach(parameters(t->function), i, parameter) {
        values[i] = &arguments[i];
        if (strcmp(text(parameter, "abi"), "va_list") == 0) {
            address = &list;
            values[i] = by_libffi ? (void *)&address : address;
        }
    }
    if (by_libffi)
        call_by_libffi(t->function, values, result);
    else
        call_directly(text(t->function, "name"), values, result);
    va_end(list);
}

/* Runs a trial in a world of its own; false if there is nothing to try. */
static bool run(const trial *t, bool by_libffi, outcome *out)
{
    world w;
    value arguments[ARGUMENTS_MAX + 2] = {{0}};
    void *values[ARGUMENTS_MAX + 2];
    size_t i, count = json_array_size(parameters(t->function));
    json_t *parameter;
    memset(out, 0, sizeof *out);
    if (!world_make(&w))
        exit(1);
    world_prepare(&w, text(t->function, "name"));
    json_array_foreach(parameters(t->function), i, parameter)
        arguments[i] = argument(&w, t->function, parameter, out->room[i]);
    bool possible = t->spoilt == VALID || spoil(&w, json_array_get(parameters(t->function), (size_t)t->spoilt), t->how,
                                                &arguments[t->spoilt]);
    arguments[count].i32 = 42;
    arguments[count + 1].readable = "answers";
    values[count] = &arguments[count];
    values[count + 1] = &arguments[count + 1];
    if (possible) {
        fa_clear_last_status();
        call_with_list(t, by_libffi, arguments, values, &out->result, 42, "answers");
        out->last = fa_last_status();
    }
    if (possible && strcmp(text(json_object_get(t->function, "result"), "released_by"), "fa_allocator_release") == 0)
        fa_allocator_release(out->result.pointer);
    world_end(&w);
    return possible;
}

/* Comparing. */

/* Ids, addresses, times and sizes that depend on where memory came to lie are compared by whether there are any. */
static bool same_number(json_t *described, uint64_t left, uint64_t right)
{
    static const char *const own[] = {"lane",    "lane_id",    "sender",  "receiver", "time_ns", "nanoseconds",
                                      "last_ns", "longest_ns", "total_ns", "made_in"};
    const char *name = text(described, "name"), *abi = text(described, "abi");
    bool id = type_named(text(described, "base")) != NULL && strcmp(abi, "uint64") == 0;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        id |= strcmp(own[i], name) == 0;
    return id || strcmp(abi, "pointer") == 0 ? (left != 0) == (right != 0) : left == right;
}

static uint64_t number_at(const unsigned char *at, size_t size)
{
    uint64_t number = 0;
    memcpy(&number, at, size < sizeof number ? size : sizeof number);
    return number;
}

static bool same_struct(json_t *type, const unsigned char *left, const unsigned char *right)
{
    size_t i;
    json_t *field;
    json_array_foreach(json_object_get(type, "fields"), i, field) {
        size_t offset = (size_t)json_integer_value(json_object_get(field, "offset"));
        size_t size = (size_t)json_integer_value(json_object_get(field, "size"));
        bool plain = strcmp(text(field, "abi"), "struct") != 0 && json_object_get(field, "count") == NULL;
        if (plain && !same_number(field, number_at(left + offset, size), number_at(right + offset, size))) {
            printf("# %s.%s differs\n", text(type, "name"), text(field, "name"));
            return false;
        }
        if (json_object_get(field, "count") != NULL && strcmp(text(field, "base"), "char") == 0 &&
            memcmp(left + offset, right + offset, size) != 0)
            return false;
    }
    return true;
}

static bool same_written(json_t *parameter, const unsigned char *left, const unsigned char *right)
{
    json_t *type = type_named(text(parameter, "base"));
    if (is_struct(parameter))
        return same_struct(type, left, right);
    if (strcmp(text(parameter, "base"), "char") == 0)
        return memcmp(left, right, ROOM) == 0;
    bool pointers = json_integer_value(json_object_get(parameter, "pointers")) > 1;
    if (pointers || type != NULL || strcmp(text(parameter, "name"), "id") == 0)
        return (number_at(left, 8) != 0) == (number_at(right, 8) != 0);
    return number_at(left, 8) == number_at(right, 8);
}

/* Texts with addresses, process numbers and times in them. */
static bool tells_of_itself(const char *name)
{
    return strcmp(name, "fa_snapshot_write") == 0 || strcmp(name, "fa_debug_report") == 0;
}

static bool same(json_t *function, const outcome *left, const outcome *right)
{
    json_t *result = json_object_get(function, "result"), *parameter;
    const char *name = text(function, "name"), *abi = text(result, "abi");
    bool wide = strcmp(abi, "int32") != 0 && strcmp(abi, "uint32") != 0;
    bool own = strcmp(name, "fa_allocator_id") == 0;
    if (strcmp(abi, "void") != 0 && !own &&
        !same_number(result, wide ? left->result.u64 : left->result.u32, wide ? right->result.u64 : right->result.u32))
        return false;
    size_t i;
    json_array_foreach(parameters(function), i, parameter) {
        bool written = strcmp(text(parameter, "direction"), "in") != 0 && !tells_of_itself(name);
        if (written && !same_written(parameter, left->room[i], right->room[i]))
            return false;
    }
    return left->last == right->last;
}

/* Whether a build without statistics cannot do it: there is no history then to be asked. */
static bool left_out(const char *name, fa_status status)
{
    bool history = strncmp(name, "fa_history_", strlen("fa_history_")) == 0;
    return !EXPECT_STATISTICS && (status == FA_ERROR_DISABLED || (history && status == FA_ERROR_NOT_FOUND));
}

/* Whether a call did what it is for, as its result tells. */
static bool succeeded(json_t *function, const outcome *out)
{
    json_t *result = json_object_get(function, "result");
    if (json_is_true(json_object_get(result, "status")))
        return out->result.i32 == FA_OK || left_out(text(function, "name"), out->result.i32);
    return strcmp(text(result, "abi"), "pointer") != 0 || out->result.pointer != NULL;
}

/* These tell of a failure, and so never succeed. */
static bool tells_of_failure(const char *name)
{
    return strcmp(name, "fa_vector_refuse") == 0 || strcmp(name, "fa_vector_miss") == 0;
}

/* Some take anything and have an answer to it: no, none, 0. */
static bool takes_anything(const char *name)
{
    static const char *const names[] = {
        "fa_allocator_id",      "fa_allocator_references", "fa_assertion_failed", "fa_backend_available",
        "fa_diagnostic_count",  "fa_handle_valid",         "fa_map_next",         "fa_object_pool_count",
        "fa_object_pool_maximum", "fa_promotions_of_tag",  "fa_status_message",   "fa_text_key_set",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

static void fail(const trial *t, const char *what, const outcome *direct, const outcome *foreign)
{
    json_t *parameter = t->spoilt == VALID ? NULL : json_array_get(parameters(t->function), (size_t)t->spoilt);
    test.failures++;
    printf("# %s, %s%s: %s: directly %jx, status %d; by libffi %jx, status %d\n", text(t->function, "name"),
           parameter != NULL ? "wrong " : "valid", parameter != NULL ? text(parameter, "name") : "", what,
           (uintmax_t)direct->result.u64, direct->last, (uintmax_t)foreign->result.u64, foreign->last);
}

static void try_once(const trial *t)
{
    static outcome direct, foreign;
    if (!run(t, false, &direct) || !run(t, true, &foreign))
        return;
    test.calls++;
    if (!same(t->function, &direct, &foreign))
        fail(t, "not the same", &direct, &foreign);
    bool good = succeeded(t->function, &foreign);
    if (t->spoilt == VALID && good == tells_of_failure(text(t->function, "name")))
        fail(t, "valid arguments did not do", &direct, &foreign);
    bool refused = !good || foreign.last != FA_OK;
    if (t->spoilt != VALID && !refused && !takes_anything(text(t->function, "name")))
        fail(t, "accepted", &direct, &foreign);
    test.refused += t->spoilt != VALID && refused;
}

static void try_function(json_t *function)
{
    try_once(&(trial){function, VALID, 0});
    for (int i = 0; i < (int)json_array_size(parameters(function)); i++) {
        for (int how = 0; how < SPOIL_KINDS; how++)
            try_once(&(trial){function, i, how});
    }
}

/* A place of its own for what functions write to files; all of them write to the one name that the world has. */
static bool enter_folder(char *folder)
{
    return mkdtemp(folder) != NULL && chdir(folder) == 0;
}

static void leave_folder(const char *folder)
{
    (void)unlink("alpha");
    if (rmdir(folder) != 0)
        printf("# something is left in %s\n", folder);
}

int main(int argc, char **argv)
{
    char folder[] = "/tmp/conformance-XXXXXX";
    json_error_t error;
    size_t i, functions = 0;
    json_t *function;
    test.abi = argc == 2 ? json_load_file(argv[1], 0, &error) : NULL;
    if (test.abi == NULL) {
        printf("Bail out! %s\n", argc == 2 ? error.text : "one argument: the description");
        return 1;
    }
    if (!enter_folder(folder)) {
        printf("Bail out! no folder to write to\n");
        return 1;
    }
    json_array_foreach(json_object_get(test.abi, "functions"), i, function) {
        if (json_is_true(json_object_get(function, "exported"))) {
            functions++;
            size_t before = test.failures;
            bool possible = list_travels(function);
            if (possible)
                try_function(function);
            printf("%s %zu - %s%s\n", test.failures == before ? "ok" : "not ok", functions, text(function, "name"),
                   possible ? "" : " # SKIP libffi cannot pass its list of arguments here");
        }
    }
    printf("# %zu calls each way, %zu of them refused\n", test.calls, test.refused);
    bool refuses = test.refused > functions;
    printf("%s %zu - wrong arguments are refused\n1..%zu\n", refuses ? "ok" : "not ok", functions + 1, functions + 1);
    leave_folder(folder);
    while (test.callback_count > 0)
        ffi_closure_free(test.callbacks[--test.callback_count].closure);
    json_decref(test.abi);
    return test.failures == 0 && refuses ? 0 : 1;
}
