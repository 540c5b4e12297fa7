/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Lowers many files at once, in processes of their own, and keeps what it made. */
#ifndef FA_LINT_WORK_H
#define FA_LINT_WORK_H

#include "database.h"
#include "ir.h"

struct work {
    const char *cache; /* Folder; NULL for none that stays. */
    bool wants_cache;  /* Somebody asked for it: it is said if it cannot be kept. */
    int jobs;
    bool progress;
    size_t reused;
};

/* One module for each unit; a unit that ended its process has an error. */
struct module *lower_units(struct work *work, const unit_list *units);
char *default_cache(void);
/* The cached module of a unit, if nothing that it was made of has changed. */
bool read_cached(struct module *module, const struct unit *unit, const char *cache);

#endif
