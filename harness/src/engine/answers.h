/* SPDX-License-Identifier: Apache-2.0
 *
 * What a contact is told beside the handshake: the staple, what publishers answer about the
 * certificates that it meets, and what DNS answers. In the world's numbers: the class key reads
 * this and the answers are made from it, so that neither can know of something that the other has
 * not.
 *
 * Publishers make their answers anew every day, so an answer is known by its day. A server that
 * cannot reach the responder goes on stapling the last answer it got, until that ends: what has
 * happened since is not in it, and about a new leaf there is none.
 */
#ifndef HARNESS_ENGINE_ANSWERS_H
#define HARNESS_ENGINE_ANSWERS_H

#include "engine/class.h"

/* Completes `spec` from the world, when who meets whom, when and with which trust is set: its
 * staple and what DNS says, and of a probe what is stolen; sets that know of a probe's premise
 * become part of its trust state. *ret_until: the first second at which the world's part of it
 * changes. */
void ps_answers_fill(const struct ps_world *world, struct ps_trusts *trusts,
                     struct ps_contact_spec *spec, ps_time *ret_until);

/* A certificate and who publishes about it. */
struct ps_issued {
    struct ps_target certificate;
    uint32_t issuer;    /* authority of the plan; PS_PLAN_NONE: none is */
    bool issuer_is_his; /* the attacker's own CA is */
};
/* The leaf that is presented. */
struct ps_issued ps_presented_leaf(const struct ps_world *world,
                                   const struct ps_contact_spec *spec);

/* A certificate that the contact can meet and ask about. */
struct ps_asked {
    struct ps_issued issued;
    uint32_t services;   /* PS_PUBLISH_ bits: what it says where to find, and the device looks at */
    uint32_t down;       /* of these: what cannot be reached */
    bool revoked;        /* what OCSP and CRLs say */
    uint32_t handed_out; /* ISSUER: the plan certificate that is to be had; PS_PLAN_NONE: none */
};
struct ps_asked_list {
    struct ps_asked *items; /* owned */
    size_t count, capacity;
};
/* The leaf first; none twice. Empty where the trust state asks nobody. */
void ps_asked_list_init(struct ps_asked_list *list, const struct ps_world *world,
                        const struct ps_trusts *trusts, const struct ps_contact_spec *spec);
void ps_asked_list_deinit(struct ps_asked_list *list);

/* What the server of a contact staples. */
struct ps_stapled {
    bool present;
    bool revoked; /* what it says */
    bool held;    /* it is an old one: the responder cannot be reached, or it is replayed */
    ps_time made; /* its day */
    ps_duration lifetime;
};
struct ps_stapled ps_stapled_of(const struct ps_world *world, const struct ps_contact_spec *spec);

/* From which day what a contact is told about a certificate is: from its own, or, replayed by an
 * attacker, from the last one on which it was good. */
struct ps_answer_day {
    ps_time made;
    bool held; /* it gets no younger */
};
struct ps_answer_day ps_answer_day(const struct ps_world *world, const struct ps_contact_spec *spec,
                                   struct ps_target target);
/* The thisUpdate of an answer of that day. A device whose clock is behind gets, of an attacker, an
 * older answer instead: one of the second that it shows. */
ps_time ps_answer_this_update(const struct ps_world *world, const struct ps_contact_spec *spec,
                              ps_time made);
bool ps_answers_are_replayed(const struct ps_world *world, const struct ps_contact_spec *spec);
/* How long after it they hold. */
struct ps_answer_lifetimes {
    ps_duration ocsp, crl;
};
struct ps_answer_lifetimes ps_answer_lifetimes(const struct ps_world *world,
                                               const struct ps_issued *issued);

/* The plan certificate that is sent behind all others for DNS's sake (RFC 7671 section 5.2.2);
 * PS_PLAN_NONE: none is, or it is sent anyway. */
uint32_t ps_answers_sent_root(const struct ps_world *world, const struct ps_contact_spec *spec);

#endif
