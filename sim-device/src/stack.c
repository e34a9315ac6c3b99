/* SPDX-License-Identifier: Apache-2.0 */
#include "stack.h"

#include <assert.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>

/* uthash's own way to say so ends the program too. */
#define uthash_fatal(message) ps_memory_exhausted(0)
#include <uthash.h>
#include "sim-device/judge.h"

struct ps_parsed {
    unsigned char *der; /* owned; the key */
    size_t size;
    X509 *certificate; /* owned */
    UT_hash_handle hh;
};

void *ps_need(void *made)
{
    if (!made)
        ps_memory_exhausted(0);
    return made;
}

void ps_errors_clear(void)
{
    for (unsigned long code; (code = ERR_get_error()) != 0;)
        if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
            ps_memory_exhausted(0);
}

ps_status ps_device_stack_new(struct ps_device_stack **ret_stack, struct ps_error *err)
{
    /* The host's openssl.cnf must not decide a verdict (minimum versions, security levels). */
    OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    struct ps_device_stack *stack = ps_alloc(1, sizeof *stack);
    ps_library_init(&stack->own);
    stack->library = stack->own.context;
    stack->sha256 = EVP_MD_fetch(stack->library, "SHA256", NULL);
    stack->sha1 = EVP_MD_fetch(stack->library, "SHA1", NULL);
    if (!stack->sha256 || !stack->sha1) {
        ps_device_stack_free(stack);
        ps_errors_clear();
        return ps_fail(err, PS_FAILED, "OpenSSL offers no SHA-256 or no SHA-1");
    }
    *ret_stack = stack;
    return PS_OK;
}

void ps_device_stack_forget(struct ps_device_stack *stack, size_t kept_max)
{
    struct ps_parsed *entry, *next;
    if (HASH_COUNT(stack->parsed) <= kept_max)
        return;
    HASH_ITER (hh, stack->parsed, entry, next) {
        HASH_DEL(stack->parsed, entry);
        X509_free(entry->certificate);
        free(entry->der);
        free(entry);
    }
}

void ps_device_stack_free(struct ps_device_stack *stack)
{
    if (!stack)
        return;
    ps_device_stack_forget(stack, 0);
    EVP_MD_free(stack->sha256);
    EVP_MD_free(stack->sha1);
    ps_library_deinit(&stack->own);
    free(stack);
}

X509 *ps_stack_certificate(struct ps_device_stack *stack, struct ps_bytes der)
{
    struct ps_parsed *entry = NULL;
    if (!der.data || der.size == 0 || der.size > INT_MAX)
        return NULL;
    HASH_FIND(hh, stack->parsed, der.data, der.size, entry);
    if (!entry) {
        X509 *certificate = ps_need(X509_new_ex(stack->library, NULL));
        const unsigned char *at = der.data;
        bool whole = d2i_X509(&certificate, &at, (long)der.size) && at == der.data + der.size;
        ps_errors_clear();
        if (!whole) {
            X509_free(certificate);
            return NULL;
        }
        entry = ps_alloc(1, sizeof *entry);
        entry->der = ps_memdup(der.data, der.size);
        entry->size = der.size;
        entry->certificate = certificate;
        HASH_ADD_KEYPTR(hh, stack->parsed, entry->der, entry->size, entry);
    }
    X509_up_ref(entry->certificate);
    return entry->certificate;
}

X509_CRL *ps_stack_crl(struct ps_device_stack *stack, struct ps_bytes der)
{
    if (!der.data || der.size == 0 || der.size > INT_MAX)
        return NULL;
    X509_CRL *crl = ps_need(X509_CRL_new_ex(stack->library, NULL));
    const unsigned char *at = der.data;
    bool whole = d2i_X509_CRL(&crl, &at, (long)der.size) && at == der.data + der.size;
    ps_errors_clear();
    if (!whole) {
        X509_CRL_free(crl);
        return NULL;
    }
    return crl;
}
