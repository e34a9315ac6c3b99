/* SPDX-License-Identifier: Apache-2.0
 *
 * Single values as they are written in scenario files. Each ps_x_parse returns NULL or what is
 * wrong, as a clause that lives for ever; each ps_x_write appends the exact spelling that reads
 * back.
 */
#ifndef SCENARIOS_VALUES_H
#define SCENARIOS_VALUES_H

#include "base/random.h"
#include "base/text.h"
#include "form.h"
#include "scenarios/plan.h"

/* The longest duration of most things, of all that is drawn among them: 100y. */
#define PS_CENTURY_S 3155760000u

const char *ps_share_parse(const char *text, ps_share *ret_share);
const char *ps_comparison_parse(const char *text, struct ps_comparison *ret_comparison);
/* A decimal number as millionths. */
const char *ps_number_parse(const char *text, uint32_t *ret_millionths);
const char *ps_uint_parse(const char *text, uint32_t *ret_number);
/* "20ppm", or a range "-20ppm .. 20ppm". */
const char *ps_drift_parse(const char *text, struct ps_drift *ret_drift);
const char *ps_bool_parse(const char *text, bool *ret_bool);
/* A distinguished name as in struct ps_certificate_spec. */
const char *ps_dn_check(const char *text);
const char *ps_host_check(const char *text);
/* How many characters (not bytes). */
size_t ps_character_count(const char *utf8);

void ps_millionths_write(uint32_t millionths, struct ps_text *out); /* "0.8" */
void ps_share_write(ps_share share, struct ps_text *out);           /* "0.5%" */
void ps_drift_write(struct ps_drift drift, struct ps_text *out);
void ps_comparison_write(struct ps_comparison comparison, struct ps_text *out);

#endif
