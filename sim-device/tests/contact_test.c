/* SPDX-License-Identifier: Apache-2.0
 *
 * The state machine: every byte that can be wrong, missing, late or too many.
 */
#include <check.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include "peer.h"

static struct device honest_device(void)
{
    struct device device = {
        .strategy = device_strategy(), .anchors = "R2", .release_key = "Vendor"};
    device_set(&device.strategy, "update.payload_auth=signature");
    return device;
}

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

START_TEST(telemetry_is_delivered)
{
    static const size_t chunks[] = {0, 1, 7, 1000};
    for (size_t i = 0; i < 8; i++) {
        struct device device = honest_device();
        struct exchange exchange = {.served = "L I",
                                    .now = "2021-10-05",
                                    .message = "device 7 is well",
                                    .tls_version = versions[i % 2],
                                    .chunk = chunks[i / 2]};
        struct ps_device_stack *stack = NULL;
        struct ps_error err = {0};
        ck_assert(ps_is_ok(ps_device_stack_new(&stack, &err)));
        struct ps_trust *trust = device_trust(&device, stack);
        struct ps_verdict verdict = exchange_run(&exchange, stack, trust);
        ck_assert_msg(verdict.stage == PS_STAGE_ACCEPTED, "%s", verdict.reason);
        ck_assert_int_eq(verdict.error, 0);
        ck_assert_int_eq(verdict.depth, -1);
        ck_assert_str_eq(verdict.reason, "");
        ck_assert_str_eq(verdict.path, "hub.example < Issuing < New Root");
        ck_assert_str_eq(ps_text_chars(&exchange.ret_seen),
                         "POST /telemetry HTTP/1.1\r\nHost: hub.example\r\n"
                         "Content-Length: 16\r\n\r\ndevice 7 is well");
        ck_assert_msg(exchange.ret_closed, "no close_notify, chunk %zu", chunks[i / 2]);
        ck_assert(!exchange.ret_alert);
        exchange_deinit(&exchange);
        ps_trust_free(trust);
        ps_device_stack_free(stack);
    }
}
END_TEST

START_TEST(a_refusal_reaches_the_server)
{
    for (size_t i = 0; i < 2; i++) {
        struct device device = honest_device();
        struct exchange exchange = {
            .served = "Levil I", .now = "2021-10-05", .tls_version = versions[i]};
        struct ps_verdict verdict = exchange_once(&exchange, &device);
        ck_assert_int_eq(verdict.stage, PS_STAGE_NAME);
        ck_assert_msg(exchange.ret_alert, "no alert");
        ck_assert_msg(!exchange.ret_request, "the message went to a stranger");
    }
}
END_TEST

/* Answers to "hello" that are no acknowledgement of it. */
#define ACK "ack 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
static const struct {
    const char *name, *answer;
    enum ps_stage stage;
    const char *reason;
} answers[] = {
    {"right", "HTTP/1.1 200 OK\r\nContent-Length: 68\r\n\r\n" ACK, PS_STAGE_ACCEPTED, ""},
    {"right, in chunks",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nack \r\n"
     "40\r\n2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\r\n0\r\n\r\n",
     PS_STAGE_ACCEPTED, ""},
    {"right, and more behind it", "HTTP/1.1 200 OK\r\nContent-Length: 68\r\n\r\n" ACK "\r\nmore",
     PS_STAGE_ACCEPTED, ""},
    {"of another message",
     "HTTP/1.1 200 OK\r\nContent-Length: 68\r\n\r\n"
     "ack 0cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
     PS_STAGE_TLS, "acknowledgement is wrong"},
    {"in capitals",
     "HTTP/1.1 200 OK\r\nContent-Length: 68\r\n\r\n"
     "ack 2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824",
     PS_STAGE_TLS, "acknowledgement is wrong"},
    {"one letter short", "HTTP/1.1 200 OK\r\nContent-Length: 67\r\n\r\n" ACK, PS_STAGE_TLS,
     "acknowledgement is wrong"},
    {"one letter more", "HTTP/1.1 200 OK\r\nContent-Length: 69\r\n\r\n" ACK "\n", PS_STAGE_TLS,
     "acknowledgement is wrong"},
    {"empty", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", PS_STAGE_TLS,
     "acknowledgement is wrong"},
    {"right, but not 200", "HTTP/1.1 503 Busy\r\nContent-Length: 68\r\n\r\n" ACK, PS_STAGE_TLS,
     "the server answered 503"},
    {"not found", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", PS_STAGE_TLS,
     "the server answered 404"},
    {"no HTTP", "SSH-2.0-OpenSSH_9.2\r\n", PS_STAGE_TLS, "the answer is not HTTP"},
    {"a request", "GET / HTTP/1.1\r\n\r\n", PS_STAGE_TLS, "the answer is not HTTP"},
    {"unfinished", "HTTP/1.1 200 OK\r\nContent-Length: 70\r\n\r\n" ACK, PS_STAGE_UNREACHABLE,
     "the link ended"},
    {"nothing", "", PS_STAGE_UNREACHABLE, "the link ended"},
};

START_TEST(acknowledgements)
{
    for (size_t chunk = 0; chunk < 2; chunk++) {
        struct device device = honest_device();
        struct exchange exchange = {
            .served = "L I",
            .now = "2021-10-05",
            .how = PEER_SAYS,
            .chunk = chunk,
            .answer = {(const unsigned char *)answers[_i].answer, strlen(answers[_i].answer)}};
        struct ps_verdict verdict = exchange_once(&exchange, &device);
        ck_assert_msg(verdict.stage == answers[_i].stage, "%s: %s (%s)", answers[_i].name,
                      ps_stage_text(verdict.stage), verdict.reason);
        ck_assert_msg(strcmp(verdict.reason, answers[_i].reason) == 0, "%s: reason \"%s\"",
                      answers[_i].name, verdict.reason);
    }
}
END_TEST

static const struct {
    const char *name, *served;
    enum peer_answer how;
    int tls_version;
    enum ps_stage stage;
    const char *reason;
} servers[] = {
    {"closes early", "L I", PEER_CLOSES, 0, PS_STAGE_UNREACHABLE,
     "the server closed before its answer was read"},
    {"says nothing", "L I", PEER_IS_SILENT, 0, PS_STAGE_UNREACHABLE, "the link ended"},
    {"wants a client certificate", "L I", PEER_WANTS_CLIENT, TLS1_3_VERSION, PS_STAGE_TLS,
     "the connection failed: tlsv13 alert certificate required"},
    {"wants a client certificate, TLS 1.2", "L I", PEER_WANTS_CLIENT, TLS1_2_VERSION, PS_STAGE_TLS,
     "handshake failed: sslv3 alert handshake failure"},
    {"speaks TLS 1.1", "L I", PEER_ANSWERS, TLS1_1_VERSION, PS_STAGE_TLS,
     "handshake failed: tlsv1 alert protocol version"},
};

START_TEST(servers_that_do_not_answer)
{
    struct device device = honest_device();
    struct exchange exchange = {.served = servers[_i].served,
                                .now = "2021-10-05",
                                .how = servers[_i].how,
                                .tls_version = servers[_i].tls_version};
    struct ps_verdict verdict = exchange_once(&exchange, &device);
    ck_assert_msg(verdict.stage == servers[_i].stage, "%s: %s (%s)", servers[_i].name,
                  ps_stage_text(verdict.stage), verdict.reason);
    ck_assert_msg(strcmp(verdict.reason, servers[_i].reason) == 0, "%s: reason \"%s\"",
                  servers[_i].name, verdict.reason);
}
END_TEST

START_TEST(no_firmware_offered)
{
    for (int plain = 0; plain < 2; plain++) {
        struct device device = honest_device();
        struct exchange exchange = {
            .served = plain ? NULL : "L I", .now = "2021-10-05", .task = PS_CONTACT_UPDATE};
        struct ps_verdict verdict = exchange_once(&exchange, &device);
        ck_assert_int_eq(verdict.stage, PS_STAGE_PAYLOAD);
        ck_assert_str_eq(verdict.reason, "no release offered");
    }
}
END_TEST

/* Wherever the link ends, nothing was refused and nothing accepted, until the last byte is there.
 */
static void cut_everywhere(struct device *device, const struct exchange *how, enum ps_stage at_last,
                           size_t at_least)
{
    struct ps_device_stack *stack = NULL;
    struct ps_error err = {0};
    ck_assert(ps_is_ok(ps_device_stack_new(&stack, &err)));
    struct ps_trust *trust = device_trust(device, stack);
    size_t position = 0;
    for (;; position++) {
        struct exchange exchange = *how;
        exchange.server_bytes = position;
        exchange.cut_at_start = position == 0;
        struct ps_verdict verdict = exchange_run(&exchange, stack, trust);
        exchange_deinit(&exchange);
        if (verdict.stage == at_last)
            break;
        ck_assert_msg(!exchange.ret_delivered_all, "all arrived: %s", verdict.reason);
        ck_assert_msg(verdict.stage == PS_STAGE_UNREACHABLE, "cut at %zu: %s (%s)", position,
                      ps_stage_text(verdict.stage), verdict.reason);
        ck_assert_str_eq(verdict.reason, "the link was cut");
        ck_assert_str_eq(verdict.path, "");
        ck_assert_int_eq(verdict.error, 0);
    }
    ck_assert_msg(position >= at_least, "decided after %zu bytes", position);
    ps_trust_free(trust);
    ps_device_stack_free(stack);
}

START_TEST(the_link_ends_at_every_byte)
{
    struct device device = honest_device();
    struct exchange how = {.served = "L I", .now = "2021-10-05", .tls_version = versions[_i]};
    cut_everywhere(&device, &how, PS_STAGE_ACCEPTED, 1200);
}
END_TEST

START_TEST(the_link_ends_before_a_refusal)
{
    struct device device = honest_device();
    struct exchange how = {.served = "Levil I", .now = "2021-10-05", .tls_version = versions[_i]};
    cut_everywhere(&device, &how, PS_STAGE_NAME, 900);
}
END_TEST

START_TEST(the_link_ends_in_a_plain_update)
{
    struct ps_text answer = {0};
    struct ps_buffer payload = {0};
    mint_release(&(struct mint_release){.version = 7, .signer = "Vendor"}, &payload);
    ps_text_add(&answer, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", payload.size);
    ps_text_add_n(&answer, (const char *)payload.data, payload.size);
    ps_buffer_deinit(&payload);
    struct device device = honest_device();
    struct exchange how = {.now = "2021-10-05",
                           .task = PS_CONTACT_UPDATE,
                           .how = PEER_SAYS,
                           .answer = {(unsigned char *)answer.chars, answer.length}};
    cut_everywhere(&device, &how, PS_STAGE_ACCEPTED, answer.length);
    ps_text_deinit(&answer);
}
END_TEST

/* A contact that is told these bytes, `times` times; gives its verdict or stops the test. */
static struct ps_verdict told(const struct device *device, bool plain, enum ps_contact_task task,
                              struct ps_bytes bytes, size_t times, size_t *ret_used)
{
    struct ps_device_stack *stack = NULL;
    struct ps_error err = {0};
    ck_assert(ps_is_ok(ps_device_stack_new(&stack, &err)));
    struct ps_trust *trust = device_trust(device, stack);
    const struct ps_contact_options options = {.trust = trust,
                                               .now = mint_time("2021-10-05"),
                                               .host = MINT_HOST,
                                               .task = task,
                                               .plain = plain};
    struct ps_contact *contact = NULL;
    ck_assert(ps_is_ok(ps_contact_new(stack, &options, &contact, &err)));
    ps_contact_start(contact);
    ck_assert_uint_gt(ps_contact_output(contact)->size, 0);
    size_t used = 0;
    while (used < times && !ps_contact_verdict(contact)) {
        ps_contact_receive(contact, bytes.data, bytes.size);
        used++;
    }
    ck_assert_msg(ps_contact_verdict(contact) != NULL, "undecided after %zu times", used);
    struct ps_verdict verdict = *ps_contact_verdict(contact);
    /* A verdict stays, whatever comes. */
    ps_contact_receive(contact, bytes.data, bytes.size);
    ps_contact_link_ended(contact, "later");
    ck_assert_mem_eq(&verdict, ps_contact_verdict(contact), sizeof verdict);
    ps_contact_free(contact);
    ps_trust_free(trust);
    ps_device_stack_free(stack);
    *ret_used = used;
    return verdict;
}

START_TEST(garbage_is_no_handshake)
{
    struct device device = honest_device();
    static const char http[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
    size_t used;
    struct ps_verdict verdict =
        told(&device, false, PS_CONTACT_TELEMETRY,
             (struct ps_bytes){(const unsigned char *)http, sizeof http - 1}, 1, &used);
    ck_assert_int_eq(verdict.stage, PS_STAGE_TLS);
    ck_assert_str_eq(verdict.reason, "handshake failed: wrong version number");
    ck_assert_str_eq(verdict.path, "");
}
END_TEST

START_TEST(an_endless_handshake_ends)
{
    /* Records full of hello requests, which a client passes over. */
    static unsigned char record[5 + 4096] = {22, 3, 3, 4096 >> 8, 4096 & 255};
    struct device device = honest_device();
    size_t used;
    struct ps_verdict verdict = told(&device, false, PS_CONTACT_TELEMETRY,
                                     (struct ps_bytes){record, sizeof record}, 100, &used);
    ck_assert_int_eq(verdict.stage, PS_STAGE_TLS);
    ck_assert_str_eq(verdict.reason, "the server's handshake is longer than 262144 bytes");
    ck_assert_uint_eq(used, 262144 / sizeof record + 1);
}
END_TEST

START_TEST(an_endless_answer_ends)
{
    struct device device = honest_device();
    struct ps_text begin = {0};
    size_t used;
    ps_text_add(&begin, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n");
    for (int i = 0; i < 4097; i++)
        ps_text_add(&begin, "x");
    struct ps_verdict verdict =
        told(&device, true, PS_CONTACT_UPDATE,
             (struct ps_bytes){(unsigned char *)begin.chars, begin.length}, 1, &used);
    ck_assert_int_eq(verdict.stage, PS_STAGE_PAYLOAD);
    ck_assert_str_eq(verdict.reason, "the answer is too long");
    ps_text_deinit(&begin);
}
END_TEST

START_TEST(endless_wrapping_ends)
{
    /* One byte of body a chunk, and a lot of chunk around it. */
    struct device device = honest_device();
    struct ps_text answer = {0};
    size_t used;
    ps_text_add(&answer, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 5; i++)
        ps_text_add(&answer, "1;e=%060000d\r\nx\r\n", 0);
    struct ps_verdict verdict =
        told(&device, true, PS_CONTACT_UPDATE,
             (struct ps_bytes){(unsigned char *)answer.chars, answer.length}, 1, &used);
    ck_assert_int_eq(verdict.stage, PS_STAGE_PAYLOAD);
    ck_assert_str_eq(verdict.reason, "the server's answer is longer than 262144 bytes");
    ps_text_deinit(&answer);
}
END_TEST

/* Equal contacts give equal verdicts, byte for byte, in other stacks and with other keys'
 * signatures. */
START_TEST(verdicts_are_equal_bytes)
{
    static const char *const lists[] = {"L I", "Levil I", "L", "L Iexp"};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        struct ps_verdict verdicts[2];
        for (size_t v = 0; v < 2; v++) {
            struct device device = honest_device();
            struct exchange exchange = {
                .served = lists[i], .now = "2021-10-05", .tls_version = versions[v]};
            memset(&verdicts[v], (int)v, sizeof verdicts[v]);
            verdicts[v] = exchange_once(&exchange, &device);
        }
        ck_assert_mem_eq(&verdicts[0], &verdicts[1], sizeof verdicts[0]);
    }
}
END_TEST

START_TEST(a_host_too_long_is_an_error)
{
    struct device device = honest_device();
    struct ps_device_stack *stack = NULL;
    struct ps_error err = {0};
    ck_assert(ps_is_ok(ps_device_stack_new(&stack, &err)));
    struct ps_trust *trust = device_trust(&device, stack);
    char host[300];
    memset(host, 'h', sizeof host);
    host[sizeof host - 1] = '\0';
    const struct ps_contact_options options = {.trust = trust, .host = host};
    struct ps_contact *contact = NULL;
    ps_status status = ps_contact_new(stack, &options, &contact, &err);
    ck_assert_int_eq(status.code, PS_CODE_FAILED);
    ck_assert_ptr_nonnull(strstr(err.text, "cannot be asked for in a handshake"));
    ps_trust_free(trust);
    ps_device_stack_free(stack);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("contact");
    TCase *tests = tcase_create("contact");
    tcase_set_timeout(tests, 120);
    tcase_add_unchecked_fixture(tests, mint_setup, mint_teardown);
    tcase_add_test(tests, telemetry_is_delivered);
    tcase_add_test(tests, a_refusal_reaches_the_server);
    tcase_add_loop_test(tests, acknowledgements, 0, sizeof answers / sizeof answers[0]);
    tcase_add_loop_test(tests, servers_that_do_not_answer, 0, sizeof servers / sizeof servers[0]);
    tcase_add_test(tests, no_firmware_offered);
    tcase_add_loop_test(tests, the_link_ends_at_every_byte, 0, 2);
    tcase_add_loop_test(tests, the_link_ends_before_a_refusal, 0, 2);
    tcase_add_test(tests, the_link_ends_in_a_plain_update);
    tcase_add_test(tests, garbage_is_no_handshake);
    tcase_add_test(tests, an_endless_handshake_ends);
    tcase_add_test(tests, an_endless_answer_ends);
    tcase_add_test(tests, endless_wrapping_ends);
    tcase_add_test(tests, verdicts_are_equal_bytes);
    tcase_add_test(tests, a_host_too_long_is_an_error);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
