/* SPDX-License-Identifier: Apache-2.0
 *
 * What becomes of a device in an event: the bare verdict of the contact, folded together with what
 * the strategy's clock, pins, fallback and update channel can do about it. A pure function of the
 * strategy's fields and of verdicts of real contacts; it makes none itself.
 *
 * Two assumptions, both for the caller to set: how long before the event it is known (the notice),
 * and how long a channel takes from the decision to the device (the lead: its poll and what people
 * need, ps_composite_lead).
 */
#ifndef HARNESS_COMPOSITE_H
#define HARNESS_COMPOSITE_H

#include <stdbool.h>
#include "base/strategy.h"
#include "base/time.h"
#include "base/verdict.h"
#include "harness/matrix.h"

/* X(name, letter, meaning), the best first. */
#define PS_COMPOSITES(X)                                                                           \
    X(SURVIVES, 'S', "survives")                                                                   \
    X(TRANSIENT, 't', "a fault of the server's: back as soon as that is repaired")                 \
    X(CLOCK, 'c', "a wrong clock: back when it is right")                                          \
    X(HEALS, 'H', "heals itself")                                                                  \
    X(WAITS, 'W', "back when its pins end, which then fail open")                                  \
    X(PREPARED, 'P',                                                                               \
      "survives if it was online in the notice window: the channel needs the trust")               \
    X(LOCKED_OUT, 'L', "dark until an update, which does not need the trust that broke")           \
    X(STALE_KEY, 'K', "dark: the DNSSEC root key it knows is out of use")                          \
    X(BRICKED, 'B', "dark, and nothing reaches it")

#define X(name, letter, meaning) PS_COMPOSITE_##name,
enum ps_composite { PS_COMPOSITES(X) PS_COMPOSITE_COUNT };
#undef X

/* What kind of event it is. */
enum ps_composite_cause {
    PS_CAUSE_CHANGE, /* the endpoint serves something else, for good */
    PS_CAUSE_MOVE,   /* the same, and another CA issues it */
    PS_CAUSE_SERVER, /* the endpoint or what stands behind it is broken for a time */
    PS_CAUSE_CLOCK_BEHIND,
    PS_CAUSE_CLOCK_AHEAD,
};

/* One strategy in one event. Verdicts and cases are borrowed for the call. */
struct ps_composite_case {
    const struct ps_strategy *strategy;
    enum ps_composite_cause cause;
    ps_time at;                          /* in truth, whatever the device's clock shows */
    const struct ps_verdict *verdict;    /* of the contact */
    const struct ps_verdict *pins_ended; /* with pins past their end; NULL: theirs never opens */
    const struct ps_verdict *at_floor;   /* with the clock where it starts; NULL: it has no such */
    const struct ps_composite_case *mended; /* server repaired, clock right; NULL for a change */
    bool worked_before;                     /* the contact before anything happened was accepted */
    bool replaced;                          /* a fallback that replaces this trust accepts it */
    bool updated_by_fallback;               /* a fallback that fetches updates still works */
};

struct ps_composite_options {
    ps_duration notice;
    bool has_lead;
    ps_duration lead; /* of every channel; else each has its own */
};

enum ps_composite ps_composite_of(const struct ps_composite_case *c,
                                  const struct ps_composite_options *options);
char ps_composite_letter(enum ps_composite composite);
const char *ps_composite_meaning(enum ps_composite composite);

/* From the decision to the device: the poll, and what people need for that kind of channel. */
ps_duration ps_composite_lead(const struct ps_strategy *strategy);
/* What people need, without the poll. */
ps_duration ps_composite_lead_of_channel(enum ps_update_channel channel);

/* The same for a cell of a matrix whose column is no attack. `ended` is the row of the same
 * strategy with pins past their end, or SIZE_MAX when they never open (ps_composite_pins_open). */
enum ps_composite ps_composite_of_cell(const struct ps_matrix *matrix, size_t row, size_t ended,
                                       size_t column, const struct ps_composite_options *options);
/* Whether pins have an end, and open with it. */
bool ps_composite_pins_open(const struct ps_strategy *strategy);

#endif
