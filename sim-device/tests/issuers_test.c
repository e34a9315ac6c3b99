/* SPDX-License-Identifier: Apache-2.0
 *
 * Issuers that the server does not send: kept from earlier paths, or fetched from where a
 * certificate says they are.
 */
#include "issuers.h"

#include <check.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include "depth.h"
#include "mint_status.h"
#include "sim-device/judge.h"

#define NOW   "2021-10-05"
#define SI_AT "http://status.example/issuer/issuing"
#define SU_AT "http://status.example/issuer/upper"
#define SR_AT "http://status.example/issuer/root"
#define WHOLE "hub.example < Status Issuing < Status Upper < Status Root"

static struct device make_device(const char *settings, const char *anchors)
{
    struct device device = {.strategy = device_strategy(), .anchors = anchors};
    device_set(&device.strategy, settings);
    return device;
}

/* What is published: the name of a certificate; "pem", "garbage", "longer" are no answer. */
static void publish_issuer(struct publisher *publisher, const char *url, const char *what)
{
    struct ps_buffer body = {0};
    if (!what)
        return;
    if (strcmp(what, "pem") == 0) {
        ps_buffer_append(&body, "-----BEGIN CERTIFICATE-----\n", 28);
    } else if (strcmp(what, "garbage") == 0) {
        ps_buffer_append(&body, "garbage", 7);
    } else if (strcmp(what, "longer") == 0) {
        ps_buffer_append(&body, mint_named("SI")->der.data, mint_named("SI")->der.size);
        ps_buffer_append(&body, "", 1);
    } else {
        ps_buffer_append(&body, mint_named(what)->der.data, mint_named(what)->der.size);
    }
    publish(publisher, url, (struct ps_bytes){body.data, body.size});
    ps_buffer_deinit(&body);
}

#define AIA   "intermediates.aia=yes"
#define CACHE "intermediates.cache=yes"
#define BOTH  AIA " " CACHE

static const struct {
    const char *name, *settings, *anchors, *served, *now;
    const char *issuing, *upper; /* published; NULL: nothing is there */
    const char *kept;            /* from earlier paths */
    enum ps_stage stage;
    const char *path, *asked;
} rows[] = {
    {"nobody looks", "", "SR", "SL", NOW, "SI", "SU", NULL, PS_STAGE_PATH, "hub.example", ""},
    {"both are missing", AIA, "SR", "SL", NOW, "SI", "SU", NULL, PS_STAGE_ACCEPTED, WHOLE,
     SI_AT " " SU_AT},
    {"one is missing", AIA, "SR", "SL SI", NOW, "SI", "SU", NULL, PS_STAGE_ACCEPTED, WHOLE, SU_AT},
    {"the lower one is missing", AIA, "SR", "SL SU", NOW, "SI", "SU", NULL, PS_STAGE_ACCEPTED,
     WHOLE, SI_AT},
    {"none is missing", AIA, "SR", "SL SI SU", NOW, "SI", "SU", NULL, PS_STAGE_ACCEPTED, WHOLE, ""},
    {"the anchor is another", AIA, "M", "SL SI SU", NOW, "SI", "SU", NULL, PS_STAGE_PATH,
     "hub.example < Status Issuing < Status Upper", SR_AT},
    {"an anchor half way", AIA " chain.partial=yes", "SU", "SL", NOW, "SI", "SU", NULL,
     PS_STAGE_ACCEPTED, "hub.example < Status Issuing < Status Upper", SI_AT},
    {"a leaf that names no place", AIA, "SR", "SLx", NOW, "SI", "SU", NULL, PS_STAGE_PATH,
     "hub.example", ""},
    /* What is there is not what is needed. */
    {"nothing is there", AIA, "SR", "SL", NOW, NULL, NULL, NULL, PS_STAGE_PATH, "hub.example",
     SI_AT},
    {"garbage", AIA, "SR", "SL", NOW, "garbage", "SU", NULL, PS_STAGE_PATH, "hub.example", SI_AT},
    {"PEM", AIA, "SR", "SL", NOW, "pem", "SU", NULL, PS_STAGE_PATH, "hub.example", SI_AT},
    {"a byte too many", AIA, "SR", "SL", NOW, "longer", "SU", NULL, PS_STAGE_PATH, "hub.example",
     SI_AT},
    {"another certificate", AIA, "SR", "SL", NOW, "SU", "SU", NULL, PS_STAGE_PATH, "hub.example",
     SI_AT},
    {"the issuer's name, another key", AIA, "SR", "SL", NOW, "SIfake", "SU", NULL, PS_STAGE_PATH,
     "hub.example", SI_AT},
    {"itself", AIA, "SR", "SL", NOW, "SL", "SU", NULL, PS_STAGE_PATH, "hub.example", SI_AT},
    {"the same, out of date", AIA, "SR", "SL SU", NOW, "SIold", "SU", NULL, PS_STAGE_DATES, WHOLE,
     SI_AT},
    /* Dates. */
    {"the sent one is out of date", AIA, "SR", "SL SIold SU", NOW, "SI", "SU", NULL,
     PS_STAGE_ACCEPTED, WHOLE, SI_AT},
    {"it is not yet valid", AIA, "SR", "SL SInew SU", NOW, "SI", "SU", NULL, PS_STAGE_ACCEPTED,
     WHOLE, SI_AT},
    {"it is out of date, and the next one missing", AIA, "SR", "SL SIold", NOW, "SI", "SU", NULL,
     PS_STAGE_ACCEPTED, WHOLE, SU_AT " " SI_AT},
    {"no other is there", AIA, "SR", "SL SIold SU", NOW, "SIold", "SU", NULL, PS_STAGE_DATES, WHOLE,
     SI_AT},
    {"nobody looks for another", "", "SR", "SL SIold SU", NOW, "SI", "SU", NULL, PS_STAGE_DATES,
     WHOLE, ""},
    {"the upper one", AIA, "SR", "SL SI SUold", NOW, "SI", "SU", NULL, PS_STAGE_ACCEPTED, WHOLE,
     SU_AT},
    {"both", AIA, "SR", "SL SIold SUold", NOW, "SI", "SU", NULL, PS_STAGE_ACCEPTED, WHOLE,
     SU_AT " " SI_AT},
    {"nobody looks at their dates", AIA " time.ca_dates=ignore", "SR", "SL SIold SU", NOW, "SI",
     "SU", NULL, PS_STAGE_ACCEPTED, WHOLE, ""},
    {"the leaf is out of date", AIA, "SR", "SLv SI SU", NOW, "SI", "SU", NULL, PS_STAGE_DATES,
     WHOLE, ""},
    {"the anchor is out of date", AIA " chain.partial=yes", "SUold", "SL SI", NOW, "SI", "SU", NULL,
     PS_STAGE_DATES, "hub.example < Status Issuing < Status Upper", ""},
    /* Refused anyway. */
    {"another name", AIA, "SR", "SLevil", NOW, "SI", "SU", NULL, PS_STAGE_PATH, "evil.example", ""},
    {"over a limit", AIA " limits.chain_bytes=300", "SR", "SL", NOW, "SI", "SU", NULL, PS_STAGE_TLS,
     "", ""},
    {"no path is wanted", AIA " chain.engine=none", "", "SL", NOW, "SI", "SU", NULL,
     PS_STAGE_ACCEPTED, "hub.example", ""},
    {"only what is sent is over the limit", AIA " limits.chain_length=1", "SR", "SL", NOW, "SI",
     "SU", NULL, PS_STAGE_ACCEPTED, WHOLE, SI_AT " " SU_AT},
    {"what is found is counted in the path", AIA " chain.max_intermediates=1", "SR", "SL", NOW,
     "SI", "SU", NULL, PS_STAGE_PATH, "hub.example < Status Issuing", SI_AT " " SU_AT},
    /* Kept. */
    {"both are kept", CACHE, "SR", "SL", NOW, "SI", "SU", "SU SI", PS_STAGE_ACCEPTED, WHOLE, ""},
    {"they are kept, and nobody looks", "", "SR", "SL", NOW, NULL, NULL, "SU SI", PS_STAGE_PATH,
     "hub.example", ""},
    {"only one is kept", CACHE, "SR", "SL", NOW, "SI", "SU", "SI", PS_STAGE_PATH,
     "hub.example < Status Issuing", ""},
    {"one is kept, one fetched", BOTH, "SR", "SL", NOW, "SI", "SU", "SI", PS_STAGE_ACCEPTED, WHOLE,
     SU_AT},
    {"a fresh one is kept", CACHE, "SR", "SL SIold SU", NOW, NULL, NULL, "SI", PS_STAGE_ACCEPTED,
     WHOLE, ""},
    {"the old one is kept", CACHE, "SR", "SL SU", NOW, NULL, NULL, "SIold", PS_STAGE_DATES, WHOLE,
     ""},
    {"the old one is kept, and a fresh one fetched", BOTH, "SR", "SL SU", NOW, "SI", "SU", "SIold",
     PS_STAGE_ACCEPTED, WHOLE, SI_AT},
    {"strangers are kept", BOTH, "SR", "SL SI SU", NOW, NULL, NULL, "MI M I Iexp SIfake SIold",
     PS_STAGE_ACCEPTED, WHOLE, ""},
};

START_TEST(issuers_that_were_not_sent)
{
    for (int depth = 0; depth < DEPTHS; depth++) {
        struct publisher publisher = {0};
        struct device device = make_device(rows[_i].settings, rows[_i].anchors);
        device.intermediates = rows[_i].kept;
        struct exchange exchange = {
            .served = rows[_i].served, .now = rows[_i].now, .publisher = &publisher};
        publish_issuer(&publisher, SI_AT, rows[_i].issuing);
        publish_issuer(&publisher, SU_AT, rows[_i].upper);
        publish_issuer(&publisher, SR_AT, "SR");
        struct ps_verdict verdict = depth_verdict((enum depth)depth, &exchange, &device);
        ck_assert_msg(verdict.stage == rows[_i].stage, "%s, %s: %s (%s)", rows[_i].name,
                      depth_names[depth], ps_stage_text(verdict.stage), verdict.reason);
        ck_assert_msg(strncmp(verdict.path, rows[_i].path, strlen(rows[_i].path)) == 0,
                      "%s: path \"%s\"", rows[_i].name, verdict.path);
        ck_assert_msg(strcmp(publisher_asked(&publisher), rows[_i].asked) == 0, "%s: asked \"%s\"",
                      rows[_i].name, publisher_asked(&publisher));
        publisher_deinit(&publisher);
    }
}
END_TEST

/* Every builder takes what was found like something served behind the list, by its own rules. */
static const struct {
    const char *served, *kept;
    bool accepted[PS_BUILDER_COUNT];
} by_builder[] = {
    {"SL", "", {1, 1, 1, 1, 1, 1, 1, 1, 1}},
    {"SL SI", "", {1, 1, 1, 1, 1, 1, 1, 1, 1}},
    /* Who looks only behind what was issued is given the upper one again. */
    {"SL SU", "", {1, 1, 1, 1, 1, 1, 1, 0, 1}},
    /* Who wants everything in order, or valid, or follows the first of a name, is not helped. */
    {"SL SIold SU",
     "",
     {[PS_BUILDER_OPENSSL3] = 1,
      [PS_BUILDER_OPENSSL102] = 1,
      [PS_BUILDER_OPENSSL101] = 1,
      [PS_BUILDER_MBEDTLS] = 1,
      [PS_BUILDER_BACKTRACKING] = 1}},
    {"SL SI SU", "MI SIold SUold", {1, 1, 1, 1, 1, 1, 1, 1, 1}},
};

START_TEST(every_builder)
{
    for (size_t i = 0; i < sizeof by_builder / sizeof by_builder[0]; i++) {
        struct publisher publisher = {0};
        struct device device = make_device(BOTH, "SR");
        device.intermediates = by_builder[i].kept;
        device.strategy.chain.builder = (enum ps_builder)_i;
        struct exchange exchange = {
            .served = by_builder[i].served, .now = NOW, .publisher = &publisher};
        publish_issuer(&publisher, SI_AT, "SI");
        publish_issuer(&publisher, SU_AT, "SU");
        publish_issuer(&publisher, SR_AT, "SR");
        struct ps_verdict verdict = depth_verdict(DEPTH_TLS_1_3, &exchange, &device);
        ck_assert_msg(ps_verdict_accepted(&verdict) == by_builder[i].accepted[_i],
                      "builder %d, %s: %s; asked %s", _i, by_builder[i].served, verdict.reason,
                      publisher_asked(&publisher));
        publisher_deinit(&publisher);
    }
}
END_TEST

/* Pins on what was sent do not see what was found; pins on the path do. */
START_TEST(pins_see_what_was_presented)
{
    static const char *const scopes[] = {"pins.scope=presented", "pins.scope=validated"};
    for (int scope = 0; scope < 2; scope++) {
        struct publisher publisher = {0};
        struct device device = make_device(AIA, "SR");
        device_set(&device.strategy, scopes[scope]);
        device_pin(&device, "spki_sha256 any SI");
        struct exchange exchange = {.served = "SL", .now = NOW, .publisher = &publisher};
        publish_issuer(&publisher, SI_AT, "SI");
        publish_issuer(&publisher, SU_AT, "SU");
        struct ps_verdict verdict = depth_verdict(DEPTH_TLS_1_3, &exchange, &device);
        ck_assert_int_eq(verdict.stage, scope == 0 ? PS_STAGE_PINS : PS_STAGE_ACCEPTED);
        publisher_deinit(&publisher);
    }
}
END_TEST

/* First the path, then whether something on it was revoked: one after the other, in one contact. */
START_TEST(issuers_and_their_status)
{
    for (int depth = 0; depth < DEPTHS; depth++) {
        struct publisher publisher = {0};
        struct ps_buffer answer = {0};
        const struct mint_ocsp how = {.about = "SI",
                                      .issuer = "SU",
                                      .status = 1, /* revoked */
                                      .from = "2021-10-01",
                                      .until = "2021-10-08"};
        struct device device =
            make_device(AIA " revocation.mode=ocsp revocation.scope=chain", "SR");
        struct exchange exchange = {.served = "SL", .now = NOW, .publisher = &publisher};
        mint_ocsp(&how, &answer);
        publish_issuer(&publisher, SI_AT, "SI");
        publish_issuer(&publisher, SU_AT, "SU");
        publish(&publisher, "http://status.example/ocsp/upper",
                (struct ps_bytes){answer.data, answer.size});
        struct ps_verdict verdict = depth_verdict((enum depth)depth, &exchange, &device);
        ck_assert_int_eq(verdict.stage, PS_STAGE_REVOCATION);
        ck_assert_str_eq(verdict.reason, "certificate revoked: Status Issuing");
        ck_assert_int_eq(verdict.depth, 1);
        ck_assert_str_eq(verdict.path, WHOLE);
        ck_assert_str_eq(publisher_asked(&publisher),
                         SI_AT " " SU_AT " http://status.example/ocsp/issuing "
                               "http://status.example/ocsp/upper");
        publisher_deinit(&publisher);
        ps_buffer_deinit(&answer);
    }
}
END_TEST

/* A certificate may name more than one place; what cannot be fetched from is passed over. */
START_TEST(more_than_one_place)
{
    struct publisher publisher = {0};
    struct device device = make_device(AIA, "SR");
    struct exchange exchange = {.served = "SLy SU", .now = NOW, .publisher = &publisher};
    publish_issuer(&publisher, "http://one.example/issuer", "SU");
    publish_issuer(&publisher, "http://two.example/issuer", "SI");
    struct ps_verdict verdict = depth_verdict(DEPTH_TLS_1_3, &exchange, &device);
    ck_assert_msg(ps_verdict_accepted(&verdict), "%s", verdict.reason);
    ck_assert_str_eq(publisher_asked(&publisher),
                     "http://one.example/issuer http://two.example/issuer");
    publisher_deinit(&publisher);
}
END_TEST

START_TEST(so_many_and_no_more)
{
    struct ps_device_stack *stack = NULL;
    struct ps_error err = {0};
    ck_assert(ps_is_ok(ps_device_stack_new(&stack, &err)));
    struct device device = make_device(CACHE, "SR");
    device.intermediates = "SI";
    struct ps_trust *trust = device_trust(&device, stack);
    const struct ps_build_input input = {.strategy = &device.strategy};
    const struct ps_built built = {.path = {mint_named("SL")->certificate},
                                   .count = 1,
                                   .error = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY};
    for (size_t found = PS_ISSUERS_FOUND_MAX - 1; found <= PS_ISSUERS_FOUND_MAX; found++) {
        struct ps_candidates candidates;
        STACK_OF(X509) *served = sk_X509_new_null();
        for (size_t i = 0; i <= found; i++)
            sk_X509_push(served, mint_named("SL")->certificate);
        ps_candidates_init(&candidates, served);
        candidates.found = found;
        ck_assert_int_eq(ps_candidates_extend(&candidates, trust, &input, &built, NULL),
                         found < PS_ISSUERS_FOUND_MAX ? PS_ISSUERS_ADDED : PS_ISSUERS_NONE);
        ps_candidates_deinit(&candidates);
        sk_X509_free(served);
    }
    ps_trust_free(trust);
    ps_device_stack_free(stack);
}
END_TEST

/* The judge has no way to fetch, but what is kept counts, and the days on which that ends. */
START_TEST(the_judge_uses_what_is_kept)
{
    struct ps_device_stack *stack = NULL;
    struct ps_error err = {0};
    ck_assert(ps_is_ok(ps_device_stack_new(&stack, &err)));
    const struct mint *names[MINT_LIST_MAX];
    struct ps_bytes kept[2], anchor = mint_named("SR")->der, served = mint_named("SL")->der,
                             revoked = mint_named("SLx")->der;
    for (size_t i = 0; i < mint_list("SIold SU", names); i++)
        kept[i] = names[i]->der;
    struct ps_strategy strategy = device_strategy();
    device_set(&strategy, BOTH " revocation.mode=pushed_set revocation.on_unavailable=hard "
                               "revocation.max_age=30d");
    const struct ps_judge_options options = {
        .trust = {.strategy = &strategy,
                  .anchors = &anchor,
                  .anchor_count = 1,
                  .pins_end = PS_TIME_NEVER,
                  .intermediates = kept,
                  .intermediate_count = 2,
                  .revoked = &revoked,
                  .revoked_count = 1,
                  .revoked_from = mint_time("2021-08-01")},
        .served = &served,
        .served_count = 1,
        .host = MINT_HOST,
    };
    struct ps_judge *judge = NULL;
    struct ps_verdict_span *spans = NULL;
    ck_assert(ps_is_ok(ps_judge_new(stack, &options, &judge, &err)));
    size_t count = ps_judge_timeline(judge, &spans);
    ck_assert_uint_eq(count, 5);
    static const struct {
        const char *until;
        enum ps_stage stage;
    } expect[] = {{"2009-12-31T23:59:59Z", PS_STAGE_DATES},
                  {"2021-08-31T00:00:00Z", PS_STAGE_ACCEPTED},
                  {"2021-09-14T23:59:59Z", PS_STAGE_REVOCATION},
                  {"2069-12-31T23:59:59Z", PS_STAGE_DATES}};
    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(spans[i].until.s, mint_time(expect[i].until).s);
        ck_assert_int_eq(spans[i].verdict.stage, expect[i].stage);
    }
    free(spans);
    ps_judge_free(judge);
    ps_device_stack_free(stack);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

int main(void)
{
    Suite *suite = suite_create("issuers");
    TCase *tests = tcase_create("issuers");
    tcase_set_timeout(tests, 120);
    tcase_add_unchecked_fixture(tests, mint_setup, mint_teardown);
    tcase_add_loop_test(tests, issuers_that_were_not_sent, 0, ROWS(rows));
    tcase_add_loop_test(tests, every_builder, 0, PS_BUILDER_COUNT);
    tcase_add_test(tests, pins_see_what_was_presented);
    tcase_add_test(tests, issuers_and_their_status);
    tcase_add_test(tests, more_than_one_place);
    tcase_add_test(tests, so_many_and_no_more);
    tcase_add_test(tests, the_judge_uses_what_is_kept);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
