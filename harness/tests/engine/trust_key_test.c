/* SPDX-License-Identifier: Apache-2.0
 *
 * Which trust states are one: two that differ in anything that a verdict can read have two numbers,
 * field by field, and equal contents have one, however a device came by them. The number stands in
 * the class key for all of it.
 *
 * Each row changes one thing about a device that has everything; who adds a field to a state adds a
 * row.
 */
#include "engine/trust.h"
#include "plan.h"

static const char scenario[] =
    "scenario: trust\n"
    "title: What devices carry\n"
    "from: 2021-01-01\n"
    "until: 2022-01-01\n"
    "authorities:\n"
    "  a: {subject: \"CN=A\", key: ecdsa-p256, publishes: [ocsp]}\n"
    "  b: {subject: \"CN=B\", key: ecdsa-p256}\n"
    "certificates:\n"
    "  c0: {of: a, issuer: a, valid: 2000-01-01 .. 2040-01-01}\n"
    "  c1: {of: a, issuer: a, valid: 2001-01-01 .. 2040-01-01}\n"
    "  c2: {of: b, issuer: a, valid: 2002-01-01 .. 2040-01-01}\n"
    "  c3: {of: b, issuer: a, valid: 2021-08-01 .. 2040-01-01}\n"
    "  c4: {of: b, issuer: a, valid: 2003-01-01 .. 2040-01-01}\n"
    "keys: {k0: ecdsa-p256, k1: ecdsa-p256}\n"
    "stores:\n"
    "  system: [c0, {certificate: c1, until: 2021-06-01}]\n"
    "endpoints:\n"
    "  telemetry:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: b, key: ecdsa-p256, lifetime: 40d, renew_before: 10d, new_key: yes}\n"
    "    chain: [c2]\n"
    "timeline:\n"
    "  - {at: 2021-03-01, release: {name: same, strategies: [all], anchors: [c0], pins: [{match: "
    "spki_sha256, depth: leaf, of: k0, group: g, not_before: 2021-02-02}, {match: spki_sha256, "
    "depth: leaf, of: announced}]}}\n"
    "  - {at: 2021-03-02, release: {name: other-anchors, strategies: [all], anchors: [c1]}}\n"
    "  - {at: 2021-03-03, release: {name: other-pins, strategies: [all], pins: [{match: "
    "cert_sha256, depth: any, of: c0}]}}\n"
    "  - {at: 2021-04-01, revoke: {certificate: c2, pushed: 0s}}\n"
    "  - {at: 2021-05-01, revoke: {certificate: c3, pushed: 0s}}\n"
    "  - {at: 2021-05-02, revoke: {leaf: telemetry, pushed: 0s}}\n"
    "  - {at: 2021-05-03, revoke: {certificate: c4}}\n"
    "fleet:\n"
    "  - {cohort: all, devices: 10, made: 2020-01-01 .. 2021-06-01}\n"
    "strategies:\n"
    "  - name: all\n"
    "    anchors: [c0]\n"
    "    pins:\n"
    "      set:\n"
    "        - {match: spki_sha256, depth: leaf, of: k0, group: g, not_before: 2021-02-02}\n"
    "        - {match: spki_sha256, depth: leaf, of: announced}\n"
    "    intermediates: {cache: yes}\n"
    "    revocation: {mode: pushed_set}\n"
    "    update: {channel: fw_tls_same, payload_auth: signature}\n"
    "  - {name: list, extends: webpki_static, revocation: {mode: blocklist}}\n"
    "  - {name: ship, preset: webpki_static}\n"
    "  - {name: live, preset: webpki_os_updated}\n"
    "  - {name: with-firmware, anchors: [system]}\n"
    "  - {name: first, preset: tofu_spki}\n"
    "  - {name: first-cert, preset: tofu_spki, pins: {set: [{match: cert_sha256, depth: leaf, of: "
    "first_contact}]}}\n"
    "  - {name: leaf-anchor, anchors: [leaf@ship]}\n"
    "  - {name: at-load, anchors: [c0, c3], time: {anchor_dates: check_at_load}}\n";

enum { ALL, LIST, SHIP, LIVE, WITH_FIRMWARE, FIRST, FIRST_CERT, LEAF_ANCHOR, AT_LOAD };
enum { RELEASE_SAME, RELEASE_ANCHORS, RELEASE_PINS };

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

/* A device and what it came to know. */
struct subject {
    struct ps_device device;
    struct ps_trust_query query;
    struct ps_learned learned;
    struct ps_announced_key announced[3];
    uint32_t intermediates[3], anchors[3];
};

static struct subject subject_of(uint32_t strategy)
{
    struct subject s;
    memset(&s, 0, sizeof s);
    s.device.made = date("2020-12-01");
    s.query = (struct ps_trust_query){.strategy = strategy,
                                      .release = PS_PLAN_NONE,
                                      .t = date("2021-05-20"),
                                      .build = date("2020-12-01"),
                                      .loaded = date("2021-05-20")};
    uint32_t k1 = ps_world_named_key(&world, 1);
    s.announced[0] = s.announced[1] = (struct ps_announced_key){k1, date("2021-04-04")};
    s.intermediates[0] = 2;
    s.intermediates[1] = 3;
    s.anchors[0] = 0;
    s.anchors[1] = 1;
    s.learned = (struct ps_learned){.announced_count = 1,
                                    .intermediate_count = 1,
                                    .has_set = true,
                                    .set_made = date("2021-04-15")};
    return s;
}

static uint32_t state_of(struct subject *s)
{
    s->query.device = &s->device;
    s->query.learned = &s->learned;
    s->learned.announced = s->announced;
    s->learned.intermediates = s->intermediates;
    s->learned.anchors = s->anchors;
    ps_time until;
    return ps_trust_of(&trusts, &world, &s->query, &until);
}

static struct ps_strategy *strategy_of(const struct subject *s)
{
    return &plan->strategies[s->query.strategy];
}

#define CHANGE(name) static void name(struct subject *s)
CHANGE(nothing)
{
    (void)s;
}
CHANGE(strategy)
{
    plan->strategies[SHIP] = plan->strategies[s->query.strategy];
    s->query.strategy = SHIP;
}
CHANGE(no_anchor)
{
    strategy_of(s)->anchor_count = 0;
}
CHANGE(other_anchor)
{
    s->query.release = RELEASE_ANCHORS;
}
CHANGE(learned_anchor)
{
    s->learned.anchor_count = 1;
}
CHANGE(learned_two_anchors)
{
    s->learned.anchor_count = 2;
}
CHANGE(learned_other_anchors)
{
    learned_two_anchors(s);
    s->anchors[0] = 1;
    s->anchors[1] = 2;
}
CHANGE(learned_swapped_anchors)
{
    learned_two_anchors(s);
    s->anchors[0] = 2;
    s->anchors[1] = 1;
}
/* The same numbers, divided otherwise between what is trusted and what is kept. */
CHANGE(kept_anchor)
{
    learned_two_anchors(s);
    s->anchors[1] = 2;
    s->learned.intermediate_count = 0;
}
CHANGE(pin_match)
{
    strategy_of(s)->pins.set[0].match = PS_PIN_MATCH_CERT_SHA256;
}
CHANGE(pin_depth)
{
    strategy_of(s)->pins.set[0].depth = PS_PIN_DEPTH_ANY;
}
CHANGE(pin_other_key)
{
    strategy_of(s)->pins.set[0].of.index = 1;
}
CHANGE(pin_certificate)
{
    struct ps_pin *pin = &strategy_of(s)->pins.set[0];
    pin->of.kind = PS_REFERENCE_CERTIFICATE;
    pin->of.index = ps_world_named_key(&world, pin->of.index); /* the same number */
}
CHANGE(pin_group)
{
    strategy_of(s)->pins.set[0].group = "h";
}
CHANGE(pin_no_group)
{
    strategy_of(s)->pins.set[0].group = "";
}
CHANGE(pin_later)
{
    strategy_of(s)->pins.set[0].not_before.s++;
}
CHANGE(pin_at_once)
{
    strategy_of(s)->pins.set[0].not_before = PS_TIME_ALWAYS;
}
CHANGE(pins_of_release)
{
    s->query.release = RELEASE_PINS;
}
CHANGE(nothing_announced)
{
    s->learned.announced_count = 0;
}
CHANGE(announced_twice)
{
    s->learned.announced_count = 2;
}
CHANGE(announced_later)
{
    s->announced[0].begins.s++;
}
CHANGE(announced_other)
{
    s->announced[0].key = ps_world_named_key(&world, 0);
}
CHANGE(first_leaf)
{
    s->learned.has_first_leaf = true;
    s->learned.first_leaf = ps_world_leaf(&world, 0, date("2021-01-01"));
}
CHANGE(next_first_leaf)
{
    s->learned.has_first_leaf = true;
    s->learned.first_leaf = ps_world_leaf(&world, 0, date("2021-03-01"));
}
CHANGE(first_leaf_same_key)
{
    next_first_leaf(s);
    struct ps_leaf *leaves = world.leaves;
    leaves[s->learned.first_leaf].key = leaves[ps_world_leaf(&world, 0, date("2021-01-01"))].key;
}
CHANGE(nothing_kept)
{
    s->learned.intermediate_count = 0;
}
CHANGE(more_kept)
{
    s->learned.intermediate_count = 2;
}
CHANGE(other_kept)
{
    s->intermediates[0] = 3;
}
CHANGE(no_cache)
{
    strategy_of(s)->intermediates.cache = false;
}
CHANGE(no_set)
{
    s->learned.has_set = false;
}
CHANGE(empty_set)
{
    s->learned.set_made = date("2021-01-01");
}
CHANGE(larger_set)
{
    s->learned.set_made = date("2021-05-01");
}
CHANGE(leaf_in_set)
{
    s->learned.set_made = date("2021-05-02");
}
CHANGE(set_an_hour_later)
{
    s->learned.set_made.s += 3600;
}
CHANGE(never_pushed)
{
    s->learned.set_made = date("2021-05-04");
}
CHANGE(older_build)
{
    s->query.build = date("2020-06-01");
}
CHANGE(build_that_knows)
{
    s->query.build = date("2021-04-01");
}
CHANGE(build_that_hardly_knows)
{
    s->query.build.s = date("2021-04-01").s - 1;
}
CHANGE(late_build)
{
    s->query.build = date("2021-06-01");
}
CHANGE(made_earlier)
{
    s->device.made = date("2020-11-01");
}
CHANGE(made_late)
{
    s->device.made = date("2021-06-01");
}
CHANGE(later)
{
    s->query.t = date("2021-06-01");
}
CHANGE(loaded_later)
{
    s->query.loaded = date("2021-08-01");
}
CHANGE(installed_same)
{
    s->query.release = RELEASE_SAME;
}
CHANGE(asked_by_another)
{
    s->device.number = 7;
    s->device.cohort = 0;
    s->device.boot = date("2021-01-17");
}

static const struct row {
    const char *name;
    uint32_t strategy;
    void (*first)(struct subject *), (*second)(struct subject *);
    bool same;
} rows[] = {
    {"strategy", ALL, nothing, strategy, false},
    {"no anchor", ALL, nothing, no_anchor, false},
    {"another anchor", ALL, nothing, other_anchor, false},
    {"one more anchor", ALL, learned_anchor, learned_two_anchors, false},
    {"order of anchors", ALL, learned_other_anchors, learned_swapped_anchors, false},
    {"what is trusted and what is kept", ALL, nothing, kept_anchor, false},
    {"match of a pin", ALL, nothing, pin_match, false},
    {"depth of a pin", ALL, nothing, pin_depth, false},
    {"key of a pin", ALL, nothing, pin_other_key, false},
    {"a pin's key or certificate", ALL, nothing, pin_certificate, false},
    {"group of a pin", ALL, nothing, pin_group, false},
    {"no group", ALL, nothing, pin_no_group, false},
    {"beginning of a pin", ALL, nothing, pin_later, false},
    {"no beginning", ALL, nothing, pin_at_once, false},
    {"pins of a release", ALL, nothing, pins_of_release, false},
    {"nothing announced", ALL, nothing, nothing_announced, false},
    {"one more announced", ALL, nothing, announced_twice, false},
    {"announced for later", ALL, nothing, announced_later, false},
    {"another key announced", ALL, nothing, announced_other, false},
    {"a first leaf", FIRST, nothing, first_leaf, false},
    {"another first leaf", FIRST, first_leaf, next_first_leaf, false},
    {"a first leaf with the same key", FIRST, first_leaf, first_leaf_same_key, true},
    {"another first leaf with that key", FIRST_CERT, first_leaf, first_leaf_same_key, false},
    {"a first leaf that nobody asks for", ALL, nothing, first_leaf, true},
    {"nothing kept", ALL, nothing, nothing_kept, false},
    {"one more kept", ALL, nothing, more_kept, false},
    {"another kept", ALL, nothing, other_kept, false},
    {"kept without a cache", ALL, nothing_kept, no_cache, true},
    {"no set", ALL, empty_set, no_set, false},
    {"an empty set", ALL, nothing, empty_set, false},
    {"a larger set", ALL, nothing, larger_set, false},
    {"a set with a leaf", ALL, larger_set, leaf_in_set, false},
    {"a younger set with the same in it", ALL, nothing, set_an_hour_later, true},
    {"a revocation that is never pushed", ALL, leaf_in_set, never_pushed, true},
    {"a set that nobody asks for", LIST, nothing, larger_set, true},
    {"an older blocklist", LIST, nothing, older_build, true},
    {"a blocklist that knows", LIST, nothing, build_that_knows, false},
    {"a blocklist from a second before", LIST, nothing, build_that_hardly_knows, true},
    {"a build that nobody asks for", ALL, nothing, build_that_knows, true},
    {"a store as shipped", SHIP, nothing, made_late, false},
    {"a store as shipped, made earlier", SHIP, nothing, made_earlier, true},
    {"a store as shipped, later", SHIP, nothing, later, true},
    {"a live store, later", LIVE, nothing, later, false},
    {"a live store, made late", LIVE, nothing, made_late, true},
    {"a store of the firmware, later", WITH_FIRMWARE, nothing, later, true},
    {"a store of newer firmware", WITH_FIRMWARE, nothing, late_build, false},
    {"an anchor that is a leaf", LEAF_ANCHOR, nothing, made_late, false},
    {"loaded when another began", AT_LOAD, nothing, loaded_later, false},
    {"loaded later, looked at later", ALL, nothing, loaded_later, true},
    {"installed what shipped", ALL, nothing, installed_same, true},
    {"learned what shipped", ALL, nothing, learned_anchor, true},
    {"learned what was installed", ALL, installed_same, learned_anchor, true},
    {"another device", ALL, nothing, asked_by_another, true},
};

START_TEST(numbers)
{
    const struct row *row = &rows[_i];
    struct subject a = subject_of(row->strategy), b = a;
    row->first(&a);
    uint32_t first = state_of(&a);
    row->second(&b);
    uint32_t second = state_of(&b);
    ck_assert_msg((first == second) == row->same, "%s: %s", row->name,
                  row->same ? "two states" : "one state");
    ck_assert_uint_eq(trusts.states.count, row->same ? 1 : 2);
    ck_assert_uint_eq(state_of(&b), second);
}
END_TEST

/* What a set knows of a probe's premise makes a state of its own, once. */
START_TEST(with_revoked)
{
    struct subject s = subject_of(ALL);
    uint32_t number = state_of(&s);
    struct ps_target root = {PS_TARGET_CERTIFICATE, 0}, leaf = {PS_TARGET_LEAF, 0};
    uint32_t with_root = ps_trust_with_revoked(&trusts, &world, number, root);
    uint32_t with_leaf = ps_trust_with_revoked(&trusts, &world, number, leaf);
    ck_assert_uint_ne(with_root, number);
    ck_assert_uint_ne(with_leaf, number);
    ck_assert_uint_ne(with_leaf, with_root);
    ck_assert_uint_eq(ps_trust_with_revoked(&trusts, &world, number, root), with_root);
    ck_assert_uint_eq(ps_trust_with_revoked(&trusts, &world, with_root, root), with_root);
    const struct ps_trust_state *from = ps_trusts_at(&trusts, number),
                                *to = ps_trusts_at(&trusts, with_leaf);
    ck_assert(!from->reads_leaf && to->reads_leaf);
    ck_assert_uint_eq(to->revoked_count, from->revoked_count + 1);
    ck_assert(ps_target_is(to->revoked[from->revoked_count], leaf));
    ck_assert_uint_eq(to->anchor_count, from->anchor_count);
    ck_assert_uint_eq(to->pin_count, from->pin_count);
    ck_assert_uint_eq(to->intermediate_count, from->intermediate_count);
    ck_assert(to->anchors != from->anchors && to->pins != from->pins);
    /* One that came by itself and one that came with the premise. */
    s.learned.set_made = date("2021-01-01");
    uint32_t empty = state_of(&s);
    uint32_t presumed = ps_trust_with_revoked(&trusts, &world, empty, to->revoked[0]);
    ck_assert_uint_eq(presumed, number);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trust key");
    TCase *tests = tcase_create("numbers");
    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_loop_test(tests, numbers, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_test(tests, with_revoked);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
