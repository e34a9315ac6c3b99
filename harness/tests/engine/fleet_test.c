/* SPDX-License-Identifier: Apache-2.0
 *
 * What chance decides about a device.
 */
#include "engine/fleet.h"
#include "plan.h"

static const char fleet[] =
    "scenario: fleet\n"
    "title: Devices\n"
    "from: 2021-01-01\n"
    "until: 2021-07-01\n"
    "regions: 3\n"
    "authorities:\n"
    "  a: {subject: \"CN=A\", key: ecdsa-p256}\n"
    "certificates:\n"
    "  root: {of: a, issuer: a, valid: 2000-01-01 .. 2040-01-01}\n"
    "endpoints:\n"
    "  telemetry:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: a, key: ecdsa-p256, lifetime: 40d, renew_before: 10d}\n"
    "    chain: []\n"
    "fleet:\n"
    "  - cohort: old\n"
    "    devices: 300\n"
    "    made: 2020-01-01T00:00:00Z .. 2020-01-01T00:00:03Z\n"
    "    shelf: 10d\n"
    "    contact: {every: 7h}\n"
    "    ntp: {delay: 20m, blocked: 30%}\n"
    "  - cohort: young\n"
    "    devices: 300\n"
    "    made: 2021-05-01 .. 2021-09-01\n"
    "    shelf: {uniform: {min: 0s, max: 30d}}\n"
    "    life: 20d\n"
    "    contact: {every: 30d}\n"
    "strategies:\n"
    "  - {name: one, preset: single_root_static, anchors: [root]}\n";

START_TEST(draws)
{
    struct ps_plan *plan = plan_of(fleet);
    struct ps_world world;
    ps_world_init(&world, plan, 5);
    unsigned made[4] = {0}, regions[3] = {0}, blocked = 0, boots = 0;
    const int64_t every = 7 * 3600;
    for (uint32_t i = 0; i < 300; i++) {
        struct ps_device d;
        ps_device_draw(&world, 0, i, &d);
        int64_t late = d.made.s - date("2020-01-01").s;
        ck_assert_msg(late >= 0 && late <= 3, "made %lld s late", (long long)late);
        made[late]++;
        regions[d.stage.region]++;
        ck_assert_int_eq(d.boot.s, d.made.s + 10 * 86400);
        ck_assert_int_eq(d.retired.s, INT64_MAX);
        /* The first contact of its own grid that is not before the scenario. */
        ck_assert_int_ge(d.first_contact.s, plan->from.s);
        ck_assert_int_lt(d.first_contact.s, plan->from.s + every);
        ck_assert(ps_device_boots(&world, &d));
        if (d.synchronised.s == INT64_MAX)
            blocked++;
        else
            ck_assert_int_eq(d.synchronised.s, d.boot.s + 1200);
    }
    for (size_t i = 0; i < 4; i++)
        ck_assert_msg(made[i] > 40, "second %zu: %u devices", i, made[i]);
    for (size_t i = 0; i < 3; i++)
        ck_assert_msg(regions[i] > 60, "region %zu: %u devices", i, regions[i]);
    ck_assert_msg(blocked > 50 && blocked < 130, "%u blocked", blocked);
    for (uint32_t i = 0; i < 300; i++) {
        struct ps_device d;
        ps_device_draw(&world, 1, i, &d);
        ck_assert_int_ge(d.first_contact.s, d.boot.s);
        ck_assert_int_lt(d.first_contact.s, d.boot.s + 30 * 86400);
        ck_assert_int_eq(d.retired.s, d.boot.s + 20 * 86400);
        boots += ps_device_boots(&world, &d);
        ck_assert(ps_device_boots(&world, &d) ==
                  (d.first_contact.s < plan->until.s && d.first_contact.s < d.retired.s));
    }
    struct ps_device edge = {.first_contact = {plan->until.s - 1}, .retired = {plan->until.s - 1}};
    ck_assert(!ps_device_boots(&world, &edge));
    edge.retired.s++;
    ck_assert(ps_device_boots(&world, &edge));
    edge.first_contact.s = plan->until.s;
    edge.retired.s++;
    ck_assert(!ps_device_boots(&world, &edge));
    ck_assert_msg(boots > 60 && boots < 240, "%u boot", boots);
    ps_world_deinit(&world);
    ps_plan_free(plan);
}
END_TEST

/* ---- each draw is of its own stream ---- */

#define LASTS "{uniform: {min: 0s, max: 999999999s}}"
static const char chance[] =
    "scenario: chance\n"
    "title: All that is drawn once\n"
    "from: 2021-01-01\n"
    "until: 2121-01-01\n"
    "regions: 1000\n"
    "authorities:\n"
    "  a: {subject: \"CN=A\", key: ecdsa-p256}\n"
    "certificates:\n"
    "  root: {of: a, issuer: a, valid: 2000-01-01 .. 2040-01-01}\n"
    "endpoints:\n"
    "  telemetry:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: a, key: ecdsa-p256, lifetime: 40d, renew_before: 10d}\n"
    "    chain: []\n"
    "fleet:\n"
    "  - cohort: all\n"
    "    devices: 300\n"
    "    made: 2021-01-01 .. 2022-01-01\n"
    "    shelf: " LASTS "\n"
    "    life: " LASTS "\n"
    "    contact: {every: 1000d}\n"
    "    offline: {share: 50%, every: " LASTS ", lasts: " LASTS "}\n"
    "    ntp: {delay: " LASTS ", blocked: 0%}\n"
    "    clock:\n"
    "      battery: " LASTS "\n"
    "      drift: -500ppm .. 499ppm\n"
    "      behind: {share: 60%, by: " LASTS "}\n"
    "      ahead: {share: 40%, by: " LASTS ", lasts: " LASTS "}\n"
    "  - cohort: dark\n"
    "    devices: 300\n"
    "    made: 2021-01-01 .. 2022-01-01\n"
    "    contact: {every: 1000d}\n"
    "    power_loss: {share: 50%, every: " LASTS ", lasts: " LASTS "}\n"
    "strategies:\n"
    "  - {name: one, preset: single_root_static, anchors: [root]}\n";

enum { CHANCE_SEED = 9 };

/* The whole part of `all` times what the stream gives, a number from 0 to below 1. */
static int64_t part_of(const struct ps_device *d, enum ps_purpose purpose, int64_t all)
{
    uint64_t draw = ps_random_u64(CHANCE_SEED, d->subject, purpose, 0);
    return (int64_t)((unsigned __int128)draw * (uint64_t)all >> 64);
}

static void check_drawn(const char *what, uint32_t device, int64_t found, int64_t expect)
{
    ck_assert_msg(found == expect, "%s of device %u: %lld, not %lld", what, device,
                  (long long)found, (long long)expect);
}

/* How many of the cohort ever lose power. */
static unsigned check_power(const struct ps_world *world)
{
    enum { ALL = 1000000000 };
    unsigned dark = 0;
    for (uint32_t i = 0; i < 300; i++) {
        struct ps_device d;
        ps_device_draw(world, 1, i, &d);
        bool is_dark = part_of(&d, PS_PURPOSE_POWER_SHARE, 100) < 50;
        check_drawn("losses of power", i, d.schedule->blackout_count > 0, is_dark);
        if (is_dark) {
            const struct ps_gap *first = &d.schedule->blackouts[0];
            check_drawn("dark from", i, first->begins.s - d.boot.s,
                        part_of(&d, PS_PURPOSE_POWER_EVERY, ALL));
            check_drawn("dark for", i, first->ends.s - first->begins.s,
                        part_of(&d, PS_PURPOSE_POWER_LASTS, ALL));
        }
        dark += is_dark;
        ps_device_deinit(&d);
    }
    return dark;
}

/* Were two of them of one stream, they would go together, which no histogram of one shows. */
START_TEST(streams)
{
    enum { ALL = 1000000000 };
    struct ps_plan *plan = plan_of(chance);
    struct ps_world world;
    unsigned ahead = 0, behind = 0, offline = 0;
    ps_world_init(&world, plan, CHANCE_SEED);
    for (uint32_t i = 0; i < 300; i++) {
        struct ps_device d;
        ps_device_draw(&world, 0, i, &d);
        int64_t span = date("2022-01-01").s - plan->from.s + 1;
        check_drawn("made", i, d.made.s - plan->from.s, part_of(&d, PS_PURPOSE_MADE, span));
        check_drawn("shelf", i, d.boot.s - d.made.s, part_of(&d, PS_PURPOSE_SHELF, ALL));
        check_drawn("life", i, d.retired.s - d.boot.s, part_of(&d, PS_PURPOSE_LIFE, ALL));
        check_drawn("region", i, d.stage.region, part_of(&d, PS_PURPOSE_REGION, 1000));
        check_drawn("ntp", i, d.synchronised.s - d.boot.s, part_of(&d, PS_PURPOSE_NTP_DELAY, ALL));
        check_drawn("battery", i, d.clock.battery_empty.s - d.made.s,
                    part_of(&d, PS_PURPOSE_CLOCK_BATTERY, ALL));
        check_drawn("drift", i, d.clock.fast_ppm, part_of(&d, PS_PURPOSE_CLOCK_DRIFT, 1000) - 500);
        bool is_ahead = part_of(&d, PS_PURPOSE_CLOCK_AHEAD, 100) < 40;
        bool is_behind = !is_ahead && part_of(&d, PS_PURPOSE_CLOCK_BEHIND, 100) < 60;
        check_drawn("ahead", i, d.clock.ahead.s,
                    is_ahead ? part_of(&d, PS_PURPOSE_CLOCK_AHEAD_BY, ALL) : 0);
        check_drawn("behind", i, d.clock.behind.s,
                    is_behind ? part_of(&d, PS_PURPOSE_CLOCK_BEHIND_BY, ALL) : 0);
        if (is_ahead)
            check_drawn("ahead for", i, d.clock.ahead_until.s - d.boot.s,
                        part_of(&d, PS_PURPOSE_CLOCK_AHEAD_LASTS, ALL));
        bool is_offline = part_of(&d, PS_PURPOSE_OFFLINE_SHARE, 100) < 50;
        ps_time begins = {d.boot.s + part_of(&d, PS_PURPOSE_OFFLINE_EVERY, ALL)};
        if (is_offline && begins.s < d.retired.s) {
            offline++;
            check_drawn("offline from", i, d.schedule->gaps[0].begins.s, begins.s);
            check_drawn("offline for", i, d.schedule->gaps[0].ends.s - begins.s,
                        part_of(&d, PS_PURPOSE_OFFLINE_LASTS, ALL));
        } else {
            check_drawn("spells", i, (int64_t)d.schedule->gap_count, 0);
        }
        ahead += is_ahead;
        behind += is_behind;
        ps_device_deinit(&d);
    }
    ck_assert_uint_gt(ahead, 30);
    ck_assert_uint_gt(behind, 30);
    ck_assert_uint_gt(offline, 30);
    ck_assert_uint_gt(check_power(&world), 30);
    ps_world_deinit(&world);
    ps_plan_free(plan);
}
END_TEST

/* A device on the grid keeps its phase through the years before the scenario. */
START_TEST(phase_is_kept)
{
    struct ps_plan *plan = plan_of(fleet);
    struct ps_world world;
    ps_world_init(&world, plan, 5);
    for (uint32_t i = 0; i < 50; i++) {
        struct ps_device before, after;
        ps_time from = plan->from;
        plan->from = date("2020-01-01");
        ps_device_draw(&world, 0, i, &before);
        plan->from = from;
        ps_device_draw(&world, 0, i, &after);
        ck_assert_int_lt(before.first_contact.s, before.boot.s + 7 * 3600);
        ck_assert_int_ge(before.first_contact.s, before.boot.s);
        ck_assert_int_eq((after.first_contact.s - before.first_contact.s) % (7 * 3600), 0);
        /* A scenario that begins exactly at a contact has it. */
        plan->from = after.first_contact;
        ps_device_draw(&world, 0, i, &before);
        ck_assert_int_eq(before.first_contact.s, after.first_contact.s);
        plan->from = from;
    }
    ps_world_deinit(&world);
    ps_plan_free(plan);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fleet");
    TCase *tests = tcase_create("fleet");
    tcase_add_test(tests, draws);
    tcase_add_test(tests, streams);
    tcase_add_test(tests, phase_is_kept);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
