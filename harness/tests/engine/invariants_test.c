/* SPDX-License-Identifier: Apache-2.0
 *
 * Each invariant is fed with what must not be, and says so; and with what may be, and is silent.
 */
#include "engine/invariants/contacted.h"
#include "engine/invariants/exposure.h"
#include "engine/invariants/invariants.h"
#include "engine/invariants/time_order.h"
#include "plan.h"

static const char yaml[] =
    "scenario: s\n"
    "title: t\n"
    "from: 2021-01-01\n"
    "until: 2021-04-01\n"
    "authorities: {a: {subject: \"CN=A\", key: ecdsa-p256}}\n"
    "certificates: {ra: {of: a, issuer: a, valid: 2000-01-01 .. 2040-01-01}}\n"
    "endpoints:\n"
    "  hub: {host: h.example, leaf: {issuer: a, key: ecdsa-p256, lifetime: 300d, renew_before: "
    "30d}, chain: []}\n"
    "timeline:\n"
    "  - {at: 2021-02-01, fault: {endpoint: hub, kind: cut, lasts: 28d}}\n"
    "threats: [{attack: X01}]\n"
    "fleet: [{cohort: c, devices: 2, made: 2021-01-02 .. 2021-01-03, shelf: 0s, contact: {every: "
    "1d}}]\n"
    "strategies: [{name: s, anchors: [ra]}]\n";

static struct ps_plan *plan;
static struct ps_world world;

static void start(void)
{
    plan = plan_of(yaml);
    ps_world_init(&world, plan, 1);
}

static void stop(void)
{
    ps_world_deinit(&world);
    ps_plan_free(plan);
}

static void expect(const char *name, ps_status s, const struct ps_error *err, const char *says)
{
    if (!says)
        ck_assert_msg(ps_is_ok(s), "%s: %s", name, err->text);
    else
        ck_assert_msg(s.code == PS_CODE_FAILED && strcmp(err->text, says) == 0,
                      "%s: code %d, \"%s\"", name, (int)s.code, err->text);
}

/* A device that is booted on the second day, makes its first contact on the third, and is retired
 * after the 19th of March. */
static const struct state_row {
    const char *name;
    struct {
        enum ps_device_state state;
        const char *from, *until; /* NULL: no more */
    } stretches[3];
    uint64_t devices; /* that the chunk is said to have */
    const char *says; /* NULL: nothing */
} state_rows[] = {
    {"sound",
     {{PS_DEVICE_UP, "2021-01-03", "2021-02-01"}, {PS_DEVICE_DARK, "2021-02-01", "2021-03-20"}},
     1,
     NULL},
    {"taken over",
     {{PS_DEVICE_UP, "2021-01-03", "2021-02-01"},
      {PS_DEVICE_TAKEN_OVER, "2021-02-01", "2021-03-20"}},
     1,
     NULL},
    {"in none",
     {{PS_DEVICE_UP, "2021-01-03", "2021-02-01"}, {PS_DEVICE_DARK, "2021-02-02", "2021-03-20"}},
     1,
     "it is in no state between 2021-02-01T00:00:00Z and 2021-02-02T00:00:00Z (then: not connected "
     "at it)"},
    {"in two",
     {{PS_DEVICE_UP, "2021-01-03", "2021-02-01"}, {PS_DEVICE_DARK, "2021-01-31", "2021-03-20"}},
     1,
     "it is in more than one state between 2021-02-01T00:00:00Z and 2021-01-31T00:00:00Z (then: "
     "not connected at it)"},
    {"backwards",
     {{PS_DEVICE_UP, "2021-01-03", "2021-01-02"}},
     1,
     "it is connected at its last due contact from 2021-01-03T00:00:00Z until before that, "
     "2021-01-02T00:00:00Z"},
    {"late",
     {{PS_DEVICE_UP, "2021-01-04", "2021-03-20"}},
     1,
     "its states begin at 2021-01-04T00:00:00Z, its contacts at 2021-01-03T00:00:00Z"},
    {"ends too soon",
     {{PS_DEVICE_UP, "2021-01-03", "2021-03-19"}},
     1,
     "its states end at 2021-03-19T00:00:00Z, its life at 2021-03-20T00:00:00Z"},
    {"one too few", {{PS_DEVICE_UP, "2021-01-03", "2021-03-20"}}, 2, "1 of 2 devices were lived"},
    {"without any contact", {{PS_DEVICE_UP, NULL, NULL}}, 1, NULL},
};

static ps_status live_states(struct ps_states *states, const struct state_row *row,
                             struct ps_error *err)
{
    struct ps_watched watched = {0};
    const struct ps_device device = {.boot = date("2021-01-02"),
                                     .first_contact = date("2021-01-03"),
                                     .retired = date("2021-03-20")};
    for (size_t i = 0; i < 3 && row->stretches[i].from; i++) {
        const struct ps_states_stretch stretch = {.state = row->stretches[i].state,
                                                  .from = date(row->stretches[i].from),
                                                  .until = date(row->stretches[i].until)};
        PS_TRY(ps_states_add(states, &watched, &stretch, err));
    }
    PS_TRY(ps_states_end(states, &watched, &device, 0, err));
    return ps_states_check(states, row->devices, err);
}

START_TEST(one_state)
{
    const struct state_row *row = &state_rows[_i];
    struct ps_states states;
    struct ps_error err = {{0}};
    ps_states_init(&states, &world);
    ck_assert_uint_ge(states.epoch_count, 3); /* the fault begins and ends */
    expect(row->name, live_states(&states, row, &err), &err, row->says);
    ps_states_reset(&states);
    expect("again", ps_states_check(&states, 7, &err), &err, NULL); /* nobody was lived */
    ps_states_deinit(&states);
}
END_TEST

/* Whoever counted wrongly: no single life can tell. */
START_TEST(states_sum_up)
{
    struct ps_states states;
    struct ps_error err = {{0}};
    ps_states_init(&states, &world);
    expect("sound", live_states(&states, &state_rows[0], &err), &err, NULL);
    states.differences[PS_DEVICE_DARK * (states.epoch_count + 1) + 1]++;
    expect("one too many", ps_states_check(&states, 1, &err), &err,
           "at 2021-02-01T00:00:00Z the states sum up to 2 of 1 devices");
    states.differences[PS_DEVICE_DARK * (states.epoch_count + 1) + 1] -= 2;
    expect("a negative number", ps_states_check(&states, 1, &err), &err,
           "at 2021-02-01T00:00:00Z the states sum up to 0 of 1 devices");
    ps_states_deinit(&states);
}
END_TEST

START_TEST(time_order)
{
    struct ps_life_span spans[] = {{.from = {10}}, {.from = {20}}, {.from = {15}}};
    static const struct {
        const char *name;
        enum ps_life_phase phase;
        int64_t t, next_poll, walk;
        uint32_t threat;
        size_t spans;
        const char *says;
    } rows[] = {
        {"goes on", PS_LIFE_CONTACTS, 101, 100, 0, 0, 2, NULL},
        {"contacts", PS_LIFE_CONTACTS, 99, 100, 0, 0, 1,
         "its next contact goes back from 1970-01-01T00:01:40Z to 1970-01-01T00:01:39Z"},
        {"polls", PS_LIFE_CONTACTS, 100, 98, 0, 0, 1,
         "its next poll goes back from 1970-01-01T00:01:40Z to 1970-01-01T00:01:38Z"},
        {"spans", PS_LIFE_CONTACTS, 100, 100, 0, 0, 3,
         "its trust goes back from 1970-01-01T00:00:20Z to 1970-01-01T00:00:15Z"},
        {"a walk begins anywhere", PS_LIFE_EXPOSURE, 100, 100, 0, 0, 1, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ps_error err = {{0}};
        struct ps_life life = {.t = {100}, .next_poll = {100}, .walk = {50}, .spans = spans};
        life.span_count = 1;
        expect("first", ps_time_order_check(&life, &err), &err, NULL);
        life.phase = rows[i].phase;
        life.t.s = rows[i].t;
        life.next_poll.s = rows[i].next_poll;
        life.walk.s = rows[i].walk;
        life.threat = rows[i].threat;
        life.span_count = rows[i].spans;
        expect(rows[i].name, ps_time_order_check(&life, &err), &err, rows[i].says);
    }
}
END_TEST

START_TEST(walks)
{
    struct ps_error err = {{0}};
    struct ps_life life = {.phase = PS_LIFE_EXPOSURE, .threat = 1, .walk = {50}};
    expect("first", ps_time_order_check(&life, &err), &err, NULL);
    life.walk.s = 49;
    expect("back", ps_time_order_check(&life, &err), &err,
           "the walk of a threat goes back from 1970-01-01T00:00:50Z to 1970-01-01T00:00:49Z");
    life.threat = 2;
    expect("the next threat", ps_time_order_check(&life, &err), &err, NULL);
    life.threat = 1;
    expect("a threat again", ps_time_order_check(&life, &err), &err,
           "threat 1 is walked after threat 2");
    life.phase = PS_LIFE_REACH;
    expect("a phase again", ps_time_order_check(&life, &err), &err,
           "phase 1 of its life comes after phase 2");
}
END_TEST

START_TEST(contacted)
{
    const ps_time never = PS_TIME_NEVER, first = {100}, before = {99};
    const struct {
        const char *name;
        enum ps_outcome outcome;
        uint64_t accepted, failed;
        ps_time taken;
        bool was_dark;
        const char *says;
    } rows[] = {
        {"survived", PS_OUTCOME_SURVIVED, 1, 0, never, false, NULL},
        {"recovered", PS_OUTCOME_RECOVERED, 1, 1, never, true, NULL},
        {"bricked", PS_OUTCOME_BRICKED, 0, 1, never, true, NULL},
        {"never booted", PS_OUTCOME_NEVER_BOOTED, 0, 0, never, false, NULL},
        {"retired in its box", PS_OUTCOME_RETIRED, 0, 0, never, false, NULL},
        {"taken over at once", PS_OUTCOME_TAKEN_OVER, 0, 0, first, false, NULL},
        {"survived nothing", PS_OUTCOME_SURVIVED, 0, 0, never, false,
         "it is survived after 0 contacts that were accepted and 0 that failed"},
        {"survived what failed", PS_OUTCOME_SURVIVED, 0, 3, never, true,
         "it is survived after 0 contacts that were accepted and 3 that failed"},
        {"recovered from nothing", PS_OUTCOME_RECOVERED, 2, 0, never, true,
         "it is recovered after 2 contacts that were accepted and 0 that failed"},
        {"bricked by nothing", PS_OUTCOME_BRICKED, 2, 0, never, false,
         "it is bricked after 2 contacts that were accepted and 0 that failed"},
        {"locked out by nothing", PS_OUTCOME_LOCKED_OUT, 0, 0, never, false,
         "it is locked-out after 0 contacts that were accepted and 0 that failed"},
        {"never booted, but there", PS_OUTCOME_NEVER_BOOTED, 1, 0, never, false,
         "it is never-booted after 1 contacts that were accepted and 0 that failed"},
        {"dark without a failure", PS_OUTCOME_SURVIVED, 1, 0, never, true,
         "it was dark, and no contact failed"},
        {"taken by nobody", PS_OUTCOME_TAKEN_OVER, 1, 0, never, false,
         "it is taken-over, and nobody took it over"},
        {"taken, and survived", PS_OUTCOME_SURVIVED, 1, 0, first, false,
         "it is survived, and somebody took it over"},
        {"taken too soon", PS_OUTCOME_TAKEN_OVER, 1, 0, before, false,
         "it was taken over before its first contact"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ps_error err = {{0}};
        const struct ps_life life = {
            .outcome = rows[i].outcome,
            .taken = rows[i].taken,
            .was_dark = rows[i].was_dark,
            .contacted = rows[i].accepted + rows[i].failed > 0,
            .device.first_contact = first,
            .watched = {.accepted = rows[i].accepted, .failed = rows[i].failed}};
        expect(rows[i].name, ps_contacted_check(&life, &err), &err, rows[i].says);
    }
}
END_TEST

START_TEST(exposure)
{
    static const struct {
        const char *name;
        enum ps_attack attack;
        uint64_t exposed_s;
        bool accepted;
        const char *says;
    } rows[] = {
        {"not exposed", PS_ATTACK_X01, 0, false, NULL},
        {"all the time", PS_ATTACK_X01, 900, true, NULL},
        {"without a probe", PS_ATTACK_X01, 1, false,
         "it is exposed to X01 for 1 s, and no probe was accepted"},
        {"longer than it was there", PS_ATTACK_X01, 901, true,
         "it is exposed to X01 for 901 s, and was online for 900 s"},
        {"a full store", PS_ATTACK_U13, 5, false, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ps_error err = {{0}};
        const struct ps_life life = {.device.first_contact = {100},
                                     .end = {1000},
                                     .exposed_s = rows[i].exposed_s,
                                     .watched.probe_accepted = rows[i].accepted};
        expect(rows[i].name, ps_exposure_check(&life, rows[i].attack, &err), &err, rows[i].says);
    }
}
END_TEST

/* The first that is broken ends the run, and says whose life it was. */
START_TEST(named)
{
    struct ps_error err = {{0}};
    struct ps_invariants *invariants = ps_invariants_new(&world);
    ck_assert_msg(PS_INVARIANTS_ON == (invariants != NULL), "on, and not there");
    struct ps_life life = {.device.number = 1, .t = {100}};
    ps_invariants_begin(invariants);
    ps_invariants_stepped(invariants, &life, 0, 0);
    life.t.s = 99;
    ps_invariants_stepped(invariants, &life, 0, 0);
    life.t.s = 98;
    ps_invariants_stepped(invariants, &life, 0, 0);
    expect("named", ps_invariants_end(invariants, 0, &err), &err,
           PS_INVARIANTS_ON ? "invariant 'time order' is broken: device c/1, strategy 's': its "
                              "next contact goes back from 1970-01-01T00:01:40Z to "
                              "1970-01-01T00:01:39Z"
                            : NULL);
    ps_invariants_free(invariants);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("invariants");
    TCase *tests = tcase_create("invariants");
    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_loop_test(tests, one_state, 0, (int)(sizeof state_rows / sizeof *state_rows));
    tcase_add_test(tests, states_sum_up);
    tcase_add_test(tests, time_order);
    tcase_add_test(tests, walks);
    tcase_add_test(tests, contacted);
    tcase_add_test(tests, exposure);
    tcase_add_test(tests, named);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
