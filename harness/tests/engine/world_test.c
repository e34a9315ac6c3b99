/* SPDX-License-Identifier: Apache-2.0
 *
 * What is served when, to whom, with which leaf: tables of seconds around everything that changes.
 */
#include "engine/world.h"
#include "plan.h"

#define HEAD                                                                                       \
    "scenario: world\n"                                                                            \
    "title: What is served\n"                                                                      \
    "from: 2021-01-01\n"                                                                           \
    "until: 2022-01-01\n"                                                                          \
    "regions: 4\n"                                                                                 \
    "authorities:\n"                                                                               \
    "  a: {subject: \"CN=A\", key: ecdsa-p256}\n"                                                  \
    "  b: {subject: \"CN=B\", key: ecdsa-p256}\n"                                                  \
    "certificates:\n"                                                                              \
    "  ra: {of: a, issuer: a, valid: 2000-01-01 .. 2040-01-01}\n"                                  \
    "  rb: {of: b, issuer: b, valid: 2000-01-01 .. 2040-01-01}\n"                                  \
    "keys:\n"                                                                                      \
    "  kb: ecdsa-p256\n"                                                                           \
    "endpoints:\n"                                                                                 \
    "  telemetry:\n"                                                                               \
    "    host: hub.example\n"                                                                      \
    "    leaf: {issuer: a, key: ecdsa-p256, lifetime: 40d, renew_before: 10d}\n"                   \
    "    chain: [ra]\n"                                                                            \
    "  other:\n"                                                                                   \
    "    host: other.example\n"                                                                    \
    "    leaf: {issuer: [a, b], key: ecdsa-p256, lifetime: 7d, renew_before: 1d, new_key: "        \
    "yes}\n"                                                                                       \
    "    chain: [ra]\n"
#define FLEET                                                                                      \
    "fleet:\n"                                                                                     \
    "  - cohort: all\n"                                                                            \
    "    devices: 10\n"                                                                            \
    "    made: 2020-01-01 .. 2020-06-01\n"                                                         \
    "    contact: {endpoint: telemetry}\n"                                                         \
    "strategies:\n"                                                                                \
    "  - {name: one, preset: single_root_static, anchors: [ra]}\n"

static struct ps_plan *plan;
static struct ps_world world;
static const struct ps_stage_subject nobody;

static struct ps_leaf leaf_at(uint32_t line, ps_time t)
{
    uint32_t number = ps_world_leaf(&world, line, t); /* may move them all */
    return world.leaves[number];
}

static void begin(const char *yaml)
{
    plan = plan_of(yaml);
    ps_world_init(&world, plan, 3);
}

static void end(void)
{
    ps_world_deinit(&world);
    ps_plan_free(plan);
}

START_TEST(renewals)
{
    static const struct {
        const char *name, *t;
        uint32_t number;
        const char *next;
    } rows[] = {
        {"years before", "2015-01-01", 0, "2021-01-01"},
        {"the second before", "2020-12-31T23:59:59Z", 0, "2021-01-01"},
        {"the start", "2021-01-01", 0, "2021-01-31"},
        {"before the first renewal", "2021-01-30T23:59:59Z", 0, "2021-01-31"},
        {"the first renewal", "2021-01-31", 1, "2021-03-02"},
        {"the second", "2021-03-02", 2, "2021-04-01"},
    };
    begin(HEAD FLEET);
    uint32_t line = world.servings[world.first_serving[0]].line;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct ps_leaf leaf = leaf_at(line, date(rows[i].t));
        ck_assert_msg(leaf.number == rows[i].number, "%s: number %u", rows[i].name, leaf.number);
        int64_t issued = plan->from.s + (int64_t)leaf.number * 30 * 86400;
        ck_assert_msg(leaf.not_before.s == issued, "%s: not before", rows[i].name);
        ck_assert_msg(leaf.not_after.s == issued + 40 * 86400 - 1, "%s: not after", rows[i].name);
        ck_assert_msg(ps_world_renewal_after(&world, line, date(rows[i].t)).s ==
                          date(rows[i].next).s,
                      "%s: next renewal", rows[i].name);
    }
    end();
}
END_TEST

/* Lasting keys, keys of each renewal, named keys; and several issuers. */
START_TEST(keys_and_issuers)
{
    begin(HEAD "timeline:\n"
               "  - {at: 2021-03-01, serve: {endpoint: telemetry, leaf: {key: kb}}}\n"
               "  - {at: 2021-04-01, serve: {endpoint: telemetry, leaf: {issuer: b, key: "
               "ecdsa-p256}}}\n" FLEET);
    uint32_t first = world.first_serving[0];
    uint32_t a = ps_world_leaf(&world, world.servings[first].line, date("2021-01-05"));
    uint32_t b = ps_world_leaf(&world, world.servings[first].line, date("2021-02-20"));
    uint32_t c = ps_world_leaf(&world, world.servings[first + 1].line, date("2021-03-05"));
    uint32_t d = ps_world_leaf(&world, world.servings[first + 2].line, date("2021-04-05"));
    ck_assert_uint_eq(world.leaves[a].key, world.leaves[b].key);
    ck_assert_uint_ne(a, b);
    ck_assert_uint_eq(world.leaves[c].key, ps_world_named_key(&world, 0));
    ck_assert_uint_ne(world.leaves[c].key, world.leaves[a].key);
    ck_assert_uint_eq(world.leaves[d].key, world.leaves[a].key);
    ck_assert_uint_eq(world.leaves[d].issuer, 1);
    uint32_t line = world.servings[world.first_serving[1]].line;
    unsigned issuers[2] = {0};
    uint32_t before = UINT32_MAX;
    for (int64_t k = 0; k < 60; k++) {
        const struct ps_leaf leaf = leaf_at(line, (ps_time){plan->from.s + k * 6 * 86400});
        issuers[leaf.issuer]++;
        ck_assert_uint_ne(leaf.key, before);
        before = leaf.key;
    }
    ck_assert_msg(issuers[0] > 15 && issuers[1] > 15, "%u and %u", issuers[0], issuers[1]);
    end();
}
END_TEST

/* The serving at each second: its event (1 is the timeline's first; 0 none), the issuer of its
 * leaf, what is sent after it (the first letter of the certificate's authority) and when that ends.
 */
static const struct serving_case {
    const char *name;
    const char *yaml;
    struct {
        const char *t;
        uint32_t event;
        char issuer, chain;
        const char *until;
    } rows[10];
} serving_cases[] = {
    {"at once, and back",
     HEAD
     "timeline:\n"
     "  - {at: 2021-03-01, serve: {endpoint: telemetry, leaf: {issuer: b}, chain: [rb]}}\n"
     "  - {at: 2021-03-05, serve: {endpoint: other, chain: [rb]}}\n"
     "  - {at: 2021-05-01, serve: {endpoint: telemetry, leaf: {issuer: a}, chain: [ra]}}\n" FLEET,
     {{"2020-01-01", 0, 'a', 'a', "2021-03-01"},
      {"2021-02-28T23:59:59Z", 0, 'a', 'a', "2021-03-01"},
      {"2021-03-01", 1, 'b', 'b', "2021-05-01"},
      {"2021-04-30T23:59:59Z", 1, 'b', 'b', "2021-05-01"},
      {"2021-05-01", 3, 'a', 'a', NULL}}},
    {"at a renewal",
     HEAD "timeline:\n"
          "  - at: 2021-02-10\n"
          "    serve: {endpoint: telemetry, leaf: {issuer: b}, chain: [rb], when: renewal}\n" FLEET,
     {{"2021-02-10", 0, 'a', 'a', "2021-03-02"},
      {"2021-03-01T23:59:59Z", 0, 'a', 'a', "2021-03-02"},
      {"2021-03-02", 1, 'b', 'b', NULL}}},
    {"at a renewal of that second",
     HEAD "timeline:\n"
          "  - {at: 2021-01-31, serve: {endpoint: telemetry, chain: [rb], when: renewal}}\n" FLEET,
     {{"2021-01-30T23:59:59Z", 0, 'a', 'a', "2021-01-31"}, {"2021-01-31", 1, 'a', 'b', NULL}}},
    {"a chain while a renewal is awaited",
     HEAD "timeline:\n"
          "  - {at: 2021-02-10, serve: {endpoint: telemetry, leaf: {issuer: b}, when: renewal}}\n"
          "  - {at: 2021-02-20, serve: {endpoint: telemetry, chain: [rb]}}\n" FLEET,
     {{"2021-02-15", 0, 'a', 'a', "2021-02-20"},
      {"2021-02-20", 2, 'a', 'b', "2021-03-02"},
      {"2021-03-02", 1, 'b', 'b', NULL}}},
    {"two that await the same renewal",
     HEAD "timeline:\n"
          "  - at: 2021-02-10\n"
          "    serve: {endpoint: telemetry, leaf: {issuer: b}, chain: [rb], when: renewal}\n"
          "  - {at: 2021-02-20, serve: {endpoint: telemetry, chain: [ra], when: renewal}}\n" FLEET,
     {{"2021-03-01T23:59:59Z", 0, 'a', 'a', "2021-03-02"}, {"2021-03-02", 2, 'b', 'a', NULL}}},
    {"one renewal after another",
     HEAD "timeline:\n"
          "  - at: 2021-02-10\n"
          "    serve: {endpoint: telemetry, leaf: {issuer: b}, chain: [rb], when: renewal}\n"
          "  - {at: 2021-03-02, serve: {endpoint: telemetry, chain: [ra], when: renewal}}\n"
          "  - {at: 2021-03-03, serve: {endpoint: telemetry, chain: [rb], when: renewal}}\n" FLEET,
     {{"2021-03-01T23:59:59Z", 0, 'a', 'a', "2021-03-02"},
      {"2021-03-02", 2, 'b', 'a', "2021-04-01"},
      {"2021-04-01", 3, 'b', 'b', NULL}}},
    {"a leaf at once takes the renewal's place",
     HEAD "timeline:\n"
          "  - at: 2021-02-10\n"
          "    serve: {endpoint: telemetry, leaf: {issuer: b}, chain: [rb], when: renewal}\n"
          "  - {at: 2021-02-20, serve: {endpoint: telemetry, leaf: {key: kb}}}\n" FLEET,
     {{"2021-02-19T23:59:59Z", 0, 'a', 'a', "2021-02-20"}, {"2021-02-20", 2, 'b', 'b', NULL}}},
};

START_TEST(servings)
{
    const struct serving_case *c = &serving_cases[_i];
    begin(c->yaml);
    for (size_t i = 0; c->rows[i].t; i++) {
        ps_time t = date(c->rows[i].t), until;
        uint32_t found = ps_world_serving(&world, 0, t, &nobody, &until);
        const struct ps_serving *s = &world.servings[found];
        const struct ps_leaf leaf = leaf_at(s->line, t);
        const struct ps_plan_chain *chain = ps_world_chain(&world, found, leaf.issuer);
        uint32_t event = s->event == PS_PLAN_NONE ? 0 : s->event + 1;
        ck_assert_msg(event == c->rows[i].event, "%s, %s: event %u", c->name, c->rows[i].t, event);
        ck_assert_msg(leaf.issuer == (uint32_t)(c->rows[i].issuer - 'a'), "%s, %s: issuer %u",
                      c->name, c->rows[i].t, leaf.issuer);
        ck_assert_msg(chain && chain->certificates[0] == (uint32_t)(c->rows[i].chain - 'a'),
                      "%s, %s: chain", c->name, c->rows[i].t);
        ck_assert_msg(t.s < plan->from.s || leaf.not_before.s <= t.s,
                      "%s, %s: a leaf of the future", c->name, c->rows[i].t);
        int64_t wanted = c->rows[i].until ? date(c->rows[i].until).s : INT64_MAX;
        ck_assert_msg(until.s == wanted, "%s, %s: until %lld", c->name, c->rows[i].t,
                      (long long)until.s);
    }
    end();
}
END_TEST

/* Every device has its second within the staging; regions go together; a later event wins. */
START_TEST(staging)
{
    begin(HEAD "timeline:\n"
               "  - {at: 2021-03-01, serve: {endpoint: telemetry, chain: [rb], over: 100s}}\n"
               "  - {at: 2021-04-01, serve: {endpoint: telemetry, chain: [ra], over: 1000s, by: "
               "region}}\n"
               "  - {at: 2021-04-01T00:01:00Z, serve: {endpoint: telemetry, chain: [rb]}}\n" FLEET);
    int64_t first = date("2021-03-01").s, second = date("2021-04-01").s, regions[4] = {0};
    bool seconds[100] = {false};
    unsigned different = 0;
    for (uint32_t i = 0; i < 2000; i++) {
        struct ps_stage_subject s = {{ps_text_hash("all"), i}, i % 4};
        ps_time at = ps_world_stage_time(&world, &plan->events[0], (ps_time){first}, &s), until;
        ck_assert_int_ge(at.s, first);
        ck_assert_int_lt(at.s, first + 100);
        seconds[at.s - first] = true;
        uint32_t before = ps_world_serving(&world, 0, (ps_time){at.s - 1}, &s, &until);
        ck_assert_int_eq(until.s, at.s);
        ck_assert_uint_eq(ps_world_serving(&world, 0, at, &s, &until), before + 1);
        at = ps_world_stage_time(&world, &plan->events[1], (ps_time){second}, &s);
        if (!regions[i % 4])
            regions[i % 4] = at.s;
        ck_assert_int_eq(at.s, regions[i % 4]);
        ck_assert_uint_eq(ps_world_serving(&world, 0, (ps_time){second + 60}, &s, &until), 3);
    }
    for (size_t i = 0; i < 100; i++)
        ck_assert_msg(seconds[i], "nobody at second %zu", i);
    for (size_t i = 1; i < 4; i++)
        different += regions[i] != regions[0];
    ck_assert_uint_gt(different, 0);
    end();
}
END_TEST

START_TEST(faults)
{
    static const struct {
        const char *name;
        uint32_t endpoint;
        int64_t t;
        int kind; /* 0: none */
        int64_t until;
    } rows[] = {
        {"before", 0, -1, 0, 0},
        {"first second", 0, 0, PS_FAULT_RESET, 100},
        {"until the next begins", 0, 99, PS_FAULT_RESET, 100},
        {"the later wins", 0, 100, PS_FAULT_CUT, 150},
        {"its end", 0, 149, PS_FAULT_CUT, 150},
        {"the earlier again", 0, 150, PS_FAULT_RESET, 3600},
        {"last second", 0, 3599, PS_FAULT_RESET, 3600},
        {"after", 0, 3600, 0, INT64_MAX},
        {"the other endpoint's", 1, 40, 0, 120},
        {"the other endpoint's own", 1, 120, PS_FAULT_DELAY, 140},
    };
    begin(HEAD "timeline:\n"
               "  - {at: 2021-03-01, fault: {endpoint: telemetry, kind: reset, lasts: 1h}}\n"
               "  - {at: 2021-03-01T00:01:40Z, fault: {endpoint: telemetry, kind: cut, lasts: "
               "50s}}\n"
               "  - {at: 2021-03-01T00:02:00Z, fault: {endpoint: other, kind: delay, delay: 9s, "
               "lasts: 20s}}\n" FLEET);
    int64_t zero = date("2021-03-01").s;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ps_time until;
        const struct ps_plan_fault *fault =
            ps_world_fault(&world, rows[i].endpoint, (ps_time){zero + rows[i].t}, &until);
        ck_assert_msg((fault ? (int)fault->kind : 0) == rows[i].kind, "%s: kind", rows[i].name);
        int64_t wanted = rows[i].until == INT64_MAX ? INT64_MAX : zero + rows[i].until;
        ck_assert_msg(until.s == wanted, "%s: until %lld", rows[i].name,
                      (long long)(until.s - zero));
    }
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("world");
    TCase *tests = tcase_create("world");
    tcase_add_test(tests, renewals);
    tcase_add_test(tests, keys_and_issuers);
    tcase_add_loop_test(tests, servings, 0, (int)(sizeof serving_cases / sizeof *serving_cases));
    tcase_add_test(tests, staging);
    tcase_add_test(tests, faults);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
