/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The floor of every call into a shared library: a function that returns its argument. */
#ifndef BENCH_EMPTY_H
#define BENCH_EMPTY_H

#ifdef __cplusplus
extern "C"
#endif
    void *
    bench_empty(void *argument);

#endif
