/* SPDX-License-Identifier: Apache-2.0
 *
 * A scenario as it is written: names are still names. The reader fills these structs through the
 * tables of tables.c, resolve_*.c turns them into a plan, and show.c turns a plan back into them.
 * Lists are pointer and count in a row, as the tables want them; `given` has a bit for each key
 * that was written.
 */
#ifndef SCENARIOS_FORM_H
#define SCENARIOS_FORM_H

#include "base/field.h"
#include "scenarios/plan.h"

struct ps_names {
    const char **items; /* an item that could not be read is NULL */
    size_t count;
};

struct ps_range {
    ps_time from, until;
};

struct ps_form_authority {
    const char *name;
    const char *subject;
    int key;
    struct ps_names publishes;
    ps_duration ocsp_lifetime, crl_lifetime;
};

struct ps_form_certificate {
    uint64_t given;
    const char *name;
    const char *of;
    const char *issuer;
    int hash;
    struct ps_range valid;
    int32_t path_length;
    struct ps_names eku;
    const char *next;
};

struct ps_form_key {
    const char *name;
    int type;
};

struct ps_form_store_entry {
    uint64_t given;
    const char *certificate;
    ps_time from, until;
};

struct ps_form_store_lag {
    struct ps_distribution additions, expiries, distrust;
    ps_share never;
};

struct ps_form_store {
    uint64_t given;
    const char *name;
    struct ps_form_store_entry *entries;
    size_t count;
    struct ps_form_store_lag lag;
};

struct ps_form_leaf {
    uint64_t given;
    struct ps_names issuers;
    const char *key;
    int hash;
    ps_duration lifetime, renew_before;
    bool new_key;
    const char *common_name;
    bool san;
    const char *host;
    bool must_staple;
};

/* One list of `chain`: for all issuers (NULL) or for one. */
struct ps_form_chain {
    const char *issuer;
    struct ps_names certificates;
    const struct ps_node *issuer_node; /* NULL when not from a file */
    const struct ps_node *node;
};

struct ps_form_chains {
    struct ps_form_chain *items;
    size_t count;
};

struct ps_form_clients {
    struct ps_names anchors;
    bool dates;
};

struct ps_form_endpoint {
    uint64_t given;
    const char *name;
    const char *host;
    struct ps_form_leaf leaf;
    struct ps_form_chains chains;
    struct ps_form_chains alternates;
    bool staple;
    int tlsa;
    struct ps_form_clients clients;
};

struct ps_form_role {
    const char *name;
    const char *target;
};

struct ps_form_serve {
    uint64_t given;
    const char *endpoint;
    struct ps_form_chains chains;
    struct ps_form_leaf leaf;
    struct ps_form_chains alternates;
    bool staple;
    int tlsa;
    ps_duration over;
    int by;
    int when;
};

struct ps_form_fault {
    uint64_t given;
    const char *endpoint;
    int kind;
    ps_duration lasts;
    ps_duration delay;
    uint32_t after_bytes;
};

struct ps_form_release {
    uint64_t given;
    const char *name;
    struct ps_names strategies;
    struct ps_reference *anchors;
    size_t anchor_count;
    struct ps_pin *pins;
    size_t pin_count;
    ps_duration over;
    int by;
    ps_share never;
    struct ps_plan_adoption adoption;
};

struct ps_form_revoke {
    uint64_t given;
    const char *certificate;
    const char *leaf;
    ps_duration pushed;
};

struct ps_form_outage {
    uint64_t given;
    const char *authority;
    struct ps_names services;
    ps_duration lasts;
};

struct ps_form_announce {
    uint64_t given;
    const char *endpoint;
    const char *key;
    ps_time begins;
    ps_duration lasts;
};

struct ps_form_restart {
    uint64_t given;
    const char *endpoint;
    ps_duration over;
    int by;
};

struct ps_form_event {
    uint64_t given;
    ps_time at;
    ps_time announced;
    const char *title;
    struct ps_form_serve serve;
    struct ps_form_fault fault;
    struct ps_form_release release;
    struct ps_form_revoke revoke;
    struct ps_form_outage outage;
    struct ps_form_announce announce;
    struct ps_form_restart restart;
    const char *withdraw;
    const char *note;
};

struct ps_form_threat {
    uint64_t given;
    int attack;
    ps_time from, until;
};

struct ps_form_contact {
    uint64_t given;
    ps_duration every, jitter, session, timeout;
    const char *endpoint;
    const char *update_endpoint;
    const char *provisioning_endpoint;
};

struct ps_form_ntp {
    uint64_t given;
    struct ps_distribution delay;
    ps_share blocked;
    ps_share fails;
};

struct ps_drift {
    int32_t min_ppm, max_ppm;
};

struct ps_form_behind {
    ps_share share;
    struct ps_distribution by;
};

struct ps_form_ahead {
    uint64_t given;
    ps_share share;
    struct ps_distribution by;
    struct ps_distribution lasts;
};

struct ps_form_clock {
    uint64_t given;
    struct ps_distribution battery;
    struct ps_drift drift;
    struct ps_form_behind behind;
    struct ps_form_ahead ahead;
    int past_2038;
};

/* What was observed, in the file or in a column of another. */
struct ps_form_observed {
    const struct ps_node *values, *weights;
};
struct ps_form_column {
    uint64_t given;
    const char *csv, *column, *weights;
    ps_duration unit;
};

struct ps_form_setup {
    const char *endpoint;
};

struct ps_form_spells {
    uint64_t given;
    ps_share share;
    struct ps_distribution every, lasts;
};

struct ps_form_cohort {
    uint64_t given;
    const char *name;
    uint32_t devices;
    struct ps_range made;
    struct ps_distribution shelf;
    struct ps_distribution life;
    ps_time retire;
    int ships;
    struct ps_form_setup setup;
    struct ps_form_contact contact;
    struct ps_form_spells offline, power_loss;
    struct ps_form_ntp ntp;
    struct ps_form_clock clock;
    struct ps_plan_adoption adoption;
};

struct ps_form_strategy {
    uint64_t given;
    const char *name;
    const char *preset, *extends;
    int stack;
    struct ps_strategy value;
};

/* One preset, of the program or of the scenario. */
struct ps_form_preset {
    uint64_t given;
    const char *name;
    const char *summary; /* NULL: none */
    const char *extends; /* NULL: none */
    struct ps_strategy value;
};

struct ps_form_expectation {
    uint64_t given;
    struct ps_names strategies;
    ps_time at;
    const char *cohort;
    struct ps_comparison connected;
    struct ps_comparison outcome[PS_OUTCOME_COUNT];
    int attack;
    struct ps_comparison share;
    bool unranked;
};

struct ps_form {
    uint64_t given;
    const char *name, *title, *source;
    ps_time from, until;
    uint32_t regions;
    struct ps_form_authority *authorities;
    size_t authority_count;
    struct ps_form_certificate *certificates;
    size_t certificate_count;
    struct ps_form_key *keys;
    size_t key_count;
    struct ps_form_store *stores;
    size_t store_count;
    struct ps_form_endpoint *endpoints;
    size_t endpoint_count;
    struct ps_form_role *roles;
    size_t role_count;
    struct ps_form_event *events;
    size_t event_count;
    struct ps_form_threat *threats;
    size_t threat_count;
    struct ps_form_cohort *cohorts;
    size_t cohort_count;
    struct ps_form_preset *presets;
    size_t preset_count;
    struct ps_form_strategy *strategies;
    size_t strategy_count;
    struct ps_form_expectation *expectations;
    size_t expectation_count;
};

struct ps_form_presets {
    struct ps_form_preset *presets;
    size_t preset_count;
};

extern const struct ps_table ps_scenario_table;
extern const struct ps_table ps_presets_table;
extern const struct ps_table ps_leaf_table;
extern const struct ps_table ps_clock_table;
/* The kinds of distribution but FIXED, each a table over struct ps_distribution (EMPIRICAL: no
 * fields).
 */
extern const struct ps_table *const ps_distribution_tables[];
extern const struct ps_table ps_observed_table, ps_column_table;

/* The number of fields in a table, those it extends included; the i-th of them. */
size_t ps_table_field_count(const struct ps_table *table);
const struct ps_field *ps_table_field(const struct ps_table *table, size_t i, size_t *ret_offset);
/* The bit of `key` in `given`. The key must exist. */
uint64_t ps_table_bit(const struct ps_table *table, const char *key);
/* "the scenario", "an endpoint", "strategy.chain" */
const char *ps_table_phrase(const struct ps_table *table, char out[static 64]);

#endif
