/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "message.h"
#include "report.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

/* Peak bytes that the allocator does not tell are null. */
static json_t *result_object(const struct comparison *comparison, const char *allocator, const struct result *result)
{
    json_t *peak = result->peak_bytes == 0 ? json_null() : json_integer((json_int_t)result->peak_bytes);
    return json_pack("{s:s, s:s, s:I, s:I, s:f, s:f, s:f, s:o}", "trace", comparison->trace, "allocator", allocator,
                     "frames", (json_int_t)comparison->frames, "operations", (json_int_t)comparison->operations,
                     "ns_per_op", result->ns_per_op, "frame_us_p50", result->frame_us_p50, "frame_us_p99",
                     result->frame_us_p99, "peak_bytes", peak);
}

static json_t *results_array(const struct comparison *comparisons, size_t count)
{
    json_t *results = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct comparison *comparison = &comparisons[i];
        json_array_append_new(results, result_object(comparison, "framealloc",
                                                     &comparison->results[ALLOCATOR_FRAMEALLOC]));
        json_array_append_new(results, result_object(comparison, "malloc", &comparison->results[ALLOCATOR_MALLOC]));
    }
    return results;
}

bool write_json(const char *path, const struct comparison *comparisons, size_t count)
{
    json_t *root = json_pack("{s:o}", "results", results_array(comparisons, count));
    if (root == NULL) {
        complain("%s: a trace name that is not UTF-8 cannot be written as JSON", path);
        return false;
    }
    bool written = json_dump_file(root, path, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) == 0;
    if (!written)
        complain("%s: cannot be written: %s", path, strerror(errno));
    json_decref(root);
    return written;
}
