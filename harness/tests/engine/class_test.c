/* SPDX-License-Identifier: Apache-2.0
 *
 * The class key, one item at a time: what a verdict reads makes another class, what it does not
 * read does not; and every date cuts a stretch where it changes the key.
 */
#include "engine/attack.h"
#include "engine/class.h"
#include "plan.h"

static const char scenario[] =
    "scenario: class\n"
    "title: What a verdict reads\n"
    "from: 2021-01-01\n"
    "until: 2022-01-01\n"
    "authorities:\n"
    "  a: {subject: \"CN=A\", key: ecdsa-p256}\n"
    "  b: {subject: \"CN=B\", key: ecdsa-p256}\n"
    "  c: {subject: \"CN=C\", key: ecdsa-p256}\n"
    "certificates:\n"
    "  root: {of: a, issuer: a, valid: 2021-02-03 .. 2021-10-03}\n"
    "  sent: {of: b, issuer: a, valid: 2021-02-05 .. 2021-10-05}\n"
    "  evil: {of: c, issuer: a, valid: 2021-02-07 .. 2021-10-07}\n"
    "  sent-too: {of: b, issuer: a, valid: 2021-02-09 .. 2021-10-09}\n"
    "endpoints:\n"
    "  base:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: a, key: ecdsa-p256, lifetime: 40d, renew_before: 10d, new_key: yes}\n"
    "    chain: [sent]\n"
    "  same:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: a, key: ecdsa-p256, lifetime: 40d, renew_before: 10d, new_key: yes}\n"
    "    chain: [sent]\n"
    "  issuer:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: b, key: ecdsa-p256, lifetime: 40d, renew_before: 10d}\n"
    "    chain: [sent]\n"
    "  type:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: a, key: rsa-2048, lifetime: 40d, renew_before: 10d}\n"
    "    chain: [sent]\n"
    "  hash:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: a, key: ecdsa-p256, signed: sha384, lifetime: 40d, renew_before: 10d}\n"
    "    chain: [sent]\n"
    "  san:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: a, key: ecdsa-p256, san: no, lifetime: 40d, renew_before: 10d}\n"
    "    chain: [sent]\n"
    "  name:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: a, key: ecdsa-p256, common_name: x, lifetime: 40d, renew_before: 10d}\n"
    "    chain: [sent]\n"
    "  chain:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: a, key: ecdsa-p256, lifetime: 40d, renew_before: 10d}\n"
    "    chain: [sent-too]\n"
    "  alone:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: a, key: ecdsa-p256, lifetime: 40d, renew_before: 10d}\n"
    "    chain: []\n"
    "keys:\n"
    "  kb: ecdsa-p256\n"
    "roles: {backup_key: kb, M.int: evil}\n"
    "timeline: [{at: 2021-06-21, release: {name: fw, strategies: [timed], pins: []}}]\n"
    "threats: [{attack: X01}, {attack: X02}, {attack: X03}, {attack: X09}, {attack: X14}, "
    "{attack: X16}, {attack: X04}, {attack: U07}]\n"
    "fleet:\n"
    "  - {cohort: all, devices: 10, made: 2020-01-01 .. 2021-06-01, contact: {endpoint: base}}\n"
    "strategies:\n"
    "  - {name: path, preset: single_root_static, anchors: [root]}\n"
    "  - {name: path-too, preset: single_root_static, anchors: [root]}\n"
    "  - {name: other-anchor, preset: single_root_static, anchors: [evil]}\n"
    "  - {name: cert-pin, preset: leaf_cert_pin}\n"
    "  - {name: key-pin, preset: leaf_spki_backup_ota}\n"
    "  - {name: anyone, preset: no_verify}\n"
    "  - {name: ending, preset: no_verify, pins: {set: [{match: subject_dn, depth: any, of: "
    "root}], "
    "combine: only, expires: 2021-06-11}}\n"
    "  - {name: timed, chain: {engine: none}, update: {channel: fw_tls_same, payload_auth: "
    "signature, rollback_protection: signed_time}}\n";

enum { BASE, SAME, ISSUER, TYPE, HASH, SAN, NAME, CHAIN, ALONE };

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

static void follow(struct ps_contact_spec *s, const char *strategy)
{
    s->strategy = 0;
    while (strcmp(plan->strategies[s->strategy].name, strategy) != 0)
        s->strategy++;
    const struct ps_device device = {.made = date("2021-01-01")};
    ps_time until;
    const struct ps_trust_query query = {.device = &device,
                                         .strategy = s->strategy,
                                         .release = PS_PLAN_NONE,
                                         .t = device.made,
                                         .build = device.made,
                                         .loaded = device.made};
    s->trust = ps_trust_of(&trusts, &world, &query, &until);
}

/* A leaf and chain as that endpoint has them, still under the name of the first. */
static void serve(struct ps_contact_spec *s, uint32_t endpoint, const char *t)
{
    s->serving = world.first_serving[endpoint];
    s->leaf = ps_world_leaf(&world, world.servings[s->serving].line, date(t));
}

static struct ps_contact_spec spec_of(const char *strategy, enum ps_contact_kind kind)
{
    struct ps_contact_spec s;
    memset(&s, 0, sizeof s);
    s.kind = kind;
    s.release = s.installed = PS_PLAN_NONE;
    s.timeout.s = 30;
    s.clock = date("2021-05-20");
    s.threat = 2;
    follow(&s, strategy);
    serve(&s, BASE, "2021-05-20");
    s.stolen_leaf = s.stolen_key = PS_PLAN_NONE;
    return s;
}

static bool same(const struct ps_contact_spec *a, const struct ps_contact_spec *b)
{
    struct ps_buffer left = {0}, right = {0};
    ps_class_key(&world, &trusts, a, &left);
    ps_class_key(&world, &trusts, b, &right);
    bool equal = left.size == right.size && memcmp(left.data, right.data, left.size) == 0;
    ps_buffer_deinit(&left);
    ps_buffer_deinit(&right);
    return equal;
}

#define CHANGE(name) static void name(struct ps_contact_spec *s)
CHANGE(kind_update)
{
    s->kind = PS_KIND_UPDATE;
}
CHANGE(kind_probe)
{
    s->kind = PS_KIND_PROBE;
}
CHANGE(strategy_too)
{
    follow(s, "path-too");
}
CHANGE(anchor)
{
    s->trust = 0;
    follow(s, "other-anchor");
    s->strategy = 0;
}
CHANGE(endpoint)
{
    s->endpoint = 1;
}
CHANGE(plain)
{
    s->plain = true;
}
CHANGE(fault_cut)
{
    s->fault = PS_FAULT_CUT;
}
CHANGE(fault_reset)
{
    s->fault = PS_FAULT_RESET;
}
CHANGE(bytes)
{
    s->fault = PS_FAULT_CUT;
    s->after_bytes = 1;
}
CHANGE(bytes_alone)
{
    s->after_bytes = 1;
}
CHANGE(short_delay)
{
    s->fault = PS_FAULT_DELAY;
    s->delay.s = 29;
}
CHANGE(shorter_delay)
{
    s->fault = PS_FAULT_DELAY;
    s->delay.s = 1;
}
CHANGE(long_delay)
{
    s->fault = PS_FAULT_DELAY;
    s->delay.s = 30;
}
CHANGE(longer_delay)
{
    s->fault = PS_FAULT_DELAY;
    s->delay.s = 31;
}
CHANGE(cut_sooner)
{
    s->fault = PS_FAULT_CUT;
    s->timeout.s = 29;
}
CHANGE(sooner)
{
    s->timeout.s = 29;
}
CHANGE(installed)
{
    s->installed = 0;
}
CHANGE(rescue)
{
    s->release = PS_RELEASE_RESCUE;
}
CHANGE(role)
{
    s->role = PS_ROLE_PINS;
}
CHANGE(release)
{
    s->release = 3;
}
CHANGE(attack)
{
    s->threat = 0;
}
CHANGE(attack_too)
{
    s->threat = 1;
}
CHANGE(served_same)
{
    serve(s, SAME, "2021-05-20");
}
CHANGE(issuer)
{
    serve(s, ISSUER, "2021-05-20");
}
CHANGE(type)
{
    serve(s, TYPE, "2021-05-20");
}
CHANGE(hash)
{
    serve(s, HASH, "2021-05-20");
}
CHANGE(san)
{
    serve(s, SAN, "2021-05-20");
}
CHANGE(common_name)
{
    serve(s, NAME, "2021-05-20");
}
CHANGE(chain)
{
    serve(s, CHAIN, "2021-05-20");
}
CHANGE(alone)
{
    serve(s, ALONE, "2021-05-20");
}
CHANGE(next_leaf)
{
    serve(s, BASE, "2021-06-15");
    s->clock = date("2021-06-15");
}
/* The attacks in the scenario's order. */
enum { THREAT_THEFT = 3, THREAT_FIRST_LEAF, THREAT_FIRST_KEY, THREAT_OUR_CA, THREAT_CHANNEL };
static void steal(struct ps_contact_spec *s, uint32_t threat, uint32_t endpoint, const char *t)
{
    s->threat = threat;
    s->endpoint = endpoint;
    serve(s, endpoint, t);
    ps_attack_steal(&world, s);
    s->endpoint = BASE; /* the name of the endpoint is an item of its own */
}
CHANGE(our_ca)
{
    steal(s, THREAT_OUR_CA, BASE, "2021-05-20");
}
CHANGE(our_other_ca)
{
    steal(s, THREAT_OUR_CA, ISSUER, "2021-05-20");
}
CHANGE(our_chain)
{
    steal(s, THREAT_OUR_CA, CHAIN, "2021-05-20");
}
CHANGE(stolen_leaf)
{
    steal(s, THREAT_THEFT, BASE, "2021-05-20");
}
CHANGE(stolen_next)
{
    steal(s, THREAT_THEFT, BASE, "2021-06-15");
    s->clock = date("2021-06-15");
}
CHANGE(stolen_issuer)
{
    steal(s, THREAT_THEFT, ISSUER, "2021-05-20");
}
CHANGE(stolen_first)
{
    steal(s, THREAT_FIRST_LEAF, BASE, "2021-05-20");
}
CHANGE(stolen_first_late)
{
    steal(s, THREAT_FIRST_LEAF, BASE, "2021-06-15");
}
CHANGE(stolen_key)
{
    steal(s, THREAT_FIRST_KEY, BASE, "2021-05-20");
}
CHANGE(stolen_other_key)
{
    steal(s, THREAT_FIRST_KEY, SAME, "2021-05-20");
}
CHANGE(stolen_type)
{
    steal(s, THREAT_FIRST_KEY, TYPE, "2021-05-20");
}
CHANGE(forged)
{
    s->sends = PS_SENDS_FORGED;
}
CHANGE(proved)
{
    s->sends = PS_SENDS_PROVED;
}
CHANGE(forged_plain)
{
    s->sends = PS_SENDS_FORGED;
    s->plain = true;
}
CHANGE(proved_plain)
{
    s->sends = PS_SENDS_PROVED;
    s->plain = true;
}
CHANGE(older)
{
    s->sends = PS_SENDS_OLDER;
}
CHANGE(older_still)
{
    s->sends = PS_SENDS_OLDER;
    s->release = 3;
}
CHANGE(knows_secret)
{
    s->knows_secret = true;
}
CHANGE(other_way)
{
    s->way = 4;
}
CHANGE(channel_self_signed)
{
    s->threat = THREAT_CHANNEL;
    s->presents = PS_ATTACK_X01;
}
CHANGE(channel_evil_name)
{
    s->threat = THREAT_CHANNEL;
    s->presents = PS_ATTACK_X02;
}
CHANGE(evil_name_only)
{
    s->presents = PS_ATTACK_X02;
}
CHANGE(other_device)
{
    s->cohort = 7;
    s->number = 8;
}
CHANGE(later)
{
    s->clock.s += 100;
}
CHANGE(nothing)
{
    (void)s;
}

static const struct row {
    const char *name, *strategy;
    enum ps_contact_kind kind;
    void (*first)(struct ps_contact_spec *), (*second)(struct ps_contact_spec *);
    bool same;
} rows[] = {
    {"update", "path", PS_KIND_TELEMETRY, nothing, kind_update, false},
    {"probe", "path", PS_KIND_TELEMETRY, nothing, kind_probe, false},
    {"strategy", "path", PS_KIND_TELEMETRY, nothing, strategy_too, false},
    {"anchor", "path", PS_KIND_TELEMETRY, nothing, anchor, false},
    {"endpoint", "path", PS_KIND_TELEMETRY, nothing, endpoint, false},
    {"plain", "path", PS_KIND_UPDATE, nothing, plain, false},
    {"fault", "path", PS_KIND_TELEMETRY, nothing, fault_cut, false},
    {"another fault", "path", PS_KIND_TELEMETRY, fault_reset, fault_cut, false},
    {"bytes of a fault", "path", PS_KIND_TELEMETRY, fault_cut, bytes, false},
    {"bytes of none", "path", PS_KIND_TELEMETRY, nothing, bytes_alone, true},
    {"delay", "path", PS_KIND_TELEMETRY, short_delay, long_delay, false},
    {"short delays", "path", PS_KIND_TELEMETRY, short_delay, shorter_delay, true},
    {"long delays", "path", PS_KIND_TELEMETRY, long_delay, longer_delay, true},
    {"time-out in a fault", "path", PS_KIND_TELEMETRY, fault_cut, cut_sooner, false},
    {"time-out of none", "path", PS_KIND_TELEMETRY, nothing, sooner, true},
    {"release", "path", PS_KIND_UPDATE, nothing, release, false},
    {"what is installed", "path", PS_KIND_UPDATE, nothing, installed, true},
    {"what is installed, where that counts", "timed", PS_KIND_UPDATE, nothing, installed, false},
    {"what is installed, at no update", "timed", PS_KIND_TELEMETRY, nothing, installed, true},
    {"a release of the day", "timed", PS_KIND_UPDATE, nothing, rescue, false},
    {"role", "path", PS_KIND_TELEMETRY, nothing, role, true},
    {"attack", "path", PS_KIND_PROBE, nothing, attack, false},
    {"attack without a certificate", "path", PS_KIND_PROBE, attack, attack_too, false},
    {"served alike", "path", PS_KIND_TELEMETRY, nothing, served_same, true},
    {"issuer", "path", PS_KIND_TELEMETRY, nothing, issuer, false},
    {"key type", "path", PS_KIND_TELEMETRY, nothing, type, false},
    {"hash", "path", PS_KIND_TELEMETRY, nothing, hash, false},
    {"san", "path", PS_KIND_TELEMETRY, nothing, san, false},
    {"common name", "path", PS_KIND_TELEMETRY, nothing, common_name, false},
    {"chain", "path", PS_KIND_TELEMETRY, nothing, chain, false},
    {"chain, dates unread", "anyone", PS_KIND_TELEMETRY, nothing, chain, false},
    {"no chain", "anyone", PS_KIND_TELEMETRY, nothing, alone, false},
    {"renewed leaf", "path", PS_KIND_TELEMETRY, nothing, next_leaf, true},
    {"renewed leaf, its hash pinned", "cert-pin", PS_KIND_TELEMETRY, nothing, next_leaf, false},
    {"renewed leaf, its key pinned", "key-pin", PS_KIND_TELEMETRY, nothing, next_leaf, false},
    {"renewed leaf, not the attacker's", "cert-pin", PS_KIND_PROBE, nothing, next_leaf, true},
    {"issuer of the leaf, not the attacker's", "path", PS_KIND_PROBE, nothing, issuer, true},
    {"issuer that the attacker has, too", "path", PS_KIND_PROBE, our_ca, our_other_ca, false},
    {"chain that the attacker has, too", "anyone", PS_KIND_PROBE, our_ca, our_chain, false},
    {"stolen leaf", "path", PS_KIND_PROBE, stolen_leaf, stolen_next, true},
    {"stolen leaf, its hash pinned", "cert-pin", PS_KIND_PROBE, stolen_leaf, stolen_next, false},
    {"stolen leaf, its key pinned", "key-pin", PS_KIND_PROBE, stolen_leaf, stolen_next, false},
    {"stolen leaf, its issuer", "path", PS_KIND_PROBE, stolen_leaf, stolen_issuer, false},
    {"stolen first leaf", "cert-pin", PS_KIND_PROBE, stolen_first, stolen_first_late, true},
    {"stolen key", "path", PS_KIND_PROBE, stolen_key, stolen_other_key, true},
    {"stolen key, pinned", "key-pin", PS_KIND_PROBE, stolen_key, stolen_other_key, false},
    {"stolen key, its type", "path", PS_KIND_PROBE, stolen_key, stolen_type, false},
    {"attacker's update", "path", PS_KIND_PROBE, nothing, forged, false},
    {"attacker's update, its proof", "path", PS_KIND_PROBE, forged, proved, false},
    {"attacker's update in the clear", "path", PS_KIND_PROBE, forged, forged_plain, false},
    {"its proof in the clear", "path", PS_KIND_PROBE, forged_plain, proved_plain, false},
    {"older update", "path", PS_KIND_PROBE, older, older_still, false},
    {"attacker's secret", "path", PS_KIND_PROBE, nothing, knows_secret, false},
    {"way of a question", "path", PS_KIND_PROBE, nothing, other_way, true},
    {"what an attack on a channel rests on", "path", PS_KIND_PROBE, channel_self_signed,
     channel_evil_name, false},
    {"what only that reads", "path", PS_KIND_PROBE, nothing, evil_name_only, true},
    {"device", "path", PS_KIND_TELEMETRY, nothing, other_device, true},
    {"second", "path", PS_KIND_TELEMETRY, nothing, later, true},
};

START_TEST(items)
{
    const struct row *row = &rows[_i];
    struct ps_contact_spec a = spec_of(row->strategy, row->kind), b = a;
    row->first(&a);
    row->second(&b);
    ck_assert_msg(same(&a, &b) == row->same, "%s: %s", row->name,
                  row->same ? "two classes" : "one class");
}
END_TEST

/* The certificate behind an attack, though the plan binds one only. */
START_TEST(attackers_certificate)
{
    struct ps_contact_spec s = spec_of("anyone", PS_KIND_PROBE);
    struct ps_buffer before = {0}, after = {0};
    ps_class_key(&world, &trusts, &s, &before);
    plan->threats[2].certificate = 1;
    ps_class_key(&world, &trusts, &s, &after);
    ck_assert(before.size != after.size || memcmp(before.data, after.data, after.size) != 0);
    ps_buffer_deinit(&before);
    ps_buffer_deinit(&after);
}
END_TEST

/* The first and last valid second of something: the key changes there and a second later, and the
 * search for the stretch's end finds both; dates that the contact does not read change nothing. */
static const struct date_row {
    const char *name, *strategy;
    enum ps_contact_kind kind;
    const char *date;
    bool read;
} date_rows[] = {
    {"anchor begins", "path", PS_KIND_TELEMETRY, "2021-02-03", true},
    {"anchor ends", "path", PS_KIND_TELEMETRY, "2021-10-03", true},
    {"sent certificate begins", "path", PS_KIND_TELEMETRY, "2021-02-05", true},
    {"sent certificate ends", "path", PS_KIND_TELEMETRY, "2021-10-05", true},
    {"sent certificate ends, update", "path", PS_KIND_UPDATE, "2021-10-05", true},
    {"leaf begins", "path", PS_KIND_TELEMETRY, "2021-05-01", true},
    {"leaf ends", "path", PS_KIND_TELEMETRY, "2021-06-09T23:59:59Z", true},
    {"leaf ends, probe", "path", PS_KIND_PROBE, "2021-06-09T23:59:59Z", false},
    {"attacker's CA begins", "path", PS_KIND_PROBE, "2021-02-07", true},
    {"attacker's CA ends", "path", PS_KIND_PROBE, "2021-10-07", true},
    {"sent certificate ends, another's attack", "path", PS_KIND_PROBE, "2021-10-05", false},
    {"attacker's CA, telemetry", "path", PS_KIND_TELEMETRY, "2021-10-07", false},
    {"attacker's leaf begins", "path", PS_KIND_PROBE, "2020-12-31", true},
    {"attacker's leaf ends", "path", PS_KIND_PROBE, "2023-01-01T06:00:00Z", true},
    {"a certificate not sent", "path", PS_KIND_TELEMETRY, "2021-10-09", false},
    {"anchor, nothing read", "anyone", PS_KIND_TELEMETRY, "2021-10-03", false},
    {"sent, nothing read", "anyone", PS_KIND_TELEMETRY, "2021-10-05", false},
    {"pins end", "ending", PS_KIND_TELEMETRY, "2021-06-11", true},
    {"no pins to end", "path", PS_KIND_TELEMETRY, "2021-06-11", false},
};

START_TEST(dates)
{
    const struct date_row *row = &date_rows[_i];
    const struct ps_device_clock clock = ps_clock_right();
    struct ps_contact_spec before = spec_of(row->strategy, row->kind), at, after;
    before.clock.s = date(row->date).s - 1;
    at = after = before;
    at.clock.s++;
    after.clock.s += 2;
    ck_assert_msg(same(&before, &at) != row->read, "%s: before and at", row->name);
    ck_assert_msg(same(&at, &after) != row->read, "%s: at and after", row->name);
    for (int64_t i = 0; i < 2; i++) {
        const struct ps_contact_spec *s = i ? &at : &before;
        ps_time until = ps_class_dates_until(&world, &trusts, s, &clock, s->clock);
        ck_assert_msg((until.s == s->clock.s + 1) == row->read, "%s: until %lld", row->name,
                      (long long)(until.s - s->clock.s));
    }
}
END_TEST

/* When a payload was issued, whatever else is read and whatever carries it. */
START_TEST(payload_date)
{
    const struct ps_device_clock clock = ps_clock_right();
    for (int plain = 0; plain < 2; plain++)
        for (uint32_t release = 0; release < 2; release++) {
            struct ps_contact_spec before = spec_of("timed", PS_KIND_UPDATE), at;
            before.plain = plain;
            before.release = release ? 0 : PS_PLAN_NONE;
            before.clock.s = date(release ? "2021-06-21" : "2021-01-01").s - 1;
            at = before;
            at.clock.s++;
            ck_assert(!same(&before, &at));
            ck_assert_int_eq(ps_class_dates_until(&world, &trusts, &before, &clock, before.clock).s,
                             at.clock.s);
            before.kind = at.kind = PS_KIND_TELEMETRY;
            ck_assert(same(&before, &at));
        }
}
END_TEST

/* The clock's own jump ends a stretch for who reads dates, and only for him. */
START_TEST(synchronisation)
{
    struct ps_device_clock clock = ps_clock_right();
    clock.origin = date("2021-05-01");
    clock.until = date("2021-05-21");
    struct ps_contact_spec s = spec_of("path", PS_KIND_TELEMETRY);
    ps_time t = date("2021-05-20");
    s.clock = ps_clock_read(&clock, t);
    ck_assert_int_eq(ps_class_dates_until(&world, &trusts, &s, &clock, t).s, date("2021-05-21").s);
    s = spec_of("anyone", PS_KIND_TELEMETRY);
    ck_assert_int_eq(ps_class_dates_until(&world, &trusts, &s, &clock, t).s, INT64_MAX);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("class");
    TCase *tests = tcase_create("class");
    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_loop_test(tests, items, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_test(tests, attackers_certificate);
    tcase_add_loop_test(tests, dates, 0, (int)(sizeof date_rows / sizeof *date_rows));
    tcase_add_test(tests, payload_date);
    tcase_add_test(tests, synchronisation);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
