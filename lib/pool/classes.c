/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "pool/classes.h"

const uint32_t fa_plain_class_sizes[FA_PLAIN_CLASSES] = {
    8,    16,   32,   64,   128,  256,   512,   1024,  2048,  4096,  /* pools */
    8,    16,   32,   64,   128,  256,   512,   1024,  2048,  4096,  /* heap, tracked */
    4992, 6528, 8128, 9280, 10880, 13056, 16320, 21760,              /* 13, 10, 8, 7, 6, 5, 4, 3 to a page */
};
