/* SPDX-License-Identifier: Apache-2.0
 *
 * Columns of a CSV file (RFC 4180) whose first record names them. Separated by commas; a field in
 * double quotes may hold commas, line ends and, doubled, double quotes. Empty lines are no records.
 */
#ifndef SCENARIOS_CSV_H
#define SCENARIOS_CSV_H

#include <stdbool.h>
#include "base/memory.h"

struct ps_csv {
    char *text; /* owned; fields are cut out of it */
    size_t size, at;
    size_t line, next_line; /* where the record that was read last begins, from 1, and the rest */
    char **fields;          /* of that record; owned array of borrowed texts */
    size_t count, capacity;
};

/* Reads a whole file. NULL, or what is wrong: owned. */
char *ps_csv_open(struct ps_csv *csv, const char *path);
/* The next record. False: there is none, and *ret_wrong is NULL or what is wrong, for ever. */
bool ps_csv_next(struct ps_csv *csv, const char **ret_wrong);
void ps_csv_close(struct ps_csv *csv);

#endif
