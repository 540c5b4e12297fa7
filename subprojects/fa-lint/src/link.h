/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Which modules make a program: each main() with all that it reaches, and what no main() reaches. */
#ifndef FA_LINT_LINK_H
#define FA_LINT_LINK_H

#include "program.h"

/* Analyses every program that the modules make; findings and suppressions are gathered in one. */
void analyse_modules(struct program *all, struct module *modules, size_t count);

#endif
