/* SPDX-License-Identifier: Apache-2.0
 *
 * What publishers, staples and DNS answer in a contact. OCSP answers and CRLs are kept by what they
 * say and when they were made: most contacts of a day are told the same bytes.
 */
#include "simulation/material_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "engine/status.h"
#include "fake-ca/publish.h"

/* Who signs an answer. */
struct signer {
    const char *dn;
    ps_key_id key;
};

/* One job under way. */
struct publishing {
    struct ps_material *m;
    const struct ps_world *world;
    const struct ps_contact_spec *spec;
    const struct ps_presentation *presentation;
    const struct ps_asked_list *asked;
    struct ps_published *items; /* to be freed */
    size_t count, capacity;
};

static struct signer signer_of(const struct publishing *p, const struct ps_issued *issued)
{
    const struct ps_material *m = p->m;
    if (!issued->issuer_is_his)
        return (struct signer){m->plan->authorities[issued->issuer].subject,
                               m->authority_keys[issued->issuer]};
    ps_certificate_id ca = p->presentation->chain[0];
    return (struct signer){ps_ca_subject(m->ca, ca), ps_ca_certificate_key(m->ca, ca)};
}

static ps_status certificate_of(const struct publishing *p, struct ps_target target,
                                ps_certificate_id *ret_certificate, struct ps_error *err)
{
    switch ((enum ps_target_kind)target.kind) {
    case PS_TARGET_CERTIFICATE:
        *ret_certificate = p->m->certificates[target.number];
        break;
    case PS_TARGET_LEAF:
    case PS_TARGET_STAPLE_LEAF:
        return ps_mint_leaf(p->m, p->world, target, ret_certificate, err);
    case PS_TARGET_ATTACK_LEAF:
        *ret_certificate = p->presentation->leaf;
        break;
    case PS_TARGET_ATTACK_CA:
        *ret_certificate = p->presentation->chain[0];
        break;
    case PS_TARGET_NONE:
    case PS_TARGET_KEY:
        assert(!"a certificate");
    }
    return PS_OK;
}

/* The event's date, or since when the attack presumes it. */
static ps_time revoked_at(const struct publishing *p, struct ps_target target)
{
    for (size_t i = 0; i < p->world->revocation_count; i++)
        if (ps_target_is(p->world->revocations[i].target, target))
            return p->world->revocations[i].at;
    return p->m->plan->threats[p->spec->threat].from;
}

/* Bytes that were made before, or an empty buffer to make them in. */
static struct ps_buffer *body_of(struct ps_material *m, const struct ps_buffer *identity,
                                 bool *ret_new)
{
    uint32_t number = ps_intern(&m->body_index, identity->data, identity->size, ret_new);
    if (*ret_new)
        PS_PUSH(m->bodies, m->body_count, m->body_capacity, (struct ps_buffer){0});
    return &m->bodies[number];
}

struct ocsp {
    struct ps_issued about;
    bool revoked;
    ps_time made;
    ps_duration lifetime;
};

static ps_status ocsp_get(const struct publishing *p, const struct ocsp *ocsp,
                          struct ps_bytes *ret_body, struct ps_error *err)
{
    struct signer signer = signer_of(p, &ocsp->about);
    struct ps_ocsp_options options = {.issuer_dn = signer.dn,
                                      .issuer_key = signer.key,
                                      .revoked = ocsp->revoked,
                                      .this_update = ocsp->made,
                                      .next_update = {ocsp->made.s + ocsp->lifetime.s}};
    PS_TRY(certificate_of(p, ocsp->about.certificate, &options.certificate, err));
    if (ocsp->revoked)
        options.revoked_at = revoked_at(p, ocsp->about.certificate);
    const int64_t identity[] = {PS_PUBLISH_OCSP,      options.certificate.n, ocsp->revoked,
                                options.revoked_at.s, options.this_update.s, options.next_update.s};
    struct ps_buffer key = {0};
    bool is_new;
    ps_buffer_append(&key, identity, sizeof identity);
    struct ps_buffer *body = body_of(p->m, &key, &is_new);
    ps_buffer_deinit(&key);
    if (is_new)
        PS_TRY(ps_ca_ocsp(p->m->ca, &options, body, err));
    *ret_body = (struct ps_bytes){body->data, body->size};
    return PS_OK;
}

/* The thisUpdate of what this contact is told about a certificate. */
static ps_time made_for(const struct publishing *p, struct ps_target target)
{
    ps_time made = ps_answer_day(p->world, p->spec, target).made;
    return ps_answer_this_update(p->world, p->spec, made);
}

/* Of one issuer: what the world has revoked by then, and what the contact presumes. */
struct crl_entries {
    struct ps_crl_entry *all; /* to be freed */
    size_t count, capacity;
};

static ps_status add_revoked(const struct publishing *p, struct ps_target target,
                             struct crl_entries *entries, struct ps_error *err)
{
    struct ps_crl_entry entry = {.revoked_at = revoked_at(p, target)};
    PS_TRY(certificate_of(p, target, &entry.certificate, err));
    for (size_t i = 0; i < entries->count; i++)
        if (entries->all[i].certificate.n == entry.certificate.n)
            return PS_OK;
    PS_PUSH(entries->all, entries->count, entries->capacity, entry);
    return PS_OK;
}

static uint32_t issuer_of(const struct publishing *p, struct ps_target target)
{
    if (target.kind == PS_TARGET_CERTIFICATE)
        return p->m->plan->certificates[target.number].issuer;
    return p->world->leaves[target.number].issuer;
}

static ps_status find_revoked(const struct publishing *p, const struct ps_issued *of,
                              struct crl_entries *entries, struct ps_error *err)
{
    bool replayed = ps_answers_are_replayed(p->world, p->spec);
    for (size_t i = 0; i < p->world->revocation_count && !of->issuer_is_his && !replayed; i++) {
        const struct ps_world_revocation *r = &p->world->revocations[i];
        if (r->at.s <= p->spec->at.s && issuer_of(p, r->target) == of->issuer)
            PS_TRY(add_revoked(p, r->target, entries, err));
    }
    for (size_t i = 0; i < p->asked->count; i++) {
        const struct ps_asked *asked = &p->asked->items[i];
        if (asked->revoked && asked->issued.issuer == of->issuer &&
            asked->issued.issuer_is_his == of->issuer_is_his)
            PS_TRY(add_revoked(p, asked->issued.certificate, entries, err));
    }
    return PS_OK;
}

static ps_status crl_make(const struct publishing *p, const struct ps_issued *of,
                          const struct crl_entries *entries, struct ps_bytes *ret_body,
                          struct ps_error *err)
{
    struct signer signer = signer_of(p, of);
    struct ps_crl_options options = {.issuer_dn = signer.dn,
                                     .issuer_key = signer.key,
                                     .revoked = entries->all,
                                     .revoked_count = entries->count,
                                     .this_update = made_for(p, of->certificate)};
    options.next_update.s = options.this_update.s + ps_answer_lifetimes(p->world, of).crl.s;
    const int64_t identity[] = {PS_PUBLISH_CRL, signer.key.n, options.this_update.s,
                                options.next_update.s};
    struct ps_buffer key = {0};
    bool is_new;
    ps_buffer_append(&key, identity, sizeof identity);
    for (size_t i = 0; i < entries->count; i++) {
        const int64_t entry[] = {entries->all[i].certificate.n, entries->all[i].revoked_at.s};
        ps_buffer_append(&key, entry, sizeof entry);
    }
    struct ps_buffer *body = body_of(p->m, &key, &is_new);
    ps_buffer_deinit(&key);
    if (is_new)
        PS_TRY(ps_ca_crl(p->m->ca, &options, body, err));
    *ret_body = (struct ps_bytes){body->data, body->size};
    return PS_OK;
}

static ps_status crl_get(const struct publishing *p, const struct ps_issued *of,
                         struct ps_bytes *ret_body, struct ps_error *err)
{
    struct crl_entries entries = {0};
    ps_status s = find_revoked(p, of, &entries, err);
    if (ps_is_ok(s))
        s = crl_make(p, of, &entries, ret_body, err);
    free(entries.all);
    return s;
}

/* What is behind "http://host". */
static const char *path_of(const char *url)
{
    return strchr(strstr(url, "//") + 2, '/');
}

static const char *place_of(const struct publishing *p, const struct ps_issued *issued,
                            uint32_t service)
{
    if (issued->issuer_is_his)
        return service == PS_PUBLISH_OCSP ? PS_OWN_OCSP_PATH : PS_OWN_CRL_PATH;
    const struct ps_material_urls *urls = &p->m->urls[issued->issuer];
    return path_of(service == PS_PUBLISH_OCSP  ? urls->ocsp
                   : service == PS_PUBLISH_CRL ? urls->crl
                                               : urls->issuer);
}

static void publish(struct publishing *p, struct ps_published item)
{
    for (size_t i = 0; i < p->count && item.what != PS_PUBLISH_OCSP; i++)
        if (strcmp(p->items[i].path, item.path) == 0)
            return;
    PS_PUSH(p->items, p->count, p->capacity, item);
}

/* Everything that can be had about one certificate. */
static ps_status publish_about(struct publishing *p, const struct ps_asked *asked,
                               struct ps_error *err)
{
    static const uint32_t services[] = {PS_PUBLISH_OCSP, PS_PUBLISH_CRL, PS_PUBLISH_ISSUER};
    for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
        if ((asked->services & services[i]) == 0)
            continue;
        struct ps_published item = {.what = services[i],
                                    .path = place_of(p, &asked->issued, services[i]),
                                    .down = (asked->down & services[i]) != 0};
        PS_TRY(certificate_of(p, asked->issued.certificate, &item.about, err));
        const struct ocsp ocsp = {asked->issued, asked->revoked,
                                  made_for(p, asked->issued.certificate),
                                  ps_answer_lifetimes(p->world, &asked->issued).ocsp};
        if (item.down)
            ;
        else if (services[i] == PS_PUBLISH_OCSP)
            PS_TRY(ocsp_get(p, &ocsp, &item.body, err));
        else if (services[i] == PS_PUBLISH_CRL)
            PS_TRY(crl_get(p, &asked->issued, &item.body, err));
        else if (asked->handed_out == PS_PLAN_NONE)
            continue;
        else
            item.body = ps_ca_der(p->m->ca, p->m->certificates[asked->handed_out]);
        publish(p, item);
    }
    return PS_OK;
}

static ps_status publish_all(struct publishing *p, struct ps_job *job, struct ps_error *err)
{
    struct ps_material *m = p->m;
    for (size_t i = 0; i < p->asked->count; i++)
        PS_TRY(publish_about(p, &p->asked->items[i], err));
    if (p->count == 0)
        return PS_OK;
    struct ps_buffer key = {0};
    for (size_t i = 0; i < p->count; i++) {
        const struct ps_published *item = &p->items[i];
        const uintptr_t identity[] = {item->what, (uintptr_t)item->path, item->about.n, item->down,
                                      (uintptr_t)item->body.data};
        ps_buffer_append(&key, identity, sizeof identity);
    }
    bool is_new;
    uint32_t number = ps_intern(&m->list_index, key.data, key.size, &is_new);
    ps_buffer_deinit(&key);
    if (is_new)
        PS_PUSH(m->lists, m->list_count, m->list_capacity,
                ps_memdup(p->items, p->count * sizeof *p->items));
    job->published = m->lists[number];
    job->published_count = p->count;
    return PS_OK;
}

static ps_status staple(struct publishing *p, struct ps_job *job, struct ps_error *err)
{
    struct ps_stapled stapled = ps_stapled_of(p->world, p->spec);
    if (!stapled.present)
        return PS_OK;
    const struct ocsp ocsp = {ps_presented_leaf(p->world, p->spec), stapled.revoked,
                              ps_answer_this_update(p->world, p->spec, stapled.made),
                              stapled.lifetime};
    return ocsp_get(p, &ocsp, &job->staple, err);
}

static ps_status tell_dns(const struct publishing *p, const struct ps_strategy *strategy,
                          struct ps_job *job, struct ps_error *err)
{
    struct ps_material *m = p->m;
    struct ps_target target = p->spec->tlsa;
    ps_certificate_id certificate;
    if (target.kind == PS_TARGET_NONE)
        return PS_OK;
    PS_TRY(certificate_of(p, target, &certificate, err));
    uint32_t identity[] = {(uint32_t)strategy->chain.tlsa, certificate.n};
    bool is_new;
    uint32_t number = ps_intern(&m->tlsa_index, identity, sizeof identity, &is_new);
    if (is_new) {
        struct ps_tlsa *record = ps_alloc(1, sizeof *record);
        record->form = strategy->chain.tlsa;
        record->certificate = ps_ca_der(m->ca, certificate);
        PS_PUSH(m->tlsas, m->tlsa_count, m->tlsa_capacity, record);
    }
    job->tlsa = m->tlsas[number];
    job->tlsa_count = 1;
    return PS_OK;
}

ps_status ps_publication_fill(struct ps_material *m, const struct ps_world *world,
                              const struct ps_trusts *trusts, const struct ps_contact_spec *spec,
                              struct ps_job *job, struct ps_error *err)
{
    const struct ps_trust_state *trust = ps_trusts_at(trusts, spec->trust);
    struct ps_asked_list asked;
    ps_asked_list_init(&asked, world, trusts, spec);
    struct publishing p = {
        .m = m, .world = world, .spec = spec, .presentation = job->presentation, .asked = &asked};
    ps_status s = publish_all(&p, job, err);
    if (ps_is_ok(s) && trust->reads_staple)
        s = staple(&p, job, err);
    if (ps_is_ok(s) && trust->reads_tlsa)
        s = tell_dns(&p, &m->plan->strategies[trust->strategy], job, err);
    free(p.items);
    ps_asked_list_deinit(&asked);
    return ps_is_ok(s) ? s : ps_wrap(err, s, "what is published");
}

void ps_publication_deinit(struct ps_material *m)
{
    for (size_t i = 0; i < m->body_count; i++)
        ps_buffer_deinit(&m->bodies[i]);
    for (size_t i = 0; i < m->list_count; i++)
        free(m->lists[i]);
    for (size_t i = 0; i < m->tlsa_count; i++)
        free(m->tlsas[i]);
    free(m->bodies);
    free(m->lists);
    free(m->tlsas);
    ps_intern_deinit(&m->body_index);
    ps_intern_deinit(&m->list_index);
    ps_intern_deinit(&m->tlsa_index);
}
