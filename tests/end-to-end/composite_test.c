/* SPDX-License-Identifier: Apache-2.0
 *
 * `matrix --composite`: what becomes of a device in each event. Where the bare matrix has a plus
 * there is an S; the other letters were worked out by hand, from the state that follows the fault
 * and from what the strategy's channel can carry.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "program.h"

enum { EVENT_COUNT = 27 };

static const struct row {
    const char *strategy, *events; /* E00 to E26 */
} rows[] = {
    {"bypass", "SSSSSSSSSSSSSSSSSSSSSSSSSSS"},
    /* nothing but faults that end, and a CA that was not there in 2020 */
    {"webpki", "SSSSSSSSSSStSttSSStcccSBSSS"},
    {"webpki_nodates", "SSSSSSSSSSStSSSSSStSSSSBSSS"},
    /* no channel: every lasting refusal bricks */
    {"single_root", "SSSSSSSBBBBtSttSSStcccBBSSS"},
    {"root_pair", "SSSSSSSSSSBtSttSSStcccSBSSS"},
    /* an expired leaf is mended by another one, which a pinned certificate refuses too */
    {"leaf_cert_pin_pkix", "SBBBBBBBBBBtSBBSSttcBcBBBBB"},
    /* another key: E20 and E26 are E02 besides their clock and their DNS */
    {"leaf_spki_pin_only", "SSBBBSBBBBBSSSSSSSSSBSBBSBB"},
    /* pins that end */
    {"nsc_expiring_pins", "SSWSSSSSSSStSttSSStcWcSBSSW"},
    /* one root with a channel over the same trust, and one over plain HTTP */
    {"single_root_ota", "SSSSSSSPPPPtSttSSStcccPPSSS"},
    {"single_root_http_fw", "SSSSSSSLLLLtSttSSStcccLLSSS"},
    {"leaf_spki_backup_ota", "SSPSPSPPPPPSSSSSSSSSPSPPSPP"},
};

static char *table;

static void start(void)
{
    scratch_make();
    struct program p = RUN("matrix", "--composite", "--all-presets", "--tsv");
    ck_assert_msg(p.code == 0, "exit %d\n%s", p.code, p.err);
    table = strdup(p.out);
    program_deinit(&p);
}

static void stop(void)
{
    free(table);
    scratch_remove();
}

/* Behind the name and its tab of a line. */
static const char *line_of(const char *text, const char *name)
{
    size_t length = strlen(name);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, length) == 0 && line[length] == '\t')
            return line + length + 1;
    }
    return NULL;
}

START_TEST(letters)
{
    const struct row *row = &rows[_i];
    const char *at = line_of(table, row->strategy);
    ck_assert_msg(at != NULL, "no row %s", row->strategy);
    ck_assert_uint_eq(strlen(row->events), EVENT_COUNT);
    for (size_t i = 0; i < EVENT_COUNT; i++)
        ck_assert_msg(at[2 * i] == row->events[i], "%s/E%02zu is %c, not %c", row->strategy, i,
                      at[2 * i], row->events[i]);
}
END_TEST

/* An S stands where the bare verdict accepts, and attacks keep their letters. */
START_TEST(agrees_with_the_verdicts)
{
    struct program p = RUN("matrix", "--tsv");
    const char *bare = strchr(p.out, '\n');
    size_t compared = 0;
    for (; bare && bare[1]; bare = strchr(bare + 1, '\n')) {
        char name[64] = {0};
        memcpy(name, bare + 1, strcspn(bare + 1, "\t"));
        const char *composite = line_of(table, name), *verdicts = line_of(p.out, name);
        ck_assert_ptr_nonnull(composite);
        for (size_t i = 0; verdicts[2 * i + 1] != '\n' && verdicts[2 * i + 1]; i++, compared++) {
            if (i >= EVENT_COUNT)
                ck_assert_int_eq(composite[2 * i], verdicts[2 * i]);
            else if (verdicts[2 * i] == '+') /* but a DNSSEC root key that ended */
                ck_assert_msg(strchr("SK", composite[2 * i]) != NULL, "%s/E%02zu", name, i);
            else if (i < 19 || i > 21) /* a clock that is told the time survives a wrong one */
                ck_assert_msg(composite[2 * i] != 'S', "%s/E%02zu", name, i);
        }
    }
    ck_assert_uint_gt(compared, (size_t)20 * 44);
    program_deinit(&p);
}
END_TEST

/* How the assumptions act, with the letter of root_pair's way from G1 and G2 to another CA. */
static const struct assumption {
    const char *words[8];
    char letter;
} assumptions[] = {
    {{"--notice", "61d"}, 'P'}, {{"--notice", "60d"}, 'B'},
    {{"--notice", "0s"}, 'B'},  {{"--lead", "90d"}, 'P'},
    {{"--lead", "91d"}, 'B'},   {{"--notice", "2d", "--lead", "1d"}, 'P'},
};

START_TEST(assumptions_act)
{
    const struct assumption *row = &assumptions[_i];
    const char *words[16] = {"matrix", "--composite", "--tsv", "--strategy", "azure_recommended"};
    for (size_t i = 0; row->words[i]; i++)
        words[5 + i] = row->words[i];
    struct program p = program_run(NULL, words);
    ck_assert_msg(p.code == 0, "exit %d\n%s", p.code, p.err);
    const char *at = line_of(p.out, "azure_recommended");
    ck_assert_ptr_nonnull(at);
    ck_assert_msg(at[2 * 10] == row->letter, "%s %s: %c", row->words[0], row->words[1], at[2 * 10]);
    program_deinit(&p);
}
END_TEST

static const struct said {
    const char *words[9], *says[4];
} said[] = {
    {{"matrix", "--composite", "--why", "nsc_expiring_pins/E02"},
     {"the genuine server is refused", "letter  W (back when its pins end", "error   no pin"}},
    {{"matrix", "--composite", "--why", "single_root/E11"}, {"letter  t (a fault"}},
    {{"matrix", "--composite", "--strategy", "webpki"},
     {"\nS survives\n", "\nB dark, and nothing reaches it\n", "An event is known 90d ahead",
      "fw_tls_same 60d"}},
    {{"matrix", "--composite", "--strategy", "webpki", "--lead", "3d", "--notice", "1d12h"},
     {"An event is known 1d12h ahead", "Every channel takes 3d"}},
};

START_TEST(what_it_says)
{
    const struct said *row = &said[_i];
    const struct program_options narrow = {.environment = "COLUMNS=80"};
    struct program p = program_run(&narrow, row->words);
    ck_assert_msg(p.code == 0, "exit %d\n%s", p.code, p.err);
    for (size_t i = 0; i < 4 && row->says[i]; i++)
        ck_assert_msg(strstr(p.out, row->says[i]) != NULL, "no '%s' in\n%s", row->says[i], p.out);
    if (strcmp(row->words[2], "--why") != 0)
        for (const char *line = p.out, *end; *line; line = end + 1) {
            end = strchr(line, '\n');
            ck_assert_msg(end - line <= 80, "%.*s", (int)(end - line), line);
        }
    program_deinit(&p);
}
END_TEST

START_TEST(a_page)
{
    struct program p = RUN("matrix", "--composite", "--strategy", "nsc_expiring_pins", "--notice",
                           "30d", "--html", "m.html");
    ck_assert_msg(p.code == 0, "exit %d\n%s", p.code, p.err);
    char *page = file_read(scratch_path("m.html"));
    static const char *const says[] = {
        "title=\"nsc_expiring_pins, E02: pins: no pin matched (error 50, depth -1)\">W</td>",
        "<b class=\"h1\">W</b>back when its pins end, which then fail open</li>",
        "<li>An event is known 30d ahead (--notice).</li>",
        "matrix --strategy nsc_expiring_pins --composite --notice 30d --html m.html</pre>",
        "<td class=\"c\">17</td>", /* S alone counts as survived */
    };
    for (size_t i = 0; i < sizeof says / sizeof *says; i++)
        ck_assert_msg(strstr(page, says[i]) != NULL, "no '%s'", says[i]);
    free(page);
    program_deinit(&p);
}
END_TEST

static const struct wrong {
    const char *words[6], *says;
} wrongs[] = {
    {{"matrix", "--notice", "90d"}, "--notice says nothing without --composite"},
    {{"matrix", "--lead", "90d"}, "--lead says nothing without --composite"},
    {{"matrix", "--composite", "--notice", "90"}, "--notice takes a time such as 90d, not '90': "},
    {{"matrix", "--composite", "--lead", "soon"}, "--lead takes a time such as 90d, not 'soon': "},
};

START_TEST(wrong_words)
{
    struct program p = program_run(NULL, wrongs[_i].words);
    ck_assert_int_eq(p.code, 2);
    ck_assert_msg(strstr(p.err, wrongs[_i].says) != NULL, "%s", p.err);
    ck_assert_str_eq(p.out, "");
    program_deinit(&p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("composite");
    TCase *tests = tcase_create("end to end");
    tcase_set_timeout(tests, 120);
    tcase_add_unchecked_fixture(tests, start, stop); /* one matrix for all rows */
    tcase_add_loop_test(tests, letters, 0, sizeof rows / sizeof *rows);
    tcase_add_test(tests, agrees_with_the_verdicts);
    tcase_add_loop_test(tests, assumptions_act, 0, sizeof assumptions / sizeof *assumptions);
    tcase_add_loop_test(tests, what_it_says, 0, sizeof said / sizeof *said);
    tcase_add_test(tests, a_page);
    tcase_add_loop_test(tests, wrong_words, 0, sizeof wrongs / sizeof *wrongs);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
