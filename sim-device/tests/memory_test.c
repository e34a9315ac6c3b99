/* SPDX-License-Identifier: Apache-2.0
 *
 * What a device does when OpenSSL runs out of memory; see tests/shortage/shortage.h. Nothing is
 * accepted that was not asked about, and where OpenSSL says that memory ran out the program ends
 * instead of a verdict. Where OpenSSL hides it (a digest that cannot be made is an "internal error"
 * to it) the device refuses. The peer has memory enough.
 */
#include <check.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include "mint_status.h"
#include "peer.h"
#include "shortage.h"
#include "stack.h"

#define NOW "2021-10-05"

static struct {
    struct ps_device_stack *stack;
    struct ps_credential *credential;
    struct ps_buffer release, ticket, ocsp, crl, request;
} world;

static struct ps_bytes bytes_of(const struct ps_buffer *buffer)
{
    return (struct ps_bytes){buffer->data, buffer->size};
}

static void turn(bool begins)
{
    if (begins)
        shortage_begin();
    else
        shortage_end();
}

/* --- Contacts that are accepted; `rows` says of what kind. --- */

static const struct {
    const char *settings, *anchors, *pins, *served, *tlsa;
    int version;
    bool staple, release, psk, resumed;
    const char *asked; /* what is fetched; "": nothing */
} rows[] = {
    {"", "R2", "spki_sha256 leaf L,cert_sha256 root R2,issuer_dn leaf L", "L I", NULL,
     TLS1_3_VERSION, .asked = ""},
    {"limits.tls=1.2 chain.builder=mbedtls limits.hashes=sha256 limits.chain_bytes=4000", "R2",
     NULL, "L I", NULL, TLS1_2_VERSION, .asked = ""},
    {"revocation.mode=ocsp revocation.on_unavailable=hard chain.builder=gnutls37", "SR", NULL,
     "SL SI SU", NULL, TLS1_3_VERSION, .asked = "http://status.example/ocsp/issuing"},
    {"revocation.mode=crl revocation.on_unavailable=hard chain.builder=bearssl", "SR", NULL,
     "SL SI SU", NULL, TLS1_3_VERSION, .asked = "http://status.example/crl/issuing"},
    {"revocation.mode=staple revocation.on_unavailable=hard chain.builder=wolf_strict", "SR", NULL,
     "SL SI SU", NULL, TLS1_2_VERSION, .staple = true, .asked = ""},
    {"intermediates.aia=yes chain.builder=backtracking", "SR", NULL, "SL SU", NULL, TLS1_3_VERSION,
     .asked = "http://status.example/issuer/issuing"},
    {"chain.engine=dane", "R2", NULL, "L I", "3 1 1 L", TLS1_3_VERSION, .asked = ""},
    {"chain.engine=psk", NULL, NULL, NULL, NULL, TLS1_3_VERSION, .psk = true, .asked = ""},
    {"client.identity=raw_public_key", "R2", NULL, "L I", NULL, TLS1_3_VERSION, .asked = ""},
    {"update.payload_auth=signature", "R2", NULL, "L I", NULL, TLS1_3_VERSION, .release = true,
     .asked = ""},
    {"resumption.enabled=yes", "R2", NULL, "L I", NULL, TLS1_3_VERSION, .resumed = true,
     .asked = ""},
};

static void offer(struct publisher *publisher)
{
    publish(publisher, "http://status.example/ocsp/issuing", bytes_of(&world.ocsp));
    publish(publisher, "http://status.example/crl/issuing", bytes_of(&world.crl));
    publish(publisher, "http://status.example/issuer/issuing", mint_named("SI")->der);
}

static void prepare(size_t row, struct device *device, struct exchange *exchange)
{
    *device = device_make(rows[row].settings, rows[row].anchors, rows[row].pins);
    if (device->strategy.client.identity != PS_CLIENT_NONE)
        device->credential = world.credential;
    device->psk = rows[row].psk ? "0123456789abcdef" : NULL;
    device->release_key = "Vendor";
    exchange->served = rows[row].served;
    exchange->psk = device->psk;
    exchange->now = NOW;
    exchange->tls_version = rows[row].version;
    exchange->turn = turn;
    exchange->tickets = rows[row].resumed;
    if (rows[row].tlsa)
        exchange_tlsa(exchange, rows[row].tlsa);
    if (rows[row].staple)
        exchange->staple = bytes_of(&world.ocsp);
    if (device->credential)
        exchange->clients = "*";
    if (rows[row].resumed)
        exchange->ticket = bytes_of(&world.ticket);
    if (rows[row].release) {
        exchange->task = PS_CONTACT_UPDATE;
        exchange->how = PEER_SAYS;
        exchange->answer = bytes_of(&world.release);
    }
}

static bool contact(size_t row, struct ps_error *err, bool *ret_good)
{
    shortage_end();
    struct publisher publisher = {0};
    struct exchange exchange = {.publisher = &publisher};
    struct device device;
    struct ps_trust *trust = NULL;
    struct ps_verdict verdict;
    prepare(row, &device, &exchange);
    offer(&publisher);
    shortage_begin();
    ps_status status = device_trust_try(&device, world.stack, &trust, err);
    shortage_end();
    if (ps_is_ok(status))
        status = exchange_try(&exchange, world.stack, trust, &verdict, err);
    bool accepted = ps_is_ok(status) && ps_verdict_accepted(&verdict);
    *ret_good = accepted && exchange.ret_request &&
                exchange.ret_resumed == (rows[row].resumed || rows[row].psk) &&
                strstr(publisher_asked(&publisher), rows[row].asked) != NULL &&
                (exchange.ret_client.size > 0) == (device.credential != NULL) &&
                (exchange.ret_release == 7) == rows[row].release;
    publisher_deinit(&publisher);
    exchange_deinit(&exchange);
    shortage_begin();
    ps_trust_free(trust);
    shortage_end();
    return accepted;
}

#define CONTACT(name, row)                                                                         \
    static bool name(struct ps_error *err, bool *ret_good)                                         \
    {                                                                                              \
        return contact(row, err, ret_good);                                                        \
    }
CONTACT(op_pins, 0)
CONTACT(op_limits, 1)
CONTACT(op_ocsp, 2)
CONTACT(op_crl, 3)
CONTACT(op_staple, 4)
CONTACT(op_issuer, 5)
CONTACT(op_dane, 6)
CONTACT(op_psk, 7)
CONTACT(op_client, 8)
CONTACT(op_update, 9)
CONTACT(op_resumption, 10)

static bool op_stack(struct ps_error *err, bool *ret_good)
{
    struct ps_device_stack *stack = NULL;
    ps_status status = ps_device_stack_new(&stack, err);
    *ret_good = ps_is_ok(status) && stack != NULL;
    ps_device_stack_free(stack);
    return ps_is_ok(status);
}

static const struct shortage_operation operations[] = {
    {"a stack", op_stack, 1},     {"pins", op_pins, 10},
    {"limits", op_limits, 10},    {"an OCSP answer", op_ocsp, 10},
    {"a CRL", op_crl, 10},        {"a staple", op_staple, 10},
    {"an issuer", op_issuer, 10}, {"DANE", op_dane, 10},
    {"a secret", op_psk, 10},     {"a client's certificate", op_client, 10},
    {"an update", op_update, 10}, {"a ticket", op_resumption, 10},
};
enum { OPERATIONS = sizeof operations / sizeof operations[0] };
static size_t allocations[OPERATIONS];

START_TEST(memory_runs_out)
{
    static const struct shortage_pace pace = {.first = 40, .last = 40, .step = 29};
    shortage_try(&operations[_i], allocations[_i], &pace);
}
END_TEST

enum { SHORT_OF_MEMORY = 43 };

static void on_exhausted(size_t size)
{
    ck_assert_uint_eq(size, 0);
    exit(SHORT_OF_MEMORY);
}

/* Wherever in OpenSSL's list it stands. */
START_TEST(a_shortage_ends_the_program)
{
    ps_memory_on_exhausted(on_exhausted);
    for (int i = 0; i < 3; i++)
        ERR_raise(i == _i ? ERR_LIB_EVP : ERR_LIB_SSL,
                  i == _i ? ERR_R_MALLOC_FAILURE : ERR_R_INTERNAL_ERROR);
    ps_errors_clear();
}
END_TEST

START_TEST(other_errors_are_forgotten)
{
    ps_memory_on_exhausted(on_exhausted);
    ERR_raise(ERR_LIB_SSL, ERR_R_INTERNAL_ERROR);
    ERR_raise(ERR_LIB_ASN1, ERR_R_NESTED_ASN1_ERROR);
    ps_errors_clear();
    ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

static void make_ticket(void)
{
    struct device device = device_make("resumption.enabled=yes", "R2", NULL);
    struct exchange exchange = {
        .served = "L I", .now = NOW, .tls_version = TLS1_3_VERSION, .tickets = true};
    struct ps_trust *trust = device_trust(&device, world.stack);
    struct ps_verdict verdict = exchange_run(&exchange, world.stack, trust);
    ck_assert_msg(ps_verdict_accepted(&verdict), "%s", verdict.reason);
    ps_buffer_append(&world.ticket, exchange.ret_ticket.data, exchange.ret_ticket.size);
    ck_assert_uint_gt(world.ticket.size, 0);
    exchange_deinit(&exchange);
    ps_trust_free(trust);
}

static void world_setup(void)
{
    struct ps_error err;
    struct ps_buffer payload = {0};
    struct ps_text http = {0};
    const struct mint_ocsp good = {
        .about = "SL", .issuer = "SI", .from = "2021-10-01", .until = "2021-10-08"};
    const struct mint_crl list = {.issuer = "SI", .from = "2021-10-01", .until = "2021-10-08"};
    memset(&world, 0, sizeof world);
    mint_setup();
    ck_assert(ps_is_ok(ps_device_stack_new(&world.stack, &err)));
    ck_assert(ps_is_ok(ps_credential_new(&world.credential, &err)));
    mint_ocsp(&good, &world.ocsp);
    mint_crl(&list, &world.crl);
    mint_release(&(struct mint_release){.version = 7, .signer = "Vendor"}, &payload);
    ps_text_add(&http, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", payload.size);
    ps_buffer_append(&world.release, http.chars, http.length);
    ps_buffer_append(&world.release, payload.data, payload.size);
    ps_text_deinit(&http);
    ps_buffer_deinit(&payload);
    make_ticket();
    shortage_measure(operations, OPERATIONS, allocations);
    ERR_clear_error();
}

static void world_teardown(void)
{
    ps_buffer_deinit(&world.release);
    ps_buffer_deinit(&world.ticket);
    ps_buffer_deinit(&world.ocsp);
    ps_buffer_deinit(&world.crl);
    ps_credential_free(world.credential);
    ps_device_stack_free(world.stack);
    mint_teardown();
}

int main(void)
{
    /* Before OpenSSL's first allocation. */
    if (CRYPTO_set_mem_functions(shortage_malloc, shortage_realloc, shortage_free) != 1)
        return EXIT_FAILURE;
    Suite *suite = suite_create("memory");
    TCase *tests = tcase_create("OpenSSL runs out of memory");
    tcase_set_timeout(tests, 240);
    tcase_add_checked_fixture(tests, world_setup, world_teardown);
    tcase_add_loop_test(tests, memory_runs_out, 0, OPERATIONS);
    suite_add_tcase(suite, tests);
    TCase *errors = tcase_create("what OpenSSL noted");
    tcase_add_loop_exit_test(errors, a_shortage_ends_the_program, SHORT_OF_MEMORY, 0, 3);
    tcase_add_test(errors, other_errors_are_forgotten);
    suite_add_tcase(suite, errors);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
