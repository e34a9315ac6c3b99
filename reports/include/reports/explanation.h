/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of one device, told: what chance decided about it, and under each strategy what
 * happened to it, which contacts mattered, what went over the wire in these, and what became of it.
 * The harness fills it (and owns all of it: everything here is borrowed until the writer returns);
 * the renderers are pure functions of it.
 */
#ifndef REPORTS_EXPLANATION_H
#define REPORTS_EXPLANATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/message.h"
#include "base/text.h"
#include "base/time.h"
#include "base/verdict.h"

/* A word for people, a key for programs: lower case. */
struct ps_told_fact {
    const char *word, *text;
};

/* A contact that mattered, made again for real and looked at. */
struct ps_told_contact {
    ps_time at;           /* true time */
    ps_time clock;        /* the device's */
    const char *role;     /* "telemetry", "update"... */
    const char *endpoint; /* its name */
    const char *why;      /* it is shown: "the first contact", "the last before that" */
    const char *trusts;   /* anchors and pins, in a line for each */
    const char *served;   /* the chain, in a line for each certificate; "": no TLS */
    const char *record;   /* what else was read: lines of a word, a tab and what it was */
    struct ps_messages messages;
    struct ps_verdict verdict;
    uint32_t threat;  /* of the scenario, whose attacker it is; UINT32_MAX: the genuine server */
    const void *spec; /* whoever fills it knows it again by that; no renderer reads it */
};

#define PS_TOLD_KINDS(X)                                                                           \
    X(DEVICE, "device", "it is made, powered, retired")                                            \
    X(CONTACT, "contact", "it calls its server")                                                   \
    X(UPDATE, "update", "it asks for updates, or takes one")                                       \
    X(TRUST, "trust", "what it trusts or shows changes")                                           \
    X(WORLD, "world", "something happens to certificates, servers or publishers")                  \
    X(ATTACK, "attack", "an attacker would be accepted, or is")                                    \
    X(END, "end", "what became of it")
#define X(name, text, meaning) PS_TOLD_##name,
enum ps_told_kind { PS_TOLD_KINDS(X) PS_TOLD_KIND_COUNT };
#undef X
enum ps_told_tone { PS_TONE_PLAIN, PS_TONE_GOOD, PS_TONE_BAD };

/* A line of the timeline. */
struct ps_told_moment {
    ps_time at, last; /* of several alike; equal where it is one */
    uint64_t count;   /* how many contacts; 0: it is none, or nobody counts them */
    enum ps_told_kind kind;
    enum ps_told_tone tone;
    const char *text;
    /* Its first and its last contact, where they are among those shown; SIZE_MAX. */
    size_t contact, last_contact;
    size_t order; /* among those of one second */
};

/* A threat of the scenario over this life. */
struct ps_told_span {
    ps_time from, until; /* from <= t < until */
};
struct ps_told_exposure {
    enum ps_attack attack;
    bool inapplicable;
    uint64_t seconds;
    struct ps_told_span *spans;
    size_t span_count;
};

struct ps_told_life {
    const char *strategy, *preset, *stack, *summary;
    enum ps_outcome outcome;
    ps_time first_dark, dark_since; /* NEVER: it never was dark */
    ps_time dark_until;             /* of the last dark spell; NEVER: it lasts */
    ps_time taken;                  /* by an attacker; NEVER */
    bool was_dark;
    struct ps_verdict cause; /* the refusal with which the last dark spell began, if it was dark */
    const char *did_it;      /* what the darkness is put down to; NULL: it was not dark */
    uint64_t accepted, failed, updates;
    struct ps_told_fact *facts; /* of the device under this strategy */
    size_t fact_count;
    struct ps_told_moment *moments; /* by time; empty unless asked for */
    size_t moment_count;
    struct ps_told_contact *contacts; /* by time; empty unless asked for */
    size_t contact_count;
    struct ps_told_exposure *exposures;
    size_t exposure_count;
    const char *recorded; /* what the run's record of this life says; NULL: there is none */
};

struct ps_explanation {
    const char *version;
    const char *scenario, *title, *file;
    uint64_t digest, seed;
    ps_time from, until;
    const char *command; /* that tells it again */
    const char *cohort;
    uint32_t number;                  /* in the cohort, from 0 */
    uint64_t fleet_number, devices;   /* over the whole fleet */
    const struct ps_told_fact *facts; /* what chance decided */
    size_t fact_count;
    const struct ps_told_life *lives;
    size_t life_count;
};

struct ps_told_options {
    bool colour;
    size_t columns;
};
void ps_explanation_text(const struct ps_explanation *explanation,
                         const struct ps_told_options *options, struct ps_text *out);
void ps_explanation_json(const struct ps_explanation *explanation, struct ps_text *out);

#endif
