/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What a snapshot says, and how it came about. */
#ifndef TOP_MODEL_H
#define TOP_MODEL_H

#include <stdbool.h>
#include <stddef.h>

enum { INTENTS = 4, HISTORY = 240, TREND = 24 };

extern const char *const intent_names[INTENTS];

typedef struct budget {
    bool set;
    double used;
    double soft; /* 0 for none */
    double hard; /* 0 for none */
    double denied;
} budget;

typedef struct intent {
    double live;
    double blocks;
    double peak;
    double allocations;
    double per_second; /* allocations since the snapshot before */
} intent;

typedef struct tag {
    double id;
    char *path;
    int level;
    double live;      /* with those nested in it */
    double frame_total;
    double per_frame; /* bytes of frame memory in each frame since the snapshot before */
    budget limits;
    double trend[TREND]; /* of live and per_frame together, newest last */
    int trends;
} tag;

typedef struct lane {
    double id;
    char *name;
    bool bound;
    double frame;
    double last_frame;
    double live[INTENTS];
    budget frames;
    budget pools;
} lane;

typedef struct report {
    char *code;
    char *severity;
    char *message;
    char *note;
    double occurrences;
} report;

typedef struct model {
    int loaded; /* snapshots */
    char *program;
    char *name;
    double time; /* seconds since 1970 */
    double sequence;
    double frame;
    double lane; /* that ended the frame */
    double duration_us;
    double total;
    double peak;
    double reserved;
    double pending;
    double in_flight;
    double promoted;
    budget limits;
    budget stream; /* of all streams together */
    intent intents[INTENTS];
    tag *tags;
    size_t tag_count;
    double tags_left_out;
    lane *lanes;
    size_t lane_count;
    double lanes_left_out;
    report *reports;
    size_t report_count;
    double history[INTENTS + 1][HISTORY]; /* live bytes by intent, then in total; newest last */
    int histories;
} model;

/* Takes a snapshot in. False with a reason if it is none, and then the model is as it was. */
bool model_load(model *m, const char *path, char *reason, size_t size);
void model_clear(model *m);

#endif
