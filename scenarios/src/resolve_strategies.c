/* SPDX-License-Identifier: Apache-2.0
 *
 * Roles, and strategies composed from presets.
 */
#include <string.h>

#include "resolve.h"
#include "values.h"

/* What a name of the scenario's own stands for. */
static bool find_own(const struct ps_resolver *resolver, const char *name,
                     struct ps_reference *reference)
{
    static const struct {
        enum ps_thing thing;
        enum ps_reference_kind kind;
    } kinds[] = {{PS_THING_CERTIFICATE, PS_REFERENCE_CERTIFICATE},
                 {PS_THING_KEY, PS_REFERENCE_KEY},
                 {PS_THING_STORE, PS_REFERENCE_STORE}};

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        reference->index = ps_resolve_find(resolver, kinds[i].thing, name);
        reference->kind = kinds[i].kind;
        if (reference->index != PS_PLAN_NONE)
            return true;
    }
    reference->kind = PS_REFERENCE_UNBOUND;
    return false;
}

/* All names that a reference may have: roles (with `roles`), certificates, keys, stores. */
static const char **own_names(struct ps_resolver *resolver, bool roles, size_t *ret_count)
{
    const struct ps_thing_names *sets[] = {
        &resolver->things[PS_THING_ROLE], &resolver->things[PS_THING_CERTIFICATE],
        &resolver->things[PS_THING_KEY], &resolver->things[PS_THING_STORE]};
    size_t count = 0, capacity = 1;

    for (size_t i = 0; i < 4; i++)
        capacity += sets[i]->count;
    const char **names = ps_arena_alloc(resolver->reader.arena, capacity, sizeof *names);
    for (size_t i = roles ? 0 : 1; i < 4; i++) {
        for (size_t n = 0; n < sets[i]->count; n++)
            names[count++] = sets[i]->names[n];
    }
    *ret_count = count;
    return names;
}

static bool any_unknown(const struct ps_resolver *resolver)
{
    return resolver->things[PS_THING_ROLE].unknown ||
           resolver->things[PS_THING_CERTIFICATE].unknown ||
           resolver->things[PS_THING_KEY].unknown || resolver->things[PS_THING_STORE].unknown;
}

void ps_resolve_roles(struct ps_resolver *resolver)
{
    const struct ps_form *form = resolver->form;
    struct ps_block **blocks = ps_resolve_blocks(resolver, "roles");

    resolver->roles =
        ps_arena_alloc(resolver->reader.arena, form->role_count + 1, sizeof *resolver->roles);
    for (size_t i = 0; i < form->role_count; i++) {
        const struct ps_form_role *role = &form->roles[i];
        struct ps_reference *to = &resolver->roles[i], own;

        to->role = role->name;
        if (role->target != NULL && !find_own(resolver, role->target, to) &&
            !any_unknown(resolver)) {
            size_t count;
            const char **names = own_names(resolver, false, &count);
            ps_resolve_unknown(&resolver->reader, "certificate, key or store", role->target, names,
                               count, ps_block_span(blocks[i], "target"));
        }
        if (ps_resolve_meant(role->name) != NULL)
            SAY(resolver->reader.diagnostics, blocks[i]->name->span, NAME_MEANT, role->name,
                ps_resolve_meant(role->name));
        if (to->kind != PS_REFERENCE_UNBOUND && find_own(resolver, role->name, &own) &&
            (own.kind != to->kind || own.index != to->index)) {
            static const char *const words[] = {[PS_REFERENCE_CERTIFICATE] = "certificate",
                                                [PS_REFERENCE_KEY] = "key",
                                                [PS_REFERENCE_STORE] = "store"};
            static const char *const sections[] = {[PS_REFERENCE_CERTIFICATE] = "certificates",
                                                   [PS_REFERENCE_KEY] = "keys",
                                                   [PS_REFERENCE_STORE] = "stores"};
            const struct ps_block *other =
                ps_resolve_blocks(resolver, sections[own.kind])[own.index];
            SAY(resolver->reader.diagnostics, blocks[i]->name->span, NAME_TAKEN, role->name,
                words[own.kind], other->name->span.line + 1);
        }
    }
}

static void check_kind(struct ps_resolver *resolver, const struct ps_reference *reference,
                       struct ps_reference_place place)
{
    struct ps_diagnostics *diagnostics = resolver->reader.diagnostics;

    if (place.unsure)
        return;
    if (place.issuer) {
        if (reference->kind != PS_REFERENCE_CERTIFICATE)
            SAY(diagnostics, place.span, CLIENT_ISSUER_KIND, reference->role);
        return;
    }
    if (place.pin == NULL && reference->kind == PS_REFERENCE_KEY)
        SAY(diagnostics, place.span, ANCHOR_KEY, reference->role);
    if (place.pin != NULL && reference->kind == PS_REFERENCE_STORE)
        SAY(diagnostics, place.span, PIN_STORE, reference->role);
    if (place.pin != NULL && reference->kind == PS_REFERENCE_KEY &&
        place.pin->match != PS_PIN_MATCH_SPKI_SHA256)
        SAY(diagnostics, place.span, PIN_KEY_MATCH, reference->role);
}

/* References that are no thing of the scenario. */
static const struct {
    const char *word, *meaning;
    enum ps_reference_kind kind;
} meant[] = {
    {"leaf", "the endpoint's leaf", PS_REFERENCE_LEAF},
    {"first_contact", "the leaf of a device's first contact", PS_REFERENCE_FIRST_CONTACT},
    {"announced", "the key that was last announced", PS_REFERENCE_ANNOUNCED},
};
enum { MEANT = sizeof meant / sizeof meant[0] };

const char *ps_resolve_meant(const char *name)
{
    for (size_t i = 0; i < MEANT; i++) {
        if (strcmp(meant[i].word, name) == 0)
            return meant[i].meaning;
    }
    return NULL;
}

/* False: it is no such word. */
static bool resolve_meant(struct ps_resolver *resolver, struct ps_reference *reference,
                          struct ps_reference_place place)
{
    struct ps_diagnostics *diagnostics = resolver->reader.diagnostics;
    size_t i = 0;

    while (i < MEANT && strcmp(meant[i].word, reference->role) != 0)
        i++;
    if (i == MEANT)
        return false;
    reference->kind = meant[i].kind;
    if (place.issuer) {
        SAY(diagnostics, place.span, CLIENT_ISSUER_KIND, reference->role);
        return true;
    }
    if (reference->kind == PS_REFERENCE_LEAF) {
        if (!reference->at_ship)
            SAY(diagnostics, place.span, LEAF_SHIP);
        return true;
    }
    if (reference->at_ship)
        SAY(diagnostics, place.span, LEARNED_SHIP, reference->role);
    if (place.pin == NULL)
        SAY(diagnostics, place.span, ANCHOR_LEARNED, reference->role);
    else if (!place.unsure && reference->kind == PS_REFERENCE_ANNOUNCED &&
             place.pin->match != PS_PIN_MATCH_SPKI_SHA256)
        SAY(diagnostics, place.span, ANNOUNCED_MATCH);
    return true;
}

void ps_resolve_reference(struct ps_resolver *resolver, struct ps_reference *reference,
                          struct ps_reference_place place)
{
    if (reference->role == NULL)
        return;
    if (resolve_meant(resolver, reference, place))
        return;
    uint32_t role = ps_resolve_find(resolver, PS_THING_ROLE, reference->role);
    if (role != PS_PLAN_NONE) {
        reference->kind = resolver->roles[role].kind;
        reference->index = resolver->roles[role].index;
        check_kind(resolver, reference, place);
    } else if (find_own(resolver, reference->role, reference)) {
        check_kind(resolver, reference, place);
    } else if (!any_unknown(resolver) && place.strategy != NULL) {
        SAY(resolver->reader.diagnostics, place.span, ROLE_UNBOUND, place.strategy,
            reference->role);
    } else if (!any_unknown(resolver)) {
        size_t count;
        const char **names = own_names(resolver, true, &count);
        ps_resolve_unknown(&resolver->reader, "role, certificate, key or store", reference->role,
                           names, count, place.span);
    }
}

/* What the strategy begins with may be said by two keys. */
static const char *base_of(const struct ps_form_strategy *form)
{
    return form->preset != NULL ? form->preset : form->extends;
}

static const char *base_key(const struct ps_block *block)
{
    return ps_block_entry(block, "preset")->value != NULL ? "preset" : "extends";
}

/* The strategy with its preset below it. Reading again over the preset's values writes only what
 * the file says; its mistakes have been said already. */
static void merge_preset(struct ps_resolver *resolver, const struct ps_form_strategy *form,
                         const struct ps_block *block, struct ps_form_strategy *ret_merged)
{
    struct ps_diagnostics said = {0};
    struct ps_reader quiet = {.arena = resolver->reader.arena, .diagnostics = &said};
    uint32_t preset = PS_PLAN_NONE;

    *ret_merged = (struct ps_form_strategy){0};
    if (base_of(form) != NULL)
        preset = ps_resolve_name(resolver, PS_THING_PRESET, base_of(form),
                                 ps_block_span(block, base_key(block)));
    if (preset != PS_PLAN_NONE)
        ret_merged->value = resolver->presets.presets[preset].value;
    else
        ps_reader_defaults(&quiet, &ps_strategy_table, &ret_merged->value);
    ps_reader_block(&quiet, block->table, block->node, PS_READ_WHOLE, ret_merged);
    ps_diagnostics_deinit(&said);
}

/* The entry of `key` in a strategy's `inner` block (NULL: of its own); NULL: not written. */
static const struct ps_entry *written(struct ps_strategy_place place, const char *inner,
                                      const char *key)
{
    const struct ps_block *block = place.block;

    if (block != NULL && inner != NULL)
        block = ps_block_entry(block, inner)->block;
    if (block == NULL || block->node == NULL)
        return NULL;
    const struct ps_entry *entry = ps_block_entry(block, key);
    return entry->value == NULL ? NULL : entry;
}

struct ps_span ps_strategy_span(struct ps_strategy_place place, const char *inner, const char *key)
{
    const struct ps_entry *entry = written(place, inner, key);

    if (entry != NULL)
        return entry->value->span;
    return place.block == NULL ? place.span : ps_block_span(place.block, base_key(place.block));
}

/* What was written there could be read, or nothing was. */
static bool is_sure(struct ps_strategy_place place, const char *inner, const char *key)
{
    const struct ps_entry *entry = written(place, inner, key);

    if (place.block != NULL && inner != NULL && ps_block_entry(place.block, inner)->bad)
        return false;
    return entry == NULL || (!entry->bad && !entry->meant);
}

/* Of a reference that is a field of its own. */
static struct ps_reference_place place_of_field(struct ps_strategy_place place, const char *inner,
                                                const char *key, const char *strategy)
{
    return (struct ps_reference_place){.span = ps_strategy_span(place, inner, key),
                                       .strategy = written(place, inner, key) ? NULL : strategy};
}

static void bind_anchors(struct ps_resolver *resolver, struct ps_strategy_place place,
                         struct ps_strategy *strategy)
{
    const struct ps_entry *entry = written(place, NULL, "anchors");
    struct ps_reference *anchors =
        ps_arena_alloc(resolver->reader.arena, strategy->anchor_count + 1, sizeof *anchors);

    for (size_t i = 0; i < strategy->anchor_count; i++) {
        anchors[i] = strategy->anchors[i];
        ps_resolve_reference(resolver, &anchors[i],
                             (struct ps_reference_place){
                                 .span = entry != NULL ? ps_entry_item_span(entry, i)
                                                       : ps_strategy_span(place, NULL, "anchors"),
                                 .strategy = entry != NULL ? NULL : strategy->name});
    }
    strategy->anchors = anchors;
}

static void bind_pins(struct ps_resolver *resolver, struct ps_strategy_place place,
                      struct ps_strategy *strategy)
{
    const struct ps_entry *entry = written(place, "pins", "set");
    struct ps_pin *pins =
        ps_arena_alloc(resolver->reader.arena, strategy->pins.count + 1, sizeof *pins);

    for (size_t i = 0; i < strategy->pins.count; i++) {
        struct ps_reference_place where = {.pin = &pins[i]};
        bool is_written = entry != NULL && entry->blocks != NULL;
        pins[i] = strategy->pins.set[i];
        where.span = is_written ? ps_block_span(entry->blocks[i], "of")
                                : ps_strategy_span(place, "pins", "set");
        where.strategy = is_written ? NULL : strategy->name;
        where.unsure = is_written && entry->blocks[i]->bad;
        ps_resolve_reference(resolver, &pins[i].of, where);
    }
    strategy->pins.set = pins;
}

/* Whether the strategy can be updated is known: its preset exists and its own word is readable. */
static bool is_channel_sure(const struct ps_resolver *resolver, const struct ps_form_strategy *form,
                            const struct ps_block *block)
{
    if (ps_block_entry(block, base_key(block))->value != NULL &&
        ps_resolve_find(resolver, PS_THING_PRESET, base_of(form)) == PS_PLAN_NONE)
        return false;
    return is_sure((struct ps_strategy_place){.block = block}, "update", "channel");
}

static const char *identity_text(enum ps_client_identity identity)
{
    static const char *const texts[] = {
#define X(name, text, meaning) text,
        PS_CLIENT_IDENTITIES(X)
#undef X
    };

    return texts[identity];
}

static bool has_spki_pin(const struct ps_strategy *strategy)
{
    for (size_t i = 0; i < strategy->pins.count; i++) {
        if (strategy->pins.set[i].match == PS_PIN_MATCH_SPKI_SHA256)
            return true;
    }
    return false;
}

static void check_engine(struct ps_resolver *resolver, struct ps_strategy_place place,
                         const struct ps_strategy *strategy)
{
    enum ps_client_identity identity = strategy->client.identity;
    struct ps_span span = ps_strategy_span(place, "chain", "engine");

    if (!is_sure(place, "chain", "engine"))
        return;
    if (strategy->chain.engine == PS_ENGINE_PSK && is_sure(place, "client", "identity") &&
        identity != PS_CLIENT_PSK_PER_DEVICE && identity != PS_CLIENT_PSK_FLEET)
        SAY(resolver->reader.diagnostics, span, PSK_IDENTITY, identity_text(identity));
    if (strategy->chain.engine == PS_ENGINE_RAW_PUBLIC_KEY && is_sure(place, "pins", "set") &&
        !has_spki_pin(strategy))
        SAY(resolver->reader.diagnostics, span, RAW_KEY_PIN);
}

static void check_client(struct ps_resolver *resolver, struct ps_strategy_place place,
                         const struct ps_strategy *strategy)
{
    const struct ps_plan *plan = resolver->plan;
    enum ps_client_identity identity = strategy->client.identity;

    if ((identity != PS_CLIENT_X509_SHARED && identity != PS_CLIENT_X509_IDEVID &&
         identity != PS_CLIENT_X509_LDEVID) ||
        strategy->client.issuer.role != NULL || !is_sure(place, "client", "issuer"))
        return;
    for (size_t i = 0; i < plan->endpoint_count; i++) {
        if (!plan->endpoints[i].asks_clients)
            continue;
        SAY(resolver->reader.diagnostics, ps_strategy_span(place, "client", "identity"),
            CLIENT_ISSUER, identity_text(identity), plan->endpoints[i].name);
        return;
    }
}

static void check_storage(struct ps_resolver *resolver, struct ps_strategy_place place,
                          const struct ps_strategy *strategy)
{
    struct ps_diagnostics *diagnostics = resolver->reader.diagnostics;
    const struct ps_strategy_storage *storage = &strategy->storage;

    if (is_sure(place, "storage", "anchor_slots") && strategy->anchor_count > storage->anchor_slots)
        SAY(diagnostics, ps_strategy_span(place, NULL, "anchors"), SLOTS, strategy->name,
            strategy->anchor_count, "anchors", storage->anchor_slots, "anchor_slots");
    if (is_sure(place, "storage", "pin_slots") && strategy->pins.count > storage->pin_slots)
        SAY(diagnostics, ps_strategy_span(place, "pins", "set"), SLOTS, strategy->name,
            strategy->pins.count, "pins", storage->pin_slots, "pin_slots");
}

static void check_identity(struct ps_resolver *resolver, struct ps_strategy_place place,
                           const struct ps_strategy *strategy)
{
    const char *name = strategy->identity.name;
    const char *wrong = strcmp(name, "endpoint") == 0 ? NULL : ps_host_check(name);

    if (wrong != NULL)
        SAY(resolver->reader.diagnostics, ps_strategy_span(place, "identity", "name"), BAD_HOST,
            "name", wrong);
}

/* What the file itself says and nothing reads, unless it is the default. A preset may say more than
 * its heirs need. */
static void check_unread(struct ps_resolver *resolver, struct ps_strategy_place place,
                         const struct ps_strategy *strategy)
{
    static const char *const channels[] = {
#define X(name, text, meaning) text,
        PS_UPDATE_CHANNELS(X)
#undef X
    };
    struct ps_diagnostics *diagnostics = resolver->reader.diagnostics;
    const struct ps_entry *hold_down = written(place, "update", "add_hold_down");
    const struct ps_entry *root = written(place, "update", "root");
    const struct ps_entry *renewal = written(place, "client", "renewal");
    enum ps_update_channel channel = strategy->update.channel;
    bool sure = is_sure(place, "update", "channel");

    if (sure && hold_down != NULL && !hold_down->bad && channel != PS_UPDATE_RFC5011 &&
        strategy->update.add_hold_down.s != PS_ADD_HOLD_DOWN_S)
        SAY(diagnostics, hold_down->key->span, HOLD_DOWN, channels[channel]);
    if (sure && root != NULL && channel != PS_UPDATE_FW_TLS_PRIVATE &&
        channel != PS_UPDATE_REPROVISION)
        SAY(diagnostics, root->key->span, UPDATE_ROOT_EXTRA, channels[channel]);
    if (renewal != NULL && !renewal->bad && is_sure(place, "client", "identity") &&
        strategy->client.identity == PS_CLIENT_X509_IDEVID &&
        strategy->client.renewal != PS_RENEWAL_NEVER)
        SAY(diagnostics, renewal->value->span, RENEWAL_IDEVID);
}

void ps_resolve_strategy(struct ps_resolver *resolver, struct ps_strategy_place place,
                         struct ps_strategy *strategy)
{
    struct ps_reference_place issuer = place_of_field(place, "client", "issuer", strategy->name);

    issuer.issuer = true;
    if (is_sure(place, NULL, "anchors"))
        bind_anchors(resolver, place, strategy);
    bind_pins(resolver, place, strategy);
    ps_resolve_reference(resolver, &strategy->update.root,
                         place_of_field(place, "update", "root", strategy->name));
    ps_resolve_reference(resolver, &strategy->client.issuer, issuer);
    check_engine(resolver, place, strategy);
    check_client(resolver, place, strategy);
    check_storage(resolver, place, strategy);
    check_identity(resolver, place, strategy);
    check_unread(resolver, place, strategy);
    if (strategy->update.channel == PS_UPDATE_FW_TLS_PRIVATE &&
        strategy->update.root.role == NULL && is_sure(place, "update", "channel") &&
        is_sure(place, "update", "root"))
        SAY(resolver->reader.diagnostics, ps_strategy_span(place, "update", "channel"),
            UPDATE_ROOT);
}

static void resolve_listed(struct ps_resolver *resolver, const struct ps_form_strategy *form,
                           const struct ps_block *block, struct ps_strategy *strategy)
{
    const struct ps_block *chain = ps_block_entry(block, "chain")->block;
    const struct ps_entry *stack = ps_block_entry(block, "stack");
    struct ps_form_strategy merged;

    merge_preset(resolver, form, block, &merged);
    *strategy = merged.value;
    strategy->name = form->name == NULL ? "?" : form->name;
    strategy->preset = base_of(form) == NULL ? strategy->name : base_of(form);
    if (ps_block_entry(block, "preset")->value != NULL &&
        ps_block_entry(block, "extends")->value != NULL)
        SAY(resolver->reader.diagnostics, ps_block_key_span(block, "extends"), PRESET_TWICE);
    if (stack->value != NULL && !stack->bad)
        strategy->chain.builder = (enum ps_builder)form->stack;
    if (stack->value != NULL && chain != NULL && ps_block_entry(chain, "builder")->value != NULL)
        SAY(resolver->reader.diagnostics, stack->key->span, STACK_TWICE);
    ps_resolve_strategy(resolver, (struct ps_strategy_place){.block = block}, strategy);
}

void ps_resolve_strategies(struct ps_resolver *resolver)
{
    const struct ps_form *form = resolver->form;
    struct ps_plan *plan = resolver->plan;
    struct ps_block **blocks = ps_resolve_blocks(resolver, "strategies");

    ps_resolve_unique(resolver, "strategies", "name", "strategy");
    plan->strategy_count = form->strategy_count;
    plan->strategies =
        ps_arena_alloc(resolver->reader.arena, form->strategy_count + 1, sizeof *plan->strategies);
    resolver->unsure_channel =
        ps_arena_alloc(resolver->reader.arena, form->strategy_count + 1, sizeof(bool));
    for (size_t i = 0; i < form->strategy_count; i++) {
        bool mapping = blocks[i]->node->kind == PS_NODE_MAPPING;
        resolver->unsure_channel[i] =
            !mapping || !is_channel_sure(resolver, &form->strategies[i], blocks[i]);
        if (mapping)
            resolve_listed(resolver, &form->strategies[i], blocks[i], &plan->strategies[i]);
    }
}
