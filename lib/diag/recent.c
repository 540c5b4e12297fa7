/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "diag/recent.h"

#include "core/allocator.h"

#include <stdio.h>

typedef struct fa_code_text {
    int32_t code;
    int32_t severity;
    const char *message;
} fa_code_text;

static const fa_code_text texts[] = {
#define FA_DIAGNOSTIC(code, severity, message, help) {code, FA_SEVERITY_##severity, message},
#include "diag/codes.def"
#undef FA_DIAGNOSTIC
};

size_t fa_diag_recent(fa_allocator *a, fa_diag_record *out, size_t most)
{
    size_t count = 0;
    for (size_t i = 0; i < sizeof texts / sizeof *texts && count < most; i++) {
        uint64_t occurrences = fa_peek(a->reports[i]);
        if (occurrences == 0)
            continue;
        fa_diag_record *record = &out[count++];
        *record = (fa_diag_record){.code = texts[i].code, .severity = texts[i].severity, .occurrences = occurrences};
        (void)snprintf(record->message, sizeof record->message, "%s", texts[i].message);
    }
    return count;
}
