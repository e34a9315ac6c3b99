/* SPDX-License-Identifier: Apache-2.0
 *
 * What `pinstorm bench` found, as a table and as JSON. Figures are whole numbers with a fixed count
 * of decimals: 942 with three is 0.942. Each is the median of its pairs.
 */
#ifndef REPORTS_BENCH_H
#define REPORTS_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/text.h"

enum { PS_BENCH_PAIRS_MAX = 25 };

enum ps_bench_bar { PS_BENCH_NO_BAR, PS_BENCH_AT_LEAST, PS_BENCH_AT_MOST };

struct ps_bench_figure {
    const char *name; /* its key in JSON */
    const char *what; /* for people */
    const char *unit; /* "": a ratio */
    unsigned decimals;
    uint64_t value;
    enum ps_bench_bar bar;
    uint64_t limit; /* with as many decimals */
    uint64_t pairs[PS_BENCH_PAIRS_MAX];
    size_t pair_count;
};

struct ps_bench_result {
    const char *version;
    bool quick; /* too short to say anything of speed */
    struct ps_bench_figure *figures;
    size_t figure_count;
};

/* Sets the value to the median of the pairs; there is at least one. */
void ps_bench_settle(struct ps_bench_figure *figure);
/* True also without a bar. */
bool ps_bench_met(const struct ps_bench_figure *figure);

/* Both append. */
void ps_report_bench_table(const struct ps_bench_result *result, struct ps_text *out);
void ps_report_bench_json(const struct ps_bench_result *result, struct ps_text *out);

#endif
