/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <string.h>

#include "base/text.h"
#include "values.h"

static const struct {
    const char *text;
    uint32_t ppm;
    const char *wrong, *written;
} shares[] = {
    {"0%", 0, NULL, "0%"},
    {"7%", 70000, NULL, "7%"},
    {"0.5%", 5000, NULL, "0.5%"},
    {"0.0001%", 1, NULL, "0.0001%"},
    {"99.9999%", 999999, NULL, "99.9999%"},
    {"12.50 %", 125000, NULL, "12.5%"},
    {"100%", 1000000, NULL, "100%"},
    {"100.0001%", 0, "a share is at most 100%", NULL},
    {"99999999999999999999999999%", 0, "a share is at most 100%", NULL},
    {"7.00001%", 0, "a share has at most four decimals", NULL},
    {"7", 0, "a share needs its percent sign: 7% or 0.5%", NULL},
    {"0.07", 0, "a share needs its percent sign: 7% or 0.5%", NULL},
    {"-7%", 0, "a share is written like 7% or 0.5%", NULL},
    {".5%", 0, "a share is written like 7% or 0.5%", NULL},
    {"5.%", 0, "a share is written like 7% or 0.5%", NULL},
    {"7%%", 0, "a share is written like 7% or 0.5%", NULL},
    {"", 0, "a share is written like 7% or 0.5%", NULL},
};

START_TEST(share)
{
    ps_share value = {77};
    const char *wrong = ps_share_parse(shares[_i].text, &value);
    struct ps_text written = {0};

    ck_assert_msg((wrong == NULL) == (shares[_i].wrong == NULL), "%s: %s", shares[_i].text, wrong);
    if (wrong != NULL) {
        ck_assert_msg(strcmp(wrong, shares[_i].wrong) == 0, "%s: %s", shares[_i].text, wrong);
        ck_assert_uint_eq(value.ppm, 77);
        return;
    }
    ck_assert_msg(value.ppm == shares[_i].ppm, "%s: %u", shares[_i].text, value.ppm);
    ps_share_write(value, &written);
    ck_assert_str_eq(ps_text_chars(&written), shares[_i].written);
    ps_text_deinit(&written);
}
END_TEST

static const char drift_shape[] = "a drift is written like 20ppm, or -20ppm .. 20ppm";

static const struct {
    const char *text;
    int32_t min, max;
    const char *wrong, *written;
} drifts[] = {
    {"20ppm", 20, 20, NULL, "20ppm"},
    {"-3 ppm", -3, -3, NULL, "-3ppm"},
    {"0ppm", 0, 0, NULL, "0ppm"},
    {"-20ppm .. 20ppm", -20, 20, NULL, "-20ppm .. 20ppm"},
    {"-20ppm..-7ppm", -20, -7, NULL, "-20ppm .. -7ppm"},
    {"-100000ppm .. 100000ppm", -100000, 100000, NULL, "-100000ppm .. 100000ppm"},
    {"100001ppm", 0, 0, "a drift is at most 100000ppm, which is a tenth", NULL},
    {"-100001ppm", 0, 0, "a drift is at most 100000ppm, which is a tenth", NULL},
    {"-100001ppm .. 5ppm", 0, 0, "a drift is at most 100000ppm, which is a tenth", NULL},
    {"5ppm .. 99999999999999999999ppm", 0, 0, "a drift is at most 100000ppm, which is a tenth",
     NULL},
    {"20ppm .. -20ppm", 0, 0, "a range of drifts begins with the smaller one", NULL},
    {"20", 0, 0, drift_shape, NULL},
    {"ppm", 0, 0, drift_shape, NULL},
    {"+5ppm", 0, 0, drift_shape, NULL},
    {"0.5ppm", 0, 0, drift_shape, NULL},
    {"20ppm ..", 0, 0, drift_shape, NULL},
    {"20ppm .. 30", 0, 0, drift_shape, NULL},
    {"20ppm 30ppm", 0, 0, drift_shape, NULL},
    {"20ppm .. 30ppm .. 40ppm", 0, 0, drift_shape, NULL},
    {"", 0, 0, drift_shape, NULL},
};

START_TEST(drift)
{
    struct ps_drift value = {77, 78};
    const char *wrong = ps_drift_parse(drifts[_i].text, &value);
    struct ps_text written = {0};

    ck_assert_msg((wrong == NULL) == (drifts[_i].wrong == NULL), "%s: %s", drifts[_i].text, wrong);
    if (wrong != NULL) {
        ck_assert_msg(strcmp(wrong, drifts[_i].wrong) == 0, "%s: %s", drifts[_i].text, wrong);
        ck_assert_int_eq(value.min_ppm, 77);
        return;
    }
    ck_assert_int_eq(value.min_ppm, drifts[_i].min);
    ck_assert_int_eq(value.max_ppm, drifts[_i].max);
    ps_drift_write(value, &written);
    ck_assert_str_eq(ps_text_chars(&written), drifts[_i].written);
    ps_text_deinit(&written);
}
END_TEST

static const struct {
    const char *text;
    enum ps_comparison_op op;
    uint32_t ppm;
    const char *wrong, *written;
} bars[] = {
    {"< 5%", PS_LT, 50000, NULL, "< 5%"},
    {"<5%", PS_LT, 50000, NULL, "< 5%"},
    {"<= 5%", PS_LE, 50000, NULL, "<= 5%"},
    {"> 99.5%", PS_GT, 995000, NULL, "> 99.5%"},
    {">= 95%", PS_GE, 950000, NULL, ">= 95%"},
    {"100%", PS_EQ, 1000000, NULL, "100%"},
    {"= 100%", PS_EQ, 1000000, NULL, "100%"},
    {"<= 0%", PS_LE, 0, NULL, "<= 0%"},
    {">= 100%", PS_GE, 1000000, NULL, ">= 100%"},
    {"< 0%", PS_LT, 0, "no share is below 0% or above 100%", NULL},
    {"> 100%", PS_GT, 0, "no share is below 0% or above 100%", NULL},
    {"<> 5%", PS_LT, 0, "a bar is written like < 5%, <= 5%, > 5%, >= 95% or 100%", NULL},
    {"few", PS_LT, 0, "a bar is written like < 5%, <= 5%, > 5%, >= 95% or 100%", NULL},
    {"< 101%", PS_LT, 0, "a share is at most 100%", NULL},
};

START_TEST(bar)
{
    struct ps_comparison value = {0};
    const char *wrong = ps_comparison_parse(bars[_i].text, &value);
    struct ps_text written = {0};

    ck_assert_msg((wrong == NULL) == (bars[_i].wrong == NULL), "%s: %s", bars[_i].text, wrong);
    if (wrong != NULL) {
        ck_assert_msg(strcmp(wrong, bars[_i].wrong) == 0, "%s: %s", bars[_i].text, wrong);
        return;
    }
    ck_assert_int_eq((int)value.op, (int)bars[_i].op);
    ck_assert_uint_eq(value.share.ppm, bars[_i].ppm);
    ps_comparison_write(value, &written);
    ck_assert_str_eq(ps_text_chars(&written), bars[_i].written);
    ps_text_deinit(&written);
}
END_TEST

static const struct {
    const char *text;
    uint32_t millionths;
    const char *wrong, *written;
} numbers[] = {
    {"0", 0, NULL, "0"},
    {"0.8", 800000, NULL, "0.8"},
    {"2", 2000000, NULL, "2"},
    {"2.500000", 2500000, NULL, "2.5"},
    {"0.000001", 1, NULL, "0.000001"},
    {"99999999999", UINT32_MAX, NULL, "4294.967295"},
    {"0.0000001", 0, "a number has at most six decimals", NULL},
    {"1e3", 0, "a number is written like 2 or 0.8", NULL},
    {"-1", 0, "a number is written like 2 or 0.8", NULL},
    {"", 0, "a number is written like 2 or 0.8", NULL},
};

START_TEST(number)
{
    uint32_t value = 0;
    const char *wrong = ps_number_parse(numbers[_i].text, &value);
    struct ps_text written = {0};

    ck_assert_msg((wrong == NULL) == (numbers[_i].wrong == NULL), "%s: %s", numbers[_i].text,
                  wrong);
    if (wrong != NULL) {
        ck_assert_msg(strcmp(wrong, numbers[_i].wrong) == 0, "%s: %s", numbers[_i].text, wrong);
        return;
    }
    ck_assert_msg(value == numbers[_i].millionths, "%s: %u", numbers[_i].text, value);
    ps_millionths_write(value, &written);
    ck_assert_str_eq(ps_text_chars(&written), numbers[_i].written);
    ps_text_deinit(&written);
}
END_TEST

static const struct {
    const char *text, *wrong;
} names[] = {
    {"CN=Root", NULL},
    {"C=US, ST=Texas, L=Austin, O=Example, OU=Unit, CN=Root, DC=example, serialNumber=1", NULL},
    {"C=US,O=Digital Signature Trust Co.,CN=DST Root CA X3", NULL},
    {"O=Let's Encrypt\\, Inc., CN=R3", NULL},
    {"CN=\xc3\xa9\xc3\xa9", NULL},
    {"", "a name is written like C=US, O=Example, CN=Example Root"},
    {"Root", "a name is written like C=US, O=Example, CN=Example Root"},
    {"CN=Root,", "a name is written like C=US, O=Example, CN=Example Root"},
    {"CN = Root", "a name is written like C=US, O=Example, CN=Example Root"},
    {"CN=", "an attribute of the name has no value"},
    {"C=U", "a country (C) has two letters"},
    {"X=1", "the attributes of a name are C, ST, L, O, OU, CN, DC and serialNumber"},
    {"CN=Root\\", "nothing follows the last \\"},
};

START_TEST(distinguished_name)
{
    const char *wrong = ps_dn_check(names[_i].text);

    ck_assert_msg((wrong == NULL) == (names[_i].wrong == NULL), "%s: %s", names[_i].text, wrong);
    if (wrong != NULL)
        ck_assert_msg(strcmp(wrong, names[_i].wrong) == 0, "%s: %s", names[_i].text, wrong);
}
END_TEST

START_TEST(bool_and_whole_number)
{
    bool yes = false;
    uint32_t n = 7;

    ck_assert_ptr_null(ps_bool_parse("yes", &yes));
    ck_assert(yes);
    ck_assert_ptr_null(ps_bool_parse("false", &yes));
    ck_assert(!yes);
    ck_assert_str_eq(ps_bool_parse("Yes", &yes), "it is yes or no");
    ck_assert_ptr_null(ps_uint_parse("4294967295", &n));
    ck_assert_uint_eq(n, UINT32_MAX);
    ck_assert_str_eq(ps_uint_parse("4294967296", &n), "a whole number has digits only");
    ck_assert_str_eq(ps_uint_parse("+1", &n), "a whole number has digits only");
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

int main(void)
{
    Suite *suite = suite_create("scenarios: values");
    TCase *values = tcase_create("values");

    suite_add_tcase(suite, values);
    tcase_add_loop_test(values, share, 0, ROWS(shares));
    tcase_add_loop_test(values, bar, 0, ROWS(bars));
    tcase_add_loop_test(values, drift, 0, ROWS(drifts));
    tcase_add_loop_test(values, number, 0, ROWS(numbers));
    tcase_add_loop_test(values, distinguished_name, 0, ROWS(names));
    tcase_add_test(values, bool_and_whole_number);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
