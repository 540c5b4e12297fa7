/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * An object pool as a cache: map tiles are stored packed and decoded on demand. The pool bounds how many are decoded at
 * a time; its destructor frees the pixels, and a reference to a dropped tile is an id that finds nothing.
 */
#include <framealloc/framealloc.h>
#include <stdio.h>

enum { TILES = 256, SIDE = 32, CACHED = 48, FRAMES = 240 };

struct tile {
    uint32_t number, last_used;
    uint16_t *pixels;
};

FA_OBJECT_POOL_DEFINE(tiles, struct tile)

struct cache {
    fa_allocator *allocator;
    fa_object_pool *pool;
    fa_object_id of_tile[TILES]; /* Stale once the tile was dropped. */
    uint32_t hits, misses, drops;
};

static fa_status open_tile(void *user, void *object)
{
    uint16_t *pixels = fa_pool_alloc(((struct cache *)user)->allocator, SIDE * SIDE * sizeof *pixels, 16);
    ((struct tile *)object)->pixels = pixels;
    return pixels == NULL ? fa_last_status() : FA_OK;
}

static void close_tile(void *user, void *object)
{
    fa_release(((struct cache *)user)->allocator, ((struct tile *)object)->pixels);
}

/* A tile's packed form: runs of one colour, whose lengths come from its number. */
static void decode(struct tile *tile)
{
    uint32_t state = tile->number * 2654435761u + 1;
    for (int pixel = 0; pixel < SIDE * SIDE;) {
        state = state * 1664525u + 1013904223u;
        for (uint32_t run = (state >> 28) + 1; run != 0 && pixel < SIDE * SIDE; run--)
            tile->pixels[pixel++] = (uint16_t)(state >> 8);
    }
}

static void drop_oldest(struct cache *cache)
{
    uint64_t cursor = 0;
    struct tile *tile, *oldest = NULL;
    while ((tile = tiles_next(cache->pool, &cursor, NULL)) != NULL)
        if (oldest == NULL || tile->last_used < oldest->last_used)
            oldest = tile;
    cache->drops += fa_object_pool_give_object(cache->pool, oldest) == FA_OK;
}

static struct tile *get_tile(struct cache *cache, uint32_t number, uint32_t now)
{
    struct tile *tile = tiles_get(cache->pool, cache->of_tile[number]);
    if (tile != NULL) {
        cache->hits++;
    } else {
        cache->misses++;
        tile = tiles_take(cache->pool, &cache->of_tile[number]);
        if (tile == NULL && fa_last_status() == FA_ERROR_FULL) {
            drop_oldest(cache);
            tile = tiles_take(cache->pool, &cache->of_tile[number]);
        }
        if (tile == NULL)
            return NULL;
        tile->number = number;
        decode(tile);
    }
    tile->last_used = now;
    return tile;
}

int main(void)
{
    static struct cache cache;
    fa_object_pool_config config = FA_OBJECT_POOL_CONFIG_INIT;
    uint32_t wrong = 0, requests = 0;
    cache.allocator = fa_allocator_create(NULL);
    config.object_size = sizeof(struct tile);
    config.maximum = CACHED;
    config.constructor = open_tile;
    config.destructor = close_tile;
    config.user = &cache;
    cache.pool = fa_object_pool_create(cache.allocator, &config);
    for (uint32_t frame = 0; frame < FRAMES; frame++) {
        uint32_t left = frame / 20; /* The camera pans over a map of 16 by 16 tiles and sees 5 by 4 of them. */
        for (uint32_t row = 6; row < 10; row++)
            for (uint32_t column = left; column < left + 5; column++, requests++) {
                const struct tile *tile = get_tile(&cache, row * 16 + column % 16, frame);
                wrong += tile == NULL || tile->number != row * 16 + column % 16;
            }
    }
    struct tile check = {.number = 6 * 16}, *cached = get_tile(&cache, 6 * 16, FRAMES);
    wrong += cached == NULL || open_tile(&cache, &check) != FA_OK;
    decode(&check);
    for (int i = 0; cached != NULL && i < SIDE * SIDE; i++)
        wrong += check.pixels[i] != cached->pixels[i];
    close_tile(&cache, &check);
    wrong += cache.hits + cache.misses != requests + 1 || cache.misses - cache.drops != CACHED;
    printf("%u requests: %u hits, %u decoded, %u dropped\n", requests + 1, cache.hits, cache.misses, cache.drops);
    wrong += fa_object_pool_destroy(cache.pool) != FA_OK;
    fa_allocator_release(cache.allocator);
    return wrong != 0;
}
