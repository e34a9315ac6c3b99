/* SPDX-License-Identifier: Apache-2.0
 *
 * `matrix --composite`: what becomes of a device in each event. Where the bare matrix has a plus
 * there is an S; the other letters were worked out by hand, from the state that follows the fault
 * and from what the strategy's channel can carry.
 */
#include <check.h>
#include <stdio.h>
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
    /* firmware over the same trust, from the simplest to two CAs */
    {"no_verify", "SSSSSSSSSSSSSSSSSSSSSSSSSSS"},
    {"preset.webpki_nohost", "SSSSSSSSSSStSttSSSScccSPSSS"},
    {"preset.webpki_nodates", "SSSSSSSSSSStSSSSSStSSSSPSSS"},
    {"esp_idf_bundle_default", "SSSSSSSSSSStSSSSSStSSSSPSSS"},
    {"azure_recommended", "SSSSSSSSSSPtSttSSStcccSPSSS"},
    {"azure_no_sha384", "SSSSSSSSSSPtSttSSStcccSPSSS"},
    {"aws_ats_recommended", "SSSSSSSSSSPtSttSSStcccSPSSS"},
    {"root_pair_legacy_builder", "SSSSSSSSPSPtSttSSStcccSPSSS"},
    {"le_forum_two_cas", "SSSSSSSSSSStSttSSStcccSPSSS"},
    {"private_root_ota", "SSSSSSSPSSPtStSSSStcccSPSSS"},
    {"preset.private_root_nodates", "SSSSSSSPSSPtSSSSSStSSSSPSSS"},
    {"intermediate_pair_ota", "SSSSSSPPPPPSStPSSStcccPPPPS"},
    /* firmware over another trust */
    {"le_forum_private_fw", "SSSSSSSSSSStSttSSStcccSLSSS"},
    {"preset.private_plus_public", "SSSSSSSSSSLtSttSSStcccSLSSS"},
    {"leaf_cert_pin_http_fw", "SLLLLLLLLLLSSSLSSttSLSLLLLL"},
    {"psk_only", "SSSSSSSSSSSSSSSSSSSSSSSSSSS"},
    /* an app's own update brings whatever it takes; what ends before is waited for */
    {"preset.leaf_cert_pin_pkix", "SLLLLLLLLLLtSLLSSttcLcLLLLL"},
    {"preset.leaf_spki_backup_pkix", "SSLSLSLLLLLtSttSSStcLcLLSLL"},
    {"okhttp_trustkit_roots", "SSSSSSSSSSLtSttSSStcccSLSSS"},
    {"preset.owasp_leaf_plus_inter", "SSSSLSLLLLLtSttSSStcccLLSLS"},
    {"android_nsc_expiring", "SSWSSSSSSSStSttSSStcWcSLSSW"},
    {"apple_nspinned_both", "SSLLLLLLLLLtSttSSStcLcLLSLL"},
    /* the platform's store: only a CA that was not there in 2020 is missed, until it is in it */
    {"webpki_os_updated", "SSSSSSSSSSStSttSSStcccSLSSS"},
    {"preset.webpki_aia", "SSSSSSSSSSSSStSSSStcccSLSSS"},
    {"preset.webpki_ocsp_soft", "SSSSSSSSSSStSttSSStcccSLSSS"},
    {"preset.webpki_ocsp_hard", "SSSSSSSSSSStSttttStcccSLSSS"},
    {"preset.webpki_staple_required", "SSSSSSSSSSStSttttttcccSLSSS"},
    {"webpki_must_staple_ext", "SSSSSSSSSSStSttSSttcccSLSSS"},
    {"preset.webpki_crl_leaf", "SSSSSSSSSSStStttSStcccSLSSS"},
    {"webpki_crl_chain", "SSSSSSSSSSStStttSStcccSLSSS"},
    {"webpki_pushed_crlite", "SSSSSSSSSSStSttSSStcccSLSSS"},
    /* what the server itself says */
    {"hpkp_root_pins", "SSSSSSSSSSHtSttSSStcccSBSSS"},
    {"tofu_spki", "SSBBBSBBBBBSSSSSSSSSBSBBSBB"},
    {"announce_next_pin", "SSPPPSPPPPPSSSSSSSSSPSPPSPP"},
    {"raw_public_key", "SSBBBSBBBBBSSSSSSSSSBSBBSBB"},
    /* another record mends what none matches; after 2026 the root key is stale */
    {"dane_ee", "SSSSSSSSSSSSSSSSSSSSSSKKSSt"},
    {"dane_ta_cert", "SSSSSSLSLSStSttSSStcccKKSLt"},
    {"dane_ta_spki", "SSSSSSSSSSStSttSSStcccKKSSt"},
    {"pkix_ee", "SSSSSSSSSSStSttSSStcccKKSSt"},
    /* how roots follow roots: E07 is the vendor's new one, E10 and E23 are other CAs */
    {"rfc5011_private", "SSSSSSSPSSBtStSSSStcccSBSSS"},
    {"est_cacerts", "SSSSSSSPSSPtStSSSStcccSPSSS"},
    {"cmp_root_update", "SSSSSSSLSSBtStSSSStcccSBSSS"},
    {"hash_of_root_key", "SSSSSSSHSSBtStSSSStcccSBSSS"},
    {"tamp_apex", "SSSSSSSSSSLtSttSSStcccSLSSS"},
    {"matter_commissioner", "SSSSSSSLSSLtSSSSSSSSSSSLSSS"},
    {"brski_pledge", "SSSSSSSLSSLtSSSSSSSSSSSLSSS"},
    /* the clock never stands before the build: at 1970 it survives, at the build itself not */
    {"recommended_layered", "SSSSSSSSSSStSttSSStSccSLSSS"},
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

static bool has_row(const char *strategy)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].strategy, strategy) == 0)
            return true;
    return false;
}

/* No preset gets a channel without its letters being worked out above. */
START_TEST(each_preset_with_a_channel_is_above)
{
    size_t with_channel = 0;
    for (const char *line = strchr(table, '\n'); line && line[1]; line = strchr(line + 1, '\n')) {
        char name[64] = {0}, preset[80];
        memcpy(name, line + 1, strcspn(line + 1, "\t"));
        snprintf(preset, sizeof preset, "preset.%s", name);
        if (line_of(table, preset)) /* this one is a policy of that name: they have no channel */
            continue;
        struct program p = RUN("show", "strategy", name);
        ck_assert_msg(p.code == 0, "%s: %s", name, p.err);
        bool has_channel = strstr(p.out, "\n      channel: none\n") == NULL;
        ck_assert_msg(!has_channel || has_row(name), "%s", name);
        with_channel += has_channel;
        program_deinit(&p);
    }
    ck_assert_uint_gt(with_channel, 40);
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
    tcase_set_timeout(tests, 240);
    tcase_add_unchecked_fixture(tests, start, stop); /* one matrix for all rows */
    tcase_add_loop_test(tests, letters, 0, sizeof rows / sizeof *rows);
    tcase_add_test(tests, each_preset_with_a_channel_is_above);
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
