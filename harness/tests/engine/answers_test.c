/* SPDX-License-Identifier: Apache-2.0
 *
 * What a contact is told beside the handshake: staples over outages, whom it can ask about which
 * certificate and what they say, what attackers answer, what DNS has.
 *
 * The world: `sub` publishes everything, OCSP answers hold for seven days. Its responder is down
 * from 07-01 06:00 for twenty days; the leaf of `stapled` is revoked on the third of them.
 */
#include <stdio.h>
#include "engine/answers.h"
#include "engine/attack.h"
#include "plan.h"

static const char scenario[] =
    "scenario: answers\n"
    "title: What a contact is told\n"
    "from: 2021-01-01\n"
    "until: 2022-01-01\n"
    "authorities:\n"
    "  root: {subject: \"CN=Root\", key: ecdsa-p256, publishes: [crl], crl_lifetime: 30d}\n"
    "  sub: {subject: \"CN=Sub\", key: ecdsa-p256, publishes: [ocsp, crl, issuer], crl_lifetime: "
    "20d}\n"
    "  evil: {subject: \"CN=Evil\", key: ecdsa-p256, publishes: [ocsp]}\n"
    "  mid: {subject: \"CN=Mid\", key: ecdsa-p256, publishes: [ocsp]}\n"
    "  mute: {subject: \"CN=Mute\", key: ecdsa-p256}\n"
    "certificates:\n"
    "  root-cert: {of: root, issuer: root, valid: 2000-01-01 .. 2021-11-01}\n"
    "  root-next: {of: root, issuer: root, valid: 2021-10-01 .. 2040-01-01}\n"
    "  sub-cert: {of: sub, issuer: root, valid: 2000-01-01 .. 2040-01-01}\n"
    "  sub-young: {of: sub, issuer: root, valid: 2021-09-01 .. 2040-01-01}\n"
    "  evil-cert: {of: evil, issuer: root, valid: 2000-01-01 .. 2040-01-01}\n"
    "endpoints:\n"
    "  stapled: {host: a.example, leaf: {issuer: sub, key: ecdsa-p256, lifetime: 400d, "
    "renew_before: 10d}, chain: [sub-cert], staple: yes}\n"
    "  late: {host: b.example, leaf: {issuer: sub, key: ecdsa-p256, lifetime: 400d, "
    "renew_before: 10d}, chain: [sub-cert]}\n"
    "  renewed: {host: c.example, leaf: {issuer: sub, key: ecdsa-p256, lifetime: 200d, "
    "renew_before: 15d}, chain: [sub-cert], staple: yes}\n" /* on 07-05 */
    "  alone: {host: d.example, leaf: {issuer: sub, key: ecdsa-p256, lifetime: 400d, "
    "renew_before: 10d}, chain: [], alternates: [[evil-cert]]}\n"
    "  full: {host: e.example, leaf: {issuer: sub, key: ecdsa-p256, lifetime: 400d, "
    "renew_before: 10d}, chain: [sub-cert, root-cert]}\n"
    "  midnight: {host: f.example, leaf: {issuer: mid, key: ecdsa-p256, lifetime: 400d, "
    "renew_before: 10d}, chain: [], staple: yes}\n"
    "  mute: {host: g.example, leaf: {issuer: mute, key: ecdsa-p256, lifetime: 400d, "
    "renew_before: 10d}, chain: [], staple: yes}\n"
    "timeline:\n"
    "  - {at: 2021-07-02, serve: {endpoint: stapled, chain: [sub-cert]}}\n"
    "  - {at: 2021-07-01T06:00:00Z, outage: {authority: sub, services: [ocsp], lasts: 20d}}\n"
    "  - {at: 2021-07-01, outage: {authority: mid, lasts: 20d}}\n"
    "  - {at: 2021-07-03, revoke: {leaf: stapled}}\n"
    "  - {at: 2021-07-03, serve: {endpoint: late, staple: yes}}\n"
    "  - {at: 2021-08-01, revoke: {certificate: sub-cert}}\n"
    "roles: {M.int: evil-cert, A.root_g1: root-cert}\n"
    "threats:\n"
    "  - {attack: X04}\n"
    "  - {attack: X05, from: 2021-03-03}\n"
    "  - {attack: X07}\n"
    "  - {attack: X09}\n"
    "  - {attack: X10, from: 2021-03-03}\n"
    "  - {attack: X11, from: 2021-03-03}\n"
    "  - {attack: X12, from: 2021-03-03T12:00:00Z}\n"
    "  - {attack: X13, from: 2021-03-03}\n"
    "  - {attack: X18}\n"
    "  - {attack: X19}\n"
    "  - {attack: X22}\n"
    "fleet:\n"
    "  - {cohort: c, devices: 1, made: 2020-12-01 .. 2020-12-02, contact: {endpoint: stapled}}\n"
    "strategies:\n"
    "  - {name: nobody, anchors: [root-cert]}\n"
    "  - {name: staple, anchors: [root-cert], revocation: {mode: staple}}\n"
    "  - {name: ocsp, anchors: [root-cert], revocation: {mode: ocsp}}\n"
    "  - {name: ocsp-chain, anchors: [root-cert], revocation: {mode: ocsp, scope: chain}}\n"
    "  - {name: crl, anchors: [root-cert], revocation: {mode: crl}}\n"
    "  - {name: crl-chain, anchors: [root-cert], revocation: {mode: crl, scope: chain}}\n"
    "  - {name: aia, anchors: [root-cert], intermediates: {aia: yes, cache: yes}}\n"
    "  - {name: all, anchors: [root-cert], intermediates: {aia: yes}, revocation: {mode: crl}}\n"
    "  - {name: names, anchors: [root-cert], revocation: {mode: ocsp}, negotiate: "
    "{certificate_authorities: yes}}\n"
    "  - {name: pushed, anchors: [root-cert], revocation: {mode: pushed_set}}\n"
    "  - {name: dns-leaf, chain: {engine: dane, tlsa: \"3 1 1\"}}\n"
    "  - {name: dns-pkix, anchors: [root-cert], chain: {engine: dane, tlsa: \"1 1 1\"}}\n"
    "  - {name: dns-root, chain: {engine: dane, tlsa: \"2 0 1\"}}\n"
    "  - {name: dns-key, chain: {engine: dane, tlsa: \"2 1 1\"}, intermediates: {aia: yes}}\n";

enum { STAPLED, LATE, RENEWED, ALONE, FULL, MIDNIGHT, MUTE };
enum { ROOT_CERT, ROOT_NEXT, SUB_CERT, SUB_YOUNG, EVIL_CERT };
enum { GENUINE = PS_ATTACK_COUNT }; /* no attack */
enum { LEARNED = 1 };

static struct ps_plan *plan;
static struct ps_world world;
static struct ps_trusts trusts;

static void start(void)
{
    plan = plan_of(scenario);
    ps_world_init(&world, plan, 1);
}

static void stop(void)
{
    ps_trusts_deinit(&trusts);
    ps_world_deinit(&world);
    ps_plan_free(plan);
}

static uint32_t trust_of(const char *name, bool learned)
{
    static const uint32_t kept[] = {EVIL_CERT};
    const struct ps_learned knows = {.intermediates = kept, .intermediate_count = 1};
    const struct ps_device device = {.made = date("2020-12-01")};
    struct ps_trust_query query = {.device = &device,
                                   .release = PS_PLAN_NONE,
                                   .t = date("2021-01-01"),
                                   .build = device.made,
                                   .loaded = device.made,
                                   .learned = learned ? &knows : NULL};
    while (strcmp(plan->strategies[query.strategy].name, name) != 0)
        query.strategy++;
    ps_time until;
    return ps_trust_of(&trusts, &world, &query, &until);
}

struct asker {
    const char *strategy;
    uint32_t endpoint;
    const char *t;
    unsigned attack; /* enum ps_attack, or GENUINE */
    bool learned;
};

/* A contact as a life would make it, with a right clock. */
static struct ps_contact_spec spec_of(const struct asker *asker, ps_time *ret_until)
{
    const struct ps_stage_subject nobody = {{0, 0}, 0};
    struct ps_contact_spec s;
    ps_time until;
    memset(&s, 0, sizeof s);
    s.at = s.clock = date(asker->t);
    s.endpoint = asker->endpoint;
    s.trust = trust_of(asker->strategy, asker->learned);
    s.strategy = ps_trusts_at(&trusts, s.trust)->strategy;
    s.serving = ps_world_serving(&world, asker->endpoint, s.at, &nobody, &until);
    s.leaf = ps_world_leaf(&world, world.servings[s.serving].line, s.at);
    s.set_made = PS_TIME_ALWAYS;
    s.release = s.stolen_leaf = s.stolen_key = PS_PLAN_NONE;
    if (asker->attack != GENUINE) {
        s.kind = PS_KIND_PROBE;
        while (plan->threats[s.threat].attack != (enum ps_attack)asker->attack)
            s.threat++;
    }
    ps_answers_fill(&world, &trusts, &s, ret_until);
    return s;
}

/* `made`: the day of the staple; NULL: there is none. `until`: of what the world makes of it. */
static const struct staple_row {
    const char *name;
    uint32_t endpoint;
    const char *t;
    unsigned attack;
    const char *made;
    bool revoked, held;
    const char *until;
} staple_rows[] = {
    {"fresh", STAPLED, "2021-06-30T12:00:00Z", GENUINE, "2021-06-30", false, false,
     "2021-07-01"}, /* the other responder's outage */
    {"at midnight", STAPLED, "2021-07-01", GENUINE, "2021-07-01", false, false,
     "2021-07-01T06:00:00Z"},
    {"last second", STAPLED, "2021-07-01T05:59:59Z", GENUINE, "2021-07-01", false, false,
     "2021-07-01T06:00:00Z"},
    {"held", STAPLED, "2021-07-01T06:00:00Z", GENUINE, "2021-07-01", false, true, "2021-07-03"},
    {"held from before the revocation", STAPLED, "2021-07-03", GENUINE, "2021-07-01", false, true,
     "2021-07-08T00:00:01Z"},
    {"held to its end", STAPLED, "2021-07-08", GENUINE, "2021-07-01", false, true,
     "2021-07-08T00:00:01Z"},
    {"over", STAPLED, "2021-07-08T00:00:01Z", GENUINE, NULL, false, false, "2021-07-21"},
    {"back, and revoked", STAPLED, "2021-07-21T06:00:00Z", GENUINE, "2021-07-21", true, false,
     "2021-08-01"},
    {"down at midnight: of the day before", MIDNIGHT, "2021-07-01", GENUINE, "2021-06-30", false,
     true, "2021-07-01T06:00:00Z"},
    {"of the day before, to its end", MIDNIGHT, "2021-07-07", GENUINE, "2021-06-30", false, true,
     "2021-07-07T00:00:01Z"},
    {"of the day before, over", MIDNIGHT, "2021-07-07T00:00:01Z", GENUINE, NULL, false, false,
     "2021-07-21"},
    {"not stapled yet", LATE, "2021-07-02", GENUINE, NULL, false, false, "2021-07-03"},
    {"would be stapled, but nothing was got", LATE, "2021-07-03", GENUINE, NULL, false, false,
     "2021-07-21"},
    {"stapled since the responder is back", LATE, "2021-07-21T06:00:00Z", GENUINE, "2021-07-21",
     false, false, "2021-08-01"},
    {"held of the first leaf", RENEWED, "2021-07-04T23:59:59Z", GENUINE, "2021-07-01", false, true,
     "2021-07-08T00:00:01Z"},
    {"nothing was got for the next leaf", RENEWED, "2021-07-05", GENUINE, NULL, false, false,
     "2021-07-21"},
    {"an authority without a responder", MUTE, "2021-07-22", GENUINE, NULL, false, false,
     "2021-08-01"},
    {"thief", STAPLED, "2021-03-04", PS_ATTACK_X09, "2021-03-04", false, false, "2021-07-01"},
    {"thief, held", STAPLED, "2021-07-02", PS_ATTACK_X09, "2021-07-01", false, true, "2021-07-03"},
    {"thief of what is revoked", STAPLED, "2021-07-04", PS_ATTACK_X09, NULL, false, false,
     "2021-07-21"},
    {"thief, presumed revoked", STAPLED, "2021-03-04", PS_ATTACK_X10, NULL, false, false,
     "2021-07-01"},
    {"thief, everything blocked", STAPLED, "2021-03-04", PS_ATTACK_X11, NULL, false, false,
     "2021-07-01"},
    {"everything blocked, nothing revoked yet", STAPLED, "2021-03-02", PS_ATTACK_X11, NULL, false,
     false, "2021-07-01"},
    {"replayed, from the day of the premise", STAPLED, "2021-03-04", PS_ATTACK_X12, "2021-03-03",
     false, true, "2021-07-01"},
    {"replayed, long over", STAPLED, "2021-06-30", PS_ATTACK_X12, "2021-03-03", false, true,
     "2021-07-01"},
    {"twin, stripped", STAPLED, "2021-03-04", PS_ATTACK_X13, NULL, false, false, "2021-07-01"},
    {"his own answer", STAPLED, "2021-07-02", PS_ATTACK_X05, "2021-07-02", false, false,
     "2021-07-03"},
    {"his own CA's", MUTE, "2021-07-02", PS_ATTACK_X18, "2021-07-02", false, false, "2021-07-03"},
    {"mis-issued", STAPLED, "2021-03-04", PS_ATTACK_X04, "2021-03-04", false, false, "2021-07-01"},
    {"self-signed", STAPLED, "2021-03-04", PS_ATTACK_X01, NULL, false, false, "2021-07-01"},
};

START_TEST(staples)
{
    const struct staple_row *row = &staple_rows[_i];
    ps_time until;
    struct ps_contact_spec s =
        spec_of(&(struct asker){"staple", row->endpoint, row->t, row->attack, false}, &until);
    struct ps_stapled found = ps_stapled_of(&world, &s);
    ck_assert_msg(found.present == (row->made != NULL), "%s: %s", row->name,
                  found.present ? "there" : "not there");
    ck_assert_msg(until.s == date(row->until).s, "%s: until is %lld s off", row->name,
                  (long long)(until.s - date(row->until).s));
    if (!row->made)
        return;
    ck_assert_msg(found.made.s == date(row->made).s, "%s: made %lld s off", row->name,
                  (long long)(found.made.s - date(row->made).s));
    ck_assert_msg(found.revoked == row->revoked, "%s: revoked", row->name);
    ck_assert_msg(found.held == row->held, "%s: held", row->name);
    ck_assert_int_eq(found.lifetime.s, 7 * 86400);
}
END_TEST

/* Who looks at no staple is in no class of his own, and nothing ends. */
START_TEST(staple_unread)
{
    ps_time until;
    struct ps_contact_spec s =
        spec_of(&(struct asker){"nobody", STAPLED, "2021-03-04", GENUINE, false}, &until);
    ck_assert(!s.staple);
    ck_assert_int_eq(until.s, INT64_MAX);
    ck_assert_uint_eq(s.down, 0);
}
END_TEST

/* "leaf:oC! evil-cert:i>sub-cert": about whom, o(csp), c(rl), i(ssuer), in capitals what is down,
 * ! revoked, > what is handed out. */
static void text_of(const struct ps_asked_list *list, char *text, size_t size)
{
    static const char small[] = "oci", large[] = "OCI";
    static const uint32_t bits[] = {PS_PUBLISH_OCSP, PS_PUBLISH_CRL, PS_PUBLISH_ISSUER};
    size_t length = 0;
    text[0] = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct ps_asked *a = &list->items[i];
        struct ps_target target = a->issued.certificate;
        const char *name = target.kind == PS_TARGET_CERTIFICATE
                               ? plan->certificates[target.number].name
                           : target.kind == PS_TARGET_LEAF        ? "leaf"
                           : target.kind == PS_TARGET_STAPLE_LEAF ? "twin"
                           : target.kind == PS_TARGET_ATTACK_LEAF ? "his"
                           : target.kind == PS_TARGET_ATTACK_CA   ? "his-ca"
                                                                  : "?";
        char services[4] = "";
        size_t n = 0;
        for (size_t k = 0; k < 3; k++)
            if ((a->services & bits[k]) != 0)
                services[n++] = (a->down & bits[k]) != 0 ? large[k] : small[k];
        length += (size_t)snprintf(text + length, size - length, "%s%s:%s%s", i ? " " : "", name,
                                   services, a->revoked ? "!" : "");
        if (a->handed_out != PS_PLAN_NONE)
            length += (size_t)snprintf(text + length, size - length, ">%s",
                                       plan->certificates[a->handed_out].name);
    }
}

static const struct asked_row {
    struct asker asker;
    const char *text;
} asked_rows[] = {
    {{"nobody", LATE, "2021-03-04", GENUINE, 0}, ""},
    {{"staple", LATE, "2021-03-04", GENUINE, 0}, ""},
    {{"ocsp", LATE, "2021-03-04", GENUINE, 0}, "leaf:o sub-cert:"},
    {{"ocsp-chain", LATE, "2021-03-04", GENUINE, 0}, "leaf:o sub-cert:"},
    {{"crl", LATE, "2021-03-04", GENUINE, 0}, "leaf:c sub-cert:"},
    {{"crl-chain", LATE, "2021-03-04", GENUINE, 0}, "leaf:c sub-cert:c"},
    {{"crl-chain", FULL, "2021-03-04", GENUINE, 0}, "leaf:c sub-cert:c root-cert:"},
    {{"crl-chain", ALONE, "2021-03-04", GENUINE, 0}, "leaf:c"},
    {{"names", ALONE, "2021-03-04", GENUINE, 0}, "leaf:o evil-cert:"},
    {{"aia", ALONE, "2021-03-04", GENUINE, 0}, "leaf:i>sub-cert sub-cert:"},
    {{"aia", ALONE, "2021-03-04", GENUINE, LEARNED}, "leaf:i>sub-cert evil-cert: sub-cert:"},
    {{"aia", LATE, "2021-08-31T23:59:59Z", GENUINE, 0}, "leaf:i>sub-cert sub-cert:"},
    {{"aia", LATE, "2021-09-01", GENUINE, 0}, "leaf:i>sub-young sub-cert: sub-young:"},
    {{"aia", MUTE, "2021-09-01", GENUINE, 0}, "leaf:"},
    {{"all", ALONE, "2021-03-04", GENUINE, 0}, "leaf:ci>sub-cert sub-cert:"},
    /* Down and revoked. */
    {{"ocsp", LATE, "2021-07-01T05:59:59Z", GENUINE, 0}, "leaf:o sub-cert:"},
    {{"ocsp", LATE, "2021-07-01T06:00:00Z", GENUINE, 0}, "leaf:O sub-cert:"},
    {{"crl", LATE, "2021-07-02", GENUINE, 0}, "leaf:c sub-cert:"},
    {{"aia", LATE, "2021-07-02", GENUINE, 0}, "leaf:i>sub-cert sub-cert:"},
    {{"crl", STAPLED, "2021-07-02T23:59:59Z", GENUINE, 0}, "leaf:c sub-cert:"},
    {{"crl", STAPLED, "2021-07-03", GENUINE, 0}, "leaf:c! sub-cert:"},
    {{"crl", LATE, "2021-07-03", GENUINE, 0}, "leaf:c sub-cert:"},
    {{"aia", STAPLED, "2021-07-03", GENUINE, 0}, "leaf:i>sub-cert sub-cert:"},
    {{"crl-chain", LATE, "2021-08-01", GENUINE, 0}, "leaf:c sub-cert:c!"},
    {{"crl", LATE, "2021-08-01", GENUINE, 0}, "leaf:c sub-cert:"},
    /* Attackers. */
    {{"crl-chain", LATE, "2021-03-04", PS_ATTACK_X01, 0}, "his:"},
    {{"ocsp", LATE, "2021-07-02", PS_ATTACK_X04, 0}, "his:O sub-cert:"},
    {{"ocsp", LATE, "2021-07-02", PS_ATTACK_X05, 0}, "his:o sub-cert:"},
    {{"crl-chain", LATE, "2021-03-02", PS_ATTACK_X05, 0}, "his:c sub-cert:c"},
    {{"crl-chain", LATE, "2021-03-03", PS_ATTACK_X05, 0}, "his:c sub-cert:c!"},
    {{"crl-chain", LATE, "2021-03-04", PS_ATTACK_X07, 0}, "his:c his-ca:c"},
    {{"crl-chain", LATE, "2021-03-04", PS_ATTACK_X18, 0}, "his:c his-ca:"},
    {{"crl-chain", LATE, "2021-03-04", PS_ATTACK_X19, 0}, "his: evil-cert:c sub-cert:c"},
    {{"ocsp", LATE, "2021-03-04", PS_ATTACK_X09, 0}, "leaf:o sub-cert:"},
    {{"ocsp", STAPLED, "2021-07-04", PS_ATTACK_X09, 0}, "leaf:O! sub-cert:"},
    {{"ocsp", LATE, "2021-03-02T23:59:59Z", PS_ATTACK_X10, 0}, "leaf:o sub-cert:"},
    {{"ocsp", LATE, "2021-03-03", PS_ATTACK_X10, 0}, "leaf:o! sub-cert:"},
    {{"all", LATE, "2021-03-04", PS_ATTACK_X11, 0}, "leaf:CI! sub-cert:"},
    {{"ocsp", LATE, "2021-03-04", PS_ATTACK_X13, 0}, "twin:O! sub-cert:"},
    {{"ocsp", STAPLED, "2021-07-04", PS_ATTACK_X12, 0}, "leaf:o sub-cert:"},
    {{"crl-chain", LATE, "2021-08-02", PS_ATTACK_X12, 0}, "leaf:c sub-cert:c"},
    /* What is sent for DNS's sake, and leads on. */
    {{"dns-key", LATE, "2021-03-04", GENUINE, 0}, "leaf:i>sub-cert sub-cert: root-cert:"},
    {{"dns-key", FULL, "2021-03-04", GENUINE, 0}, "leaf:i>sub-cert sub-cert: root-cert:"},
};

START_TEST(asked)
{
    const struct asked_row *row = &asked_rows[_i];
    ps_time until;
    struct ps_contact_spec s = spec_of(&row->asker, &until);
    struct ps_asked_list list;
    char text[256];
    ps_asked_list_init(&list, &world, &trusts, &s);
    text_of(&list, text, sizeof text);
    ck_assert_msg(strcmp(text, row->text) == 0, "%s, endpoint %u, %s: '%s'", row->asker.strategy,
                  row->asker.endpoint, row->asker.t, text);
    ps_asked_list_deinit(&list);
    s.plain = true; /* without TLS nobody is asked */
    ps_asked_list_init(&list, &world, &trusts, &s);
    ck_assert_uint_eq(list.count, 0);
    ps_asked_list_deinit(&list);
}
END_TEST

/* The day of an answer about the leaf of `stapled`, and its thisUpdate on a clock. */
static const struct day_row {
    const char *name, *t;
    unsigned attack;
    const char *clock, *made;
    bool held;
    const char *this_update;
} day_rows[] = {
    {"first second", "2021-05-05", GENUINE, "2021-05-05", "2021-05-05", false, "2021-05-05"},
    {"last second", "2021-05-05T23:59:59Z", GENUINE, "2021-05-05", "2021-05-05", false,
     "2021-05-05"},
    {"a clock that is behind", "2021-05-05", GENUINE, "2021-04-01", "2021-05-05", false,
     "2021-05-05"},
    {"thief", "2021-05-05", PS_ATTACK_X10, "2021-04-01", "2021-05-05", false, "2021-05-05"},
    {"before the premise", "2021-03-03T11:59:59Z", PS_ATTACK_X12, "2021-03-03T11:59:59Z",
     "2021-03-03", false, "2021-03-03"},
    {"replayed", "2021-03-03T12:00:00Z", PS_ATTACK_X12, "2021-03-03T12:00:00Z", "2021-03-03", true,
     "2021-03-03"},
    {"replayed later", "2021-07-04", PS_ATTACK_X12, "2021-07-04", "2021-03-03", true, "2021-03-03"},
    {"replayed to a clock that is behind", "2021-07-04", PS_ATTACK_X12, "2021-03-02T23:59:59Z",
     "2021-03-03", true, "2021-03-02T23:59:59Z"},
    {"replayed to a clock of that day", "2021-07-04", PS_ATTACK_X12, "2021-03-03", "2021-03-03",
     true, "2021-03-03"},
};

START_TEST(days)
{
    const struct day_row *row = &day_rows[_i];
    ps_time until;
    struct ps_contact_spec s =
        spec_of(&(struct asker){"ocsp", STAPLED, row->t, row->attack, false}, &until);
    s.clock = date(row->clock);
    struct ps_issued leaf = ps_presented_leaf(&world, &s);
    struct ps_answer_day day = ps_answer_day(&world, &s, leaf.certificate);
    ck_assert_msg(day.made.s == date(row->made).s, "%s: made %lld s off", row->name,
                  (long long)(day.made.s - date(row->made).s));
    ck_assert_msg(day.held == row->held, "%s: held", row->name);
    ps_time update = ps_answer_this_update(&world, &s, day.made);
    ck_assert_msg(update.s == date(row->this_update).s, "%s: thisUpdate %lld s off", row->name,
                  (long long)(update.s - date(row->this_update).s));
}
END_TEST

/* By the timeline or by the premise, whichever is earlier; about each certificate its own. */
START_TEST(replayed_days)
{
    ps_time until;
    struct ps_contact_spec s =
        spec_of(&(struct asker){"crl-chain", STAPLED, "2021-09-09", PS_ATTACK_X12, false}, &until);
    struct ps_target leaf = ps_presented_leaf(&world, &s).certificate,
                     sub = {PS_TARGET_CERTIFICATE, SUB_CERT}, root = {PS_TARGET_CERTIFICATE, 0};
    ck_assert_int_eq(ps_answer_day(&world, &s, leaf).made.s, date("2021-03-03").s);
    ck_assert_int_eq(ps_answer_day(&world, &s, sub).made.s, date("2021-07-31").s);
    ck_assert_int_eq(ps_answer_day(&world, &s, root).made.s, date("2021-09-09").s);
    plan->threats[s.threat].from = date("2021-08-08");
    ck_assert_int_eq(ps_answer_day(&world, &s, leaf).made.s, date("2021-07-02").s);
}
END_TEST

START_TEST(lifetimes)
{
    const struct ps_issued sub = {{PS_TARGET_LEAF, 0}, 1, false},
                           root = {{PS_TARGET_CERTIFICATE, SUB_CERT}, 0, false},
                           his = {{PS_TARGET_ATTACK_LEAF, 0}, PS_PLAN_NONE, true};
    ck_assert_int_eq(ps_answer_lifetimes(&world, &sub).ocsp.s, 7 * 86400);
    ck_assert_int_eq(ps_answer_lifetimes(&world, &sub).crl.s, 20 * 86400);
    ck_assert_int_eq(ps_answer_lifetimes(&world, &root).crl.s, 30 * 86400);
    ck_assert_int_eq(ps_answer_lifetimes(&world, &his).ocsp.s, 7 * 86400);
    ck_assert_int_eq(ps_answer_lifetimes(&world, &his).crl.s, 90 * 86400);
}
END_TEST

/* What DNS has for a contact, what is sent for its sake, and when that changes: with roots. */
static const struct dns_row {
    struct asker asker;
    enum ps_target_kind kind;
    uint32_t number; /* of a certificate */
    uint32_t sent;
    const char *until;
} dns_rows[] = {
    {{"nobody", LATE, "2021-03-04", GENUINE, 0}, PS_TARGET_NONE, 0, PS_PLAN_NONE, NULL},
    {{"dns-leaf", LATE, "2021-03-04", GENUINE, 0}, PS_TARGET_LEAF, 0, PS_PLAN_NONE, "2021-09-01"},
    {{"dns-pkix", LATE, "2021-03-04", GENUINE, 0}, PS_TARGET_LEAF, 0, PS_PLAN_NONE, "2021-09-01"},
    {{"dns-root", LATE, "2021-03-04", GENUINE, 0},
     PS_TARGET_CERTIFICATE,
     ROOT_CERT,
     ROOT_CERT,
     "2021-09-01"},
    {{"dns-root", LATE, "2021-09-30T23:59:59Z", GENUINE, 0},
     PS_TARGET_CERTIFICATE,
     ROOT_CERT,
     ROOT_CERT,
     "2021-10-01"},
    {{"dns-root", LATE, "2021-10-01", GENUINE, 0},
     PS_TARGET_CERTIFICATE,
     ROOT_NEXT,
     ROOT_NEXT,
     "2021-11-01T00:00:01Z"},
    {{"dns-root", FULL, "2021-03-04", GENUINE, 0},
     PS_TARGET_CERTIFICATE,
     ROOT_CERT,
     PS_PLAN_NONE,
     "2021-09-01"},
    {{"dns-root", FULL, "2021-10-01", GENUINE, 0},
     PS_TARGET_CERTIFICATE,
     ROOT_NEXT,
     ROOT_NEXT,
     "2021-11-01T00:00:01Z"},
    {{"dns-root", LATE, "2021-03-04", PS_ATTACK_X04, 0},
     PS_TARGET_CERTIFICATE,
     ROOT_CERT,
     ROOT_CERT,
     "2021-09-01"},
    {{"dns-root", LATE, "2021-03-04", PS_ATTACK_X01, 0},
     PS_TARGET_CERTIFICATE,
     ROOT_CERT,
     PS_PLAN_NONE,
     "2021-09-01"},
    {{"dns-root", LATE, "2021-03-04", PS_ATTACK_X22, 0},
     PS_TARGET_ATTACK_LEAF,
     0,
     PS_PLAN_NONE,
     "2021-09-01"},
    {{"dns-leaf", LATE, "2021-03-04", PS_ATTACK_X22, 0},
     PS_TARGET_ATTACK_LEAF,
     0,
     PS_PLAN_NONE,
     "2021-09-01"},
};

START_TEST(dns)
{
    const struct dns_row *row = &dns_rows[_i];
    const char *name = row->asker.strategy;
    ps_time until;
    struct ps_contact_spec s = spec_of(&row->asker, &until);
    ck_assert_msg(s.tlsa.kind == row->kind, "%s, %s: kind %u", name, row->asker.t, s.tlsa.kind);
    if (row->kind == PS_TARGET_LEAF)
        ck_assert_uint_eq(s.tlsa.number, s.leaf);
    if (row->kind == PS_TARGET_CERTIFICATE)
        ck_assert_msg(s.tlsa.number == row->number, "%s, %s: %u", name, row->asker.t,
                      s.tlsa.number);
    uint32_t sent = ps_answers_sent_root(&world, &s);
    ck_assert_msg(sent == row->sent, "%s, %s: %u is sent", name, row->asker.t, sent);
    int64_t wanted = row->until ? date(row->until).s : INT64_MAX;
    ck_assert_msg(until.s == wanted, "%s, %s: until is %lld s off", name, row->asker.t,
                  (long long)(until.s - wanted));
}
END_TEST

/* A set that was made when the premise held knows of what it presumes, and no older one. */
static const struct premise_row {
    unsigned attack;
    const char *strategy, *set_made;
    size_t known;
} premise_rows[] = {
    {PS_ATTACK_X10, "pushed", "2021-03-02T23:59:59Z", 0},
    {PS_ATTACK_X10, "pushed", "2021-03-03", 1},
    {PS_ATTACK_X13, "pushed", "2021-03-03", 1},
    {PS_ATTACK_X05, "pushed", "2021-03-03", 2}, /* both of the issuer's certificates */
    {PS_ATTACK_X09, "pushed", "2021-03-03", 0},
    {PS_ATTACK_X10, "crl", "2021-03-03", 0},
};

START_TEST(premises)
{
    const struct premise_row *row = &premise_rows[_i];
    ps_time until;
    struct ps_contact_spec s =
        spec_of(&(struct asker){row->strategy, LATE, "2021-04-04", row->attack, false}, &until);
    uint32_t before = s.trust;
    s.set_made = date(row->set_made);
    ps_answers_fill(&world, &trusts, &s, &until);
    const struct ps_trust_state *state = ps_trusts_at(&trusts, s.trust);
    ck_assert_msg(state->revoked_count == row->known, "row %d: %zu", _i, state->revoked_count);
    ck_assert_msg((s.trust != before) == (row->known > 0), "row %d: state", _i);
    for (size_t i = 0; i < state->revoked_count; i++) {
        struct ps_target target = state->revoked[i];
        bool sub = ps_target_is(target, (struct ps_target){PS_TARGET_CERTIFICATE, SUB_CERT}) ||
                   ps_target_is(target, (struct ps_target){PS_TARGET_CERTIFICATE, SUB_YOUNG});
        bool leaf = ps_target_is(target, ps_presented_leaf(&world, &s).certificate);
        ck_assert_msg(row->attack == PS_ATTACK_X05 ? sub : leaf, "row %d: what is in it", _i);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("answers");
    TCase *tests = tcase_create("answers");
    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_loop_test(tests, staples, 0, (int)(sizeof staple_rows / sizeof *staple_rows));
    tcase_add_test(tests, staple_unread);
    tcase_add_loop_test(tests, asked, 0, (int)(sizeof asked_rows / sizeof *asked_rows));
    tcase_add_loop_test(tests, days, 0, (int)(sizeof day_rows / sizeof *day_rows));
    tcase_add_test(tests, replayed_days);
    tcase_add_test(tests, lifetimes);
    tcase_add_loop_test(tests, dns, 0, (int)(sizeof dns_rows / sizeof *dns_rows));
    tcase_add_loop_test(tests, premises, 0, (int)(sizeof premise_rows / sizeof *premise_rows));
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
