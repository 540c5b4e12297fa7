/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report.h"

#include <stdio.h>
#include <string.h>

#define CELL 24

/* 1234567 becomes 1,234,567. */
static const char *grouped(char cell[CELL], uint64_t number)
{
    char digits[CELL];
    int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    char *out = cell;
    for (int i = 0; i < length && out < cell + CELL - 2; i++) {
        if (i != 0 && (length - i) % 3 == 0)
            *out++ = ',';
        *out++ = digits[i];
    }
    *out = '\0';
    return cell;
}

static const char *figure(char cell[CELL], double value, const char *unit)
{
    snprintf(cell, CELL, "%.*f %s", value < 100 ? 1 : 0, value, unit);
    return cell;
}

static const char *bytes(char cell[CELL], uint64_t value)
{
    if (value == 0)
        return "n/a";
    return figure(cell, (double)value / (1 << 20), "MiB");
}

static const char *calls(char cell[CELL], uint64_t value)
{
    return value == SYSTEM_CALLS_UNKNOWN ? "n/a" : grouped(cell, value);
}

/* With a sign if framealloc made more of them. */
static const char *calls_avoided(char cell[CELL], const struct comparison *comparison)
{
    uint64_t ours = comparison->results[ALLOCATOR_FRAMEALLOC].system_calls;
    uint64_t theirs = comparison->results[ALLOCATOR_MALLOC].system_calls;
    if (ours == SYSTEM_CALLS_UNKNOWN || theirs == SYSTEM_CALLS_UNKNOWN)
        return "n/a";
    if (ours <= theirs)
        return grouped(cell, theirs - ours);
    cell[0] = '-';
    char number[CELL];
    snprintf(cell + 1, CELL - 1, "%.*s", CELL - 2, grouped(number, ours - theirs));
    return cell;
}

static int name_width(const struct comparison *comparisons, size_t count)
{
    size_t width = strlen("trace");
    for (size_t i = 0; i < count; i++)
        if (width < strlen(comparisons[i].trace))
            width = strlen(comparisons[i].trace);
    return (int)width;
}

static void print_row(const struct comparison *comparison, int width)
{
    const struct result *ours = &comparison->results[ALLOCATOR_FRAMEALLOC];
    const struct result *theirs = &comparison->results[ALLOCATOR_MALLOC];
    char cells[9][CELL];
    double faster = ours->ns_per_op > 0 ? theirs->ns_per_op / ours->ns_per_op : 0;
    printf("%-*s %8s %11s %12s %12s %8s %11s %10s %11s %9s %8s\n", width, comparison->trace,
           grouped(cells[0], comparison->frames), grouped(cells[1], comparison->operations),
           figure(cells[2], ours->ns_per_op, "ns/op"), figure(cells[3], theirs->ns_per_op, "ns/op"),
           figure(cells[4], faster, "x"), figure(cells[5], ours->frame_us_p50, "us"),
           figure(cells[6], ours->frame_us_p99, "us"), bytes(cells[7], ours->peak_bytes),
           calls(cells[8], ours->system_calls), "");
}

/* What malloc has in the columns that belong to framealloc in the row above. */
static void print_malloc_row(const struct comparison *comparison, int width)
{
    const struct result *theirs = &comparison->results[ALLOCATOR_MALLOC];
    char cells[5][CELL];
    printf("%*s %55s %11s %10s %11s %9s %8s\n", width, "", "malloc:",
           figure(cells[0], theirs->frame_us_p50, "us"), figure(cells[1], theirs->frame_us_p99, "us"),
           bytes(cells[2], theirs->peak_bytes), calls(cells[3], theirs->system_calls),
           calls_avoided(cells[4], comparison));
}

static void print_notes(const struct comparison *comparisons, size_t count, unsigned repeats)
{
    printf("\nMedian of %u repeats, the allocators in turn, each in a process of its own that replayed the trace once\n"
           "to warm up. Operations: allocations and frees after loading (the first frame), which is replayed untimed.\n"
           "The frees that frames make needless count as operations for both, though framealloc executes none.\n"
           "The first byte of every block is written. framealloc: high performance preset. Peak: memory held,\n"
           "loading included. System calls: after loading; avoided: those of malloc that framealloc does not make.\n",
           repeats);
    char cell[CELL];
    for (size_t i = 0; i < count; i++)
        if (comparisons[i].blocks_checked != 0)
            printf("Verified: %s blocks of %s kept their pattern, with either allocator.\n",
                   grouped(cell, comparisons[i].blocks_checked), comparisons[i].trace);
}

void print_table(const struct comparison *comparisons, size_t count, unsigned repeats)
{
    int width = name_width(comparisons, count);
    printf("%-*s %8s %11s %12s %12s %8s %11s %10s %11s %9s %8s\n", width, "trace", "frames", "operations", "framealloc",
           "malloc", "faster", "frame p50", "p99", "peak", "syscalls", "avoided");
    for (size_t i = 0; i < count; i++) {
        print_row(&comparisons[i], width);
        print_malloc_row(&comparisons[i], width);
    }
    print_notes(comparisons, count, repeats);
}
