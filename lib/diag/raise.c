/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "core/call.h"
#include "core/report.h"
#include "core/versioned.h"
#include "diag/codes.h"
#include "diag/emit.h"

#include <stdio.h>
#include <string.h>

/* Capital letters and digits from their first one on. */
static bool well_formed(const char *code)
{
    size_t letters = strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    size_t digits = strspn(code + letters, "0123456789");
    return letters >= 2 && letters <= 8 && digits >= 1 && digits <= 6 && code[letters + digits] == '\0';
}

static bool reserved(const char *code)
{
    return (strncmp(code, "FA", 2) == 0 || strncmp(code, "BF", 2) == 0) && strchr("0123456789", code[2]) != NULL;
}

static const char *fault_of(const fa_message *message)
{
    if (message->code == NULL || message->message == NULL || *message->message == '\0')
        return "it has no code or no message";
    if (message->severity < FA_SEVERITY_NOTE || message->severity > FA_SEVERITY_ERROR)
        return "its severity is none of FA_SEVERITY_*";
    if (!well_formed(message->code))
        return "its code is not capital letters and digits such as GAME042";
    return reserved(message->code) ? "codes that begin with FA or BF are the library's own" : NULL;
}

fa_status fa_diagnostic_emit(fa_allocator *a, const fa_message *message)
{
    FA_ENTER(a);
    if (a != NULL && !fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_status status = fa_versioned_check(message, sizeof *message);
    if (status != FA_OK)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, status, "the message is %s", message == NULL ? "NULL" : "of another size");
    const char *fault = fault_of(message);
    if (fault != NULL)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "a message cannot be emitted: %s", fault);
    fa_diag_emit_message(a, message);
    return FA_OK;
}

fa_status fa_diagnostic_raise(fa_allocator *a, int32_t code, const char *note)
{
    FA_ENTER(a);
    if (a != NULL && !fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    if (fa_code_index(code) < 0)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_NOT_FOUND, "%d is no diagnostic code", code);
    fa_diag_emit(a, &(fa_report){code, FA_OK, note});
    return FA_OK;
}

void fa_assertion_failed(fa_allocator *a, int32_t code, const char *condition, const char *file, int32_t line,
                         const char *function)
{
    FA_ENTER(a);
    char note[512];
    fa_allocator *living = a != NULL && fa_allocator_entered(a) ? a : NULL;
    (void)snprintf(note, sizeof note, "%s is false at %s:%d in %s()", condition == NULL ? "a condition" : condition,
                   file == NULL ? "?" : file, line, function == NULL ? "?" : function);
    fa_diag_emit(living, &(fa_report){fa_code_index(code) < 0 ? FA_CODE_ASSERTION : code, FA_OK, note});
}
