/* SPDX-License-Identifier: Apache-2.0
 *
 * Descriptor limits: what fits, what is said. Each row runs in its own process (Check forks), so a
 * lowered limit stays there.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include "loop/descriptors.h"

static const struct row {
    const char *name;
    rlim_t soft, hard;
    unsigned contacts, contacts_min, workers;
    uint32_t listeners;
    bool ok;
    unsigned fit;
    rlim_t soft_after;
    const char *message; /* notice or error; "" for none */
} rows[] = {
    {"enough", 5000, 5000, 1000, 16, 1, 2, true, 1000, 5000, ""},
    {"exactly enough", 4074, 4074, 1000, 16, 1, 2, true, 1000, 4074, ""},
    {"soft limit is raised", 256, 5000, 1000, 16, 1, 2, true, 1000, 4074, ""},
    {"raised to the hard one", 256, 900, 1000, 16, 1, 2, true, 206, 900,
     "only 900 descriptors are allowed: 206 contacts at once instead of 1000; raise it with "
     "ulimit -n"},
    {"one too few", 4073, 4073, 1000, 16, 1, 2, true, 999, 4073,
     "only 4073 descriptors are allowed: 999 contacts at once instead of 1000; raise it with "
     "ulimit -n"},
    {"workers and listeners cost", 900, 900, 1000, 16, 4, 12, true, 189, 900,
     "only 900 descriptors are allowed: 189 contacts at once instead of 1000; raise it with "
     "ulimit -n"},
    {"the fewest", 138, 138, 1000, 16, 1, 2, true, 16, 138,
     "only 138 descriptors are allowed: 16 contacts at once instead of 1000; raise it with "
     "ulimit -n"},
    {"too few", 137, 137, 1000, 16, 1, 2, false, 0, 137,
     "only 137 descriptors are allowed, and 16 contacts at once need 138; raise it with ulimit -n"},
    {"fewer than are kept", 40, 40, 1000, 16, 1, 2, false, 0, 40,
     "only 40 descriptors are allowed, and 16 contacts at once need 138; raise it with ulimit -n"},
    {"few are wished for", 82, 82, 2, 2, 1, 2, true, 2, 82, ""},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

START_TEST(test_rows)
{
    const struct row *row = &rows[_i];
    struct rlimit limit = {.rlim_cur = row->soft, .rlim_max = row->hard};
    ck_assert_msg(setrlimit(RLIMIT_NOFILE, &limit) == 0, "%s: setrlimit", row->name);
    struct ps_descriptors_need need = {row->contacts, row->contacts_min, row->workers,
                                       row->listeners, false};
    struct ps_text notice = {0};
    struct ps_error err = {0};
    unsigned fit = 0;
    ps_status status = ps_descriptors_fit(&need, &fit, &notice, &err);
    ck_assert_msg((status.code == PS_CODE_OK) == row->ok, "%s: status %d", row->name, status.code);
    ck_assert_msg(row->ok || status.code == PS_CODE_FAILED, "%s: status %d", row->name,
                  status.code);
    ck_assert_msg(fit == row->fit, "%s: %u fit, not %u", row->name, fit, row->fit);
    const char *said = row->ok ? ps_text_chars(&notice) : err.text;
    ck_assert_msg(strcmp(said, row->message) == 0, "%s: said \"%s\"", row->name, said);
    getrlimit(RLIMIT_NOFILE, &limit);
    ck_assert_msg(limit.rlim_cur == row->soft_after, "%s: soft limit %llu", row->name,
                  (unsigned long long)limit.rlim_cur);
    ps_text_deinit(&notice);
}
END_TEST

/* Who never fetches needs half of it. */
START_TEST(test_one_connection)
{
    struct rlimit limit = {.rlim_cur = 900, .rlim_max = 900};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    const struct ps_descriptors_need need = {
        .contacts = 1000, .contacts_min = 16, .workers = 1, .listeners = 2, .one_connection = true};
    struct ps_text notice = {0};
    struct ps_error err = {0};
    unsigned fit = 0;
    ps_status status = ps_descriptors_fit(&need, &fit, &notice, &err);
    ck_assert_int_eq(status.code, PS_CODE_OK);
    ck_assert_uint_eq(fit, 413); /* 74 are kept */
    ps_text_deinit(&notice);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("descriptors");
    TCase *tcase = tcase_create("fit");
    tcase_add_loop_test(tcase, test_rows, 0, ROWS);
    tcase_add_test(tcase, test_one_connection);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_FORK);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
