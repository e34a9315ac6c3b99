/* SPDX-License-Identifier: Apache-2.0
 *
 * What each policy says to each state and attack of the fixture. The expected cells were worked out
 * with OpenSSL alone, on chains of its own, without this project's code.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "program.h"

static const char *const columns[] = {
    "E00", "E01", "E02", "E03", "E04", "E05", "E06", "E07", "E08", "E09", "E10", "E11", "E12",
    "E13", "E14", "E15", "E16", "E17", "E18", "E19", "E20", "E21", "E22", "E23", "E24", "E25",
    "E26", "X01", "X02", "X03", "X04", "X05", "X06", "X07", "X08", "X09", "X10", "X11", "X12",
    "X13", "X14", "X15", "X16", "X17", "X18", "X19", "X20", "X21", "X22", "X23",
};
enum { COLUMN_COUNT = sizeof columns / sizeof *columns, STATE_COUNT = 27 };

/* In the columns' order: states, then attacks; x for X. */
static const struct row {
    const char *policy, *states, *attacks;
} rows[] = {
    {"bypass", "+++++++++++++++++++++++++++", "xxxxxxxxxxxxxxxxxxxxxxx"},
    {"name_only", "++++++++++++++++++-++++++++", "x.xxxxxxxxxxxxxxxxxxxxx"},
    {"webpki", "+++++++++++-+--+++----+-+++", "..xxxxx.xxxxx.x...x.x.x"},
    {"webpki_nohost", "+++++++++++-+--++++---+-+++", ".xxxxxx.xxxxx.x...x.x.x"},
    {"webpki_nodates", "+++++++++++-++++++-++++-+++", "..xxxxxxxxxxxxx...x.x.x"},
    {"single_root", "+++++++-----+--+++------+++", "...xx.x.xxxxx.x.......x"},
    {"single_root_dnspki", "+++++++-+---+--+++------+++", "...xx.xxxxxxx.x.......x"},
    {"root_pair", "++++++++++--+--+++----+-+++", "...xx.x.xxxxx.x.......x"},
    {"multi_ca_roots", "+++++++++++-+--+++----+-+++", "...xxxx.xxxxx.x.......x"},
    {"private_root", "+++++++-++--+-++++----+-+++", "........xxxxx.x....x..."},
    {"intermediate_anchor", "++++-------++--+++--------+", "...xx...xxxxx.x.......x"},
    {"leaf_cert_pin_only", "+----------+++-++--+-+-----", "........xxxx.xx........"},
    {"leaf_spki_pin_only", "++---+-----+++++++++-+--+--", "........xxxxxxxx......x"},
    {"leaf_spki_pin_backup", "++-+-+-----+++++++++-+--+--", "........xxxxxxxxx.....x"},
    {"leaf_spki_backup_pkix", "++-+-+------+--+++------+--", "........xxxxx.x.......x"},
    {"spki_any_roots", "++++++++++--+--+++----+-+++", "...xx.x.xxxxx.x.......x"},
    {"nsc_expiring_pins", "++-++++++++-+--+++----+-++-", "......x.xxxxx.x.....x.x"},
    {"issuer_dn_match_only", "++++-------+++++++++++--+-+", ".x.xx...xxxxxxx..x....x"},
    {"dane_ee_311", "++++++++++++++++++++++++++-", "........x............x."},
    {"dane_ta_211", "+++++++++++-+--+++----++++-", "...xx...xxxxx.x.......x"},
    {"pkix_ee_111", "+++++++++++-+--+++----+-++-", "........x.............."},
    {"webpki_ocsp_soft", "+++++++++++-+--+++----+-+++", "..xxxxx.x.xxx.x...x.x.x"},
    {"webpki_ocsp_hard", "+++++++++++-+----+----+-+++", "..xxxxx.x..x..x...x.x.x"},
    {"webpki_must_staple", "+++++++++++-+--++-----+-+++", "..xxxxx.xxxx..x...x.x.x"},
    {"webpki_crl_leaf", "+++++++++++-+---++----+-+++", "..xxxxx.x..x..x...x.x.x"},
    {"webpki_pushed_revocation", "+++++++++++-+--+++----+-+++", "..xx.xx.x.....x...x.x.x"},
    {"layered", "+++++++++++-+--+++----+-+++", "...x.xx.x.....x.......x"},
};

static char *table;

static void start(void)
{
    scratch_make();
    struct program p = RUN("matrix", "--tsv");
    ck_assert_msg(p.code == 0, "exit %d\n%s", p.code, p.err);
    table = strdup(p.out);
    program_deinit(&p);
}

static void stop(void)
{
    free(table);
    scratch_remove();
}

/* The line that begins with `name` and a tab; behind the tab. */
static const char *line_of(const char *name)
{
    size_t length = strlen(name);
    for (const char *line = table; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, length) == 0 && line[length] == '\t')
            return line + length + 1;
    }
    return NULL;
}

START_TEST(heads)
{
    const char *at = line_of("policy");
    ck_assert_ptr_nonnull(at);
    for (size_t i = 0; i < COLUMN_COUNT; i++, at += 4) {
        ck_assert_msg(strncmp(at, columns[i], 3) == 0, "%s: %.3s", columns[i], at);
        ck_assert_int_eq(at[3], i + 1 < COLUMN_COUNT ? '\t' : '\n');
    }
}
END_TEST

START_TEST(cells)
{
    const struct row *row = &rows[_i];
    const char *at = line_of(row->policy);
    ck_assert_msg(at != NULL, "no row %s", row->policy);
    ck_assert_uint_eq(strlen(row->states), STATE_COUNT);
    ck_assert_uint_eq(strlen(row->states) + strlen(row->attacks), COLUMN_COUNT);
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        char expect = i < STATE_COUNT ? row->states[i] : row->attacks[i - STATE_COUNT];
        expect = expect == 'x' ? 'X' : expect;
        ck_assert_msg(at[2 * i] == expect, "%s/%s is %c, not %c", row->policy, columns[i],
                      at[2 * i], expect);
        ck_assert_int_eq(at[2 * i + 1], i + 1 < COLUMN_COUNT ? '\t' : '\n');
    }
}
END_TEST

static const struct why {
    const char *cell, *says[7];
} whys[] = {
    {"webpki/X03",
     {"webpki/X03: the attacker is accepted\n", "another public CA mis-issues our name\n",
      "clock   2020-07-01\n", "served  CN=hub.example, by O=M, CN=M Issuing,",
      "path    hub.example < M Issuing < M Root\n", "check   accepted"}},
    {"single_root/E08",
     {"single_root/E08: the genuine server is refused\n", "O=A, CN=A Root G2, by O=A, CN=A Root G1",
      "check   dates", "error   certificate has expired: A Root G1"}},
    {"private_root/E07", {"served  CN=hub.example, by O=Vendor, CN=Vendor Root", "check   path"}},
    {"webpki/E18", {"check   name"}},
    {"webpki/E19", {"clock   1970-01-01, on 2020-07-01 in truth\n"}},
    /* what was read besides: staples, answers, lists, issuers, records and sets */
    {"webpki_ocsp_soft/E00", {"\n  stapled good, 2020-07-01 to 2020-07-08: it counts\n"}},
    {"webpki_ocsp_hard/E15",
     {"\n  stapled nothing\n  fetched http://status.test/ocsp/a-issuing-1: no answer\n",
      "error   no OCSP responder answered: hub.example (error 73, depth 0)\n"}},
    {"webpki_crl_all/X05",
     {"\n  fetched http://status.test/crl/a-issuing-1: CRL with 0 revoked, 2020-07-01 to\n"
      "          2020-09-29: it counts\n"
      "          http://status.test/crl/a-g1: CRL with 1 revoked, 2020-07-01 to\n"
      "          2020-09-29: certificate revoked\n"}},
    {"webpki_aia/E11",
     {"\n  fetched http://status.test/issuer/a-issuing-1: A Issuing 1 (2019-01-01 to\n"
      "          2024-12-31): it fits\n"}},
    {"dane_ee_311/E26", {"\n  DNS     TLSA 3 1 1: the key of hub.example (2020-06-01 to\n"}},
    {"layered/X12", {"\n  set     revoked: hub.example (2020-06-01 to 2021-04-30T23:59:59Z)\n"}},
    {"webpki_pushed_revocation/E00", {"\n  set     nothing revoked\n"}},
    {"leaf_spki_pin_only/E02", {"check   pins"}},
    {"preset.single_root_dnspki/E12",
     {"preset.single_root_dnspki/E12: the genuine server is refused"}},
};

START_TEST(why)
{
    const struct why *row = &whys[_i];
    const struct program_options narrow = {.environment = "COLUMNS=80"};
    const char *words[] = {"matrix", "--why", row->cell, NULL};
    struct program p = program_run(&narrow, words);
    ck_assert_msg(p.code == 0, "%s: exit %d\n%s", row->cell, p.code, p.err);
    for (size_t i = 0; i < 7 && row->says[i]; i++)
        ck_assert_msg(strstr(p.out, row->says[i]) != NULL, "%s does not say '%s':\n%s", row->cell,
                      row->says[i], p.out);
    program_deinit(&p);
}
END_TEST

static const struct wrong {
    const char *words[6], *says;
} wrongs[] = {
    {{"matrix", "--why", "webpki"}, "--why takes ROW/COLUMN"},
    {{"matrix", "--why", "webpki/X99"}, "there is no column 'X99'"},
    {{"matrix", "--why", "webpky/X03"}, "did you mean 'webpki'?"},
    {{"matrix", "--strategy", "single_rot"}, "did you mean 'single_root'?"},
    {{"matrix", "webpki"}, "asked for with --strategy"},
    {{"matrix", "--all-presets", "--strategy", "webpki"}, "--all-presets says nothing beside"},
    {{"matrix", "--why", "webpki/X03", "--tsv"}, "--tsv says nothing beside --why"},
    {{"matrix", "--why=webpki/X03", "--html", "m.html"}, "--html says nothing beside --why"},
    {{"matrix", "--why", "webpki/X03", "--all-presets"}, "--all-presets says nothing beside"},
    {{"matrix", "--why=webpki/X03", "--strategy", "webpki"}, "--strategy says nothing beside"},
};

START_TEST(wrong_words)
{
    const struct wrong *row = &wrongs[_i];
    struct program p = program_run(NULL, row->words);
    ck_assert_int_eq(p.code, 2);
    ck_assert_msg(strstr(p.err, row->says) != NULL, "%s: %s", row->says, p.err);
    ck_assert_str_eq(p.out, "");
    program_deinit(&p);
}
END_TEST

/* No line is wider than the terminal, and every preset has a row. */
START_TEST(tables)
{
    const struct program_options narrow = {.environment = "COLUMNS=80"};
    struct program p = program_run(&narrow, (const char *const[]){"matrix", NULL});
    ck_assert_int_eq(p.code, 0);
    size_t groups = 0;
    for (const char *line = p.out, *end; *line; line = end + 1) {
        end = strchr(line, '\n');
        ck_assert_msg(end - line <= 80, "%.*s", (int)(end - line), line);
        groups += strspn(line, " ") > 10;
    }
    ck_assert_uint_ge(groups, 4);
    program_deinit(&p);
    p = RUN("matrix", "--all-presets", "--tsv");
    ck_assert_int_eq(p.code, 0);
    ck_assert_ptr_nonnull(strstr(p.out, "\nazure_recommended\t+"));
    ck_assert_ptr_nonnull(strstr(p.out, "\npreset.intermediate_anchor\t+"));
    program_deinit(&p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("matrix");
    TCase *tests = tcase_create("end to end");
    tcase_set_timeout(tests, 240);
    tcase_add_unchecked_fixture(tests, start, stop); /* one matrix for all rows */
    tcase_add_test(tests, heads);
    tcase_add_loop_test(tests, cells, 0, sizeof rows / sizeof *rows);
    tcase_add_loop_test(tests, why, 0, sizeof whys / sizeof *whys);
    tcase_add_loop_test(tests, wrong_words, 0, sizeof wrongs / sizeof *wrongs);
    tcase_add_test(tests, tables);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
