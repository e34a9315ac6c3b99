/* SPDX-License-Identifier: Apache-2.0
 *
 * What the two ways of `pinstorm verify`, one case and many, have in common, and how it reads
 * files.
 */
#ifndef HARNESS_CLI_VERIFY_H
#define HARNESS_CLI_VERIFY_H

#include <stdio.h>
#include "base/status.h"
#include "base/strategy.h"
#include "sim-device/judge.h"

enum { PS_VERIFY_FILES_MAX = 256, PS_VERIFY_HOST_MAX = 253 };

/* A preset with its roles bound, its stack applied; what judges every case. */
struct ps_verify_trust {
    struct ps_strategy strategy;
    const char *stack; /* as asked for; NULL: the preset's own */
    struct ps_trust_pin *pins;
    size_t pin_count;
};

/* Appends the objects in a file. FAILED: it cannot be read; INVALID: something in it is malformed;
 * the message has no file name. */
PS_MUST_USE ps_status ps_verify_read_file(struct ps_device_stack *stack, enum ps_der_kind kind,
                                          const char *path, struct ps_der_list *list,
                                          struct ps_error *err);
/* The same of a directory's files in the order of their names, without those that hold something
 * else, each certificate once: links by hash lead to files that stand there too. */
PS_MUST_USE ps_status ps_verify_read_trust(struct ps_device_stack *stack, const char *path,
                                           struct ps_der_list *list, struct ps_error *err);

/* Answers each line of `input` with one on standard output. Returns an exit code. */
int ps_verify_batch(struct ps_device_stack *stack, const struct ps_verify_trust *trust,
                    FILE *input);

#endif
