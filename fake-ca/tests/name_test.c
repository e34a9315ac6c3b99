/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "fixture.h"
#include "name.h"

#define LETTERS_64 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl"

/* `is` is what OpenSSL's own printer makes of it, with the string types. */
static const struct good_row {
    const char *text, *is;
} good_rows[] = {
    {"CN=x", "CN=PRINTABLESTRING:x"},
    {"C=US, O=Example, CN=Example Root",
     "C=PRINTABLESTRING:US,O=PRINTABLESTRING:Example,CN=PRINTABLESTRING:Example Root"},
    {"  c = US ,o=Example  ,  CN =  two  words  ",
     "C=PRINTABLESTRING:US,O=PRINTABLESTRING:Example,CN=PRINTABLESTRING:two  words"},
    {"O=Example\\, Inc., CN=a\\\\b", "O=PRINTABLESTRING:Example\\, Inc.,CN=UTF8STRING:a\\\\b"},
    {"O=Let's Encrypt, CN=R3", "O=PRINTABLESTRING:Let's Encrypt,CN=PRINTABLESTRING:R3"},
    {"O=Caf\xc3\xa9, CN=a*b", "O=UTF8STRING:Caf\xc3\xa9,CN=UTF8STRING:a*b"},
    {"CN=a=b", "CN=PRINTABLESTRING:a=b"},
    {"O=ends in a space\\\\ ", "O=UTF8STRING:ends in a space\\\\"},
    {"C=IE, O=Baltimore, OU=CyberTrust, CN=Baltimore CyberTrust Root",
     "C=PRINTABLESTRING:IE,O=PRINTABLESTRING:Baltimore,OU=PRINTABLESTRING:CyberTrust,"
     "CN=PRINTABLESTRING:Baltimore CyberTrust Root"},
    {"DC=com, DC=example, ST=a, L=b, serialNumber=1, emailAddress=a@b.example",
     "DC=IA5STRING:com,DC=IA5STRING:example,ST=PRINTABLESTRING:a,L=PRINTABLESTRING:b,"
     "serialNumber=PRINTABLESTRING:1,emailAddress=IA5STRING:a@b.example"},
    {"CN=" LETTERS_64, "CN=PRINTABLESTRING:" LETTERS_64},
};

START_TEST(names_are_read)
{
    const struct good_row *row = &good_rows[_i];
    struct ps_error err = {{0}};
    X509_NAME *name = NULL;
    ck_assert_msg(ps_is_ok(ps_ca_name_parse(row->text, &name, &err)), "%s: %s", row->text,
                  err.text);
    BIO *bio = BIO_new(BIO_s_mem());
    X509_NAME_print_ex(bio, name, 0,
                       ASN1_STRFLGS_ESC_2253 | ASN1_STRFLGS_UTF8_CONVERT | ASN1_STRFLGS_SHOW_TYPE |
                           XN_FLAG_SEP_COMMA_PLUS);
    char *data = NULL;
    long size = BIO_get_mem_data(bio, &data);
    ck_assert_msg((size_t)size == strlen(row->is) && memcmp(data, row->is, (size_t)size) == 0,
                  "\"%s\" is \"%.*s\", not \"%s\"", row->text, (int)size, data, row->is);
    BIO_free(bio);
    X509_NAME_free(name);
}
END_TEST

static const struct bad_row {
    const char *text, *message;
} bad_rows[] = {
    {"", "name \"\": \"\" has no \"=\" (a comma in a value is written \"\\,\")"},
    {"CN=x,", "name \"CN=x,\": \"\" has no \"=\" (a comma in a value is written \"\\,\")"},
    {"O=Example, Inc., CN=x", "name \"O=Example, Inc., CN=x\": \"Inc.\" has no \"=\" (a comma in a "
                              "value is written \"\\,\")"},
    {"X=y", "name \"X=y\": \"X\" is none of C ST L O OU CN serialNumber DC emailAddress"},
    {"=y", "name \"=y\": \"\" is none of C ST L O OU CN serialNumber DC emailAddress"},
    {"C=USA", "name \"C=USA\": C has more than 2 characters"},
    {"C=U", "name \"C=U\": C has fewer than 2 characters"},
    {"CN=", "name \"CN=\": CN has fewer than 1 characters"},
    {"CN=" LETTERS_64 "m", "name \"CN=" LETTERS_64 "m\": CN has more than 64 characters"},
    {"C=\xc3\xa9\xc3\xa9", "name \"C=\xc3\xa9\xc3\xa9\": C holds a character that it cannot hold"},
    {"O=\xff", "name \"O=\xff\": O holds a character that it cannot hold"},
    {"O=a\\b", "name \"O=a\\b\": a backslash stands before a comma or a backslash only"},
    {"O=a\\", "name \"O=a\\\": a backslash stands before a comma or a backslash only"},
};

START_TEST(mistakes_are_named)
{
    const struct bad_row *row = &bad_rows[_i];
    struct ps_error err = {{0}};
    X509_NAME *name = NULL;
    ps_status status = ps_ca_name_parse(row->text, &name, &err);
    ck_assert_msg(status.code == PS_CODE_INVALID, "\"%s\"", row->text);
    ck_assert_ptr_null(name);
    ck_assert_str_eq(err.text, row->message);
}
END_TEST

START_TEST(too_many_parts)
{
    char text[512] = "O=a";
    for (int i = 1; i < PS_NAME_PARTS_MAX; i++)
        strcat(text, ",O=a");
    struct ps_error err = {{0}};
    X509_NAME *name = NULL;
    ck_assert(ps_is_ok(ps_ca_name_parse(text, &name, &err)));
    X509_NAME_free(name);
    strcat(text, ",O=a");
    ck_assert(ps_ca_name_parse(text, &name, &err).code == PS_CODE_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "more than 32 parts"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("name");
    TCase *tests = tcase_create("names");
    tcase_add_loop_test(tests, names_are_read, 0, sizeof good_rows / sizeof good_rows[0]);
    tcase_add_loop_test(tests, mistakes_are_named, 0, sizeof bad_rows / sizeof bad_rows[0]);
    tcase_add_test(tests, too_many_parts);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
