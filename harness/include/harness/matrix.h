/* SPDX-License-Identifier: Apache-2.0
 *
 * The matrix: strategies against the states and attacks of a fixture, one real handshake for each
 * cell, over the same reader, fake CA, links and device as a run.
 *
 * A column is a state of the genuine endpoint or an attack, met at a date by a device that was made
 * at the beginning and never learned anything since. The date is the device's clock: what kind of
 * clock a strategy has, its floor and its updates do not act in the cells. Contacts with the clock
 * at its floor can be made beside them, for the composite letters.
 *
 * A strategy that trusts the vendor's own root and no other meets the endpoint of the vendor's PKI;
 * all others meet the public CA's. An attack that needs a certificate issued to the operator takes
 * the endpoint's; what some CA signs is the same for everybody.
 */
#ifndef HARNESS_MATRIX_H
#define HARNESS_MATRIX_H

#include "base/status.h"
#include "base/text.h"
#include "base/verdict.h"
#include "fake-ca/ca.h"
#include "harness/how.h"
#include "scenarios/plan.h"

struct ps_matrix_column {
    const char *name; /* "E08", "X03" */
    bool attack;
    const char *state;   /* the fixture's event that the endpoint is in; "": its first state */
    const char *date;    /* the device's clock */
    const char *meaning; /* of a state; an attack has its own */
    const char *at;      /* the true date; NULL: the clock is right */
    uint32_t down;       /* PS_PUBLISH_ bits that cannot be reached */
    bool no_staple;
    bool dns_of_first_key; /* whatever is asked for, the record in DNS is of the first leaf's key */
};
/* In order, states first. Borrowed for ever. */
size_t ps_matrix_columns(const struct ps_matrix_column **ret_columns);
/* In one line. */
const char *ps_matrix_meaning(const struct ps_matrix_column *column);

struct ps_matrix_options {
    const struct ps_plan *plan; /* the fixture with the strategies; borrowed until ps_matrix_free */
    struct ps_keypool *pool;
    unsigned jobs;
    enum ps_link_kind link;
    bool records; /* what each contact read is kept: ps_matrix_record */
    bool floors;  /* states also with clocks at their floor: ps_matrix_at_floor */
};
struct ps_matrix;
/* Makes every cell. Gives *ret_matrix. */
PS_MUST_USE ps_status ps_matrix_run(const struct ps_matrix_options *options,
                                    struct ps_matrix **ret_matrix, struct ps_error *err);
void ps_matrix_free(struct ps_matrix *matrix); /* NULL allowed */
/* What it was made of. Borrowed until ps_matrix_free. */
const struct ps_plan *ps_matrix_plan(const struct ps_matrix *matrix);
/* Whether a strategy trusts the vendor's own root and nothing else, and so meets the vendor's PKI.
 */
bool ps_matrix_is_private(const struct ps_strategy *strategy);

/* `row` is the plan's strategy, hidden ones behind the listed. Borrowed until ps_matrix_free. */
const struct ps_verdict *ps_matrix_verdict(const struct ps_matrix *matrix, size_t row,
                                           size_t column);
/* What the contact read besides the certificates, as ps_contact_tell has it; "" unless records were
 * asked for. Borrowed until ps_matrix_free. */
const char *ps_matrix_record(const struct ps_matrix *matrix, size_t row, size_t column);
/* The same contact with the clock at its floor, where it would stand above the column's: at the
 * build, at what was stored last, or at a fixed date. NULL: it would not, or nobody asked for it
 * (floors). Borrowed until ps_matrix_free. */
const struct ps_verdict *ps_matrix_at_floor(const struct ps_matrix *matrix, size_t row,
                                            size_t column);
/* '+' and '-': the genuine server accepted and refused; 'X' and '.': an attacker. */
char ps_matrix_letter(const struct ps_matrix *matrix, size_t row, size_t column);
/* Appends what was served, a line for each certificate. */
void ps_matrix_served(const struct ps_matrix *matrix, size_t row, size_t column,
                      struct ps_text *out);
/* Handshakes that the servers counted; one for each cell, and for each at a floor. */
uint64_t ps_matrix_handshakes(const struct ps_matrix *matrix);

#endif
