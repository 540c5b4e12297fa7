/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <stdio.h>

static fa_allocator *engine;

static void set_up(void)
{
    engine = fa_allocator_create(NULL);
    if (engine == NULL)
        puts("no memory"); /* Every call refuses NULL. */
}

static int level(int number)
{
    set_up();
    fa_frame_begin(engine);
    int *score = fa_frame_new(engine, int, 4);
    int result = score != NULL ? (score[0] = number) : 0;
    fa_frame_end(engine);
    fa_allocator_release(engine);
    return result;
}

int main(void)
{
    int sum = 0;
    for (int i = 0; i < 4; i++)
        sum += level(i);
    return sum;
}
