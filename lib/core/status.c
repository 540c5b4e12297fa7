/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/status.h>

static const char *const messages[] = {
    [FA_OK] = "success",
    [FA_ERROR_INVALID_ARGUMENT] = "an argument is NULL or out of its range",
    [FA_ERROR_INVALID_ALLOCATOR] = "the allocator is NULL or was released for the last time",
    [FA_ERROR_ALIGNMENT] = "the alignment is not a power of two, or is above 1 GiB",
    [FA_ERROR_SIZE] = "the size, or the size with its alignment, is more than an address space holds",
    [FA_ERROR_OUT_OF_MEMORY] = "the backend gave no memory",
    [FA_ERROR_STRUCT_SIZE] = "struct_size is too small, or a newer struct sets fields this version does not know",
    [FA_ERROR_NO_FRAME] = "no frame is running on this lane",
    [FA_ERROR_FRAME_ACTIVE] = "a frame is running on this lane already",
    [FA_ERROR_FRAME_CAP] = "the frame cap of the lane is reached",
    [FA_ERROR_MEMORY_LIMIT] = "the memory limit of the allocator is reached",
    [FA_ERROR_STALE] = "the checkpoint, token, window, magazine, lane, id or collection has ended",
    [FA_ERROR_WRONG_LANE] = "it belongs to another lane or another allocator",
    [FA_ERROR_FOREIGN_POINTER] = "the pointer is no live block of this allocator",
    [FA_ERROR_DOUBLE_FREE] = "the block was given back before",
    [FA_ERROR_INTERIOR_POINTER] = "the pointer points into a block, not at its start",
    [FA_ERROR_BUSY] = "the lane is in use on another thread",
    [FA_ERROR_UNSUPPORTED] = "this machine or this build cannot do it",
    [FA_ERROR_DISABLED] = "it is switched off in the configuration",
    [FA_ERROR_VERSION] = "headers and library do not fit together",
    [FA_ERROR_BACKEND] = "the backend broke its contract",
    [FA_ERROR_BUDGET] = "a budget is used up",
    [FA_ERROR_FULL] = "the fixed capacity is reached",
    [FA_ERROR_NOT_FOUND] = "there is nothing of this name, key or index",
    [FA_ERROR_DEPTH] = "scopes are nested too deeply",
    [FA_ERROR_UNBALANCED] = "the scope was not begun, or is not the one begun last",
    [FA_ERROR_PINNED] = "the memory is pinned",
    [FA_ERROR_STATE] = "the object is in a state that does not allow it",
    [FA_ERROR_EXISTS] = "there is something of this name already",
    [FA_ERROR_TIMEOUT] = "the time was up first",
    [FA_ERROR_CORRUPT] = "memory of the library or around a block was overwritten",
    [FA_ERROR_IO] = "a file could not be read or written",
};

const char *fa_status_message(fa_status status)
{
    if (status < 0 || (size_t)status >= sizeof messages / sizeof *messages)
        return "unknown status";
    return messages[status];
}
