/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file annotations.h
 * @brief The regular dialect in which every public declaration is written.
 *
 * The macros expand to nothing or to compiler attributes. A tool that reads
 * the headers takes them as facts: who owns a result, whether a call may
 * block, call back, or be called from a restricted context.
 *
 * | macro | meaning |
 * |---|---|
 * | FA_API | exported function with C linkage |
 * | FA_LEAF | short, takes no lock on its fast path, calls back only into a sink, backend or budget function that the caller set |
 * | FA_MAY_BLOCK | may take a lock or make a system call |
 * | FA_MAY_CALLBACK | may call a function that the caller registered |
 * | FA_NULLABLE | the pointer may be NULL |
 * | FA_OUT, FA_INOUT | the callee writes, or reads and writes, the pointee |
 * | FA_ARRAY(n) | points to n elements, n naming another parameter or being a number |
 * | FA_KEPT | the pointer is used beyond the call, until it is replaced or what it was given to ends |
 * | FA_NEVER_NULL | the result is never NULL; a pointer without it may be |
 * | FA_OWNED(f) | the caller owns the result and gives it back with f(a, result) |
 * | FA_RELEASED_BY(f) | the caller owns the result, or the id written to the parameter, and ends it with f() |
 * | FA_TAKES(n) | the n-th argument is given back by the call |
 * | FA_FRAME_LIFETIME | the result is valid until its frame ends |
 * | FA_BLOCK_LIFETIME | the result is a block, valid until fa_release() |
 * | FA_RELEASES | the callee releases the block |
 * | FA_OTHER_THREAD | the callee hands the pointer to another thread |
 * | FA_SUSPENDS | the call may give the thread to other code before it returns |
 * | FA_ASYNC | the function runs at some other time than the code that registers it |
 * | FA_HOT | the function runs very often |
 * | FA_LINT_ALLOW(code, reason) | the analyser does not report the code for what is declared |
 * | FA_LIFETIME(what) | the result is the library's and valid as long as `what`, one of the words below |
 * | FA_SINCE(x, y) | first version that has the declaration |
 *
 * Lifetimes: `process`, `allocator`, `ahead` (a coming frame), `scratch` (a reset or the end of a scope), `intent` (what
 * the call asked for), `group`, `task`, `object`, `entry` (of a map, until one is removed), `move` (until the block may be
 * moved), `pin` (until it is unpinned), `eviction` (until the asset may be evicted), `transfer` (see transfer.h).
 *
 * A program may use those of them that speak of lifetimes, threads and callbacks on declarations of its own; fa-lint reads
 * them (docs/static-analysis.md). FA_FRAME_LIFETIME on a variable or field says that it holds frame memory only while
 * the frame lasts.
 */
#ifndef FRAMEALLOC_ANNOTATIONS_H
#define FRAMEALLOC_ANNOTATIONS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define FA_EXTERN_C extern "C"
#else
#define FA_EXTERN_C extern
#endif

#if defined(__GNUC__)
#define FA_API FA_EXTERN_C __attribute__((visibility("default")))
#define FA_MUST_USE __attribute__((warn_unused_result))
#define FA_MALLOC __attribute__((malloc))
#define FA_NEVER_NULL __attribute__((returns_nonnull))
#define FA_ALLOC_SIZE(...) __attribute__((alloc_size(__VA_ARGS__)))
#define FA_ALLOC_ALIGN(index) __attribute__((alloc_align(index)))
#define FA_FORMAT(text, first) __attribute__((format(printf, text, first)))
#define FA_CLEANUP(function) __attribute__((cleanup(function), unused))
#define FA_INLINE static inline __attribute__((always_inline, unused))
#define FA_LIKELY(condition) __builtin_expect(!!(condition), 1)
#else
#define FA_API FA_EXTERN_C
#define FA_MUST_USE
#define FA_MALLOC
#define FA_NEVER_NULL
#define FA_ALLOC_SIZE(...)
#define FA_ALLOC_ALIGN(index)
#define FA_FORMAT(text, first)
#define FA_INLINE static inline
#define FA_LIKELY(condition) (condition)
#endif

/* Who gives a block back, in the form that each compiler's analyser reads. */
#if defined(__clang__)
#if __has_attribute(ownership_returns)
#if __clang_major__ >= 20
#define FA_OWNERSHIP framealloc
#else
#define FA_OWNERSHIP malloc /* the only name that older analysers look at */
#endif
#define FA_OWNED(deallocator) FA_MALLOC __attribute__((ownership_returns(FA_OWNERSHIP)))
#define FA_TAKES(index) __attribute__((ownership_takes(FA_OWNERSHIP, index)))
#endif
#elif defined(__GNUC__) && __GNUC__ >= 11
#define FA_OWNED(deallocator) __attribute__((malloc, malloc(deallocator, 2)))
#endif
#ifndef FA_OWNED
#define FA_OWNED(deallocator)
#endif
#ifndef FA_TAKES
#define FA_TAKES(index)
#endif

#define FA_LEAF
#define FA_MAY_BLOCK
#define FA_MAY_CALLBACK
#define FA_NULLABLE
#define FA_OUT
#define FA_INOUT
#define FA_ARRAY(count)
#define FA_RELEASED_BY(function)
#define FA_LIFETIME(what)
#define FA_SINCE(major, minor)

/* What fa-lint reads; it alone defines FA_LINT. */
#if defined(__clang__) && defined(FA_LINT)
#define FA_MARK(text) __attribute__((annotate(text)))
#else
#define FA_MARK(text)
#endif
#define FA_FRAME_LIFETIME FA_MARK("fa:frame")
#define FA_BLOCK_LIFETIME FA_MARK("fa:block")
#define FA_RELEASES FA_MARK("fa:releases")
#define FA_KEPT FA_MARK("fa:kept")
#define FA_OTHER_THREAD FA_MARK("fa:other-thread")
#define FA_SUSPENDS FA_MARK("fa:suspends")
#define FA_ASYNC FA_MARK("fa:async")
#define FA_HOT FA_MARK("fa:hot")
#define FA_LINT_ALLOW(code, reason) FA_MARK("fa:allow:" code ":" reason)

/** A name that nothing else in the file has, for macros that declare something. Since 1.0. */
#define FA_UNIQUE(prefix) FA_JOIN(prefix, __COUNTER__)
/** Two tokens as one, after their macros are expanded. Since 1.0. */
#define FA_JOIN(left, right) FA_JOIN_EXPANDED(left, right)
/** The second step of FA_JOIN(). Since 1.0. */
#define FA_JOIN_EXPANDED(left, right) left##right

/** Default alignment in bytes: enough for any standard C type. Since 1.0. */
#define FA_ALIGN_DEFAULT ((size_t)16)

/** Size of a cache line in bytes on the machines the library is made for. Since 1.0. */
#define FA_CACHE_LINE ((size_t)64)

/** `alignof` that reads the same in C17 and C++17. Since 1.0. */
#ifdef __cplusplus
#define FA_ALIGNOF(type) alignof(type)
#else
#define FA_ALIGNOF(type) _Alignof(type)
#endif

/** The shared object a program holds; opaque, reference-counted. Since 1.0. */
typedef struct fa_allocator fa_allocator;

/** What one thread of execution owns in one allocator; opaque. Since 1.0. */
typedef struct fa_lane fa_lane;

#endif
