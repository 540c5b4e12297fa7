/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Level loading: all that a level loads belongs to its group, and one call frees it. The next level is loaded before
 * the last one goes, as behind a door.
 * level_loading [DIRECTORY]: each file of the directory is an asset; a level takes every other one.
 */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <framealloc/framealloc.h>
#include <stdio.h>
#include <string.h>

struct asset {
    struct asset *next;
    char *name;
    unsigned char *bytes;
    size_t size;
    uint32_t checksum;
};

struct level {
    fa_group group;
    struct asset *assets;
    uint64_t count, bytes; /* Blocks taken and their bytes. */
};

static uint32_t checksum(const unsigned char *bytes, size_t size)
{
    uint32_t sum = 2166136261u;
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ bytes[i]) * 16777619u;
    return sum;
}

static void *take(fa_allocator *a, struct level *level, size_t size)
{
    void *block = fa_group_alloc(a, level->group, size, 16);
    level->count += block != NULL;
    level->bytes += block != NULL ? size : 0;
    return block;
}

/* A file that cannot be read is left out; what was taken for it goes with the level. */
static void load_file(fa_allocator *a, struct level *level, const char *directory, const char *name)
{
    const char *path = fa_frame_printf(a, NULL, "%s/%s", directory, name);
    FILE *file = path == NULL ? NULL : fopen(path, "rb");
    if (file == NULL)
        return;
    if (fseek(file, 0, SEEK_END) == 0 && ftell(file) > 0 && ftell(file) < 1 << 28) {
        size_t size = (size_t)ftell(file);
        struct asset *asset = take(a, level, sizeof *asset);
        char *copy = take(a, level, strlen(name) + 1);
        unsigned char *bytes = take(a, level, size);
        rewind(file);
        if (asset != NULL && copy != NULL && bytes != NULL && fread(bytes, 1, size, file) == size) {
            *asset = (struct asset){level->assets, strcpy(copy, name), bytes, size, checksum(bytes, size)};
            level->assets = asset;
        }
    }
    fclose(file);
}

static int load_level(fa_allocator *a, struct level *level, const char *name, const char *directory, int number)
{
    DIR *files = opendir(directory);
    *level = (struct level){0};
    if (files == NULL || fa_group_create(a, name, &level->group) != FA_OK)
        return 0;
    fa_frame_begin(a); /* For the paths. */
    struct dirent *entry = readdir(files);
    for (int i = 0; entry != NULL; i++, entry = readdir(files))
        if (entry->d_name[0] != '.' && i % 2 == number)
            load_file(a, level, directory, entry->d_name);
    fa_frame_end(a);
    closedir(files);
    return level->assets != NULL;
}

static int check_level(fa_allocator *a, const struct level *level)
{
    fa_group_stats stats = FA_GROUP_STATS_INIT;
    size_t files = 0, bytes = 0, wrong = 0;
    for (const struct asset *asset = level->assets; asset != NULL; asset = asset->next, files++) {
        wrong += checksum(asset->bytes, asset->size) != asset->checksum;
        bytes += asset->size;
    }
    wrong += fa_group_get_stats(a, level->group, &stats) != FA_OK;
    wrong += stats.count != level->count || stats.bytes != level->bytes;
    printf("%s: %zu files, %zu bytes of them, %llu blocks in %u slabs\n", stats.name, files, bytes,
           (unsigned long long)stats.count, stats.slab_count);
    return wrong == 0;
}

int main(int argc, char **argv)
{
    const char *directory = argc > 1 ? argv[1] : "/usr/share/common-licenses";
    fa_allocator *a = fa_allocator_create(NULL);
    struct level cave, tower;
    fa_group found = 0;
    DIR *there = opendir(directory);
    if (there == NULL)
        return 77; /* Not on this system: skipped. */
    closedir(there);
    int fine = load_level(a, &cave, "cave", directory, 0) && check_level(a, &cave);
    fine &= load_level(a, &tower, "tower", directory, 1) && fa_group_destroy(a, cave.group) == FA_OK;
    fine &= fa_group_find(a, "cave", &found) == FA_ERROR_NOT_FOUND && check_level(a, &tower);
    fine &= fa_group_destroy(a, tower.group) == FA_OK;
    fa_allocator_release(a);
    return !fine;
}
