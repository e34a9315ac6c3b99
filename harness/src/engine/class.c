/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/class.h"

#include <string.h>
#include "engine/answers.h"
#include "engine/attack.h"
#include "engine/channel.h"
#include "engine/client.h"
#include "engine/status.h"

struct ps_validity ps_attack_validity(const struct ps_plan *plan)
{
    const int64_t day = 86400, year = 31557600;
    return (struct ps_validity){{plan->from.s - day}, {plan->until.s + year}};
}

enum ps_contact_kind ps_role_kind(enum ps_contact_role role)
{
    static const enum ps_contact_kind kinds[PS_ROLE_COUNT] = {
        [PS_ROLE_TELEMETRY] = PS_KIND_TELEMETRY,
        [PS_ROLE_UPDATE] = PS_KIND_UPDATE,
        [PS_ROLE_UPDATE_PLAIN] = PS_KIND_UPDATE,
        [PS_ROLE_PINS] = PS_KIND_TELEMETRY,
        [PS_ROLE_PROBE] = PS_KIND_PROBE,
        [PS_ROLE_RESUMED] = PS_KIND_TELEMETRY,
        [PS_ROLE_RENEWAL] = PS_KIND_TELEMETRY,
        [PS_ROLE_FALLBACK] = PS_KIND_TELEMETRY,
        [PS_ROLE_FALLBACK_UPDATE] = PS_KIND_UPDATE,
        [PS_ROLE_FALLBACK_UPDATE_PLAIN] = PS_KIND_UPDATE,
    };
    return kinds[role];
}

ps_time ps_release_issued(const struct ps_plan *plan, uint32_t release)
{
    if (release == PS_PLAN_NONE || release == PS_RELEASE_SHIPPED)
        return plan->from;
    if (release == PS_RELEASE_RESCUE)
        return (ps_time){plan->until.s - 1};
    return plan->events[release].at;
}

struct ps_contact_spec ps_contact_before(const struct ps_contact_spec *spec)
{
    const struct ps_contact_then *then = &spec->then;
    struct ps_contact_spec before = *spec;
    before.kind = PS_KIND_TELEMETRY;
    before.role = PS_ROLE_TELEMETRY;
    before.presents = (enum ps_attack)0;
    before.threat = before.way = 0;
    before.stolen_leaf = before.stolen_key = PS_PLAN_NONE;
    before.at = then->at;
    before.clock = then->clock;
    before.pins_end = then->pins_end;
    before.set_made = then->set_made;
    before.trust = then->trust;
    before.serving = then->serving;
    before.leaf = then->leaf;
    before.installed = then->installed;
    before.down = then->down;
    before.staple = then->staple;
    before.tlsa = then->tlsa;
    before.asks = then->asks;
    before.client = then->client;
    before.resumes = false;
    before.fault = PS_FAULT_NONE; /* it got through, however slowly */
    memset(&before.then, 0, sizeof before.then);
    return before;
}

void ps_contact_note_before(struct ps_contact_spec *spec, const struct ps_contact_spec *before)
{
    spec->resumes = true;
    spec->then = (struct ps_contact_then){.at = before->at,
                                          .clock = before->clock,
                                          .pins_end = before->pins_end,
                                          .set_made = before->set_made,
                                          .trust = before->trust,
                                          .serving = before->serving,
                                          .leaf = before->leaf,
                                          .installed = before->installed,
                                          .down = before->down,
                                          .staple = before->staple,
                                          .tlsa = before->tlsa,
                                          .asks = before->asks,
                                          .client = before->client};
}

/* ---- the key ---- */

static bool left_out[PS_CLASS_ITEM_COUNT];

void ps_class_key_leave_out(enum ps_class_item item)
{
    if (item == PS_CLASS_ITEM_COUNT)
        memset(left_out, 0, sizeof left_out);
    else
        left_out[item] = true;
}

static void put_bytes(struct ps_buffer *key, enum ps_class_item item, const void *bytes,
                      size_t size)
{
    if (!left_out[item])
        ps_buffer_append(key, bytes, size);
}

void ps_class_key_put(struct ps_buffer *key, enum ps_class_item item, const void *bytes,
                      size_t size)
{
    put_bytes(key, item, bytes, size);
}

static void put(struct ps_buffer *key, enum ps_class_item item, uint32_t value)
{
    put_bytes(key, item, &value, sizeof value);
}

static void put_name(struct ps_buffer *key, enum ps_class_item item, const char *name)
{
    uint64_t hash = ps_text_hash(name);
    put_bytes(key, item, &hash, sizeof hash);
}

/* ---- dates ---- */

/* Something with a beginning and an end that the verdict can read. */
struct dates {
    enum { DATES_VALIDITY, DATES_ANSWER, DATES_DAILY_ANSWER } kind;
    ps_time from, until;
};

/* Calls `visit` for everything with dates that the verdict can read (a single date is both ends).
 * The list is the same for the key and for the boundaries, so that neither can forget what the
 * other has. */
typedef void visit_dates(struct dates dates, void *context);

struct visiting {
    const struct ps_world *world;
    const struct ps_trust_state *trust;
    const struct ps_contact_spec *spec;
    visit_dates *visit;
    void *context;
};

static void visit_validity(const struct visiting *v, ps_time from, ps_time until)
{
    v->visit((struct dates){DATES_VALIDITY, from, until}, v->context);
}

static void visit_certificate(const struct visiting *v, uint32_t certificate)
{
    const struct ps_certificate_spec *c = &v->world->plan->certificates[certificate].spec;
    visit_validity(v, c->not_before, c->not_after);
}

static void visit_leaf(const struct visiting *v, uint32_t leaf)
{
    const struct ps_leaf *l = &v->world->leaves[leaf];
    visit_validity(v, l->not_before, l->not_after);
}

static void visit_chain(const struct visiting *v, const struct ps_plan_chain *chain)
{
    for (size_t i = 0; chain && i < chain->count; i++)
        visit_certificate(v, chain->certificates[i]);
}

static void visit_attack(const struct visiting *v)
{
    struct ps_attack_parts parts = ps_attack_parts(v->world, v->spec);
    struct ps_validity his = ps_attack_validity(v->world->plan);
    if (parts.leaf != PS_PLAN_NONE)
        visit_leaf(v, parts.leaf);
    else
        visit_validity(v, his.not_before, his.not_after);
    if (parts.certificate != PS_PLAN_NONE)
        visit_certificate(v, parts.certificate);
    visit_chain(v, parts.chain);
}

static const struct ps_strategy *strategy_of(const struct visiting *v)
{
    return &v->world->plan->strategies[v->trust->strategy];
}

static void visit_served(const struct visiting *v)
{
    const struct ps_serving *serving = &v->world->servings[v->spec->serving];
    visit_leaf(v, v->spec->leaf);
    visit_chain(v,
                ps_world_chain(v->world, v->spec->serving, v->world->leaves[v->spec->leaf].issuer));
    for (size_t i = 0; i < serving->alternate_count; i++)
        if (strategy_of(v)->negotiate.certificate_authorities)
            visit_chain(v, &serving->alternates[i]);
}

static void visit_single(const struct visiting *v, ps_time date)
{
    if (date.s != PS_TIME_NEVER.s && date.s != PS_TIME_ALWAYS.s)
        visit_validity(v, date, date);
}

/* What a device carries. */
static void visit_trust(const struct visiting *v)
{
    const struct ps_trust_state *trust = v->trust;
    const struct ps_strategy *strategy = strategy_of(v);
    for (size_t i = 0; i < trust->anchor_count; i++) {
        if (trust->anchors[i].kind == PS_TARGET_LEAF)
            visit_leaf(v, trust->anchors[i].number);
        else
            visit_certificate(v, trust->anchors[i].number);
    }
    for (size_t i = 0; i < trust->intermediate_count; i++)
        visit_certificate(v, trust->intermediates[i].number);
    for (size_t i = 0; i < trust->pin_count; i++)
        visit_single(v, trust->pins[i].not_before);
    visit_single(v, strategy->pins.expires);
    if (strategy->pins.max_age.s > 0)
        visit_single(v, v->spec->pins_end);
    bool has_set = v->spec->set_made.s != PS_TIME_ALWAYS.s;
    if (trust->reads_set_date && has_set)
        visit_single(v, (ps_time){v->spec->set_made.s + strategy->revocation.max_age.s});
}

/* A payload that says when it was issued is compared with the clock, over TLS or not. */
static void visit_release(const struct visiting *v)
{
    if (ps_contact_is_update(v->spec) &&
        strategy_of(v)->update.rollback_protection == PS_ROLLBACK_SIGNED_TIME)
        visit_single(v, ps_release_issued(v->world->plan, v->spec->release));
}

static void visit_answer(const struct visiting *v, ps_time made, ps_duration lifetime, bool held)
{
    const ps_duration ends[] = {lifetime, strategy_of(v)->revocation.max_age};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (ends[i].s > 0)
            v->visit((struct dates){held ? DATES_ANSWER : DATES_DAILY_ANSWER, made,
                                    (ps_time){made.s + ends[i].s}},
                     v->context);
}

static void visit_answers(const struct visiting *v, const struct ps_asked *asked)
{
    struct ps_answer_day day = ps_answer_day(v->world, v->spec, asked->issued.certificate);
    uint32_t had = asked->services & ~asked->down;
    struct ps_answer_lifetimes lifetimes = ps_answer_lifetimes(v->world, &asked->issued);
    if ((had & PS_PUBLISH_OCSP) != 0)
        visit_answer(v, day.made, lifetimes.ocsp, day.held);
    if ((had & PS_PUBLISH_CRL) != 0)
        visit_answer(v, day.made, lifetimes.crl, day.held);
}

static void visit_all(const struct visiting *v, const struct ps_asked_list *list)
{
    const struct ps_contact_spec *spec = v->spec;
    if (!v->trust->reads_dates)
        return;
    visit_release(v);
    if (spec->plain)
        return;
    bool probe = spec->kind == PS_KIND_PROBE;
    if (probe)
        visit_attack(v);
    else
        visit_served(v);
    uint32_t root = ps_answers_sent_root(v->world, spec);
    if (root != PS_PLAN_NONE)
        visit_certificate(v, root);
    visit_trust(v);
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].issued.certificate.kind == PS_TARGET_CERTIFICATE)
            visit_certificate(v, list->items[i].issued.certificate.number);
    for (size_t i = 0; i < list->count; i++)
        visit_answers(v, &list->items[i]);
    struct ps_stapled stapled = {.present = false};
    if (v->trust->reads_staple)
        stapled = ps_stapled_of(v->world, spec);
    if (stapled.present)
        visit_answer(v, stapled.made, stapled.lifetime, stapled.held);
}

/* ---- brackets ---- */

struct bracketing {
    struct ps_buffer *key;
    ps_time clock;
};

static unsigned char bracket_of(const struct dates *dates, ps_time clock)
{
    if (dates->kind == DATES_VALIDITY)
        return (unsigned char)((ps_time_compare(clock, dates->from) + 1) * 3 +
                               ps_time_compare(clock, dates->until) + 1);
    if (clock.s < dates->from.s)
        return 0;
    return (unsigned char)(ps_time_compare(clock, dates->until) + 2);
}

static void put_bracket(struct dates dates, void *context)
{
    const struct bracketing *b = context;
    unsigned char bracket = bracket_of(&dates, b->clock);
    put_bytes(b->key, dates.kind == DATES_VALIDITY ? PS_CLASS_DATES : PS_CLASS_ANSWER_DATES,
              &bracket, 1);
}

struct searching {
    const struct ps_device_clock *clock;
    ps_time t;
    ps_duration apart; /* of the contacts that count; 0: every second does */
    ps_time until;
};

static void found(struct searching *s, ps_time when)
{
    if (when.s < s->until.s)
        s->until = when;
}

/* The bracket changes at either end and one second after it. */
static void find_crossing_of_fixed(const struct dates *dates, struct searching *s)
{
    const ps_time at[] = {dates->from, {dates->from.s + 1}, dates->until, {dates->until.s + 1}};
    for (size_t i = 0; i < sizeof at / sizeof *at; i++)
        if (dates->kind == DATES_VALIDITY || i != 1)
            found(s, ps_clock_reaches(s->clock, s->t, at[i]));
}

/* A clock that drifts comes to where the argument below no longer holds for all seconds of a day:
 * the first or the last one falls out of the answer, or into it. */
static void find_drift_among_daily(struct searching *s, int64_t length)
{
    const int64_t last = 86399, fast[] = {-last, length - last}, slow[] = {-1, length};
    for (size_t i = 0; i < 2; i++)
        found(s, ps_clock_drifts_to(s->clock, s->t, s->clock->fast_ppm > 0 ? fast[i] : slow[i]));
}

/* At every midnight the answer is replaced by one of the same length. A clock that runs stands
 * among each day's as it did among those of the day before, so if the bracket does not change until
 * after the next midnight it never does; nor does it for contacts that are whole days apart. A
 * clock that stands still at its floor falls behind. */
static void find_crossing_of_daily(const struct dates *dates, struct searching *s)
{
    const int64_t day = 86400, length = dates->until.s - dates->from.s;
    ps_time shown = ps_clock_read(s->clock, s->t);
    ps_time runs = ps_clock_reaches(s->clock, s->t, (ps_time){shown.s + 1});
    bool stands = runs.s != s->t.s + 1;
    bool drifts = s->clock->fast_ppm != 0;
    if (!stands && !drifts && s->apart.s > 0 && s->apart.s % day == 0)
        return;
    if (drifts)
        find_drift_among_daily(s, length);
    ps_time today = ps_status_day(s->t), last_inside = {shown.s - length};
    const ps_time at[] = {
        {today.s + day},
        ps_clock_reaches(s->clock, s->t, today),
        ps_clock_reaches(s->clock, s->t, (ps_time){today.s + length}),
        ps_clock_reaches(s->clock, s->t, (ps_time){today.s + length + 1}),
        stands ? (ps_time){ps_status_day(shown).s + day} : PS_TIME_NEVER,
        stands ? (ps_time){ps_status_day((ps_time){last_inside.s - 1}).s + day} : PS_TIME_NEVER,
        stands ? (ps_time){ps_status_day(last_inside).s + day} : PS_TIME_NEVER,
    };
    if (stands)
        found(s, runs);
    struct dates then = *dates;
    unsigned char before = bracket_of(dates, shown);
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        if (at[i].s <= s->t.s || at[i].s == PS_TIME_NEVER.s)
            continue;
        then.from = ps_status_day(at[i]);
        then.until.s = then.from.s + length;
        if (bracket_of(&then, ps_clock_read(s->clock, at[i])) != before)
            found(s, at[i]);
    }
}

static void find_crossing(struct dates dates, void *context)
{
    if (dates.kind == DATES_DAILY_ANSWER)
        find_crossing_of_daily(&dates, context);
    else
        find_crossing_of_fixed(&dates, context);
}

ps_time ps_class_dates_until(const struct ps_world *world, const struct ps_trusts *trusts,
                             const struct ps_contact_spec *spec,
                             const struct ps_device_clock *clock, ps_time t)
{
    struct searching s = {clock, t, spec->apart, PS_TIME_NEVER};
    if (spec->resumes)
        return PS_TIME_NEVER;
    const struct ps_trust_state *trust = ps_trusts_at(trusts, spec->trust);
    if (trust->reads_dates)
        s.until = ps_clock_stretch_end(clock, t);
    struct ps_asked_list list;
    ps_asked_list_init(&list, world, trusts, spec);
    const struct visiting v = {world, trust, spec, find_crossing, &s};
    visit_all(&v, &list);
    ps_asked_list_deinit(&list);
    found(&s, ps_client_until(world, spec));
    return s.until;
}

/* ---- what else is in the key ---- */

static void put_leaf(const struct ps_world *world, const struct ps_trust_state *trust,
                     struct ps_target target, struct ps_buffer *key)
{
    const struct ps_leaf *leaf = &world->leaves[target.number];
    const struct ps_plan_leaf *policy = &world->lines[leaf->line].leaf;
    bool twin = target.kind == PS_TARGET_STAPLE_LEAF;
    put(key, PS_CLASS_LEAF_ISSUER, leaf->issuer);
    put(key, PS_CLASS_LEAF_FORM, (uint32_t)policy->key_type);
    put(key, PS_CLASS_LEAF_FORM, (uint32_t)policy->hash);
    put(key, PS_CLASS_LEAF_FORM, policy->must_staple || twin);
    put(key, PS_CLASS_LEAF_NAME, policy->san);
    put_name(key, PS_CLASS_LEAF_NAME, policy->subject_cn);
    put_name(key, PS_CLASS_LEAF_NAME, policy->host ? policy->host : "");
    put(key, PS_CLASS_LEAF_ITSELF, trust->reads_leaf && !twin ? target.number : PS_PLAN_NONE);
    put(key, PS_CLASS_LEAF_KEY, trust->reads_leaf_key ? leaf->key : PS_PLAN_NONE);
}

static void put_chain(const struct ps_plan_chain *chain, enum ps_class_item item,
                      struct ps_buffer *key)
{
    put(key, item, chain ? (uint32_t)chain->count : 0);
    if (chain)
        put_bytes(key, item, chain->certificates, chain->count * sizeof *chain->certificates);
}

/* A leaf that the attacker mints is a new certificate, so no pin on a certificate can mean it; its
 * key may be a stolen one. */
static void put_attack(const struct ps_world *world, const struct ps_trust_state *trust,
                       const struct ps_contact_spec *spec, struct ps_buffer *key)
{
    struct ps_attack_parts parts = ps_attack_parts(world, spec);
    put(key, PS_CLASS_ATTACK, (uint32_t)ps_attack_of(world, spec));
    put(key, PS_CLASS_ATTACK, spec->knows_secret);
    put(key, PS_CLASS_ATTACK, parts.leaf != PS_PLAN_NONE);
    if (parts.leaf != PS_PLAN_NONE) {
        put_leaf(world, trust, ps_presented_leaf(world, spec).certificate, key);
    } else {
        put(key, PS_CLASS_ATTACK, parts.issuer);
        put(key, PS_CLASS_ATTACK,
            parts.key != PS_PLAN_NONE ? (uint32_t)world->keys[parts.key].type : PS_PLAN_NONE);
        put(key, PS_CLASS_LEAF_KEY, trust->reads_leaf_key ? parts.key : PS_PLAN_NONE);
    }
    put(key, PS_CLASS_ATTACK, parts.certificate);
    put_chain(parts.chain, PS_CLASS_CHAIN, key);
}

static void put_served(const struct ps_world *world, const struct ps_trust_state *trust,
                       const struct ps_contact_spec *spec, struct ps_buffer *key)
{
    const struct ps_serving *serving = &world->servings[spec->serving];
    put_leaf(world, trust, (struct ps_target){PS_TARGET_LEAF, spec->leaf}, key);
    put_chain(ps_world_chain(world, spec->serving, world->leaves[spec->leaf].issuer),
              PS_CLASS_CHAIN, key);
    if (!world->plan->strategies[trust->strategy].negotiate.certificate_authorities)
        return;
    for (size_t i = 0; i < serving->alternate_count; i++)
        put_chain(&serving->alternates[i], PS_CLASS_ALTERNATES, key);
}

/* The key of the leaf that is presented; PS_PLAN_NONE: one that nobody else has. */
static uint32_t presented_key(const struct ps_world *world, const struct ps_contact_spec *spec)
{
    if (spec->kind != PS_KIND_PROBE)
        return world->leaves[spec->leaf].key;
    return ps_attack_parts(world, spec).key;
}

/* Of a record of the leaf only whether it fits; of a CA's which it is, and whether it is sent. */
static void put_tlsa(const struct ps_world *world, const struct ps_contact_spec *spec,
                     struct ps_buffer *key)
{
    put(key, PS_CLASS_TLSA, spec->tlsa.kind);
    if (spec->tlsa.kind == PS_TARGET_LEAF)
        put(key, PS_CLASS_TLSA, world->leaves[spec->tlsa.number].key == presented_key(world, spec));
    else
        put(key, PS_CLASS_TLSA, spec->tlsa.number);
    put(key, PS_CLASS_TLSA, ps_answers_sent_root(world, spec));
}

static void put_staple(const struct ps_world *world, const struct ps_contact_spec *spec,
                       struct ps_buffer *key)
{
    struct ps_stapled stapled = ps_stapled_of(world, spec);
    put(key, PS_CLASS_STAPLE, stapled.present);
    put(key, PS_CLASS_STAPLE, stapled.present && stapled.revoked);
}

static void put_answers(const struct ps_asked_list *list, struct ps_buffer *key)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct ps_asked *asked = &list->items[i];
        put(key, PS_CLASS_ANSWERS, asked->services);
        put(key, PS_CLASS_ANSWERS, asked->down);
        put(key, PS_CLASS_ANSWERS, asked->revoked);
        put(key, PS_CLASS_ANSWERS, asked->handed_out);
    }
}

static void put_fault(const struct ps_contact_spec *spec, struct ps_buffer *key)
{
    put(key, PS_CLASS_FAULT, (uint32_t)spec->fault);
    if (spec->fault == PS_FAULT_DELAY)
        put(key, PS_CLASS_FAULT, spec->delay.s >= spec->timeout.s);
    else if (spec->fault != PS_FAULT_NONE)
        put(key, PS_CLASS_FAULT, spec->after_bytes);
    if (spec->fault != PS_FAULT_NONE) /* an unreachable's reason names the time-out */
        put(key, PS_CLASS_FAULT, (uint32_t)spec->timeout.s);
}

static void put_handshake(const struct ps_world *world, const struct ps_trust_state *trust,
                          const struct ps_contact_spec *spec, struct ps_buffer *key)
{
    if (spec->kind == PS_KIND_PROBE)
        put_attack(world, trust, spec, key);
    else
        put_served(world, trust, spec, key);
    ps_client_key(world, spec, key);
    if (trust->reads_tlsa)
        put_tlsa(world, spec, key);
    if (trust->reads_staple)
        put_staple(world, spec, key);
}

static void put_release(const struct ps_world *world, const struct ps_trust_state *trust,
                        const struct ps_contact_spec *spec, struct ps_buffer *key)
{
    const struct ps_strategy *strategy = &world->plan->strategies[trust->strategy];
    put(key, PS_CLASS_RELEASE, spec->release);
    if (strategy->update.rollback_protection != PS_ROLLBACK_NONE)
        put(key, PS_CLASS_RELEASE, spec->installed);
}

void ps_class_key(const struct ps_world *world, const struct ps_trusts *trusts,
                  const struct ps_contact_spec *spec, struct ps_buffer *key)
{
    const struct ps_trust_state *trust = ps_trusts_at(trusts, spec->trust);
    put(key, PS_CLASS_KIND, (uint32_t)spec->kind);
    put(key, PS_CLASS_TRUST, spec->trust);
    put(key, PS_CLASS_ENDPOINT, spec->endpoint);
    put(key, PS_CLASS_PLAIN, spec->plain);
    put_fault(spec, key);
    if (spec->kind == PS_KIND_PROBE)
        put(key, PS_CLASS_RELEASE, (uint32_t)spec->sends);
    if (ps_contact_is_update(spec))
        put_release(world, trust, spec, key);
    put(key, PS_CLASS_TICKET, spec->resumes);
    if (spec->resumes)
        return;
    if (!spec->plain)
        put_handshake(world, trust, spec, key);
    struct ps_asked_list list;
    ps_asked_list_init(&list, world, trusts, spec);
    put_answers(&list, key);
    struct bracketing bracketing = {key, spec->clock};
    const struct visiting v = {world, trust, spec, put_bracket, &bracketing};
    visit_all(&v, &list);
    ps_asked_list_deinit(&list);
}
