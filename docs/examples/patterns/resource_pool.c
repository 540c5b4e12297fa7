/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A resource pool: the sound card mixes sixteen voices, so there are never more. A sound that finds the pool full takes
 * the place of a quieter one or is dropped; whoever kept the id of the voice it lost learns that from the id.
 */
#include <framealloc/framealloc.h>
#include <math.h>
#include <stdio.h>

enum { VOICES = 16, BLOCK = 512, BLOCKS = 400, EMITTERS = 60 };

struct voice {
    float gain, pitch;
    uint32_t position, length;
};

FA_OBJECT_POOL_DEFINE(voices, struct voice)

struct mixer {
    fa_object_pool *pool;
    uint32_t asked, started, stolen, dropped, ended, closed;
};

static void close_voice(void *user, void *object)
{
    struct mixer *mixer = user;
    ((struct voice *)object)->gain = 0;
    mixer->closed++;
}

static int free_quieter(struct mixer *mixer, float gain)
{
    struct voice *voice, *quietest = NULL;
    uint64_t cursor = 0;
    while ((voice = voices_next(mixer->pool, &cursor, NULL)) != NULL)
        if (quietest == NULL || voice->gain < quietest->gain)
            quietest = voice;
    return quietest != NULL && quietest->gain < gain && fa_object_pool_give_object(mixer->pool, quietest) == FA_OK;
}

static fa_object_id play(struct mixer *mixer, float gain, float pitch, uint32_t length)
{
    fa_object_id id = 0;
    struct voice *voice = voices_take(mixer->pool, &id);
    mixer->asked++;
    if (voice == NULL && fa_last_status() == FA_ERROR_FULL && free_quieter(mixer, gain)) {
        mixer->stolen++;
        voice = voices_take(mixer->pool, &id);
    }
    if (voice == NULL) {
        mixer->dropped++;
        return 0;
    }
    mixer->started++;
    *voice = (struct voice){gain, pitch, 0, length};
    return id;
}

static float mix(struct mixer *mixer, float *block)
{
    float loudest = 0;
    uint64_t cursor = 0;
    fa_object_id id;
    struct voice *voice;
    while ((voice = voices_next(mixer->pool, &cursor, &id)) != NULL) {
        for (uint32_t i = 0; i < BLOCK; i++)
            block[i] += voice->gain * sinf(voice->pitch * (float)(voice->position + i));
        voice->position += BLOCK;
        if (voice->position >= voice->length)
            mixer->ended += fa_object_pool_give(mixer->pool, id) == FA_OK;
    }
    for (uint32_t i = 0; i < BLOCK; i++)
        loudest = fmaxf(loudest, fabsf(block[i]));
    return loudest;
}

int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    struct mixer mixer = {0};
    fa_object_id playing[EMITTERS] = {0};
    fa_object_pool_config config = FA_OBJECT_POOL_CONFIG_INIT;
    uint32_t seed = 3, wrong = 0, most = 0;
    float loudest = 0;
    config.object_size = sizeof(struct voice);
    config.maximum = VOICES;
    config.destructor = close_voice;
    config.user = &mixer;
    mixer.pool = fa_object_pool_create(a, &config);
    for (int i = 0; i < BLOCKS; i++) {
        seed = seed * 1664525u + 1013904223u;
        uint32_t emitter = (seed >> 8) % EMITTERS;
        if (voices_get(mixer.pool, playing[emitter]) == NULL) /* Over, never begun, or its voice was taken away. */
            playing[emitter] = play(&mixer, (float)(seed >> 16 & 255) / 4096, 0.01f * (float)(emitter + 1), 40 * BLOCK);
        fa_frame_begin(a);
        float *block = fa_frame_new_zeroed(a, float, BLOCK);
        loudest = block == NULL ? loudest : fmaxf(loudest, mix(&mixer, block));
        fa_frame_end(a);
        most = fa_object_pool_count(mixer.pool) > most ? fa_object_pool_count(mixer.pool) : most;
    }
    wrong += most != VOICES || loudest <= 0 || loudest > 1 || mixer.asked != mixer.started + mixer.dropped;
    wrong += mixer.started != mixer.stolen + mixer.ended + fa_object_pool_count(mixer.pool);
    wrong += mixer.stolen == 0 || mixer.dropped == 0;
    printf("%u sounds: %u played, %u dropped, %u lost their voice to a louder one; level %.2f at most\n", mixer.asked,
           mixer.started, mixer.dropped, mixer.stolen, (double)loudest);
    wrong += fa_object_pool_destroy(mixer.pool) != FA_OK || mixer.closed != mixer.started;
    fa_allocator_release(a);
    return wrong != 0;
}
