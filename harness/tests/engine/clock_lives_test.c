/* SPDX-License-Identifier: Apache-2.0
 *
 * Every source of time in a life: whether a device is up, and how long a stolen certificate that
 * has run out is taken (X15) by who can be told the time. The rule: a contact is accepted while the
 * leaf that is served is valid on the device's clock, a probe while the stolen one is.
 *
 * One device made on 2020-06-01; it boots after its shelf time, and its network tells it the time
 * 60 days later (or never). The first leaf is valid until 2021-01-20, the scenario begins on
 * 2021-01-01 and ends on 2021-04-01.
 */
#include <stdio.h>
#include "engine/replay.h"
#include "plan.h"

static ps_status make(void *context, const struct ps_world *world, const struct ps_trusts *trusts,
                      const struct ps_contact_spec *specs, size_t count,
                      struct ps_verdict *ret_verdicts, struct ps_error *err)
{
    (void)context;
    (void)trusts;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        bool x15 = specs[i].kind == PS_KIND_PROBE &&
                   world->plan->threats[specs[i].threat].attack == PS_ATTACK_X15;
        const struct ps_leaf *leaf = &world->leaves[x15 ? specs[i].stolen_leaf : specs[i].leaf];
        enum ps_clock source = world->plan->strategies[specs[i].strategy].time.clock;
        bool good =
            source == PS_CLOCK_IGNORE || /* no date is read */
            (leaf->not_before.s <= specs[i].clock.s && specs[i].clock.s <= leaf->not_after.s);
        memset(&ret_verdicts[i], 0, sizeof ret_verdicts[i]);
        ret_verdicts[i].stage =
            good && (x15 || specs[i].kind != PS_KIND_PROBE) ? PS_STAGE_ACCEPTED : PS_STAGE_DATES;
    }
    return PS_OK;
}

#define NEVER "2099-01-01"

static const struct row {
    const char *name, *clock;
    int shelf_d;
    bool blocked;
    const char *anchor;
    const char *up_from; /* NEVER; else from its first contact at or after that */
    const char *exposed_until;
} rows[] = {
    /* Who cannot be told the time: exposed as long as the certificate holds. */
    {"rtc", "rtc", 190, true, "live", "2021-01-01", "2021-01-21"},
    {"roughtime", "roughtime", 190, false, "live", "2021-01-01", "2021-01-21"},
    {"roughtime, blocked", "roughtime", 190, true, "live", NEVER, "2021-01-01"},
    {"nts", "nts", 190, false, "live", "2021-01-01", "2021-01-21"},
    {"nts, blocked", "nts", 190, true, "live", NEVER, "2021-01-01"},
    {"nts, its anchor ended on the shelf", "nts", 190, false, "ended", NEVER, "2021-01-01"},
    {"nts, its anchor ended after boot", "nts", 10, false, "ended", "2021-01-01", "2021-01-21"},
    {"nts, its anchor begins after boot", "nts", 190, false, "young", NEVER, "2021-01-01"},
    {"ignore", "ignore", 190, true, "live", "2021-01-01", "2021-04-01"},
    /* Who believes: as long as the attacker likes. */
    {"ntp", "ntp", 190, false, "live", "2021-01-01", "2021-04-01"},
    {"ntp, blocked", "ntp", 190, true, "live", NEVER, "2021-04-01"},
    {"peer date", "peer_date", 190, true, "live", "2021-01-01", "2021-04-01"},
    {"epoch", "epoch_boot", 190, false, "live", "2021-02-06", "2021-04-01"},
    {"epoch, blocked", "epoch_boot", 190, true, "live", NEVER, "2021-04-01"},
    {"floor", "build_floor", 190, false, "live", "2021-02-06", "2021-04-01"},
    /* What was stored is where the attacker's way back ends: 190 days behind, until the network
     * tells; 20 days behind, until that is past the certificate's end. Being behind by as much as
     * the leaves live it never sees one that is valid. */
    {"last known", "last_known", 190, false, "live", "2021-02-06", "2021-02-06"},
    {"last known, blocked", "last_known", 190, true, "live", NEVER, "2021-04-01"},
    {"last known, a short shelf", "last_known", 20, true, "live", NEVER, "2021-02-10"},
    {"last known, no renewal when it ends", "last_known", 25, true, "live", NEVER, "2021-02-15"},
    {"last known, hardly any shelf", "last_known", 0, true, "live", "2021-01-01", "2021-01-21"},
    {"last known, told long ago", "last_known", 10, false, "live", "2021-01-01", "2021-01-21"},
};

static int64_t seconds(ps_time from, const char *until)
{
    int64_t s = date(until).s - from.s;
    return s > 0 ? s : 0;
}

START_TEST(clocks)
{
    const struct row *row = &rows[_i];
    char yaml[4096];
    snprintf(yaml, sizeof yaml,
             "scenario: clocks\n"
             "title: Clocks\n"
             "from: 2021-01-01\n"
             "until: 2021-04-01\n"
             "authorities:\n"
             "  a: {subject: \"CN=A\", key: ecdsa-p256}\n"
             "certificates:\n"
             "  live: {of: a, issuer: a, valid: 2000-01-01 .. 2040-01-01}\n"
             "  ended: {of: a, issuer: a, valid: 2000-01-01 .. 2020-09-01}\n"
             "  young: {of: a, issuer: a, valid: 2020-12-20 .. 2040-01-01}\n"
             "endpoints:\n"
             "  telemetry:\n"
             "    host: hub.example\n"
             "    leaf: {issuer: a, key: ecdsa-p256, lifetime: 20d, renew_before: 0s}\n"
             "    chain: []\n"
             "threats:\n"
             "  - {attack: X15}\n"
             "fleet:\n"
             "  - cohort: c\n"
             "    devices: 1\n"
             "    made: 2020-06-01 .. 2020-06-02\n"
             "    shelf: %dd\n"
             "    contact: {every: 1s, session: 1s}\n"
             "    ntp: {delay: 60d, blocked: %s}\n"
             "strategies:\n"
             "  - {name: s, preset: single_root_static, anchors: [%s], time: {clock: %s}}\n",
             row->shelf_d, row->blocked ? "100%" : "0%", row->anchor, row->clock);
    struct ps_plan *plan = plan_of(yaml);
    plan->cohorts[0].made_until = plan->cohorts[0].made_from; /* exactly then */
    const struct ps_replay_options options = {
        .plan = plan, .seed = 1, .audit = {1000000}, .make = make};
    struct ps_replay *replay = NULL;
    struct ps_error err = {{0}};
    ck_assert_msg(ps_is_ok(ps_replay_run(&options, &replay, &err)), "%s", err.text);
    /* All of a stretch in one go: where the clock is right already, or is held, too. */
    uint64_t stretches = ps_replay_counts(replay).audited;
    ck_assert_msg(stretches > 0 && stretches < 100, "%s: %llu stretches", row->name,
                  (unsigned long long)stretches);
    const struct ps_tally *tally = ps_replay_tally(replay, 0, 0);
    int64_t up = (int64_t)tally->up_seconds, exposed = 0;
    for (size_t i = 0; i < plan->threat_count; i++)
        if (plan->threats[i].attack == PS_ATTACK_X15)
            exposed = (int64_t)tally->exposures[i].device_seconds;
    /* With contacts every second, up from the very second. */
    int64_t wanted =
        strcmp(row->up_from, NEVER) != 0 ? seconds(date(row->up_from), "2021-04-01") : 0;
    ck_assert_msg(up == wanted, "%s: up for %lld s, not %lld", row->name, (long long)up,
                  (long long)wanted);
    ck_assert_msg(exposed == seconds(plan->from, row->exposed_until), "%s: exposed for %lld s",
                  row->name, (long long)exposed);
    ps_replay_free(replay);
    ps_plan_free(plan);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("clock_lives");
    TCase *tests = tcase_create("clock");
    tcase_add_loop_test(tests, clocks, 0, sizeof rows / sizeof *rows);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
