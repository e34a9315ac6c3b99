/* SPDX-License-Identifier: Apache-2.0
 *
 * Contact classes. A verdict is a pure function of what it reads; a class is everything that it
 * reads, as bytes. Contacts of one class have one verdict, so each class gets one real handshake
 * and its verdict is reused (and, with an audit, checked against devices' own contacts).
 *
 * PS_CLASS_ITEMS lists what is in the key. A leaf's serial number and its dates as such are not in
 * it, nor are those of OCSP answers and CRLs: only where the device's clock stands among them.
 *
 * The bracket of a validity distinguishes before, at and after both ends (stacks disagree at
 * notAfter itself). That of an answer about revocation: before it, in it, at its end, after it.
 */
#ifndef HARNESS_ENGINE_CLASS_H
#define HARNESS_ENGINE_CLASS_H

#include "engine/clock.h"
#include "engine/trust.h"

/* X(name, what it is) */
#define PS_CLASS_ITEMS(X)                                                                          \
    X(KIND, "telemetry, update or probe")                                                          \
    X(TRUST, "the trust state, and with it the strategy")                                          \
    X(ENDPOINT, "whom the device asks for, and what it demands of devices")                        \
    X(PLAIN, "whether there is TLS at all")                                                        \
    X(TICKET, "whether a session is resumed: then nothing of the handshake is looked at")          \
    X(FAULT, "what the link does")                                                                 \
    X(RELEASE, "the payload of an update, and what it would replace, where that counts")           \
    X(LEAF_ISSUER, "the presented leaf's issuer")                                                  \
    X(LEAF_FORM, "its type of key, the hash of its signature, and whether it demands a staple")    \
    X(LEAF_NAME, "the names in it")                                                                \
    X(LEAF_ITSELF, "which certificate it is, where that is compared")                              \
    X(LEAF_KEY, "which key it has, where that is compared")                                        \
    X(CHAIN, "the certificates sent after it")                                                     \
    X(ALTERNATES, "other lists that could be sent, where the device names its anchors")            \
    X(ATTACK, "what the attacker does, and with what")                                             \
    X(TLSA, "what DNS answers, as far as it is of the leaf or of a CA")                            \
    X(STAPLE, "what is stapled")                                                                   \
    X(ANSWERS, "what publishers answer about each certificate, or that they do not")               \
    X(CLIENT, "what the device shows of its own, who asks for it, and whom that one accepts")      \
    X(CLIENT_DATES, "where the server's clock stands among the dates of that")                     \
    X(DATES, "where the device's clock stands among the dates of all but answers")                 \
    X(ANSWER_DATES, "where it stands among the dates of answers")

#define X(name, meaning) PS_CLASS_##name,
enum ps_class_item { PS_CLASS_ITEMS(X) PS_CLASS_ITEM_COUNT };
#undef X

enum ps_contact_kind { PS_KIND_TELEMETRY, PS_KIND_UPDATE, PS_KIND_PROBE };

/* Which question of a life a contact answers. Several can be open at once, and none is the answer
 * to another; each is of one kind (ps_role_kind). */
enum ps_contact_role {
    PS_ROLE_TELEMETRY,
    PS_ROLE_UPDATE,       /* over TLS */
    PS_ROLE_UPDATE_PLAIN, /* in the clear */
    PS_ROLE_PINS, /* telemetry, had the device's pins not ended; at the end of a life, had they */
    PS_ROLE_PROBE,
    PS_ROLE_RESUMED,  /* telemetry with a ticket */
    PS_ROLE_RENEWAL,  /* of what the device shows */
    PS_ROLE_FALLBACK, /* with the trust of a fallback, as the two below */
    PS_ROLE_FALLBACK_UPDATE,
    PS_ROLE_FALLBACK_UPDATE_PLAIN,
    PS_ROLE_COUNT,
};
enum ps_contact_kind ps_role_kind(enum ps_contact_role role);

/* A release that the vendor would make at the scenario's end for who is dark by then: it is asked
 * for to learn whether it would be taken. */
#define PS_RELEASE_RESCUE (PS_PLAN_NONE - 1)
/* When a release was issued; PS_PLAN_NONE: what shipped. */
ps_time ps_release_issued(const struct ps_plan *plan, uint32_t release);
/* What a device shows of its own, when it is asked. */
enum ps_client_form {
    PS_CLIENT_FORM_NONE,        /* nothing: it has none, or a secret, or none of it yet */
    PS_CLIENT_FORM_CERTIFICATE, /* one by `issuer` */
    PS_CLIENT_FORM_KEY,         /* a bare key, which the operator's servers know */
};
struct ps_client {
    uint32_t form;                 /* enum ps_client_form */
    uint32_t issuer;               /* plan certificate; PS_PLAN_NONE: none */
    ps_time not_before, not_after; /* first and last second */
};
/* Who asks for it (client.h). */
enum ps_asks { PS_ASKS_NOTHING, PS_ASKS_AS_ENDPOINT, PS_ASKS_AS_REGISTRAR };

/* What an attacker sends as an update. */
enum ps_sends {
    PS_SENDS_NOTHING,
    PS_SENDS_FORGED, /* his own, proved with a key or secret of his own */
    PS_SENDS_PROVED, /* his own, proved with the vendor's key or secret */
    PS_SENDS_OLDER,  /* an older one of the vendor's */
};

/* What differed in the contact in which the device got the ticket that it resumes with. */
struct ps_contact_then {
    ps_time at, clock, pins_end, set_made;
    uint32_t trust, serving, leaf, installed, down;
    bool staple;
    struct ps_target tlsa;
    enum ps_asks asks;
    struct ps_client client;
};

/* One contact, exactly: the job that is run, for a class or for an audit, is made from this. */
struct ps_contact_spec {
    enum ps_contact_kind kind;
    enum ps_contact_role role; /* not part of the class */
    uint32_t cohort, number;   /* the device, for its message; not part of the class */
    uint32_t strategy, trust;
    uint32_t endpoint;
    uint32_t serving;
    uint32_t leaf;           /* world leaf that the genuine server uses then */
    uint32_t threat;         /* PROBE: of the plan: whose roles and premise count */
    enum ps_attack presents; /* PROBE: where that is of a channel, the attack it rests on */
    enum ps_sends sends; /* PROBE: to who asks for an update; NOTHING: the device does not ask */
    bool knows_secret;   /* PROBE: he has the secret that the device proves itself with */
    uint32_t way;        /* which of several ways of one question; not part of the class */
    uint32_t stolen_leaf, stolen_key; /* PROBE: the world's, in the attacker's hands; or none */
    /* UPDATE, or who sends one: plan events, the one whose payload is offered and the one that is
     * installed; PS_PLAN_NONE: the first firmware, PS_RELEASE_RESCUE: see there. */
    uint32_t release, installed;
    bool plain; /* UPDATE over HTTP */
    ps_time at; /* true time */
    /* Contacts like it are made at multiples of this from it; 0: at any second. Not part of the
     * class: it tells how far the class reaches. */
    ps_duration apart;
    ps_time clock;         /* the device's */
    ps_time pins_end;      /* strategies with a max_age of pins: when the device's end */
    ps_time set_made;      /* as of when its pushed set is, or its blocklist; ALWAYS: it has none */
    bool staple;           /* the server staples an answer about its leaf */
    uint32_t down;         /* PS_PUBLISH_ bits that cannot be reached, whoever publishes */
    struct ps_target tlsa; /* what DNS has a record of; NONE: of nothing */
    enum ps_asks asks;
    struct ps_client client; /* nothing where nobody asks */
    bool resumes;
    struct ps_contact_then then; /* all zero where it does not */
    enum ps_fault fault;
    ps_duration delay;
    uint32_t after_bytes;
    ps_duration timeout;
};

/* The contact that gave the ticket of one that resumes. */
struct ps_contact_spec ps_contact_before(const struct ps_contact_spec *spec);
void ps_contact_note_before(struct ps_contact_spec *spec, const struct ps_contact_spec *before);

/* The device asks for an update. */
static inline bool ps_contact_is_update(const struct ps_contact_spec *spec)
{
    return spec->kind == PS_KIND_UPDATE || spec->sends != PS_SENDS_NOTHING;
}

/* An attacker's leaf is valid from a day before the scenario until a year after it: he renews his
 * certificate whenever he likes. */
struct ps_validity {
    ps_time not_before, not_after;
};
struct ps_validity ps_attack_validity(const struct ps_plan *plan);

/* Leaves an item out of every key from here on, beside those before it; PS_CLASS_ITEM_COUNT: none
 * any more. Only for the tests that show that a run notices. */
void ps_class_key_leave_out(enum ps_class_item item);

/* Appends bytes of one item to a key, unless it is left out: for the files that make parts of it.
 */
void ps_class_key_put(struct ps_buffer *key, enum ps_class_item item, const void *bytes,
                      size_t size);

/* Appends the class key of `spec`. */
void ps_class_key(const struct ps_world *world, const struct ps_trusts *trusts,
                  const struct ps_contact_spec *spec, struct ps_buffer *key);

/* The first true time after `t` at which the clock passes a date that this contact's verdict can
 * read; NEVER if none. */
ps_time ps_class_dates_until(const struct ps_world *world, const struct ps_trusts *trusts,
                             const struct ps_contact_spec *spec,
                             const struct ps_device_clock *clock, ps_time t);

#endif
