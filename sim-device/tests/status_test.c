/* SPDX-License-Identifier: Apache-2.0
 *
 * What one OCSP answer or one CRL is worth. Every device here is hard: what does not count refuses,
 * and says why. The simulated days lie far before and behind the host's own.
 */
#include <check.h>
#include <openssl/ocsp.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include "depth.h"
#include "mint_status.h"
#include "ocsp.h"

static struct ps_bytes bytes_of(const struct ps_buffer *buffer)
{
    return (struct ps_bytes){buffer->data, buffer->size};
}

#define NO_DATES "time.leaf_dates=ignore time.ca_dates=ignore time.anchor_dates=ignore"

/* About SL, by SI, from the 1st to the 8th of October 2021, unless the row says otherwise. */
#define ANSWER .about = "SL", .issuer = "SI"
#define WEEK   .from = "2021-10-01", .until = "2021-10-08"

static const struct {
    const char *name, *now, *settings;
    struct mint_ocsp how;
    int error;
    const char *reason; /* before ": hub.example"; NULL: it counts, and says good */
} answers[] = {
    {"good", "2021-10-05", "", {ANSWER, WEEK}, 0, NULL},
    {"revoked",
     "2021-10-05",
     "",
     {ANSWER, WEEK, .status = V_OCSP_CERTSTATUS_REVOKED},
     X509_V_ERR_CERT_REVOKED,
     "certificate revoked"},
    {"unknown",
     "2021-10-05",
     "",
     {ANSWER, WEEK, .status = V_OCSP_CERTSTATUS_UNKNOWN},
     X509_V_ERR_OCSP_CERT_UNKNOWN,
     "the OCSP responder does not know it"},
    {"an error instead",
     "2021-10-05",
     "",
     {ANSWER, WEEK, .error = OCSP_RESPONSE_STATUS_TRYLATER},
     X509_V_ERR_OCSP_VERIFY_FAILED,
     "the OCSP responder answered with an error"},
    /* Who signed. */
    {"named by key", "2021-10-05", "", {ANSWER, WEEK, .by_key = true}, 0, NULL},
    {"another's name",
     "2021-10-05",
     "",
     {ANSWER, WEEK, .signer = "Thief"},
     X509_V_ERR_OCSP_VERIFY_FAILED,
     "the OCSP answer is of somebody else"},
    {"another's name, that one sent along",
     "2021-10-05",
     "",
     {ANSWER, WEEK, .signer = "Thief", .signer_sent = true},
     X509_V_ERR_OCSP_VERIFY_FAILED,
     "the OCSP answer is of somebody else"},
    {"another's key",
     "2021-10-05",
     "",
     {ANSWER, WEEK, .signer = "Thief", .by_key = true},
     X509_V_ERR_OCSP_VERIFY_FAILED,
     "the OCSP answer is of somebody else"},
    {"the issuer's name, another key",
     "2021-10-05",
     "",
     {ANSWER, WEEK, .signer = "SIfake"},
     X509_V_ERR_OCSP_VERIFY_FAILED,
     "the OCSP answer's signature is wrong"},
    {"the same, the fake sent along",
     "2021-10-05",
     "",
     {ANSWER, WEEK, .signer = "SIfake", .signer_sent = true},
     X509_V_ERR_OCSP_VERIFY_FAILED,
     "the OCSP answer's signature is wrong"},
    {"a responder that the issuer delegated to",
     "2021-10-05",
     "",
     {ANSWER, WEEK, .signer = "SD", .signer_sent = true},
     X509_V_ERR_OCSP_VERIFY_FAILED,
     "the OCSP answer is of somebody else"},
    {"the issuer's issuer",
     "2021-10-05",
     "",
     {ANSWER, WEEK, .signer = "SU"},
     X509_V_ERR_OCSP_VERIFY_FAILED,
     "the OCSP answer is of somebody else"},
    {"a hash that the device does not know",
     "2021-10-05",
     "limits.hashes=sha256",
     {ANSWER, WEEK, .sha384_signature = true},
     X509_V_ERR_OCSP_VERIFY_FAILED,
     "the OCSP answer's signature cannot be verified"},
    {"one that it knows",
     "2021-10-05",
     "limits.hashes=sha256,sha384",
     {ANSWER, WEEK, .sha384_signature = true},
     0,
     NULL},
    /* Whom it is about. */
    {"identified with SHA-256", "2021-10-05", "", {ANSWER, WEEK, .sha256_id = true}, 0, NULL},
    {"another number",
     "2021-10-05",
     "",
     {WEEK, .about = "SLx", .issuer = "SI"},
     X509_V_ERR_OCSP_VERIFY_FAILED,
     "the OCSP answer is about another certificate"},
    {"another issuer's key",
     "2021-10-05",
     "",
     {WEEK, .about = "SL", .issuer = "SIfake", .signer = "SI"},
     X509_V_ERR_OCSP_VERIFY_FAILED,
     "the OCSP answer is about another certificate"},
    {"the second of two is revoked",
     "2021-10-05",
     "",
     {ANSWER, WEEK, .about_first = "SLx", .status = V_OCSP_CERTSTATUS_REVOKED},
     X509_V_ERR_CERT_REVOKED,
     "certificate revoked"},
    /* Extensions. */
    {"something critical",
     "2021-10-05",
     "",
     {ANSWER, WEEK, .critical = true},
     X509_V_ERR_OCSP_VERIFY_FAILED,
     "the OCSP answer has a critical extension"},
    {"something critical about it",
     "2021-10-05",
     "",
     {ANSWER, WEEK, .critical_single = true},
     X509_V_ERR_OCSP_VERIFY_FAILED,
     "the OCSP answer has a critical extension"},
    /* When. Both ends count as inside. */
    {"its first second", "2021-10-01", "", {ANSWER, WEEK}, 0, NULL},
    {"the second before",
     "2021-09-30T23:59:59Z",
     "",
     {ANSWER, WEEK},
     X509_V_ERR_OCSP_VERIFY_FAILED,
     "the OCSP answer is not yet valid"},
    {"its last second", "2021-10-08", "", {ANSWER, WEEK}, 0, NULL},
    {"the second behind",
     "2021-10-08T00:00:01Z",
     "",
     {ANSWER, WEEK},
     X509_V_ERR_OCSP_VERIFY_FAILED,
     "the OCSP answer has expired"},
    {"it does not end", "2061-10-08", "", {ANSWER, .from = "2021-10-01"}, 0, NULL},
    {"it does not end, but its age counts",
     "2061-10-08",
     "revocation.max_age=7d",
     {ANSWER, .from = "2021-10-01"},
     X509_V_ERR_OCSP_VERIFY_FAILED,
     "the OCSP answer is too old"},
    {"just young enough", "2021-10-04", "revocation.max_age=3d", {ANSWER, WEEK}, 0, NULL},
    {"a second too old",
     "2021-10-04T00:00:01Z",
     "revocation.max_age=3d",
     {ANSWER, WEEK},
     X509_V_ERR_OCSP_VERIFY_FAILED,
     "the OCSP answer is too old"},
    {"its end counts, whatever its age may be",
     "2021-10-09",
     "revocation.max_age=30d",
     {ANSWER, WEEK},
     X509_V_ERR_OCSP_VERIFY_FAILED,
     "the OCSP answer has expired"},
    {"revoked, but too old to count",
     "2021-10-09",
     "",
     {ANSWER, WEEK, .status = V_OCSP_CERTSTATUS_REVOKED},
     X509_V_ERR_OCSP_VERIFY_FAILED,
     "the OCSP answer has expired"},
    {"no dates are looked at", "2041-10-04", NO_DATES, {ANSWER, WEEK}, 0, NULL},
    {"no dates, and so no age",
     "2041-10-04",
     NO_DATES " revocation.max_age=3d",
     {ANSWER, WEEK},
     0,
     NULL},
    {"some dates are looked at",
     "2041-10-04",
     "time.leaf_dates=ignore time.ca_dates=ignore",
     {ANSWER, WEEK},
     X509_V_ERR_OCSP_VERIFY_FAILED,
     "the OCSP answer has expired"},
    /* Days that are far from the host's own: whoever asks the host's clock says otherwise. */
    {"in 2012", "2012-06-05", "", {ANSWER, .from = "2012-06-01", .until = "2012-06-08"}, 0, NULL},
    {"in 2060", "2060-06-05", "", {ANSWER, .from = "2060-06-01", .until = "2060-06-08"}, 0, NULL},
    {"until 2060, asked in 2061",
     "2061-06-05",
     "",
     {ANSWER, .from = "2020-06-01", .until = "2060-06-08"},
     X509_V_ERR_OCSP_VERIFY_FAILED,
     "the OCSP answer has expired"},
    {"from 2012, asked in 2011",
     "2011-06-05",
     "",
     {ANSWER, .from = "2012-06-01", .until = "2060-06-08"},
     X509_V_ERR_OCSP_VERIFY_FAILED,
     "the OCSP answer is not yet valid"},
};

static struct device hard_device(const char *mode, const char *settings)
{
    struct device device = {.strategy = device_strategy(), .anchors = "SR"};
    char first[80];
    snprintf(first, sizeof first, "revocation.mode=%s revocation.on_unavailable=hard", mode);
    device_set(&device.strategy, first);
    device_set(&device.strategy, settings);
    return device;
}

static void check_verdict(const struct ps_verdict *verdict, const char *name, int error,
                          const char *reason)
{
    char wanted[PS_VERDICT_REASON_MAX] = "";
    if (reason)
        snprintf(wanted, sizeof wanted, "%s: hub.example", reason);
    ck_assert_msg(strcmp(verdict->reason, wanted) == 0, "%s: \"%s\"", name, verdict->reason);
    ck_assert_msg(verdict->stage == (reason ? PS_STAGE_REVOCATION : PS_STAGE_ACCEPTED), "%s: %s",
                  name, ps_stage_text(verdict->stage));
    ck_assert_msg(verdict->error == error, "%s: error %d", name, verdict->error);
}

/* Fetched and stapled, an answer is worth the same. */
START_TEST(ocsp_answers)
{
    struct ps_buffer answer = {0};
    mint_ocsp(&answers[_i].how, &answer);
    for (int depth = 0; depth < DEPTHS; depth++) {
        struct publisher publisher = {0};
        struct exchange exchange = {
            .served = "SL SI SU", .now = answers[_i].now, .publisher = &publisher};
        struct device device = hard_device("ocsp", answers[_i].settings);
        publish(&publisher, "http://status.example/ocsp/issuing", bytes_of(&answer));
        struct ps_verdict verdict = depth_verdict((enum depth)depth, &exchange, &device);
        check_verdict(&verdict, answers[_i].name, answers[_i].error, answers[_i].reason);
        publisher_deinit(&publisher);
        device = hard_device("staple", answers[_i].settings);
        exchange.staple = bytes_of(&answer);
        exchange.publisher = NULL;
        verdict = depth_verdict((enum depth)depth, &exchange, &device);
        check_verdict(&verdict, answers[_i].name, answers[_i].error, answers[_i].reason);
    }
    ps_buffer_deinit(&answer);
}
END_TEST

#define LISTED .issuer = "SI"

static const struct {
    const char *name, *now, *settings, *served;
    struct mint_crl how;
    int error;
    const char *reason;
} lists[] = {
    {"empty", "2021-10-05", "", "SL SI SU", {LISTED, WEEK}, 0, NULL},
    {"in it",
     "2021-10-05",
     "",
     "SL SI SU",
     {LISTED, WEEK, .revoked = "SLx SL"},
     X509_V_ERR_CERT_REVOKED,
     "certificate revoked"},
    {"others are in it",
     "2021-10-05",
     "",
     "SL SI SU",
     {LISTED, WEEK, .revoked = "SLx SLm"},
     0,
     NULL},
    {"an entry that says removed",
     "2021-10-05",
     "",
     "SL SI SU",
     {LISTED, WEEK, .revoked = "SL", .fault = MINT_CRL_TOOK_BACK},
     0,
     NULL},
    /* Who signed. */
    {"another's name",
     "2021-10-05",
     "",
     "SL SI SU",
     {WEEK, .issuer = "SU"},
     X509_V_ERR_UNABLE_TO_GET_CRL,
     "the CRL is of somebody else"},
    {"another's key",
     "2021-10-05",
     "",
     "SL SI SU",
     {LISTED, WEEK, .signer = "SIfake"},
     X509_V_ERR_CRL_SIGNATURE_FAILURE,
     "the CRL's signature is wrong"},
    {"an issuer that may not sign lists",
     "2021-10-05",
     "",
     "SL SIc SU",
     {LISTED, WEEK},
     X509_V_ERR_KEYUSAGE_NO_CRL_SIGN,
     "the issuer may not sign CRLs"},
    {"an issuer that may do everything", "2021-10-05", "", "SL SIk SU", {LISTED, WEEK}, 0, NULL},
    {"a hash that the device does not know",
     "2021-10-05",
     "limits.hashes=sha256",
     "SL SI SU",
     {LISTED, WEEK, .sha384 = true},
     X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE,
     "the CRL's signature cannot be verified"},
    {"one that it knows",
     "2021-10-05",
     "limits.hashes=sha256,sha384",
     "SL SI SU",
     {LISTED, WEEK, .sha384 = true},
     0,
     NULL},
    /* What it is about. */
    {"something critical",
     "2021-10-05",
     "",
     "SL SI SU",
     {LISTED, WEEK, .fault = MINT_CRL_CRITICAL},
     X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION,
     "the CRL has an unknown critical extension"},
    {"something critical in an entry",
     "2021-10-05",
     "",
     "SL SI SU",
     {LISTED, WEEK, .revoked = "SLx", .fault = MINT_CRL_CRITICAL_ENTRY},
     X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION,
     "the CRL has an unknown critical extension"},
    {"changes since another list",
     "2021-10-05",
     "",
     "SL SI SU",
     {LISTED, WEEK, .fault = MINT_CRL_DELTA},
     X509_V_ERR_DIFFERENT_CRL_SCOPE,
     "the CRL is about other certificates"},
    {"of leaves",
     "2021-10-05",
     "",
     "SL SI SU",
     {LISTED, WEEK, .scope = "critical,onlyuser:TRUE"},
     0,
     NULL},
    {"of CAs",
     "2021-10-05",
     "",
     "SL SI SU",
     {LISTED, WEEK, .scope = "critical,onlyCA:TRUE"},
     X509_V_ERR_DIFFERENT_CRL_SCOPE,
     "the CRL is about other certificates"},
    {"of many issuers",
     "2021-10-05",
     "",
     "SL SI SU",
     {LISTED, WEEK, .scope = "critical,indirectCRL:TRUE"},
     X509_V_ERR_DIFFERENT_CRL_SCOPE,
     "the CRL is about other certificates"},
    {"for some reasons",
     "2021-10-05",
     "",
     "SL SI SU",
     {LISTED, WEEK, .scope = "critical,onlysomereasons:keyCompromise"},
     X509_V_ERR_DIFFERENT_CRL_SCOPE,
     "the CRL is about other certificates"},
    {"of this place",
     "2021-10-05",
     "",
     "SL SI SU",
     {LISTED, WEEK, .scope = "critical,fullname:URI:http://status.example/crl/issuing"},
     0,
     NULL},
    {"of another place",
     "2021-10-05",
     "",
     "SL SI SU",
     {LISTED, WEEK, .scope = "critical,fullname:URI:http://status.example/crl/issuers"},
     X509_V_ERR_DIFFERENT_CRL_SCOPE,
     "the CRL is about other certificates"},
    {"of a place without a URL",
     "2021-10-05",
     "",
     "SL SI SU",
     {LISTED, WEEK, .scope = "critical,fullname:DNS:status.example"},
     X509_V_ERR_DIFFERENT_CRL_SCOPE,
     "the CRL is about other certificates"},
    /* When. */
    {"its first second", "2021-10-01", "", "SL SI SU", {LISTED, WEEK}, 0, NULL},
    {"the second before",
     "2021-09-30T23:59:59Z",
     "",
     "SL SI SU",
     {LISTED, WEEK},
     X509_V_ERR_CRL_NOT_YET_VALID,
     "the CRL is not yet valid"},
    {"its last second", "2021-10-08", "", "SL SI SU", {LISTED, WEEK}, 0, NULL},
    {"the second behind",
     "2021-10-08T00:00:01Z",
     "",
     "SL SI SU",
     {LISTED, WEEK},
     X509_V_ERR_CRL_HAS_EXPIRED,
     "the CRL has expired"},
    {"it does not end", "2060-10-08", "", "SL SI SU", {LISTED, .from = "2021-10-01"}, 0, NULL},
    {"just young enough",
     "2021-10-04",
     "revocation.max_age=3d",
     "SL SI SU",
     {LISTED, WEEK},
     0,
     NULL},
    {"a second too old",
     "2021-10-04T00:00:01Z",
     "revocation.max_age=3d",
     "SL SI SU",
     {LISTED, WEEK},
     X509_V_ERR_CRL_HAS_EXPIRED,
     "the CRL is too old"},
    {"no dates are looked at", "2041-10-04", NO_DATES, "SL SI SU", {LISTED, WEEK}, 0, NULL},
    {"in 2012",
     "2012-06-05",
     "",
     "SL SI SU",
     {LISTED, .from = "2012-06-01", .until = "2012-06-08"},
     0,
     NULL},
    {"in 2060",
     "2060-06-05",
     "",
     "SL SI SU",
     {LISTED, .from = "2060-06-01", .until = "2060-06-08"},
     0,
     NULL},
};

START_TEST(lists_of_the_revoked)
{
    struct ps_buffer list = {0};
    mint_crl(&lists[_i].how, &list);
    for (int depth = 0; depth < DEPTHS; depth++) {
        struct publisher publisher = {0};
        struct exchange exchange = {
            .served = lists[_i].served, .now = lists[_i].now, .publisher = &publisher};
        struct device device = hard_device("crl", lists[_i].settings);
        publish(&publisher, "http://status.example/crl/issuing", bytes_of(&list));
        struct ps_verdict verdict = depth_verdict((enum depth)depth, &exchange, &device);
        check_verdict(&verdict, lists[_i].name, lists[_i].error, lists[_i].reason);
        publisher_deinit(&publisher);
    }
    ps_buffer_deinit(&list);
}
END_TEST

/* A list of CAs is about an intermediate, a list of leaves is not. */
START_TEST(lists_of_one_kind_for_an_intermediate)
{
    static const char *const kinds[] = {"critical,onlyCA:TRUE", "critical,onlyuser:TRUE"};
    for (int kind = 0; kind < 2; kind++) {
        struct ps_buffer leaf = {0}, upper = {0}, root = {0};
        struct publisher publisher = {0};
        mint_crl(&(struct mint_crl){LISTED, WEEK}, &leaf);
        mint_crl(&(struct mint_crl){WEEK, .issuer = "SU", .scope = kinds[kind]}, &upper);
        mint_crl(&(struct mint_crl){WEEK, .issuer = "SR"}, &root);
        publish(&publisher, "http://status.example/crl/issuing", bytes_of(&leaf));
        publish(&publisher, "http://status.example/crl/upper", bytes_of(&upper));
        publish(&publisher, "http://status.example/crl/root", bytes_of(&root));
        struct device device = hard_device("crl", "revocation.scope=chain");
        struct exchange exchange = {
            .served = "SL SI SU", .now = "2021-10-05", .publisher = &publisher};
        struct ps_verdict verdict = depth_verdict(DEPTH_TLS_1_3, &exchange, &device);
        ck_assert_int_eq(verdict.stage, kind == 0 ? PS_STAGE_ACCEPTED : PS_STAGE_REVOCATION);
        ck_assert_str_eq(verdict.reason,
                         kind == 0 ? "" : "the CRL is about other certificates: Status Issuing");
        publisher_deinit(&publisher);
        ps_buffer_deinit(&leaf);
        ps_buffer_deinit(&upper);
        ps_buffer_deinit(&root);
    }
}
END_TEST

/* Every byte of a good answer or list, changed, and everything left out at its end: never good, and
 * never a crash. What still counts says what it said. */
enum damaged { DAMAGED_OCSP, DAMAGED_CRL };

START_TEST(damage)
{
    struct ps_buffer whole = {0};
    const struct mint_ocsp answer = {ANSWER, WEEK};
    const struct mint_crl list = {LISTED, WEEK};
    if (_i == DAMAGED_OCSP)
        mint_ocsp(&answer, &whole);
    else
        mint_crl(&list, &whole);
    struct device device = hard_device(_i == DAMAGED_OCSP ? "ocsp" : "crl", "");
    const char *url = _i == DAMAGED_OCSP ? "http://status.example/ocsp/issuing"
                                         : "http://status.example/crl/issuing";
    size_t good = 0;
    for (size_t at = 0; at < 2 * whole.size + 1; at++) {
        struct publisher publisher = {0};
        struct ps_buffer damaged = {0};
        ps_buffer_append(&damaged, whole.data, whole.size);
        if (at < whole.size)
            damaged.data[at] ^= 1;
        else if (at < 2 * whole.size)
            damaged.size = at - whole.size;
        else
            ps_buffer_append(&damaged, "", 1);
        publish(&publisher, url, bytes_of(&damaged));
        struct exchange exchange = {
            .served = "SL SI SU", .now = "2021-10-05", .publisher = &publisher};
        struct ps_verdict verdict = depth_verdict(DEPTH_ALONE, &exchange, &device);
        good += ps_verdict_accepted(&verdict);
        publisher_deinit(&publisher);
        ps_buffer_deinit(&damaged);
    }
    ck_assert_msg(good == 0, "%zu of %zu were good", good, 2 * whole.size + 1);
    ps_buffer_deinit(&whole);
}
END_TEST

START_TEST(the_question_has_no_nonce)
{
    struct ps_buffer requests[2] = {0};
    for (size_t i = 0; i < 2; i++)
        ps_ocsp_request(mint_named("SL")->certificate, mint_named("SI")->certificate, &requests[i]);
    ck_assert_uint_eq(requests[0].size, requests[1].size);
    ck_assert_mem_eq(requests[0].data, requests[1].data, requests[0].size);
    const unsigned char *at = requests[0].data;
    OCSP_REQUEST *request = d2i_OCSP_REQUEST(NULL, &at, (long)requests[0].size);
    ck_assert_ptr_nonnull(request);
    ck_assert_ptr_eq(at, requests[0].data + requests[0].size);
    ck_assert_int_eq(OCSP_request_onereq_count(request), 1);
    ck_assert_int_eq(OCSP_REQUEST_get_ext_count(request), 0);
    ck_assert_int_eq(OCSP_request_is_signed(request), 0);
    OCSP_CERTID *wanted =
        OCSP_cert_to_id(NULL, mint_named("SL")->certificate, mint_named("SI")->certificate);
    ck_assert_int_eq(OCSP_id_cmp(OCSP_onereq_get0_id(OCSP_request_onereq_get0(request, 0)), wanted),
                     0);
    OCSP_CERTID_free(wanted);
    OCSP_REQUEST_free(request);
    ps_buffer_deinit(&requests[0]);
    ps_buffer_deinit(&requests[1]);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

int main(void)
{
    Suite *suite = suite_create("status");
    TCase *tests = tcase_create("status");
    tcase_set_timeout(tests, 120);
    tcase_add_unchecked_fixture(tests, mint_setup, mint_teardown);
    tcase_add_loop_test(tests, ocsp_answers, 0, ROWS(answers));
    tcase_add_loop_test(tests, lists_of_the_revoked, 0, ROWS(lists));
    tcase_add_test(tests, lists_of_one_kind_for_an_intermediate);
    tcase_add_loop_test(tests, damage, 0, 2);
    tcase_add_test(tests, the_question_has_no_nonce);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
