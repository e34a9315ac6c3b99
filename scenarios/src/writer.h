/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes a struct as YAML, by the table that also reads it. Optional keys are written where `given`
 * says so, all others always.
 */
#ifndef SCENARIOS_WRITER_H
#define SCENARIOS_WRITER_H

#include "base/field.h"
#include "base/random.h"
#include "base/text.h"

/* The top level: one key after the other. */
void ps_writer_document(const struct ps_table *table, const void *data, struct ps_text *out);

void ps_writer_distribution(const struct ps_distribution *distribution, struct ps_text *out);

#endif
