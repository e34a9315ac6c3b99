/* SPDX-License-Identifier: Apache-2.0
 *
 * Lives with wrong clocks, against a device that is walked second by second from the day it was
 * made: power comes and goes, its clock counts, forgets, stores and is told. Each second that it
 * has power it makes a contact, or now and then, which is accepted while the leaf that is served is
 * valid on its clock. It has to be up for the same number of seconds. Two of them are walked, for
 * the second finds what the first has asked.
 */
#include <stdlib.h>
#include "engine/fleet.h"
#include "engine/replay.h"
#include "plan.h"

enum { DAY_S = 86400, MILLION = 1000000, LEAF_D = 20, RENEWED_D = 15, DEVICES = 2 };

static ps_status make(void *context, const struct ps_world *world, const struct ps_trusts *trusts,
                      const struct ps_contact_spec *specs, size_t count,
                      struct ps_verdict *ret_verdicts, struct ps_error *err)
{
    (void)context;
    (void)trusts;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        const struct ps_leaf *leaf = &world->leaves[specs[i].leaf];
        bool good = specs[i].kind == PS_KIND_TELEMETRY && leaf->not_before.s <= specs[i].clock.s &&
                    specs[i].clock.s <= leaf->not_after.s;
        memset(&ret_verdicts[i], 0, sizeof ret_verdicts[i]);
        ret_verdicts[i].stage = good ? PS_STAGE_ACCEPTED : PS_STAGE_DATES;
    }
    return PS_OK;
}

enum kind { RTC, EPOCH, STORED };

static const struct row {
    const char *name;
    enum kind kind;
    int shelf_d, on_h, off_h; /* on_h 0: never off */
    int delay_h;              /* to when the network tells the time; -1: never */
    int fast_ppm;
    int battery_d, behind_h, ahead_h, ahead_d; /* 0: none; ahead for so long */
} rows[] = {
    {"a right one", RTC, 40, 200, 30, -1, 0, 0, 0, 0, 0},
    {"slow", RTC, 40, 200, 30, -1, -9000, 0, 0, 0, 0},
    {"fast", RTC, 40, 200, 30, -1, 40011, 0, 0, 0, 0},
    {"fast, never off", RTC, 40, 0, 0, -1, 40011, 0, 0, 0, 0},
    {"behind, and fast", RTC, 40, 200, 30, -1, 1700, 0, 300, 0, 0},
    {"behind a little, and fast", RTC, 40, 200, 30, -1, 8000, 0, 20, 0, 0},
    {"behind a little, and fast, never off", RTC, 40, 0, 0, -1, 8000, 0, 20, 0, 0},
    {"ahead a little, and slow", RTC, 40, 200, 30, -1, -3000, 0, 0, 10, 400},
    {"a battery", RTC, 40, 200, 30, 5, 0, 120, 0, 0, 0},
    {"ahead for a while", RTC, 40, 200, 30, 5, 0, 0, 0, 200, 120},
    {"1970", EPOCH, 40, 200, 30, 50, 0, 0, 0, 0, 0},
    {"1970, cuts come soon after the time", EPOCH, 40, 40, 3, 30, 0, 0, 0, 0, 0},
    {"1970, told wrong", EPOCH, 40, 200, 30, 50, 0, 0, 0, 200, 230},
    {"stored", STORED, 40, 200, 30, 50, 0, 0, 0, 0, 0},
    {"stored, slow", STORED, 40, 91, 30, 50, -30000, 0, 0, 0, 0},
    {"stored, never told", STORED, 0, 300, 2, -1, 0, 0, 0, 0, 0},
    {"stored, never told, fast", STORED, 0, 300, 2, -1, 5000, 0, 0, 0, 0},
    {"stored, told wrong", STORED, 0, 200, 2, 1, 0, 0, 0, 200, 130},
    {"stored, told wrong, and slow", STORED, 0, 0, 0, 1, -10000, 0, 0, 200, 130},
};

/* How often it makes a contact. */
static const struct often {
    int64_t every_s, jitter_s;
} often[] = {{1, 0}, {1009, 700}};
enum { OFTEN = sizeof often / sizeof *often };

/* When contacts are due, with power or without. */
struct due {
    const struct often *often;
    struct ps_subject subject;
    int64_t slot, t; /* of the next */
    uint32_t number;
};

static void find_second(struct due *due)
{
    due->t = due->slot;
    if (due->often->jitter_s == 0)
        return;
    uint64_t draw = ps_random_u64(1, due->subject, PS_PURPOSE_JITTER, due->number);
    due->t += (int64_t)ps_random_below(draw, (uint64_t)due->often->jitter_s + 1);
}

/* From the first power on. */
static struct due due_from(const struct ps_plan *plan, const struct often *how, uint32_t number)
{
    struct ps_world world;
    struct ps_device device;
    ps_world_init(&world, plan, 1);
    ps_device_draw(&world, 0, number, &device);
    uint64_t draw = ps_random_u64(1, device.subject, PS_PURPOSE_PHASE, 0);
    struct due due = {.often = how,
                      .subject = device.subject,
                      .slot =
                          device.boot.s + (int64_t)ps_random_below(draw, (uint64_t)how->every_s)};
    find_second(&due);
    ps_device_deinit(&device);
    ps_world_deinit(&world);
    return due;
}

static bool is_due(struct due *due, int64_t t)
{
    if (due->t != t)
        return due->often->every_s == 1; /* each second, also before the first power */
    due->slot += due->often->every_s;
    due->number += due->often->every_s > 1;
    find_second(due);
    return true;
}

/* The seconds in which it is up, of those from `from` on until `until`. */
static int64_t walk(const struct row *row, struct due due, int64_t made, int64_t from,
                    int64_t until)
{
    int64_t boot = made + (int64_t)row->shelf_d * DAY_S, up_s = 0, booted = boot;
    int64_t on_s = row->on_h * 3600, off_s = row->off_h * 3600;
    int64_t shown = made - row->behind_h * 3600, rest = 0; /* and millionths */
    bool was_on = false, told = false, up = false, wrong_told = row->ahead_h > 0;
    if (row->kind == RTC && row->ahead_h > 0)
        shown += row->ahead_h * 3600;
    for (int64_t t = made; t < until; t++) {
        bool on = t >= boot && (on_s == 0 || (t - boot) % (on_s + off_s) < on_s);
        if (t > made && (row->kind == RTC || was_on)) {
            shown++;
            rest += told ? 0 : row->fast_ppm;
            for (; rest >= MILLION; rest -= MILLION)
                shown++;
            for (; rest < 0; rest += MILLION)
                shown--;
        }
        if (was_on && !on)
            rest = row->kind == STORED ? 0 : rest;
        if (on && !was_on) {
            booted = t;
            bool lost = row->kind == EPOCH || (row->kind == RTC && row->battery_d > 0 &&
                                               made + (int64_t)row->battery_d * DAY_S < t);
            if (lost)
                shown = rest = 0;
        }
        bool wrong = wrong_told && t < boot + (int64_t)row->ahead_d * DAY_S;
        if (row->kind == RTC && wrong_told && !wrong) {
            shown = t;
            rest = 0;
            wrong_told = false;
        }
        int64_t says = t + (wrong ? row->ahead_h * 3600 : 0);
        told = row->kind != RTC && on && row->delay_h >= 0 && t >= booted + row->delay_h * 3600 &&
               (row->kind == EPOCH || shown <= says);
        if (told) {
            shown = says;
            rest = 0;
        }
        was_on = on;
        if (!is_due(&due, t) || t < from) {
            up_s += up;
            continue;
        }
        int64_t leaf = from + (t - from) / (RENEWED_D * DAY_S) * (RENEWED_D * DAY_S);
        if (on)
            up = leaf <= shown && shown < leaf + LEAF_D * DAY_S;
        up_s += up;
    }
    return up_s;
}

static void add_faults(const struct row *row, struct ps_text *yaml)
{
    const struct {
        bool given;
        char *text;
    } parts[] = {
        {row->fast_ppm != 0, ps_format("drift: %dppm", row->fast_ppm)},
        {row->battery_d > 0, ps_format("battery: %dd", row->battery_d)},
        {row->behind_h > 0, ps_format("behind: {share: 100%%, by: %dh}", row->behind_h)},
        {row->ahead_h > 0,
         ps_format("ahead: {share: 100%%, by: %dh, lasts: %dd}", row->ahead_h, row->ahead_d)},
    };
    const char *before = "    clock: {";
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i].given) {
            ps_text_add(yaml, "%s%s", before, parts[i].text);
            before = ", ";
        }
        free(parts[i].text);
    }
    if (before[0] == ',')
        ps_text_add(yaml, "}\n");
    if (row->on_h > 0)
        ps_text_add(yaml, "    power_loss: {every: %dh, lasts: %dh}\n", row->on_h, row->off_h);
}

START_TEST(lives)
{
    static const char *const kinds[] = {"rtc", "epoch_boot", "last_known"};
    const struct row *row = &rows[_i / OFTEN];
    const struct often *how = &often[_i % OFTEN];
    struct ps_text yaml = {0};
    ps_text_add(&yaml,
                "scenario: clocks\n"
                "title: Clocks\n"
                "from: 2021-01-01\n"
                "until: 2021-06-01\n"
                "authorities:\n"
                "  a: {subject: \"CN=A\", key: ecdsa-p256}\n"
                "certificates:\n"
                "  root: {of: a, issuer: a, valid: 1960-01-01 .. 2040-01-01}\n"
                "endpoints:\n"
                "  telemetry: {host: hub.example, leaf: {issuer: a, key: ecdsa-p256, lifetime: "
                "%dd, renew_before: %dd}, chain: []}\n"
                "strategies:\n"
                "  - {name: s, anchors: [root], time: {clock: %s}, update: {poll: 1s}}\n"
                "fleet:\n"
                "  - cohort: c\n"
                "    devices: 2\n"
                "    made: 2020-10-20 .. 2020-10-21\n"
                "    shelf: %dd\n"
                "    contact: {every: %ds, jitter: %ds, session: 1s}\n"
                "    ntp: {delay: %dh, blocked: %s}\n",
                LEAF_D, LEAF_D - RENEWED_D, kinds[row->kind], row->shelf_d, (int)how->every_s,
                (int)how->jitter_s, row->delay_h < 0 ? 1 : row->delay_h,
                row->delay_h < 0 ? "100%" : "0%");
    add_faults(row, &yaml);
    struct ps_plan *plan = plan_of(ps_text_chars(&yaml));
    plan->cohorts[0].made_until = plan->cohorts[0].made_from; /* exactly then */
    int64_t walked = 0, all = plan->until.s - plan->from.s;
    uint32_t unlike = how->every_s == 1 ? 1 : DEVICES;
    for (uint32_t i = 0; i < unlike; i++)
        walked +=
            DEVICES / unlike *
            walk(row, due_from(plan, how, i), date("2020-10-20").s, plan->from.s, plan->until.s);
    for (uint32_t ppm = 0; ppm <= MILLION; ppm += MILLION) {
        const struct ps_replay_options options = {
            .plan = plan, .seed = 1, .audit = {ppm}, .make = make};
        struct ps_replay *replay = NULL;
        struct ps_error err = {{0}};
        ck_assert_msg(ps_is_ok(ps_replay_run(&options, &replay, &err)), "%s: %s", row->name,
                      err.text);
        const struct ps_tally *tally = ps_replay_tally(replay, 0, 0);
        ck_assert_msg((int64_t)tally->up_seconds == walked, "%s: up for %lld s, not %lld",
                      row->name, (long long)tally->up_seconds, (long long)walked);
        ps_replay_free(replay);
    }
    ck_assert_msg(walked > 0 && (walked < DEVICES * all || row == rows),
                  "%s: up for %lld s of %lld", row->name, (long long)walked,
                  (long long)(DEVICES * all));
    ps_text_deinit(&yaml);
    ps_plan_free(plan);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("clock_walk");
    TCase *tests = tcase_create("clock_walk");
    tcase_add_loop_test(tests, lives, 0, OFTEN * sizeof rows / sizeof *rows);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
