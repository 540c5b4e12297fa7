/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "interpreter.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static fa_tagged memory; /* of all objects; Python keeps its address until the process ends */

static void *take(void *user, size_t size)
{
    return fa_tagged_alloc(user, FA_INTENT_AUTO, size, FA_ALIGN_DEFAULT);
}

static void *take_zeroed(void *user, size_t count, size_t size)
{
    void *block = fa_tagged_alloc_array(user, FA_INTENT_AUTO, count, size, FA_ALIGN_DEFAULT);
    return block == NULL ? NULL : memset(block, 0, count * size);
}

/* To make a block smaller must not fail; the old one is large enough. */
static void *resize(void *user, void *block, size_t size)
{
    fa_tagged *view = user;
    if (block == NULL)
        return take(user, size);
    void *moved = fa_realloc(view->allocator, block, size, FA_ALIGN_DEFAULT);
    return moved == NULL && size <= fa_usable_size(view->allocator, block) ? block : moved;
}

static void give_back(void *user, void *block)
{
    fa_tagged *view = user;
    (void)fa_release(view->allocator, block);
}

/* Not PYMEM_DOMAIN_RAW: that is what the interpreter itself cannot do without. */
static void place_objects(fa_allocator *a, fa_tag tag)
{
    memory = (fa_tagged){a, tag};
    PyMemAllocatorEx functions = {&memory, take, take_zeroed, resize, give_back};
    PyMem_SetAllocator(PYMEM_DOMAIN_MEM, &functions);
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &functions);
}

/* The binding has to load the copy of the library that the engine has, wherever that is. */
static bool name_library(void)
{
    Dl_info info;
    void *version = dlsym(RTLD_DEFAULT, "fa_version");
    return version != NULL && dladdr(version, &info) != 0 && setenv("FRAMEALLOC_LIBRARY", info.dli_fname, 1) == 0;
}

static PyObject *make_engine_module(void)
{
    static PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "engine", .m_size = -1};
    PyObject *module = PyModule_Create(&definition);
    PyObject *address = PyLong_FromVoidPtr(memory.allocator);
    if (module == NULL || address == NULL || PyModule_AddObjectRef(module, "allocator", address) != 0)
        Py_CLEAR(module);
    Py_XDECREF(address);
    return module;
}

static bool add_folder(const char *folder)
{
    PyObject *path = PySys_GetObject("path"); /* borrowed */
    PyObject *entry = PyUnicode_DecodeFSDefault(folder);
    bool good = path != NULL && entry != NULL && PyList_Insert(path, 0, entry) == 0;
    Py_XDECREF(entry);
    return good;
}

static bool start(void)
{
    PyConfig config;
    PyConfig_InitPythonConfig(&config);
    config.install_signal_handlers = 0; /* Signals are the engine's. */
    config.write_bytecode = 0;
    PyStatus status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    if (PyStatus_Exception(status))
        fprintf(stderr, "Python does not start: %s\n", status.err_msg == NULL ? "?" : status.err_msg);
    return !PyStatus_Exception(status);
}

bool interpreter_open(interpreter *p, fa_allocator *a, fa_tag tag, const char *folder)
{
    place_objects(a, tag);
    if (!name_library() || PyImport_AppendInittab("engine", make_engine_module) != 0 || !start())
        return false;
    bool good = add_folder(folder);
    p->idle = PyEval_SaveThread();
    return good;
}

void interpreter_enter(interpreter *p)
{
    PyEval_RestoreThread(p->idle);
}

void interpreter_leave(interpreter *p)
{
    p->idle = PyEval_SaveThread();
}

PyObject *interpreter_call(const char *module, const char *function, int number)
{
    PyObject *loaded = PyImport_ImportModule(module);
    PyObject *result = loaded == NULL ? NULL : PyObject_CallMethod(loaded, function, "i", number);
    Py_XDECREF(loaded);
    return result;
}

void interpreter_print_problem(const char *where)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    PyObject *text = value == NULL ? NULL : PyObject_Str(value);
    const char *words = text == NULL ? "" : PyUnicode_AsUTF8(text);
    printf("%s: %s: %s\n", where, type == NULL ? "?" : ((PyTypeObject *)type)->tp_name, words == NULL ? "" : words);
    PyErr_Clear();
    Py_XDECREF(text);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
}

bool interpreter_close(interpreter *p)
{
    PyEval_RestoreThread(p->idle);
    return Py_FinalizeEx() == 0;
}
