/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A folder of snapshots: whose they are, and which are new. */
#ifndef TOP_FOLDER_H
#define TOP_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

enum { NAME_SIZE = 192, SERIES_MAX = 64, FILES_MAX = 512 };

/* The snapshots of one allocator of one process. */
typedef struct series {
    unsigned long long pid;
    unsigned long long allocator;
    char newest[NAME_SIZE];
} series;

/* Finds up to SERIES_MAX of them, the one with the newest file first; -1 with errno if the folder cannot be read. */
int folder_series(const char *folder, series *out);

/* Names of the files of a series behind a name, in order, the newest FILES_MAX of them. */
int folder_files_since(const char *folder, const series *of, const char *last, char (*out)[NAME_SIZE]);

bool series_lives(const series *of);
bool same_series(const series *left, const series *right);

/* Asks for a snapshot; 0 or an errno. */
int folder_request(const char *folder, const char *request_file, const series *of);

#endif
