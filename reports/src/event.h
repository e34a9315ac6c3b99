/* SPDX-License-Identifier: Apache-2.0
 *
 * Events of a timeline as reports that are text list them: when, and what else there is to say
 * about the time.
 */
#ifndef REPORTS_EVENT_H
#define REPORTS_EVENT_H

#include "reports/result.h"
#include "base/text.h"

/* Whether days suffice for all of them: each begins at midnight. */
bool ps_events_on_days(const struct ps_result_scenario *scenario);
/* A day or a second, as all of them are written. */
void ps_event_when_add(const struct ps_result_event *event, bool days, struct ps_text *out);
/* ", until 2021-07-03, announced 2020-12-21"; nothing for an event that is over at once and was not
 * announced. */
void ps_event_more_add(const struct ps_result_event *event, struct ps_text *out);

#endif
