/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* python-host SCRIPTS FRAMES: an engine with scripts in Python. They fill memory of the engine's frames, which the engine
 * reads without a copy, and their objects have a budget. */
#include "host.h"
#include "interpreter.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { SPARE = 4 * 1024 * 1024 }; /* what scripts may use beyond what Python itself needs */

typedef struct engine {
    fa_allocator *a;
    fa_tag tag;
    interpreter python;
    double heat;
    int inside; /* frames whose sparks lay in the frame */
} engine;

/* Python itself starts without a limit: it cannot go on without what it asks for then. */
static bool open_engine(engine *e, const char *folder)
{
    e->a = host_open();
    e->tag = e->a == NULL ? 0 : fa_tag_get(e->a, "python");
    if (e->tag == 0 || !interpreter_open(&e->python, e->a, e->tag, folder))
        return false;
    interpreter_enter(&e->python);
    PyObject *ready = interpreter_call("sparks", "prepare", 0);
    if (ready == NULL)
        interpreter_print_problem("sparks.prepare");
    Py_XDECREF(ready);
    interpreter_leave(&e->python);
    return ready != NULL;
}

static bool limit_scripts(engine *e)
{
    fa_budget_usage usage = FA_BUDGET_USAGE_INIT;
    return fa_budget_get_tag(e->a, e->tag, &usage) == FA_OK && host_limit(e->a, "python", usage.used + SPARE) == e->tag;
}

/* The bytes are memory of the running frame; Python's view is let go of before that ends. */
static void draw(engine *e, PyObject *sparks)
{
    Py_buffer bytes;
    if (PyObject_GetBuffer(sparks, &bytes, PyBUF_SIMPLE) != 0) {
        interpreter_print_problem("sparks.update");
        return;
    }
    const float *heat = bytes.buf;
    for (Py_ssize_t i = 0; i < bytes.len / (Py_ssize_t)sizeof *heat; i++)
        e->heat += heat[i];
    e->inside += fa_frame_used(e->a) >= (size_t)bytes.len;
    PyBuffer_Release(&bytes);
}

static void call(engine *e, const char *module, int frame)
{
    PyObject *result = interpreter_call(module, "update", frame);
    if (result == NULL)
        interpreter_print_problem(module);
    else if (result != Py_None)
        draw(e, result);
    Py_XDECREF(result);
}

static bool run_frame(engine *e, int frame)
{
    if (fa_frame_begin(e->a) != FA_OK)
        return false;
    interpreter_enter(&e->python);
    call(e, "sparks", frame);
    if (frame == 5)
        call(e, "greedy", frame);
    interpreter_leave(&e->python);
    return fa_frame_end(e->a) == FA_OK;
}

/* The engine does not need Python to go on. */
static bool run_without_scripts(engine *e)
{
    return fa_frame_begin(e->a) == FA_OK && fa_frame_alloc(e->a, 1000, FA_ALIGN_DEFAULT) != NULL &&
           fa_frame_end(e->a) == FA_OK;
}

/* First the scripts, which give their reference back; then Python; and last the allocator, with what Python has left.
 * Nothing of this may fail for want of memory. */
static bool close_engine(engine *e)
{
    (void)fa_budget_set_tag(e->a, e->tag, NULL);
    interpreter_enter(&e->python);
    PyObject *done = interpreter_call("sparks", "finish", 0);
    if (done == NULL)
        interpreter_print_problem("sparks.finish");
    Py_XDECREF(done);
    interpreter_leave(&e->python);
    bool ended = interpreter_close(&e->python);
    bool goes_on = run_without_scripts(e);
    return host_close(e->a) && ended && goes_on && done != NULL;
}

int main(int count, char **arguments)
{
    if (count != 3) {
        fprintf(stderr, "usage: python-host SCRIPTS FRAMES\n");
        return 2;
    }
    engine e = {0};
    int frames = atoi(arguments[2]);
    if (!open_engine(&e, arguments[1]))
        return 1;
    bool good = limit_scripts(&e);
    for (int i = 1; good && i <= frames; i++)
        good = run_frame(&e, i);
    printf("%d frames, heat %.0f, read from the frame in %d of them, %u references\n", frames, e.heat, e.inside,
           fa_allocator_references(e.a));
    host_print_usage(e.a, "python");
    return close_engine(&e) && good ? 0 : 1;
}
