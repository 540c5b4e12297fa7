/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Asset streaming: the files of a directory do not fit into the budget together. Two threads load what the frames want,
 * a frame pins what it uses, and the store evicts what was used longest ago.
 * asset_streaming [DIRECTORY]
 */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <framealloc/framealloc.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

enum { FILES_MAX = 256, LOADERS = 2, FRAMES = 600, NEAR = 3, IDLE = 0, WANTED = 1, LOADING = 2 };

struct file {
    char path[512];
    size_t size;
    uint32_t sum;
    fa_asset asset; /* 0 until it is loaded for the first time. */
    int state;
};

static struct file files[FILES_MAX];
static size_t count, total, largest, failed;
static fa_stream *stream;
static int quit;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* Of state, asset, failed and quit. */
static pthread_cond_t wanted = PTHREAD_COND_INITIALIZER;

static uint32_t sum_of(const unsigned char *bytes, size_t size)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < size; i++)
        sum = sum * 31 + bytes[i];
    return sum;
}

static void find_files(DIR *directory, const char *name)
{
    for (struct dirent *entry; count < FILES_MAX && (entry = readdir(directory)) != NULL;) {
        struct file *file = &files[count];
        int length = snprintf(file->path, sizeof file->path, "%s/%s", name, entry->d_name);
        FILE *opened = entry->d_name[0] == '.' || length >= (int)sizeof file->path ? NULL : fopen(file->path, "rb");
        if (opened != NULL && fseek(opened, 0, SEEK_END) == 0 && ftell(opened) > 0 && ftell(opened) < 1 << 28) {
            file->size = (size_t)ftell(opened);
            total += file->size;
            largest = file->size > largest ? file->size : largest;
            count++;
        }
        if (opened != NULL)
            fclose(opened);
    }
}

static int load(struct file *file, fa_asset *asset)
{
    void *memory = NULL;
    if (*asset == 0 && fa_stream_reserve(stream, file->size, FA_PRIORITY_NORMAL, file->path, asset) != FA_OK)
        return 0;
    if (fa_stream_begin_load(stream, *asset, &memory) != FA_OK) /* Evicts others, if need be. */
        return 0;
    FILE *opened = fopen(file->path, "rb");
    int whole = opened != NULL && fread(memory, 1, file->size, opened) == file->size;
    if (opened != NULL)
        fclose(opened);
    file->sum = whole ? sum_of(memory, file->size) : 0;
    return (whole ? fa_stream_finish_load : fa_stream_abandon_load)(stream, *asset) == FA_OK && whole;
}

static void *run_loader(void *unused)
{
    pthread_mutex_lock(&mutex);
    while (!quit) {
        struct file *file = files;
        while (file < files + count && file->state != WANTED)
            file++;
        if (file == files + count) {
            pthread_cond_wait(&wanted, &mutex);
            continue;
        }
        fa_asset asset = file->asset;
        file->state = LOADING;
        pthread_mutex_unlock(&mutex);
        int loaded = load(file, &asset);
        pthread_mutex_lock(&mutex);
        file->asset = asset;
        file->state = IDLE;
        failed += !loaded;
    }
    pthread_mutex_unlock(&mutex);
    return unused;
}

/* 1 if the file was there and right; else it is wanted, and this frame does without it. */
static int use(struct file *file, size_t *wrong)
{
    size_t size = 0;
    pthread_mutex_lock(&mutex);
    fa_asset asset = file->asset;
    const unsigned char *bytes = asset == 0 ? NULL : fa_stream_pin(stream, asset, &size);
    if (bytes == NULL && file->state == IDLE) {
        file->state = WANTED;
        pthread_cond_signal(&wanted);
    }
    pthread_mutex_unlock(&mutex);
    if (bytes == NULL)
        return 0;
    *wrong += size != file->size || sum_of(bytes, size) != file->sum;
    *wrong += fa_stream_unpin(stream, asset, bytes) != FA_OK;
    return 1;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "/usr/share/common-licenses";
    fa_allocator *a = fa_allocator_create(NULL);
    DIR *directory = opendir(name);
    pthread_t loaders[LOADERS];
    size_t wrong = 0, used = 0;
    if (directory == NULL)
        return 77; /* Not on this system: skipped. */
    find_files(directory, name);
    closedir(directory);
    fa_stream_config config = FA_STREAM_CONFIG_INIT;
    fa_stream_stats stats = FA_STREAM_STATS_INIT;
    config.budget = total / 2 > 3 * largest ? total / 2 : 3 * largest; /* One pinned and two loading always fit. */
    stream = fa_stream_create(a, &config);
    for (int i = 0; i < LOADERS; i++)
        if (stream == NULL || pthread_create(&loaders[i], NULL, run_loader, NULL) != 0)
            return 1;
    for (size_t frame = 0; frame < FRAMES && count != 0; frame++) { /* Three rounds past all files. */
        for (size_t i = 0; i < NEAR; i++)
            used += (size_t)use(&files[(frame * 3 * count / FRAMES + i) % count], &wrong);
        nanosleep(&(struct timespec){0, 500000}, NULL);
    }
    pthread_mutex_lock(&mutex);
    quit = 1;
    pthread_cond_broadcast(&wanted);
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < LOADERS; i++)
        pthread_join(loaders[i], NULL);
    wrong += fa_stream_get_stats(stream, &stats) != FA_OK || stats.peak > stats.budget || stats.hits != used;
    wrong += failed != 0 || (used == 0 && count != 0) || (stats.evictions == 0 && total > config.budget);
    printf("%zu files of %zu bytes, budget %llu, peak %llu: %llu hits, %llu misses\n", count, total,
           (unsigned long long)stats.budget, (unsigned long long)stats.peak, (unsigned long long)stats.hits,
           (unsigned long long)stats.misses);
    printf("%llu loads, %llu evictions of %llu bytes\n", (unsigned long long)stats.loads,
           (unsigned long long)stats.evictions, (unsigned long long)stats.evicted_bytes);
    wrong += fa_stream_destroy(stream) != FA_OK;
    fa_allocator_release(a);
    return wrong != 0;
}
