/* SPDX-License-Identifier: Apache-2.0
 *
 * What a wrong clock does to a device, as small scenarios: each source of time against each fault.
 * Devices are made and first powered on the first of December. Leaves are renewed every thirty days
 * (on the 24th of February, the 25th of May ...), or are all older than the devices. Each row says
 * what is wrong, which clock the device has, and what becomes of it; rows of devices alike are
 * strategies of one scenario. Each is run with every verdict checked against a contact of the
 * device's own, and again with reuse switched off, and both say the same.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "program.h"

/* Without power for a day from the first of March on, and again in June, August and November. The
 * network tells the time after twenty days. */
#define CUT     "power_loss: {every: 90d, lasts: 1d}, ntp: {delay: 20d, blocked: 0%}"
#define BLOCKED "power_loss: {every: 90d, lasts: 1d}, ntp: {delay: 20d, blocked: 100%}"
#define FAILS   "power_loss: {every: 90d, lasts: 1d}, ntp: {delay: 20d, blocked: 0%, fails: 100%}"
/* Without power from March to June. */
#define LONG_CUT     "power_loss: {every: 90d, lasts: 100d}, ntp: {delay: 20d, blocked: 0%}"
#define LONG_BLOCKED "power_loss: {every: 90d, lasts: 100d}, ntp: {delay: 20d, blocked: 100%}"
/* Ten years ahead, until the end of January or for good. */
#define AHEAD          RIGHT ", clock: {ahead: {share: 100%, by: 3650d, lasts: 60d}}"
#define AHEAD_FOR_GOOD RIGHT ", clock: {ahead: {share: 100%, by: 3650d}}"
#define RIGHT          "ntp: {delay: 1m, blocked: 0%}"

/* Leaves that are younger than the firmware, or older than it. */
#define YOUNG "lifetime: 90d, renew_before: 60d"
#define OLD   "lifetime: 5y, renew_before: 30d"

#define AT(date, share) "  - {strategy: *, at: " date ", connected: " share "}\n"
#define SURVIVED        "  - {strategy: *, survived: 100%}\n"
#define RECOVERED       "  - {strategy: *, recovered: 100%}\n"
#define BRICKED         "  - {strategy: *, bricked: 100%}\n"
/* Up, down after the power came back, and up again when the network has told the time. */
#define UNTIL_NTP                                                                                  \
    AT("2021-02-27", "100%")                                                                       \
    AT("2021-03-04", "0%")                                                                         \
    AT("2021-03-20", "0%")                                                                         \
    AT("2021-03-24", "100%") AT("2021-06-10", "0%") AT("2021-06-25", "100%") RECOVERED
#define FROM_MARCH_ON AT("2021-02-27", "100%") AT("2021-03-04", "0%") AT("2021-12-30", "0%") BRICKED
#define UNTIL_JANUARY                                                                              \
    AT("2021-01-02", "0%") AT("2021-01-28", "0%") AT("2021-02-02", "100%") RECOVERED
/* A stolen certificate that has run out. */
#define SAFE    "  - {strategy: *, exposed: X15, share: 0%}\n"
#define EXPOSED "  - {strategy: *, exposed: X15, share: 100%}\n"

static const struct row {
    const char *name;
    const char *cohort, *leaf, *time, *expect;
} rows[] = {
    /* At 1970, for want of power. */
    {"ignore: 1970", BLOCKED, YOUNG,
     "clock: ignore, leaf_dates: ignore, ca_dates: ignore, anchor_dates: ignore", SURVIVED},
    {"rtc: a cut", BLOCKED, YOUNG, "clock: rtc", SURVIVED},
    {"rtc: a cut, and the battery is empty", CUT ", clock: {battery: 60d}", YOUNG, "clock: rtc",
     FROM_MARCH_ON},
    {"rtc: a cut, and the battery is not empty yet", CUT ", clock: {battery: 91d}", YOUNG,
     "clock: rtc",
     AT("2021-03-04", "100%") AT("2021-05-30", "100%") AT("2021-06-03", "0%") BRICKED},
    {"rtc: an empty battery without a cut", RIGHT ", clock: {battery: 60d}", YOUNG, "clock: rtc",
     SURVIVED},
    {"rtc: an empty battery, and a floor", CUT ", clock: {battery: 60d}", OLD,
     "clock: rtc, floor: 2021-02-01", SURVIVED},
    {"epoch: a cut", CUT, YOUNG, "clock: epoch_boot", UNTIL_NTP},
    {"epoch: a cut, the leaf's dates alone are not looked at", CUT, YOUNG,
     "clock: epoch_boot, leaf_dates: ignore", UNTIL_NTP},
    {"epoch: a cut, blocked", BLOCKED, YOUNG, "clock: epoch_boot",
     AT("2021-01-02", "0%") AT("2021-12-30", "0%") BRICKED},
    {"epoch: a cut, no time comes", FAILS, YOUNG, "clock: epoch_boot",
     AT("2021-01-02", "0%") AT("2021-12-30", "0%") BRICKED},
    {"build: a cut, younger leaves", CUT, YOUNG, "clock: build_floor", UNTIL_NTP},
    {"build: a cut, older leaves", CUT, OLD, "clock: build_floor", SURVIVED},
    {"build: a cut, older leaves, blocked", BLOCKED, OLD, "clock: build_floor", SURVIVED},
    {"last known: a cut", CUT, YOUNG, "clock: last_known", SURVIVED},
    {"last known: a long cut", LONG_CUT, YOUNG, "clock: last_known",
     AT("2021-02-27", "100%") AT("2021-06-15", "0%") AT("2021-06-26", "0%") AT("2021-07-05", "100%")
         AT("2021-09-05", "100%") AT("2021-12-20", "0%")},
    {"last known: a long cut, older leaves", LONG_BLOCKED, OLD, "clock: last_known", SURVIVED},
    {"last known: a long cut, blocked", LONG_BLOCKED, YOUNG, "clock: last_known",
     AT("2021-02-27", "100%") AT("2021-06-15", "0%") AT("2021-12-30", "0%") BRICKED},
    {"ntp: a cut", CUT, YOUNG, "clock: ntp", SURVIVED},
    {"ntp: a cut, blocked", BLOCKED, YOUNG, "clock: ntp", AT("2021-12-30", "0%") BRICKED},
    {"nts: a cut", CUT, YOUNG, "clock: nts", SURVIVED},
    {"nts: a cut, blocked", BLOCKED, YOUNG, "clock: nts", AT("2021-12-30", "0%") BRICKED},
    {"roughtime: a cut", CUT, YOUNG, "clock: roughtime", SURVIVED},
    {"roughtime: a cut, no time comes", FAILS, YOUNG, "clock: roughtime",
     AT("2021-12-30", "0%") BRICKED},
    {"peer date: a cut", BLOCKED, YOUNG, "clock: peer_date", SURVIVED},
    /* Far ahead. */
    {"ignore: ahead", AHEAD_FOR_GOOD, YOUNG,
     "clock: ignore, leaf_dates: ignore, ca_dates: ignore, anchor_dates: ignore", SURVIVED},
    {"rtc: ahead", AHEAD_FOR_GOOD, YOUNG, "clock: rtc",
     AT("2021-01-02", "0%") AT("2021-12-30", "0%") BRICKED},
    {"rtc: ahead, until it is set right", AHEAD, YOUNG, "clock: rtc", UNTIL_JANUARY},
    {"epoch: ahead", AHEAD, YOUNG, "clock: epoch_boot", UNTIL_JANUARY},
    {"build: ahead", AHEAD, YOUNG, "clock: build_floor", UNTIL_JANUARY},
    {"last known: ahead", AHEAD, YOUNG, "clock: last_known",
     AT("2021-01-02", "0%") AT("2021-02-02", "0%") AT("2021-12-30", "0%") BRICKED},
    {"ntp: ahead", AHEAD, YOUNG, "clock: ntp", UNTIL_JANUARY},
    {"nts: others are told wrong", AHEAD_FOR_GOOD, YOUNG, "clock: nts", SURVIVED},
    {"roughtime: others are told wrong", AHEAD_FOR_GOOD, YOUNG, "clock: roughtime", SURVIVED},
    {"peer date: others are told wrong", AHEAD_FOR_GOOD, YOUNG, "clock: peer_date", SURVIVED},
    /* Behind, and drifting. */
    {"rtc: behind", RIGHT ", clock: {behind: {share: 100%, by: 20d}}", YOUNG, "clock: rtc",
     "  - {strategy: *, survived: 0%}\n"},
    {"rtc: behind by less than a leaf lives, which was made before",
     RIGHT ", clock: {behind: {share: 100%, by: 20d}}", OLD, "clock: rtc", SURVIVED},
    {"rtc: slow, within a leaf's life", RIGHT ", clock: {drift: -50000ppm}", OLD, "clock: rtc",
     SURVIVED},
    {"epoch: nobody tells it, so it matters not that others are behind",
     RIGHT ", clock: {behind: {share: 100%, by: 20d}}", YOUNG, "clock: epoch_boot", SURVIVED},
    {"ntp: it is told, so it matters not how fast it runs", RIGHT ", clock: {drift: -90000ppm}",
     YOUNG, "clock: ntp", SURVIVED},
    /* Set back by an attacker, to when a certificate was valid that he stole. */
    {"ignore: set back", RIGHT, YOUNG,
     "clock: ignore, leaf_dates: ignore, ca_dates: ignore, anchor_dates: ignore", EXPOSED},
    {"rtc: set back", RIGHT, YOUNG, "clock: rtc", SAFE},
    {"epoch: set back", RIGHT, YOUNG, "clock: epoch_boot", EXPOSED},
    {"build: set back", RIGHT, YOUNG, "clock: build_floor", EXPOSED},
    {"build: a floor that is younger", RIGHT, YOUNG, "clock: build_floor, floor: 2021-08-01", SAFE},
    {"last known: set back", RIGHT, YOUNG, "clock: last_known", SAFE},
    {"last known: set back by the time that it was off",
     "power_loss: {every: 30d, lasts: 200d}, ntp: {blocked: 100%}", YOUNG, "clock: last_known",
     EXPOSED},
    {"ntp: set back", RIGHT, YOUNG, "clock: ntp", EXPOSED},
    {"nts: set back", RIGHT, YOUNG, "clock: nts", SAFE},
    {"roughtime: set back", RIGHT, YOUNG, "clock: roughtime", SAFE},
    {"peer date: set back", RIGHT, YOUNG, "clock: peer_date", EXPOSED},
};

/* The same devices, seventeen years later. */
static const struct row rows_of_2038[] = {
    {"rtc runs", RIGHT, YOUNG, "clock: rtc", SURVIVED},
    {"rtc wraps", RIGHT ", clock: {past_2038: wraps}", OLD, "clock: rtc",
     AT("2038-01-18", "100%") AT("2038-01-20", "0%") AT("2038-12-30", "0%") BRICKED},
    {"rtc wraps, and a floor holds it", RIGHT ", clock: {past_2038: wraps}", OLD,
     "clock: rtc, floor: 2037-12-05", SURVIVED},
    {"rtc stops, older leaves", RIGHT ", clock: {past_2038: stops}", OLD, "clock: rtc", SURVIVED},
    {"rtc stops, younger leaves", RIGHT ", clock: {past_2038: stops}", YOUNG, "clock: rtc",
     AT("2038-01-18", "100%") AT("2038-01-20", "100%") AT("2038-12-30", "0%") BRICKED},
    {"ignore wraps", RIGHT ", clock: {past_2038: wraps}", OLD,
     "clock: ignore, leaf_dates: ignore, ca_dates: ignore, anchor_dates: ignore", SURVIVED},
    {"ntp wraps", RIGHT ", clock: {past_2038: wraps}", YOUNG, "clock: ntp",
     AT("2038-01-18", "100%") AT("2038-01-20", "0%") BRICKED},
    {"build wraps, younger leaves", RIGHT ", clock: {past_2038: wraps}", YOUNG,
     "clock: build_floor", AT("2038-01-18", "100%") AT("2038-12-30", "0%") BRICKED},
    {"a fast clock wraps early", RIGHT ", clock: {past_2038: wraps, drift: 90000ppm}", OLD,
     "clock: rtc", AT("2038-01-10", "100%") AT("2038-01-17", "0%") BRICKED},
};

static void start(void)
{
    scratch_make();
}

static void stop(void)
{
    scratch_remove();
}

/* A row's name as that of a strategy. */
static void add_name(struct ps_text *out, const struct row *row)
{
    for (const char *c = row->name; *c; c++)
        ps_text_add_n(out, strchr(" :,'", *c) ? "-" : c, 1);
}

static void add_expectations(struct ps_text *out, const struct row *row)
{
    for (const char *c = row->expect; *c; c++) {
        if (*c == '*')
            add_name(out, row);
        else
            ps_text_add_n(out, c, 1);
    }
}

static bool are_alike(const struct row *a, const struct row *b)
{
    return strcmp(a->cohort, b->cohort) == 0 && strcmp(a->leaf, b->leaf) == 0;
}

/* All rows of the table whose devices are like those of `first`. */
static void write_scenario(const struct row *table, size_t count, const struct row *first, int year)
{
    struct ps_text yaml = {0}, expect = {0};
    ps_text_add(
        &yaml,
        "scenario: clocks\n"
        "title: Wrong clocks\n"
        "from: %d-10-27\n"
        "until: %d-01-01\n"
        "authorities:\n"
        "  root: {subject: \"CN=Root\", key: ecdsa-p256}\n"
        "certificates:\n"
        "  root-cert: {of: root, issuer: root, valid: 2000-01-01 .. 2060-01-01}\n"
        "endpoints:\n"
        "  telemetry: {host: hub.example, leaf: {issuer: root, key: ecdsa-p256, %s}, chain: "
        "[]}\n"
        "threats: [{attack: X15, from: %d-07-01}]\n"
        "fleet:\n"
        "  - {cohort: c, devices: 3, made: %d-12-01 .. %d-12-01T00:00:01Z, shelf: 0s, "
        "contact: {every: 1d}, %s}\n"
        "strategies:\n",
        year - 1, year + 1, first->leaf, year, year - 1, year - 1, first->cohort);
    for (size_t i = 0; i < count; i++) {
        if (!are_alike(&table[i], first))
            continue;
        ps_text_add(&yaml, "  - {name: ");
        add_name(&yaml, &table[i]);
        ps_text_add(&yaml, ", anchors: [root-cert], time: {%s}}\n", table[i].time);
        add_expectations(&expect, &table[i]);
    }
    ps_text_add(&yaml, "expect:\n%s", ps_text_chars(&expect));
    scratch_write("row.yaml", ps_text_chars(&yaml));
    ps_text_deinit(&yaml);
    ps_text_deinit(&expect);
}

/* Of rows alike the first stands for all of them. */
static void expect_rows(const struct row *table, size_t count, size_t i, int year)
{
    for (size_t n = 0; n < i; n++)
        if (are_alike(&table[n], &table[i]))
            return;
    write_scenario(table, count, &table[i], year);
    bool same = program_same_both_ways("row.yaml", table[i].name);
    ck_assert_msg(same, "%s: reuse changes the result", table[i].name);
}

START_TEST(clocks)
{
    expect_rows(rows, sizeof rows / sizeof *rows, (size_t)_i, 2021);
}
END_TEST

START_TEST(clocks_of_2038)
{
    expect_rows(rows_of_2038, sizeof rows_of_2038 / sizeof *rows_of_2038, (size_t)_i, 2038);
}
END_TEST

/* Answers about revocation are as old as their day: devices whose clocks drift, or lose days of
 * cuts, meet them before they begin and after their end. */
START_TEST(clocks_among_answers)
{
    scratch_write(
        "row.yaml",
        "scenario: answers\n"
        "title: Wrong clocks, and answers of the day\n"
        "from: 2021-01-01\n"
        "until: 2021-06-01\n"
        "authorities:\n"
        "  root: {subject: \"CN=Root\", key: ecdsa-p256, publishes: [ocsp, crl], ocsp_lifetime: "
        "3d, "
        "crl_lifetime: 5d}\n"
        "certificates:\n"
        "  root-cert: {of: root, issuer: root, valid: 1960-01-01 .. 2060-01-01}\n"
        "endpoints:\n"
        "  telemetry: {host: hub.example, leaf: {issuer: root, key: ecdsa-p256, lifetime: 300d, "
        "renew_before: 30d}, chain: [], staple: yes}\n"
        "threats: [{attack: X12, from: 2021-02-01}]\n"
        "fleet:\n"
        "  - {cohort: fast, devices: 2, made: 2020-12-01 .. 2020-12-03, shelf: 35d, contact: "
        "{every: "
        "7h}, clock: {drift: 20000ppm .. 50000ppm}}\n"
        "  - {cohort: slow, devices: 2, made: 2020-12-01 .. 2020-12-03, shelf: 35d, contact: "
        "{every: "
        "1d}, clock: {drift: -50000ppm .. -20000ppm}}\n"
        "  - {cohort: cut, devices: 2, made: 2020-12-01 .. 2020-12-03, shelf: 35d, contact: "
        "{every: "
        "1d}, power_loss: {every: 20d, lasts: 30h}, ntp: {delay: 4d, blocked: 50%, fails: 30%}, "
        "clock: {drift: -9000ppm .. 9000ppm, battery: 90d}}\n"
        "presets:\n"
        "  asks: {anchors: [root-cert], revocation: {mode: ocsp, on_unavailable: hard}}\n"
        "strategies:\n"
        "  - {name: right, preset: asks, time: {clock: peer_date}}\n"
        "  - {name: battery, preset: asks}\n"
        "  - {name: stored, preset: asks, time: {clock: last_known}}\n"
        "  - {name: lists, preset: asks, revocation: {mode: crl}}\n"
        "  - {name: staples, preset: asks, revocation: {mode: staple}, time: {clock: last_known}}\n"
        "  - {name: floor, preset: asks, time: {clock: epoch_boot, floor: 2021-02-20T13:00:00Z}}\n"
        "expect:\n"
        "  - {strategy: right, survived: 100%}\n"
        /* Ahead by three days at the end of February, and behind by one after as little as 50 days.
         */
        "  - {strategy: battery, cohort: fast, at: 2021-01-10, connected: 100%}\n"
        "  - {strategy: battery, cohort: fast, at: 2021-05-30, connected: 0%}\n"
        "  - {strategy: battery, cohort: slow, at: 2021-05-30, connected: 0%}\n");
    ck_assert(program_same_both_ways("row.yaml", "answers"));
}
END_TEST

/* What is wrong with a device's clock is said where its life is told. */
START_TEST(faults_are_told)
{
    static const struct {
        const char *cohort, *says;
    } told[] = {
        {RIGHT, "network  tells it the time from 2020-12-01T00:01:0"},
        {CUT, "network  tells it the time 20d after each power-up\n"},
        {FAILS, "network  tells it the time 20d after a power-up, but not after 5 of 5\n"},
        {BLOCKED, "network  lets no time through\n"},
        {RIGHT ", clock: {battery: 31d}", "battery  of its clock is empty from 2021-01-01T00:00:0"},
        {RIGHT ", clock: {drift: -20ppm}", "drift    20 millionths, slow\n"},
        {RIGHT ", clock: {behind: {share: 100%, by: 3d}}", "set      3d behind"},
        {AHEAD, "ahead    is set or told a time that is 3650d ahead\n"},
        {RIGHT ", clock: {past_2038: stops}", "2038     its clock stops\n"},
    };
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        const struct row row = {"told", told[i].cohort, OLD, "clock: rtc", SURVIVED};
        write_scenario(&row, 1, &row, 2021);
        struct program p = RUN("explain", "row.yaml", "--device", "0", "--link", "memory");
        ck_assert_msg(p.code == 0 && strstr(p.out, told[i].says) != NULL, "%s: %s%s",
                      told[i].cohort, p.out, p.err);
        program_deinit(&p);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("clocks");
    TCase *tests = tcase_create("clocks");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_loop_test(tests, clocks, 0, sizeof rows / sizeof *rows);
    tcase_add_loop_test(tests, clocks_of_2038, 0, sizeof rows_of_2038 / sizeof *rows_of_2038);
    tcase_add_test(tests, clocks_among_answers);
    tcase_add_test(tests, faults_are_told);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
