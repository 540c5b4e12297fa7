/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "diag/codes.h"

#include "core/report.h"
#include "core/versioned.h"
#include "diag/state.h"

#include <string.h>

static const fa_diagnostic_text texts[] = {
#define FA_DIAGNOSTIC(name, code, severity, message, help, explain) \
    {sizeof(fa_diagnostic_text), code, FA_SEVERITY_##severity, 0, #name, message, help, explain},
#include "diag/codes.def"
#undef FA_DIAGNOSTIC
};

enum { CODES = sizeof texts / sizeof *texts };
_Static_assert((int)CODES <= (int)FA_REPORT_CODES, "an allocator counts reports by code");

/* The registry is in ascending order. */
int32_t fa_code_index(int32_t code)
{
    int32_t low = 0;
    int32_t high = CODES;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (texts[middle].code < code)
            low = middle + 1;
        else
            high = middle;
    }
    return low < CODES && texts[low].code == code ? low : -1;
}

const fa_diagnostic_text *fa_code_text(int32_t index)
{
    return &texts[index];
}

fa_status fa_diagnostic_describe(int32_t code, fa_diagnostic_text *out)
{
    int32_t index = fa_code_index(code);
    if (index < 0)
        return fa_fail(FA_ERROR_NOT_FOUND);
    return fa_versioned_write(NULL, out, &texts[index], sizeof texts[index]);
}

int32_t fa_diagnostic_code_of(const char *text)
{
    for (size_t i = 0; text != NULL && i < CODES; i++) {
        if (strcmp(texts[i].name, text) == 0)
            return texts[i].code;
    }
    return 0;
}

int32_t fa_diagnostic_code_at(size_t index)
{
    return index < CODES ? texts[index].code : 0;
}
