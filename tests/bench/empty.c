/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "empty.h"

void *bench_empty(void *argument)
{
    return argument;
}
