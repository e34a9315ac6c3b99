/* SPDX-License-Identifier: Apache-2.0
 *
 * Presets: those of the program, those of a file, those that no report lists; and the catalogue,
 * which uses them.
 */
#include "test_plans.h"

static struct ps_plan *plan;

static void setup(void)
{
    const struct ps_embedded *file = test_file("scenarios/tests/good.yaml");

    plan = read_plan("good.yaml", (const char *)file->data, file->size);
}

static void teardown(void)
{
    ps_plan_free(plan);
}

/* What a fallback goes to, and who fetches updates: behind the listed ones. */
START_TEST(hidden_strategies)
{
    const struct ps_strategy *learns = &plan->strategies[LEARNS];
    const struct ps_strategy *update = &plan->strategies[LEARNS_UPDATE];

    ck_assert_uint_eq(plan->hidden_count, 2);
    ck_assert_enum(learns->pins.set[0].of.kind, PS_REFERENCE_FIRST_CONTACT);
    ck_assert_str_eq(learns->pins.set[0].group, "a");
    ck_assert_enum(learns->pins.set[1].of.kind, PS_REFERENCE_ANNOUNCED);
    ck_assert_str_eq(learns->pins.set[1].group, "");
    ck_assert_int_eq(learns->pins.set[1].not_before.s, PS_TIME_ALWAYS.s);
    ck_assert_enum(learns->client.issuer.kind, PS_REFERENCE_CERTIFICATE);
    ck_assert_uint_eq(learns->client.issuer.index, CERT_ROOT_B);
    ck_assert_uint_eq(learns->fallback_count, 2);
    ck_assert_uint_eq(learns->fallback[0].failures, 3);
    ck_assert_int_eq(learns->fallback[0].since.s, DAY);
    ck_assert_enum(learns->fallback[0].scope, PS_FALLBACK_UPDATE_ONLY);
    ck_assert_uint_eq(learns->fallback[0].strategy, BOTH);
    ck_assert_enum(learns->fallback[1].scope, PS_FALLBACK_ALL);
    ck_assert_uint_eq(learns->fallback[1].strategy, HOSTNAME_ONLY);
    ck_assert_str_eq(plan->strategies[HOSTNAME_ONLY].name, "hostname_only");
    ck_assert_enum(plan->strategies[HOSTNAME_ONLY].chain.engine, PS_ENGINE_NONE);
    ck_assert_uint_eq(plan->strategies[HOSTNAME_ONLY].update.trust, HOSTNAME_ONLY);
    ck_assert_uint_eq(plan->strategies[BOTH].update.trust, BOTH);
    ck_assert_ptr_null(plan->strategies[BOTH].update.root.role);
    ck_assert_uint_eq(learns->update.trust, LEARNS_UPDATE);
    ck_assert_str_eq(update->name, "learns update");
    ck_assert_enum(update->chain.engine, PS_ENGINE_PKIX);
    ck_assert_uint_eq(update->anchor_count, 1);
    ck_assert_enum(update->anchors[0].kind, PS_REFERENCE_CERTIFICATE);
    ck_assert_uint_eq(update->anchors[0].index, CERT_ROOT_B);
    ck_assert_uint_eq(update->pins.count, 0);
    ck_assert_enum(update->update.payload_auth, learns->update.payload_auth);
    ck_assert_enum(update->update.rollback_protection, learns->update.rollback_protection);
    ck_assert_uint_eq(update->update.trust, LEARNS_UPDATE);
    ck_assert_enum(update->client.identity, PS_CLIENT_X509_LDEVID); /* it is the same device */
}
END_TEST

/* Each preset once, whoever goes to it. */
START_TEST(hidden_presets_of_hidden_presets)
{
    struct ps_plan *other =
        changed("preset: no_verify}",
                "preset: no_verify, fallback: [{to: hostname_only}, {to: no_verify}]}");

    ck_assert_uint_eq(other->hidden_count, 3);
    ck_assert_uint_eq(other->strategies[NO_VERIFY].fallback[0].strategy, 4);
    ck_assert_uint_eq(other->strategies[NO_VERIFY].fallback[1].strategy, 5);
    ck_assert_uint_eq(other->strategies[LEARNS].fallback[1].strategy, 4);
    ck_assert_str_eq(other->strategies[5].name, "no_verify");
    ck_assert_str_eq(other->strategies[6].name, "learns update");
    ck_assert_uint_eq(other->strategies[LEARNS].update.trust, 6);
    ps_plan_free(other);
}
END_TEST

/* A device with the anchors of another, all else as it is. */
START_TEST(anchors_that_are_lent)
{
    struct ps_plan *other =
        changed("preset: no_verify}",
                "anchors: cert-root-a, update: {channel: est}, storage: {pin_slots: 3}, fallback: "
                "[{to: both}, {to: own, lends: anchors}]}");
    const struct ps_strategy *has = &other->strategies[NO_VERIFY];
    const struct ps_strategy *lent = &other->strategies[has->fallback[1].strategy];

    ck_assert_uint_eq(has->fallback[0].strategy, BOTH);
    ck_assert_enum(has->fallback[0].lends, PS_LENDS_STRATEGY);
    ck_assert_uint_ge(has->fallback[1].strategy, other->strategy_count);
    ck_assert(lent->lent);
    ck_assert(!has->lent);
    ck_assert_str_eq(lent->name, "no-verify with own");
    ck_assert_uint_eq(lent->anchor_count, 1);
    ck_assert_enum(lent->anchors[0].kind, PS_REFERENCE_STORE);
    ck_assert_enum(lent->update.channel, PS_UPDATE_EST);
    ck_assert_uint_eq(lent->update.trust, has->fallback[1].strategy);
    ck_assert_uint_eq(lent->storage.pin_slots, 3);
    ck_assert_uint_eq(lent->fallback_count, 0);
    check_fixed_point("lent", other);
    ps_plan_free(other);
}
END_TEST

START_TEST(preset_overridden)
{
    struct ps_plan *other =
        changed("stack: openssl102", "anchors: cert-root-a, update: {channel: fw_http}, "
                                     "time: {clock: epoch_boot, floor: 2020-05-05}");
    const struct ps_strategy *both = &other->strategies[BOTH];

    ck_assert_uint_eq(both->anchor_count, 1);
    ck_assert_uint_eq(both->anchors[0].index, CERT_ROOT_A);
    ck_assert_enum(both->update.channel, PS_UPDATE_FW_HTTP);
    ck_assert_enum(both->update.payload_auth, PS_PAYLOAD_SIGNATURE); /* the preset's */
    ck_assert_enum(both->time.clock, PS_CLOCK_EPOCH_BOOT);
    ck_assert_enum(both->time.ca_dates, PS_DATES_CHECK);
    ck_assert_time(both->time.floor, "2020-05-05");
    ck_assert_enum(both->chain.builder, PS_BUILDER_OPENSSL3);
    ps_plan_free(other);
}
END_TEST

START_TEST(catalogue_reads)
{
    const struct ps_catalogue_entry *entries;
    size_t count = ps_catalogue(&entries);

    ck_assert_uint_ge(count, 6);
    for (size_t i = 0; i < count; i++) {
        struct ps_plan *entry = read_plan(entries[i].name, entries[i].yaml, entries[i].size);
        const char *last = strrchr(entries[i].name, '/');

        ck_assert_msg(last != NULL && strcmp(last + 1, entry->name) == 0, "%s is %s",
                      entries[i].name, entry->name);
        ck_assert_ptr_eq(ps_catalogue_find(entries[i].name), &entries[i]);
        ck_assert_ptr_eq(ps_catalogue_find(last + 1), &entries[i]);
        ck_assert_msg(entry->expectation_count > 0, "%s expects nothing", entries[i].name);
        check_fixed_point(entries[i].name, entry);
        ps_plan_free(entry);
    }
    ck_assert_ptr_null(ps_catalogue_find("no-such-scenario"));
    ck_assert_ptr_null(ps_catalogue_find("presets"));
    ck_assert_ptr_null(ps_catalogue_find(""));
}
END_TEST

/* good.yaml with all roles bound and a strategy of a preset, below `presets` if there are any. */
static struct ps_plan *with_preset(const char *name, const char *presets)
{
    static const char roles[] = "{A.root_g1: cert-root-a, A.root_g2: cert-root-b, "
                                "B.root: cert-root-b, P.root: cert-root-b, A.int1: int-by-a, "
                                "A.int2: int-by-a, backup_key: spare, mozilla: system, "
                                "manufacturer.masa: cert-root-a, ";
    const char *good = (const char *)test_file("scenarios/tests/good.yaml")->data;
    const char *at_roles = strstr(good, "{A.root_g1"), *roles_end = strstr(good, "M.int");
    const char *at_section = strstr(good, "strategies:\n  - {name: both");
    const char *at_strategy = strstr(good, "{name: no-verify");
    char *yaml =
        ps_format("%.*s%s%.*s%s%.*s{name: used, preset: %s, client: {issuer: "
                  "cert-root-b}}\n  - %s",
                  (int)(at_roles - good), good, roles, (int)(at_section - roles_end), roles_end,
                  presets, (int)(at_strategy - at_section), at_section, name, at_strategy);
    struct ps_plan *used = read_plan(name, yaml, strlen(yaml));

    free(yaml);
    return used;
}
enum { USED = 2 };

START_TEST(every_preset_can_be_used)
{
    const struct ps_preset_line *lines;
    size_t count = ps_presets(&lines), policies = 0;

    for (size_t i = 0; i < count; i++) {
        struct ps_plan *used = with_preset(lines[i].name, "");

        ck_assert_msg(lines[i].summary != NULL && strlen(lines[i].summary) > 10, "%s",
                      lines[i].name);
        ck_assert_str_eq(used->strategies[USED].preset, lines[i].name);
        check_fixed_point(lines[i].name, used);
        ps_plan_free(used);
        policies += lines[i].policy != NULL;
    }
    ck_assert_uint_eq(policies, 41);
    ck_assert_uint_eq(count - policies, 61);
}
END_TEST

static char *strategies_shown(const struct ps_plan *shown)
{
    struct ps_text text = {0};

    ps_plan_show(shown, &text);
    char *section = ps_strdup(strstr(ps_text_chars(&text), "\nstrategies:\n"));
    ps_text_deinit(&text);
    return section;
}

/* What is shown of a preset is a preset: in a file it is the same strategy. */
START_TEST(every_preset_is_shown_as_it_is)
{
    const struct ps_preset_line *lines;
    size_t count = ps_presets(&lines);
    struct ps_text none = {0};

    for (size_t i = 0; i < count; i++) {
        struct ps_text shown = {0};
        ck_assert_msg(ps_preset_show(lines[i].name, &shown), "%s", lines[i].name);
        struct ps_plan *builtin = with_preset(lines[i].name, "");
        struct ps_plan *own = with_preset(lines[i].name, ps_text_chars(&shown));
        char *expected = strategies_shown(builtin), *actual = strategies_shown(own);
        ck_assert_uint_eq(builtin->preset_count, 0);
        ck_assert_uint_ge(own->preset_count, 1);
        check_same_text(lines[i].name, actual, expected);
        check_fixed_point(lines[i].name, own);
        ck_assert_msg(strstr(ps_text_chars(&shown), lines[i].summary) != NULL, "%s", lines[i].name);
        ck_assert_msg(strstr(ps_text_chars(&shown), "extends") == NULL, "%s", lines[i].name);
        free(expected);
        free(actual);
        ps_plan_free(builtin);
        ps_plan_free(own);
        ps_text_deinit(&shown);
    }
    ck_assert(!ps_preset_show("no-such-preset", &none));
    ck_assert_uint_eq(none.length, 0);
}
END_TEST

static const char *const own_presets =
    "presets:\n"
    "  child: {extends: parent, pins: {combine: or}, update: {poll: 2d}}\n" /* it comes first */
    "  parent:\n"
    "    summary: Made up.\n"
    "    extends: leaf_spki_backup_ota\n"
    "    pins: {set: [{match: spki_sha256, depth: leaf, of: backup_key}], scope: validated}\n"
    "    fallback: [{to: hostname_only}]\n"
    "  hostname_only: {extends: hostname_only, anchors: [B.root]}\n";

/* Blocks merge key by key, lists are replaced, and a file's preset hides the program's. */
START_TEST(own_presets_extend_others)
{
    struct ps_plan *other = with_preset("child", own_presets);
    const struct ps_strategy *child = &other->strategies[USED];
    const struct ps_strategy *hidden = &other->strategies[other->strategy_count];

    ck_assert_str_eq(child->name, "used");
    ck_assert_str_eq(child->preset, "child");
    ck_assert_enum(child->chain.engine, PS_ENGINE_NONE);              /* leaf_spki_backup_ota's */
    ck_assert_enum(child->update.payload_auth, PS_PAYLOAD_SIGNATURE); /* the same's */
    ck_assert_uint_eq(child->pins.count, 1);                          /* parent's */
    ck_assert_uint_eq(child->pins.set[0].of.index, SPARE);
    ck_assert_enum(child->pins.scope, PS_PIN_SCOPE_VALIDATED); /* parent's */
    ck_assert_enum(child->pins.combine, PS_PIN_COMBINE_OR);    /* its own */
    ck_assert_int_eq(child->update.poll.s, 2 * DAY);
    ck_assert_uint_eq(child->fallback_count, 1);
    ck_assert_uint_eq(child->fallback[0].strategy, other->strategy_count);
    ck_assert_str_eq(hidden->name, "hostname_only");
    ck_assert_uint_eq(hidden->anchor_count, 1); /* the file's, not the program's */
    ck_assert_uint_eq(hidden->anchors[0].index, CERT_ROOT_B);
    ck_assert_enum(hidden->chain.engine, PS_ENGINE_NONE); /* what it extends is the program's */
    ck_assert_uint_eq(other->preset_count, 1);
    ck_assert_str_eq(other->presets[0].name, "child");
    check_fixed_point("own presets", other);
    ps_plan_free(other);
}
END_TEST

/* `extends` is another word for `preset`. */
START_TEST(strategies_extend_too)
{
    struct ps_plan *one = changed("preset: no_verify", "preset: no_verify");
    struct ps_plan *other = changed("preset: no_verify", "extends: no_verify");

    ck_assert_str_eq(other->strategies[NO_VERIFY].preset, "no_verify");
    ck_assert_uint_eq(one->digest, other->digest);
    ps_plan_free(one);
    ps_plan_free(other);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scenarios: presets");
    TCase *presets = tcase_create("presets");

    suite_add_tcase(suite, presets);
    tcase_set_timeout(presets, 60);
    tcase_add_checked_fixture(presets, setup, teardown);
    tcase_add_test(presets, hidden_strategies);
    tcase_add_test(presets, hidden_presets_of_hidden_presets);
    tcase_add_test(presets, anchors_that_are_lent);
    tcase_add_test(presets, preset_overridden);
    tcase_add_test(presets, catalogue_reads);
    tcase_add_test(presets, every_preset_can_be_used);
    tcase_add_test(presets, every_preset_is_shown_as_it_is);
    tcase_add_test(presets, own_presets_extend_others);
    tcase_add_test(presets, strategies_extend_too);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
