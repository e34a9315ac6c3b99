/* SPDX-License-Identifier: Apache-2.0
 *
 * Certificates, keys and lists that are sent. Every certificate of an authority that publishes says
 * where; one that is self-signed does not, because nobody asks about it.
 */
#include "simulation/material_private.h"

#include <stdlib.h>
#include <string.h>

/* "http://status.test/ocsp/r3"; NULL, if that is not published. */
static char *url_of(const struct ps_plan_authority *authority, uint32_t service, const char *what)
{
    if ((authority->publishes & service) == 0)
        return NULL;
    return ps_format("http://status.test/%s/%s", what, authority->name);
}

static void name_urls(struct ps_material *m)
{
    for (size_t i = 0; i < m->plan->authority_count; i++) {
        const struct ps_plan_authority *a = &m->plan->authorities[i];
        m->urls[i] = (struct ps_material_urls){.ocsp = url_of(a, PS_PUBLISH_OCSP, "ocsp"),
                                               .crl = url_of(a, PS_PUBLISH_CRL, "crl"),
                                               .issuer = url_of(a, PS_PUBLISH_ISSUER, "issuer")};
    }
}

static void say_urls(const struct ps_material *m, uint32_t issuer, struct ps_certificate_spec *spec)
{
    spec->ocsp_url = m->urls[issuer].ocsp;
    spec->crl_url = m->urls[issuer].crl;
    spec->issuer_url = m->urls[issuer].issuer;
}

ps_status ps_mint_plan(struct ps_material *m, struct ps_error *err)
{
    const struct ps_plan *plan = m->plan;
    name_urls(m);
    for (size_t i = 0; i < plan->authority_count; i++)
        PS_TRY(ps_ca_key(m->ca, plan->authorities[i].key, &m->authority_keys[i], err));
    for (size_t i = 0; i < plan->certificate_count; i++) {
        const struct ps_plan_certificate *c = &plan->certificates[i];
        struct ps_certificate_spec spec = c->spec;
        if (c->issuer != c->of)
            say_urls(m, c->issuer, &spec);
        ps_status s = ps_ca_issue(m->ca, &spec, m->authority_keys[c->of],
                                  plan->authorities[c->issuer].subject,
                                  m->authority_keys[c->issuer], &m->certificates[i], err);
        if (!ps_is_ok(s))
            return ps_wrap(err, s, "certificate '%s'", c->name);
    }
    PS_TRY(ps_ca_release_key(m->ca, &m->release_key, err));
    return ps_ca_release_secret(m->ca, &m->release_secret, err);
}

/* Room for element `number`, with `made` false where it is new. */
static void *with_room(void *items, bool **made, size_t *capacity, size_t *made_capacity,
                       size_t number, size_t element_bytes)
{
    size_t before = *made_capacity;
    items = ps_grow(items, capacity, number + 1, element_bytes);
    *made = ps_grow(*made, made_capacity, number + 1, sizeof **made);
    memset(*made + before, 0, (*made_capacity - before) * sizeof **made);
    return items;
}

ps_status ps_mint_key(struct ps_material *m, const struct ps_world *world, uint32_t number,
                      ps_key_id *ret_key, struct ps_error *err)
{
    m->world_keys = with_room(m->world_keys, &m->world_key_made, &m->world_key_capacity,
                              &m->world_key_made_capacity, number, sizeof *m->world_keys);
    if (!m->world_key_made[number]) {
        PS_TRY(ps_ca_key(m->ca, world->keys[number].type, &m->world_keys[number], err));
        m->world_key_made[number] = true;
    }
    *ret_key = m->world_keys[number];
    return PS_OK;
}

static ps_status issue_leaf(struct ps_material *m, const struct ps_world *world,
                            struct ps_target target, ps_certificate_id *ret_leaf,
                            struct ps_error *err)
{
    const struct ps_leaf *leaf = &world->leaves[target.number];
    const struct ps_leaf_line *line = &world->lines[leaf->line];
    ps_key_id key;
    PS_TRY(ps_mint_key(m, world, leaf->key, &key, err));
    char *subject = ps_format("CN=%s", line->leaf.subject_cn);
    struct ps_certificate_spec spec = {
        .subject = subject,
        .host = line->leaf.san ? line->leaf.host : NULL,
        .hash = line->leaf.hash,
        .not_before = leaf->not_before,
        .not_after = leaf->not_after,
        .path_length = PS_PATH_LENGTH_NONE,
        .eku = PS_EKU_SERVER_AUTH,
        .must_staple = line->leaf.must_staple || target.kind == PS_TARGET_STAPLE_LEAF,
    };
    say_urls(m, leaf->issuer, &spec);
    ps_status s = ps_ca_issue(m->ca, &spec, key, m->plan->authorities[leaf->issuer].subject,
                              m->authority_keys[leaf->issuer], ret_leaf, err);
    free(subject);
    if (!ps_is_ok(s))
        return ps_wrap(err, s, "leaf of endpoint '%s'", m->plan->endpoints[line->endpoint].name);
    return PS_OK;
}

ps_status ps_mint_leaf(struct ps_material *m, const struct ps_world *world, struct ps_target target,
                       ps_certificate_id *ret_leaf, struct ps_error *err)
{
    struct ps_material_leaves *leaves =
        target.kind == PS_TARGET_STAPLE_LEAF ? &m->staple_twins : &m->leaves;
    leaves->ids = with_room(leaves->ids, &leaves->made, &leaves->capacity, &leaves->made_capacity,
                            target.number, sizeof *leaves->ids);
    if (!leaves->made[target.number]) {
        PS_TRY(issue_leaf(m, world, target, &leaves->ids[target.number], err));
        leaves->made[target.number] = true;
    }
    *ret_leaf = leaves->ids[target.number];
    return PS_OK;
}

/* A list that is sent after a leaf, as the fake CA numbers it. */
struct sent {
    ps_certificate_id *ids; /* to be freed */
    size_t count, capacity;
};

static void send(const struct ps_material *m, uint32_t certificate, struct sent *sent)
{
    if (certificate != PS_PLAN_NONE)
        PS_PUSH(sent->ids, sent->count, sent->capacity, m->certificates[certificate]);
}

static void send_chain(const struct ps_material *m, const struct ps_plan_chain *chain,
                       struct sent *sent)
{
    for (size_t i = 0; chain && i < chain->count; i++)
        send(m, chain->certificates[i], sent);
}

static ps_status attack_make(struct ps_material *m, const struct ps_world *world,
                             const struct ps_contact_spec *spec, struct ps_presentation *ret_made,
                             struct ps_error *err)
{
    struct ps_validity validity = ps_attack_validity(m->plan);
    struct ps_attack_parts parts = ps_attack_parts(world, spec);
    struct ps_attack_options options = {.host = m->plan->endpoints[spec->endpoint].host,
                                        .not_before = validity.not_before,
                                        .not_after = validity.not_after,
                                        .own_ocsp_url = PS_OWN_OCSP_URL,
                                        .own_crl_url = PS_OWN_CRL_URL};
    if (parts.leaf != PS_PLAN_NONE)
        PS_TRY(ps_mint_leaf(m, world, ps_presented_leaf(world, spec).certificate,
                            &options.stolen_leaf, err));
    if (parts.key != PS_PLAN_NONE)
        PS_TRY(ps_mint_key(m, world, parts.key, &options.stolen_key, err));
    if (parts.issuer != PS_PLAN_NONE) {
        options.issuer_dn = m->plan->authorities[parts.issuer].subject;
        options.issuer_key = m->authority_keys[parts.issuer];
    }
    if (parts.issuer != PS_PLAN_NONE && !parts.own_ca_is_false) {
        options.ocsp_url = m->urls[parts.issuer].ocsp;
        options.crl_url = m->urls[parts.issuer].crl;
        options.issuer_url = m->urls[parts.issuer].issuer;
    }
    struct sent sent = {0};
    send(m, parts.certificate, &sent);
    send_chain(m, parts.chain, &sent);
    send(m, ps_answers_sent_root(world, spec), &sent);
    options.chain = sent.ids;
    options.chain_count = sent.count;
    ps_status s = ps_ca_attack(m->ca, ps_attack_of(world, spec), &options, ret_made, err);
    free(sent.ids);
    return s;
}

static void add_alternates(const struct ps_material *m, const struct ps_serving *serving,
                           struct ps_presentation *made)
{
    made->alternates = ps_alloc(serving->alternate_count + 1, sizeof *made->alternates);
    for (size_t i = 0; i < serving->alternate_count; i++) {
        struct sent sent = {0};
        send_chain(m, &serving->alternates[i], &sent);
        made->alternates[made->alternate_count++] =
            (struct ps_presentation_alternate){sent.ids, sent.count};
    }
}

static ps_status genuine_make(struct ps_material *m, const struct ps_world *world,
                              const struct ps_contact_spec *spec, struct ps_presentation *ret_made,
                              struct ps_error *err)
{
    const struct ps_leaf *leaf = &world->leaves[spec->leaf];
    PS_TRY(ps_mint_key(m, world, leaf->key, &ret_made->leaf_key, err));
    PS_TRY(ps_mint_leaf(m, world, (struct ps_target){PS_TARGET_LEAF, spec->leaf}, &ret_made->leaf,
                        err));
    struct sent sent = {0};
    send_chain(m, ps_world_chain(world, spec->serving, leaf->issuer), &sent);
    send(m, ps_answers_sent_root(world, spec), &sent);
    ret_made->chain = sent.ids;
    ret_made->chain_count = sent.count;
    add_alternates(m, &world->servings[spec->serving], ret_made);
    return PS_OK;
}

static void note_chain_bytes(struct ps_material *m, const struct ps_presentation *p)
{
    size_t bytes = ps_ca_der_size_max(m->ca, p->leaf);
    for (size_t i = 0; i < p->chain_count; i++)
        bytes += ps_ca_der_size_max(m->ca, p->chain[i]);
    if (bytes > m->chain_bytes_max)
        m->chain_bytes_max = bytes;
}

ps_status ps_mint_presentation(struct ps_material *m, const struct ps_world *world,
                               const struct ps_contact_spec *spec,
                               const struct ps_presentation **ret_presentation,
                               struct ps_error *err)
{
    bool probe = spec->kind == PS_KIND_PROBE;
    uint32_t root = ps_answers_sent_root(world, spec);
    uint32_t identity[7] = {spec->serving, 0, 0, 0, spec->leaf, 0, root};
    if (probe) { /* he mints once per issuer and chain, not at every renewal of the genuine leaf */
        struct ps_attack_parts parts = ps_attack_parts(world, spec);
        const uint32_t parts_of[7] = {parts.serving,
                                      (uint32_t)ps_attack_of(world, spec) + 1,
                                      parts.certificate,
                                      parts.issuer,
                                      parts.leaf,
                                      parts.key,
                                      root};
        memcpy(identity, parts_of, sizeof identity);
    }
    bool is_new;
    uint32_t number = ps_intern(&m->presentation_index, identity, sizeof identity, &is_new);
    if (is_new) {
        struct ps_presentation *made = ps_alloc(1, sizeof *made);
        PS_PUSH(m->presentations, m->presentation_count, m->presentation_capacity, made);
        PS_TRY(probe ? attack_make(m, world, spec, made, err)
                     : genuine_make(m, world, spec, made, err));
    }
    if (spec->kind == PS_KIND_TELEMETRY) /* also when an update was sent the same chain before */
        note_chain_bytes(m, m->presentations[number]);
    *ret_presentation = m->presentations[number];
    return PS_OK;
}

static void leaves_deinit(struct ps_material_leaves *leaves)
{
    free(leaves->ids);
    free(leaves->made);
}

void ps_mint_deinit(struct ps_material *m)
{
    for (size_t i = 0; i < m->presentation_count; i++) {
        struct ps_presentation *p = m->presentations[i];
        for (size_t k = 0; k < p->alternate_count; k++)
            free(p->alternates[k].chain);
        free(p->alternates);
        free(p->chain);
        free(p);
    }
    for (size_t i = 0; i < m->plan->authority_count; i++) {
        free(m->urls[i].ocsp);
        free(m->urls[i].crl);
        free(m->urls[i].issuer);
    }
    ps_intern_deinit(&m->presentation_index);
    free(m->presentations);
    free(m->urls);
    free(m->authority_keys);
    free(m->certificates);
    free(m->world_keys);
    free(m->world_key_made);
    leaves_deinit(&m->leaves);
    leaves_deinit(&m->staple_twins);
}
