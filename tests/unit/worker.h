/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A thread that does what it is told, and otherwise sleeps outside the library. */
#ifndef TESTS_WORKER_H
#define TESTS_WORKER_H

#include "check.h"

#include <pthread.h>

typedef struct worker {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    void (*job)(void *user);
    void *user;
    bool ends;
} worker;

static inline void *worker_run(void *of)
{
    worker *w = of;
    (void)pthread_mutex_lock(&w->lock);
    while (!w->ends) {
        if (w->job == NULL) {
            (void)pthread_cond_wait(&w->changed, &w->lock);
            continue;
        }
        (void)pthread_mutex_unlock(&w->lock);
        w->job(w->user);
        (void)pthread_mutex_lock(&w->lock);
        w->job = NULL;
        (void)pthread_cond_broadcast(&w->changed);
    }
    (void)pthread_mutex_unlock(&w->lock);
    return NULL;
}

static inline void worker_start(worker *w)
{
    *w = (worker){.job = NULL};
    (void)pthread_mutex_init(&w->lock, NULL);
    (void)pthread_cond_init(&w->changed, NULL);
    CHECK(pthread_create(&w->thread, NULL, worker_run, w) == 0);
}

/* Does not wait for the job. */
static inline void worker_begin(worker *w, void (*job)(void *user), void *user)
{
    (void)pthread_mutex_lock(&w->lock);
    w->job = job;
    w->user = user;
    (void)pthread_cond_broadcast(&w->changed);
    (void)pthread_mutex_unlock(&w->lock);
}

static inline void worker_finish(worker *w)
{
    (void)pthread_mutex_lock(&w->lock);
    while (w->job != NULL)
        (void)pthread_cond_wait(&w->changed, &w->lock);
    (void)pthread_mutex_unlock(&w->lock);
}

static inline void worker_do(worker *w, void (*job)(void *user), void *user)
{
    worker_begin(w, job, user);
    worker_finish(w);
}

static inline bool worker_busy(worker *w)
{
    (void)pthread_mutex_lock(&w->lock);
    bool busy = w->job != NULL;
    (void)pthread_mutex_unlock(&w->lock);
    return busy;
}

static inline void worker_end(worker *w)
{
    worker_finish(w);
    (void)pthread_mutex_lock(&w->lock);
    w->ends = true;
    (void)pthread_cond_broadcast(&w->changed);
    (void)pthread_mutex_unlock(&w->lock);
    (void)pthread_join(w->thread, NULL);
    (void)pthread_cond_destroy(&w->changed);
    (void)pthread_mutex_destroy(&w->lock);
}

#endif
