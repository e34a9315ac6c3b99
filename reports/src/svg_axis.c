/* SPDX-License-Identifier: Apache-2.0 */
#include "svg.h"

#include <stdio.h>
#include <stdlib.h>
#include "base/memory.h"
#include "labels.h"
#include "print.h"

enum { SECONDS_PER_HOUR = 3600, SECONDS_PER_DAY = 86400, TICKS_MAX = 9 };

static void add_gridline(int y, unsigned percent, struct ps_text *out)
{
    ps_text_add(out, "<path class=\"grid\" d=\"M%d ", PS_SVG_LEFT / 10);
    ps_svg_add_tenths(y, out);
    ps_text_add(out, "H%d\"/><text class=\"tick\" text-anchor=\"end\" x=\"%d\" y=\"",
                (PS_SVG_LEFT + PS_SVG_PLOT) / 10, PS_SVG_LEFT / 10 - 8);
    ps_svg_add_tenths(y + 40, out);
    ps_text_add(out, "\">%u%%</text>\n", percent);
}

static void add_tick(const struct ps_picture *picture, ps_time t, const char *text,
                     struct ps_text *out)
{
    int x = ps_svg_x(picture->scenario, t);
    int foot = PS_SVG_TOP + picture->height;
    ps_text_add(out, "<path class=\"axis\" d=\"M");
    ps_svg_add_tenths(x, out);
    ps_text_add(out, " ");
    ps_svg_add_tenths(foot, out);
    ps_text_add(out, "v6\"/><text class=\"tick\" text-anchor=\"middle\" x=\"");
    ps_svg_add_tenths(x, out);
    ps_text_add(out, "\" y=\"");
    ps_svg_add_tenths(foot + 210, out);
    ps_text_add(out, "\">%s</text>\n", text);
}

/* Ticks on whole months: the first of every `step` months since year 0. */
static void add_month_ticks(const struct ps_picture *picture, int64_t step, struct ps_text *out)
{
    struct ps_date first = ps_time_date(picture->scenario->from);
    int64_t month = ((int64_t)first.year * 12 + first.month - 1) / step * step;
    for (;; month += step) {
        struct ps_date date = {.year = (int)(month / 12), .month = (int)(month % 12) + 1, .day = 1};
        if (date.year > 9999)
            return;
        ps_time t = ps_time_from_date(date);
        if (ps_time_compare(t, picture->scenario->until) > 0)
            return;
        if (ps_time_compare(t, picture->scenario->from) < 0)
            continue;
        char text[PS_PRINT_MAX];
        if (step % 12 == 0)
            snprintf(text, sizeof text, "%04d", date.year);
        else
            snprintf(text, sizeof text, "%04d-%02d", date.year, date.month);
        add_tick(picture, t, text, out);
    }
}

static void add_second_ticks(const struct ps_picture *picture, int64_t step, struct ps_text *out)
{
    int64_t from = picture->scenario->from.s;
    int64_t s = from / step * step;
    for (; s <= picture->scenario->until.s; s += step) {
        if (s < from)
            continue;
        char text[PS_PRINT_MAX], day[PS_TIME_TEXT_MAX];
        ps_time_format_day((ps_time){s}, day);
        if (step % SECONDS_PER_DAY == 0) {
            snprintf(text, sizeof text, "%s", day);
        } else {
            unsigned hour = (unsigned)((s % SECONDS_PER_DAY + SECONDS_PER_DAY) % SECONDS_PER_DAY /
                                       SECONDS_PER_HOUR);
            snprintf(text, sizeof text, "%s %02u:00", &day[5], hour);
        }
        add_tick(picture, (ps_time){s}, text, out);
    }
}

static void add_ticks(const struct ps_picture *picture, struct ps_text *out)
{
    static const int64_t months[] = {1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200};
    static const int64_t hours[] = {1, 3, 6, 12, 24, 48, 96, 168};
    int64_t span = picture->scenario->until.s - picture->scenario->from.s;
    if (span <= 0)
        return;
    for (size_t i = 0; i < sizeof hours / sizeof hours[0]; i++) {
        int64_t step = hours[i] * SECONDS_PER_HOUR;
        if (span / step < TICKS_MAX) {
            add_second_ticks(picture, step, out);
            return;
        }
    }
    for (size_t i = 0; i < sizeof months / sizeof months[0]; i++) {
        if (span / (months[i] * 2629800) < TICKS_MAX) { /* the mean month: 30.4375 days */
            add_month_ticks(picture, months[i], out);
            return;
        }
    }
}

void ps_svg_add_axes(const struct ps_picture *picture, struct ps_text *out)
{
    for (unsigned percent = 0; percent <= 100; percent += 25)
        add_gridline(PS_SVG_TOP + picture->height - picture->height * (int)percent / 100, percent,
                     out);
    add_ticks(picture, out);
}

static bool is_inside(const struct ps_result_scenario *scenario, ps_time at)
{
    return ps_time_compare(at, scenario->from) >= 0 && ps_time_compare(at, scenario->until) <= 0;
}

/* What takes its time is a shade from its beginning to its end. */
void ps_svg_add_spans(const struct ps_picture *picture, struct ps_text *out)
{
    const struct ps_result_scenario *scenario = picture->scenario;
    for (size_t i = 0; i < scenario->event_count; i++) {
        const struct ps_result_event *event = &scenario->events[i];
        if (ps_time_compare(event->until, event->at) <= 0 ||
            ps_time_compare(event->until, scenario->from) <= 0 ||
            ps_time_compare(event->at, scenario->until) >= 0)
            continue;
        int begin = ps_svg_x(scenario, event->at), end = ps_svg_x(scenario, event->until);
        ps_text_add(out, "<rect class=\"span\" x=\"");
        ps_svg_add_tenths(begin, out);
        ps_text_add(out, "\" y=\"%d\" width=\"", PS_SVG_TOP / 10);
        ps_svg_add_tenths(end > begin ? end - begin : 1, out);
        ps_text_add(out, "\" height=\"");
        ps_svg_add_tenths(picture->height, out);
        ps_text_add(out, "\"><title>%zu: ", i + 1);
        ps_xml_add(event->title, out);
        ps_text_add(out, "</title></rect>\n");
    }
}

/* Events so close together that their marks would not fit share one: "3-5". */
struct mark {
    size_t first, last; /* events, from 0 */
    int x;              /* of the first */
};

static size_t group_marks(const struct ps_result_scenario *scenario, int near, struct mark *marks)
{
    size_t count = 0;
    for (size_t i = 0; i < scenario->event_count; i++) {
        if (!is_inside(scenario, scenario->events[i].at))
            continue;
        int x = ps_svg_x(scenario, scenario->events[i].at);
        bool joins = count > 0 && marks[count - 1].last + 1 == i && x - marks[count - 1].x < near;
        if (joins)
            marks[count - 1].last = i;
        else
            marks[count++] = (struct mark){i, i, x};
    }
    return count;
}

static void mark_text(const struct mark *mark, char out[static PS_PRINT_MAX])
{
    if (mark->first == mark->last)
        snprintf(out, PS_PRINT_MAX, "%zu", mark->first + 1);
    else
        snprintf(out, PS_PRINT_MAX, "%zu–%zu", mark->first + 1, mark->last + 1);
}

static int mark_width(const struct mark *mark)
{
    char text[PS_PRINT_MAX];
    mark_text(mark, text);
    return 100 + 70 * (int)ps_columns(text);
}

static void add_mark(const struct ps_picture *picture, const struct mark *mark, int middle,
                     struct ps_text *out)
{
    const struct ps_result_scenario *scenario = picture->scenario;
    int width = mark_width(mark) - 20;
    char text[PS_PRINT_MAX];
    mark_text(mark, text);
    ps_text_add(out, "<path class=\"event\" d=\"M");
    ps_svg_add_tenths(middle, out);
    ps_text_add(out, " 22L");
    ps_svg_add_tenths(mark->x, out);
    ps_text_add(out, " %dV", PS_SVG_TOP / 10 - 6);
    ps_svg_add_tenths(PS_SVG_TOP + picture->height, out);
    /* The other events of a shared mark get their line too, from the plot's top. */
    for (size_t i = mark->first + 1; i <= mark->last; i++) {
        ps_text_add(out, "M");
        ps_svg_add_tenths(ps_svg_x(scenario, scenario->events[i].at), out);
        ps_text_add(out, " %dv", PS_SVG_TOP / 10);
        ps_svg_add_tenths(picture->height, out);
    }
    ps_text_add(out, "\"/><g><title>");
    for (size_t i = mark->first; i <= mark->last; i++) {
        ps_text_add(out, "%s%zu: ", i == mark->first ? "" : "; ", i + 1);
        ps_xml_add(scenario->events[i].title, out);
    }
    ps_text_add(out, "</title><rect class=\"mark\" rx=\"3\" x=\"");
    ps_svg_add_tenths(middle - width / 2, out);
    ps_text_add(out, "\" y=\"5\" width=\"");
    ps_svg_add_tenths(width, out);
    ps_text_add(out, "\" height=\"17\"/><text class=\"number\" text-anchor=\"middle\" x=\"");
    ps_svg_add_tenths(middle, out);
    ps_text_add(out, "\" y=\"17.5\">%s</text></g>\n", text);
}

void ps_svg_add_marks(const struct ps_picture *picture, struct ps_text *out)
{
    const struct ps_result_scenario *scenario = picture->scenario;
    struct mark *marks = ps_alloc(scenario->event_count + 1, sizeof *marks);
    struct ps_label *labels = ps_alloc(scenario->event_count + 1, sizeof *labels);
    size_t count = 0;
    int room = 0;
    for (int near = 10; near <= 2 * PS_SVG_PLOT; near *= 2) {
        count = group_marks(scenario, near, marks);
        room = 0;
        for (size_t i = 0; i < count; i++) {
            labels[i] = (struct ps_label){.want = marks[i].x, .size = mark_width(&marks[i])};
            room += labels[i].size;
        }
        if (room <= PS_SVG_PLOT)
            break;
    }
    ps_labels_spread(labels, count, PS_SVG_LEFT - 150, PS_SVG_LEFT + PS_SVG_PLOT + 150);
    for (size_t i = 0; i < count; i++)
        add_mark(picture, &marks[i], labels[i].at, out);
    free(marks);
    free(labels);
}
