/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The library loaded at run time: with little static thread-local storage left, closed while threads live, and twice. */
#include "check.h"

#include <framealloc/framealloc.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HOGS_MAX = 200 };

static const char *library_path;
static const char *hog_path;

typedef struct library {
    void *handle;
    fa_allocator *(*create)(const fa_config *);
    fa_allocator *(*retain)(fa_allocator *);
    void (*release_allocator)(fa_allocator *);
    uint32_t (*references)(fa_allocator *);
    fa_status (*begin)(fa_allocator *);
    fa_status (*end)(fa_allocator *);
    void *(*frame)(fa_allocator *, size_t, size_t);
    void *(*pool)(fa_allocator *, size_t, size_t);
    fa_status (*release)(fa_allocator *, void *);
    int32_t (*owns)(fa_allocator *, const void *);
    fa_status (*set_sink)(fa_allocator *, fa_diagnostic_sink, void *);
    fa_status (*last_status)(void);
    uint64_t (*reports)(fa_allocator *, int32_t);
} library;

static void *symbol(void *handle, const char *name)
{
    void *address = dlsym(handle, name);
    CHECK(address != NULL);
    return address;
}

#define LOAD(member, name)                                                                                            \
    do {                                                                                                              \
        void *address = symbol(l->handle, name);                                                                      \
        memcpy(&l->member, &address, sizeof address);                                                                 \
    } while (0)

static bool load_from(library *l, const char *path)
{
    l->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (l->handle == NULL)
        printf("# %s\n", dlerror());
    if (!CHECK(l->handle != NULL))
        return false;
    LOAD(create, "fa_allocator_create");
    LOAD(retain, "fa_allocator_retain");
    LOAD(release_allocator, "fa_allocator_release");
    LOAD(references, "fa_allocator_references");
    LOAD(last_status, "fa_last_status");
    LOAD(reports, "fa_diagnostic_count");
    LOAD(begin, "fa_frame_begin");
    LOAD(end, "fa_frame_end");
    LOAD(frame, "fa_frame_alloc");
    LOAD(pool, "fa_pool_alloc");
    LOAD(release, "fa_release");
    LOAD(owns, "fa_owns");
    LOAD(set_sink, "fa_diagnostic_set_sink");
    return true;
}

static bool load(library *l)
{
    return load_from(l, library_path);
}

static void use(const library *l, fa_allocator *a)
{
    CHECK_EQ(l->begin(a), FA_OK);
    char *frame = l->frame(a, 1000, 16);
    char *block = l->pool(a, 100, 16);
    REQUIRE(frame != NULL && block != NULL);
    memset(frame, 1, 1000);
    memset(block, 2, 100);
    CHECK_EQ(l->release(a, block), FA_OK);
    CHECK_EQ(l->end(a), FA_OK);
}

/* A second dlopen() of one file gives the same module, hence copies. */
static bool copy_file(const char *from, const char *to)
{
    char buffer[65536];
    size_t got;
    bool good = true;
    FILE *in = fopen(from, "rb");
    FILE *out = fopen(to, "wb");
    while (in != NULL && out != NULL && (got = fread(buffer, 1, sizeof buffer, in)) > 0)
        good = good && fwrite(buffer, 1, got, out) == got;
    good = good && in != NULL && out != NULL;
    if (in != NULL)
        (void)fclose(in);
    if (out != NULL)
        good = fclose(out) == 0 && good;
    return good;
}

static bool load_hog(const char *path, const char *directory, int number)
{
    char copy[4096];
    (void)snprintf(copy, sizeof copy, "%s/hog-%d.so", directory, number);
    bool loaded = copy_file(path, copy) && dlopen(copy, RTLD_NOW | RTLD_LOCAL) != NULL;
    (void)unlink(copy);
    return loaded;
}

static int load_hogs(const char *directory, int most)
{
    int loaded = 0;
    while (loaded < most && load_hog(hog_path, directory, loaded))
        loaded++;
    return loaded;
}

/* How many fit is tried in a child, since a module that failed to load may have used up some. */
static int hogs_that_fit(const char *directory)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0)
        _exit(load_hogs(directory, HOGS_MAX));
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* One hog fewer than fits: between one and two times what a hog takes is left. */
static void little_static_tls_is_enough(void)
{
    char directory[] = "/tmp/framealloc-test-XXXXXX";
    library l;
    REQUIRE(mkdtemp(directory) != NULL);
    int fit = hogs_that_fit(directory);
    int loaded = fit > 0 ? load_hogs(directory, fit - 1) : 0;
    (void)rmdir(directory);
    CHECK(fit > 0);
    if (fit == HOGS_MAX)
        SKIP("this C library has no small limit for static thread-local storage");
    printf("# %d modules of 64 bytes fit, %d loaded\n", fit, loaded);
    CHECK_EQ(loaded, fit - 1);
    REQUIRE(load(&l));
    fa_allocator *a = l.create(NULL);
    REQUIRE(a != NULL);
    use(&l, a);
    l.release_allocator(a);
    (void)dlclose(l.handle);
}

typedef struct guest {
    library library;
    fa_allocator *allocator;
    pthread_barrier_t used;
    pthread_barrier_t closed;
} guest;

static void *live_on(void *user)
{
    guest *g = user;
    CHECK_EQ(g->library.begin(g->allocator), FA_OK);
    CHECK(g->library.frame(g->allocator, 1000, 16) != NULL);
    CHECK(g->library.pool(g->allocator, 100, 16) != NULL);
    (void)pthread_barrier_wait(&g->used);
    (void)pthread_barrier_wait(&g->closed);
    return NULL;
}

static void closing_while_threads_live(void)
{
    enum { THREADS = 8 };
    static guest g;
    pthread_t threads[THREADS];
    REQUIRE(load(&g.library));
    g.allocator = g.library.create(NULL);
    REQUIRE(g.allocator != NULL);
    (void)pthread_barrier_init(&g.used, NULL, THREADS + 1);
    (void)pthread_barrier_init(&g.closed, NULL, THREADS + 1);
    for (int i = 0; i < THREADS; i++)
        REQUIRE(pthread_create(&threads[i], NULL, live_on, &g) == 0);
    (void)pthread_barrier_wait(&g.used);
    CHECK_EQ(dlclose(g.library.handle), 0);
    (void)pthread_barrier_wait(&g.closed);
    for (int i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    REQUIRE(load(&g.library));
    use(&g.library, g.allocator);
    g.library.release_allocator(g.allocator);
    CHECK_EQ(dlclose(g.library.handle), 0);
}

enum { COPIES = 2, ROUNDS = 200 };

typedef struct copies {
    library libraries[COPIES];
    fa_allocator *allocators[COPIES];
} copies;

static void *use_both(void *user)
{
    copies *c = user;
    for (int round = 0; round < ROUNDS; round++)
        use(&c->libraries[round % COPIES], c->allocators[round % COPIES]);
    return NULL;
}

static void mute(void *user, const fa_diagnostic *diagnostic)
{
    (void)user;
    (void)diagnostic;
}

static void check_apart(copies *c)
{
    void *block = c->libraries[0].pool(c->allocators[0], 100, 16);
    CHECK(block != NULL);
    CHECK_EQ(c->libraries[0].owns(c->allocators[0], block), 1);
    CHECK_EQ(c->libraries[1].owns(c->allocators[1], block), 0);
    CHECK_EQ(c->libraries[1].release(c->allocators[1], block), FA_ERROR_FOREIGN_POINTER);
    CHECK_EQ(c->libraries[0].release(c->allocators[0], block), FA_OK);
}

/* As when a host hands its allocator to a script whose binding has brought a library along. */
static void check_not_taken(copies *c)
{
    const library *other = &c->libraries[1];
    CHECK(other->retain(c->allocators[0]) == NULL);
    CHECK_EQ(other->last_status(), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(other->reports(NULL, FA_CODE_INVALID_ALLOCATOR), 1);
    CHECK_EQ(c->libraries[0].references(c->allocators[0]), 1);
    CHECK(c->libraries[0].retain(c->allocators[0]) == c->allocators[0]);
    c->libraries[0].release_allocator(c->allocators[0]);
}

static bool works_in_child(copies *c)
{
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        (void)use_both(c);
        _exit(atomic_load(&check_failures) == 0 ? 0 : 1);
    }
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Threads that have lanes in both, a fork and exits. */
static void use_two_copies(void)
{
    char copy[] = "/tmp/framealloc-copy-XXXXXX";
    static copies c;
    pthread_t threads[4];
    int file = mkstemp(copy);
    REQUIRE(file >= 0);
    (void)close(file);
    bool loaded = CHECK(copy_file(library_path, copy)) && load(&c.libraries[0]) && load_from(&c.libraries[1], copy);
    (void)unlink(copy);
    REQUIRE(loaded);
    CHECK((uintptr_t)c.libraries[0].create != (uintptr_t)c.libraries[1].create);
    for (int i = 0; i < COPIES; i++) {
        c.allocators[i] = c.libraries[i].create(NULL);
        REQUIRE(c.allocators[i] != NULL);
        CHECK_EQ(c.libraries[i].set_sink(c.allocators[i], mute, NULL), FA_OK);
    }
    for (int i = 0; i < 4; i++)
        REQUIRE(pthread_create(&threads[i], NULL, use_both, &c) == 0);
    for (int i = 0; i < 4; i++)
        (void)pthread_join(threads[i], NULL);
    check_apart(&c);
    check_not_taken(&c);
    CHECK(works_in_child(&c));
    for (int i = 0; i < COPIES; i++)
        c.libraries[i].release_allocator(c.allocators[i]);
}

/* As a plugin and its host bring them along. In a process of its own, since what is loaded here stays. */
static void two_copies_share_nothing(void)
{
    int status = -1;
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        use_two_copies();
        (void)fflush(NULL);
        _exit(atomic_load(&check_failures) == 0 ? 0 : 1);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* Arguments: the library, and a module that eats 64 bytes of static thread-local storage. */
int main(int count, char **arguments)
{
    static const check_case cases[] = {CASE(two_copies_share_nothing), CASE(little_static_tls_is_enough),
                                       CASE(closing_while_threads_live)};
    if (count != 3)
        return 2;
    library_path = arguments[1];
    hog_path = arguments[2];
    return check_run(cases, sizeof cases / sizeof *cases);
}
