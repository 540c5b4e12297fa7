/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Python in a process that has an allocator: its objects are the engine's memory, under a tag of their own. */
#ifndef INTERPRETER_H
#define INTERPRETER_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <framealloc/framealloc.h>
#include <stdbool.h>

typedef struct interpreter {
    PyThreadState *idle; /* while the engine does something else, threads of scripts may run */
} interpreter;

/* Starts Python, once in a process. The scripts find the allocator in engine.allocator, modules in a folder. From here
 * on, objects of Python are in the allocator, which has to last until nobody starts Python again. */
bool interpreter_open(interpreter *p, fa_allocator *a, fa_tag tag, const char *folder);

/* Calls MODULE.FUNCTION(number). What comes back gives up its bytes to look at, or is None; the reference is the caller's. */
PyObject *interpreter_call(const char *module, const char *function, int number);

/* The lock of the interpreter: the engine has it only while it calls scripts. */
void interpreter_enter(interpreter *p);
void interpreter_leave(interpreter *p);

/* Prints the exception that a call has left, in one line. */
void interpreter_print_problem(const char *where);

/* Ends Python; without the lock. Its memory stays in use: modules keep some of it for ever. */
bool interpreter_close(interpreter *p);

#endif
