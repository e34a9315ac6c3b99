/* SPDX-License-Identifier: Apache-2.0
 *
 * From a plan back to a form, every default written out, which the tables then write.
 */
#include "scenarios/plan.h"

#include <assert.h>
#include <string.h>

#include "cohort_clock.h"
#include "form.h"
#include "base/memory.h"
#include "resolve.h"
#include "writer.h"

static const struct ps_table *section_table(const char *section)
{
    size_t i = 0;

    while (strcmp(ps_scenario_table.fields[i].key, section) != 0)
        i++;
    return ps_scenario_table.fields[i].table;
}

#define GIVE(form, table, key) ((form)->given |= ps_table_bit((table), (key)))
#define ARRAY(arena, count, pointer)                                                               \
    ((pointer) = ps_arena_alloc((arena), (count) + 1, sizeof *(pointer)))

static struct ps_names authority_names(struct ps_arena *arena, const struct ps_plan *plan,
                                       const uint32_t *indexes, size_t count)
{
    struct ps_names names = {.count = count};

    ARRAY(arena, count, names.items);
    for (size_t i = 0; i < count; i++)
        names.items[i] = plan->authorities[indexes[i]].name;
    return names;
}

static struct ps_names service_names(struct ps_arena *arena, uint32_t services)
{
    static const char *const texts[] = {"ocsp", "crl", "issuer"};
    struct ps_names names = {0};

    ARRAY(arena, 3, names.items);
    for (size_t bit = 0; bit < 3; bit++) {
        if (services & 1u << bit)
            names.items[names.count++] = texts[bit];
    }
    return names;
}

static struct ps_names certificate_names(struct ps_arena *arena, const struct ps_plan *plan,
                                         const uint32_t *indexes, size_t count)
{
    struct ps_names names = {.count = count};

    ARRAY(arena, count, names.items);
    for (size_t i = 0; i < count; i++)
        names.items[i] = plan->certificates[indexes[i]].name;
    return names;
}

static void show_world(struct ps_arena *arena, const struct ps_plan *plan, struct ps_form *form)
{
    static const char *const eku[] = {"server_auth", "client_auth"};
    const struct ps_table *store_table = section_table("stores"),
                          *entry_table = store_table->fields[0].table;

    form->authority_count = plan->authority_count;
    ARRAY(arena, plan->authority_count, form->authorities);
    for (size_t i = 0; i < plan->authority_count; i++) {
        const struct ps_plan_authority *from = &plan->authorities[i];
        form->authorities[i] =
            (struct ps_form_authority){.name = from->name,
                                       .subject = from->subject,
                                       .key = (int)from->key,
                                       .publishes = service_names(arena, from->publishes),
                                       .ocsp_lifetime = from->ocsp_lifetime,
                                       .crl_lifetime = from->crl_lifetime};
    }
    form->certificate_count = plan->certificate_count;
    ARRAY(arena, plan->certificate_count, form->certificates);
    for (size_t i = 0; i < plan->certificate_count; i++) {
        const struct ps_plan_certificate *from = &plan->certificates[i];
        struct ps_form_certificate *to = &form->certificates[i];
        *to = (struct ps_form_certificate){
            .name = from->name,
            .of = plan->authorities[from->of].name,
            .issuer = plan->authorities[from->issuer].name,
            .hash = (int)from->spec.hash,
            .valid = {from->spec.not_before, from->spec.not_after},
            .path_length = from->spec.path_length,
        };
        if (from->next != PS_PLAN_NONE) {
            to->next = plan->authorities[from->next].name;
            GIVE(to, section_table("certificates"), "next");
        }
        ARRAY(arena, 2, to->eku.items);
        for (size_t bit = 0; bit < 2; bit++) {
            if (from->spec.eku & 1u << bit)
                to->eku.items[to->eku.count++] = eku[bit];
        }
    }
    form->key_count = plan->key_count;
    ARRAY(arena, plan->key_count, form->keys);
    for (size_t i = 0; i < plan->key_count; i++)
        form->keys[i] = (struct ps_form_key){plan->keys[i].name, (int)plan->keys[i].type};
    form->store_count = plan->store_count;
    ARRAY(arena, plan->store_count, form->stores);
    for (size_t i = 0; i < plan->store_count; i++) {
        const struct ps_plan_store *from = &plan->stores[i];
        struct ps_form_store *to = &form->stores[i];
        to->name = from->name;
        to->count = from->count;
        GIVE(to, store_table, "entries");
        to->lag = (struct ps_form_store_lag){from->lag.additions, from->lag.expiries,
                                             from->lag.distrust, from->lag.never};
        if (from->lag.given)
            GIVE(to, store_table, "lag");
        ARRAY(arena, from->count, to->entries);
        for (size_t n = 0; n < from->count; n++) {
            struct ps_form_store_entry *entry = &to->entries[n];
            *entry = (struct ps_form_store_entry){
                .certificate = plan->certificates[from->entries[n].certificate].name,
                .from = from->entries[n].from,
                .until = from->entries[n].until};
            GIVE(entry, entry_table, "certificate");
            if (entry->from.s != PS_TIME_ALWAYS.s)
                GIVE(entry, entry_table, "from");
            if (entry->until.s != PS_TIME_NEVER.s)
                GIVE(entry, entry_table, "until");
        }
    }
}

static struct ps_form_leaf show_leaf(struct ps_arena *arena, const struct ps_plan *plan,
                                     const struct ps_plan_leaf *leaf)
{
    static const char *const types[] = {
#define X(name, text) text,
        PS_KEY_TYPES(X)
#undef X
    };
    struct ps_form_leaf form = {
        .issuers = authority_names(arena, plan, leaf->issuers, leaf->issuer_count),
        .key = leaf->key == PS_PLAN_NONE ? types[leaf->key_type] : plan->keys[leaf->key].name,
        .hash = (int)leaf->hash,
        .lifetime = leaf->lifetime,
        .renew_before = leaf->renew_before,
        .new_key = leaf->new_key,
        .common_name = leaf->subject_cn,
        .san = leaf->san,
        .host = leaf->host,
        .must_staple = leaf->must_staple,
    };

    GIVE(&form, &ps_leaf_table, "common_name");
    GIVE(&form, &ps_leaf_table, "host");
    return form;
}

static struct ps_form_chains show_chains(struct ps_arena *arena, const struct ps_plan *plan,
                                         const struct ps_plan_chain *chains, size_t count)
{
    struct ps_form_chains form = {.count = count};

    ARRAY(arena, count, form.items);
    for (size_t i = 0; i < count; i++) {
        if (chains[i].issuer != PS_PLAN_NONE)
            form.items[i].issuer = plan->authorities[chains[i].issuer].name;
        form.items[i].certificates =
            certificate_names(arena, plan, chains[i].certificates, chains[i].count);
    }
    return form;
}

static void show_endpoints(struct ps_arena *arena, const struct ps_plan *plan, struct ps_form *form)
{
    const struct ps_table *table = section_table("endpoints");

    form->endpoint_count = plan->endpoint_count;
    ARRAY(arena, plan->endpoint_count, form->endpoints);
    for (size_t i = 0; i < plan->endpoint_count; i++) {
        const struct ps_plan_endpoint *from = &plan->endpoints[i];
        struct ps_form_endpoint *to = &form->endpoints[i];
        *to = (struct ps_form_endpoint){
            .name = from->name,
            .host = from->host,
            .leaf = show_leaf(arena, plan, &from->leaf),
            .chains = show_chains(arena, plan, from->chains, from->chain_count),
            .alternates = show_chains(arena, plan, from->alternates, from->alternate_count),
            .staple = from->staple,
            .tlsa = (int)from->tlsa,
        };
        GIVE(to, table, "alternates");
        if (!from->asks_clients)
            continue;
        to->clients = (struct ps_form_clients){
            certificate_names(arena, plan, from->client_anchors, from->client_anchor_count),
            from->client_dates};
        GIVE(to, table, "clients");
    }
}

/* References are written by the names of what they stand for; roles are not needed then. */
static struct ps_reference show_reference(const struct ps_plan *plan, struct ps_reference reference)
{
    switch (reference.kind) {
    case PS_REFERENCE_CERTIFICATE:
        reference.role = plan->certificates[reference.index].name;
        break;
    case PS_REFERENCE_KEY:
        reference.role = plan->keys[reference.index].name;
        break;
    case PS_REFERENCE_STORE:
        reference.role = plan->stores[reference.index].name;
        break;
    default:
        break;
    }
    return reference;
}

static struct ps_reference *show_anchors(struct ps_arena *arena, const struct ps_plan *plan,
                                         const struct ps_reference *from, size_t count)
{
    struct ps_reference *to;

    ARRAY(arena, count, to);
    for (size_t i = 0; i < count; i++)
        to[i] = show_reference(plan, from[i]);
    return to;
}

static struct ps_pin *show_pins(struct ps_arena *arena, const struct ps_plan *plan,
                                const struct ps_pin *from, size_t count)
{
    struct ps_pin *to;

    ARRAY(arena, count, to);
    for (size_t i = 0; i < count; i++) {
        to[i] = from[i];
        to[i].of = show_reference(plan, from[i].of);
    }
    return to;
}

static const struct ps_table *body_table(const char *kind)
{
    const struct ps_table *events = section_table("timeline");
    size_t i = 0;

    while (strcmp(events->fields[i].key, kind) != 0)
        i++;
    return events->fields[i].table;
}

static void show_serve(struct ps_arena *arena, const struct ps_plan *plan,
                       const struct ps_plan_event *from, struct ps_form_event *to)
{
    const struct ps_plan_serve *serve = &from->as.serve;
    const struct ps_table *table = body_table("serve");

    to->serve = (struct ps_form_serve){
        .endpoint = plan->endpoints[serve->endpoint].name,
        .over = from->over,
        .by = (int)from->by,
        .when = (int)serve->when,
        .alternates = show_chains(arena, plan, serve->alternates, serve->alternate_count),
        .staple = serve->staple,
        .tlsa = (int)serve->tlsa};
    GIVE(&to->serve, table, "alternates");
    GIVE(&to->serve, table, "staple");
    GIVE(&to->serve, table, "tlsa");
    if (serve->has_chains) {
        GIVE(&to->serve, table, "chain");
        to->serve.chains = show_chains(arena, plan, serve->chains, serve->chain_count);
    }
    if (serve->has_leaf) {
        GIVE(&to->serve, table, "leaf");
        to->serve.leaf = show_leaf(arena, plan, &serve->leaf);
    }
}

static void show_fault(const struct ps_plan *plan, const struct ps_plan_event *from,
                       struct ps_form_event *to)
{
    const struct ps_plan_fault *fault = &from->as.fault;

    to->fault = (struct ps_form_fault){.endpoint = plan->endpoints[fault->endpoint].name,
                                       .kind = (int)fault->kind,
                                       .lasts = fault->lasts,
                                       .delay = fault->delay,
                                       .after_bytes = fault->after_bytes};
    if (fault->kind == PS_FAULT_DELAY)
        GIVE(&to->fault, body_table("fault"), "delay");
    else
        GIVE(&to->fault, body_table("fault"), "after_bytes");
}

static void show_revoke(const struct ps_plan *plan, const struct ps_plan_revoke *revoke,
                        struct ps_form_revoke *to)
{
    const struct ps_table *table = body_table("revoke");

    to->pushed = revoke->pushed;
    if (revoke->is_pushed)
        GIVE(to, table, "pushed");
    if (revoke->certificate != PS_PLAN_NONE) {
        to->certificate = plan->certificates[revoke->certificate].name;
        GIVE(to, table, "certificate");
    } else {
        to->leaf = plan->endpoints[revoke->endpoint].name;
        GIVE(to, table, "leaf");
    }
}

static void show_outage(struct ps_arena *arena, const struct ps_plan *plan,
                        const struct ps_plan_outage *outage, struct ps_form_outage *to)
{
    const struct ps_table *table = body_table("outage");

    to->services = service_names(arena, outage->services);
    GIVE(to, table, "services");
    to->lasts = outage->lasts;
    if (outage->lasts.s > 0)
        GIVE(to, table, "lasts");
    if (outage->authority == PS_PLAN_NONE)
        return;
    to->authority = plan->authorities[outage->authority].name;
    GIVE(to, table, "authority");
}

static void show_announce(const struct ps_plan *plan, const struct ps_plan_announce *announce,
                          struct ps_form_announce *to)
{
    *to = (struct ps_form_announce){.endpoint = plan->endpoints[announce->endpoint].name,
                                    .key = plan->keys[announce->key].name,
                                    .begins = announce->begins,
                                    .lasts = announce->lasts};
    if (announce->lasts.s > 0)
        GIVE(to, body_table("announce"), "lasts");
}

static void show_release(struct ps_arena *arena, const struct ps_plan *plan,
                         const struct ps_plan_event *from, struct ps_form_event *to)
{
    const struct ps_plan_release *release = &from->as.release;
    const struct ps_table *table = body_table("release");

    to->release = (struct ps_form_release){
        .name = release->name,
        .strategies = {.count = release->strategy_count},
        .anchors = show_anchors(arena, plan, release->anchors, release->anchor_count),
        .anchor_count = release->anchor_count,
        .pins = show_pins(arena, plan, release->pins, release->pin_count),
        .pin_count = release->pin_count,
        .over = from->over,
        .by = (int)from->by,
        .never = release->never,
        .adoption = release->adoption,
    };
    ARRAY(arena, release->strategy_count, to->release.strategies.items);
    for (size_t i = 0; i < release->strategy_count; i++)
        to->release.strategies.items[i] = plan->strategies[release->strategies[i]].name;
    GIVE(&to->release, table, "strategies");
    if (release->has_anchors)
        GIVE(&to->release, table, "anchors");
    if (release->has_pins)
        GIVE(&to->release, table, "pins");
    if (release->has_adoption)
        GIVE(&to->release, table, "adoption");
}

static void show_timeline(struct ps_arena *arena, const struct ps_plan *plan, struct ps_form *form)
{
    static const char *const words[] = {
#define X(name, text, meaning) text,
        PS_EVENT_KINDS(X)
#undef X
    };
    const struct ps_table *table = section_table("timeline");

    form->event_count = plan->event_count;
    ARRAY(arena, plan->event_count, form->events);
    for (size_t i = 0; i < plan->event_count; i++) {
        const struct ps_plan_event *from = &plan->events[i];
        struct ps_form_event *to = &form->events[i];

        to->at = from->at;
        to->announced = from->announced;
        if (from->announced.s != PS_TIME_NEVER.s)
            GIVE(to, table, "announced");
        GIVE(to, table, words[from->kind]);
        if (from->kind == PS_EVENT_NOTE) {
            to->note = from->title;
            continue;
        }
        to->title = from->title;
        GIVE(to, table, "title");
        if (from->kind == PS_EVENT_SERVE)
            show_serve(arena, plan, from, to);
        else if (from->kind == PS_EVENT_FAULT)
            show_fault(plan, from, to);
        else if (from->kind == PS_EVENT_RELEASE)
            show_release(arena, plan, from, to);
        else if (from->kind == PS_EVENT_REVOKE)
            show_revoke(plan, &from->as.revoke, &to->revoke);
        else if (from->kind == PS_EVENT_OUTAGE)
            show_outage(arena, plan, &from->as.outage, &to->outage);
        else if (from->kind == PS_EVENT_WITHDRAW)
            to->withdraw = plan->events[from->as.withdraw.release].as.release.name;
        else if (from->kind == PS_EVENT_ANNOUNCE)
            show_announce(plan, &from->as.announce, &to->announce);
        else
            to->restart = (struct ps_form_restart){
                .endpoint = plan->endpoints[from->as.restart.endpoint].name,
                .over = from->over,
                .by = (int)from->by};
    }
}

static void show_threats(struct ps_arena *arena, const struct ps_plan *plan, struct ps_form *form)
{
    static const char *const roles[] = {
#define X(name, text, role, meaning) role,
        PS_ATTACKS(X) PS_CHANNEL_ATTACKS(X)
#undef X
    };
    const struct ps_table *table = section_table("threats");

    ARRAY(arena, plan->threat_count, form->threats);
    ARRAY(arena, plan->threat_count, form->roles);
    for (size_t i = 0; i < plan->threat_count; i++) {
        const struct ps_plan_threat *from = &plan->threats[i];
        if (from->implied) /* they come back by themselves */
            continue;
        struct ps_form_threat *to = &form->threats[form->threat_count++];

        *to = (struct ps_form_threat){
            .attack = (int)from->attack, .from = from->from, .until = from->until};
        GIVE(to, table, "from");
        GIVE(to, table, "until");
        const char *bound = from->key != PS_PLAN_NONE ? plan->keys[from->key].name
                            : from->certificate != PS_PLAN_NONE
                                ? plan->certificates[from->certificate].name
                                : NULL;
        bool is_there = false; /* several attacks have the same role */
        for (size_t n = 0; n < form->role_count; n++)
            is_there |= strcmp(form->roles[n].name, roles[from->attack]) == 0;
        if (bound != NULL && !is_there)
            form->roles[form->role_count++] = (struct ps_form_role){roles[from->attack], bound};
    }
}

static const struct ps_table *block_table(const struct ps_table *table, const char *key)
{
    for (size_t i = 0; table->fields[i].key != NULL; i++) {
        if (strcmp(table->fields[i].key, key) == 0)
            return table->fields[i].table;
    }
    assert(!"a key of the table");
    return NULL;
}

static struct ps_form_spells show_spells(const struct ps_plan_spells *spells)
{
    return (struct ps_form_spells){
        .share = spells->share, .every = spells->every, .lasts = spells->lasts};
}

/* What of a cohort's schedule is there only when it was written. */
static void show_schedule(const struct ps_plan *plan, const struct ps_plan_cohort *from,
                          struct ps_form_cohort *to)
{
    const struct ps_table *table = section_table("fleet");

    if (from->retire.s != PS_TIME_NEVER.s)
        GIVE(to, table, "retire");
    if (from->ships != PS_SHIPS_ORIGINAL)
        GIVE(to, table, "ships");
    if (from->jitter.s > 0)
        GIVE(&to->contact, block_table(table, "contact"), "jitter");
    if (from->offline.given)
        GIVE(to, table, "offline");
    if (from->power_loss.given)
        GIVE(to, table, "power_loss");
    if (from->setup_endpoint != PS_PLAN_NONE) {
        to->setup.endpoint = plan->endpoints[from->setup_endpoint].name;
        GIVE(to, table, "setup");
    }
}

static void show_fleet(struct ps_arena *arena, const struct ps_plan *plan, struct ps_form *form)
{
    const struct ps_table *table = section_table("fleet");
    const struct ps_table *contact_table = block_table(table, "contact");
    const struct ps_table *ntp_table = block_table(table, "ntp");

    form->cohort_count = plan->cohort_count;
    ARRAY(arena, plan->cohort_count, form->cohorts);
    for (size_t i = 0; i < plan->cohort_count; i++) {
        const struct ps_plan_cohort *from = &plan->cohorts[i];
        struct ps_form_cohort *to = &form->cohorts[i];

        *to = (struct ps_form_cohort){
            .name = from->name,
            .devices = from->devices,
            .made = {from->made_from, from->made_until},
            .shelf = from->shelf,
            .life = from->life,
            .retire = from->retire,
            .ships = (int)from->ships,
            .offline = show_spells(&from->offline),
            .power_loss = show_spells(&from->power_loss),
            .contact = {.every = from->every,
                        .jitter = from->jitter,
                        .session = from->session,
                        .timeout = from->timeout,
                        .endpoint = plan->endpoints[from->endpoint].name},
            .ntp = {.delay = from->ntp_delay,
                    .blocked = from->ntp_blocked,
                    .fails = from->ntp_fails},
            .adoption = from->adoption,
        };
        if (from->ntp_fails.ppm > 0)
            GIVE(&to->ntp, ntp_table, "fails");
        if (ps_cohort_clock_show(&from->clock, &to->clock))
            GIVE(to, table, "clock");
        if (from->has_adoption)
            GIVE(to, table, "adoption");
        if (from->has_life)
            GIVE(to, table, "life");
        show_schedule(plan, from, to);
        GIVE(&to->contact, contact_table, "endpoint");
        if (from->update_endpoint != PS_PLAN_NONE) {
            to->contact.update_endpoint = plan->endpoints[from->update_endpoint].name;
            GIVE(&to->contact, contact_table, "update_endpoint");
        }
        if (from->provisioning_endpoint != PS_PLAN_NONE) {
            to->contact.provisioning_endpoint = plan->endpoints[from->provisioning_endpoint].name;
            GIVE(&to->contact, contact_table, "provisioning_endpoint");
        }
    }
}

static struct ps_strategy show_strategy(struct ps_arena *arena, const struct ps_plan *plan,
                                        const struct ps_strategy *strategy)
{
    struct ps_strategy shown = *strategy;

    shown.anchors = show_anchors(arena, plan, shown.anchors, shown.anchor_count);
    shown.pins.set = show_pins(arena, plan, shown.pins.set, shown.pins.count);
    shown.update.root = show_reference(plan, shown.update.root);
    /* What a preset said and nothing reads could not be written in the file itself. */
    if (shown.update.channel != PS_UPDATE_FW_TLS_PRIVATE &&
        shown.update.channel != PS_UPDATE_REPROVISION)
        shown.update.root.role = NULL;
    if (shown.update.channel != PS_UPDATE_RFC5011)
        shown.update.add_hold_down.s = PS_ADD_HOLD_DOWN_S;
    if (shown.client.identity == PS_CLIENT_X509_IDEVID)
        shown.client.renewal = PS_RENEWAL_NEVER;
    shown.client.issuer = show_reference(plan, shown.client.issuer);
    return shown;
}

/* Presets that a fallback goes to, bound as all strategies are, whoever made them: what is printed
 * must not change with the program. Then the file's own, where they are not among these. */
static void show_presets(struct ps_arena *arena, const struct ps_plan *plan, struct ps_form *form)
{
    ARRAY(arena, plan->hidden_count + plan->preset_count, form->presets);
    for (size_t i = 0; i < plan->hidden_count; i++) {
        const struct ps_strategy *from = &plan->strategies[plan->strategy_count + i];
        if (strchr(from->name, ' ') == NULL) /* no preset: the trust for updates */
            form->presets[form->preset_count++] = (struct ps_form_preset){
                .name = from->name, .value = show_strategy(arena, plan, from)};
    }
    for (size_t i = 0; i < plan->preset_count; i++) {
        bool is_there = false;
        for (size_t n = 0; n < form->preset_count; n++)
            is_there |= strcmp(form->presets[n].name, plan->presets[i].name) == 0;
        if (!is_there)
            form->presets[form->preset_count++] =
                (struct ps_form_preset){.name = plan->presets[i].name, .value = plan->presets[i]};
    }
}

static void show_strategies(struct ps_arena *arena, const struct ps_plan *plan,
                            struct ps_form *form)
{
    const struct ps_table *table = section_table("strategies");

    form->strategy_count = plan->strategy_count;
    ARRAY(arena, plan->strategy_count, form->strategies);
    for (size_t i = 0; i < plan->strategy_count; i++) {
        const struct ps_strategy *from = &plan->strategies[i];
        struct ps_form_strategy *to = &form->strategies[i];

        to->name = from->name;
        to->value = show_strategy(arena, plan, from);
        if (from->pins.count == 0 && !ps_resolve_brings_pins(plan, (uint32_t)i))
            to->value.pins.max_age.s = 0;
        to->preset = from->preset;
        if (strcmp(from->preset, from->name) != 0)
            GIVE(to, table, "preset");
    }
}

static void show_expectations(struct ps_arena *arena, const struct ps_plan *plan,
                              struct ps_form *form)
{
    static const char *const outcomes[] = {
#define X(name, text, meaning) text,
        PS_OUTCOMES(X)
#undef X
    };
    const struct ps_table *table = section_table("expect");

    form->expectation_count = plan->expectation_count;
    ARRAY(arena, plan->expectation_count, form->expectations);
    for (size_t i = 0; i < plan->expectation_count; i++) {
        const struct ps_plan_expectation *from = &plan->expectations[i];
        struct ps_form_expectation *to = &form->expectations[i];

        to->strategies.count = 1;
        ARRAY(arena, 1, to->strategies.items);
        to->strategies.items[0] = plan->strategies[from->strategy].name;
        if (from->cohort != PS_PLAN_NONE) {
            to->cohort = plan->cohorts[from->cohort].name;
            GIVE(to, table, "cohort");
        }
        switch (from->kind) {
        case PS_EXPECT_CONNECTED:
            to->at = from->at;
            to->connected = from->bar;
            GIVE(to, table, "at");
            GIVE(to, table, "connected");
            break;
        case PS_EXPECT_OUTCOME:
            to->outcome[from->outcome] = from->bar;
            GIVE(to, table, outcomes[from->outcome]);
            break;
        case PS_EXPECT_EXPOSED:
            to->attack = (int)from->attack;
            to->share = from->bar;
            GIVE(to, table, "exposed");
            GIVE(to, table, "share");
            break;
        case PS_EXPECT_UNRANKED:
            to->unranked = from->unranked;
            GIVE(to, table, "unranked");
            break;
        }
    }
}

void ps_plan_show(const struct ps_plan *plan, struct ps_text *out)
{
    struct ps_arena *arena = ps_arena_new();
    struct ps_form form = {
        .name = plan->name,
        .title = plan->title,
        .source = plan->source,
        .from = plan->from,
        .until = plan->until,
        .regions = plan->regions,
    };
    const struct ps_table *table = &ps_scenario_table;

    show_world(arena, plan, &form);
    show_endpoints(arena, plan, &form);
    show_timeline(arena, plan, &form);
    show_threats(arena, plan, &form);
    show_fleet(arena, plan, &form);
    show_presets(arena, plan, &form);
    show_strategies(arena, plan, &form);
    show_expectations(arena, plan, &form);
    if (plan->source[0] != '\0')
        GIVE(&form, table, "source");
    if (form.key_count > 0)
        GIVE(&form, table, "keys");
    if (form.store_count > 0)
        GIVE(&form, table, "stores");
    if (form.role_count > 0)
        GIVE(&form, table, "roles");
    if (form.event_count > 0)
        GIVE(&form, table, "timeline");
    if (form.preset_count > 0)
        GIVE(&form, table, "presets");
    if (form.threat_count > 0)
        GIVE(&form, table, "threats");
    if (form.expectation_count > 0)
        GIVE(&form, table, "expect");
    ps_writer_document(table, &form, out);
    ps_arena_free(arena);
}
