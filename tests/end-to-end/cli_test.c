/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line as a user meets it: exit codes, messages, what is written and what is not.
 */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "program.h"
#include "small.h"

static void start(void)
{
    scratch_make();
    scratch_write("small.yaml", small_scenario);
}

static void stop(void)
{
    scratch_remove();
}

static void has(const char *name, const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part), "%s: no \"%s\" in:\n%s", name, part, text);
}

/* Bad usage: exit 2, one line on stderr, nothing on stdout, nothing written. */
static const struct usage_row {
    const char *name;
    const char *words[8];
    const char *message;
} usage_rows[] = {
    {"no command", {NULL}, "pinstorm: which command?"},
    {"unknown command", {"rnu", NULL}, "there is no command 'rnu'; did you mean 'run'?"},
    {"no scenario", {"run", NULL}, "pinstorm: which scenario? 'pinstorm run --help' explains"},
    {"unknown scenario", {"run", "le-dst-x3-2012", NULL}, "did you mean 'le-dst-x3-2021'?"},
    {"unknown option",
     {"run", "small.yaml", "--divices", "3", NULL},
     "unrecognized option '--divices'"},
    {"devices",
     {"run", "small.yaml", "--devices", "0", NULL},
     "--devices takes a whole number from 1 to 10000000, not '0'"},
    {"one device",
     {"run", "small.yaml", "--device", "3", NULL},
     "--device is of 'pinstorm explain', which looks at one of a fleet; --devices N says how many"},
    {"devices text", {"run", "small.yaml", "--devices", "many", NULL}, "not 'many'"},
    {"negative seed", {"run", "small.yaml", "--seed", "-1", NULL}, "--seed takes a whole number"},
    {"fidelity",
     {"run", "small.yaml", "--fidelity", "wier", NULL},
     "--fidelity takes memo or wire, not 'wier'; did you mean 'wire'?"},
    {"link", {"run", "small.yaml", "--link", "udp", NULL}, "--link takes tcp or memory, not 'udp'"},
    {"audit", {"run", "small.yaml", "--audit", "5", NULL}, "--audit takes a share such as 5%"},
    {"audit too small",
     {"run", "small.yaml", "--audit", "0.00001%", NULL},
     "--audit takes a share such as 5% or 0.5%, not '0.00001%'"},
    {"audit with a sign", {"run", "small.yaml", "--audit", "-0%", NULL}, "--audit takes a share"},
    {"seed with a blank",
     {"run", "small.yaml", "--seed", " -1", NULL},
     "--seed takes a whole number"},
    {"seed with a sign",
     {"run", "small.yaml", "--seed", "+1", NULL},
     "--seed takes a whole number"},
    {"audit too much", {"run", "small.yaml", "--audit", "101%", NULL}, "--audit takes a share"},
    {"jobs",
     {"run", "small.yaml", "--jobs", "65", NULL},
     "--jobs takes a whole number from 1 to 64"},
    {"port",
     {"run", "small.yaml", "--port", "70000", NULL},
     "--port takes a whole number from 1 to 65535"},
    {"port of nothing",
     {"run", "small.yaml", "--port", "7000", "--link", "memory", NULL},
     "--port says nothing with --link memory; 'pinstorm run --help' explains"},
    {"role of nobody",
     {"verify", "--trust", ".", "--strategy", "leaf_spki_pin", "--role", "A.int1=x", NULL},
     "the strategy leaf_spki_pin does not pin 'A.int1'"},
    {"role without a file",
     {"verify", "--trust", ".", "--strategy", "leaf_spki_pin", "--role", "A.int1", NULL},
     "--role takes ROLE=FILE, not 'A.int1'"},
    {"unknown strategy",
     {"run", "small.yaml", "--strategy", "bothh", NULL},
     "no scenario of this run has a strategy 'bothh'; did you mean 'both'?"},
    {"unknown list", {"list", "strategy", NULL}, "did you mean 'strategies'?"},
    {"no list", {"list", NULL}, "list what?"},
    {"no such list",
     {"list", "zzz", NULL},
     "there is no list of 'zzz'; there is strategies, scenarios, attacks, stacks, events, "},
    {"schema words", {"schema", "x", NULL}, "it takes no words ('x')"},
    {"nothing shown", {"show", NULL}, "which scenario or strategy?"},
    {"no strategy shown", {"show", "strategy", NULL}, "which strategy? 'pinstorm show --help'"},
    {"two strategies shown", {"show", "strategy", "a", "b", NULL}, "one strategy at a time"},
    {"unknown strategy shown",
     {"show", "strategy", "azure_recomended", NULL},
     "there is no policy and no preset 'azure_recomended'; did you mean 'azure_recommended'?"},
    {"two shown", {"show", "small.yaml", "small.yaml", NULL}, "one scenario at a time"},
};

START_TEST(usage)
{
    const struct usage_row *row = &usage_rows[_i];
    struct program p = program_run(NULL, row->words);
    ck_assert_msg(p.code == 2, "%s: exit %d: %s", row->name, p.code, p.err);
    has(row->name, p.err, row->message);
    ck_assert_msg(*p.out == 0, "%s: says on stdout: %s", row->name, p.out);
    ck_assert_msg(!file_exists(scratch_path("pinstorm-out")), "%s: wrote a report", row->name);
    program_deinit(&p);
}
END_TEST

static const char broken_scenario[] =
    "scenario: broken\n"
    "titel: Ten mistakes\n" /* 1 unknown key */
    "from: 2021-02-30\n"    /* 2 impossible date */
    "until: 2022-01-01\n"
    "authorities:\n"
    "  root: {subject: \"CN=Root\", key: rsa-2047}\n" /* 3 unknown word */
    "certificates:\n"
    "  root-cert: {of: rot, issuer: root, valid: 2000-01-01 .. 2030-01-01}\n" /* 4 unknown name */
    "endpoints:\n"
    "  telemetry:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: root, key: ecdsa-p256, lifetime: 90, renew_before: 30d}\n" /* 6 bare number
                                                                                    */
    "    chain: []\n"
    "threats:\n"
    "  - {attack: X99}\n" /* 8 unknown attack */
    "fleet:\n"
    "  - cohort: all\n"
    "    devices: 0\n"                     /* 6 too few */
    "    made: 2021-06-01 .. 2020-06-01\n" /* 7 reversed */
    "strategies:\n"
    "  - {name: one, preset: no_such}\n" /* 9 unknown preset */
    "expect:\n"
    "  - {strategy: two, at: 2021-05-01, connected: 100%}\n"; /* 10 unknown strategy */

START_TEST(ten_mistakes)
{
    scratch_write("broken.yaml", broken_scenario);
    static const char *const commands[] = {"check", "run", "show"};
    for (size_t i = 0; i < 3; i++) {
        struct program p = RUN(commands[i], "broken.yaml");
        ck_assert_msg(p.code == 2, "%s: exit %d", commands[i], p.code);
        size_t errors = 0;
        for (const char *at = p.err; (at = strstr(at, ": error: ")); at++)
            errors++;
        ck_assert_msg(errors == 10, "%s: %zu messages:\n%s", commands[i], errors, p.err);
        has(commands[i], p.err, "broken.yaml:2:1: error: ");
        ck_assert_str_eq(p.out, "");
        program_deinit(&p);
    }
    ck_assert(!file_exists(scratch_path("pinstorm-out")));
}
END_TEST

START_TEST(whole_report)
{
    struct program p = RUN("run", "small.yaml", "--out", "a/b/report", "--devices", "30");
    ck_assert_msg(p.code == 0 || p.code == 1, "exit %d: %s", p.code, p.err);
    has("head", p.out, "repeat with: pinstorm run small.yaml --seed 1 --devices 30\n");
    has("end", p.out, "Report: a/b/report/report.html\n");
    static const char *const files[] = {"summary.json", "run.json", "report.html", "junit.xml",
                                        "summary.md"};
    for (size_t i = 0; i < 5; i++) {
        char name[64];
        snprintf(name, sizeof name, "a/b/report/%s", files[i]);
        ck_assert_msg(file_exists(scratch_path(name)), "no %s", files[i]);
    }
    ck_assert_uint_eq(folder_count(scratch_path("a/b/report")), 7);
    char *run = file_read(scratch_path("a/b/report/run.json"));
    has("run.json", run, "\"handshakes_asked\"");
    free(run);
    program_deinit(&p);
}
END_TEST

/* The command that repeats a run survives a shell: blanks, quotes, and everything that was asked
 * for. */
START_TEST(repeats)
{
    static const char name[] = "it's a $(false) run.yaml";
    scratch_write(name, small_scenario);
    struct program p =
        RUN("run", name, "--devices", "3", "--seed", "7", "--strategy", "both", "--strategy",
            "anyone", "--audit", "2.5%", "--link", "memory", "--out", "r", "--quiet");
    has("all of it", p.out,
        "repeat with: pinstorm run 'it'\\''s a $(false) run.yaml' --seed 7 --devices 3 --strategy "
        "both --strategy anyone --link memory --audit 2.5%\n");
    program_deinit(&p);
}
END_TEST

/* A scenario without any of the strategies asked for is left out, and said to be. */
START_TEST(left_out)
{
    char other[sizeof small_scenario];
    memcpy(other, small_scenario, sizeof other);
    memcpy(strstr(other, "{name: both, preset") + 7, "bohh", 4);
    *strstr(other, "expect:") = 0;
    memcpy(strstr(other, "scenario: small"), "scenario: smell", 15);
    scratch_write("other.yaml", other);
    struct program p =
        RUN("run", "small.yaml", "other.yaml", "--devices", "3", "--strategy", "both", "--json");
    has("note", p.err,
        "pinstorm: note: scenario 'smell' has none of these strategies and is left out\n");
    ck_assert_ptr_null(strstr(p.out, "smell"));
    has("the other", p.out, "\"small\"");
    program_deinit(&p);
}
END_TEST

/* stdout is summary.json and nothing else. */
START_TEST(pure_json)
{
    struct program p = RUN("run", "small.yaml", "--json", "--devices", "30", "--out", "o");
    char *summary = file_read(scratch_path("o/summary.json"));
    ck_assert_ptr_nonnull(summary);
    ck_assert_msg(strcmp(p.out, summary) == 0, "stdout is not summary.json");
    free(summary);
    program_deinit(&p);
}
END_TEST

static void expectation_exit(const char *name, const char *expectation, int code, const char *part)
{
    char text[sizeof small_scenario + 256];
    snprintf(text, sizeof text, "%.*sexpect:\n  - %s\n",
             (int)(strstr(small_scenario, "expect:\n") - small_scenario), small_scenario,
             expectation);
    scratch_write("one.yaml", text);
    struct program p = RUN("run", "one.yaml", "--out", "one", "--strategy", "both");
    ck_assert_msg(p.code == code, "%s: exit %d, not %d\n%s%s", name, p.code, code, p.out, p.err);
    if (part)
        has(name, p.out, part);
    program_deinit(&p);
}

START_TEST(exit_codes)
{
    expectation_exit("met", "{strategy: both, survived: \"< 100%\"}", 0, NULL);
    expectation_exit("not met", "{strategy: both, bricked: 100%}", 1,
                     "pinstorm run one.yaml --seed 1 --strategy both");
    /* Nobody of a cohort that is not made yet was there. */
    expectation_exit("inconclusive",
                     "{strategy: both, cohort: clockless, at: 2021-01-02, connected: 100%}", 4,
                     NULL);
}
END_TEST

/* Judged to the second and to the device. Contacts are every second; a day is cut; half of one
 * cohort is never made in time; two devices are lost one after the other. */
static const char exact_scenario[] =
    "scenario: exact\n"
    "title: To the second\n"
    "from: 2021-01-01\n"
    "until: 2021-07-01\n"
    "authorities:\n"
    "  a: {subject: \"CN=A\", key: ecdsa-p256}\n"
    "  b: {subject: \"CN=B\", key: ecdsa-p256}\n"
    "certificates:\n"
    "  ra: {of: a, issuer: a, valid: 2000-01-01 .. 2040-01-01}\n"
    "endpoints:\n"
    "  telemetry:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: a, key: ecdsa-p256, lifetime: 1y, renew_before: 10d}\n"
    "    chain: []\n"
    "timeline:\n"
    "  - {at: 2021-03-01, fault: {endpoint: telemetry, kind: cut, lasts: 1d}}\n"
    "  - {at: 2021-04-01, serve: {endpoint: telemetry, leaf: {issuer: b}, over: 30d}}\n"
    "fleet:\n"
    "  - cohort: two\n"
    "    devices: 2\n"
    "    made: 2020-06-01 .. 2020-06-02\n"
    "    shelf: 0s\n"
    "    contact: {every: 1s, session: 1s}\n"
    "  - cohort: late\n"
    "    devices: 40\n"
    "    made: 2021-05-10 .. 2021-09-01\n"
    "    shelf: 0s\n"
    "    contact: {every: 1s, session: 1s}\n"
    "strategies:\n"
    "  - {name: s, preset: single_root_static, anchors: [ra]}\n"
    "  - name: nameless\n"
    "    preset: single_root_static\n"
    "    anchors: [ra]\n"
    "    identity: {hostname: none}\n"
    "expect:\n"
    "  - {strategy: s, unranked: no}\n"
    "  - {strategy: nameless, unranked: yes}\n"
    "  - {strategy: nameless, cohort: two, exposed: X01, share: 0%}\n"
    "  - {strategy: nameless, cohort: two, exposed: X02, share: 100%}\n"
    "  - {strategy: s, cohort: two, at: 2021-02-28T23:59:59Z, connected: 100%}\n"
    "  - {strategy: s, cohort: two, at: 2021-03-01T00:00:00Z, connected: 0%}\n"
    "  - {strategy: s, cohort: two, at: 2021-03-01T23:59:59Z, connected: 0%}\n"
    "  - {strategy: s, cohort: two, at: 2021-03-02T00:00:00Z, connected: 100%}\n"
    "  - {strategy: s, cohort: late, bricked: 100%}\n"
    "  - {strategy: s, cohort: late, never-booted: \"> 20%\"}\n"
    "  - {strategy: s, cohort: late, never-booted: \"< 80%\"}\n";

START_TEST(exact)
{
    scratch_write("exact.yaml", exact_scenario);
    struct program p = RUN("run", "exact.yaml", "--out", "exact", "--link", "memory");
    ck_assert_msg(p.code == 0, "exit %d\n%s%s", p.code, p.out, p.err);
    program_deinit(&p);
}
END_TEST

/* Of two losses the earlier is the median: half of those that were lost were lost by then. */
START_TEST(median)
{
    char text[sizeof exact_scenario];
    memcpy(text, exact_scenario, sizeof text);
    *strstr(text, "expect:") = 0;
    char *fault = strstr(text, "  - {at: 2021-03-01, fault");
    memset(fault, ' ', strcspn(fault, "\n"));
    scratch_write("staged.yaml", text);
    struct program p =
        RUN("run", "staged.yaml", "--json", "--link", "memory", "--out", "staged", "--quiet");
    ck_assert_msg(p.code == 0, "exit %d\n%s", p.code, p.err);
    static const char *const keys[] = {"\"first_loss\": ", "\"median_loss\": ", "\"last_loss\": "};
    char found[3][24] = {""};
    for (size_t i = 0; i < 3; i++) {
        const char *at = strstr(p.out, keys[i]);
        ck_assert_msg(at != NULL, "no %s in\n%s", keys[i], p.out);
        memcpy(found[i], at + strlen(keys[i]), 22);
    }
    ck_assert_str_eq(found[1], found[0]);
    ck_assert_msg(strcmp(found[2], found[1]) > 0, "%s, then %s", found[1], found[2]);
    program_deinit(&p);
}
END_TEST

/* A threat's window bounds what counts as exposure, not who is ranked. */
START_TEST(ranked_over_all)
{
    char text[sizeof small_scenario + 256];
    const char *threats = strstr(small_scenario, "  - {attack: X03}\n");
    ck_assert_ptr_nonnull(threats);
    snprintf(text, sizeof text,
             "%.*s  - {attack: X01, from: 2021-01-01, until: 2021-01-01T00:00:01Z}\n%.*s"
             "expect:\n  - {strategy: anyone, unranked: yes}\n"
             "  - {strategy: anyone, exposed: X01, share: 0%%}\n",
             (int)(threats - small_scenario), small_scenario,
             (int)(strstr(small_scenario, "expect:\n") - threats), threats);
    scratch_write("ranked.yaml", text);
    struct program p = RUN("run", "ranked.yaml", "--out", "ranked", "--strategy", "anyone");
    ck_assert_msg(p.code == 0, "exit %d\n%s%s", p.code, p.out, p.err);
    program_deinit(&p);
}
END_TEST

START_TEST(taken_port)
{
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(listener, 1), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    char port[16], wanted[128];
    snprintf(port, sizeof port, "%u", ntohs(address.sin_port));
    snprintf(wanted, sizeof wanted, "127.0.0.1:%s", port);
    struct program p = RUN("run", "small.yaml", "--port", port, "--out", "port");
    ck_assert_msg(p.code == 3, "exit %d: %s", p.code, p.err);
    has("message", p.err, wanted);
    has("message", p.err, "--port");
    ck_assert_msg(!file_exists(scratch_path("port")), "an empty folder is left behind");
    program_deinit(&p);
    close(listener);
}
END_TEST

START_TEST(unwritable_folder)
{
    ck_assert_int_eq(mkdir(scratch_path("locked"), 0555), 0);
    const struct program_options options = {.unprivileged = true};
    struct program p = program_run(
        &options, (const char *const[]){"run", "small.yaml", "--out", "locked/report", NULL});
    ck_assert_msg(p.code == 3, "exit %d: %s", p.code, p.err);
    has("message", p.err, "locked/report");
    has("message", p.err, "--out");
    program_deinit(&p);
    scratch_write("file", "in the way");
    p = RUN("run", "small.yaml", "--out", "file");
    ck_assert_msg(p.code == 3, "exit %d: %s", p.code, p.err);
    char *kept = file_read(scratch_path("file"));
    ck_assert_str_eq(kept, "in the way");
    free(kept);
    program_deinit(&p);
}
END_TEST

START_TEST(few_descriptors)
{
    const struct program_options few = {.descriptors = 40};
    struct program p =
        program_run(&few, (const char *const[]){"run", "small.yaml", "--out", "few", NULL});
    ck_assert_msg(p.code == 3, "exit %d: %s", p.code, p.err);
    has("message", p.err, "descriptors");
    ck_assert_uint_eq(folder_count(scratch_path("few")), 0);
    program_deinit(&p);
    const struct program_options some = {.descriptors = 300};
    p = program_run(&some,
                    (const char *const[]){"run", "small.yaml", "--out", "some", "--json", NULL});
    ck_assert_msg(p.code == 0, "exit %d: %s", p.code, p.err);
    has("notice", p.err, "pinstorm: note: ");
    struct program q = RUN("run", "small.yaml", "--out", "many", "--json");
    ck_assert_msg(strcmp(p.out, q.out) == 0, "fewer descriptors give other bytes");
    program_deinit(&p);
    program_deinit(&q);
}
END_TEST

START_TEST(help_teaches)
{
    static const char *const commands[] = {"run",    "explain", "check",  "show",
                                           "schema", "list",    "matrix", "verify"};
    struct program p = RUN("--help");
    ck_assert_int_eq(p.code, 0);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        has("help", p.out, commands[i]);
        struct program q = RUN(commands[i], "--help"), same = RUN("help", commands[i]);
        ck_assert_int_eq(same.code, 0);
        ck_assert_str_eq(same.out, q.out);
        program_deinit(&same);
        ck_assert_int_eq(q.code, 0);
        has(commands[i], q.out, "Usage: pinstorm ");
        program_deinit(&q);
    }
    program_deinit(&p);
}
END_TEST

START_TEST(lists)
{
    static const struct {
        const char *what, *part;
    } rows[] = {{"strategies", "azure_recommended "},
                {"stacks", "openssl102 "},
                {"scenarios", "incidents/le-dst-x3-2021 "},
                {"attacks", "X03 "},
                {"events", "serve "},
                {"engines", "dane "},
                {"channels", "hash_of_root_key "},
                {"clocks", "roughtime "},
                {"revocation", "pushed_set "},
                {"credentials", "x509_ldevid "},
                {"faults", "truncate "},
                {"outcomes", "taken-over "}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct program p = RUN("list", rows[i].what);
        ck_assert_int_eq(p.code, 0);
        has(rows[i].what, p.out, rows[i].part);
        program_deinit(&p);
    }
    struct program p = RUN("list", "--help");
    size_t known = 0; /* each list that there is has a row above */
    for (const char *at = p.out; (at = strstr(at, "pinstorm list [OPTION...] ")) != NULL; at++)
        known++;
    ck_assert_uint_eq(known, sizeof rows / sizeof *rows);
    program_deinit(&p);
}
END_TEST

static const char for_a_strategy[] =
    "scenario: shown\ntitle: One strategy\nfrom: 2021-01-01\nuntil: 2022-01-01\n"
    "authorities:\n  root: {subject: CN=Root, key: ecdsa-p256}\n"
    "certificates:\n  root-cert: {of: root, issuer: root, valid: 2000-01-01 .. 2030-01-01}\n"
    "stores: {system: [root-cert]}\n"
    "keys: {kb: ecdsa-p256}\n"
    "endpoints:\n  telemetry:\n    host: hub.example\n"
    "    leaf: {issuer: root, key: ecdsa-p256, lifetime: 1y, renew_before: 30d}\n    chain: []\n"
    "roles: {A.root_g1: root-cert, A.root_g2: root-cert, backup_key: kb}\n"
    "fleet:\n  - {cohort: all, devices: 1, made: 2020-06-01 .. 2020-07-01}\n"
    "strategies:\n  - name: copied\n";

/* What is shown of a strategy can be copied into a scenario, where it is the same strategy. */
START_TEST(a_strategy_is_shown)
{
    static const char *const names[] = {"azure_recommended", "leaf_spki_backup_ota", "webpki",
                                        "webpki_nodates"};
    struct program p = RUN("show", "strategy", names[_i]);
    ck_assert_msg(p.code == 0, "%s", p.err);
    has(names[_i], p.out, "\n    summary: ");
    has(names[_i], p.out, "builder: openssl3\n");
    has(names[_i], p.out, "\n    storage: {");
    const char *blocks = strstr(p.out, "\n    chain:");
    ck_assert_ptr_nonnull(blocks);
    char *preset = malloc(sizeof for_a_strategy + 64), *copy = malloc(8192);
    sprintf(preset, "%s    preset: %s\n", for_a_strategy, names[_i]);
    sprintf(copy, "%s%s", for_a_strategy, blocks + 1);
    scratch_write("preset.yaml", preset);
    scratch_write("copy.yaml", copy);
    struct program of_preset = RUN("show", "preset.yaml"), of_copy = RUN("show", "copy.yaml");
    ck_assert_msg(of_preset.code == 0 && of_copy.code == 0, "%s%s", of_preset.err, of_copy.err);
    char *mine = strstr(strstr(of_copy.out, "\nstrategies:\n"), "\n    chain:");
    has(names[_i], of_preset.out, mine);
    program_deinit(&of_preset);
    program_deinit(&of_copy);
    program_deinit(&p);
    free(preset);
    free(copy);
}
END_TEST

/* What is shown as assumed is what the run's reports say of it, in their order. */
START_TEST(assumptions_are_shown)
{
    static const char head[] = "# Assumptions, where the file says nothing:\n";
    struct program shown = RUN("show", "small.yaml");
    struct program p = RUN("run", "small.yaml", "--devices", "3", "--out", "assumed", "--json");
    char *markdown = file_read(scratch_path("assumed/summary.md"));
    char *html = file_read(scratch_path("assumed/report.html"));
    ck_assert(shown.out && p.out && markdown && html);
    char *line = strstr(shown.out, head);
    ck_assert_msg(line != NULL, "%s", shown.out);
    const char *reports[] = {strstr(p.out, "\"assumptions\": ["), markdown, html};
    size_t count = 0;
    for (line += strlen(head); *line; count++) {
        char *end = strchr(line, '\n');
        ck_assert(end != NULL && strncmp(line, "#   ", 4) == 0);
        *end = 0;
        for (size_t i = 0; i < sizeof reports / sizeof *reports; i++) {
            ck_assert_ptr_nonnull(reports[i]);
            reports[i] = strstr(reports[i], line + 4);
            ck_assert_msg(reports[i] != NULL, "report %zu does not say: %s", i, line + 4);
        }
        line = end + 1;
    }
    ck_assert_uint_ge(count, 4);
    program_deinit(&shown);
    program_deinit(&p);
    free(markdown);
    free(html);
}
END_TEST

/* A policy and a preset of one name are two: the preset goes by the name that `preset:` takes. */
START_TEST(of_two_of_a_name)
{
    static const char *const rows[][2] = {
        {"intermediate_anchor", "\n  intermediate_anchor:\n"},
        {"preset.intermediate_anchor", "\n  intermediate_anchor:\n"},
        {"oracle.intermediate_anchor", "\n  oracle.intermediate_anchor:\n"},
        {"single_root", "\n  single_root:\n"},
    };
    struct program p = RUN("show", "strategy", rows[_i][0]);
    ck_assert_msg(p.code == 0, "%s: %s", rows[_i][0], p.err);
    has(rows[_i][0], p.out, rows[_i][1]);
    program_deinit(&p);
}
END_TEST

/* The table fits the terminal, and colour is only there when asked for. */
START_TEST(eighty_columns)
{
    struct program p = RUN("run", "small.yaml", "--out", "t", "--devices", "30");
    ck_assert_msg(!strchr(p.out, '\033'), "escape sequences in a file");
    const char *table = strstr(p.out, "repeat with:");
    ck_assert_ptr_nonnull(table);
    table = strchr(table, '\n');
    const char *end = strstr(p.out, "\nReport:");
    ck_assert_ptr_nonnull(end);
    while (table < end) {
        size_t length = strcspn(++table, "\n"), width = 0;
        for (size_t i = 0; i < length; i++)
            width += ((unsigned char)table[i] & 0xc0) != 0x80;            /* UTF-8: first bytes */
        bool command = memmem(table, length, "pinstorm run", 12) != NULL; /* to be copied whole */
        ck_assert_msg(width <= 80 || command, "%zu columns: %.*s", width, (int)length, table);
        table += length;
    }
    program_deinit(&p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cli");
    TCase *tests = tcase_create("command line");
    tcase_add_checked_fixture(tests, start, stop);
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, usage, 0, (int)(sizeof usage_rows / sizeof *usage_rows));
    tcase_add_test(tests, ten_mistakes);
    tcase_add_test(tests, whole_report);
    tcase_add_test(tests, repeats);
    tcase_add_test(tests, left_out);
    tcase_add_test(tests, pure_json);
    tcase_add_test(tests, exit_codes);
    tcase_add_test(tests, exact);
    tcase_add_test(tests, median);
    tcase_add_test(tests, ranked_over_all);
    tcase_add_test(tests, taken_port);
    tcase_add_test(tests, unwritable_folder);
    tcase_add_test(tests, few_descriptors);
    tcase_add_test(tests, help_teaches);
    tcase_add_test(tests, lists);
    tcase_add_loop_test(tests, a_strategy_is_shown, 0, 4);
    tcase_add_test(tests, assumptions_are_shown);
    tcase_add_loop_test(tests, of_two_of_a_name, 0, 4);
    tcase_add_test(tests, eighty_columns);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
