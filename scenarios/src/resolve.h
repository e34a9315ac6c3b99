/* SPDX-License-Identifier: Apache-2.0
 *
 * From the form to the plan: names become indexes, and everything that the tables cannot check
 * alone is checked. What the reader already complained about is passed over in silence.
 */
#ifndef SCENARIOS_RESOLVE_H
#define SCENARIOS_RESOLVE_H

#include "form.h"
#include "reader.h"

/* Kinds of things that have names. */
#define PS_THINGS(X)                                                                               \
    X(AUTHORITY, "authority", "authorities")                                                       \
    X(CERTIFICATE, "certificate", "certificates")                                                  \
    X(KEY, "key", "keys")                                                                          \
    X(STORE, "store", "stores")                                                                    \
    X(ENDPOINT, "endpoint", "endpoints")                                                           \
    X(ROLE, "role", "roles")                                                                       \
    X(STRATEGY, "strategy", "strategies")                                                          \
    X(COHORT, "cohort", "fleet")                                                                   \
    X(PRESET, "preset", "presets")

enum ps_thing {
#define X(name, word, section) PS_THING_##name,
    PS_THINGS(X)
#undef X
        PS_THING_COUNT
};

struct ps_thing_names {
    const char **names; /* NULL: the name could not be read */
    size_t count;
    bool unknown; /* the section could not be read; do not complain about names in it */
};

struct ps_resolver {
    struct ps_reader reader;
    const struct ps_form *form;
    const struct ps_block *root;
    struct ps_plan *plan;
    struct ps_thing_names things[PS_THING_COUNT];
    bool window;                    /* from and until are usable */
    struct ps_reference *roles;     /* what each role stands for */
    bool *unsure_channel;           /* of each strategy: its update channel could not be read */
    struct ps_form_presets presets; /* the file's own, then the program's that they do not hide */
};

/* Index of a name, or PS_PLAN_NONE; complains unless `name` is NULL (already complained about). */
uint32_t ps_resolve_name(struct ps_resolver *resolver, enum ps_thing thing, const char *name,
                         struct ps_span span);
/* The same in silence. */
uint32_t ps_resolve_find(const struct ps_resolver *resolver, enum ps_thing thing, const char *name);
void ps_resolve_unknown(struct ps_reader *reader, const char *word, const char *name,
                        const char *const *candidates, size_t count, struct ps_span span);
/* What a name that references have of their own means, or NULL: "leaf" is no other thing. */
const char *ps_resolve_meant(const char *name);
/* PS_PUBLISH_ bits of a list of services. */
uint32_t ps_resolve_services(const struct ps_names *names);
/* The blocks of a section of the file, in step with the form's list. */
struct ps_block **ps_resolve_blocks(const struct ps_resolver *resolver, const char *section);
/* Complains about a second one of the same name. */
void ps_resolve_unique(struct ps_resolver *resolver, const char *section, const char *key,
                       const char *word);

/* Complains about a time around which no certificate could be issued. */
void ps_resolve_year(struct ps_resolver *resolver, const struct ps_entry *entry, const char *key,
                     ps_time time);

void ps_resolve_world(struct ps_resolver *resolver);
void ps_resolve_endpoints(struct ps_resolver *resolver);
void ps_resolve_roles(struct ps_resolver *resolver);
void ps_resolve_strategies(struct ps_resolver *resolver);
void ps_resolve_hidden(struct ps_resolver *resolver);
void ps_resolve_timeline(struct ps_resolver *resolver);
void ps_resolve_threats(struct ps_resolver *resolver);
void ps_resolve_fleet(struct ps_resolver *resolver);
void ps_resolve_expectations(struct ps_resolver *resolver);
void ps_resolve_assumptions(struct ps_resolver *resolver);

/* What is written in a leaf changes `leaf`; with `whole` everything does. */
void ps_resolve_leaf(struct ps_resolver *resolver, const struct ps_form_leaf *form,
                     const struct ps_block *block, bool whole, struct ps_plan_leaf *leaf);
void ps_resolve_chains(struct ps_resolver *resolver, const struct ps_form_chains *form,
                       struct ps_plan_chain **ret_chains, size_t *ret_count);
/* Every issuer of the leaf must have a chain. */
void ps_resolve_coverage(struct ps_resolver *resolver, const struct ps_plan_leaf *leaf,
                         const struct ps_plan_chain *chains, size_t count, struct ps_span span);

/* Where a reference stands. */
struct ps_reference_place {
    struct ps_span span;
    const char
        *strategy; /* it comes from this strategy's preset; NULL: it is written in the file */
    const struct ps_pin *pin; /* NULL: an anchor */
    bool issuer;              /* of a device's certificate */
    bool unsure;              /* the pin has other mistakes */
};

/* Who is blamed for what a strategy says: its entry in the file, or, for a preset that a fallback
 * goes to, the place that leads there. */
struct ps_strategy_place {
    const struct ps_block *block; /* NULL: not an entry of the file */
    struct ps_span span;          /* then: the place */
};
void ps_resolve_reference(struct ps_resolver *resolver, struct ps_reference *reference,
                          struct ps_reference_place place);

/* The default of `add_hold_down`, which says nothing. */
enum { PS_ADD_HOLD_DOWN_S = 30 * 86400 };
/* One `release` event. */
void ps_resolve_release(struct ps_resolver *resolver, const struct ps_form_release *form,
                        const struct ps_block *block, struct ps_plan_event *event);
/* What can only be said when all events are known and sorted: names, withdrawals, ages of pins. */
void ps_resolve_releases(struct ps_resolver *resolver);
/* Whether some release of the plan brings pins to a strategy. */
bool ps_resolve_brings_pins(const struct ps_plan *plan, uint32_t strategy);

/* Binds the references of a strategy and checks it as a whole. */
void ps_resolve_strategy(struct ps_resolver *resolver, struct ps_strategy_place place,
                         struct ps_strategy *strategy);
/* Where `key` of a strategy's `block` is written, else where all of it comes from. */
struct ps_span ps_strategy_span(struct ps_strategy_place place, const char *block, const char *key);

/* Of an event's own block; what is served when it happens is known only afterwards. */
void ps_resolve_revoke(struct ps_resolver *resolver, const struct ps_form_revoke *form,
                       const struct ps_block *block, struct ps_plan_revoke *revoke);
void ps_resolve_outage(struct ps_resolver *resolver, const struct ps_form_outage *form,
                       const struct ps_block *block, struct ps_plan_outage *outage);
void ps_resolve_announce(struct ps_resolver *resolver, const struct ps_form_event *form,
                         const struct ps_block *event, struct ps_plan_announce *announce);
/* Somebody must learn of a revocation by these issuers. */
void ps_resolve_heard(struct ps_resolver *resolver, const struct ps_plan_revoke *revoke,
                      const uint32_t *issuers, size_t count, struct ps_span span);
/* Lines for the report. */
const char *ps_resolve_revoke_title(const struct ps_resolver *resolver,
                                    const struct ps_plan_revoke *revoke);
const char *ps_resolve_outage_title(const struct ps_resolver *resolver,
                                    const struct ps_plan_outage *outage);
const char *ps_resolve_announce_title(const struct ps_resolver *resolver,
                                      const struct ps_plan_announce *announce);

/* The whole of it. */
void ps_resolve(struct ps_resolver *resolver);

/* Presets of one file by their extensions: each is what it extends, changed where something is
 * written. An own name comes before one of `others`; only a preset that extends its own name means
 * another's. */
struct ps_composing {
    struct ps_reader *reader;
    const struct ps_form_preset *forms;
    struct ps_block *const *blocks;
    size_t count;
    const struct ps_form_presets *others;
};
/* Gives a list of `count` presets in the arena. */
struct ps_form_preset *ps_presets_compose(const struct ps_composing *composing);

/* presets.c: those built into the program. Borrowed for ever. */
const struct ps_form_presets *ps_presets_builtin(void);

#endif
