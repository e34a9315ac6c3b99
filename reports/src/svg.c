/* SPDX-License-Identifier: Apache-2.0 */
#include "svg.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "labels.h"
#include "print.h"
#include "total.h"

__extension__ typedef __int128 wide;

/* The label at a line's end. Widths of a proportional font can only be estimated; 31 characters of
 * 12 px leave room to spare for all but text in capitals only, which textLength then holds in. */
enum {
    LABEL_X = PS_SVG_LEFT + PS_SVG_PLOT + 560,
    LABEL_COLUMNS = 30,
    LABEL_LINES_MAX = 3,
    LINE_HEIGHT = 150,
    LABEL_GAP = 60,
    PLOT_HEIGHT_LEAST = 3200,
    STYLES = 7, /* colours in style.c */
};

int ps_svg_x(const struct ps_result_scenario *scenario, ps_time t)
{
    if (ps_time_compare(t, scenario->from) <= 0 || scenario->until.s <= scenario->from.s)
        return PS_SVG_LEFT;
    if (ps_time_compare(t, scenario->until) >= 0)
        return PS_SVG_LEFT + PS_SVG_PLOT;
    wide share = (wide)(t.s - scenario->from.s) * PS_SVG_PLOT;
    return PS_SVG_LEFT + (int)(share / (scenario->until.s - scenario->from.s));
}

void ps_svg_add_tenths(int value, struct ps_text *out)
{
    ps_text_add(out, "%s%d", value < 0 ? "-" : "", abs(value) / 10);
    if (value % 10 != 0)
        ps_text_add(out, ".%d", abs(value) % 10);
}

struct point {
    int x, y;
};

static void add_point(struct ps_text *path, struct point point, char how)
{
    ps_text_add_n(path, &how, 1);
    ps_svg_add_tenths(point.x, path);
    ps_text_add_n(path, " ", 1);
    ps_svg_add_tenths(point.y, path);
}

/* Writes points as a path and leaves out what lies on a level line between its neighbours. */
static char *make_path(const struct point *points, size_t count)
{
    struct ps_text path = {0};
    for (size_t i = 0; i < count; i++) {
        bool level = i > 0 && i + 1 < count && points[i].y == points[i - 1].y &&
                     points[i].y == points[i + 1].y;
        if (!level)
            add_point(&path, points[i], i == 0 ? 'M' : 'L');
    }
    if (count == 1) /* a dot: round caps make it visible */
        ps_text_add(&path, "h.1");
    char *text = ps_strdup(ps_text_chars(&path));
    ps_text_deinit(&path);
    return text;
}

static void trace(const struct ps_result_scenario *scenario, size_t strategy, int height,
                  struct ps_curve *curve)
{
    struct point *points = ps_alloc(scenario->sample_count + 1, sizeof *points);
    size_t count = 0;
    for (size_t s = 0; s < scenario->sample_count; s++) {
        uint64_t present = 0, up = 0;
        for (size_t c = 0; c < scenario->cohort_count; c++) {
            const struct ps_result_lane *lane = ps_lane_at(scenario, strategy, c);
            present += lane->present[s];
            up += lane->up[s];
        }
        if (present == 0)
            continue; /* nobody to be connected: before the first boot, after the last retirement */
        int down = (int)((wide)(present - up) * height / (wide)present);
        points[count++] =
            (struct point){ps_svg_x(scenario, scenario->samples[s]), PS_SVG_TOP + down};
        curve->up = up;
        curve->present = present;
    }
    if (count > 0) {
        curve->end_x = points[count - 1].x;
        curve->end_y = points[count - 1].y;
    }
    curve->path = make_path(points, count);
    free(points);
}

static struct ps_curve *find_twin(struct ps_picture *picture, const struct ps_curve *curve)
{
    for (size_t i = 0; i < picture->curve_count; i++) {
        struct ps_curve *other = &picture->curves[i];
        if (other->unranked == curve->unranked && other->up == curve->up &&
            other->present == curve->present && strcmp(other->path, curve->path) == 0)
            return other;
    }
    return NULL;
}

static void trace_all(struct ps_picture *picture, const struct ps_rank *ranks)
{
    const struct ps_result_scenario *scenario = picture->scenario;
    unsigned styles[2] = {0, 0};
    for (size_t i = 0; i < scenario->strategy_count; i++) {
        struct ps_curve curve = {.unranked = ranks[i].front == 0};
        trace(scenario, ranks[i].strategy, picture->height, &curve);
        struct ps_curve *twin = find_twin(picture, &curve);
        if (twin != NULL) {
            free(curve.path);
        } else {
            twin = &picture->curves[picture->curve_count++];
            *twin = curve;
            twin->style = styles[curve.unranked]++;
            twin->strategies = ps_alloc(scenario->strategy_count, sizeof *twin->strategies);
        }
        twin->strategies[twin->count++] = ranks[i].strategy;
    }
}

/* The lines of a curve's label: its share at the end, then as many names as find room. */
struct caption {
    struct ps_text lines[LABEL_LINES_MAX];
    size_t count;
    bool shortened;
};

static void caption_init(struct caption *caption, const struct ps_picture *picture,
                         const struct ps_curve *curve)
{
    *caption = (struct caption){.count = 1};
    char share[PS_PRINT_MAX];
    ps_text_add(&caption->lines[0], "%s ", ps_percent_print(curve->up, curve->present, share));
    for (size_t i = 0; i < curve->count; i++) {
        struct ps_text name = {0};
        const char *full = picture->scenario->strategies[curve->strategies[i]].name;
        struct ps_text *line = &caption->lines[caption->count - 1];
        bool last_line = caption->count == LABEL_LINES_MAX;
        bool last_name = i + 1 == curve->count;
        /* The last line keeps room for ", +99 more" unless this is the last name. */
        size_t room = LABEL_COLUMNS - (last_line && !last_name ? 10 : 0);
        size_t used = ps_columns(ps_text_chars(line));
        size_t wanted = ps_columns(full) + (i == 0 ? 0 : 2) + (last_name ? 0 : 1);
        if (used + wanted > room && i > 0) {
            if (last_line) {
                ps_text_add(line, ", +%zu more", curve->count - i);
                caption->shortened = true;
                return;
            }
            ps_text_add(line, ",");
            line = &caption->lines[caption->count++];
            used = 0;
            room = LABEL_COLUMNS - (caption->count == LABEL_LINES_MAX && !last_name ? 10 : 0);
        } else if (i > 0) {
            ps_text_add(line, ", ");
            used += 2;
        }
        caption->shortened |= ps_columns(full) > room - used;
        ps_clean_add_short(full, room - used, &name);
        ps_text_add(line, "%s", ps_text_chars(&name));
        ps_text_deinit(&name);
    }
}

static void caption_deinit(struct caption *caption)
{
    for (size_t i = 0; i < caption->count; i++)
        ps_text_deinit(&caption->lines[i]);
}

void ps_picture_init(struct ps_picture *picture, const struct ps_result_scenario *scenario,
                     const struct ps_rank *ranks)
{
    *picture = (struct ps_picture){.scenario = scenario, .height = PLOT_HEIGHT_LEAST};
    picture->curves = ps_alloc(scenario->strategy_count + 1, sizeof *picture->curves);
    trace_all(picture, ranks);
    int room = 0;
    for (size_t i = 0; i < picture->curve_count; i++) {
        struct caption caption;
        caption_init(&caption, picture, &picture->curves[i]);
        room += (int)caption.count * LINE_HEIGHT + LABEL_GAP;
        picture->curves[i].shortened = caption.shortened;
        caption_deinit(&caption);
    }
    if (room <= picture->height)
        return;
    /* Labels need more height than the plot has: it grows with them. */
    ps_picture_deinit(picture);
    *picture = (struct ps_picture){.scenario = scenario, .height = room};
    picture->curves = ps_alloc(scenario->strategy_count + 1, sizeof *picture->curves);
    trace_all(picture, ranks);
}

void ps_picture_deinit(struct ps_picture *picture)
{
    for (size_t i = 0; i < picture->curve_count; i++) {
        free(picture->curves[i].strategies);
        free(picture->curves[i].path);
    }
    free(picture->curves);
    *picture = (struct ps_picture){0};
}

static void add_line_class(const struct ps_curve *curve, struct ps_text *out)
{
    if (curve->unranked)
        ps_text_add(out, "line unranked d%u", 1 + curve->style % 3);
    else
        ps_text_add(out, "line c%u d%u", curve->style % STYLES, curve->style % 4);
}

void ps_swatch_add(const struct ps_curve *curve, struct ps_text *out)
{
    ps_text_add(out, "<svg class=\"swatch\" width=\"34\" height=\"10\" aria-hidden=\"true\">"
                     "<path class=\"");
    add_line_class(curve, out);
    ps_text_add(out, "\" d=\"M2 5H32\"/></svg>");
}

static void add_names(const struct ps_picture *picture, const struct ps_curve *curve,
                      struct ps_text *out)
{
    for (size_t i = 0; i < curve->count; i++) {
        if (i > 0)
            ps_text_add(out, ", ");
        ps_xml_add(picture->scenario->strategies[curve->strategies[i]].name, out);
    }
}

static void add_curve(const struct ps_picture *picture, const struct ps_curve *curve,
                      struct ps_text *out)
{
    if (curve->path[0] == '\0')
        return;
    char share[PS_PRINT_MAX];
    ps_text_add(out, "<path class=\"");
    add_line_class(curve, out);
    ps_text_add(out, "\" d=\"%s\"><title>", curve->path);
    add_names(picture, curve, out);
    ps_text_add(out, ": %s connected at the end</title></path>\n",
                ps_percent_print(curve->up, curve->present, share));
}

static void add_label(const struct ps_picture *picture, const struct ps_curve *curve, int middle,
                      struct ps_text *out)
{
    struct caption caption;
    caption_init(&caption, picture, curve);
    /* A leader from the line's end, then a piece of the line itself, then its names. */
    ps_text_add(out, "<path class=\"leader\" d=\"");
    add_point(out, (struct point){curve->end_x + 30, curve->end_y}, 'M');
    add_point(out, (struct point){LABEL_X - 410, middle}, 'L');
    ps_text_add(out, "\"/><path class=\"");
    add_line_class(curve, out);
    ps_text_add(out, "\" d=\"");
    add_point(out, (struct point){LABEL_X - 390, middle}, 'M');
    add_point(out, (struct point){LABEL_X - 70, middle}, 'L');
    ps_text_add(out, "\"/>\n<text class=\"label%s\">", curve->unranked ? " faint" : "");
    int baseline = middle - (int)(caption.count - 1) * LINE_HEIGHT / 2 + 42;
    for (size_t i = 0; i < caption.count; i++) {
        ps_text_add(out, "<tspan x=\"");
        ps_svg_add_tenths(LABEL_X, out);
        ps_text_add(out, "\" y=\"");
        ps_svg_add_tenths(baseline + (int)i * LINE_HEIGHT, out);
        ps_text_add(out, "\">");
        ps_xml_add(ps_text_chars(&caption.lines[i]), out);
        ps_text_add(out, "</tspan>");
    }
    ps_text_add(out, "</text>\n");
    caption_deinit(&caption);
}

static void add_labels(const struct ps_picture *picture, struct ps_text *out)
{
    struct ps_label *labels = ps_alloc(picture->curve_count + 1, sizeof *labels);
    const struct ps_curve **shown = ps_alloc(picture->curve_count + 1, sizeof *shown);
    size_t count = 0;
    for (size_t i = 0; i < picture->curve_count; i++) {
        const struct ps_curve *curve = &picture->curves[i];
        if (curve->path[0] == '\0')
            continue;
        struct caption caption;
        caption_init(&caption, picture, curve);
        labels[count] = (struct ps_label){.want = curve->end_y,
                                          .size = (int)caption.count * LINE_HEIGHT + LABEL_GAP};
        shown[count++] = curve;
        caption_deinit(&caption);
    }
    ps_labels_spread(labels, count, PS_SVG_TOP - 120, PS_SVG_TOP + picture->height + 120);
    for (size_t i = 0; i < count; i++)
        add_label(picture, shown[i], labels[i].at, out);
    free(labels);
    free(shown);
}

static void add_description(const struct ps_picture *picture, size_t number, struct ps_text *out)
{
    const struct ps_result_scenario *scenario = picture->scenario;
    ps_text_add(out, "<title id=\"t%zu\">Connected devices over time: ", number);
    ps_xml_add(scenario->title == NULL ? scenario->name : scenario->title, out);
    ps_text_add(out,
                "</title>\n<desc id=\"d%zu\">Share of booted, unretired devices that are "
                "connected, ",
                number);
    ps_period_add(scenario->from, scenario->until, out);
    ps_text_add(out, ". At the end:");
    for (size_t i = 0; i < picture->curve_count; i++) {
        const struct ps_curve *curve = &picture->curves[i];
        char share[PS_PRINT_MAX];
        ps_text_add(out, "%s ", i == 0 ? "" : ";");
        add_names(picture, curve, out);
        ps_text_add(out, " %s", ps_percent_print(curve->up, curve->present, share));
    }
    ps_text_add(out, ".</desc>\n");
}

void ps_picture_add(const struct ps_picture *picture, size_t number, struct ps_text *out)
{
    int height = PS_SVG_TOP + picture->height + PS_SVG_BOTTOM;
    ps_text_add(out,
                "<svg class=\"picture\" role=\"img\" aria-labelledby=\"t%zu d%zu\" "
                "viewBox=\"0 0 %d %d\" xmlns=\"http://www.w3.org/2000/svg\">\n",
                number, number, PS_SVG_WIDTH / 10, (height + 9) / 10);
    add_description(picture, number, out);
    ps_svg_add_spans(picture, out);
    ps_svg_add_axes(picture, out);
    ps_svg_add_marks(picture, out);
    /* Best last, so that it lies on top. */
    for (size_t i = picture->curve_count; i > 0; i--)
        add_curve(picture, &picture->curves[i - 1], out);
    add_labels(picture, out);
    ps_text_add(out, "</svg>\n");
}
