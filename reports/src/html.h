/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of report.html. Every text that is not ours goes through ps_xml_add().
 */
#ifndef REPORTS_HTML_H
#define REPORTS_HTML_H

#include "base/text.h"
#include "pareto.h"
#include "reports/result.h"

extern const char *const ps_html_style; /* style.c */

/* html_tables.c; `ranks` is the order of the scenario's strategies. */
void ps_html_add_outcomes(const struct ps_result_scenario *scenario, const struct ps_rank *ranks,
                          struct ps_text *out);
void ps_html_add_causes(const struct ps_result_scenario *scenario, const struct ps_rank *ranks,
                        struct ps_text *out);
void ps_html_add_exposure(const struct ps_result_scenario *scenario, const struct ps_rank *ranks,
                          struct ps_text *out);
void ps_html_add_costs(const struct ps_result_scenario *scenario, const struct ps_rank *ranks,
                       struct ps_text *out);

#endif
