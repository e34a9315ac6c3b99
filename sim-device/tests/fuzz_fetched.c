/* SPDX-License-Identifier: Apache-2.0
 *
 * What is fetched, through a whole contact: OCSP answers, CRLs and issuers' certificates of
 * anybody. Whatever comes, the contact ends in a verdict of its own. And an answer that decides one
 * was made by who may make it: that is looked at here again, with plain OpenSSL.
 *
 *   0  bits 0-1: 0 OCSP, 1 CRL, else the issuer; bit 2: the device is soft; bit 3: what follows is
 *      the whole answer of HTTP; bit 4: it is what is signed, and is signed here by the right key;
 *      bit 5: TLS 1.3, else 1.2
 *   1  builder
 *   2  bytes handed over at once (0: all)
 *   3  the answer
 *
 * The keys are the same in every run, so that what a seed has signed stays signed: 1 is the root's,
 * 2 the issuer's, 3 the leaf's.
 */
#include <assert.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "sim-device/contact.h"
#include "sim-device/judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOT, ISSUER, LEAF, CERTIFICATES };
enum kind { KIND_OCSP, KIND_CRL, KIND_ISSUER };
#define HOST "hub.example"

static struct {
    struct ps_device_stack *stack;
    EVP_PKEY *keys[CERTIFICATES];
    X509 *certificates[CERTIFICATES];
    struct ps_buffer root; /* DER */
    SSL_CTX *servers[2];   /* one that sends the issuer, and one that does not */
} world;

struct input {
    enum kind kind;
    bool soft, whole, signs;
    int version;
    enum ps_builder builder;
    size_t chunk;
    struct ps_bytes answer;
};

/* --- What there is before the first input. --- */

/* A key of P-256 whose secret is this number (RFC 5915; OpenSSL finds the public half). */
static EVP_PKEY *key_make(unsigned char number)
{
    unsigned char der[] = {0x30, 0x31, 2, 1, 1,    4,    0x20, 0,    0,    0, 0, 0, 0,
                           0,    0,    0, 0, 0,    0,    0,    0,    0,    0, 0, 0, 0,
                           0,    0,    0, 0, 0,    0,    0,    0,    0,    0, 0, 0, 0,
                           0xa0, 10,   6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7};
    const unsigned char *at = der;
    der[38] = number;
    EVP_PKEY *key = d2i_PrivateKey(EVP_PKEY_EC, NULL, &at, sizeof der);
    assert(key && at == der + sizeof der);
    return key;
}

static void extend(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    assert(extension && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

static X509 *certificate_make(int which, const char *name)
{
    int by = which == ROOT ? ROOT : which - 1;
    X509 *made = X509_new(), *issuer = which == ROOT ? made : world.certificates[by];
    X509_set_version(made, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made), 100 + which);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_ASC,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(made, X509_get_subject_name(issuer));
    ASN1_TIME_set_string(X509_getm_notBefore(made), "20100101000000Z");
    ASN1_TIME_set_string(X509_getm_notAfter(made), "20491231000000Z");
    X509_set_pubkey(made, world.keys[which]);
    extend(made, issuer, NID_subject_key_identifier, "hash");
    extend(made, issuer, NID_authority_key_identifier, "keyid");
    if (which == LEAF) {
        extend(made, issuer, NID_subject_alt_name, "DNS:" HOST);
        extend(made, issuer, NID_info_access,
               "OCSP;URI:http://status.example/o,caIssuers;URI:http://status.example/i");
        extend(made, issuer, NID_crl_distribution_points, "URI:http://status.example/c");
    } else {
        extend(made, issuer, NID_basic_constraints, "critical,CA:TRUE");
        extend(made, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
    }
    assert(X509_sign(made, world.keys[by], EVP_sha256()) > 0);
    return made;
}

static void world_make(void)
{
    static const char *const names[CERTIFICATES] = {"Root", "Issuing", HOST};
    struct ps_error err;
    unsigned char *der = NULL;
    if (world.stack)
        return;
    ps_status status = ps_device_stack_new(&world.stack, &err);
    assert(ps_is_ok(status));
    for (int i = 0; i < CERTIFICATES; i++) {
        world.keys[i] = key_make((unsigned char)(i + 1));
        world.certificates[i] = certificate_make(i, names[i]);
    }
    int size = i2d_X509(world.certificates[ROOT], &der);
    ps_buffer_append(&world.root, der, (size_t)size);
    OPENSSL_free(der);
    for (int i = 0; i < 2; i++) {
        SSL_CTX *server = world.servers[i] = SSL_CTX_new(TLS_server_method());
        SSL_CTX_set_mode(server, SSL_MODE_NO_AUTO_CHAIN);
        SSL_CTX_set_num_tickets(server, 0);
        SSL_CTX_set_options(server, SSL_OP_NO_TICKET);
        SSL_CTX_use_certificate(server, world.certificates[LEAF]);
        SSL_CTX_use_PrivateKey(server, world.keys[LEAF]);
        if (i == 0)
            SSL_CTX_add1_chain_cert(server, world.certificates[ISSUER]);
    }
}

/* --- The answer --- */

static void put(struct ps_buffer *out, unsigned char tag, const void *content, size_t size)
{
    const unsigned char head[] = {tag, 0x83, (unsigned char)(size >> 16),
                                  (unsigned char)(size >> 8), (unsigned char)size};
    unsigned char brief[] = {tag, (unsigned char)size, (unsigned char)size};
    if (size < 128) {
        ps_buffer_append(out, brief, 2);
    } else if (size < 256) {
        brief[1] = 0x81;
        ps_buffer_append(out, brief, 3);
    } else if (size < 65536) {
        const unsigned char longer[] = {tag, 0x82, head[3], head[4]};
        ps_buffer_append(out, longer, sizeof longer);
    } else {
        ps_buffer_append(out, head, sizeof head);
    }
    ps_buffer_append(out, content, size);
}

/* Puts the content into a SEQUENCE or whatever else the tag says. */
static void wrap(struct ps_buffer *content, unsigned char tag)
{
    struct ps_buffer outer = {0};
    put(&outer, tag, content->data, content->size);
    ps_buffer_deinit(content);
    *content = outer;
}

/* SEQUENCE { what is signed, ecdsa-with-SHA256, BIT STRING }, as in certificates, CRLs and OCSP. */
static void sign(struct ps_bytes what, EVP_PKEY *key, struct ps_buffer *ret_der)
{
    static const unsigned char algorithm[] = {0x30, 10,   6,    8, 0x2a, 0x86,
                                              0x48, 0xce, 0x3d, 4, 3,    2};
    unsigned char bits[1 + 80] = {0};
    size_t size = sizeof bits - 1;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool done = EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
                EVP_DigestSign(context, bits + 1, &size, what.data, what.size) == 1;
    assert(done);
    EVP_MD_CTX_free(context);
    ps_buffer_append(ret_der, what.data, what.size);
    ps_buffer_append(ret_der, algorithm, sizeof algorithm);
    put(ret_der, V_ASN1_BIT_STRING, bits, 1 + size);
    wrap(ret_der, 0x30);
}

static void make_body(const struct input *input, struct ps_buffer *ret_body)
{
    static const unsigned char basic[] = {6, 9, 0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1}; /* its OID */
    static const unsigned char successful[] = {V_ASN1_ENUMERATED, 1, 0};
    if (!input->signs) {
        ps_buffer_append(ret_body, input->answer.data, input->answer.size);
        return;
    }
    struct ps_buffer der = {0};
    sign(input->answer, world.keys[input->kind == KIND_ISSUER ? ROOT : ISSUER], &der);
    if (input->kind == KIND_OCSP) {
        struct ps_buffer typed = {0};
        ps_buffer_append(&typed, basic, sizeof basic);
        put(&typed, V_ASN1_OCTET_STRING, der.data, der.size);
        wrap(&typed, 0x30);
        wrap(&typed, 0xa0);
        ps_buffer_append(ret_body, successful, sizeof successful);
        ps_buffer_append(ret_body, typed.data, typed.size);
        wrap(ret_body, 0x30);
        ps_buffer_deinit(&typed);
    } else {
        ps_buffer_append(ret_body, der.data, der.size);
    }
    ps_buffer_deinit(&der);
}

/* --- What such an answer can say at all --- */

struct opinion {
    bool good, revoked;
};

static bool signed_by_issuer(const OCSP_BASICRESP *basic)
{
    unsigned char *der = NULL;
    int size = i2d_OCSP_RESPDATA(OCSP_resp_get0_respdata(basic), &der);
    const ASN1_OCTET_STRING *signature = OCSP_resp_get0_signature(basic);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = size > 0 &&
                EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, world.keys[ISSUER]) == 1 &&
                EVP_DigestVerify(context, ASN1_STRING_get0_data(signature),
                                 (size_t)ASN1_STRING_length(signature), der, (size_t)size) == 1;
    EVP_MD_CTX_free(context);
    OPENSSL_free(der);
    return good;
}

static struct opinion opinion_of_ocsp(struct ps_bytes body)
{
    struct opinion opinion = {0};
    const unsigned char *at = body.data;
    OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &at, (long)body.size);
    OCSP_BASICRESP *basic = response ? OCSP_response_get1_basic(response) : NULL;
    for (int i = 0; basic && signed_by_issuer(basic) && i < OCSP_resp_count(basic); i++) {
        OCSP_SINGLERESP *single = OCSP_resp_get0(basic, i);
        ASN1_INTEGER *serial = NULL;
        OCSP_id_get0_info(NULL, NULL, NULL, &serial,
                          (OCSP_CERTID *)(uintptr_t)OCSP_SINGLERESP_get0_id(single));
        if (ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(world.certificates[LEAF])) != 0)
            continue;
        int status = OCSP_single_get0_status(single, NULL, NULL, NULL, NULL);
        opinion.good |= status == V_OCSP_CERTSTATUS_GOOD;
        opinion.revoked |= status == V_OCSP_CERTSTATUS_REVOKED;
    }
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(response);
    return opinion;
}

static struct opinion opinion_of_crl(struct ps_bytes body)
{
    struct opinion opinion = {0};
    const unsigned char *at = body.data;
    X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)body.size);
    if (crl && X509_CRL_verify(crl, world.keys[ISSUER]) == 1) {
        X509_REVOKED *entry = NULL;
        opinion.revoked = X509_CRL_get0_by_serial(
                              crl, &entry, X509_get_serialNumber(world.certificates[LEAF])) == 1;
        opinion.good = !opinion.revoked;
    }
    X509_CRL_free(crl);
    return opinion;
}

static struct opinion opinion_of_issuer(struct ps_bytes body)
{
    struct opinion opinion = {0};
    const unsigned char *at = body.data;
    X509 *issuer = d2i_X509(NULL, &at, (long)body.size);
    EVP_PKEY *key = issuer ? X509_get0_pubkey(issuer) : NULL;
    opinion.good = key && X509_verify(world.certificates[LEAF], key) == 1 &&
                   X509_verify(issuer, world.keys[ROOT]) == 1;
    X509_free(issuer);
    return opinion;
}

static void check_verdict(const struct input *input, struct ps_bytes body,
                          const struct ps_verdict *verdict)
{
    struct opinion opinion = {0};
    if (input->kind == KIND_OCSP)
        opinion = opinion_of_ocsp(body);
    else if (input->kind == KIND_CRL)
        opinion = opinion_of_crl(body);
    else
        opinion = opinion_of_issuer(body);
    ERR_clear_error();
    bool needs = input->kind == KIND_ISSUER || !input->soft;
    assert(opinion.good || !needs || !ps_verdict_accepted(verdict));
    assert(opinion.revoked || verdict->error != X509_V_ERR_CERT_REVOKED);
}

/* --- The contact --- */

static void serve_fetch(const struct input *input, struct ps_bytes body, struct ps_contact *contact)
{
    struct ps_text http = {0};
    uint32_t number = ps_contact_fetch(contact)->number;
    struct ps_buffer *request = ps_contact_fetch_output(contact);
    assert(request->size > 0);
    ps_buffer_consume(request, request->size);
    if (!input->whole)
        ps_text_add(&http, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", body.size);
    ps_text_add_n(&http, (const char *)body.data, body.size);
    for (size_t at = 0, size; at < http.length; at += size) {
        const struct ps_fetch *fetch = ps_contact_fetch(contact);
        if (!fetch || fetch->number != number)
            break;
        size = http.length - at < input->chunk ? http.length - at : input->chunk;
        ps_contact_fetch_receive(contact, http.chars + at, size);
    }
    const struct ps_fetch *fetch = ps_contact_fetch(contact);
    if (fetch && fetch->number == number)
        ps_contact_fetch_ended(contact);
    ps_text_deinit(&http);
}

/* Acknowledges "hello", whatever it was. */
static void server_step(SSL *server, struct ps_contact *contact, bool *answered)
{
    static const char answer[] =
        "HTTP/1.1 200 OK\r\nContent-Length: 68\r\n\r\n"
        "ack 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    char bytes[512], *data = NULL;
    struct ps_buffer *output = ps_contact_output(contact);
    BIO_write(SSL_get_rbio(server), output->data, (int)output->size);
    ps_buffer_consume(output, output->size);
    if (SSL_read(server, bytes, sizeof bytes) > 0 && !*answered) {
        SSL_write(server, answer, sizeof answer - 1);
        *answered = true;
    }
    ERR_clear_error();
    long size = BIO_get_mem_data(SSL_get_wbio(server), &data);
    if (size > 0)
        ps_contact_receive(contact, data, (size_t)size);
    (void)BIO_reset(SSL_get_wbio(server));
}

static void contact_with(const struct input *input, struct ps_trust *trust)
{
    struct ps_buffer body = {0};
    struct ps_error err;
    struct ps_contact *contact = NULL;
    const struct ps_contact_options options = {.trust = trust,
                                               .now = {1633392000}, /* 2021-10-05 */
                                               .host = HOST,
                                               .task = PS_CONTACT_TELEMETRY,
                                               .message = {(const unsigned char *)"hello", 5}};
    ps_status status = ps_contact_new(world.stack, &options, &contact, &err);
    assert(ps_is_ok(status));
    SSL *server = SSL_new(world.servers[input->kind == KIND_ISSUER]);
    SSL_set_max_proto_version(server, input->version);
    SSL_set_bio(server, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(server);
    make_body(input, &body);
    struct ps_bytes bytes = {body.data, body.size};
    bool answered = false;
    ps_contact_start(contact);
    while (ps_contact_output(contact)->size > 0 || ps_contact_fetch(contact)) {
        if (ps_contact_fetch(contact))
            serve_fetch(input, bytes, contact);
        else
            server_step(server, contact, &answered);
    }
    /* The link was whole: the device has come to its own end. */
    const struct ps_verdict *verdict = ps_contact_verdict(contact);
    assert(verdict && verdict->stage < PS_STAGE_COUNT && verdict->stage != PS_STAGE_UNREACHABLE);
    if (!input->whole)
        check_verdict(input, bytes, verdict);
    ps_contact_free(contact);
    SSL_free(server);
    ps_buffer_deinit(&body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { HEAD = 3, ANSWER_MAX = 32768 };
    struct ps_error err;
    struct ps_trust *trust = NULL;
    if (size < HEAD || size > ANSWER_MAX)
        return 0;
    world_make();
    unsigned char what = data[0] & 3;
    const struct input input = {.kind = what < KIND_ISSUER ? (enum kind)what : KIND_ISSUER,
                                .soft = data[0] & 4,
                                .whole = data[0] & 8,
                                .signs = (data[0] & 24) == 16,
                                .version = data[0] & 32 ? TLS1_3_VERSION : TLS1_2_VERSION,
                                .builder = (enum ps_builder)(data[1] % PS_BUILDER_COUNT),
                                .chunk = data[2] ? data[2] : SIZE_MAX,
                                .answer = {data + HEAD, size - HEAD}};
    const struct ps_strategy strategy = {
        .chain = {.engine = PS_ENGINE_PKIX, .builder = input.builder, .intermediates_max = 100},
        .pins = {.expires = PS_TIME_NEVER},
        .revocation = {.mode = input.kind == KIND_OCSP  ? PS_REVOCATION_OCSP
                               : input.kind == KIND_CRL ? PS_REVOCATION_CRL
                                                        : PS_REVOCATION_NONE,
                       .on_unavailable = input.soft ? PS_UNAVAILABLE_SOFT : PS_UNAVAILABLE_HARD},
        .intermediates = {.aia = input.kind == KIND_ISSUER}};
    const struct ps_bytes anchor = {world.root.data, world.root.size};
    const struct ps_trust_options options = {
        .strategy = &strategy, .anchors = &anchor, .anchor_count = 1};
    ps_status status = ps_trust_new(world.stack, &options, &trust, &err);
    assert(ps_is_ok(status));
    contact_with(&input, trust);
    ps_trust_free(trust);
    ps_device_stack_forget(world.stack, 0);
    return 0;
}
