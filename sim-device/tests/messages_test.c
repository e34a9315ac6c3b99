/* SPDX-License-Identifier: Apache-2.0
 *
 * The messages that a contact keeps: their order is that of the RFCs, their sizes are computed from
 * the certificates and the suite, and what the server's own OpenSSL saw is the same.
 */
#include <check.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "peer.h"

#define NOW "2021-10-05"

/* In the order of the messages: ">" the device sent it, "<" it read it. */
#define HELLO_13  ">ClientHello <ServerHello "
#define SERVER_13 HELLO_13 "<EncryptedExtensions <Certificate <CertificateVerify <Finished "
#define TALK      ">POST /telemetry <answer "
#define BYE       ">alert: close notify"

static const struct row {
    const char *name, *settings, *anchors, *served;
    int version;
    const char *clients, *groups, *host;
    enum ps_contact_task task;
    enum peer_answer how;
    size_t server_bytes;
    const char *says;
} rows[] = {
    {"accepted", "", "R2", "L I", TLS1_3_VERSION, .says = SERVER_13 ">Finished " TALK BYE},
    {"accepted in TLS 1.2", "", "R2", "L I", TLS1_2_VERSION,
     .says = HELLO_13 "<Certificate <ServerKeyExchange <ServerHelloDone >ClientKeyExchange "
                      ">Finished <Finished " TALK BYE},
    {"refused for its path", "", "R1", "L I", TLS1_3_VERSION,
     .says = HELLO_13 "<EncryptedExtensions <Certificate >alert: unknown CA"},
    {"refused for its path in TLS 1.2", "", "R1", "L I", TLS1_2_VERSION,
     .says = HELLO_13 "<Certificate >alert: unknown CA"},
    {"refused for its name", "", "R2", "L I", TLS1_3_VERSION, .host = "other.example",
     .says = HELLO_13 "<EncryptedExtensions <Certificate >alert: bad certificate"},
    {"asked again for another group", "", "R2", "L I", TLS1_3_VERSION, .groups = "P-384",
     .says = ">ClientHello <HelloRetryRequest >ClientHello <ServerHello "
             "<EncryptedExtensions <Certificate <CertificateVerify <Finished >Finished " TALK BYE},
    {"the server refuses who shows nothing", "", "R2", "L I", TLS1_3_VERSION,
     .how = PEER_WANTS_CLIENT,
     .says = HELLO_13 "<EncryptedExtensions <CertificateRequest <Certificate <CertificateVerify "
                      "<Finished >Certificate >Finished >POST /telemetry "
                      "<alert: certificate required"},
    {"no firmware", "", "R2", "L I", TLS1_3_VERSION, .task = PS_CONTACT_UPDATE,
     .says = SERVER_13 ">Finished >GET /firmware <answer " BYE},
    {"the link is cut within the certificate", "", "R2", "L I", TLS1_3_VERSION, .server_bytes = 300,
     .says = HELLO_13 "<EncryptedExtensions"},
    {"over nothing but HTTP", "update.payload_auth=none", "R2", NULL, .task = PS_CONTACT_UPDATE,
     .says = ">GET /firmware <answer"},
};
enum { ROWS = sizeof rows / sizeof *rows };

static char *told(const struct ps_messages *messages)
{
    struct ps_text text = {0};
    for (size_t i = 0; i < messages->count; i++)
        ps_text_add(&text, "%s%c%s%s", i > 0 ? " " : "", messages->items[i].sent ? '>' : '<',
                    messages->items[i].kind == PS_MESSAGE_ALERT ? "alert: " : "",
                    messages->items[i].name);
    return ps_text_steal(&text);
}

static const struct ps_message *find(const struct ps_messages *messages, const char *name,
                                     bool sent)
{
    for (size_t i = 0; i < messages->count; i++)
        if (messages->items[i].sent == sent && strcmp(messages->items[i].name, name) == 0)
            return &messages->items[i];
    return NULL;
}

/* RFC 8446 section 4.4.2, RFC 5246 section 7.4.2: each certificate has its length before it, in TLS
 * 1.3 also the length of its extensions, of which there are none, behind it. */
static void check_sizes(const struct row *row, const struct exchange *exchange,
                        const struct ps_messages *messages)
{
    const struct ps_message *hello = find(messages, "ClientHello", true),
                            *certificate = find(messages, "Certificate", false),
                            *finished = find(messages, "Finished", true);
    enum { HEAD = 4, RECORD = 5 };
    bool tls13 = row->version == TLS1_3_VERSION;
    if (!row->served)
        return;
    ck_assert_uint_eq(hello->bytes + RECORD, exchange->ret_first_bytes);
    if (certificate) {
        const struct mint *list[MINT_LIST_MAX];
        size_t count = mint_list(row->served, list), bytes = HEAD + 3 + (tls13 ? 1 : 0);
        for (size_t i = 0; i < count; i++)
            bytes += 3 + list[i]->der.size + (tls13 ? 2 : 0);
        ck_assert_msg(certificate->bytes == bytes, "%s: %u bytes, not %zu", row->name,
                      certificate->bytes, bytes);
    }
    if (finished && exchange->ret_cipher) {
        size_t hash = strstr(exchange->ret_cipher, "SHA384") ? 48 : 32;
        ck_assert_uint_eq(finished->bytes, HEAD + (tls13 ? hash : 12));
    }
}

/* Each side's messages in their order, of handshakes and alerts; what the server sent and the
 * device did not read any more is only in the server's. */
static void check_seen(const struct row *row, const struct ps_messages *messages,
                       const struct ps_messages *seen)
{
    for (int sent = 0; sent < 2; sent++) {
        size_t at = 0, compared = 0;
        for (size_t i = 0; i < messages->count; i++) {
            const struct ps_message *m = &messages->items[i];
            if (m->sent != (sent == 1) || m->kind == PS_MESSAGE_DATA)
                continue;
            while (at < seen->count && seen->items[at].sent != (sent == 1))
                at++;
            if (at == seen->count && sent && row->how == PEER_WANTS_CLIENT)
                break; /* the server has refused by then and reads no further */
            ck_assert_msg(at < seen->count, "%s: %s is not in the server's", row->name, m->name);
            ck_assert_int_eq(seen->items[at].kind, m->kind);
            ck_assert_msg(seen->items[at].bytes == m->bytes, "%s: %s has %u bytes, not %u",
                          row->name, m->name, m->bytes, seen->items[at].bytes);
            at++;
            compared++;
        }
        ck_assert_uint_gt(compared, 0);
    }
}

START_TEST(every_row)
{
    const struct row *row = &rows[_i];
    struct device device = device_make(row->settings, row->anchors, NULL);
    struct ps_messages messages = {0}, seen = {0};
    struct exchange exchange = {.served = row->served,
                                .now = NOW,
                                .host = row->host,
                                .task = row->task,
                                .how = row->how,
                                .tls_version = row->version,
                                .groups = row->groups,
                                .server_bytes = row->server_bytes,
                                .messages = &messages,
                                .seen = &seen};
    exchange_once(&exchange, &device);
    char *says = told(&messages);
    ck_assert_msg(strcmp(says, row->says) == 0, "%s:\n%s\nnot\n%s", row->name, says, row->says);
    check_sizes(row, &exchange, &messages);
    if (row->served)
        check_seen(row, &messages, &seen);
    const struct ps_message *request = find(&messages, "POST /telemetry", true);
    if (request)
        ck_assert_uint_eq(request->bytes, strlen("POST /telemetry HTTP/1.1\r\nHost: hub.example\r\n"
                                                 "Content-Length: 5\r\n\r\nhello"));
    free(says);
    ps_messages_deinit(&messages);
    ps_messages_deinit(&seen);
    exchange_deinit(&exchange);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("messages");
    TCase *tests = tcase_create("messages");
    tcase_add_unchecked_fixture(tests, mint_setup, mint_teardown);
    tcase_add_loop_test(tests, every_row, 0, ROWS);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
