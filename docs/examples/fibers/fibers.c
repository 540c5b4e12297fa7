/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Jobs as fibers: a few threads run many jobs, each on a stack of its own. A job may stop in the middle of a frame and go
 * on elsewhere; its memory goes with it, because the job has a lane, and whoever runs the job binds that lane.
 *
 *     fibers [jobs] [threads]
 */
#include <framealloc/framealloc.h>

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

enum { STACK_BYTES = 128 * 1024, FRAMES = 20, PARTS = 8, MOST_JOBS = 1000, MOST_THREADS = 64, SHOWN = 8 };

typedef struct job {
    ucontext_t context;
    ucontext_t *caller; /* the thread that runs it now */
    char *stack;
    fa_lane *lane;
    struct job *next;   /* in the queue */
    unsigned number;
    unsigned thread;    /* that runs it now, or did */
    unsigned moves;
    unsigned yields;
    uint64_t bytes;
    int wrong;
    int done;
} job;

static fa_allocator *a;
static job jobs[MOST_JOBS];
static unsigned job_count = 64;
static unsigned thread_count = 3;
static unsigned left;
static job *oldest, *newest;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static void push(job *j)
{
    pthread_mutex_lock(&lock);
    j->next = NULL;
    if (oldest == NULL)
        oldest = j;
    else
        newest->next = j;
    newest = j;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
}

/* NULL once every job has finished. */
static job *pop(void)
{
    pthread_mutex_lock(&lock);
    while (oldest == NULL && left != 0)
        pthread_cond_wait(&changed, &lock);
    job *j = oldest;
    if (j != NULL)
        oldest = j->next;
    pthread_mutex_unlock(&lock);
    return j;
}

static void finish(void)
{
    pthread_mutex_lock(&lock);
    left--;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

/* Gives the thread back; returns on whatever thread takes the job next. */
static void yield(job *j)
{
    j->yields++;
    swapcontext(&j->context, j->caller);
}

static unsigned char mark(const job *j, unsigned frame, unsigned part)
{
    return (unsigned char)(j->number * 31 + frame * 7 + part);
}

static int intact(const unsigned char *bytes, size_t size, unsigned char expected)
{
    size_t i = 0;
    while (i < size && bytes[i] == expected)
        i++;
    return i == size;
}

/* One frame of the job: it stops after each part, and checks all parts when it is through. */
static void run_frame(job *j, unsigned frame)
{
    unsigned char *parts[PARTS];
    if (fa_frame_begin(a) != FA_OK)
        j->wrong++;
    for (unsigned i = 0; i < PARTS; i++) {
        size_t size = 64 * (i + 1) + j->number;
        parts[i] = fa_frame_alloc(a, size, 16);
        if (parts[i] == NULL) {
            j->wrong++;
            break;
        }
        memset(parts[i], mark(j, frame, i), size);
        j->bytes += size;
        yield(j);
        for (unsigned k = 0; k <= i; k++)
            j->wrong += !intact(parts[k], 64 * (k + 1) + j->number, mark(j, frame, k));
    }
    if (fa_frame_number(a) != frame + 1 || fa_frame_end(a) != FA_OK)
        j->wrong++;
}

static void run_job(unsigned number)
{
    job *j = &jobs[number];
    for (unsigned frame = 0; frame < FRAMES; frame++)
        run_frame(j, frame);
    j->done = 1;
    swapcontext(&j->context, j->caller);
}

/* Whoever runs a job is on the job's lane meanwhile, and on his own afterwards. */
static void resume(job *j, unsigned thread, ucontext_t *here)
{
    fa_lane *own = NULL;
    if (fa_lane_bind(a, j->lane, &own) != FA_OK)
        j->wrong++;
    j->moves += j->yields != 0 && j->thread != thread;
    j->thread = thread;
    j->caller = here;
    swapcontext(here, &j->context);
    if (fa_lane_bind(a, own, NULL) != FA_OK)
        j->wrong++;
}

static void *work(void *user)
{
    ucontext_t here;
    unsigned thread = (unsigned)(uintptr_t)user;
    for (job *j = pop(); j != NULL; j = pop()) {
        resume(j, thread, &here);
        if (j->done)
            finish();
        else
            push(j);
    }
    return NULL;
}

static int make_job(unsigned number)
{
    char name[32];
    job *j = &jobs[number];
    snprintf(name, sizeof name, "job %u", number);
    j->number = number;
    j->thread = thread_count;
    j->stack = malloc(STACK_BYTES);
    j->lane = fa_lane_create(a, name);
    if (j->stack == NULL || j->lane == NULL || getcontext(&j->context) != 0)
        return 0;
    j->context.uc_stack.ss_sp = j->stack;
    j->context.uc_stack.ss_size = STACK_BYTES;
    makecontext(&j->context, (void (*)(void))run_job, 1, number);
    push(j);
    return 1;
}

static int run_threads(void)
{
    pthread_t threads[MOST_THREADS];
    unsigned started = 0;
    while (started < thread_count && pthread_create(&threads[started], NULL, work, (void *)(uintptr_t)started) == 0)
        started++;
    for (unsigned i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    return started == thread_count;
}

/* Returns how many jobs went wrong. */
static unsigned report(void)
{
    unsigned wrong = 0;
    unsigned moves = 0;
    uint64_t bytes = 0;
    printf("  job   frames   stops   moves between threads      bytes   memory\n");
    for (unsigned i = 0; i < job_count; i++) {
        const job *j = &jobs[i];
        if (i < SHOWN)
            printf("%5u   %6d   %5u   %21u   %8llu   %s\n", i, FRAMES, j->yields, j->moves, (unsigned long long)j->bytes,
                   j->wrong == 0 ? "intact" : "DAMAGED");
        wrong += j->wrong != 0;
        moves += j->moves;
        bytes += j->bytes;
    }
    if (job_count > SHOWN)
        printf("  ...\n");
    printf("%u jobs on %u threads moved %u times with frames open; %llu bytes checked, %u jobs damaged\n", job_count,
           thread_count, moves, (unsigned long long)bytes, wrong);
    return wrong;
}

static int release_jobs(void)
{
    int ok = 1;
    for (unsigned i = 0; i < job_count; i++) {
        ok = ok && fa_lane_release(a, jobs[i].lane) == FA_OK;
        free(jobs[i].stack);
    }
    return ok;
}

static unsigned number_from(const char *text, unsigned most)
{
    unsigned long value = strtoul(text, NULL, 10);
    return value < 1 || value > most ? 0 : (unsigned)value;
}

int main(int argc, char **argv)
{
    if (argc > 1)
        job_count = number_from(argv[1], MOST_JOBS);
    if (argc > 2)
        thread_count = number_from(argv[2], MOST_THREADS);
    if (argc > 3 || job_count == 0 || thread_count == 0) {
        fprintf(stderr, "usage: fibers [jobs, 1 to %d] [threads, 1 to %d]\n", MOST_JOBS, MOST_THREADS);
        return 2;
    }
    a = fa_allocator_create(NULL);
    if (a == NULL)
        return 1;
    left = job_count;
    int ok = 1;
    for (unsigned i = 0; i < job_count; i++)
        ok = ok && make_job(i);
    ok = ok && run_threads();
    ok = report() == 0 && ok;
    ok = release_jobs() && ok;
    fa_stats stats = FA_STATS_INIT;
    ok = ok && (fa_allocator_stats(a, &stats) == FA_ERROR_DISABLED || stats.frame.live_count == 0);
    return fa_allocator_destroy(a, 0) == FA_OK && ok ? 0 : 1;
}
