/* SPDX-License-Identifier: Apache-2.0
 *
 * Certificates, CRLs and keys out of files as people have them: PEM with words around it, with the
 * line ends of any system, with blocks of other kinds between; or bare DER.
 */
#include "sim-device/judge.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include "stack.h"

static const struct {
    const char *what, *article, *labels[3];
} kinds[] = {
    [PS_DER_CERTIFICATE] = {"certificate",
                            "X.509 certificate",
                            {"CERTIFICATE", "X509 CERTIFICATE", NULL}},
    [PS_DER_CRL] = {"CRL", "certificate revocation list", {"X509 CRL", NULL, NULL}},
    [PS_DER_KEY] = {"key", "public key", {"PUBLIC KEY", NULL, NULL}},
};

/* OpenSSL's format with settings for trust behind the certificate. */
static const char trusted_label[] = "TRUSTED CERTIFICATE";

void ps_der_list_add(struct ps_der_list *list, struct ps_bytes der)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].size == der.size && memcmp(list->items[i].data, der.data, der.size) == 0)
            return;
    struct ps_bytes copy = {ps_memdup(der.data, der.size), der.size};
    PS_PUSH(list->items, list->count, list->capacity, copy);
}

void ps_der_list_deinit(struct ps_der_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free((void *)(uintptr_t)list->items[i].data);
    free(list->items);
    memset(list, 0, sizeof *list);
}

static const char *last_reason(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason ? reason : "malformed";
}

/* Whether the bytes are one object of that kind and nothing else. */
static bool is_object(struct ps_device_stack *stack, enum ps_der_kind kind, struct ps_bytes der)
{
    const unsigned char *at = der.data;
    bool is = false;
    if (kind == PS_DER_CERTIFICATE) {
        X509 *certificate = ps_stack_certificate(stack, der);
        is = certificate != NULL;
        X509_free(certificate);
        return is;
    }
    if (kind == PS_DER_CRL) {
        X509_CRL *crl = ps_stack_crl(stack, der);
        is = crl != NULL;
        X509_CRL_free(crl);
        return is;
    }
    EVP_PKEY *key = d2i_PUBKEY_ex(NULL, &at, (long)der.size, stack->library, NULL);
    is = key && at == der.data + der.size;
    EVP_PKEY_free(key);
    return is;
}

static ps_status add_object(struct ps_device_stack *stack, enum ps_der_kind kind,
                            struct ps_bytes der, struct ps_der_list *list, size_t number,
                            struct ps_error *err)
{
    if (!is_object(stack, kind, der)) {
        ps_errors_clear();
        return ps_fail(err, PS_INVALID, "%s %zu is malformed: no %s in DER", kinds[kind].what,
                       number, kinds[kind].article);
    }
    struct ps_bytes copy = {ps_memdup(der.data, der.size), der.size};
    PS_PUSH(list->items, list->count, list->capacity, copy);
    return PS_OK;
}

/* The size of the DER element at the beginning: its head and what that says follows. 0: no element,
 * or it is cut off. */
static size_t element_size(struct ps_bytes input)
{
    const unsigned char *at = input.data;
    long length;
    int tag, class;
    if (input.size == 0 || input.size > LONG_MAX)
        return 0;
    int is = ASN1_get_object(&at, &length, &tag, &class, (long)input.size);
    ps_errors_clear();
    if ((is & 0x81) || tag != V_ASN1_SEQUENCE || length < 0)
        return 0; /* an error, or of indefinite length, which DER has not */
    return (size_t)(at - input.data) + (size_t)length;
}

static ps_status read_der(struct ps_device_stack *stack, enum ps_der_kind kind,
                          struct ps_bytes input, struct ps_der_list *list, struct ps_error *err)
{
    for (size_t number = 1; input.size > 0; number++) {
        size_t size = element_size(input);
        if (size == 0 && number == 1)
            return ps_fail(err, PS_INVALID, "%s 1 is malformed: neither PEM nor whole DER",
                           kinds[kind].what);
        if (size == 0)
            return ps_fail(err, PS_INVALID, "%s %zu is malformed: cut off, or no DER",
                           kinds[kind].what, number);
        PS_TRY(add_object(stack, kind, (struct ps_bytes){input.data, size}, list, number, err));
        input.data += size;
        input.size -= size;
    }
    return PS_OK;
}

static bool is_label(enum ps_der_kind kind, const char *label)
{
    for (const char *const *known = kinds[kind].labels; *known; known++)
        if (strcmp(*known, label) == 0)
            return true;
    return false;
}

static ps_status read_blocks(struct ps_device_stack *stack, enum ps_der_kind kind, BIO *bio,
                             struct ps_der_list *list, struct ps_error *err)
{
    for (size_t number = 1, block = 1;; block++) {
        char *label = NULL, *header = NULL;
        unsigned char *data = NULL;
        long size = 0;
        ps_status status = PS_OK;
        ps_errors_clear();
        if (PEM_read_bio(bio, &label, &header, &data, &size) != 1) {
            unsigned long error = ERR_peek_last_error();
            if (ERR_GET_LIB(error) != ERR_LIB_PEM || ERR_GET_REASON(error) != PEM_R_NO_START_LINE)
                status = ps_fail(err, PS_INVALID, "PEM block %zu is malformed: %s", block,
                                 last_reason());
            ps_errors_clear();
            return status;
        }
        if (kind == PS_DER_CERTIFICATE && strcmp(label, trusted_label) == 0)
            status = ps_fail(err, PS_INVALID,
                             "certificate %zu carries OpenSSL's own trust settings, which no other "
                             "stack knows: write it plain ('openssl x509')",
                             number);
        else if (is_label(kind, label))
            status =
                add_object(stack, kind, (struct ps_bytes){data, (size_t)size}, list, number++, err);
        OPENSSL_free(label);
        OPENSSL_free(header);
        OPENSSL_free(data);
        PS_TRY(status);
    }
}

/* Where the first PEM block begins, at the beginning of a line; NULL: nowhere. */
static const unsigned char *find_pem(struct ps_bytes input)
{
    static const char begin[] = "-----BEGIN ";
    const unsigned char *at = input.data, *end = input.data + input.size;
    while (at && at < end && (at = memmem(at, (size_t)(end - at), begin, sizeof begin - 1))) {
        static const unsigned char mark[] = {0xEF, 0xBB, 0xBF};
        size_t before = (size_t)(at - input.data);
        if (before == 0 || at[-1] == '\n' || at[-1] == '\r' ||
            (before == sizeof mark && memcmp(input.data, mark, sizeof mark) == 0))
            return at;
        at++;
    }
    return NULL;
}

ps_status ps_der_read(struct ps_device_stack *stack, enum ps_der_kind kind, struct ps_bytes input,
                      struct ps_der_list *list, struct ps_error *err)
{
    if (input.size > INT_MAX)
        return ps_fail(err, PS_INVALID, "it is larger than %d bytes", INT_MAX);
    if (input.size == 0)
        return PS_OK;
    /* DER's first byte is the digit 0, with which a text may begin too. */
    bool whole = element_size(input) == input.size;
    const unsigned char *pem = whole ? NULL : find_pem(input);
    if (!pem)
        return read_der(stack, kind, input, list, err);
    size_t size = input.size - (size_t)(pem - input.data);
    BIO *bio = ps_need(BIO_new_mem_buf(pem, (int)size));
    ps_status status = read_blocks(stack, kind, bio, list, err);
    BIO_free(bio);
    return status;
}
