/* SPDX-License-Identifier: Apache-2.0
 *
 * ps_keypool_fill starts its threads, hands out one key to be made after the other, slowest type
 * first (so that no RSA-4096 is left alone at the end), and joins them: no thread outlives the
 * call.
 */
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include "failure.h"
#include "keypool.h"

struct key_list {
    struct ps_key *first, *last;
    unsigned count;
};

struct ps_keypool {
    unsigned threads;
    OSSL_LIB_CTX *library;
    pthread_mutex_t lock; /* guards `ready` */
    struct key_list ready[PS_KEY_TYPE_COUNT];
};

static const struct key_kind {
    const char *algorithm;
    unsigned bits;     /* RSA */
    const char *curve; /* EC */
} key_kinds[] = {
    [PS_KEY_RSA_1024] = {"RSA", 1024, NULL},  [PS_KEY_RSA_2048] = {"RSA", 2048, NULL},
    [PS_KEY_RSA_3072] = {"RSA", 3072, NULL},  [PS_KEY_RSA_4096] = {"RSA", 4096, NULL},
    [PS_KEY_ECDSA_P256] = {"EC", 0, "P-256"}, [PS_KEY_ECDSA_P384] = {"EC", 0, "P-384"},
};
_Static_assert(sizeof key_kinds / sizeof key_kinds[0] == PS_KEY_TYPE_COUNT, "a kind for each type");

/* Slowest first. */
static const enum ps_key_type types_by_cost[] = {
    PS_KEY_RSA_4096, PS_KEY_RSA_3072,   PS_KEY_RSA_2048,
    PS_KEY_RSA_1024, PS_KEY_ECDSA_P384, PS_KEY_ECDSA_P256,
};
_Static_assert(sizeof types_by_cost / sizeof types_by_cost[0] == PS_KEY_TYPE_COUNT,
               "each type has its place");

OSSL_LIB_CTX *ps_keypool_library(struct ps_keypool *pool)
{
    return pool->library;
}

static void key_free(struct ps_key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->pair);
    OPENSSL_clear_free(key->secret, key->secret_size);
    OPENSSL_free(key->spki);
    free(key);
}

int ps_key_identify(struct ps_bytes spki, OSSL_LIB_CTX *library, unsigned char *ret_identifier)
{
    const unsigned char *at = spki.data;
    X509_PUBKEY *public_key = d2i_X509_PUBKEY(NULL, &at, (long)spki.size);
    const unsigned char *bits = NULL;
    int size = 0;
    size_t written = 0;
    int ok = public_key != NULL &&
             X509_PUBKEY_get0_param(NULL, &bits, &size, NULL, public_key) == 1 &&
             EVP_Q_digest(library, "SHA1", NULL, bits, (size_t)size, ret_identifier, &written) == 1;
    X509_PUBKEY_free(public_key);
    return ok;
}

static ps_status key_make(OSSL_LIB_CTX *library, enum ps_key_type type, struct ps_key **ret_key,
                          struct ps_error *err)
{
    const struct key_kind *kind = &key_kinds[type];
    struct ps_key *key = ps_alloc(1, sizeof *key);
    key->type = type;
    /* RSA's public exponent is OpenSSL's default, 65537. */
    if (kind->curve == NULL)
        key->pair = EVP_PKEY_Q_keygen(library, NULL, kind->algorithm, (size_t)kind->bits);
    else
        key->pair = EVP_PKEY_Q_keygen(library, NULL, kind->algorithm, kind->curve);
    int secret_size = key->pair != NULL ? i2d_PrivateKey(key->pair, &key->secret) : -1;
    int spki_size = key->pair != NULL ? i2d_PUBKEY(key->pair, &key->spki) : -1;
    key->secret_size = secret_size > 0 ? (size_t)secret_size : 0;
    key->spki_size = spki_size > 0 ? (size_t)spki_size : 0;
    struct ps_bytes spki = {key->spki, key->spki_size};
    /* Short of memory, OpenSSL may give a key that does not know its own size. */
    if (secret_size <= 0 || spki_size <= 0 || EVP_PKEY_get_size(key->pair) <= 0 ||
        !ps_key_identify(spki, library, key->identifier)) {
        key_free(key);
        return ps_ca_openssl_fail(err, "making a key pair");
    }
    *ret_key = key;
    return PS_OK;
}

ps_status ps_keypool_new(unsigned threads, struct ps_keypool **ret_pool, struct ps_error *err)
{
    assert(threads > 0);
    /* The host's openssl.cnf must not decide a result. The first caller in the process wins. */
    if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
        return ps_ca_openssl_fail(err, "starting OpenSSL");
    OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();
    if (library == NULL)
        ps_memory_exhausted(0);
    struct ps_keypool *pool = ps_alloc(1, sizeof *pool);
    pool->threads = threads;
    pool->library = library;
    int failed = pthread_mutex_init(&pool->lock, NULL);
    assert(failed == 0);
    *ret_pool = pool;
    return PS_OK;
}

void ps_keypool_free(struct ps_keypool *pool)
{
    if (pool == NULL)
        return;
    for (size_t type = 0; type < PS_KEY_TYPE_COUNT; type++) {
        for (struct ps_key *key = pool->ready[type].first, *next; key != NULL; key = next) {
            next = key->next;
            key_free(key);
        }
    }
    pthread_mutex_destroy(&pool->lock);
    OSSL_LIB_CTX_free(pool->library);
    free(pool);
}

void ps_keypool_give(struct ps_keypool *pool, struct ps_key *key)
{
    pthread_mutex_lock(&pool->lock);
    struct key_list *list = &pool->ready[key->type];
    key->next = NULL;
    if (list->last != NULL)
        list->last->next = key;
    else
        list->first = key;
    list->last = key;
    list->count++;
    pthread_mutex_unlock(&pool->lock);
}

ps_status ps_keypool_take(struct ps_keypool *pool, enum ps_key_type type, struct ps_key **ret_key,
                          struct ps_error *err)
{
    assert((unsigned)type < PS_KEY_TYPE_COUNT);
    pthread_mutex_lock(&pool->lock);
    struct key_list *list = &pool->ready[type];
    struct ps_key *key = list->first;
    if (key != NULL) {
        list->first = key->next;
        if (list->first == NULL)
            list->last = NULL;
        list->count--;
    }
    pthread_mutex_unlock(&pool->lock);
    if (key == NULL)
        return key_make(pool->library, type, ret_key, err);
    key->next = NULL;
    *ret_key = key;
    return PS_OK;
}

/* What the threads of one ps_keypool_fill share. */
struct filling {
    struct ps_keypool *pool;
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t changed;
    unsigned missing[PS_KEY_TYPE_COUNT]; /* not yet begun */
    unsigned done, total;
    ps_status status; /* the first failure ends the filling */
    struct ps_error error;
};

static bool filling_next(struct filling *filling, enum ps_key_type *ret_type)
{
    bool found = false;
    pthread_mutex_lock(&filling->lock);
    for (size_t i = 0; i < PS_KEY_TYPE_COUNT && !found && ps_is_ok(filling->status); i++) {
        if (filling->missing[types_by_cost[i]] > 0) {
            filling->missing[types_by_cost[i]]--;
            *ret_type = types_by_cost[i];
            found = true;
        }
    }
    pthread_mutex_unlock(&filling->lock);
    return found;
}

static void *filling_work(void *context)
{
    struct filling *filling = context;
    enum ps_key_type type;
    while (filling_next(filling, &type)) {
        struct ps_key *key = NULL;
        struct ps_error error = {{0}};
        ps_status status = key_make(filling->pool->library, type, &key, &error);
        if (ps_is_ok(status))
            ps_keypool_give(filling->pool, key);
        pthread_mutex_lock(&filling->lock);
        if (ps_is_ok(status)) {
            filling->done++;
        } else if (ps_is_ok(filling->status)) {
            filling->status = status;
            filling->error = error;
        }
        pthread_cond_signal(&filling->changed);
        pthread_mutex_unlock(&filling->lock);
    }
    return NULL;
}

/* Waits for the keys one by one; calls `progress` once per key, without the lock. */
static void filling_watch(struct filling *filling,
                          void (*progress)(unsigned done, unsigned total, void *context),
                          void *context)
{
    for (unsigned told = 0; told < filling->total;) {
        pthread_mutex_lock(&filling->lock);
        while (filling->done == told && ps_is_ok(filling->status))
            pthread_cond_wait(&filling->changed, &filling->lock);
        unsigned done = filling->done;
        pthread_mutex_unlock(&filling->lock);
        if (done == told)
            return; /* failed */
        while (told < done) {
            told++;
            if (progress != NULL)
                progress(told, filling->total, context);
        }
    }
}

ps_status ps_keypool_fill(struct ps_keypool *pool, const unsigned wanted_by_type[],
                          void (*progress)(unsigned done, unsigned total, void *context),
                          void *context, struct ps_error *err)
{
    struct filling filling = {.pool = pool, .status = PS_OK};
    pthread_mutex_lock(&pool->lock);
    for (size_t type = 0; type < PS_KEY_TYPE_COUNT; type++) {
        if (wanted_by_type[type] > pool->ready[type].count)
            filling.missing[type] = wanted_by_type[type] - pool->ready[type].count;
        filling.total += filling.missing[type];
    }
    pthread_mutex_unlock(&pool->lock);
    if (filling.total == 0)
        return PS_OK;

    pthread_mutex_init(&filling.lock, NULL);
    pthread_cond_init(&filling.changed, NULL);
    unsigned wanted = pool->threads < filling.total ? pool->threads : filling.total;
    pthread_t *threads = ps_alloc(wanted, sizeof *threads);
    unsigned started = 0;
    int failed = 0;
    while (started < wanted && failed == 0) {
        failed = pthread_create(&threads[started], NULL, filling_work, &filling);
        started += failed == 0;
    }
    /* Fewer threads than wished for only take longer. */
    if (started > 0)
        filling_watch(&filling, progress, context);
    for (unsigned i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    free(threads);
    pthread_cond_destroy(&filling.changed);
    pthread_mutex_destroy(&filling.lock);
    if (started == 0)
        return ps_fail(err, PS_FAILED, "making key pairs: no thread: %s", strerror(failed));
    if (!ps_is_ok(filling.status) && err != NULL)
        *err = filling.error;
    return filling.status;
}
