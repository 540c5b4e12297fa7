/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The GNU C builtins the library uses, under names that say what for. */
#ifndef FA_BASE_COMPILER_H
#define FA_BASE_COMPILER_H

#include <stddef.h>

#define fa_likely(condition) __builtin_expect(!!(condition), 1)
#define fa_unlikely(condition) __builtin_expect(!!(condition), 0)

#define FA_COLD __attribute__((cold, noinline))
#define FA_UNSANITIZED __attribute__((no_sanitize("address", "thread"), noinline))
#define FA_NOINLINE __attribute__((noinline))
#define FA_ALWAYS_INLINE static inline __attribute__((always_inline))
#define FA_PRINTF(format_index, first_index) __attribute__((format(printf, format_index, first_index)))

/* States a fact that the compiler cannot see. */
#define fa_known(fact)               \
    do {                             \
        if (!(fact))                 \
            __builtin_unreachable(); \
    } while (0)

/* Keeps a computed address in one register instead of computing it again for every field. */
#define fa_in_register(pointer) __asm__("" : "+r"(pointer))

#define fa_prefetch_write(address) __builtin_prefetch((address), 1, 3)

#define fa_container_of(pointer, type, member) ((type *)(void *)((char *)(pointer) - offsetof(type, member)))

/* Between two steps of a protocol between threads: where tests have the thread pause (tests/stress/shake.h). */
#if defined(FA_SHAKE)
void fa_shake(void) __attribute__((weak));
#define FA_SHAKE_POINT() (fa_shake != NULL ? fa_shake() : (void)0)
#else
#define FA_SHAKE_POINT() ((void)0)
#endif

#ifndef FA_STATISTICS
#define FA_STATISTICS 1
#endif
#ifndef FA_PREFETCH
#define FA_PREFETCH 1
#endif
#ifndef FA_DEBUG_SUPPORT
#define FA_DEBUG_SUPPORT 1
#endif

#endif
