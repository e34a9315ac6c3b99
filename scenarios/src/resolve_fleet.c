/* SPDX-License-Identifier: Apache-2.0
 *
 * Threats, cohorts and expectations.
 */
#include <string.h>

#include "cohort_clock.h"
#include "resolve.h"
#include "values.h"

enum { DEVICES_MAX = 10000000, EXPECTATIONS_MAX = 1000 };

static const char *const attack_roles[] = {
#define X(name, text, role, meaning) role,
    PS_ATTACKS(X) PS_CHANNEL_ATTACKS(X)
#undef X
};
static const char *const outcome_keys[] = {
#define X(name, text, meaning) text,
    PS_OUTCOMES(X)
#undef X
};

/* What the role stands for must be what the attack needs: a certificate, or a key. */
static void bind_threat(struct ps_resolver *resolver, struct ps_plan_threat *threat)
{
    const char *role = attack_roles[threat->attack];
    bool wants_key = threat->attack == PS_ATTACK_X17;
    enum ps_thing thing = wants_key ? PS_THING_KEY : PS_THING_CERTIFICATE;
    enum ps_reference_kind kind = wants_key ? PS_REFERENCE_KEY : PS_REFERENCE_CERTIFICATE;
    uint32_t bound = PS_PLAN_NONE;

    threat->certificate = threat->key = PS_PLAN_NONE;
    if (*role == '\0')
        return;
    uint32_t found = ps_resolve_find(resolver, PS_THING_ROLE, role);
    if (found == PS_PLAN_NONE)
        bound = ps_resolve_find(resolver, thing, role);
    else if (resolver->roles[found].kind == kind)
        bound = resolver->roles[found].index;
    *(wants_key ? &threat->key : &threat->certificate) = bound;
    threat->inapplicable = bound == PS_PLAN_NONE;
}

static void check_threat_window(struct ps_resolver *resolver, const struct ps_block *block,
                                const struct ps_plan_threat *threat)
{
    const struct ps_entry *from = ps_block_entry(block, "from");
    const struct ps_entry *until = ps_block_entry(block, "until");

    if (!resolver->window || from->bad || until->bad)
        return;
    if (ps_time_compare(threat->until, threat->from) <= 0) {
        SAY(resolver->reader.diagnostics, ps_block_span(block, until->value ? "until" : "from"),
            UNTIL_BEFORE_FROM);
        return;
    }
    if (ps_time_compare(threat->from, resolver->form->from) < 0)
        SAY(resolver->reader.diagnostics, ps_block_span(block, "from"), WINDOW_OUTSIDE, "from");
    if (ps_time_compare(threat->until, resolver->form->until) > 0)
        SAY(resolver->reader.diagnostics, ps_block_span(block, "until"), WINDOW_OUTSIDE, "until");
}

static bool is_threat(const struct ps_form *form, int attack)
{
    for (size_t i = 0; i < form->threat_count; i++) {
        if (form->threats[i].attack == attack)
            return true;
    }
    return false;
}

void ps_resolve_threats(struct ps_resolver *resolver)
{
    static const enum ps_attack always[] = {PS_ATTACK_X01, PS_ATTACK_X02};
    const struct ps_form *form = resolver->form;
    struct ps_plan *plan = resolver->plan;
    struct ps_block **blocks = ps_resolve_blocks(resolver, "threats");

    ps_resolve_unique(resolver, "threats", "attack", "attack");
    plan->threats =
        ps_arena_alloc(resolver->reader.arena, form->threat_count + 2, sizeof *plan->threats);
    for (size_t i = 0; i < 2; i++) {
        if (!is_threat(form, (int)always[i]))
            plan->threats[plan->threat_count++] = (struct ps_plan_threat){
                .attack = always[i], .from = form->from, .until = form->until, .implied = true};
    }
    for (size_t i = 0; i < form->threat_count; i++) {
        struct ps_plan_threat *threat = &plan->threats[plan->threat_count++];
        const struct ps_form_threat *from = &form->threats[i];

        threat->attack = (enum ps_attack)from->attack;
        threat->from = form->from;
        threat->until = form->until;
        if (blocks[i]->node->kind != PS_NODE_MAPPING)
            continue;
        if (ps_block_entry(blocks[i], "from")->value != NULL)
            threat->from = from->from;
        if (ps_block_entry(blocks[i], "until")->value != NULL)
            threat->until = from->until;
        check_threat_window(resolver, blocks[i], threat);
    }
    for (size_t i = 0; i < plan->threat_count; i++)
        bind_threat(resolver, &plan->threats[i]);
}

/* The endpoint of devices that name none: `telemetry`, or the only one. */
static uint32_t usual_endpoint(struct ps_resolver *resolver, const struct ps_block *block)
{
    uint32_t telemetry = ps_resolve_find(resolver, PS_THING_ENDPOINT, "telemetry");
    const struct ps_thing_names *endpoints = &resolver->things[PS_THING_ENDPOINT];

    if (telemetry != PS_PLAN_NONE)
        return telemetry;
    if (endpoints->count == 1)
        return 0;
    if (!endpoints->unknown)
        SAY(resolver->reader.diagnostics, ps_block_span(block, "cohort"), COHORT_ENDPOINT);
    return PS_PLAN_NONE;
}

static void resolve_contact(struct ps_resolver *resolver, const struct ps_form_contact *form,
                            const struct ps_block *cohort_block, struct ps_plan_cohort *cohort)
{
    const struct ps_block *block = ps_block_entry(cohort_block, "contact")->block;

    cohort->every = form->every;
    cohort->jitter = form->jitter;
    cohort->session = form->session;
    cohort->timeout = form->timeout;
    cohort->update_endpoint = cohort->provisioning_endpoint = PS_PLAN_NONE;
    if (block->bad)
        return;
    const struct ps_entry *late = ps_block_entry(block, "jitter");
    if (late->value != NULL && !ps_block_entry(block, "every")->bad &&
        form->jitter.s >= form->every.s) {
        char jitter[PS_TIME_TEXT_MAX], every[PS_TIME_TEXT_MAX];
        SAY(resolver->reader.diagnostics, late->value->span, JITTER,
            ps_duration_format(form->jitter, jitter), ps_duration_format(form->every, every));
    }
    if (ps_block_entry(block, "endpoint")->value == NULL)
        cohort->endpoint = usual_endpoint(resolver, cohort_block);
    else
        cohort->endpoint = ps_resolve_name(resolver, PS_THING_ENDPOINT, form->endpoint,
                                           ps_block_span(block, "endpoint"));
    if (ps_block_entry(block, "update_endpoint")->value != NULL)
        cohort->update_endpoint =
            ps_resolve_name(resolver, PS_THING_ENDPOINT, form->update_endpoint,
                            ps_block_span(block, "update_endpoint"));
    if (ps_block_entry(block, "provisioning_endpoint")->value != NULL)
        cohort->provisioning_endpoint =
            ps_resolve_name(resolver, PS_THING_ENDPOINT, form->provisioning_endpoint,
                            ps_block_span(block, "provisioning_endpoint"));
}

static struct ps_plan_spells spells_of(const struct ps_form_spells *form,
                                       const struct ps_block *cohort_block, const char *key)
{
    return (struct ps_plan_spells){.given = ps_block_entry(cohort_block, key)->value != NULL,
                                   .share = form->share,
                                   .every = form->every,
                                   .lasts = form->lasts};
}

/* When its devices are there, and the contact that comes first. */
static void resolve_schedule(struct ps_resolver *resolver, const struct ps_form_cohort *form,
                             const struct ps_block *block, struct ps_plan_cohort *cohort)
{
    const struct ps_entry *retire = ps_block_entry(block, "retire");
    const struct ps_entry *made = ps_block_entry(block, "made");
    const struct ps_block *setup = ps_block_entry(block, "setup")->block;

    cohort->retire = retire->value != NULL ? form->retire : PS_TIME_NEVER;
    cohort->ships = (enum ps_plan_ships)form->ships;
    cohort->offline = spells_of(&form->offline, block, "offline");
    cohort->power_loss = spells_of(&form->power_loss, block, "power_loss");
    cohort->setup_endpoint = PS_PLAN_NONE;
    if (setup != NULL && !setup->bad)
        cohort->setup_endpoint = ps_resolve_name(resolver, PS_THING_ENDPOINT, form->setup.endpoint,
                                                 ps_block_span(setup, "endpoint"));
    if (retire->value != NULL && !retire->bad && made->value != NULL && !made->bad &&
        ps_time_compare(form->retire, form->made.from) <= 0)
        SAY(resolver->reader.diagnostics, retire->value->span, RETIRE_EARLY);
}

void ps_resolve_fleet(struct ps_resolver *resolver)
{
    const struct ps_form *form = resolver->form;
    struct ps_plan *plan = resolver->plan;
    struct ps_block **blocks = ps_resolve_blocks(resolver, "fleet");
    uint64_t devices = 0;

    ps_resolve_unique(resolver, "fleet", "cohort", "cohort");
    plan->cohort_count = form->cohort_count;
    plan->cohorts =
        ps_arena_alloc(resolver->reader.arena, form->cohort_count + 1, sizeof *plan->cohorts);
    for (size_t i = 0; i < form->cohort_count; i++) {
        const struct ps_form_cohort *from = &form->cohorts[i];
        const struct ps_entry *made = ps_block_entry(blocks[i], "made");
        struct ps_plan_cohort *to = &plan->cohorts[i];

        if (blocks[i]->node->kind != PS_NODE_MAPPING)
            continue;
        *to = (struct ps_plan_cohort){
            .name = from->name,
            .devices = from->devices,
            .made_from = from->made.from,
            .made_until = from->made.until,
            .shelf = from->shelf,
            .life = from->life,
            .has_life = ps_block_entry(blocks[i], "life")->value != NULL,
            .ntp_delay = from->ntp.delay,
            .ntp_blocked = from->ntp.blocked,
            .ntp_fails = from->ntp.fails,
            .has_adoption = ps_block_entry(blocks[i], "adoption")->value != NULL,
            .adoption = from->adoption,
        };
        ps_resolve_year(resolver, made, "made", to->made_from);
        ps_cohort_clock_resolve(blocks[i], &from->clock, &to->clock);
        resolve_schedule(resolver, from, blocks[i], to);
        resolve_contact(resolver, &from->contact, blocks[i], to);
        if (resolver->window && made->value != NULL && !made->bad &&
            ps_time_compare(to->made_from, form->until) >= 0)
            SAY(resolver->reader.diagnostics, made->value->span, MADE_LATE);
        if (ps_block_entry(blocks[i], "devices")->bad)
            continue;
        devices += from->devices;
        if (devices > DEVICES_MAX && devices - from->devices <= DEVICES_MAX) {
            char total[32];
            SAY(resolver->reader.diagnostics, ps_block_span(blocks[i], "devices"), DEVICES_MAX,
                ps_text_thousands(devices, total), (unsigned)DEVICES_MAX);
        }
    }
}

/* What an expectation is about: `connected`, `exposed`, `unranked` or an outcome. */
static const char *subject_key(struct ps_resolver *resolver, const struct ps_block *block)
{
    static const char *const others[] = {"connected", "exposed", "unranked"};
    const char *found = NULL;

    for (size_t i = 0; i < 3 + PS_OUTCOME_COUNT; i++) {
        const char *key = i < 3 ? others[i] : outcome_keys[i - 3];
        const struct ps_entry *entry = ps_block_entry(block, key);
        if (entry->value == NULL)
            continue;
        if (found != NULL) {
            SAY(resolver->reader.diagnostics, entry->key->span, EXPECT_TWO, found, key);
            return NULL;
        }
        found = key;
    }
    if (found == NULL && !ps_block_any_meant(block)) {
        const char *outcomes = "";
        for (size_t i = 0; i < PS_OUTCOME_COUNT; i++)
            outcomes = ps_arena_format(resolver->reader.arena, "%s%s%s", outcomes,
                                       i == 0 ? "" : ", ", outcome_keys[i]);
        SAY(resolver->reader.diagnostics, ps_block_span(block, NULL), EXPECT_NONE, outcomes);
    }
    return found;
}

static void check_at(struct ps_resolver *resolver, const struct ps_block *block, const char *key,
                     const struct ps_form_expectation *form)
{
    const struct ps_entry *at = ps_block_entry(block, "at");
    struct ps_diagnostics *diagnostics = resolver->reader.diagnostics;

    if (strcmp(key, "connected") != 0) {
        if (at->value != NULL)
            SAY(diagnostics, at->key->span, EXPECT_AT_EXTRA, key);
        return;
    }
    if (at->value == NULL)
        SAY(diagnostics, ps_block_span(block, NULL), EXPECT_AT_MISSING);
    else if (!at->bad && resolver->window &&
             (ps_time_compare(form->at, resolver->form->from) < 0 ||
              ps_time_compare(form->at, resolver->form->until) >= 0))
        SAY(diagnostics, at->value->span, EXPECT_AT_OUTSIDE);
}

static const char *written(const struct ps_block *block, const char *key)
{
    const struct ps_node *value = ps_block_entry(block, key)->value;

    return value == NULL || value->kind != PS_NODE_SCALAR ? "" : value->text;
}

/* Fills what all strategies of one expectation share. False: it is about nothing. */
static bool resolve_subject(struct ps_resolver *resolver, const struct ps_form_expectation *form,
                            const struct ps_block *block, struct ps_plan_expectation *to)
{
    struct ps_diagnostics *diagnostics = resolver->reader.diagnostics;
    const struct ps_entry *share = ps_block_entry(block, "share");
    const char *key = subject_key(resolver, block);

    if (key == NULL)
        return false;
    check_at(resolver, block, key, form);
    to->text = ps_arena_format(resolver->reader.arena, "%s %s", key, written(block, key));
    if (share->value != NULL && strcmp(key, "exposed") != 0)
        SAY(diagnostics, share->key->span, EXPECT_SHARE_EXTRA);
    if (strcmp(key, "connected") == 0) {
        to->kind = PS_EXPECT_CONNECTED;
        to->at = form->at;
        to->bar = form->connected;
        to->text =
            ps_arena_format(resolver->reader.arena, "%s at %s", to->text, written(block, "at"));
    } else if (strcmp(key, "exposed") == 0) {
        to->kind = PS_EXPECT_EXPOSED;
        to->attack = (enum ps_attack)form->attack;
        to->bar = share->value != NULL ? form->share : (struct ps_comparison){.op = PS_GT};
        to->text = ps_arena_format(resolver->reader.arena, "%s %s", to->text,
                                   share->value == NULL ? "> 0%" : written(block, "share"));
        if (!ps_block_entry(block, key)->bad && form->attack != PS_ATTACK_X01 &&
            form->attack != PS_ATTACK_X02 && !is_threat(resolver->form, form->attack))
            SAY(diagnostics, ps_block_span(block, key), EXPECT_THREAT, ps_attack_text(to->attack));
    } else if (strcmp(key, "unranked") == 0) {
        to->kind = PS_EXPECT_UNRANKED;
        to->unranked = form->unranked;
        if (ps_block_entry(block, "cohort")->value != NULL)
            SAY(diagnostics, ps_block_key_span(block, "cohort"), EXPECT_COHORT_EXTRA);
    } else {
        size_t outcome = 0;
        while (strcmp(outcome_keys[outcome], key) != 0)
            outcome++;
        to->kind = PS_EXPECT_OUTCOME;
        to->outcome = (enum ps_outcome)outcome;
        to->bar = form->outcome[outcome];
    }
    return true;
}

void ps_resolve_expectations(struct ps_resolver *resolver)
{
    const struct ps_form *form = resolver->form;
    struct ps_plan *plan = resolver->plan;
    struct ps_block **blocks = ps_resolve_blocks(resolver, "expect");
    size_t capacity = 1;

    for (size_t i = 0; i < form->expectation_count; i++) {
        capacity += form->expectations[i].strategies.count;
        if (capacity - 1 > EXPECTATIONS_MAX) {
            SAY(resolver->reader.diagnostics, ps_block_span(blocks[i], "strategy"), EXPECT_MAX,
                capacity - 1, (int)EXPECTATIONS_MAX);
            return;
        }
    }
    plan->expectations =
        ps_arena_alloc(resolver->reader.arena, capacity, sizeof *plan->expectations);
    for (size_t i = 0; i < form->expectation_count; i++) {
        const struct ps_form_expectation *from = &form->expectations[i];
        struct ps_plan_expectation shared = {.cohort = PS_PLAN_NONE};

        if (blocks[i]->node->kind != PS_NODE_MAPPING)
            continue;
        resolve_subject(resolver, from, blocks[i], &shared);
        shared.line = blocks[i]->node->span.line + 1;
        if (ps_block_entry(blocks[i], "cohort")->value != NULL)
            shared.cohort = ps_resolve_name(resolver, PS_THING_COHORT, from->cohort,
                                            ps_block_span(blocks[i], "cohort"));
        for (size_t n = 0; n < from->strategies.count; n++) {
            shared.strategy =
                ps_resolve_name(resolver, PS_THING_STRATEGY, from->strategies.items[n],
                                ps_entry_item_span(ps_block_entry(blocks[i], "strategy"), n));
            plan->expectations[plan->expectation_count++] = shared;
        }
    }
}
