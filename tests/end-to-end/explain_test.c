/* SPDX-License-Identifier: Apache-2.0
 *
 * What `explain` tells is what the run found: every device of small fleets, told one by one, adds
 * up to the run's summary, and each has the run's own record. And what it says when something is
 * not as it should be.
 */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/memory.h"
#include "base/text.h"
#include "base/verdict.h"
#include "program.h"
#include "small.h"
#include "told.h"

static void start(void)
{
    scratch_make();
}

static void stop(void)
{
    scratch_remove();
}

/* The sum of all whole numbers that stand behind this key, and how many there are. */
static uint64_t sum_of(const char *json, const char *key, size_t *ret_count)
{
    char *quoted = ps_format("\"%s\": ", key);
    uint64_t sum = 0;
    *ret_count = 0;
    for (const char *at = strstr(json, quoted); at; at = strstr(at + 1, quoted)) {
        const char *value = at + strlen(quoted);
        if (*value < '0' || *value > '9')
            continue;
        sum += strtoull(value, NULL, 10);
        ++*ret_count;
    }
    free(quoted);
    return sum;
}

static uint64_t count_of(const char *text, const char *what)
{
    uint64_t count = 0;
    for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
        count++;
    return count;
}

/* All devices of the run in SCRATCH/run, told for programs. */
static char *tell_all(uint64_t devices)
{
    struct ps_text all = {0};
    for (uint64_t i = 0; i < devices; i++) {
        char *number = ps_format("%" PRIu64, i);
        struct program p = RUN("explain", "run", "--device", number, "--json", "--link", "memory");
        ck_assert_msg(p.code == 0, "device %s: exit %d\n%s", number, p.code, p.err);
        ps_text_add(&all, "%s", p.out);
        program_deinit(&p);
        free(number);
    }
    return ps_text_steal(&all);
}

static void compare_sum(const char *name, const char *summary, const char *told, const char *key,
                        const char *told_key)
{
    size_t lanes, lives;
    uint64_t wanted = sum_of(summary, key, &lanes), found = sum_of(told, told_key, &lives);
    ck_assert_uint_gt(lanes, 0);
    ck_assert_msg(found == wanted, "%s: %s is %" PRIu64 " in the run, %" PRIu64 " told", name, key,
                  wanted, found);
}

/* Devices that are offline, lose power, come late, are set up elsewhere, adopt late or not at all;
 * a server that starts anew, a release that is withdrawn. */
static const char irregular[] =
    "scenario: irregular\n"
    "title: Devices that come and go\n"
    "from: 2021-01-01\n"
    "until: 2023-01-01\n"
    "authorities:\n"
    "  old: {subject: \"O=Old, CN=Old Root\", key: ecdsa-p256}\n"
    "  new: {subject: \"O=New, CN=New Root\", key: ecdsa-p256}\n"
    "certificates:\n"
    "  old-root: {of: old, issuer: old, valid: 2010-01-01 .. 2030-01-01}\n"
    "  new-root: {of: new, issuer: new, valid: 2015-01-01 .. 2035-01-01}\n"
    "endpoints:\n"
    "  hub:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: old, key: ecdsa-p256, lifetime: 90d, renew_before: 30d}\n"
    "    chain: []\n"
    "  first:\n"
    "    host: first.example\n"
    "    leaf: {issuer: old, key: ecdsa-p256, lifetime: 90d, renew_before: 30d}\n"
    "    chain: []\n"
    "roles: {A.root_g1: old-root, A.root_g2: new-root}\n"
    "timeline:\n"
    "  - {at: 2021-03-01, release: {name: both, anchors: [A.root_g1, A.root_g2], strategies: "
    "[follows], adoption: {10d: 30%, 60d: 60%, never: 20%}}}\n"
    "  - {at: 2021-05-01, restart: {endpoint: hub}}\n"
    "  - {at: 2021-06-01, serve: {endpoint: hub, leaf: {issuer: new}, chain: []}}\n"
    "  - {at: 2021-09-01, release: {name: bad, anchors: [A.root_g1], strategies: [follows]}}\n"
    "  - {at: 2021-09-20, withdraw: bad}\n"
    "fleet:\n"
    "  - cohort: roving\n"
    "    devices: 6\n"
    "    made: 2020-01-01 .. 2021-06-01\n"
    "    shelf: 20d\n"
    "    contact: {endpoint: hub, every: 12h, jitter: 3h, session: 45m}\n"
    "    setup: {endpoint: first}\n"
    "    offline: {every: {exponential: {mean: 40d}}, lasts: {uniform: {min: 1d, max: 20d}}}\n"
    "    power_loss: {every: {exponential: {mean: 90d}}, lasts: 2d}\n"
    "    life: {uniform: {min: 1y, max: 4y}}\n"
    "strategies:\n"
    "  - {name: follows, preset: single_root_http_fw}\n"
    "  - {name: stays, preset: single_root_static}\n"
    "  - {name: blind, preset: no_verify}\n"
    "threats: [{attack: X01}]\n";

static const struct row {
    const char *name, *scenario; /* text, or a name of the catalogue */
    const char *devices;
    uint64_t told;
    bool fallbacks;      /* contacts are made again with another trust */
    const char *ends[4]; /* outcomes that have to be among them, or the row shows little */
} rows[] = {
    {"everything at once", small_scenario, "8", 8, false, {"survived", "bricked", "recovered"}},
    {"devices that come and go", irregular, NULL, 6, false, {"retired"}},
    {"what contacts are told", told_scenario, "4", 4, false, {"survived"}},
    {"lockout or brick", "lockout-or-brick", "4", 4, false, {"locked-out", "bricked", "recovered"}},
    {"takeovers", "unsigned-update", "4", 4, false, {"taken-over"}},
    {"tickets", "session-tickets", "3", 3, false, {"bricked"}},
    {"what is shown", "device-credentials", "4", 4, false, {"bricked"}},
    {"what is learned", "learned-keys", "3", 3, false, {"survived"}},
    {"fallbacks", "fallback", "4", 4, true, {"recovered"}},
};
enum { ROWS = sizeof rows / sizeof *rows };

START_TEST(every_device_adds_up)
{
    const struct row *row = &rows[_i];
    const char *name = row->scenario;
    if (strchr(row->scenario, '\n')) {
        scratch_write("scenario.yaml", row->scenario);
        name = "scenario.yaml";
    }
    struct program p = row->devices
                           ? RUN("run", name, "--out", "run", "--devices", row->devices, "-q")
                           : RUN("run", name, "--out", "run", "-q");
    ck_assert_msg(p.code == 0 || p.code == 1, "%s: exit %d\n%s", row->name, p.code, p.err);
    program_deinit(&p);
    char *summary = file_read(scratch_path("run/summary.json"));
    const char *planned = strstr(summary, "\"devices\": ");
    ck_assert_ptr_nonnull(planned);
    uint64_t devices = strtoull(planned + strlen("\"devices\": "), NULL, 10);
    ck_assert(row->told == 0 || row->told == devices);
    char *told = tell_all(devices);
    compare_sum(row->name, summary, told, "contacts_accepted", "contacts_accepted");
    compare_sum(row->name, summary, told, "contacts_failed", "contacts_failed");
    size_t lines;
    uint64_t contacts = sum_of(told, "contacts_accepted", &lines) +
                        sum_of(told, "contacts_failed", &lines),
             in_timelines = sum_of(told, "count", &lines);
    /* One that a fallback's trust is asked about, too, is in two lines. */
    ck_assert_msg(row->fallbacks ? in_timelines > contacts : in_timelines == contacts,
                  "%s: %" PRIu64 " contacts, %" PRIu64 " in the timelines", row->name, contacts,
                  in_timelines);
    compare_sum(row->name, summary, told, "updates_installed", "updates_installed");
    compare_sum(row->name, summary, told, "device_seconds", "seconds");
    uint64_t lives = 0;
    size_t lanes;
#define X(id, text, meaning)                                                                       \
    {                                                                                              \
        uint64_t ended = count_of(told, "\"outcome\": \"" text "\"");                              \
        ck_assert_msg(ended == sum_of(summary, text, &lanes), "%s: %" PRIu64 " told as " text,     \
                      row->name, ended);                                                           \
        lives += ended;                                                                            \
    }
    PS_OUTCOMES(X)
#undef X
    ck_assert_uint_gt(lives, 0);
    ck_assert_uint_eq(count_of(told, "\"recorded\": \"the run has the same"), lives);
    ck_assert_uint_eq(count_of(told, "\"first_dark\": \""),
                      sum_of(summary, "lost_devices", &lanes));
    /* Nobody else is back at the end. */
    ck_assert_uint_le(count_of(told, "\"dark_until\": \""),
                      sum_of(summary, "recovered", &lanes) + sum_of(summary, "retired", &lanes));
    for (size_t i = 0; i < 4 && row->ends[i]; i++)
        ck_assert_msg(sum_of(summary, row->ends[i], &lanes) > 0, "%s: nobody is %s", row->name,
                      row->ends[i]);
    free(told);
    free(summary);
}
END_TEST

/* A record that says something else is noticed; a scenario that is another one, too. */
START_TEST(what_differs_is_said)
{
    scratch_write("scenario.yaml", small_scenario);
    struct program p = RUN("run", "scenario.yaml", "--out", "run", "-q", "--devices", "4");
    program_deinit(&p);
    FILE *file = fopen(scratch_path("run/outcomes.bin"), "r+b");
    ck_assert_ptr_nonnull(file);
    fseek(file, -4, SEEK_END); /* the last dark spell of the last life */
    fputs("\1\2\3\4", file);
    fclose(file);
    p = RUN("explain", "run", "--device", "0");
    ck_assert_int_eq(p.code, 0);
    program_deinit(&p);
    p = RUN("explain", "run", "--device", "3");
    ck_assert_int_eq(p.code, 3);
    ck_assert_ptr_nonnull(strstr(p.err, "the run recorded of this device"));
    program_deinit(&p);
    ck_assert_int_eq(truncate(scratch_path("run/outcomes.bin"), 100), 0);
    p = RUN("explain", "run", "--device", "0");
    ck_assert_int_eq(p.code, 2);
    ck_assert_ptr_nonnull(strstr(p.err, "outcomes.bin': the head of the outcome records is cut"));
    program_deinit(&p);
    char *changed = ps_strdup(small_scenario), *year = strstr(changed, "until: 2022-03-01");
    ck_assert_ptr_nonnull(year);
    year[strlen("until: 202")] = '3';
    scratch_write("scenario.yaml", changed);
    free(changed);
    p = RUN("explain", "run", "--device", "0");
    ck_assert_int_eq(p.code, 2);
    ck_assert_ptr_nonnull(strstr(p.err, "is not what the run 'run' was of: its digest is "));
    program_deinit(&p);
}
END_TEST

/* A shard's folder tells every device of the fleet, and compares its own. */
START_TEST(a_shard_has_its_own_records)
{
    scratch_write("scenario.yaml", small_scenario);
    struct program p =
        RUN("run", "scenario.yaml", "--out", "run", "-q", "--devices", "4", "--shard", "1/2");
    ck_assert_msg(p.code == 0, "exit %d: %s", p.code, p.err);
    program_deinit(&p);
    p = RUN("explain", "run", "--device", "0");
    ck_assert_ptr_nonnull(strstr(p.out, "  record   the run has the same of it"));
    program_deinit(&p);
    p = RUN("explain", "run", "--device", "3");
    ck_assert_msg(p.code == 0, "exit %d: %s", p.code, p.err);
    ck_assert_ptr_nonnull(strstr(p.out, "  record   none in this folder: another shard lived"));
    program_deinit(&p);
}
END_TEST

/* A run that was started elsewhere is found beside its folder. */
START_TEST(scenario_beside_the_run)
{
    scratch_write("scenario.yaml", small_scenario);
    struct program p = RUN("run", "scenario.yaml", "--out", "run", "-q", "--devices", "4");
    program_deinit(&p);
    const struct program_options elsewhere = {.directory = "/"};
    p = program_run(&elsewhere,
                    (const char *const[]){"explain", scratch_path("run"), "--device", "1", NULL});
    ck_assert_msg(p.code == 0, "%s", p.err);
    program_deinit(&p);
}
END_TEST

static const struct mistake {
    const char *words[8];
    const char *says;
} mistakes[] = {
    {{"explain"}, "pinstorm: of which run or scenario?"},
    {{"explain", "lockout-or-brick"}, "pinstorm: which device (--device COHORT/N or N)?"},
    {{"explain", "lockout-or-brik", "--device", "1"},
     "there is no file and no catalogue scenario 'lockout-or-brik'; did you mean "
     "'lockout-or-brick'?"},
    {{"explain", "lockout-or-brick", "--device", "40"},
     "there are 40 devices, from 0 to 39, and no number 40"},
    {{"explain", "lockout-or-brick", "--device", "in-servce/1"},
     "there is no cohort 'in-servce'; did you mean 'in-service'?"},
    {{"explain", "lockout-or-brick", "--device", "in-service/20"},
     "cohort 'in-service' has 20 devices, from in-service/0 to in-service/19"},
    {{"explain", "lockout-or-brick", "--device", "twelve"},
     "--device takes COHORT/N, as in-service/0, or a number over the whole fleet, not 'twelve'"},
    {{"explain", "lockout-or-brick", "--device", "1", "--strategy", "bundel"},
     "there is no strategy 'bundel'; did you mean 'bundle'?"},
    {{"explain", "lockout-or-brick", "--device", "1", "--scenario", "x"},
     "--scenario is for a run of several"},
    {{"explain", ".", "--device", "1"},
     "'.' is a folder, but no run has written its summary.json there"},
    {{"explain", "run", "--device", "1", "--seed", "2"},
     "--seed says nothing of a run, which has its own"},
    {{"explain", "run", "--device", "1", "--devices", "2"},
     "--devices says nothing of a run, which has its own"},
};

START_TEST(mistakes_are_explained)
{
    scratch_write("scenario.yaml", small_scenario);
    struct program p = RUN("run", "scenario.yaml", "--out", "run", "-q", "--devices", "4");
    program_deinit(&p);
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        p = program_run(NULL, mistakes[i].words);
        ck_assert_msg(p.code == 2 && strstr(p.err, mistakes[i].says) != NULL && p.out[0] == '\0',
                      "exit %d, says %snot %s", p.code, p.err, mistakes[i].says);
        program_deinit(&p);
    }
}
END_TEST

/* Few lose their server in February, many in March. */
static const char in_turns[] =
    "scenario: turns\n"
    "title: One after the other\n"
    "from: 2021-01-01\n"
    "until: 2021-06-01\n"
    "authorities:\n"
    "  old: {subject: \"O=Old, CN=Old Root\", key: ecdsa-p256}\n"
    "  new: {subject: \"O=New, CN=New Root\", key: ecdsa-p256}\n"
    "certificates:\n"
    "  old-root: {of: old, issuer: old, valid: 2010-01-01 .. 2030-01-01}\n"
    "  new-root: {of: new, issuer: new, valid: 2015-01-01 .. 2035-01-01}\n"
    "endpoints:\n"
    "  first: {host: first.example, leaf: {issuer: old, key: ecdsa-p256, lifetime: 90d, "
    "renew_before: 30d}, chain: []}\n"
    "  then: {host: then.example, leaf: {issuer: old, key: ecdsa-p256, lifetime: 90d, "
    "renew_before: 30d}, chain: []}\n"
    "roles: {A.root_g1: old-root}\n"
    "timeline:\n"
    "  - {at: 2021-02-01, serve: {endpoint: first, leaf: {issuer: new}, chain: []}}\n"
    "  - {at: 2021-03-01, serve: {endpoint: then, leaf: {issuer: new}, chain: []}}\n"
    "fleet:\n"
    "  - {cohort: many, devices: 6, made: 2020-01-01 .. 2020-02-01, shelf: 1d, contact: {endpoint: "
    "then}}\n"
    "  - {cohort: few, devices: 2, made: 2020-01-01 .. 2020-02-01, shelf: 1d, contact: {endpoint: "
    "first}}\n"
    "strategies:\n"
    "  - {name: old, preset: single_root_static}\n"
    "expect:\n"
    "  - {strategy: old, at: 2021-01-15, connected: 0%}\n"
    "  - {strategy: old, at: 2021-02-15, connected: 100%}\n"
    "  - {strategy: old, at: 2021-05-15, connected: 100%}\n";

/* The device that a bar names was dark at the time that the bar is about, if one was. */
START_TEST(a_bar_names_who_was_dark)
{
    scratch_write("turns.yaml", in_turns);
    struct program p = RUN("run", "turns.yaml", "--out", "run", "-q");
    ck_assert_msg(p.code == 1, "exit %d: %s", p.code, p.err);
    const char *none = strstr(p.out, "connected 0% at 2021-01-15"),
               *few = strstr(p.out, "connected 100% at 2021-02-15"),
               *many = strstr(p.out, "connected 100% at 2021-05-15");
    ck_assert(none && few && many);
    ck_assert(strstr(none, "pinstorm explain") > few);
    const char *named = strstr(few, "--device few/0");
    ck_assert_msg(named && named < many, "%s", p.out);
    ck_assert_ptr_nonnull(strstr(many, "--device many/0"));
    program_deinit(&p);
}
END_TEST

/* At length: the timeline refers to the contacts, whose messages say who refused and why. */
START_TEST(a_life_at_length)
{
    const struct program_options narrow = {.terminal = 80};
    struct program p = program_run(
        &narrow, (const char *const[]){"explain", "lockout-or-brick", "--device", "in-service/0",
                                       "--strategy", "same-trust", NULL});
    ck_assert_msg(p.code == 0, "%s", p.err);
    static const char *const says[] = {
        "bricked",
        "path: unable to get local issuer certificate: Other Issuing",
        "serve at 2036-09-01T00:00:00Z",
        "the first contact",
        "the last before one that fails",
        "--> ClientHello",
        "<-- Certificate ",
        "--> alert: unknown CA",
        "takes release two-roots",
        "would an update still reach it?",
        "2036-12-31T05:06:57Z", /* the last of the polls that are refused, one a day */
    };
    for (size_t i = 0; i < sizeof says / sizeof *says; i++)
        ck_assert_msg(strstr(p.out, says[i]) != NULL, "it does not say %s:\n%s", says[i], p.out);
    program_deinit(&p);
}
END_TEST

/* Each update that comes is told by itself, and why one does not come. */
START_TEST(updates_are_told)
{
    static const struct {
        const char *scenario, *device, *strategy, *says[3];
    } told[] = {
        {"withdrawn-release",
         "at-once/1",
         "plain-http",
         {"  update   update in the clear: accepted [3]\n", "goes back to what it shipped with\n",
          "  update   update in the clear: accepted\n"}},
        {"slow-adoption",
         "nobody-looks/1",
         "plain-http",
         {"would adopt release both-roots only after the end\n"}},
    };
    const struct program_options wide = {.terminal = 160, .environment = "NO_COLOR=1"};
    struct program p = program_run(
        &wide, (const char *const[]){"explain", told[_i].scenario, "--devices", "60", "--device",
                                     told[_i].device, "--strategy", told[_i].strategy, NULL});
    ck_assert_msg(p.code == 0, "%s", p.err);
    for (size_t i = 0; i < 3 && told[_i].says[i]; i++)
        ck_assert_msg(strstr(p.out, told[_i].says[i]) != NULL, "it does not say %s:\n%.3000s",
                      told[_i].says[i], p.out);
    program_deinit(&p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("explain");
    TCase *tests = tcase_create("explain");
    tcase_add_checked_fixture(tests, start, stop);
    tcase_set_timeout(tests, 600);
    tcase_add_loop_test(tests, every_device_adds_up, 0, ROWS);
    tcase_add_test(tests, what_differs_is_said);
    tcase_add_test(tests, a_shard_has_its_own_records);
    tcase_add_test(tests, scenario_beside_the_run);
    tcase_add_test(tests, mistakes_are_explained);
    tcase_add_test(tests, a_bar_names_who_was_dark);
    tcase_add_test(tests, a_life_at_length);
    tcase_add_loop_test(tests, updates_are_told, 0, 2);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
