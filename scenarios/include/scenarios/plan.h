/* SPDX-License-Identifier: Apache-2.0
 *
 * A plan: a scenario file after it was read and checked. Every name is resolved to an index, every
 * default filled in, every list in file order (the timeline: by time, then file order). It is
 * immutable, owns everything it points to, and the same file gives the same plan on every machine.
 *
 * Indexes are uint32_t into the plan's own arrays; PS_PLAN_NONE is "none".
 */
#ifndef SCENARIOS_PLAN_H
#define SCENARIOS_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/certificate.h"
#include "base/random.h"
#include "base/status.h"
#include "base/strategy.h"
#include "base/text.h"
#include "base/time.h"
#include "base/verdict.h"

#define PS_PLAN_NONE UINT32_MAX

/* `authorities:` a CA's name and key. */
struct ps_plan_authority {
    const char *name;
    const char *subject; /* DN */
    enum ps_key_type key;
    uint32_t publishes; /* PS_PUBLISH_ bits: what its certificates say where to find */
    ps_duration ocsp_lifetime, crl_lifetime; /* nextUpdate - thisUpdate; made anew every day */
};

/* `certificates:` one certificate of an authority. */
struct ps_plan_certificate {
    const char *name;
    uint32_t of;                     /* authority whose name and key it certifies */
    uint32_t issuer;                 /* authority that signs; == of: self-signed */
    struct ps_certificate_spec spec; /* subject from `of`; ca is true */
    /* Authority whose key it names as its successor (RFC 8649); PS_PLAN_NONE: none. Devices with
     * channel hash_of_root_key go by it; no extension is minted. */
    uint32_t next;
};

/* `keys:` named key pairs, for servers and backup pins. */
struct ps_plan_key {
    const char *name;
    enum ps_key_type type;
};

/* How long after a release is offered to a device it adopts it: a draw of `lag`, of all devices. Of
 * a curve the quantiles end at the share of those who ever do. */
struct ps_plan_adoption {
    bool is_curve; /* written as shares by a time */
    struct ps_distribution lag;
    ps_share never; /* only of a curve */
};

/* `stores:` a platform's trust store over time, in file order. */
struct ps_plan_store_entry {
    uint32_t certificate;
    ps_time from, until; /* in the store while from <= t < until */
};
/* How late its changes reach a device that follows it. One draw of a device counts for all. */
struct ps_plan_store_lag {
    bool given; /* false: nothing is said, so at once */
    struct ps_distribution additions;
    struct ps_distribution expiries; /* what leaves it when its certificate has ended, or later */
    struct ps_distribution distrust; /* what leaves it before */
    ps_share never;                  /* devices that no change reaches */
};
struct ps_plan_store {
    const char *name;
    struct ps_plan_store_entry *entries;
    size_t count;
    struct ps_plan_store_lag lag;
};

/* How an endpoint gets its leaf. Renewals are at start, start + (lifetime - renew_before), ... */
struct ps_plan_leaf {
    uint32_t *issuers; /* authorities; with several each renewal draws one */
    size_t issuer_count;
    uint32_t key;              /* named key, or PS_PLAN_NONE: keys of `key_type` of its own */
    enum ps_key_type key_type; /* with a named key: that key's type */
    enum ps_hash hash;
    ps_duration lifetime; /* notAfter = notBefore + lifetime - 1 s */
    ps_duration renew_before;
    bool new_key;           /* a fresh key at every renewal; false: the same key throughout */
    const char *subject_cn; /* defaults to the host */
    bool san;               /* carries the host as SAN dNSName (default yes) */
    const char *host;       /* the name in it: the endpoint's host, or another */
    bool must_staple;       /* demands a staple (RFC 7633) */
};

/* What is sent after the leaf, as certificates in order. */
struct ps_plan_chain {
    uint32_t issuer; /* authority for whose leaves it is; PS_PLAN_NONE: any */
    uint32_t *certificates;
    size_t count;
};

/* What DNS says of an endpoint: of what it serves, of what it served before this change, nothing.
 * KEEP is of one change: the next that does not say so follows again. */
#define PS_PLAN_TLSA(X)                                                                            \
    X(FOLLOW, "follow", "the records are of what is served")                                       \
    X(KEEP, "keep", "the records stay as they were before this change")                            \
    X(ABSENT, "absent", "there are none")
#define X(name, text, meaning) PS_TLSA_##name,
enum ps_plan_tlsa { PS_PLAN_TLSA(X) };
#undef X

/* `endpoints:` and their state before any event. */
struct ps_plan_endpoint {
    const char *name;
    const char *host;
    struct ps_plan_leaf leaf;
    struct ps_plan_chain *chains; /* tried in order: the first whose issuer fits */
    size_t chain_count;
    struct ps_plan_chain *alternates; /* other lists for devices that name their anchors */
    size_t alternate_count;
    bool staple;
    enum ps_plan_tlsa tlsa;   /* FOLLOW or ABSENT */
    bool asks_clients;        /* devices must show a certificate */
    uint32_t *client_anchors; /* certificates of the CAs it accepts */
    size_t client_anchor_count;
    bool client_dates; /* and it looks at their dates */
};

enum ps_plan_stage_by { PS_STAGE_BY_DEVICE, PS_STAGE_BY_REGION };
enum ps_plan_when { PS_WHEN_NOW, PS_WHEN_RENEWAL };

#define PS_EVENT_KINDS(X)                                                                          \
    X(SERVE, "serve", "an endpoint begins to serve another chain or leaf")                         \
    X(FAULT, "fault", "an endpoint's link delays, cuts, resets or truncates for a time")           \
    X(RELEASE, "release", "other anchors or pins are offered over update channels")                \
    X(REVOKE, "revoke", "a CA revokes a certificate")                                              \
    X(OUTAGE, "outage", "what a CA publishes cannot be fetched for a time")                        \
    X(ANNOUNCE, "announce", "an endpoint announces its next key over trusted connections")         \
    X(RESTART, "restart", "an endpoint's server starts anew: sessions end")                        \
    X(WITHDRAW, "withdraw", "a release is taken back")                                             \
    X(NOTE, "note", "something worth a line in the report")

#define X(name, text, meaning) PS_EVENT_##name,
enum ps_plan_event_kind { PS_EVENT_KINDS(X) PS_EVENT_KIND_COUNT };
#undef X

/* `timeline:` */
struct ps_plan_event {
    enum ps_plan_event_kind kind;
    ps_time at;
    ps_time announced; /* PS_TIME_NEVER: it was not */
    const char *title; /* one line for the report; made from the event when not given */
    uint32_t line;     /* in the file */
    uint32_t ordinal;  /* number of the event in the file (its `n` in random draws) */
    ps_duration over;  /* staged over this time; 0: at once */
    enum ps_plan_stage_by by;
    union {
        struct ps_plan_serve {
            uint32_t endpoint;
            bool has_chains;
            struct ps_plan_chain *chains;
            size_t chain_count;
            bool has_leaf;
            struct ps_plan_leaf leaf;         /* complete: what was not written is as before */
            enum ps_plan_when when;           /* at `at`, or at the first renewal from then on */
            struct ps_plan_chain *alternates; /* complete, as these three */
            size_t alternate_count;
            bool staple;
            enum ps_plan_tlsa tlsa;
        } serve;
        struct ps_plan_revoke {
            uint32_t certificate; /* PS_PLAN_NONE: the leaf of `endpoint` in use at `at` */
            uint32_t endpoint;
            ps_duration pushed; /* how long after it is in pushed sets */
            bool is_pushed;     /* false: never */
        } revoke;
        struct ps_plan_outage {
            uint32_t authority; /* PS_PLAN_NONE: all */
            uint32_t services;  /* PS_PUBLISH_ bits */
            ps_duration lasts;  /* 0: for good */
        } outage;
        struct ps_plan_announce {
            uint32_t endpoint;
            uint32_t key;      /* plan key */
            ps_time begins;    /* from when it counts */
            ps_duration lasts; /* for how long it is announced; 0: for good */
        } announce;
        struct ps_plan_restart {
            uint32_t endpoint;
        } restart;
        struct ps_plan_fault {
            uint32_t endpoint;
            enum ps_fault kind;
            ps_duration lasts;
            ps_duration delay;    /* of DELAY */
            uint32_t after_bytes; /* of the others: bytes from the server that still arrive */
        } fault;
        struct ps_plan_release {
            const char *name;
            uint32_t *strategies; /* plan strategies that take it */
            size_t strategy_count;
            bool has_anchors; /* replaces the anchors */
            struct ps_reference *anchors;
            size_t anchor_count;
            bool has_pins; /* replaces the pins */
            struct ps_pin *pins;
            size_t pin_count;
            ps_share never;    /* share of devices that never take it */
            bool has_adoption; /* false: as the cohort's */
            struct ps_plan_adoption adoption;
        } release;
        struct ps_plan_withdraw {
            uint32_t release; /* plan event */
        } withdraw;
    } as;
};

/* `threats:` X01 and X02 are always there (they decide who is ranked). */
struct ps_plan_threat {
    enum ps_attack attack;
    ps_time from, until;  /* while from <= t < until */
    bool implied;         /* not in the file */
    uint32_t certificate; /* of the attack's role (PS_ATTACKS), or PS_PLAN_NONE */
    uint32_t key;         /* the same where the role is a key (X17) */
    bool inapplicable;    /* needs a role that is not bound: reported as such */
};

/* What a clock of 32 bits does at 2038-01-19T03:14:08Z. */
#define PS_PAST_2038S(X)                                                                           \
    X(RUNS, "runs", "it goes on: the clock has more bits")                                         \
    X(WRAPS, "wraps", "it begins again with 1901-12-13T20:45:52Z")                                 \
    X(STOPS, "stops", "it stays at the last second that it can show")
#define X(name, text, meaning) PS_PAST_2038_##name,
enum ps_past_2038 { PS_PAST_2038S(X) };
#undef X

/* `clock:` of a cohort: what is wrong with its devices' clocks. */
struct ps_plan_clock {
    struct ps_distribution battery;     /* from made to when the battery is empty */
    bool has_battery;                   /* false: never */
    int32_t fast_min_ppm, fast_max_ppm; /* how much too fast they run; negative: too slow */
    bool has_behind;                    /* it is said; false: `behind` is 0 */
    ps_share behind;                    /* set so that they are behind by: */
    struct ps_distribution behind_by;
    ps_share ahead; /* set, or told, to be ahead by: */
    struct ps_distribution ahead_by;
    struct ps_distribution ahead_lasts; /* from boot */
    bool ahead_ends;                    /* false: for good */
    enum ps_past_2038 past_2038;
};

/* Spells in which a device is offline or without power. */
struct ps_plan_spells {
    bool given;
    ps_share share;               /* of the devices: the others have none */
    struct ps_distribution every; /* from first power, or the end of one, to the next */
    struct ps_distribution lasts;
};

/* A session that is held until something ends it. */
#define PS_SESSION_UNTIL_REBOOT ((ps_duration){INT64_C(1000) * 31557600})

/* With which firmware and trust devices are made. */
#define PS_PLAN_SHIPS(X)                                                                           \
    X(ORIGINAL, "original", "what the strategy says, whenever they are made")                      \
    X(LATEST, "latest", "the last release that was out when they were made")
#define X(name, text, meaning) PS_SHIPS_##name,
enum ps_plan_ships { PS_PLAN_SHIPS(X) };
#undef X

/* `fleet:` */
struct ps_plan_cohort {
    const char *name;
    uint32_t devices;
    ps_time made_from, made_until; /* uniform over whole seconds */
    struct ps_distribution shelf;  /* from made to first power */
    struct ps_distribution life;   /* from first power to retirement */
    bool has_life;
    ps_time retire; /* who serves then is retired; PS_TIME_NEVER */
    enum ps_plan_ships ships;
    uint32_t setup_endpoint; /* of the first contact; PS_PLAN_NONE: there is no such */
    struct ps_plan_spells offline, power_loss;
    uint32_t endpoint;                /* telemetry */
    uint32_t update_endpoint;         /* PS_PLAN_NONE: updates come from `endpoint` */
    uint32_t provisioning_endpoint;   /* PS_PLAN_NONE: such services are there, too */
    ps_duration every;                /* how often an unconnected device tries */
    ps_duration jitter;               /* how much later a contact may come; less than `every` */
    ps_duration session;              /* how long a session is held before it is verified anew */
    ps_duration timeout;              /* how long a device waits for bytes */
    struct ps_distribution ntp_delay; /* from boot to the first time synchronisation */
    ps_share ntp_blocked;             /* devices whose network never lets it through */
    ps_share ntp_fails;               /* power-ups after which it does not until the next */
    struct ps_plan_clock clock;
    bool has_adoption;                /* false: releases are taken as soon as they are offered */
    struct ps_plan_adoption adoption; /* of releases that say nothing */
};

/* A comparison of a share. Bare "100%" is EQ. */
enum ps_comparison_op { PS_LT, PS_LE, PS_EQ, PS_GE, PS_GT };
struct ps_comparison {
    enum ps_comparison_op op;
    ps_share share;
};

#define PS_EXPECTATIONS(X)                                                                         \
    X(CONNECTED, "connected", "share of booted, unretired devices that were up when last due")     \
    X(OUTCOME, "outcome", "share of devices with an outcome, of those that ever booted")           \
    X(EXPOSED, "exposed", "share of booted devices that would ever have accepted an attack")       \
    X(UNRANKED, "unranked", "whether the strategy stands unranked (accepts X01 or X02)")

#define X(name, text, meaning) PS_EXPECT_##name,
enum ps_expectation_kind { PS_EXPECTATIONS(X) };
#undef X

/* `expect:` */
struct ps_plan_expectation {
    enum ps_expectation_kind kind;
    const char *text; /* as written, on one line, without strategy and cohort */
    uint32_t line;
    uint32_t strategy; /* always one */
    uint32_t cohort;   /* PS_PLAN_NONE: all cohorts together */
    ps_time at;        /* CONNECTED: the state at this second, after what happens in it */
    enum ps_outcome outcome;
    enum ps_attack attack;
    struct ps_comparison bar;
    bool unranked; /* UNRANKED: what is expected */
};

struct ps_plan {
    const char *file; /* as named by the caller */
    const char *yaml; /* what was read, so that it can be read again elsewhere */
    size_t yaml_size;
    const char *name; /* `scenario:` */
    const char *title;
    const char *source;  /* where the facts come from, one paragraph; "" */
    ps_time from, until; /* from <= t < until */
    uint32_t regions;    /* how many regions `by: region` draws from */
    uint64_t digest;     /* of the effective scenario (what `show` prints, presets resolved) */
    struct ps_plan_authority *authorities;
    size_t authority_count;
    struct ps_plan_certificate *certificates;
    size_t certificate_count;
    struct ps_plan_key *keys;
    size_t key_count;
    struct ps_plan_store *stores;
    size_t store_count;
    struct ps_plan_endpoint *endpoints;
    size_t endpoint_count;
    struct ps_plan_event *events; /* by time, then file order */
    size_t event_count;
    struct ps_plan_threat *threats;
    size_t threat_count;
    struct ps_plan_cohort *cohorts;
    size_t cohort_count;
    /* The file's, and behind them `hidden_count` that no report lists: presets that a fallback
     * goes to, under their own names, and "NAME update", which fetches the updates of strategy
     * NAME with a root of their own, and "NAME with OTHER", where OTHER lends it its anchors.
     * References are bound. */
    struct ps_strategy *strategies;
    size_t strategy_count, hidden_count;
    struct ps_strategy *presets; /* of the file, where strategies began with them; unbound */
    size_t preset_count;
    struct ps_plan_expectation *expectations;
    size_t expectation_count;
    const char **assumptions; /* defaults in force that rest on an assumption, a sentence each */
    size_t assumption_count;
    void *arena; /* private: owns all of it */
};

/* Reads and checks one scenario. On mistakes the status is INVALID and `diagnostics` holds one
 * gcc-style message per mistake, in file order, and then a closing count; `err` says how many.
 * Presets are those built into the program. Gives *ret_plan. */
PS_MUST_USE ps_status ps_plan_read(const char *file, struct ps_text *diagnostics,
                                   struct ps_plan **ret_plan, struct ps_error *err);
/* The same from memory; `file` is only for messages. */
PS_MUST_USE ps_status ps_plan_read_text(const char *file, const char *yaml, size_t size,
                                        struct ps_text *diagnostics, struct ps_plan **ret_plan,
                                        struct ps_error *err);
void ps_plan_free(struct ps_plan *plan); /* NULL allowed */

/* The effective scenario as YAML that reads back to the same plan: every default written out,
 * presets resolved. */
void ps_plan_show(const struct ps_plan *plan, struct ps_text *out);
/* JSON Schema (draft 2020-12) of the scenario language, from the tables. */
void ps_plan_schema(struct ps_text *out);
/* The key list of docs/scenario-language.md, from the tables, as Markdown. */
void ps_plan_key_list(struct ps_text *out);

/* The presets that ship, in order, and then the policies: name and one line. Borrowed for ever. */
struct ps_preset_line {
    const char *name; /* as `preset:` wants it */
    const char *summary;
    const char *policy; /* its name among the policies; NULL: an ordinary preset */
};
size_t ps_presets(const struct ps_preset_line **ret_lines);
/* One of them, borrowed for ever; its references are unbound roles. NULL: none has that name. */
const struct ps_strategy *ps_preset_strategy(const char *name);
/* The same as YAML, every default written: what a scenario's `presets:` takes. False: none has that
 * name, and nothing is added to `out`. */
bool ps_preset_show(const char *name, struct ps_text *out);

/* The fixture that the matrix judges strategies on: a scenario but for its `strategies:`. Borrowed
 * for ever. */
void ps_plan_fixture(const char **ret_yaml, size_t *ret_size);

/* The catalogue: `pinstorm run le-dst-x3-2021` finds scenarios by name without a path. Names as
 * "incidents/le-dst-x3-2021"; the text is built into the program. NULL when there is none. */
struct ps_catalogue_entry {
    const char *name; /* "incidents/le-dst-x3-2021" */
    const char *yaml;
    size_t size;
};
size_t ps_catalogue(const struct ps_catalogue_entry **ret_entries);
/* The scenario of a million devices that `pinstorm bench` replays; not one of the above. */
const struct ps_catalogue_entry *ps_catalogue_bench(void);
const struct ps_catalogue_entry *ps_catalogue_find(const char *name); /* full or last part */

#endif
