/* SPDX-License-Identifier: Apache-2.0
 *
 * When a device is taken over, and what is counted from then on: against a model that lives each
 * device contact by contact. Every contact and every attack is accepted here, so only the times
 * decide: the attack's window, and the poll that first lies in it. Only a clock that shows the time
 * after the scenario is refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include "engine/origin.h"
#include "engine/replay.h"
#include "plan.h"

static const char head[] =
    "scenario: takeover\n"
    "title: Polls and windows\n"
    "from: 2021-01-01\n"
    "until: 2021-07-01\n"
    "authorities:\n"
    "  a: {subject: \"CN=A\", key: ecdsa-p256}\n"
    "certificates:\n"
    "  r0: {of: a, issuer: a, valid: 2000-01-01 .. 2040-01-01}\n"
    "endpoints:\n"
    "  telemetry:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: a, key: ecdsa-p256, lifetime: 4y, renew_before: 10d}\n"
    "    chain: []\n";

static struct ps_plan *plan;

static ps_status make(void *context, const struct ps_world *world, const struct ps_trusts *trusts,
                      const struct ps_contact_spec *specs, size_t count,
                      struct ps_verdict *ret_verdicts, struct ps_error *err)
{
    (void)context;
    (void)world;
    (void)trusts;
    (void)err;
    memset(ret_verdicts, 0, count * sizeof *ret_verdicts);
    for (size_t i = 0; i < count; i++)
        ret_verdicts[i].stage =
            specs[i].clock.s < plan->until.s ? PS_STAGE_ACCEPTED : PS_STAGE_DATES;
    return PS_OK;
}

/* About then: a window ends in the second in which the first device polls. */
#define WITH_A_POLL "2021-03-02"
struct window {
    const char *attack, *from, *until;
};
static const struct row {
    const char *name, *contact, *poll, *life;
    struct window windows[2];
    bool some, all; /* of the devices are taken over */
} rows[] = {
    {"from the first second",
     "{every: 1d}",
     "1d",
     "",
     {{"U01", "2021-01-01", "2021-07-01"}},
     true,
     true},
    {"from a day on", "{every: 1d}", "1d", "", {{"U01", "2021-03-01", "2021-07-01"}}, true, true},
    {"polls are rare",
     "{every: 1d}",
     "30d",
     "",
     {{"U01", "2021-03-02T12:00Z", "2021-03-02T20:00Z"}},
     true,
     false},
    {"polls do not fit contacts",
     "{every: 36h}",
     "5d",
     "",
     {{"U01", "2021-03-02", "2021-03-02T12:00Z"}},
     true,
     false},
    {"asleep", "{every: 300d}", "1d", "", {{"U01", "2021-03-01", "2021-03-11"}}, true, false},
    {"long sessions",
     "{every: 1d, session: 20d}",
     "1d",
     "",
     {{"U01", "2021-03-02T12:00Z", "2021-03-02T20:00Z"}},
     true,
     false},
    {"the earliest counts",
     "{every: 1d}",
     "20d",
     "",
     {{"U05", "2021-05-01", "2021-07-01"}, {"U01", "2021-02-01", "2021-02-06"}},
     true,
     true},
    {"the earliest counts, whichever stands first",
     "{every: 1d}",
     "20d",
     "",
     {{"U01", "2021-02-01", "2021-02-06"}, {"U05", "2021-05-01", "2021-07-01"}},
     true,
     true},
    {"the window ends at a poll",
     "{every: 1d}",
     "1d",
     "",
     {{"U01", "2021-03-01", WITH_A_POLL}},
     true,
     false},
    {"retired devices",
     "{every: 1d}",
     "1d",
     ", life: {uniform: {min: 1100d, max: 1240d}}",
     {{"U01", "2021-03-01", "2021-07-01"}},
     true,
     false},
    {"nothing that takes over",
     "{every: 1d}",
     "1d",
     "",
     {{"X03", "2021-03-01", "2021-07-01"}},
     false,
     false},
};

enum { DEVICES = 60 };
struct counts {
    uint64_t taken, up_s, booted_s, contacts, losses;
    uint64_t exposed_s[8], taken_by[8];
};

static int64_t step_of(void)
{
    const struct ps_plan_cohort *c = &plan->cohorts[0];
    int64_t step = c->every.s;
    while (step < c->session.s)
        step += c->every.s;
    return step;
}

static bool takes(const struct ps_plan_threat *threat)
{
    return threat->attack == PS_ATTACK_U01 || threat->attack == PS_ATTACK_U05;
}

static int64_t taken_at(const struct ps_device *d, int64_t end, size_t *ret_by)
{
    int64_t next_poll = d->first_contact.s;
    for (int64_t t = d->first_contact.s; t < end; t += step_of()) {
        if (t < next_poll)
            continue;
        next_poll = t + plan->strategies[0].update.poll.s;
        for (size_t i = 0; i < plan->threat_count; i++)
            if (takes(&plan->threats[i]) && plan->threats[i].from.s <= t &&
                t < plan->threats[i].until.s) {
                *ret_by = i;
                return t;
            }
    }
    return INT64_MAX;
}

static void live(const struct ps_device *d, struct counts *c)
{
    int64_t end = plan->until.s < d->retired.s ? plan->until.s : d->retired.s;
    size_t by = 0;
    int64_t taken = taken_at(d, end, &by), genuine = taken < end ? taken : end;
    c->taken += taken < end;
    c->taken_by[by] += taken < end;
    c->losses += taken < end;
    c->booted_s += (uint64_t)(end - d->first_contact.s);
    c->up_s += (uint64_t)(genuine - d->first_contact.s);
    for (int64_t t = d->first_contact.s; t < genuine; t += step_of())
        c->contacts++;
    for (size_t i = 0; i < plan->threat_count; i++) {
        const struct ps_plan_threat *threat = &plan->threats[i];
        int64_t from = threat->from.s, until = taken < end ? taken + 1 : end;
        from = from < d->first_contact.s ? d->first_contact.s : from;
        until = threat->until.s < until ? threat->until.s : until;
        if (until > from)
            c->exposed_s[i] += (uint64_t)(until - from);
    }
}

static struct counts model(void)
{
    struct counts c = {0};
    struct ps_world world;
    ps_world_init(&world, plan, 1);
    for (uint32_t i = 0; i < DEVICES; i++) {
        struct ps_device device;
        ps_device_draw(&world, 0, i, &device);
        if (ps_device_boots(&world, &device))
            live(&device, &c);
    }
    ps_world_deinit(&world);
    return c;
}

static struct ps_plan *plan_of_row(const struct row *row)
{
    char yaml[4096], threats[512] = "";
    for (size_t i = 0; i < 2 && row->windows[i].attack; i++)
        snprintf(threats + strlen(threats), sizeof threats - strlen(threats),
                 "  - {attack: %s, from: %s, until: %s}\n", row->windows[i].attack,
                 row->windows[i].from, row->windows[i].until);
    snprintf(yaml, sizeof yaml,
             "%sroles: {M.int: r0}\n"
             "threats:\n%s"
             "fleet:\n"
             "  - {cohort: c, devices: %d, made: 2018-01-01 .. 2018-01-20, shelf: 0s, contact: "
             "%s%s}\n"
             "strategies:\n"
             "  - {name: s, preset: single_root_http_fw, anchors: [r0], update: {poll: %s}}\n",
             head, threats, DEVICES, row->contact, row->life, row->poll);
    return plan_of(yaml);
}

/* The window that WITH_A_POLL stands for: six hours up to before the first device's poll. */
static void end_with_a_poll(void)
{
    struct ps_world world;
    struct ps_device device;
    ps_world_init(&world, plan, 1);
    ps_device_draw(&world, 0, 0, &device);
    for (size_t i = 0; i < plan->threat_count; i++) {
        struct ps_plan_threat *threat = &plan->threats[i];
        if (threat->until.s != date(WITH_A_POLL).s)
            continue;
        threat->until = device.first_contact;
        while (threat->until.s < date(WITH_A_POLL).s)
            threat->until.s += 86400;
        threat->from.s = threat->until.s - 6 * 3600;
    }
    ps_world_deinit(&world);
}

START_TEST(polls_and_windows)
{
    static const enum ps_fidelity fidelities[] = {PS_FIDELITY_MEMO, PS_FIDELITY_WIRE};
    const struct row *row = &rows[_i];
    plan = plan_of_row(row);
    end_with_a_poll();
    struct counts wanted = model();
    for (size_t f = 0; f < 2; f++) {
        const struct ps_replay_options options = {
            .plan = plan, .seed = 1, .fidelity = fidelities[f], .audit = {100000}, .make = make};
        struct ps_replay *replay = NULL;
        struct ps_error err = {{0}};
        ps_status s = ps_replay_run(&options, &replay, &err);
        ck_assert_msg(ps_is_ok(s), "%s: %s", row->name, err.text);
        const struct ps_tally *t = ps_replay_tally(replay, 0, 0);
        ck_assert_msg((wanted.taken > 0) == row->some, "%s: the model", row->name);
        ck_assert_msg((wanted.taken == t->booted) == row->all, "%s: the model", row->name);
        ck_assert_uint_eq(t->devices, DEVICES);
        ck_assert_msg(t->outcomes[PS_OUTCOME_TAKEN_OVER] == wanted.taken, "%s: %d taken, not %d",
                      row->name, (int)t->outcomes[PS_OUTCOME_TAKEN_OVER], (int)wanted.taken);
        ck_assert_msg(t->up_seconds == wanted.up_s, "%s: up", row->name);
        ck_assert_msg(t->booted_seconds == wanted.booted_s, "%s: booted", row->name);
        ck_assert_msg(t->contacts_accepted == wanted.contacts, "%s: %d contacts, not %d", row->name,
                      (int)t->contacts_accepted, (int)wanted.contacts);
        ck_assert_msg(t->losses.count == wanted.losses, "%s: losses", row->name);
        for (uint32_t i = 0; i < plan->threat_count; i++) {
            const struct ps_tally_origin *o =
                &t->origins[ps_origin_number(plan, (struct ps_origin){PS_ORIGIN_THREAT, i})];
            ck_assert_msg(o->devices == wanted.taken_by[i] && o->lost == wanted.taken_by[i],
                          "%s: threat %u took %d, lost %d", row->name, i, (int)o->devices,
                          (int)o->lost);
        }
        for (size_t i = 0; i < plan->threat_count; i++)
            ck_assert_msg(t->exposures[i].device_seconds == wanted.exposed_s[i],
                          "%s: %s: %lld s exposed, not %lld", row->name,
                          ps_attack_text(plan->threats[i].attack),
                          (long long)t->exposures[i].device_seconds,
                          (long long)wanted.exposed_s[i]);
        ps_replay_free(replay);
    }
    ps_plan_free(plan);
}
END_TEST

/* A clock that was set ahead is right again when nobody lies any more, unless it keeps what it
 * showed. One that believes nobody cannot be set. */
static const struct ahead_row {
    const char *clock;
    bool exposed, lasts;
} ahead_rows[] = {
    {"ntp", true, false},       {"epoch_boot", true, false}, {"build_floor", true, false},
    {"last_known", true, true}, {"peer_date", true, false},  {"rtc", false, false},
    {"nts", false, false},      {"roughtime", false, false}, {"ignore", false, false},
};

START_TEST(clocks_set_ahead)
{
    const struct ahead_row *row = &ahead_rows[_i];
    char yaml[4096];
    snprintf(yaml, sizeof yaml,
             "%sthreats:\n"
             "  - {attack: U11, from: 2021-03-01, until: 2021-03-11}\n"
             "fleet:\n"
             "  - {cohort: c, devices: %d, made: 2018-01-01 .. 2018-01-20, shelf: 0s, contact: "
             "{every: 1d}, ntp: {delay: 20m, blocked: 0%%}}\n"
             "strategies:\n"
             "  - {name: s, preset: single_root_static, anchors: [r0], time: {clock: %s}}\n",
             head, DEVICES, row->clock);
    plan = plan_of(yaml);
    const struct ps_replay_options options = {
        .plan = plan, .seed = 1, .audit = {100000}, .make = make};
    struct ps_replay *replay = NULL;
    struct ps_error err = {{0}};
    ps_status s = ps_replay_run(&options, &replay, &err);
    ck_assert_msg(ps_is_ok(s), "%s: %s", row->clock, err.text);
    const struct ps_tally_exposure *found =
        &ps_replay_tally(replay, 0, 0)->exposures[plan->threat_count - 1];
    int64_t until = row->lasts ? plan->until.s : date("2021-03-11").s;
    uint64_t each = row->exposed ? (uint64_t)(until - date("2021-03-01").s) : 0;
    ck_assert_msg(found->device_seconds == DEVICES * each, "%s: %lld s", row->clock,
                  (long long)found->device_seconds);
    ps_replay_free(replay);
    ps_plan_free(plan);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("takeover");
    TCase *tests = tcase_create("takeover");
    tcase_add_loop_test(tests, polls_and_windows, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_loop_test(tests, clocks_set_ahead, 0, (int)(sizeof ahead_rows / sizeof *ahead_rows));
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
