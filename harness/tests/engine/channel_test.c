/* SPDX-License-Identifier: Apache-2.0
 *
 * Lives over every update channel. The telemetry endpoint moves from one CA to another on
 * 2021-07-01, and from one key to another; a release brings the other root or key before or after
 * that. Devices make a contact every second, so what is counted is to the second. A contact is
 * accepted by who has the root of the leaf that is served, its key where keys are pinned, and no
 * set that names it; nothing is minted, what is tested is how an offer comes to a device.
 */
#include <inttypes.h>
#include <stdio.h>
#include "engine/replay.h"
#include "plan.h"

#define HEAD                                                                                       \
    "scenario: channels\n"                                                                         \
    "title: One move over every channel\n"                                                         \
    "from: 2021-01-01\n"                                                                           \
    "until: 2021-12-01\n"                                                                          \
    "authorities:\n"                                                                               \
    "  a: {subject: \"CN=A\", key: ecdsa-p256}\n"                                                  \
    "  b: {subject: \"CN=B\", key: ecdsa-p256}\n"                                                  \
    "  c: {subject: \"CN=C\", key: ecdsa-p256}\n"                                                  \
    "  v: {subject: \"CN=V\", key: ecdsa-p256}\n"                                                  \
    "  w: {subject: \"CN=W\", key: ecdsa-p256}\n"                                                  \
    "certificates:\n"                                                                              \
    "  ra: {of: a, issuer: a, valid: 2000-01-01 .. 2040-01-01}\n"                                  \
    "  rn: {of: a, issuer: a, valid: 2000-01-01 .. 2040-01-01, next: b}\n"                         \
    "  rb: {of: b, issuer: b, valid: 2000-01-01 .. 2040-01-01}\n"                                  \
    "  rbn: {of: b, issuer: b, valid: 2000-01-01 .. 2040-01-01, next: c}\n"                        \
    "  rc: {of: c, issuer: c, valid: 2000-01-01 .. 2040-01-01}\n"                                  \
    "  rcv: {of: c, issuer: c, valid: 2000-01-01 .. 2040-01-01, next: v}\n"                        \
    "  rv: {of: v, issuer: v, valid: 2000-01-01 .. 2040-01-01}\n"                                  \
    "keys: {k0: ecdsa-p256, k1: ecdsa-p256, k9: ecdsa-p256}\n"                                     \
    "stores:\n"                                                                                    \
    "  system: [ra, {certificate: rb, from: 2021-08-01}]\n"                                        \
    "endpoints:\n"                                                                                 \
    "  telemetry:\n"                                                                               \
    "    host: hub.example\n"                                                                      \
    "    leaf: {issuer: a, key: k0, lifetime: 4y, renew_before: 10d}\n"                            \
    "    chain: []\n"                                                                              \
    "  update:\n"                                                                                  \
    "    host: update.example\n"                                                                   \
    "    leaf: {issuer: v, key: ecdsa-p256, lifetime: 4y, renew_before: 10d}\n"                    \
    "    chain: []\n"                                                                              \
    "timeline:\n"                                                                                  \
    "  - {at: 2021-07-01, serve: {endpoint: telemetry, leaf: {issuer: b, key: k1}, chain: []}}\n"

#define RELEASE(at, name, anchors)                                                                 \
    "  - {at: " at ", release: {name: " name ", strategies: [s], anchors: [" anchors "]}}\n"
#define SERVED_BY(issuer)                                                                          \
    "  - {at: 2021-07-01, serve: {endpoint: telemetry, leaf: {issuer: " issuer ", key: k1}}}\n"
#define EARLY RELEASE("2021-06-01", "fw", "ra, rb")
#define LATE  RELEASE("2021-08-01", "fw", "ra, rb")

static struct ps_plan *plan;

static uint32_t root_of(uint32_t certificate)
{
    return plan->certificates[certificate].of;
}

/* May it be installed: what the device checks of the payload itself. */
static bool installable(const struct ps_contact_spec *spec, const struct ps_strategy *strategy)
{
    if (spec->plain && strategy->update.payload_auth == PS_PAYLOAD_TLS_ONLY)
        return false;
    if (strategy->update.rollback_protection == PS_ROLLBACK_NONE)
        return true;
    return spec->release != PS_PLAN_NONE &&
           (spec->installed == PS_PLAN_NONE || spec->release > spec->installed);
}

static bool has_root(const struct ps_trust_state *trust, uint32_t issuer)
{
    if (plan->strategies[trust->strategy].chain.engine == PS_ENGINE_NONE)
        return true;
    for (size_t i = 0; i < trust->anchor_count; i++)
        if (root_of(trust->anchors[i].number) == issuer)
            return true;
    return false;
}

static bool meets_pins(const struct ps_trust_state *trust, const struct ps_contact_spec *spec,
                       uint32_t key)
{
    const struct ps_strategy *strategy = &plan->strategies[trust->strategy];
    size_t counted = 0;
    for (size_t i = 0; i < trust->pin_count; i++) {
        const struct ps_trust_pin_state *pin = &trust->pins[i];
        if (pin->not_before.s > spec->clock.s)
            continue;
        counted++;
        if (pin->of.kind == PS_TARGET_NONE ||
            (pin->of.kind == PS_TARGET_KEY && pin->of.number == key))
            return true;
    }
    if (spec->clock.s >= spec->pins_end.s)
        return strategy->pins.on_expiry == PS_PIN_EXPIRY_FAIL_OPEN;
    return counted == 0;
}

static bool is_current(const struct ps_trust_state *trust, const struct ps_contact_spec *spec)
{
    const struct ps_strategy *strategy = &plan->strategies[trust->strategy];
    for (size_t i = 0; i < trust->revoked_count; i++)
        if (trust->revoked[i].kind == PS_TARGET_LEAF && trust->revoked[i].number == spec->leaf)
            return false;
    return strategy->revocation.on_unavailable == PS_UNAVAILABLE_SOFT ||
           spec->clock.s - spec->set_made.s <= strategy->revocation.max_age.s;
}

static ps_status make(void *context, const struct ps_world *world, const struct ps_trusts *trusts,
                      const struct ps_contact_spec *specs, size_t count,
                      struct ps_verdict *ret_verdicts, struct ps_error *err)
{
    (void)context;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        const struct ps_contact_spec *spec = &specs[i];
        const struct ps_trust_state *trust = ps_trusts_at(trusts, spec->trust);
        const struct ps_leaf *leaf = &world->leaves[spec->leaf];
        bool good = spec->plain || (has_root(trust, leaf->issuer) &&
                                    meets_pins(trust, spec, leaf->key) && is_current(trust, spec));
        if (spec->kind == PS_KIND_UPDATE)
            good &= installable(spec, &plan->strategies[trust->strategy]);
        if (spec->kind ==
            PS_KIND_PROBE) /* he has all but the key, and so waits for the pins' end */
            good = spec->clock.s >= spec->pins_end.s;
        memset(&ret_verdicts[i], 0, sizeof ret_verdicts[i]);
        ret_verdicts[i].stage = spec->fault ? PS_STAGE_UNREACHABLE
                                : good      ? PS_STAGE_ACCEPTED
                                            : PS_STAGE_PATH;
    }
    return PS_OK;
}

static struct ps_replay *replay_as(enum ps_fidelity fidelity, uint32_t audit_ppm)
{
    const struct ps_replay_options options = {
        .plan = plan, .seed = 1, .fidelity = fidelity, .audit = {audit_ppm}, .make = make};
    struct ps_replay *replay = NULL;
    struct ps_error err = {{0}};
    ps_status s = ps_replay_run(&options, &replay, &err);
    ck_assert_msg(ps_is_ok(s), "%s", err.text);
    return replay;
}

static const struct row {
    const char *name;
    const char *updates_from; /* the endpoint */
    const char *update;       /* fields of the strategy's `update` */
    const char *timeline;
    enum ps_outcome outcome;
    unsigned installed;
    const char *back; /* dark from the move to this second, it included; NULL: not dark */
    const char *rest; /* more of the strategy; NULL: `anchors: [ra]` */
    const char *made; /* NULL: before all */
} moves[] = {
    /* over the trust that breaks */
    {"same trust, in time", "telemetry", "channel: fw_tls_same", EARLY, PS_OUTCOME_SURVIVED, 1,
     NULL, NULL, NULL},
    {"same trust, late", "telemetry", "channel: fw_tls_same", LATE, PS_OUTCOME_BRICKED, 0, "end",
     NULL, NULL},
    {"same trust, another server", "update", "channel: fw_tls_same", EARLY, PS_OUTCOME_BRICKED, 0,
     "end", NULL, NULL},
    {"est, in time", "telemetry", "channel: est, payload_auth: tls_only", EARLY,
     PS_OUTCOME_SURVIVED, 1, NULL, NULL, NULL},
    {"est, late", "telemetry", "channel: est, payload_auth: tls_only", LATE, PS_OUTCOME_BRICKED, 0,
     "end", NULL, NULL},
    /* over another */
    {"private root", "update", "channel: fw_tls_private, root: rv", LATE, PS_OUTCOME_RECOVERED, 1,
     "2021-08-01", NULL, NULL},
    {"private root, which no release replaces", "update", "channel: fw_tls_private, root: rv",
     RELEASE("2021-06-01", "fw1", "ra") LATE, PS_OUTCOME_RECOVERED, 2, "2021-08-01", NULL, NULL},
    {"private root that is another's", "update", "channel: fw_tls_private, root: rc", LATE,
     PS_OUTCOME_BRICKED, 0, "end", NULL, NULL},
    {"private root, asked of the moved server", "telemetry", "channel: fw_tls_private, root: rv",
     LATE, PS_OUTCOME_BRICKED, 0, "end", NULL, NULL},
    {"private root, nothing released", "update", "channel: fw_tls_private, root: rv", "",
     PS_OUTCOME_LOCKED_OUT, 0, "end", NULL, NULL},
    {"plain", "update", "channel: fw_http", LATE, PS_OUTCOME_RECOVERED, 1, "2021-08-01", NULL,
     NULL},
    {"plain, nothing released", "update", "channel: fw_http", "", PS_OUTCOME_LOCKED_OUT, 0, "end",
     NULL, NULL},
    {"plain, only newer ones, nothing released", "update",
     "channel: fw_http, rollback_protection: monotonic", "", PS_OUTCOME_LOCKED_OUT, 0, "end", NULL,
     NULL},
    {"plain, but only over TLS", "update", "channel: fw_http, transport: tls", LATE,
     PS_OUTCOME_BRICKED, 0, "end", NULL, NULL},
    {"plain, the server is gone", "update", "channel: fw_http",
     LATE "  - {at: 2021-07-15, fault: {endpoint: update, kind: cut, lasts: 1y}}\n",
     PS_OUTCOME_BRICKED, 0, "end", NULL, NULL},
    {"plain, polled every 10 days", "update", "channel: fw_http, poll: 10d", LATE,
     PS_OUTCOME_RECOVERED, 1, "2021-08-09", NULL, NULL},
    {"same trust, over HTTP", "update", "channel: fw_tls_same, transport: http", LATE,
     PS_OUTCOME_RECOVERED, 1, "2021-08-01", NULL, NULL},
    {"same trust, either way", "update", "channel: fw_tls_same, transport: any", LATE,
     PS_OUTCOME_RECOVERED, 1, "2021-08-01", NULL, NULL},
    {"either way, nothing released", "update", "channel: fw_tls_same, transport: any", "",
     PS_OUTCOME_LOCKED_OUT, 0, "end", NULL, NULL},
    {"either way, but believed over TLS", "update",
     "channel: fw_tls_same, transport: any, payload_auth: tls_only", LATE, PS_OUTCOME_BRICKED, 0,
     "end", NULL, NULL},
    {"bundle", "update", "channel: trust_bundle", LATE, PS_OUTCOME_RECOVERED, 1, "2021-08-01", NULL,
     NULL},
    {"bundle over TLS", "update", "channel: trust_bundle, transport: tls", LATE, PS_OUTCOME_BRICKED,
     0, "end", NULL, NULL},
    {"tamp", "update", "channel: tamp", LATE, PS_OUTCOME_RECOVERED, 1, "2021-08-01", NULL, NULL},
    {"voucher", "update", "channel: brski_voucher", LATE, PS_OUTCOME_RECOVERED, 1, "2021-08-01",
     NULL, NULL},
    {"voucher, the manufacturer is gone", "update", "channel: brski_voucher",
     LATE "  - {at: 2021-07-15, fault: {endpoint: update, kind: cut, lasts: 1y}}\n",
     PS_OUTCOME_BRICKED, 0, "end", NULL, NULL},
    {"app store", "telemetry", "channel: app_store", LATE, PS_OUTCOME_RECOVERED, 1, "2021-08-01",
     NULL, NULL},
    {"app store, nothing released", "telemetry", "channel: app_store", "", PS_OUTCOME_LOCKED_OUT, 0,
     "end", NULL, NULL},
    {"os bundle", "telemetry", "channel: os_bundle", LATE, PS_OUTCOME_RECOVERED, 1, "2021-08-01",
     NULL, NULL},
    {"a store that follows", "telemetry", "channel: os_bundle", "", PS_OUTCOME_RECOVERED, 0,
     "2021-07-31T23:59:59Z", "anchors: [system]", NULL},
    {"a store that does not", "telemetry", "channel: fw_tls_same", "", PS_OUTCOME_BRICKED, 0, "end",
     "anchors: [system]", NULL},
    /* set up again: with the same trust, if no other is said */
    {"set up again in time", "telemetry", "channel: reprovision, payload_auth: tls_only", EARLY,
     PS_OUTCOME_SURVIVED, 1, NULL, NULL, NULL},
    {"set up again late", "telemetry", "channel: reprovision, payload_auth: tls_only", LATE,
     PS_OUTCOME_BRICKED, 0, "end", NULL, NULL},
    {"set up again with a root of its own", "update",
     "channel: reprovision, payload_auth: tls_only, root: rv", LATE, PS_OUTCOME_RECOVERED, 1,
     "2021-08-01", NULL, NULL},
    {"set up again with that, by another server", "telemetry",
     "channel: reprovision, payload_auth: tls_only, root: rv", LATE, PS_OUTCOME_BRICKED, 0, "end",
     NULL, NULL},
    {"set up again at the service's own endpoint", "telemetry, provisioning_endpoint: update",
     "channel: reprovision, payload_auth: tls_only, root: rv", LATE, PS_OUTCOME_RECOVERED, 1,
     "2021-08-01", NULL, NULL},
    {"updates are not asked for there", "telemetry, provisioning_endpoint: update",
     "channel: fw_tls_private, root: rv", LATE, PS_OUTCOME_BRICKED, 0, "end", NULL, NULL},
    /* one generation after another */
    {"cmp", "update", "channel: cmp", LATE, PS_OUTCOME_RECOVERED, 1, "2021-08-01", NULL, NULL},
    {"cmp, two generations", "update", "channel: cmp",
     EARLY RELEASE("2021-08-01", "fw2", "ra, rb, rc"), PS_OUTCOME_SURVIVED, 2, NULL, NULL, NULL},
    {"cmp, one generation missed", "update", "channel: cmp",
     RELEASE("2021-06-01", "fw1", "ra") RELEASE(
         "2021-06-02", "fw2",
         "ra, rb") "  - {at: 2021-06-01, fault: {endpoint: update, kind: cut, lasts: 1d}}\n",
     PS_OUTCOME_BRICKED, 0, "end", NULL, NULL},
    {"firmware, one generation missed", "update", "channel: fw_http",
     RELEASE("2021-06-01", "fw1", "ra") RELEASE(
         "2021-06-02", "fw2",
         "ra, rb") "  - {at: 2021-06-01, fault: {endpoint: update, kind: cut, lasts: 1d}}\n",
     PS_OUTCOME_SURVIVED, 1, NULL, NULL, NULL},
    {"named successor", "telemetry", "channel: hash_of_root_key", LATE, PS_OUTCOME_RECOVERED, 1,
     "2021-08-01", "anchors: [rn]", NULL},
    {"named successor, nothing released", "telemetry", "channel: hash_of_root_key", "",
     PS_OUTCOME_LOCKED_OUT, 0, "end", "anchors: [rn]", NULL},
    {"a named successor that came already", "telemetry", "channel: hash_of_root_key", "",
     PS_OUTCOME_BRICKED, 0, "end", "anchors: [ra, rcv, rv]", NULL},
    {"named successor's successor, nothing released", "telemetry", "channel: hash_of_root_key",
     SERVED_BY("c"), PS_OUTCOME_LOCKED_OUT, 0, "end", "anchors: [rn]", NULL},
    {"named successor, and another's server", "telemetry", "channel: hash_of_root_key",
     SERVED_BY("w"), PS_OUTCOME_BRICKED, 0, "end", "anchors: [rn]", NULL},
    {"named successor, which is here", "telemetry", "channel: hash_of_root_key", SERVED_BY("w"),
     PS_OUTCOME_BRICKED, 0, "end", "anchors: [rn, rb]", NULL},
    {"a successor that is not named", "telemetry", "channel: hash_of_root_key", LATE,
     PS_OUTCOME_BRICKED, 0, "end", NULL, NULL},
    {"the successor's successor", "telemetry", "channel: hash_of_root_key",
     RELEASE("2021-06-01", "fw1", "rn, rbn") RELEASE("2021-06-02", "fw2", "rn, rbn, rc"),
     PS_OUTCOME_SURVIVED, 2, NULL, "anchors: [rn]", NULL},
    {"both at once", "telemetry", "channel: hash_of_root_key",
     RELEASE("2021-06-01", "fw1", "rn, rbn") RELEASE("2021-06-01", "fw2", "rn, rbn, rc"),
     PS_OUTCOME_SURVIVED, 2, NULL, "anchors: [rn]", NULL},
    /* nothing comes */
    {"manual", "telemetry", "channel: manual", "", PS_OUTCOME_BRICKED, 0, "end", NULL, NULL},
    {"tofu", "telemetry", "channel: tofu", "", PS_OUTCOME_BRICKED, 0, "end", NULL, NULL},
    {"dns", "telemetry", "channel: dns", "", PS_OUTCOME_LOCKED_OUT, 0, "end", NULL, NULL},
    {"none", "telemetry", "channel: none", "", PS_OUTCOME_BRICKED, 0, "end", NULL, NULL},
};

#define ANNOUNCED(announced, at, name, what)                                                       \
    "  - {announced: " announced ", at: " at ", release: {name: " name ", strategies: [s], " what  \
    "}}\n"
#define ROOTS(announced, roots) ANNOUNCED(announced, "2021-07-01", "roots", "anchors: [" roots "]")
#define KEY_PIN(of)             "{match: spki_sha256, depth: leaf, of: " of "}"
#define NEXT_PIN(from)          ANNOUNCED(from, "2021-07-01", "pins", "pins: [" KEY_PIN("k1") "]")
#define PINNED(pins)                                                                               \
    "chain: {engine: none}, pins: {combine: only, scope: presented, set: [" pins "]}"
#define AGEING(more)                                                                               \
    "chain: {engine: none}, pins: {combine: only, scope: presented, set: [" KEY_PIN(               \
        "k0") "], " more "}"
#define ANNOUNCE(at, key, begins, more)                                                            \
    "  - {at: " at ", announce: {endpoint: telemetry, key: " key ", begins: " begins more "}}\n"

static const struct row lessons[] = {
    /* keys that are announced */
    {"announced", "telemetry", "channel: announce", ANNOUNCE("2021-06-01", "k1", "2021-07-01", ""),
     PS_OUTCOME_SURVIVED, 0, NULL, PINNED(KEY_PIN("k0") ", " KEY_PIN("announced")), NULL},
    {"announced, to a channel that does not listen", "telemetry", "channel: fw_tls_same",
     ANNOUNCE("2021-06-01", "k1", "2021-07-01", ""), PS_OUTCOME_BRICKED, 0, "end",
     PINNED(KEY_PIN("k0") ", " KEY_PIN("announced")), NULL},
    {"announced to who is cut off", "telemetry", "channel: announce",
     ANNOUNCE("2021-07-01", "k1", "2021-07-01", ""), PS_OUTCOME_BRICKED, 0, "end",
     PINNED(KEY_PIN("k0") ", " KEY_PIN("announced")), NULL},
    {"announced in the last second", "telemetry", "channel: announce",
     ANNOUNCE("2021-06-30T23:59:59Z", "k1", "2021-07-01", ""), PS_OUTCOME_SURVIVED, 0, NULL,
     PINNED(KEY_PIN("k0") ", " KEY_PIN("announced")), NULL},
    {"announced for later", "telemetry", "channel: announce",
     ANNOUNCE("2021-06-01", "k1", "2021-07-02", ""), PS_OUTCOME_RECOVERED, 0,
     "2021-07-01T23:59:59Z", PINNED(KEY_PIN("k0") ", " KEY_PIN("announced")), NULL},
    {"asleep while it was announced", "telemetry", "channel: announce",
     ANNOUNCE("2021-06-01", "k1", "2021-07-01", ", lasts: 10d"), PS_OUTCOME_BRICKED, 0, "end",
     PINNED(KEY_PIN("k0") ", " KEY_PIN("announced")), "2021-06-11 .. 2021-06-12"},
    {"awake for the end of it", "telemetry", "channel: announce",
     ANNOUNCE("2021-06-01", "k1", "2021-07-01", ", lasts: 10d"), PS_OUTCOME_SURVIVED, 0, NULL,
     PINNED(KEY_PIN("k0") ", " KEY_PIN("announced")), "2021-06-08 .. 2021-06-09"},
    {"no slot for a second key", "telemetry", "channel: announce",
     ANNOUNCE("2021-05-01", "k9", "2021-05-01", "") ANNOUNCE("2021-06-01", "k1", "2021-07-01", ""),
     PS_OUTCOME_BRICKED, 0, "end",
     PINNED(KEY_PIN("k0") ", " KEY_PIN("announced")) ", storage: {pin_slots: 2}", NULL},
    {"a slot for a second key", "telemetry", "channel: announce",
     ANNOUNCE("2021-05-01", "k9", "2021-05-01", "") ANNOUNCE("2021-06-01", "k1", "2021-07-01", ""),
     PS_OUTCOME_SURVIVED, 0, NULL,
     PINNED(KEY_PIN("k0") ", " KEY_PIN("announced")) ", storage: {pin_slots: 3}", NULL},
    /* pins that the server sends */
    {"pins sent ahead", "telemetry", "channel: hpkp", NEXT_PIN("2021-06-01"), PS_OUTCOME_SURVIVED,
     1, NULL, PINNED(KEY_PIN("k0")), NULL},
    {"pins sent in the last second", "telemetry", "channel: hpkp", NEXT_PIN("2021-06-30T23:59:59Z"),
     PS_OUTCOME_SURVIVED, 1, NULL, PINNED(KEY_PIN("k0")), NULL},
    {"pins sent ahead and withdrawn stay", "telemetry", "channel: hpkp",
     NEXT_PIN("2021-06-01") "  - {at: 2021-06-15, withdraw: pins}\n", PS_OUTCOME_SURVIVED, 1, NULL,
     PINNED(KEY_PIN("k0")), NULL},
    {"pins sent ahead and withdrawn before they were seen", "telemetry", "channel: hpkp",
     NEXT_PIN("2021-06-01") "  - {at: 2021-06-15, withdraw: pins}\n", PS_OUTCOME_BRICKED, 0, "end",
     PINNED(KEY_PIN("k0")), "2021-06-16 .. 2021-06-17"},
    {"pins sent too late", "telemetry", "channel: hpkp", NEXT_PIN("2021-07-01"), PS_OUTCOME_BRICKED,
     0, "end", PINNED(KEY_PIN("k0")), NULL},
    {"pins sent too late, to who forgets", "telemetry", "channel: hpkp", NEXT_PIN("2021-07-01"),
     PS_OUTCOME_RECOVERED, 1, "2021-07-10T23:59:58Z", AGEING("max_age: 10d"), NULL},
    {"the same, closed", "telemetry", "channel: hpkp", NEXT_PIN("2021-07-01"), PS_OUTCOME_BRICKED,
     0, "end", AGEING("max_age: 10d, on_expiry: fail_closed"), NULL},
    {"pins that have not ended yet", "telemetry", "channel: hpkp", "", PS_OUTCOME_LOCKED_OUT, 0,
     "end", AGEING("max_age: 300d"), NULL},
    {"pins that will not open", "telemetry", "channel: hpkp", "", PS_OUTCOME_BRICKED, 0, "end",
     AGEING("max_age: 300d, on_expiry: fail_closed"), NULL},
    {"pins that nobody sent for a time", "telemetry", "channel: tack", "", PS_OUTCOME_BRICKED, 0,
     "end", AGEING("max_age: 300d"), NULL},
    {"old pins that end", "telemetry", "channel: fw_tls_same", "", PS_OUTCOME_RECOVERED, 0,
     "2021-07-10T23:59:58Z", AGEING("max_age: 10d"), NULL},
    {"seen once", "telemetry", "channel: tack", NEXT_PIN("2021-06-30T23:59:59Z"),
     PS_OUTCOME_BRICKED, 0, "end", PINNED(KEY_PIN("k0")), NULL},
    {"seen twice", "telemetry", "channel: tack", NEXT_PIN("2021-06-30T23:59:58Z"),
     PS_OUTCOME_SURVIVED, 1, NULL, PINNED(KEY_PIN("k0")), NULL},
    /* roots that replace themselves */
    {"held down until the last second", "telemetry", "channel: rfc5011",
     ROOTS("2021-05-31T23:59:59Z", "ra, rb"), PS_OUTCOME_SURVIVED, 1, NULL, NULL, NULL},
    {"held down too long", "telemetry", "channel: rfc5011", ROOTS("2021-06-01", "ra, rb"),
     PS_OUTCOME_BRICKED, 0, "end", NULL, NULL},
    {"held down for less", "telemetry", "channel: rfc5011, add_hold_down: 29d",
     ROOTS("2021-06-01", "ra, rb"), PS_OUTCOME_SURVIVED, 1, NULL, NULL, NULL},
    {"polled rarely", "telemetry", "channel: rfc5011, poll: 15d", ROOTS("2021-05-31", "ra, rb"),
     PS_OUTCOME_SURVIVED, 1, NULL, NULL, NULL},
    {"polled rarely, published after a poll", "telemetry", "channel: rfc5011, poll: 15d",
     ROOTS("2021-05-31T00:00:01Z", "ra, rb"), PS_OUTCOME_BRICKED, 0, "end", NULL, NULL},
    {"polled more rarely than allowed", "telemetry", "channel: rfc5011, poll: 40d",
     ROOTS("2021-05-31", "ra, rb"), PS_OUTCOME_SURVIVED, 1, NULL, NULL, NULL},
    {"withdrawn meanwhile", "telemetry", "channel: rfc5011",
     ROOTS("2021-05-31", "ra, rb")
         ANNOUNCED("2021-06-10", "2021-07-02", "other", "anchors: [ra, rc]"),
     PS_OUTCOME_BRICKED, 0, "end", NULL, NULL},
    {"withdrawn and back", "telemetry", "channel: rfc5011",
     ROOTS("2021-05-31", "ra, rb, rc")
         ANNOUNCED("2021-06-05", "2021-07-02", "other", "anchors: [ra, rc]")
             ANNOUNCED("2021-06-10", "2021-07-03", "back", "anchors: [ra, rb, rc]"),
     PS_OUTCOME_BRICKED, 0, "end", NULL, NULL},
    {"withdrawn, and published again", "telemetry", "channel: rfc5011",
     ROOTS("2021-05-31", "ra, rb") "  - {at: 2021-06-05, withdraw: roots}\n" ANNOUNCED(
         "2021-06-10", "2021-07-03", "back", "anchors: [ra, rb]"),
     PS_OUTCOME_BRICKED, 0, "end", NULL, NULL},
    {"withdrawn when it was learned", "telemetry", "channel: rfc5011",
     ROOTS("2021-05-31", "ra, rb") "  - {at: 2021-06-30T12:00:00Z, withdraw: roots}\n",
     PS_OUTCOME_SURVIVED, 1, NULL, NULL, NULL},
    {"another beside it", "telemetry", "channel: rfc5011",
     ROOTS("2021-05-31", "ra, rb")
         ANNOUNCED("2021-06-10", "2021-07-02", "other", "anchors: [ra, rb, rc]"),
     PS_OUTCOME_SURVIVED, 1, NULL, NULL, NULL},
    {"offline through the overlap", "telemetry", "channel: rfc5011", ROOTS("2021-05-01", "ra, rb"),
     PS_OUTCOME_BRICKED, 0, "end", NULL, "2021-06-02 .. 2021-06-03"},
    {"no slot for a root", "telemetry", "channel: rfc5011", ROOTS("2021-05-01", "rb"),
     PS_OUTCOME_BRICKED, 1, "end", "anchors: [ra], storage: {anchor_slots: 1}", NULL},
    {"a slot for a root", "telemetry", "channel: rfc5011", ROOTS("2021-05-01", "rb"),
     PS_OUTCOME_SURVIVED, 1, NULL, "anchors: [ra], storage: {anchor_slots: 2}", NULL},
    /* the first contact */
    {"learned at first", "telemetry", "channel: tofu", "", PS_OUTCOME_BRICKED, 0, "end",
     PINNED(KEY_PIN("first_contact")), NULL},
    {"learned after the move", "telemetry", "channel: tofu", "", PS_OUTCOME_SURVIVED, 0, NULL,
     PINNED(KEY_PIN("first_contact")), "2021-07-01 .. 2021-07-02"},
};

#define WITH(revocation) "anchors: [ra, rb], revocation: " revocation

/* Sets and pins that age: how many seconds each device is dark. */
static const struct set_row {
    const char *name, *strategy, *poll, *timeline;
    const char *dark_from, *dark_until; /* the latter is not included */
    int64_t dark_s;                     /* beside that */
} ages[] = {
    {"a set comes with the poll", WITH("{mode: pushed_set}"), "1s",
     "  - {at: 2021-06-01, revoke: {leaf: telemetry, pushed: 5d}}\n", "2021-06-06T00:00:01Z",
     "2021-07-01", 0},
    {"it waits for the poll", WITH("{mode: pushed_set}"), "10d",
     "  - {at: 2021-06-01, revoke: {leaf: telemetry, pushed: 5d}}\n", "2021-06-10T00:00:01Z",
     "2021-07-01", 0},
    {"it does not come where nobody is reached", WITH("{mode: pushed_set}"), "1s",
     "  - {at: 2021-06-01, revoke: {leaf: telemetry, pushed: 5d}}\n"
     "  - {at: 2021-06-05, fault: {endpoint: telemetry, kind: cut, lasts: 5d}}\n",
     "2021-06-10T00:00:01Z", "2021-07-01", 5 * 86400},
    {"firmware knows of nothing later", WITH("{mode: blocklist}"), "1s",
     "  - {at: 2021-06-01, revoke: {leaf: telemetry, pushed: 5d}}\n", NULL, NULL, 0},
    /* Polls on day 0, 10, ... 330; after five days a set is too old, until the contact after the
     * next poll. */
    {"old sets", WITH("{mode: pushed_set, on_unavailable: hard, max_age: 5d}"), "10d", "", NULL,
     NULL, INT64_C(33) * 5 * 86400},
    {"sets that are young enough", WITH("{mode: pushed_set, on_unavailable: hard, max_age: 10d}"),
     "10d", "", NULL, NULL, 0},
    /* Pins hold for ten days after the last contact that met them, also for one that finds them
     * ended: so they refuse the next key for ten days. */
    {"pins are met again after a gap", AGEING("max_age: 10d"), "1d",
     "  - {at: 2021-05-01, fault: {endpoint: telemetry, kind: cut, lasts: 20d}}\n", "2021-07-01",
     "2021-07-10T23:59:59Z", 20 * 86400},
};

static void read_plan(const struct row *row)
{
    char yaml[8192];
    snprintf(yaml, sizeof yaml,
             HEAD
             "%s"
             "fleet:\n"
             "  - cohort: c\n"
             "    devices: 3\n"
             "    made: %s\n"
             "    shelf: 0s\n"
             "    contact: {every: 1s, session: 1s, endpoint: telemetry, update_endpoint: %s}\n"
             "strategies:\n"
             "  - {name: s, %s, update: {%s%s%s}}\n",
             row->timeline, row->made ? row->made : "2019-01-01 .. 2019-01-02", row->updates_from,
             row->rest ? row->rest : "anchors: [ra]",
             strstr(row->update, "payload_auth:") ? "" : "payload_auth: signature, ",
             strstr(row->update, "poll:") ? "" : "poll: 1s, ", row->update);
    plan = plan_of(yaml);
}

static void check_life(const struct row *row, const struct ps_replay *replay)
{
    const struct ps_tally *tally = ps_replay_tally(replay, 0, 0);
    uint64_t dark = 0;
    if (row->back && strcmp(row->back, "end") == 0)
        dark = (uint64_t)(plan->until.s - date("2021-07-01").s);
    else if (row->back)
        dark = (uint64_t)(date(row->back).s + 1 - date("2021-07-01").s);
    for (int i = 0; i < PS_OUTCOME_COUNT; i++)
        ck_assert_msg(tally->outcomes[i] == (i == (int)row->outcome ? 3u : 0u),
                      "%s: %" PRIu64 " %s", row->name, tally->outcomes[i],
                      ps_outcome_text((enum ps_outcome)i));
    ck_assert_msg(tally->updates_installed == 3 * row->installed, "%s: %" PRIu64 " updates",
                  row->name, tally->updates_installed);
    ck_assert_msg(tally->contacts_failed == 3 * dark, "%s: %" PRIu64 " s dark, not %" PRIu64,
                  row->name, tally->contacts_failed / 3, dark);
}

static void live(const struct row *row)
{
    read_plan(row);
    struct ps_replay *replay = replay_as(PS_FIDELITY_MEMO, 1000000);
    check_life(row, replay);
    ps_replay_free(replay);
    replay = replay_as(PS_FIDELITY_WIRE, 0);
    check_life(row, replay);
    ps_replay_free(replay);
    ps_plan_free(plan);
}

START_TEST(one_move)
{
    live(&moves[_i]);
}
END_TEST

START_TEST(one_lesson)
{
    live(&lessons[_i]);
}
END_TEST

START_TEST(one_age)
{
    const struct set_row *set = &ages[_i];
    char update[64];
    snprintf(update, sizeof update, "channel: none, poll: %s", set->poll);
    read_plan(&(struct row){.updates_from = "telemetry",
                            .update = update,
                            .timeline = set->timeline,
                            .rest = set->strategy});
    int64_t dark = set->dark_s;
    if (set->dark_from)
        dark += date(set->dark_until).s - date(set->dark_from).s;
    for (int wire = 0; wire < 2; wire++) {
        struct ps_replay *replay =
            replay_as(wire ? PS_FIDELITY_WIRE : PS_FIDELITY_MEMO, wire ? 0 : 1000000);
        uint64_t failed = ps_replay_tally(replay, 0, 0)->contacts_failed;
        ck_assert_msg(failed == 3 * (uint64_t)dark, "%s: %" PRIu64 " s dark, not %" PRId64,
                      set->name, failed / 3, dark);
        ps_replay_free(replay);
    }
    ps_plan_free(plan);
}
END_TEST

/* Between contacts that are further apart than pins last, nothing is pinned; a contact renews the
 * pins if they would be met. Written second by second, on plain facts. */
static int64_t open_seconds(const struct ps_device *device)
{
    const int64_t ten_days = 10 * 86400, every = 20 * 86400;
    int64_t met = plan->from.s - 1, open = 0;
    for (int64_t t = device->first_contact.s; t < plan->until.s; t += every) {
        int64_t next = t + every < plan->until.s ? t + every : plan->until.s;
        open += t >= met + ten_days; /* the second of the contact itself */
        if (t < date("2021-07-01").s)
            met = t;
        int64_t from = met + ten_days > t ? met + ten_days : t + 1;
        open += next > from ? next - from : 0;
    }
    return open;
}

START_TEST(open_between_contacts)
{
    plan = plan_of(
        HEAD "fleet:\n"
             "  - {cohort: c, devices: 20, made: 2019-01-01 .. 2019-01-02, shelf: 0s, contact: "
             "{every: 20d, endpoint: telemetry}}\n"
             "strategies:\n"
             "  - {name: s, " AGEING("max_age: 10d") "}\n");
    struct ps_world world;
    uint64_t wanted = 0;
    ps_world_init(&world, plan, 1);
    for (uint32_t d = 0; d < 20; d++) {
        struct ps_device device;
        ps_device_draw(&world, 0, d, &device);
        wanted += (uint64_t)open_seconds(&device);
    }
    ps_world_deinit(&world);
    for (int wire = 0; wire < 2; wire++) {
        struct ps_replay *replay =
            replay_as(wire ? PS_FIDELITY_WIRE : PS_FIDELITY_MEMO, wire ? 0 : 1000000);
        const struct ps_tally *tally = ps_replay_tally(replay, 0, 0);
        ck_assert_uint_eq(tally->exposures[0].device_seconds, wanted);
        ck_assert_uint_eq(tally->contacts_failed, 0);
        ps_replay_free(replay);
    }
    ps_plan_free(plan);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("channel");
    TCase *tests = tcase_create("channel");
    tcase_add_loop_test(tests, one_move, 0, (int)(sizeof moves / sizeof *moves));
    tcase_add_loop_test(tests, one_lesson, 0, (int)(sizeof lessons / sizeof *lessons));
    tcase_add_loop_test(tests, one_age, 0, (int)(sizeof ages / sizeof *ages));
    tcase_add_test(tests, open_between_contacts);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
