/* SPDX-License-Identifier: Apache-2.0
 *
 * Results to render: `small` is known to the last number, for exact texts; `large` has the shape of
 * a real run with many strategies, for what must hold whatever the content; `hostile` is full of
 * names that try to break out of every format.
 */
#ifndef REPORTS_TESTS_SAMPLE_H
#define REPORTS_TESTS_SAMPLE_H

#include "reports/result.h"

ps_time sample_time(const char *text); /* as base/time.h reads it; asserts that it is one */

struct ps_result *sample_small(void);
struct ps_result *sample_large(void);
struct ps_result *sample_hostile(void);
struct ps_result *sample_empty(void); /* a scenario with nothing in it */
void sample_free(struct ps_result *result);

#endif
