/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Fails on purpose: in every build type a check that does not hold must be seen. */
#include <framealloc/framealloc.h>

#include "check.h"

static void wrong(void)
{
    CHECK(fa_version() == 0);
}

int main(void)
{
    static const check_case cases[] = {{"wrong", wrong}};
    return check_run(cases, sizeof cases / sizeof *cases);
}
