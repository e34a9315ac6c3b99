/* SPDX-License-Identifier: Apache-2.0
 *
 * A provider is a table of functions that OpenSSL calls with the provider's own context. Ours has
 * the default provider's context for its own, because that is what the default provider's
 * algorithms are called with; whose it is is looked up among the libraries in use.
 */
#include "library.h"

#include <assert.h>
#include <openssl/core_dispatch.h>
#include <openssl/err.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "stack.h"

enum { DECODERS_MAX = 64 };

/* Of the process. The tables that a provider answers with are constants of OpenSSL, the same for
 * every instance: those of the decoders that are kept are copied once. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct ps_library *libraries;
static OSSL_ALGORITHM decoders[DECODERS_MAX + 1]; /* ends with a NULL name */
static bool decoders_known;

static OSSL_PROVIDER *provider_of(const void *context)
{
    OSSL_PROVIDER *found = NULL;
    pthread_mutex_lock(&lock);
    for (const struct ps_library *at = libraries; at && !found; at = at->next)
        if (OSSL_PROVIDER_get0_provider_ctx(at->provider) == context)
            found = at->provider;
    pthread_mutex_unlock(&lock);
    assert(found);
    return found;
}

static const OSSL_ALGORITHM *query(void *context, int operation, int *no_cache)
{
    if (operation == OSSL_OP_DECODER) {
        *no_cache = 0;
        return decoders;
    }
    return OSSL_PROVIDER_query_operation(provider_of(context), operation, no_cache);
}

static int capabilities(void *context, const char *capability, OSSL_CALLBACK *call, void *argument)
{
    return OSSL_PROVIDER_get_capabilities(provider_of(context), capability, call, argument);
}

/* The library whose provider is being loaded by this thread. */
static _Thread_local const struct ps_library *loading;

static int start(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *core,
                 const OSSL_DISPATCH **ret_functions, void **ret_context)
{
    static const OSSL_DISPATCH functions[] = {
        {OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query},
        {OSSL_FUNC_PROVIDER_GET_CAPABILITIES, (void (*)(void))capabilities},
        {0, NULL},
    };
    (void)handle;
    (void)core;
    *ret_functions = functions;
    *ret_context = OSSL_PROVIDER_get0_provider_ctx(loading->provider);
    return 1;
}

/* Only those that read the key in a certificate. */
static bool keep_decoders(OSSL_PROVIDER *provider)
{
    int no_cache = 0;
    size_t kept = 0;
    const OSSL_ALGORITHM *all = OSSL_PROVIDER_query_operation(provider, OSSL_OP_DECODER, &no_cache);
    if (!all || no_cache)
        return false;
    for (; all->algorithm_names && kept < DECODERS_MAX; all++)
        if (strstr(all->property_definition, "structure=SubjectPublicKeyInfo"))
            decoders[kept++] = *all;
    return kept > 0 && !all->algorithm_names;
}

static bool pass_on(struct ps_library *library)
{
    library->behind = ps_need(OSSL_LIB_CTX_new());
    library->provider = ps_need(OSSL_PROVIDER_load(library->behind, "default"));
    pthread_mutex_lock(&lock);
    decoders_known = decoders_known || keep_decoders(library->provider);
    library->next = libraries;
    libraries = library;
    bool known = decoders_known;
    pthread_mutex_unlock(&lock);
    if (!known || OSSL_PROVIDER_add_builtin(library->context, "passing", start) != 1)
        return false;
    loading = library;
    library->passing = OSSL_PROVIDER_load(library->context, "passing");
    loading = NULL;
    return library->passing;
}

void ps_library_init(struct ps_library *library)
{
    *library = (struct ps_library){.context = ps_need(OSSL_LIB_CTX_new())};
    if (!pass_on(library))
        ps_errors_clear(); /* the context loads the default provider by itself */
}

void ps_library_deinit(struct ps_library *library)
{
    if (library->passing)
        OSSL_PROVIDER_unload(library->passing);
    OSSL_LIB_CTX_free(library->context);
    pthread_mutex_lock(&lock);
    for (struct ps_library **at = &libraries; *at; at = &(*at)->next)
        if (*at == library) {
            *at = library->next;
            break;
        }
    pthread_mutex_unlock(&lock);
    if (library->provider)
        OSSL_PROVIDER_unload(library->provider);
    OSSL_LIB_CTX_free(library->behind);
    *library = (struct ps_library){0};
}
