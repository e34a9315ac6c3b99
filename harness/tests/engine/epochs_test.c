/* SPDX-License-Identifier: Apache-2.0
 *
 * Epochs: every second at which devices meet something else begins one, and none is there for
 * leaves that nobody is served any more. Steady arrays and what is known of classes, from several
 * threads.
 */
#include "engine/epochs.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/memory.h"
#include "engine/known.h"
#include "plan.h"

static const char yaml[] =
    "scenario: epochs\n"
    "title: What changes when\n"
    "from: 2030-01-01\n"
    "until: 2031-01-01\n"
    "authorities:\n"
    "  a: {subject: \"CN=A\", key: ecdsa-p256}\n"
    "  b: {subject: \"CN=B\", key: ecdsa-p256}\n"
    "certificates:\n"
    "  ra: {of: a, issuer: a, valid: 2020-01-01 .. 2030-08-01}\n"
    "  rb: {of: b, issuer: b, valid: 2029-12-01 .. 2040-01-01}\n"
    "endpoints:\n"
    "  telemetry:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: a, key: ecdsa-p256, lifetime: 90d, renew_before: 30d}\n"
    "    chain: [ra]\n"
    "stores:\n"
    "  public:\n"
    "    - {certificate: ra, from: 2029-01-01, until: 2030-02-02}\n"
    "roles: {A.root_g1: ra}\n"
    "timeline:\n"
    "  - {at: 2030-05-05, fault: {endpoint: telemetry, kind: reset, lasts: 3d}}\n"
    "  - {at: 2030-07-15, serve: {endpoint: telemetry, leaf: {issuer: b}, chain: [rb], over: "
    "50d}}\n"
    "  - {at: 2030-10-10, revoke: {leaf: telemetry, pushed: 5d}}\n"
    "threats:\n"
    "  - {attack: X18, from: 2030-10-05, until: 2030-10-07}\n"
    "fleet:\n"
    "  - {cohort: all, devices: 1, made: 2029-01-01 .. 2029-06-01, contact: {every: 1d}}\n"
    "strategies:\n"
    "  - {name: one, preset: single_root_static}\n"
    "  - {name: two, anchors: [ra], pins: {expires: 2030-10-02, set: [{match: spki_sha256, depth: "
    "any, of: rb, not_before: 2030-10-03}]}}\n";

START_TEST(what_begins_an_epoch)
{
    /* Renewals of both leaf lines, 60 days apart, as long as somebody is served them. */
    static const char *const wanted[] = {"2029-01-01", "2029-12-01", "2030-01-01", "2030-02-02",
                                         "2030-03-02", "2030-05-01", "2030-05-05", "2030-05-08",
                                         "2030-06-30", "2030-07-15", "2030-08-01", "2030-08-29",
                                         "2030-09-13", "2030-10-02", "2030-10-03", "2030-10-05",
                                         "2030-10-07", "2030-10-10", "2030-10-15", "2030-11-12"};
    struct ps_plan *plan = plan_of(yaml);
    struct ps_world world;
    struct ps_epochs epochs;
    ps_world_init(&world, plan, 1);
    ps_epochs_init(&epochs, &world);
    ck_assert_int_eq(epochs.at[0].s, PS_TIME_ALWAYS.s);
    ck_assert_int_eq(epochs.at[epochs.count].s, PS_TIME_NEVER.s);
    uint32_t first = ps_epochs_find(&epochs, date("2029-01-01"));
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        char text[PS_TIME_TEXT_MAX];
        ck_assert_uint_lt(first + i, epochs.count);
        ck_assert_msg(epochs.at[first + i].s == date(wanted[i]).s, "epoch %zu: %s, not %s", i,
                      ps_time_format(epochs.at[first + i], text), wanted[i]);
    }
    ck_assert_uint_eq(epochs.count - first, sizeof wanted / sizeof *wanted);
    ck_assert_uint_eq(ps_epochs_of_scenario(&epochs, plan), epochs.count - first - 2);
    ps_epochs_deinit(&epochs);
    ps_world_deinit(&world);
    ps_plan_free(plan);
}
END_TEST

START_TEST(which_epoch_a_second_lies_in)
{
    struct ps_plan *plan = plan_of(yaml);
    struct ps_world world;
    struct ps_epochs epochs;
    ps_world_init(&world, plan, 1);
    ps_epochs_init(&epochs, &world);
    ck_assert_uint_eq(ps_epochs_find(&epochs, (ps_time){INT64_MIN + 1}), 0);
    for (uint32_t e = 1; e < epochs.count; e++) {
        ck_assert_uint_eq(ps_epochs_find(&epochs, epochs.at[e]), e);
        ck_assert_uint_eq(ps_epochs_find(&epochs, (ps_time){epochs.at[e].s - 1}), e - 1);
        ck_assert_uint_eq(ps_epochs_find(&epochs, (ps_time){epochs.at[e].s + 1}), e);
    }
    ps_epochs_deinit(&epochs);
    ps_world_deinit(&world);
    ps_plan_free(plan);
}
END_TEST

START_TEST(elements_stay_where_they_are)
{
    struct ps_steady array = {0};
    uint64_t **places = ps_alloc(5000, sizeof *places);
    for (uint32_t i = 0; i < 5000; i++) {
        places[i] = ps_steady_add(&array, sizeof **places);
        ck_assert_uint_eq(*places[i], 0);
        *places[i] = i;
    }
    for (uint32_t i = 0; i < 5000; i++) {
        ck_assert_ptr_eq(ps_steady_at(&array, i, sizeof **places), places[i]);
        ck_assert_uint_eq(*places[i], i);
    }
    ck_assert_uint_eq(array.count, 5000);
    ps_steady_deinit(&array);
    free(places);
}
END_TEST

enum { THREADS = 4, CLASSES = 3000 };

/* Every thread asks for all classes, in an order of its own, and keeps the verdict of each. */
struct asking {
    struct ps_known *known;
    uint32_t start;
    uint32_t numbers[CLASSES];
    size_t wrong;
};

static struct ps_verdict verdict_of(uint32_t n)
{
    struct ps_verdict verdict;
    memset(&verdict, 0, sizeof verdict);
    snprintf(verdict.reason, sizeof verdict.reason, "reason %u", n % 7);
    return verdict;
}

static void *ask_all(void *context)
{
    struct asking *asking = context;
    for (uint32_t i = 0; i < CLASSES; i++) {
        uint32_t n = (asking->start + i * 7) % CLASSES, kept;
        struct ps_buffer key = {0};
        ps_buffer_append(&key, &n, sizeof n);
        asking->numbers[n] = ps_known_class(asking->known, &key);
        ps_buffer_deinit(&key);
        struct ps_verdict verdict = verdict_of(n);
        if (!ps_known_verdict_of(asking->known, asking->numbers[n], &kept))
            kept = ps_known_keep(asking->known, asking->numbers[n], &verdict);
        const struct ps_verdict *found = ps_known_verdict(asking->known, kept);
        asking->wrong += memcmp(found, &verdict, sizeof verdict) != 0;
    }
    return NULL;
}

START_TEST(several_threads_know_the_same)
{
    static struct asking asking[THREADS];
    pthread_t threads[THREADS];
    struct ps_known known;
    uint32_t verdict;
    ps_known_init(&known);
    for (uint32_t i = 0; i < THREADS; i++) {
        asking[i] = (struct asking){.known = &known, .start = i * 701};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, ask_all, &asking[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < THREADS; i++) {
        ck_assert_uint_eq(asking[i].wrong, 0);
        ck_assert_mem_eq(asking[i].numbers, asking[0].numbers, sizeof asking[0].numbers);
    }
    ck_assert_uint_eq(known.class_index.count, CLASSES);
    ck_assert_uint_eq(known.verdict_index.count, 7);
    struct ps_buffer key = {0};
    ps_buffer_append(&key, "new", 3);
    ck_assert(!ps_known_verdict_of(&known, ps_known_class(&known, &key), &verdict));
    ps_buffer_deinit(&key);
    ps_known_deinit(&known);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("epochs");
    TCase *tcase = tcase_create("epochs");
    tcase_add_test(tcase, what_begins_an_epoch);
    tcase_add_test(tcase, which_epoch_a_second_lies_in);
    tcase_add_test(tcase, elements_stay_where_they_are);
    tcase_add_test(tcase, several_threads_know_the_same);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
