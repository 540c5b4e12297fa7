/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What a fix changes in a text: the same for --fix, for SARIF and for editors. */
#ifndef FA_LINT_EDIT_H
#define FA_LINT_EDIT_H

#include "finding.h"

struct edit {
    size_t begin;
    size_t end;
    const char *instead;
};

/* False unless the fix removes a call that is a statement of its own, written out and not made by a macro. */
bool edit_of_fix(const char *text, size_t length, const struct fix *fix, struct edit *edit);
/* Forgets the fixes that cannot be made. */
void keep_safe_fixes(finding_list *findings);

#endif
