/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Direct calls of every exported function, behind one signature. */
#ifndef FRAMEALLOC_CALLS_H
#define FRAMEALLOC_CALLS_H

/* values point to the arguments, result to room for 8 bytes. */
typedef struct direct_call {
    const char *name;
    void (*run)(void **values, void *result);
} direct_call;

/* Ends with a NULL name. */
extern const direct_call direct_calls[];

#endif
