/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs the program under test as a user would and keeps what it said.
 */
#ifndef TESTS_END_TO_END_PROGRAM_H
#define TESTS_END_TO_END_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

struct program {
    int code;  /* exit code; -1 when a signal ended it */
    char *out; /* stdout */
    char *err; /* stderr */
};

struct program_options {
    unsigned long descriptors; /* RLIMIT_NOFILE of the child, soft and hard; 0: as it is */
    const char *directory;     /* to run in; NULL: the test's scratch folder */
    const char *environment;   /* one more NAME=VALUE; NULL: none */
    const char *host_date;     /* "2040-06-30 12:00:00", by faketime; NULL: as it is */
    unsigned terminal;         /* stdout is one, of so many columns; 0: it is a file */
    bool unprivileged;         /* as the user nobody, when the test runs as root */
};

/* A fresh scratch folder for the test, removed by scratch_remove. */
const char *scratch_make(void);
void scratch_remove(void);
/* "SCRATCH/name"; borrowed until the eighth next call. */
const char *scratch_path(const char *name);
void scratch_write(const char *name, const char *text);
/* A whole file; the caller frees. NULL when there is none. */
char *file_read(const char *path);
bool file_exists(const char *path);
/* Both are there, and byte for byte the same. */
bool files_equal(const char *one, const char *other);
/* How many entries a folder has, dot files included ("." and ".." not). */
size_t folder_count(const char *path);

/* `words` ends with NULL; the program's own path is put before it. The caller frees out and err
 * with program_deinit. */
struct program program_run(const struct program_options *options, const char *const words[]);
void program_deinit(struct program *program);

/* Runs the scenario SCRATCH/`file` as memo and as wire, each with all of it audited. Both must meet
 * all expectations, or the test named `name` fails. Whether they wrote the same summary. */
bool program_same_both_ways(const char *file, const char *name);

#define RUN(...) program_run(NULL, (const char *const[]){__VA_ARGS__, NULL})

#endif
