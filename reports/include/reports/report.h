/* SPDX-License-Identifier: Apache-2.0
 *
 * Renderings of a result. Files are written under a temporary name in the output folder and renamed
 * when all of them are whole: either a complete report appears, or nothing does.
 *
 *   summary.json   results only; the same bytes for the same scenario, seed, version and --devices
 *   run.json       how it was done: command, jobs, link, fidelity, handshakes, time
 *   report.html    self-contained: no script needed, no outside resource, light and dark
 *   junit.xml      one test case per expectation, one suite per scenario
 *   summary.md     for a pull request's comment
 *   outcomes.bin   outcome records of the first scenario, where the run kept them; those of the
 *                  second are outcomes-2.bin, and so on (docs/outcome-records.md)
 *   causes.json    what the numbers in them mean; causes-2.json
 */
#ifndef REPORTS_REPORT_H
#define REPORTS_REPORT_H

#include "base/status.h"
#include "base/text.h"
#include "reports/result.h"

/* Whether `directory` can take a report; creates it (and parents) if it is not there. Asked before
 * a long run, so that nobody waits for a report that cannot be written. Files under a temporary
 * name that a process of this host left there are removed, if it is no more. */
PS_MUST_USE ps_status ps_report_prepare(const char *directory, struct ps_error *err);
PS_MUST_USE ps_status ps_report_write(const char *directory, const struct ps_result *result,
                                      struct ps_error *err);

/* The name in the report's folder that a file NAME has until it is whole. To be freed. */
char *ps_report_temporary(const char *name);
/* One file, under a temporary name until it is whole; its folder has to be there. */
PS_MUST_USE ps_status ps_report_write_file(const char *path, const struct ps_text *text,
                                           struct ps_error *err);

/* The single renderings, for --json, the terminal and tests. */
void ps_report_summary_json(const struct ps_result *result, struct ps_text *out);
void ps_report_causes_json(const struct ps_result *result, size_t scenario, struct ps_text *out);
void ps_report_run_json(const struct ps_result *result, struct ps_text *out);
void ps_report_html(const struct ps_result *result, struct ps_text *out);
void ps_report_junit(const struct ps_result *result, struct ps_text *out);
void ps_report_markdown(const struct ps_result *result, struct ps_text *out);

struct ps_terminal_options {
    bool colour;      /* the caller looked at NO_COLOR and isatty */
    unsigned columns; /* width to fit, at least 60 */
};
/* The table: ranked strategies by Pareto order, unranked last with their exposure; then what
 * happened, what was assumed and what was expected. */
void ps_report_terminal(const struct ps_result *result, const struct ps_terminal_options *options,
                        struct ps_text *out);

#endif
