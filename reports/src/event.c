/* SPDX-License-Identifier: Apache-2.0 */
#include "event.h"

#include "print.h"

enum { DAY_S = 86400 };

static void add_time(ps_time t, bool day, struct ps_text *out)
{
    char text[PS_PRINT_MAX];
    ps_text_add(out, "%s", day ? ps_day_print(t, text) : ps_second_print(t, text));
}

bool ps_events_on_days(const struct ps_result_scenario *scenario)
{
    for (size_t i = 0; i < scenario->event_count; i++)
        if (scenario->events[i].at.s % DAY_S != 0)
            return false;
    return true;
}

void ps_event_when_add(const struct ps_result_event *event, bool days, struct ps_text *out)
{
    add_time(event->at, days, out);
}

void ps_event_more_add(const struct ps_result_event *event, struct ps_text *out)
{
    if (ps_time_compare(event->until, event->at) > 0) {
        ps_text_add(out, ", until ");
        add_time(event->until, event->until.s % DAY_S == 0, out);
    }
    if (ps_time_compare(event->announced, PS_TIME_NEVER) != 0) {
        ps_text_add(out, ", announced ");
        add_time(event->announced, event->announced.s % DAY_S == 0, out);
    }
}
