/* SPDX-License-Identifier: Apache-2.0
 *
 * Authorities, certificates, keys, stores, endpoints.
 */
#include <string.h>

#include "resolve.h"
#include "values.h"

#define GIVEN(form, table, key) (((form)->given & ps_table_bit(table, key)) != 0)

static const char *const key_type_texts[] = {
#define X(name, text) text,
    PS_KEY_TYPES(X)
#undef X
};
enum { KEY_TYPES = sizeof key_type_texts / sizeof key_type_texts[0], LEAVES_MAX = 100000 };

uint32_t ps_resolve_services(const struct ps_names *names)
{
    uint32_t bits = 0;

    for (size_t i = 0; i < names->count; i++) {
        if (names->items[i] == NULL)
            continue;
        bits |= strcmp(names->items[i], "ocsp") == 0  ? PS_PUBLISH_OCSP
                : strcmp(names->items[i], "crl") == 0 ? PS_PUBLISH_CRL
                                                      : PS_PUBLISH_ISSUER;
    }
    return bits;
}

static void resolve_authorities(struct ps_resolver *resolver)
{
    const struct ps_form *form = resolver->form;
    struct ps_plan *plan = resolver->plan;
    struct ps_block **blocks = ps_resolve_blocks(resolver, "authorities");

    plan->authority_count = form->authority_count;
    plan->authorities = ps_arena_alloc(resolver->reader.arena, form->authority_count + 1,
                                       sizeof *plan->authorities);
    for (size_t i = 0; i < form->authority_count; i++) {
        const struct ps_form_authority *from = &form->authorities[i];
        plan->authorities[i] =
            (struct ps_plan_authority){.name = from->name,
                                       .subject = from->subject,
                                       .key = (enum ps_key_type)from->key,
                                       .publishes = ps_resolve_services(&from->publishes),
                                       .ocsp_lifetime = from->ocsp_lifetime,
                                       .crl_lifetime = from->crl_lifetime};
        const char *wrong = from->subject == NULL ? NULL : ps_dn_check(from->subject);
        if (wrong != NULL)
            SAY(resolver->reader.diagnostics, ps_block_span(blocks[i], "subject"), BAD_DN, wrong);
    }
}

static uint32_t eku_bits(const struct ps_names *eku)
{
    uint32_t bits = 0;

    for (size_t i = 0; i < eku->count; i++) {
        if (eku->items[i] != NULL)
            bits |=
                strcmp(eku->items[i], "server_auth") == 0 ? PS_EKU_SERVER_AUTH : PS_EKU_CLIENT_AUTH;
    }
    return bits;
}

static void resolve_certificates(struct ps_resolver *resolver)
{
    const struct ps_form *form = resolver->form;
    struct ps_plan *plan = resolver->plan;
    struct ps_block **blocks = ps_resolve_blocks(resolver, "certificates");

    plan->certificate_count = form->certificate_count;
    plan->certificates = ps_arena_alloc(resolver->reader.arena, form->certificate_count + 1,
                                        sizeof *plan->certificates);
    for (size_t i = 0; i < form->certificate_count; i++) {
        const struct ps_form_certificate *from = &form->certificates[i];
        struct ps_plan_certificate *to = &plan->certificates[i];

        to->name = from->name;
        to->of =
            ps_resolve_name(resolver, PS_THING_AUTHORITY, from->of, ps_block_span(blocks[i], "of"));
        to->issuer = ps_resolve_name(resolver, PS_THING_AUTHORITY, from->issuer,
                                     ps_block_span(blocks[i], "issuer"));
        to->spec = (struct ps_certificate_spec){
            .subject = to->of == PS_PLAN_NONE ? NULL : plan->authorities[to->of].subject,
            .hash = (enum ps_hash)from->hash,
            .not_before = from->valid.from,
            .not_after = from->valid.until,
            .ca = true,
            .path_length = from->path_length,
            .eku = eku_bits(&from->eku),
        };
        to->next = PS_PLAN_NONE;
        if (from->next != NULL)
            to->next = ps_resolve_name(resolver, PS_THING_AUTHORITY, from->next,
                                       ps_block_span(blocks[i], "next"));
    }
}

/* Certificates, keys and stores share one space of names: a reference may mean any of them. */
static void check_name(struct ps_resolver *resolver, enum ps_thing thing, const char *name,
                       struct ps_span span)
{
    static const struct {
        enum ps_thing thing;
        const char *word, *section;
    } others[] = {{PS_THING_CERTIFICATE, "certificate", "certificates"},
                  {PS_THING_KEY, "key", "keys"},
                  {PS_THING_STORE, "store", "stores"}};

    if (ps_resolve_meant(name) != NULL)
        SAY(resolver->reader.diagnostics, span, NAME_MEANT, name, ps_resolve_meant(name));
    for (size_t i = 0; i < sizeof others / sizeof others[0] && others[i].thing < thing; i++) {
        uint32_t found = ps_resolve_find(resolver, others[i].thing, name);
        if (found == PS_PLAN_NONE)
            continue;
        const struct ps_block *block = ps_resolve_blocks(resolver, others[i].section)[found];
        SAY(resolver->reader.diagnostics, span, NAME_TAKEN, name, others[i].word,
            block->name->span.line + 1);
    }
}

static void check_names(struct ps_resolver *resolver, enum ps_thing thing, const char *section)
{
    struct ps_entry *entry = ps_block_entry(resolver->root, section);

    for (size_t i = 0; i < entry->count; i++)
        check_name(resolver, thing, entry->blocks[i]->name->text, entry->blocks[i]->name->span);
}

static void resolve_keys(struct ps_resolver *resolver)
{
    const struct ps_form *form = resolver->form;
    struct ps_plan *plan = resolver->plan;
    struct ps_block **blocks = ps_resolve_blocks(resolver, "keys");

    plan->key_count = form->key_count;
    plan->keys = ps_arena_alloc(resolver->reader.arena, form->key_count + 1, sizeof *plan->keys);
    for (size_t i = 0; i < form->key_count; i++) {
        plan->keys[i] =
            (struct ps_plan_key){form->keys[i].name, (enum ps_key_type)form->keys[i].type};
        for (size_t type = 0; type < KEY_TYPES; type++) {
            if (strcmp(form->keys[i].name, key_type_texts[type]) == 0)
                SAY(resolver->reader.diagnostics, blocks[i]->name->span, KEY_NAME_TYPE,
                    form->keys[i].name);
        }
    }
}

static void resolve_stores(struct ps_resolver *resolver)
{
    const struct ps_form *form = resolver->form;
    struct ps_plan *plan = resolver->plan;
    struct ps_block **stores = ps_resolve_blocks(resolver, "stores");

    plan->store_count = form->store_count;
    plan->stores =
        ps_arena_alloc(resolver->reader.arena, form->store_count + 1, sizeof *plan->stores);
    for (size_t i = 0; i < form->store_count; i++) {
        const struct ps_form_store *from = &form->stores[i];
        struct ps_plan_store *to = &plan->stores[i];
        struct ps_block **blocks = ps_block_entry(stores[i], "entries")->blocks;

        to->name = from->name;
        to->lag = (struct ps_plan_store_lag){
            .given = ps_block_entry(stores[i], "lag")->value != NULL,
            .additions = from->lag.additions,
            .expiries = from->lag.expiries,
            .distrust = from->lag.distrust,
            .never = from->lag.never,
        };
        to->count = from->count;
        to->entries = ps_arena_alloc(resolver->reader.arena, from->count + 1, sizeof *to->entries);
        for (size_t n = 0; n < from->count; n++) {
            const struct ps_form_store_entry *entry = &from->entries[n];
            bool starts = ps_block_entry(blocks[n], "from")->value != NULL;
            bool ends = ps_block_entry(blocks[n], "until")->value != NULL;
            bool bad =
                ps_block_entry(blocks[n], "from")->bad || ps_block_entry(blocks[n], "until")->bad;

            to->entries[n] = (struct ps_plan_store_entry){
                .certificate = ps_resolve_name(resolver, PS_THING_CERTIFICATE, entry->certificate,
                                               ps_block_span(blocks[n], "certificate")),
                .from = starts ? entry->from : PS_TIME_ALWAYS,
                .until = ends ? entry->until : PS_TIME_NEVER,
            };
            if (starts && ends && !bad && ps_time_compare(entry->until, entry->from) <= 0)
                SAY(resolver->reader.diagnostics, ps_block_span(blocks[n], "until"),
                    UNTIL_BEFORE_FROM);
        }
    }
}

void ps_resolve_world(struct ps_resolver *resolver)
{
    resolve_authorities(resolver);
    resolve_certificates(resolver);
    resolve_keys(resolver);
    resolve_stores(resolver);
    check_names(resolver, PS_THING_CERTIFICATE, "certificates");
    check_names(resolver, PS_THING_KEY, "keys");
    check_names(resolver, PS_THING_STORE, "stores");
}

static void resolve_leaf_key(struct ps_resolver *resolver, const struct ps_form_leaf *form,
                             const struct ps_block *block, struct ps_plan_leaf *leaf)
{
    const struct ps_thing_names *keys = &resolver->things[PS_THING_KEY];

    if (form->key == NULL)
        return;
    leaf->key = ps_resolve_find(resolver, PS_THING_KEY, form->key);
    if (leaf->key != PS_PLAN_NONE) {
        leaf->key_type = resolver->plan->keys[leaf->key].type;
        return;
    }
    for (size_t type = 0; type < KEY_TYPES; type++) {
        if (strcmp(form->key, key_type_texts[type]) == 0) {
            leaf->key_type = (enum ps_key_type)type;
            return;
        }
    }
    if (keys->unknown)
        return;
    const char **candidates =
        ps_arena_alloc(resolver->reader.arena, keys->count + KEY_TYPES, sizeof *candidates);
    memcpy(candidates, key_type_texts, sizeof key_type_texts);
    if (keys->count > 0)
        memcpy(candidates + KEY_TYPES, keys->names, keys->count * sizeof *keys->names);
    ps_resolve_unknown(&resolver->reader, "key or type of key", form->key, candidates,
                       keys->count + KEY_TYPES, ps_block_span(block, "key"));
}

static void resolve_issuers(struct ps_resolver *resolver, const struct ps_form_leaf *form,
                            const struct ps_block *block, struct ps_plan_leaf *leaf)
{
    const struct ps_entry *entry = ps_block_entry(block, "issuer");

    leaf->issuer_count = form->issuers.count;
    leaf->issuers =
        ps_arena_alloc(resolver->reader.arena, form->issuers.count + 1, sizeof *leaf->issuers);
    for (size_t i = 0; i < form->issuers.count; i++)
        leaf->issuers[i] = ps_resolve_name(resolver, PS_THING_AUTHORITY, form->issuers.items[i],
                                           ps_entry_item_span(entry, i));
}

/* Every leaf is a second at which something changes for everybody. */
static void check_leaves(struct ps_resolver *resolver, const struct ps_block *block,
                         const struct ps_plan_leaf *leaf)
{
    char period[PS_TIME_TEXT_MAX], leaves[32];
    int64_t period_s = leaf->lifetime.s - leaf->renew_before.s,
            count = (resolver->form->until.s - resolver->form->from.s) / period_s;

    bool here = ps_block_has(block, "lifetime") || ps_block_has(block, "renew_before");

    if (resolver->window && here && count > LEAVES_MAX)
        SAY(resolver->reader.diagnostics, ps_block_span(block, "lifetime"), LEAVES_MAX,
            ps_duration_format((ps_duration){period_s}, period),
            ps_text_thousands((uint64_t)count, leaves), (int)LEAVES_MAX);
}

static void check_renewal(struct ps_resolver *resolver, const struct ps_block *block,
                          const struct ps_plan_leaf *leaf)
{
    char before[PS_TIME_TEXT_MAX], lifetime[PS_TIME_TEXT_MAX];
    const struct ps_entry *lifetime_entry = ps_block_entry(block, "lifetime");
    const struct ps_entry *before_entry = ps_block_entry(block, "renew_before");

    if (lifetime_entry->bad || before_entry->bad || leaf->lifetime.s == 0)
        return;
    if (leaf->renew_before.s < leaf->lifetime.s) {
        check_leaves(resolver, block, leaf);
        return;
    }
    SAY(resolver->reader.diagnostics,
        ps_block_span(block, before_entry->value != NULL ? "renew_before" : "lifetime"),
        RENEW_BEFORE, ps_duration_format(leaf->renew_before, before),
        ps_duration_format(leaf->lifetime, lifetime));
}

static void resolve_leaf_host(struct ps_resolver *resolver, const struct ps_form_leaf *form,
                              const struct ps_block *block, struct ps_plan_leaf *leaf)
{
    const char *wrong = ps_host_check(form->host);

    if (wrong != NULL) {
        SAY(resolver->reader.diagnostics, ps_block_span(block, "host"), BAD_HOST, "host", wrong);
        return;
    }
    /* A common name that is the host goes with it. */
    if (leaf->subject_cn == NULL || strcmp(leaf->subject_cn, leaf->host) == 0)
        leaf->subject_cn = form->host;
    leaf->host = form->host;
}

static bool is_common_name_given(const struct ps_form_leaf *form)
{
    return GIVEN(form, &ps_leaf_table, "common_name") || GIVEN(form, &ps_leaf_table, "host");
}

void ps_resolve_leaf(struct ps_resolver *resolver, const struct ps_form_leaf *form,
                     const struct ps_block *block, bool whole, struct ps_plan_leaf *leaf)
{
    const struct ps_table *table = &ps_leaf_table;
    /* What was wrong before is said already. */
    bool renewable = whole || leaf->renew_before.s < leaf->lifetime.s;

    if (block->node == NULL || block->node->kind != PS_NODE_MAPPING)
        return;
    if (whole || GIVEN(form, table, "issuer"))
        resolve_issuers(resolver, form, block, leaf);
    if (whole || GIVEN(form, table, "key"))
        resolve_leaf_key(resolver, form, block, leaf);
    if (whole || GIVEN(form, table, "signed"))
        leaf->hash = (enum ps_hash)form->hash;
    if (whole || GIVEN(form, table, "lifetime"))
        leaf->lifetime = form->lifetime;
    if (whole || GIVEN(form, table, "renew_before"))
        leaf->renew_before = form->renew_before;
    if (whole || GIVEN(form, table, "new_key"))
        leaf->new_key = form->new_key;
    if (whole || GIVEN(form, table, "must_staple"))
        leaf->must_staple = form->must_staple;
    if (GIVEN(form, table, "host") && form->host != NULL)
        resolve_leaf_host(resolver, form, block, leaf);
    if (GIVEN(form, table, "common_name") && form->common_name != NULL)
        leaf->subject_cn = form->common_name;
    if (whole || GIVEN(form, table, "san"))
        leaf->san = form->san;
    if (renewable)
        check_renewal(resolver, block, leaf);
    if (!whole && !is_common_name_given(form))
        return;
    size_t characters = leaf->subject_cn == NULL ? 0 : ps_character_count(leaf->subject_cn);
    if (characters > 64)
        SAY(resolver->reader.diagnostics,
            ps_block_span(block, GIVEN(form, table, "common_name") ? "common_name" : "host"),
            COMMON_NAME_LENGTH, characters);
}

void ps_resolve_chains(struct ps_resolver *resolver, const struct ps_form_chains *form,
                       struct ps_plan_chain **ret_chains, size_t *ret_count)
{
    struct ps_arena *arena = resolver->reader.arena;
    struct ps_plan_chain *chains = ps_arena_alloc(arena, form->count + 1, sizeof *chains);

    for (size_t i = 0; i < form->count; i++) {
        const struct ps_form_chain *from = &form->items[i];
        chains[i].issuer = PS_PLAN_NONE;
        if (from->issuer_node != NULL)
            chains[i].issuer = ps_resolve_name(resolver, PS_THING_AUTHORITY, from->issuer,
                                               from->issuer_node->span);
        chains[i].count = from->certificates.count;
        chains[i].certificates =
            ps_arena_alloc(arena, from->certificates.count + 1, sizeof(uint32_t));
        for (size_t n = 0; n < from->certificates.count; n++)
            chains[i].certificates[n] =
                ps_resolve_name(resolver, PS_THING_CERTIFICATE, from->certificates.items[n],
                                from->node->items[n]->span);
    }
    *ret_chains = chains;
    *ret_count = form->count;
}

void ps_resolve_coverage(struct ps_resolver *resolver, const struct ps_plan_leaf *leaf,
                         const struct ps_plan_chain *chains, size_t count, struct ps_span span)
{
    if (count == 0)
        return;
    for (size_t i = 0; i < leaf->issuer_count; i++) {
        bool covered = leaf->issuers[i] == PS_PLAN_NONE;
        for (size_t n = 0; n < count; n++)
            covered |= chains[n].issuer == PS_PLAN_NONE || chains[n].issuer == leaf->issuers[i];
        if (covered)
            continue;
        const char *name = resolver->plan->authorities[leaf->issuers[i]].name;
        SAY(resolver->reader.diagnostics, span, CHAIN_UNCOVERED, name, name);
    }
}

static void resolve_clients(struct ps_resolver *resolver, const struct ps_form_clients *form,
                            const struct ps_block *endpoint, struct ps_plan_endpoint *to)
{
    const struct ps_block *block = ps_block_entry(endpoint, "clients")->block;

    to->client_dates = form->dates;
    to->client_anchor_count = form->anchors.count;
    to->client_anchors =
        ps_arena_alloc(resolver->reader.arena, form->anchors.count + 1, sizeof(uint32_t));
    for (size_t i = 0; i < form->anchors.count; i++)
        to->client_anchors[i] =
            ps_resolve_name(resolver, PS_THING_CERTIFICATE, form->anchors.items[i],
                            ps_entry_item_span(ps_block_entry(block, "anchors"), i));
}

void ps_resolve_endpoints(struct ps_resolver *resolver)
{
    const struct ps_form *form = resolver->form;
    struct ps_plan *plan = resolver->plan;
    struct ps_block **blocks = ps_resolve_blocks(resolver, "endpoints");

    plan->endpoint_count = form->endpoint_count;
    plan->endpoints =
        ps_arena_alloc(resolver->reader.arena, form->endpoint_count + 1, sizeof *plan->endpoints);
    for (size_t i = 0; i < form->endpoint_count; i++) {
        const struct ps_form_endpoint *from = &form->endpoints[i];
        struct ps_plan_endpoint *to = &plan->endpoints[i];
        const char *wrong = from->host == NULL ? NULL : ps_host_check(from->host);

        to->name = from->name;
        to->host = from->host;
        if (wrong != NULL)
            SAY(resolver->reader.diagnostics, ps_block_span(blocks[i], "host"), BAD_HOST, "host",
                wrong);
        to->leaf.key = PS_PLAN_NONE;
        to->leaf.host = to->leaf.subject_cn = wrong == NULL ? from->host : NULL;
        const struct ps_block *leaf = ps_block_entry(blocks[i], "leaf")->block;
        if (leaf != NULL)
            ps_resolve_leaf(resolver, &from->leaf, leaf, true, &to->leaf);
        ps_resolve_chains(resolver, &from->chains, &to->chains, &to->chain_count);
        if (!ps_block_entry(blocks[i], "chain")->bad)
            ps_resolve_coverage(resolver, &to->leaf, to->chains, to->chain_count,
                                ps_block_key_span(blocks[i], "chain"));
        ps_resolve_chains(resolver, &from->alternates, &to->alternates, &to->alternate_count);
        to->staple = from->staple;
        to->tlsa = (enum ps_plan_tlsa)from->tlsa;
        to->asks_clients = ps_block_entry(blocks[i], "clients")->value != NULL;
        if (to->asks_clients)
            resolve_clients(resolver, &from->clients, blocks[i], to);
    }
}
