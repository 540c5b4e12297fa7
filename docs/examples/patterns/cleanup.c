/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Cleanup functions: files that belong to a frame close with it, newest first, whichever way the code took. A report
 * that could not be completed is rolled back, and its file with it.
 */
#include <framealloc/framealloc.h>
#include <stdio.h>
#include <string.h>

enum { FRAMES = 40 };

struct closed {
    int files, in_order, last;
};

struct open_file {
    FILE *file;
    struct closed *closed;
    int number;
};

static int opened;

static void close_file(void *user)
{
    struct open_file *open = user; /* Frame memory: still there while the cleanup functions run. */
    open->closed->files += fclose(open->file) == 0;
    open->closed->in_order &= open->closed->last == 0 || open->number < open->closed->last;
    open->closed->last = open->number;
}

static FILE *open_for_frame(fa_allocator *a, struct closed *closed)
{
    struct open_file *open = fa_frame_new(a, struct open_file, 1);
    if (open == NULL)
        return NULL;
    *open = (struct open_file){tmpfile(), closed, opened + 1};
    if (open->file == NULL)
        return NULL;
    if (fa_frame_cleanup(a, close_file, open) != FA_OK) {
        fclose(open->file);
        return NULL;
    }
    opened++;
    return open->file;
}

/* Writes a capture of the frame and reads it back; no path through it closes anything. */
static int capture(fa_allocator *a, struct closed *closed, int frame)
{
    FILE *positions = open_for_frame(a, closed);
    FILE *index = positions == NULL ? NULL : open_for_frame(a, closed);
    if (index == NULL)
        return 0;
    for (int i = 0; i < 100; i++)
        if (fprintf(index, "%ld\n", ftell(positions)) < 0 || fprintf(positions, "%d %d\n", i, i * frame) < 0)
            return 0;
    rewind(index);
    rewind(positions);
    long offset = -1;
    int number = -1, value = -1;
    for (int i = 0; i < 51; i++)
        if (fscanf(index, "%ld", &offset) != 1)
            return 0;
    return fseek(positions, offset, SEEK_SET) == 0 && fscanf(positions, "%d %d", &number, &value) == 2 &&
           number == 50 && value == 50 * frame;
}

/* A report of an odd frame finds nothing to say and is taken back. */
static int report(fa_allocator *a, struct closed *closed, int frame)
{
    FA_CHECKPOINT_GUARD(guard, a);
    FILE *file = open_for_frame(a, closed);
    if (file == NULL || frame % 2 != 0)
        return 0;
    return fputs("frame is even\n", file) >= 0 && fa_checkpoint_guard_commit(&guard) == FA_OK;
}

int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    int wrong = 0, files = 0, reports = 0;
    for (int frame = 0; frame < FRAMES; frame++) {
        struct closed closed = {0, 1, 0};
        fa_frame_begin(a);
        int kept = report(a, &closed, frame);
        wrong += kept == frame % 2 || closed.files != frame % 2;
        reports += kept;
        closed.last = 0;
        wrong += !capture(a, &closed, frame);
        fa_frame_end(a);
        wrong += closed.files != 3 || !closed.in_order;
        files += closed.files;
    }
    wrong += files != opened;
    printf("%d frames: %d files opened, %d closed, %d reports kept\n", FRAMES, opened, files, reports);
    fa_allocator_release(a);
    return wrong != 0;
}
