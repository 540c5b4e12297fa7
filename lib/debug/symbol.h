/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Names of functions, out of the symbol tables of the files that are loaded. */
#ifndef FA_DEBUG_SYMBOL_H
#define FA_DEBUG_SYMBOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Names are printable: what a file calls its functions is as little trusted as the file's own name. */
typedef struct fa_symbol {
    char name[96];    /* of the function, empty if it has none */
    uintptr_t into;   /* bytes from its start */
    char object[64];  /* file it is in, without folders */
    uintptr_t offset; /* of the address in that file, as addr2line wants it */
} fa_symbol;

/* Looks up the function that makes a call which returns to this address. Opens the file: for reports only. */
void fa_symbol_find(uintptr_t return_address, fa_symbol *out);

#endif
