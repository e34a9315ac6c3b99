/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of a material share: material.c (its life, and jobs), mint.c (certificates, keys
 * and lists that are sent), carried.c (what devices carry), publication.c (what publishers, staples
 * and DNS answer), shown.c (what devices show).
 */
#ifndef HARNESS_SIMULATION_MATERIAL_PRIVATE_H
#define HARNESS_SIMULATION_MATERIAL_PRIVATE_H

#include "engine/answers.h"
#include "engine/attack.h"
#include "simulation/material.h"

/* Where the attacker's own CA publishes; no authority has a name with a slash. */
#define PS_OWN_OCSP_PATH "/ocsp/his/own"
#define PS_OWN_CRL_PATH  "/crl/his/own"
#define PS_OWN_OCSP_URL  "http://attacker.test" PS_OWN_OCSP_PATH
#define PS_OWN_CRL_URL   "http://attacker.test" PS_OWN_CRL_PATH

/* Where an authority publishes, by the services of PS_PUBLISH_; NULL: it does not. */
struct ps_material_urls {
    char *ocsp, *crl, *issuer; /* owned */
};

/* Leaves and keys by the world's numbers, as far as they were needed. */
struct ps_material_leaves {
    ps_certificate_id *ids;
    bool *made;
    size_t capacity, made_capacity;
};

struct ps_material {
    const struct ps_plan *plan;
    struct ps_ca *ca;
    ps_key_id *authority_keys;
    struct ps_material_urls *urls;   /* by authority */
    ps_certificate_id *certificates; /* by plan certificate */
    ps_key_id *world_keys;           /* by world key */
    bool *world_key_made;
    size_t world_key_capacity, world_key_made_capacity;
    struct ps_material_leaves leaves, staple_twins; /* by world leaf */
    struct ps_intern presentation_index;
    struct ps_presentation **presentations; /* each on its own: addresses are cache keys */
    size_t presentation_count, presentation_capacity;
    struct ps_material_trust **trusts; /* by trust number; NULL: not needed yet */
    size_t trust_capacity;
    struct ps_intern dated_index;
    struct ps_trust_options **dated_trusts; /* each on its own */
    size_t dated_count, dated_capacity;
    struct ps_material_release **releases;
    size_t release_count, release_capacity;
    struct ps_bytes release_key, release_secret;
    struct ps_intern body_index;
    struct ps_buffer *bodies; /* what was published, DER */
    size_t body_count, body_capacity;
    struct ps_intern list_index;
    struct ps_published **lists; /* each on its own */
    size_t list_count, list_capacity;
    struct ps_intern tlsa_index;
    struct ps_tlsa **tlsas; /* each on its own */
    size_t tlsa_count, tlsa_capacity;
    size_t chain_bytes_max;
    struct ps_credential *credential; /* of every device; NULL: nobody asks for one */
    struct ps_intern client_index;
    ps_certificate_id *client_certificates;
    size_t client_certificate_count, client_certificate_capacity;
    struct ps_intern clients_index;
    struct ps_material_clients **clients; /* whom servers accept; each on its own */
    size_t clients_count, clients_capacity;
};

/* material.c: what the release of an event, or none, has for a version. */
uint32_t ps_release_version(uint32_t event);

/* mint.c */
PS_MUST_USE ps_status ps_mint_plan(struct ps_material *m, struct ps_error *err);
PS_MUST_USE ps_status ps_mint_key(struct ps_material *m, const struct ps_world *world,
                                  uint32_t number, ps_key_id *ret_key, struct ps_error *err);
/* `target` is a LEAF or a STAPLE_LEAF. */
PS_MUST_USE ps_status ps_mint_leaf(struct ps_material *m, const struct ps_world *world,
                                   struct ps_target target, ps_certificate_id *ret_leaf,
                                   struct ps_error *err);
PS_MUST_USE ps_status ps_mint_presentation(struct ps_material *m, const struct ps_world *world,
                                           const struct ps_contact_spec *spec,
                                           const struct ps_presentation **ret_presentation,
                                           struct ps_error *err);
void ps_mint_deinit(struct ps_material *m);

/* carried.c */
PS_MUST_USE ps_status ps_carried_get(struct ps_material *m, const struct ps_world *world,
                                     const struct ps_trusts *trusts,
                                     const struct ps_contact_spec *spec,
                                     const struct ps_trust_options **ret_trust,
                                     struct ps_error *err);
void ps_carried_deinit(struct ps_material *m);

/* publication.c: fills in a job, whose presentation is set, what is published, stapled and in DNS.
 */
PS_MUST_USE ps_status ps_publication_fill(struct ps_material *m, const struct ps_world *world,
                                          const struct ps_trusts *trusts,
                                          const struct ps_contact_spec *spec, struct ps_job *job,
                                          struct ps_error *err);
void ps_publication_deinit(struct ps_material *m);

/* shown.c: fills in a job what the device shows, and whom the server accepts. */
PS_MUST_USE ps_status ps_shown_init(struct ps_material *m, struct ps_error *err);
PS_MUST_USE ps_status ps_shown_fill(struct ps_material *m, const struct ps_world *world,
                                    const struct ps_contact_spec *spec, struct ps_job *job,
                                    struct ps_error *err);
void ps_shown_deinit(struct ps_material *m);

#endif
