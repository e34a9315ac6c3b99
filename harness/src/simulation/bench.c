/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/bench.h"

#include <assert.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "fake-ca/baseline.h"
#include "loop/runner.h"

#define HOST      "hub.example"
#define ROOT_DN   "O=Bench, CN=Root"
#define ISSUER_DN "O=Bench, CN=Issuer"

static const ps_time begin = {1577836800};  /* 2020-01-01 */
static const ps_time now = {1640995200};    /* 2022-01-01 */
static const ps_time finish = {1735689600}; /* 2025-01-01 */

struct ps_bench {
    struct ps_keypool *pool;
    struct ps_ca *ca;
    ps_certificate_id root, issuer;
    struct ps_presentation presentation; /* its chain is `issuer` */
    struct ps_strategy strategy;
    struct ps_bytes anchor;
    struct ps_trust_options trust;
    struct ps_baseline *baselines[PS_BENCH_THREADS_MAX];
    struct ps_runner *runner; /* NULL: closed */
    uint64_t bytes_before;
    struct ps_bench_seen seen;
};

/* A certificate with a key of its own; without an issuer's key it is self-signed. */
static ps_status issue(struct ps_bench *bench, struct ps_certificate_spec *spec,
                       const ps_key_id *issuer_key, ps_key_id *ret_key, ps_certificate_id *ret_id,
                       struct ps_error *err)
{
    spec->hash = PS_HASH_SHA256;
    spec->not_before = begin;
    spec->not_after = finish;
    spec->path_length = PS_PATH_LENGTH_NONE;
    PS_TRY(ps_ca_key(bench->ca, PS_KEY_ECDSA_P256, ret_key, err));
    const char *issuer = issuer_key == NULL ? spec->subject : spec->ca ? ROOT_DN : ISSUER_DN;
    return ps_ca_issue(bench->ca, spec, *ret_key, issuer,
                       issuer_key != NULL ? *issuer_key : *ret_key, ret_id, err);
}

static ps_status mint(struct ps_bench *bench, struct ps_error *err)
{
    ps_key_id root_key, issuer_key;
    struct ps_certificate_spec root = {.subject = ROOT_DN, .ca = true};
    struct ps_certificate_spec issuer = {.subject = ISSUER_DN, .ca = true};
    struct ps_certificate_spec leaf = {
        .subject = "CN=" HOST, .host = HOST, .eku = PS_EKU_SERVER_AUTH};
    struct ps_presentation *presentation = &bench->presentation;
    PS_TRY(issue(bench, &root, NULL, &root_key, &bench->root, err));
    PS_TRY(issue(bench, &issuer, &root_key, &issuer_key, &bench->issuer, err));
    PS_TRY(issue(bench, &leaf, &issuer_key, &presentation->leaf_key, &presentation->leaf, err));
    presentation->chain = &bench->issuer;
    presentation->chain_count = 1;
    return PS_OK;
}

/* A device with one root and no pins, as most devices on the public Web's rules are. */
static void trust(struct ps_bench *bench)
{
    struct ps_strategy *strategy = &bench->strategy;
    strategy->name = "bench";
    strategy->chain.engine = PS_ENGINE_PKIX;
    strategy->chain.builder = PS_BUILDER_OPENSSL3;
    strategy->chain.intermediates_max = 8;
    strategy->pins.expires = PS_TIME_NEVER;
    strategy->identity.hostname = PS_HOSTNAME_SAN;
    strategy->time.floor = PS_TIME_ALWAYS;
    bench->anchor = ps_ca_der(bench->ca, bench->root);
    bench->trust = (struct ps_trust_options){
        .strategy = strategy, .anchors = &bench->anchor, .anchor_count = 1};
}

static ps_status make(struct ps_bench *bench, struct ps_error *err)
{
    PS_TRY(ps_keypool_new(1, &bench->pool, err));
    PS_TRY(ps_ca_new(bench->pool, &bench->ca, err));
    PS_TRY(mint(bench, err));
    trust(bench);
    const struct ps_baseline_options baseline = {.ca = bench->ca,
                                                 .presentation = &bench->presentation,
                                                 .anchor = bench->root,
                                                 .host = HOST,
                                                 .now = now};
    for (size_t i = 0; i < PS_BENCH_THREADS_MAX; i++)
        PS_TRY(ps_baseline_new(&baseline, &bench->baselines[i], err));
    return PS_OK;
}

ps_status ps_bench_new(struct ps_bench **ret_bench, struct ps_error *err)
{
    struct ps_bench *bench = ps_alloc(1, sizeof *bench);
    ps_status status = make(bench, err);
    if (!ps_is_ok(status)) {
        ps_bench_free(bench);
        return status;
    }
    *ret_bench = bench;
    return PS_OK;
}

void ps_bench_free(struct ps_bench *bench)
{
    if (bench == NULL)
        return;
    ps_bench_close(bench);
    for (size_t i = 0; i < PS_BENCH_THREADS_MAX; i++)
        ps_baseline_free(bench->baselines[i]);
    ps_ca_free(bench->ca);
    ps_keypool_free(bench->pool);
    free(bench);
}

struct bare {
    struct ps_baseline *baseline;
    uint32_t count;
    ps_status status;
    struct ps_error error;
};

static void *bare_main(void *argument)
{
    struct bare *bare = argument;
    bare->status = ps_baseline_run(bare->baseline, bare->count, &bare->error);
    return NULL;
}

ps_status ps_bench_baseline(struct ps_bench *bench, unsigned threads, uint32_t count,
                            struct ps_error *err)
{
    assert(threads >= 1 && threads <= PS_BENCH_THREADS_MAX);
    pthread_t others[PS_BENCH_THREADS_MAX];
    struct bare bare[PS_BENCH_THREADS_MAX] = {0};
    unsigned started = 1; /* the caller's own thread */
    int error = 0;
    for (unsigned i = 0; i < threads; i++)
        bare[i] = (struct bare){.baseline = bench->baselines[i], .count = count, .status = PS_OK};
    while (started < threads && error == 0) {
        error = pthread_create(&others[started], NULL, bare_main, &bare[started]);
        started += error == 0;
    }
    if (error == 0)
        bare_main(&bare[0]);
    for (unsigned i = 1; i < started; i++)
        pthread_join(others[i], NULL);
    if (error != 0)
        return ps_fail(err, PS_FAILED, "cannot start a thread: %s", strerror(error));
    for (unsigned i = 0; i < threads; i++)
        if (!ps_is_ok(bare[i].status)) {
            *err = bare[i].error;
            return bare[i].status;
        }
    return PS_OK;
}

static uint64_t bytes_in_use(void)
{
    struct mallinfo2 info = mallinfo2(); /* of all threads' arenas */
    return info.uordblks + info.hblkhd;
}

ps_status ps_bench_open(struct ps_bench *bench, const struct ps_bench_path *path,
                        struct ps_text *notice, struct ps_error *err)
{
    ps_bench_close(bench);
    bench->bytes_before = bytes_in_use();
    const struct ps_runner_options options = {.ca = bench->ca,
                                              .jobs = path->jobs,
                                              .link = path->link,
                                              .endpoint_count = 1,
                                              .in_flight_max = path->in_flight,
                                              .live = path->live};
    return ps_runner_new(&options, &bench->runner, notice, err);
}

void ps_bench_close(struct ps_bench *bench)
{
    ps_runner_free(bench->runner);
    bench->runner = NULL;
    bench->seen = (struct ps_bench_seen){0};
}

/* ps_runner_progress. */
static bool look(size_t done, size_t total, void *context)
{
    (void)done;
    (void)total;
    struct ps_bench *bench = context;
    uint64_t bytes = bytes_in_use();
    uint64_t more = bytes > bench->bytes_before ? bytes - bench->bytes_before : 0;
    if (more > bench->seen.bytes_peak)
        bench->seen.bytes_peak = more;
    return false;
}

ps_status ps_bench_contacts(struct ps_bench *bench, uint32_t count, struct ps_error *err)
{
    assert(bench->runner != NULL);
    struct ps_job *jobs = ps_alloc(count, sizeof *jobs);
    uint64_t jobs_bytes = (uint64_t)count * sizeof *jobs;
    for (uint32_t i = 0; i < count; i++)
        jobs[i] = (struct ps_job){.trust = &bench->trust,
                                  .now = now,
                                  .server_now = now,
                                  .host = HOST,
                                  .task = PS_CONTACT_TELEMETRY,
                                  .message = i,
                                  .presentation = &bench->presentation,
                                  .timeout = {60}};
    bench->bytes_before += jobs_bytes; /* they are no part of a connection */
    ps_status status = ps_runner_execute(bench->runner, jobs, count, look, bench, err);
    bench->bytes_before -= jobs_bytes;
    for (uint32_t i = 0; i < count && ps_is_ok(status); i++)
        if (!ps_verdict_accepted(&jobs[i].ret_verdict))
            status = ps_fail(err, PS_FAILED, "contact %u of the bench was not accepted: %s", i,
                             jobs[i].ret_verdict.reason);
    free(jobs);
    return status;
}

struct ps_bench_seen ps_bench_seen(const struct ps_bench *bench)
{
    struct ps_bench_seen seen = bench->seen;
    if (bench->runner != NULL)
        seen.connected_peak = ps_runner_counts(bench->runner).in_flight_peak;
    return seen;
}
