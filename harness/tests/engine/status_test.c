/* SPDX-License-Identifier: Apache-2.0
 *
 * What stands beside the servers' chains, second by second: revocations, outages, what authorities
 * hand out and what DNS says. Each date is met in its first second and in the one before.
 */
#include "engine/status.h"
#include "plan.h"

static const char scenario[] =
    "scenario: status\n"
    "title: What stands beside the chains\n"
    "from: 2021-01-01\n"
    "until: 2022-01-01\n"
    "authorities:\n"
    "  root: {subject: \"CN=Root\", key: ecdsa-p256, publishes: [ocsp, crl, issuer]}\n"
    "  sub: {subject: \"CN=Sub\", key: ecdsa-p256, publishes: [ocsp, crl, issuer]}\n"
    "  dead: {subject: \"CN=Dead\", key: ecdsa-p256}\n"
    "  x: {subject: \"CN=X\", key: ecdsa-p256, publishes: [crl]}\n"
    "  y: {subject: \"CN=Y\", key: ecdsa-p256}\n"
    "certificates:\n"
    "  root-old: {of: root, issuer: root, valid: 2000-01-01 .. 2021-06-01}\n"
    "  root-new: {of: root, issuer: root, valid: 2021-05-01 .. 2021-10-01}\n"
    "  root-cross: {of: root, issuer: dead, valid: 2021-05-01 .. 2040-01-01}\n"
    "  sub-old: {of: sub, issuer: root, valid: 2000-01-01 .. 2021-02-01}\n"
    "  sub-new: {of: sub, issuer: root, valid: 2021-03-01 .. 2040-01-01}\n"
    "  dead-younger: {of: dead, issuer: dead, valid: 2005-01-01 .. 2015-01-01}\n"
    "  dead-older: {of: dead, issuer: dead, valid: 2000-01-01 .. 2010-01-01}\n"
    "  x-by-y: {of: x, issuer: y, valid: 2000-01-01 .. 2040-01-01}\n"
    "  y-by-x: {of: y, issuer: x, valid: 2000-01-01 .. 2040-01-01}\n"
    "endpoints:\n"
    "  told:\n" /* renewed on 01-31, 03-02, 04-01 */
    "    host: told.example\n"
    "    leaf: {issuer: sub, key: ecdsa-p256, lifetime: 40d, renew_before: 10d, new_key: yes}\n"
    "    chain: [sub-new]\n"
    "  silent:\n"
    "    host: silent.example\n"
    "    leaf: {issuer: sub, key: ecdsa-p256, lifetime: 40d, renew_before: 10d}\n"
    "    chain: [sub-new, root-cross]\n"
    "    tlsa: absent\n"
    "  round: {host: round.example, leaf: {issuer: x, key: ecdsa-p256, lifetime: 40d, "
    "renew_before: 10d}, chain: [x-by-y]}\n"
    "  short: {host: short.example, leaf: {issuer: dead, key: ecdsa-p256, lifetime: 40d, "
    "renew_before: 10d}, chain: []}\n"
    "  far: {host: far.example, leaf: {issuer: x, key: ecdsa-p256, lifetime: 40d, renew_before: "
    "10d}, chain: [x-by-y, root-cross]}\n"
    "timeline:\n"
    "  - {at: 2021-01-31, serve: {endpoint: silent, tlsa: follow}}\n"
    "  - {at: 2021-02-10, serve: {endpoint: told, leaf: {issuer: x}, chain: [x-by-y], tlsa: "
    "keep}}\n"
    "  - {at: 2021-03-02, serve: {endpoint: silent, leaf: {issuer: x}, tlsa: keep}}\n"
    "  - {at: 2021-03-15, serve: {endpoint: told, staple: yes, tlsa: keep}}\n"
    "  - {at: 2021-04-20, serve: {endpoint: told, staple: no}}\n"
    "  - {at: 2021-05-05, serve: {endpoint: told, tlsa: absent}}\n"
    "  - {at: 2021-05-15, serve: {endpoint: told, staple: yes}}\n"
    "  - {at: 2021-06-05, revoke: {certificate: sub-old, pushed: 29d}}\n"
    "  - {at: 2021-06-06, revoke: {certificate: sub-old, pushed: 1d}}\n"
    "  - {at: 2021-06-07, revoke: {leaf: silent}}\n"
    "  - {at: 2021-07-01, outage: {authority: sub, services: [ocsp], lasts: 10d}}\n"
    "  - {at: 2021-07-05, outage: {services: [ocsp, crl], lasts: 2d}}\n"
    "  - {at: 2021-07-11, outage: {authority: sub, services: [ocsp, issuer], lasts: 1d}}\n"
    "  - {at: 2021-08-01, outage: {authority: root}}\n"
    "fleet:\n"
    "  - {cohort: all, devices: 10, made: 2020-01-01 .. 2021-06-01, contact: {endpoint: told}}\n"
    "strategies:\n"
    "  - {name: s, anchors: [root-new]}\n";

enum { ROOT, SUB, DEAD, X, Y };
enum { ROOT_OLD, ROOT_NEW, ROOT_CROSS, SUB_OLD, SUB_NEW, DEAD_YOUNGER, DEAD_OLDER, X_BY_Y, Y_BY_X };
enum { TOLD, SILENT, ROUND, SHORT, FAR };

static struct ps_plan *plan;
static struct ps_world world;

static void start(void)
{
    plan = plan_of(scenario);
    ps_world_init(&world, plan, 1);
}

static void stop(void)
{
    ps_world_deinit(&world);
    ps_plan_free(plan);
}

static int64_t second_of(const char *text)
{
    return text ? date(text).s : INT64_MAX;
}

static uint32_t leaf_at(uint32_t endpoint, const char *t)
{
    const struct ps_stage_subject nobody = {{0, 0}, 0};
    ps_time until;
    uint32_t serving = ps_world_serving(&world, endpoint, date(t), &nobody, &until);
    return ps_world_leaf(&world, world.servings[serving].line, date(t));
}

/* The earlier of two events counts, and a leaf is the one in use then. */
START_TEST(revoked)
{
    const struct ps_target sub_old = {PS_TARGET_CERTIFICATE, SUB_OLD},
                           sub_new = {PS_TARGET_CERTIFICATE, SUB_NEW},
                           leaf = {PS_TARGET_LEAF, leaf_at(SILENT, "2021-06-07")},
                           before = {PS_TARGET_LEAF, leaf_at(SILENT, "2021-05-01")},
                           other_kind = {PS_TARGET_KEY, SUB_OLD};
    const struct {
        const char *name;
        struct ps_target target;
        const char *at;
    } rows[] = {
        {"certificate, revoked twice", sub_old, "2021-06-05"},
        {"another of the same authority", sub_new, NULL},
        {"leaf", leaf, "2021-06-07"},
        {"leaf before it", before, NULL},
        {"the same number of something else", other_kind, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t at = second_of(rows[i].at);
        ck_assert_msg(ps_world_revoked_at(&world, rows[i].target).s == at, "%s", rows[i].name);
        ck_assert_msg(!ps_world_is_revoked(&world, rows[i].target, (ps_time){at - 1}),
                      "%s: too early", rows[i].name);
        if (rows[i].at)
            ck_assert_msg(ps_world_is_revoked(&world, rows[i].target, (ps_time){at}), "%s: late",
                          rows[i].name);
    }
}
END_TEST

#define OCSP   PS_PUBLISH_OCSP
#define CRL    PS_PUBLISH_CRL
#define ISSUER PS_PUBLISH_ISSUER

static const struct down_row {
    const char *t;
    uint32_t authority, down;
} down_rows[] = {
    {"2021-06-30T23:59:59Z", SUB, 0},
    {"2021-07-01", SUB, OCSP},
    {"2021-07-01", ROOT, 0},
    {"2021-07-04T23:59:59Z", SUB, OCSP},
    {"2021-07-05", SUB, OCSP | CRL},
    {"2021-07-05", ROOT, OCSP | CRL},
    {"2021-07-06T23:59:59Z", DEAD, OCSP | CRL},
    {"2021-07-07", DEAD, 0},
    {"2021-07-07", SUB, OCSP},
    {"2021-07-10T23:59:59Z", SUB, OCSP},
    {"2021-07-11", SUB, OCSP | ISSUER},
    {"2021-07-11T23:59:59Z", SUB, OCSP | ISSUER},
    {"2021-07-12", SUB, 0},
    {"2021-07-31T23:59:59Z", ROOT, 0},
    {"2021-08-01", ROOT, OCSP | CRL | ISSUER},
    {"2121-08-01", ROOT, OCSP | CRL | ISSUER},
    {"2021-08-01", SUB, 0},
};

START_TEST(down)
{
    for (size_t i = 0; i < sizeof down_rows / sizeof *down_rows; i++) {
        const struct down_row *row = &down_rows[i];
        uint32_t found = ps_world_down(&world, row->authority, date(row->t));
        ck_assert_msg(found == row->down, "%s, authority %u: %#x", row->t, row->authority, found);
    }
}
END_TEST

/* Outages that touch or overlap are one. */
static const struct up_row {
    const char *t;
    uint32_t authority, service;
    const char *up;
} up_rows[] = {
    {"2021-06-30T23:59:59Z", SUB, OCSP, "2021-06-30T23:59:59Z"},
    {"2021-07-01", SUB, OCSP, "2021-06-30T23:59:59Z"},
    {"2021-07-05", SUB, OCSP, "2021-06-30T23:59:59Z"},
    {"2021-07-11T12:00:00Z", SUB, OCSP, "2021-06-30T23:59:59Z"},
    {"2021-07-12", SUB, OCSP, "2021-07-12"},
    {"2021-07-11T12:00:00Z", SUB, ISSUER, "2021-07-10T23:59:59Z"},
    {"2021-07-06", SUB, CRL, "2021-07-04T23:59:59Z"},
    {"2021-07-06", SUB, ISSUER, "2021-07-06"},
    {"2021-07-06", ROOT, OCSP, "2021-07-04T23:59:59Z"},
    {"2021-12-24", ROOT, OCSP, "2021-07-31T23:59:59Z"},
    {"2021-12-24", SUB, OCSP, "2021-12-24"},
};

START_TEST(last_up)
{
    for (size_t i = 0; i < sizeof up_rows / sizeof *up_rows; i++) {
        const struct up_row *row = &up_rows[i];
        ps_time found = ps_world_last_up(&world, row->authority, row->service, date(row->t));
        ck_assert_msg(found.s == date(row->up).s, "%s, authority %u, %#x: %lld s off", row->t,
                      row->authority, row->service, (long long)(found.s - date(row->up).s));
    }
}
END_TEST

/* Everything that changes, in order: certificates that begin, revocations, pushes, outages. */
START_TEST(changes)
{
    static const char *const expected[] = {
        "2021-03-01", "2021-05-01", "2021-06-05", "2021-06-06", "2021-06-07", "2021-07-01",
        "2021-07-04", "2021-07-05", "2021-07-07", "2021-07-11", "2021-07-12", "2021-08-01",
    };
    ps_time t = date("2021-01-01");
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        ps_time next = ps_world_status_after(&world, t);
        ck_assert_msg(next.s == date(expected[i]).s, "%s: %lld s off", expected[i],
                      (long long)(next.s - date(expected[i]).s));
        ps_time again = ps_world_status_after(&world, (ps_time){next.s - 1});
        ck_assert_int_eq(again.s, next.s);
        t = next;
    }
    ck_assert_int_eq(ps_world_status_after(&world, t).s, INT64_MAX);
    /* Pushed 29 days after the first event and one day after the second; never: the leaf's. */
    ck_assert_int_eq(ps_world_pushed_after(&world, date("2021-01-01")).s, date("2021-06-07").s);
    ck_assert_int_eq(ps_world_pushed_after(&world, date("2021-06-07")).s, date("2021-07-04").s);
    ck_assert_int_eq(ps_world_pushed_after(&world, date("2021-07-04")).s, INT64_MAX);
}
END_TEST

static const struct own_row {
    const char *t;
    uint32_t authority, own;
} own_rows[] = {
    {"1999-12-31T23:59:59Z", SUB, PS_PLAN_NONE},
    {"2000-01-01", SUB, SUB_OLD},
    {"2021-02-28T23:59:59Z", SUB, SUB_OLD}, /* ended, but there is no other */
    {"2021-03-01", SUB, SUB_NEW},
    {"2021-04-30T23:59:59Z", ROOT, ROOT_OLD},
    {"2021-05-01", ROOT, ROOT_NEW}, /* and not the other of that second, which another CA signed */
    {"2020-01-01", DEAD, DEAD_YOUNGER},
    {"2004-12-31T23:59:59Z", DEAD, DEAD_OLDER},
    {"2020-01-01", X, X_BY_Y},
};

START_TEST(own_certificate)
{
    for (size_t i = 0; i < sizeof own_rows / sizeof *own_rows; i++) {
        const struct own_row *row = &own_rows[i];
        uint32_t found = ps_world_own_certificate(&world, row->authority, date(row->t));
        ck_assert_msg(found == row->own, "%s, authority %u: %u", row->t, row->authority, found);
    }
    /* Whichever of the two is written first. */
    struct ps_plan_certificate *all = plan->certificates, kept = all[ROOT_NEW];
    all[ROOT_NEW] = all[ROOT_CROSS];
    all[ROOT_CROSS] = kept;
    ck_assert_uint_eq(ps_world_own_certificate(&world, ROOT, date("2021-05-01")), ROOT_CROSS);
}
END_TEST

/* `leaf` is when the leaf began that DNS has a record of, `root` the root that it names. */
static const struct tlsa_row {
    const char *name, *t;
    uint32_t endpoint;
    const char *leaf;
    uint32_t root;
} tlsa_rows[] = {
    {"first", "2021-01-01", TOLD, "2021-01-01", ROOT_OLD},
    {"before its renewal", "2021-01-30T23:59:59Z", TOLD, "2021-01-01", ROOT_OLD},
    {"renewed", "2021-01-31", TOLD, "2021-01-31", ROOT_OLD},
    {"before another issuer", "2021-02-09T23:59:59Z", TOLD, "2021-01-31", ROOT_OLD},
    {"kept", "2021-02-10", TOLD, "2021-01-31", ROOT_OLD},
    {"kept, though it would be renewed", "2021-03-02", TOLD, "2021-01-31", ROOT_OLD},
    {"kept twice", "2021-03-15", TOLD, "2021-01-31", ROOT_OLD},
    {"kept twice, its last second", "2021-04-19T23:59:59Z", TOLD, "2021-01-31", ROOT_OLD},
    {"followed again", "2021-04-20", TOLD, "2021-04-11", PS_PLAN_NONE},
    {"absent", "2021-05-05", TOLD, NULL, PS_PLAN_NONE},
    {"absent still", "2021-05-15", TOLD, NULL, PS_PLAN_NONE},
    {"absent from the beginning", "2021-01-01", SILENT, NULL, PS_PLAN_NONE},
    {"present from a renewal on", "2021-01-31", SILENT, "2021-01-31", ROOT_OLD},
    {"kept in the second of a renewal", "2021-03-02", SILENT, "2021-01-31", ROOT_OLD},
    {"a circle", "2021-01-01", ROUND, "2021-01-01", PS_PLAN_NONE},
    {"what is sent last leads on", "2021-01-01", FAR, "2021-01-01", ROOT_OLD},
    {"none is valid: the newest", "2021-01-01", SHORT, "2021-01-01", DEAD_YOUNGER},
    {"both are: the newer", "2009-01-01", SHORT, "2021-01-01", DEAD_YOUNGER},
    {"one is: that", "2004-06-01", SHORT, "2021-01-01", DEAD_OLDER},
};

static uint32_t serving_at(uint32_t endpoint, ps_time t)
{
    const struct ps_stage_subject nobody = {{0, 0}, 0};
    ps_time until;
    return ps_world_serving(&world, endpoint, t, &nobody, &until);
}

START_TEST(tlsa)
{
    const struct tlsa_row *row = &tlsa_rows[_i];
    ps_time t = date(row->t);
    uint32_t serving = serving_at(row->endpoint, t);
    struct ps_target leaf = ps_world_tlsa_leaf(&world, serving, t);
    struct ps_target root = ps_world_tlsa_root(&world, serving, t);
    ck_assert_msg(leaf.kind == (row->leaf ? PS_TARGET_LEAF : PS_TARGET_NONE), "%s: leaf",
                  row->name);
    if (row->leaf)
        ck_assert_msg(world.leaves[leaf.number].not_before.s == date(row->leaf).s,
                      "%s: the leaf of %lld s off", row->name,
                      (long long)(world.leaves[leaf.number].not_before.s - date(row->leaf).s));
    bool named = row->root != PS_PLAN_NONE;
    ck_assert_msg(root.kind == (named ? PS_TARGET_CERTIFICATE : PS_TARGET_NONE), "%s: root",
                  row->name);
    ck_assert_msg(!named || root.number == row->root, "%s: root %u", row->name, root.number);
}
END_TEST

/* A serving that is followed names the root that is valid: until its last second, from its first.
 * Where both are over it is the newer. A cross-signed certificate is no root. */
START_TEST(tlsa_roots)
{
    static const struct {
        const char *t;
        uint32_t root;
    } rows[] = {
        {"2021-04-30T23:59:59Z", ROOT_OLD}, {"2021-05-01", ROOT_NEW}, {"2021-10-01", ROOT_NEW},
        {"2021-10-01T00:00:01Z", ROOT_NEW}, {"2021-12-01", ROOT_NEW},
    };
    uint32_t first[] = {serving_at(TOLD, plan->from), serving_at(SILENT, date("2021-01-31"))};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t k = 0; k < sizeof first / sizeof *first; k++) {
            struct ps_target root = ps_world_tlsa_root(&world, first[k], date(rows[i].t));
            ck_assert_int_eq(root.kind, PS_TARGET_CERTIFICATE);
            ck_assert_msg(root.number == rows[i].root, "%s: %u", rows[i].t, root.number);
        }
    /* The newer ends first: after that the older again, until its last second. */
    plan->certificates[ROOT_NEW].spec.not_after = date("2021-05-20");
    static const struct {
        const char *t;
        uint32_t root;
    } back[] = {{"2021-05-20", ROOT_NEW},
                {"2021-05-20T00:00:01Z", ROOT_OLD},
                {"2021-06-01", ROOT_OLD},
                {"2021-06-01T00:00:01Z", ROOT_NEW}};
    for (size_t i = 0; i < sizeof back / sizeof *back; i++) {
        struct ps_target root = ps_world_tlsa_root(&world, first[0], date(back[i].t));
        ck_assert_msg(root.number == back[i].root, "%s: %u", back[i].t, root.number);
    }
}
END_TEST

START_TEST(day)
{
    static const struct {
        const char *t, *day;
    } rows[] = {
        {"2021-02-03", "2021-02-03"},           {"2021-02-03T23:59:59Z", "2021-02-03"},
        {"2021-02-04", "2021-02-04"},           {"1970-01-01", "1970-01-01"},
        {"1970-01-01T00:00:01Z", "1970-01-01"}, {"1969-12-31T23:59:59Z", "1969-12-31"},
        {"1969-12-31", "1969-12-31"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_assert_msg(ps_status_day(date(rows[i].t)).s == date(rows[i].day).s, "%s", rows[i].t);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("status");
    TCase *tests = tcase_create("status");
    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_test(tests, revoked);
    tcase_add_test(tests, down);
    tcase_add_test(tests, last_up);
    tcase_add_test(tests, changes);
    tcase_add_test(tests, own_certificate);
    tcase_add_loop_test(tests, tlsa, 0, (int)(sizeof tlsa_rows / sizeof *tlsa_rows));
    tcase_add_test(tests, tlsa_roots);
    tcase_add_test(tests, day);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
