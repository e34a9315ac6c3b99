/* SPDX-License-Identifier: Apache-2.0
 *
 * What a contact says that it read besides the certificates: what arrived, and what was made of it.
 * The expected words are of what is published here, not of the verdict.
 */
#include <check.h>
#include <openssl/ocsp.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include "mint_status.h"
#include "peer.h"

#define NOW     "2021-10-05"
#define OCSP_SL "http://status.example/ocsp/issuing"
#define OCSP_SI "http://status.example/ocsp/upper"
#define CRL_SL  "http://status.example/crl/issuing"
#define SI_AT   "http://status.example/issuer/issuing"
#define SU_AT   "http://status.example/issuer/upper"
#define FOREVER "(2010-01-01 to 2070-01-01)"
#define WEEK    "2021-10-01 to 2021-10-08"

/* A body: "ocsp good", "ocsp revoked", "ocsp stale", "ocsp thief", "ocsp later", "ocsp endless",
 * "crl SLx", "cert SI", "garbage". */
static void make_body(const char *what, struct ps_buffer *ret_body)
{
    const char *how = strchr(what, ' ');
    how = how ? how + 1 : "";
    if (strncmp(what, "ocsp", 4) == 0) {
        const struct mint_ocsp ocsp = {
            .about = "SL",
            .issuer = "SI",
            .signer = strcmp(how, "thief") == 0 ? "Thief" : NULL,
            .status = strcmp(how, "revoked") == 0 ? V_OCSP_CERTSTATUS_REVOKED : 0,
            .error = strcmp(how, "later") == 0 ? OCSP_RESPONSE_STATUS_TRYLATER : 0,
            .from = "2021-10-01",
            .until = strcmp(how, "stale") == 0     ? "2021-10-04T12:00:00Z"
                     : strcmp(how, "endless") == 0 ? NULL
                                                   : "2021-10-08"};
        mint_ocsp(&ocsp, ret_body);
    } else if (strncmp(what, "crl", 3) == 0) {
        const struct mint_crl crl = {
            .revoked = how, .issuer = "SI", .from = "2021-10-01", .until = "2021-10-08"};
        mint_crl(&crl, ret_body);
    } else if (strncmp(what, "cert", 4) == 0) {
        ps_buffer_append(ret_body, mint_named(how)->der.data, mint_named(how)->der.size);
    } else {
        ps_buffer_append(ret_body, what, strlen(what));
    }
}

static const struct row {
    const char *name, *settings, *served;
    const char *staple; /* a body; NULL: none */
    struct {
        const char *url, *what; /* a body, or a whole answer that begins with HTTP */
    } published[3];
    const char *record; /* of DNS; NULL: none */
    const char *revoked, *revoked_from, *kept;
    const char *says;     /* all of it */
    const char *says_1_2; /* in TLS 1.2; NULL: the same */
} rows[] = {
    {"nobody asks", "", "SL SI SU", "ocsp good", .says = ""},
    {"a staple", "revocation.mode=ocsp", "SL SI SU", "ocsp good",
     .says = "stapled\tgood, " WEEK ": it counts\n"},
    {"a staple that is all there may be", "revocation.mode=staple", "SL SI SU", "ocsp endless",
     .says = "stapled\tgood, 2021-10-01 to no end: it counts\n"},
    {"no staple", "revocation.mode=staple", "SL SI SU", .says = "stapled\tnothing\n"},
    {"a staple of somebody who is revoked", "revocation.mode=must_staple", "SL SI SU",
     "ocsp revoked", .says = "stapled\trevoked on 2021-01-01, " WEEK ": certificate revoked\n"},
    {"a staple nobody came to look at", "revocation.mode=staple identity.hostname=san", "Levil I",
     "ocsp good", .says = "stapled\tgood, " WEEK ": not looked at\n",
     .says_1_2 = "stapled\trefused before it could come\n"},
    {"a staple of old, and a responder", "revocation.mode=ocsp", "SL SI SU", "ocsp stale",
     .published = {{OCSP_SL, "ocsp good"}},
     .says = "stapled\tgood, 2021-10-01 to 2021-10-04T12:00:00Z: the OCSP answer has expired\n"
             "fetched\t" OCSP_SL ": good, " WEEK ": it counts\n"},
    {"somebody else's answer", "revocation.mode=ocsp", "SL SI SU",
     .published = {{OCSP_SL, "ocsp thief"}},
     .says = "stapled\tnothing\n"
             "fetched\t" OCSP_SL ": good, " WEEK ": the OCSP answer is of somebody else\n"},
    {"a responder that will not", "revocation.mode=ocsp", "SL SI SU",
     .published = {{OCSP_SL, "ocsp later"}},
     .says = "stapled\tnothing\n"
             "fetched\t" OCSP_SL ": \"trylater\": the OCSP responder answered with an error\n"},
    {"a responder that is no responder", "revocation.mode=ocsp", "SL SI SU",
     .published = {{OCSP_SL, "garbage"}},
     .says = "stapled\tnothing\n"
             "fetched\t" OCSP_SL ": no OCSP answer, 7 bytes: the OCSP answer is malformed\n"},
    {"a responder that is not there", "revocation.mode=ocsp", "SL SI SU",
     .says = "stapled\tnothing\nfetched\t" OCSP_SL ": no answer\n"},
    {"a server that has no responder", "revocation.mode=ocsp", "SL SI SU",
     .published = {{OCSP_SL, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"}},
     .says = "stapled\tnothing\nfetched\t" OCSP_SL ": HTTP 404\n"},
    {"an answer that breaks off", "revocation.mode=ocsp", "SL SI SU",
     .published = {{OCSP_SL, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"}},
     .says = "stapled\tnothing\nfetched\t" OCSP_SL ": cut off after 42 bytes\n"},
    {"what is no HTTP", "revocation.mode=ocsp", "SL SI SU",
     .published = {{OCSP_SL, "HTTP is not for me\r\n\r\n"}},
     .says = "stapled\tnothing\nfetched\t" OCSP_SL ": the answer is not HTTP\n"},
    {"one after the other", "revocation.mode=ocsp revocation.scope=chain", "SL SI SU", "ocsp good",
     .published = {{OCSP_SI, "ocsp good"}},
     .says = "stapled\tgood, " WEEK ": it counts\n"
             "fetched\t" OCSP_SI ": good, " WEEK ": the OCSP answer is of somebody else\n"
             "fetched\thttp://status.example/ocsp/root: no answer\n"},
    {"a list", "revocation.mode=crl", "SL SI SU", .published = {{CRL_SL, "crl SLx SLm"}},
     .says = "fetched\t" CRL_SL ": CRL with 2 revoked, " WEEK ": it counts\n"},
    {"a list with it", "revocation.mode=crl", "SL SI SU", .published = {{CRL_SL, "crl SL"}},
     .says = "fetched\t" CRL_SL ": CRL with 1 revoked, " WEEK ": certificate revoked\n"},
    {"issuers", "intermediates.aia=yes", "SL",
     .published = {{SI_AT, "cert SI"}, {SU_AT, "cert SU"}},
     .says = "fetched\t" SI_AT ": Status Issuing " FOREVER ": it fits\n"
             "fetched\t" SU_AT ": Status Upper " FOREVER ": it fits\n"},
    {"another issuer", "intermediates.aia=yes", "SL", .published = {{SI_AT, "cert SU"}},
     .says = "fetched\t" SI_AT ": Status Upper " FOREVER ": of no use\n"},
    {"no issuer", "intermediates.aia=yes", "SL", .published = {{SI_AT, "garbage"}},
     .says = "fetched\t" SI_AT ": neither CRL nor certificate, 7 bytes: of no use\n"},
    {"issuers from before", "intermediates.cache=yes", "SL", .kept = "SI SU",
     .says = "kept\tStatus Issuing " FOREVER ", Status Upper " FOREVER "\n"},
    {"issuers from before, for nobody", "", "SL SI SU", .kept = "SI", .says = ""},
    {"a record", "chain.engine=dane", "L", .record = "3 1 1 L",
     .says = "DNS\tTLSA 3 1 1: the key of hub.example (2021-09-01 to 2021-11-30)\n"},
    {"a record of a bare key", "chain.engine=dane", "L", .record = "3 1 1 spki:L",
     .says = "DNS\tTLSA 3 1 1: a bare key\n"},
    {"a record of another form", "chain.engine=dane", "L", .record = "2 0 1 I",
     .says = "DNS\tno record TLSA 3 1 1\n"},
    {"a record for nobody", "", "SL SI SU", .record = "3 1 1 L", .says = ""},
    {"a set", "revocation.mode=pushed_set", "SL SI SU", .revoked = "SLx",
     .revoked_from = "2021-10-02", .says = "set\trevoked: hub.example " FOREVER "\n"},
    {"a set that must be young", "revocation.mode=pushed_set revocation.max_age=7d", "SL SI SU",
     .revoked_from = "2021-10-02", .says = "set\tmade 2021-10-02, nothing revoked\n"},
    {"a long set", "revocation.mode=pushed_set", "SL SI SU", .revoked = "SU SU SU SU SU SU SU SU",
     .says =
         "set\trevoked: Status Upper " FOREVER ", Status Upper " FOREVER ", Status Upper " FOREVER
         ", Status Upper " FOREVER ", Status Upper " FOREVER " and 3 more\n"},
    {"no set", "revocation.mode=blocklist", "SL SI SU", .says = "set\tthere is none\n"},
    {"a set for nobody", "", "SL SI SU", .revoked = "SL", .says = ""},
};
enum { ROWS = sizeof rows / sizeof *rows };

static void prepare(const struct row *row, struct exchange *exchange, struct ps_buffer *staple)
{
    if (row->staple)
        make_body(row->staple, staple);
    exchange->staple = (struct ps_bytes){staple->data, staple->size};
    for (size_t i = 0; i < 3 && row->published[i].url; i++) {
        const char *what = row->published[i].what;
        struct ps_buffer body = {0};
        make_body(what, &body);
        const struct ps_bytes bytes = {body.data, body.size};
        if (strncmp(what, "HTTP", 4) == 0)
            publish_http(exchange->publisher, row->published[i].url, bytes);
        else
            publish(exchange->publisher, row->published[i].url, bytes);
        ps_buffer_deinit(&body);
    }
    if (row->record)
        exchange_tlsa(exchange, row->record);
}

static void check_row(const struct row *row, int tls_version)
{
    struct device device = device_make(row->settings, "SR", NULL);
    struct ps_device_stack *stack = NULL;
    struct ps_buffer staple = {0};
    struct publisher publisher = {0};
    struct exchange exchange = {
        .served = row->served, .now = NOW, .publisher = &publisher, .tls_version = tls_version};
    struct ps_error err = {0};
    device.revoked = row->revoked;
    device.revoked_from = row->revoked_from;
    device.intermediates = row->kept;
    prepare(row, &exchange, &staple);
    ck_assert_msg(ps_is_ok(ps_device_stack_new(&stack, &err)), "%s", err.text);
    struct ps_trust *trust = device_trust(&device, stack);
    exchange_run(&exchange, stack, trust);
    const char *says = exchange.ret_record.length > 0 ? ps_text_chars(&exchange.ret_record) : "";
    const char *expect = tls_version == TLS1_2_VERSION && row->says_1_2 ? row->says_1_2 : row->says;
    ck_assert_msg(strcmp(says, expect) == 0, "%s, %x:\n%snot\n%s", row->name, (unsigned)tls_version,
                  says, expect);
    exchange_deinit(&exchange);
    publisher_deinit(&publisher);
    ps_trust_free(trust);
    ps_device_stack_free(stack);
    ps_buffer_deinit(&staple);
}

START_TEST(every_row)
{
    check_row(&rows[_i], TLS1_3_VERSION);
    check_row(&rows[_i], TLS1_2_VERSION);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("record");
    TCase *tests = tcase_create("record");
    tcase_add_unchecked_fixture(tests, mint_setup, mint_teardown);
    tcase_add_loop_test(tests, every_row, 0, ROWS);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
