/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509.h>
#include "ca_private.h"
#include "mint.h"
#include "name.h"
#include "publisher.h"

bool ps_publisher_is_at(uint32_t what, const char *path)
{
    static const struct {
        uint32_t what;
        const char *prefix;
    } places[] = {
        {PS_PUBLISH_OCSP, "/ocsp/"}, {PS_PUBLISH_CRL, "/crl/"}, {PS_PUBLISH_ISSUER, "/issuer/"}};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (places[i].what == what)
            return strncmp(path, places[i].prefix, strlen(places[i].prefix)) == 0;
    }
    return false;
}

bool ps_publisher_is_down(const struct ps_publisher *publisher, const char *path)
{
    for (size_t i = 0; i < publisher->count; i++) {
        if (publisher->published[i].down && strcmp(publisher->published[i].path, path) == 0)
            return true;
    }
    return false;
}

const struct ps_published *ps_publisher_find(const struct ps_publisher *publisher, uint32_t what,
                                             const char *path)
{
    for (size_t i = 0; i < publisher->count; i++) {
        if (publisher->published[i].what == what && strcmp(publisher->published[i].path, path) == 0)
            return &publisher->published[i];
    }
    return NULL;
}

/* The bits of a public key; NULL is memory. */
static ASN1_BIT_STRING *key_bits(struct ps_bytes spki)
{
    const unsigned char *at = spki.data, *bits = NULL;
    int size = 0;
    X509_PUBKEY *key = d2i_X509_PUBKEY(NULL, &at, (long)spki.size);
    ASN1_BIT_STRING *value = ASN1_BIT_STRING_new();
    if (key == NULL || value == NULL ||
        X509_PUBKEY_get0_param(NULL, &bits, &size, NULL, key) != 1 ||
        ASN1_BIT_STRING_set(value, (unsigned char *)bits, size) != 1)
        ps_memory_exhausted(0);
    X509_PUBKEY_free(key);
    return value;
}

/* Whether `asked` names this certificate, by whatever digest it does. Everything is made from plain
 * bytes: other threads read the same CA. */
static bool asked_for(OCSP_CERTID *asked, const struct ps_ca *ca, ps_certificate_id certificate)
{
    const struct ps_ca_certificate *found = ps_ca_certificate_find(ca, certificate);
    ASN1_OBJECT *algorithm = NULL;
    OCSP_id_get0_info(NULL, &algorithm, NULL, NULL, asked);
    const EVP_MD *digest = EVP_get_digestbyobj(algorithm);
    if (digest == NULL)
        return false;
    X509_NAME *issuer = NULL;
    struct ps_error ignored;
    ps_status status = ps_ca_name_parse(found->issuer, &issuer, &ignored);
    assert(ps_is_ok(status)); /* it was a name when the certificate was minted */
    ASN1_INTEGER *serial = ASN1_INTEGER_new();
    if (serial == NULL)
        ps_memory_exhausted(0);
    ps_mint_serial(certificate.n, serial);
    ASN1_BIT_STRING *key = key_bits(ps_ca_spki(ca, found->issuer_key));
    OCSP_CERTID *id = OCSP_cert_id_new(digest, issuer, key, serial);
    bool same = id != NULL && OCSP_id_cmp(id, asked) == 0;
    OCSP_CERTID_free(id);
    ASN1_BIT_STRING_free(key);
    ASN1_INTEGER_free(serial);
    X509_NAME_free(issuer);
    return same;
}

static void answer_error(int status, struct ps_buffer *ret_response)
{
    OCSP_RESPONSE *response = OCSP_response_create(status, NULL);
    unsigned char *der = NULL;
    int size = response != NULL ? i2d_OCSP_RESPONSE(response, &der) : -1;
    if (size <= 0)
        ps_memory_exhausted(0);
    ps_buffer_append(ret_response, der, (size_t)size);
    OPENSSL_free(der);
    OCSP_RESPONSE_free(response);
}

static const struct ps_published *ocsp_find(const struct ps_publisher *publisher, const char *path,
                                            OCSP_CERTID *asked)
{
    for (size_t i = 0; i < publisher->count; i++) {
        const struct ps_published *published = &publisher->published[i];
        if (published->what == PS_PUBLISH_OCSP && strcmp(published->path, path) == 0 &&
            asked_for(asked, publisher->ca, published->about))
            return published;
    }
    return NULL;
}

void ps_publisher_ocsp(const struct ps_publisher *publisher, const char *path,
                       struct ps_bytes request, struct ps_buffer *ret_response)
{
    const unsigned char *at = request.data;
    OCSP_REQUEST *asked = request.size > 0 ? d2i_OCSP_REQUEST(NULL, &at, (long)request.size) : NULL;
    int count = asked != NULL ? OCSP_request_onereq_count(asked) : 0;
    if (count <= 0 || at != request.data + request.size) {
        answer_error(OCSP_RESPONSE_STATUS_MALFORMEDREQUEST, ret_response);
    } else {
        OCSP_CERTID *id = OCSP_onereq_get0_id(OCSP_request_onereq_get0(asked, 0));
        const struct ps_published *found = count == 1 ? ocsp_find(publisher, path, id) : NULL;
        if (found != NULL)
            ps_buffer_append(ret_response, found->body.data, found->body.size);
        else
            answer_error(OCSP_RESPONSE_STATUS_UNAUTHORIZED, ret_response);
    }
    OCSP_REQUEST_free(asked);
    ERR_clear_error();
}
