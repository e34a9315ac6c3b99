/* SPDX-License-Identifier: Apache-2.0
 *
 * The picture of a scenario: the share of booted, unretired devices that are connected, over
 * calendar time; one line per strategy, labelled at its end, lines that are the same drawn once
 * with all their names; events as numbered marks. Plain SVG within HTML, coloured by the page's
 * style, coordinates in integers of a tenth of a pixel.
 */
#ifndef REPORTS_SVG_H
#define REPORTS_SVG_H

#include <stdbool.h>
#include "pareto.h"
#include "reports/result.h"
#include "base/text.h"

/* Lines with the same course. */
struct ps_curve {
    size_t *strategies; /* owns; in the order of ranks */
    size_t count;
    char *path;           /* owns; the `d` of an SVG path; "" when there is nothing to draw */
    int end_x, end_y;     /* of its last point, in tenths of a pixel */
    uint64_t up, present; /* at its last point */
    bool unranked;
    unsigned style; /* which colour and dashes; unranked ones count by themselves */
    bool shortened; /* its label could not hold all names */
};

struct ps_picture {
    const struct ps_result_scenario *scenario; /* borrowed, as long as the picture lives */
    struct ps_curve *curves;                   /* owns */
    size_t curve_count;
    int height; /* of the plot, in tenths of a pixel */
};

void ps_picture_init(struct ps_picture *picture, const struct ps_result_scenario *scenario,
                     const struct ps_rank *ranks);
void ps_picture_deinit(struct ps_picture *picture);
/* `number` of the scenario makes ids unique within the page. */
void ps_picture_add(const struct ps_picture *picture, size_t number, struct ps_text *out);
/* A short piece of a curve's line, for legends. */
void ps_swatch_add(const struct ps_curve *curve, struct ps_text *out);

/* Inside the picture (svg_axis.c): the frame of both axes, and the marks of events. */
enum {
    PS_SVG_LEFT = 500,
    PS_SVG_TOP = 400,
    PS_SVG_PLOT = 6900, /* width of the plot */
    PS_SVG_WIDTH = 10000,
    PS_SVG_BOTTOM = 320,
};
int ps_svg_x(const struct ps_result_scenario *scenario, ps_time t); /* clipped to the plot */
void ps_svg_add_tenths(int value, struct ps_text *out);
void ps_svg_add_axes(const struct ps_picture *picture, struct ps_text *out);
void ps_svg_add_spans(const struct ps_picture *picture, struct ps_text *out);
void ps_svg_add_marks(const struct ps_picture *picture, struct ps_text *out);

#endif
