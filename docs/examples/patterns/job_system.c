/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Jobs: each worker allocates from its own frame, without locks. To hand results over it holds its frame; the main
 * thread reads them where they are and releases the hold, and only then does the worker's frame go.
 */
#define _POSIX_C_SOURCE 200809L
#include <framealloc/framealloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

enum { WORKERS = 3, PARTICLES = 60000, CHUNK = 1000, JOBS = PARTICLES / CHUNK, FRAMES = 50 };

struct particle {
    float x, y, vx, vy;
};

struct hits {
    uint32_t *particles; /* In a worker's frame. */
    uint32_t count;
};

static fa_allocator *a;
static struct particle particles[PARTICLES];
static struct hits hits_of[JOBS];
static pthread_barrier_t begin, end;
static atomic_uint next_job;
static atomic_int failed, quit;

/* Moves a chunk of particles and lists those that hit the ground. */
static int run_job(uint32_t job)
{
    struct hits *hits = &hits_of[job];
    *hits = (struct hits){fa_frame_new(a, uint32_t, CHUNK), 0};
    for (uint32_t i = job * CHUNK; hits->particles != NULL && i < (job + 1) * CHUNK; i++) {
        struct particle *particle = &particles[i];
        particle->x += particle->vx / 60;
        particle->y += particle->vy / 60;
        particle->vy -= 9.81f / 60;
        if (particle->y < 0)
            hits->particles[hits->count++] = i;
    }
    return hits->particles != NULL;
}

static void *work(void *user)
{
    fa_frame_token *token = user;
    for (;;) {
        pthread_barrier_wait(&begin);
        if (quit)
            return NULL;
        int fine = fa_frame_begin(a) == FA_OK;
        for (uint32_t job; (job = atomic_fetch_add(&next_job, 1)) < JOBS;)
            fine &= run_job(job);
        fine &= fa_frame_hold(a, token) == FA_OK;
        fine &= fa_frame_end(a) == FA_OK; /* The memory stays until the token is released. */
        atomic_fetch_or(&failed, !fine);
        pthread_barrier_wait(&end);
    }
}

/* Results are taken in the order of jobs, whoever ran them. */
static size_t bounce(const fa_frame_token *tokens)
{
    size_t bounced = 0;
    for (int job = 0; job < JOBS; job++)
        for (uint32_t i = 0; i < hits_of[job].count; i++, bounced++) {
            struct particle *particle = &particles[hits_of[job].particles[i]];
            particle->y = -particle->y;
            particle->vy = -0.5f * particle->vy;
        }
    for (int i = 0; i < WORKERS; i++)
        failed |= fa_frame_token_release(a, tokens[i]) != FA_OK;
    return bounced;
}

int main(void)
{
    pthread_t threads[WORKERS];
    fa_frame_token tokens[WORKERS];
    size_t bounced = 0, below = 0;
    a = fa_allocator_create(NULL);
    for (int i = 0; i < PARTICLES; i++)
        particles[i] = (struct particle){(float)i, 1 + (float)(i % 97) / 20, 1, 0};
    if (pthread_barrier_init(&begin, NULL, WORKERS + 1) != 0 || pthread_barrier_init(&end, NULL, WORKERS + 1) != 0)
        return 1;
    for (int i = 0; i < WORKERS; i++)
        if (pthread_create(&threads[i], NULL, work, &tokens[i]) != 0)
            return 1;
    for (int frame = 0; frame < FRAMES; frame++) {
        next_job = 0;
        pthread_barrier_wait(&begin);
        pthread_barrier_wait(&end);
        bounced += bounce(tokens);
    }
    quit = 1;
    pthread_barrier_wait(&begin);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < PARTICLES; i++)
        below += particles[i].y < 0;
    printf("%d frames of %d jobs on %d workers: %zu bounces\n", FRAMES, JOBS, WORKERS, bounced);
    below += bounced == 0 || failed != 0;
    pthread_barrier_destroy(&begin);
    pthread_barrier_destroy(&end);
    fa_allocator_release(a);
    return below != 0;
}
