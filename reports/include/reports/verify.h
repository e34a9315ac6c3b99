/* SPDX-License-Identifier: Apache-2.0
 *
 * What `verify` found about one chain, for people and for programs. Everything is borrowed until
 * the writer returns.
 */
#ifndef REPORTS_VERIFY_H
#define REPORTS_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include "base/certificate.h"
#include "base/text.h"
#include "base/verdict.h"

struct ps_verify_step {
    const struct ps_certificate_facts *facts;
    size_t served, trusted; /* its place in the served chain and in the trust; SIZE_MAX: none */
};

struct ps_verify_report {
    const char *host, *stack, *strategy;
    ps_time at;
    struct ps_verdict verdict;
    const struct ps_verify_step *path; /* leaf first */
    size_t path_count;
    const struct ps_verdict_span *spans; /* all of time */
    size_t span_count;
    bool timeline; /* list the spans */
    bool colour;   /* of the text: what was accepted and what refused */
};

void ps_verify_text(const struct ps_verify_report *report, struct ps_text *out);
void ps_verify_json(const struct ps_verify_report *report, struct ps_text *out);

/* The next span after `at` in which the answer is the other one; NULL: there is none. */
const struct ps_verdict_span *ps_verify_next(const struct ps_verify_report *report);

/* "dates: certificate has expired: Old Root"; for an accepted one "". Never more than one line. */
void ps_verify_reason(const struct ps_verdict *verdict, struct ps_text *out);

#endif
