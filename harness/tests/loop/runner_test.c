/* SPDX-License-Identifier: Apache-2.0
 *
 * The runner with real handshakes: the same rows over TCP and memory, with one worker and two, give
 * the same bytes; then its limits, ports, and what happens when a batch cannot be finished.
 */
#include <arpa/inet.h>
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include "base/memory.h"
#include "loop/runner.h"
#include "loop/worker.h"

#define HOST "hub.example"
static const ps_time noon = {1600000000}; /* 2020-09-13 */
static const ps_time year_on = {
    1631536000}; /* after the expired leaf's end, well before the CAs' */

/* What is presented, and to whom: everything a row can name. */
enum shown { SHOWN_GOOD, SHOWN_EXPIRED, SHOWN_OTHER_NAME, SHOWN_SELF_SIGNED, SHOWN_COUNT };
enum trusting { TRUST_ROOT, TRUST_ANYTHING, TRUST_SIGNATURE, TRUST_BROKEN, TRUST_COUNT };

static struct world {
    struct ps_keypool *pool;
    struct ps_ca *ca;
    struct ps_presentation shown[SHOWN_COUNT];
    struct ps_strategy strategy[TRUST_COUNT];
    struct ps_bytes anchor, rubbish;
    struct ps_trust_options trust[TRUST_COUNT];
    struct ps_buffer release;
    struct ps_bytes release_bytes, no_release, bad_release;
} world;

static void must(ps_status status, const struct ps_error *err)
{
    ck_assert_msg(ps_is_ok(status), "%s", err->text);
}

static void world_leaf(enum shown shown, const char *host, ps_time until, ps_key_id issuer,
                       const ps_certificate_id chain[2])
{
    struct ps_error err = {0};
    struct ps_presentation *presentation = &world.shown[shown];
    struct ps_certificate_spec spec = {.subject = "CN=leaf",
                                       .host = host,
                                       .hash = PS_HASH_SHA256,
                                       .not_before = {noon.s - 86400},
                                       .not_after = until,
                                       .path_length = PS_PATH_LENGTH_NONE,
                                       .eku = PS_EKU_SERVER_AUTH};
    must(ps_ca_key(world.ca, PS_KEY_ECDSA_P256, &presentation->leaf_key, &err), &err);
    must(ps_ca_issue(world.ca, &spec, presentation->leaf_key, "O=Test, CN=Issuer", issuer,
                     &presentation->leaf, &err),
         &err);
    presentation->chain = ps_memdup(chain, 2 * sizeof *chain);
    presentation->chain_count = 2;
}

static void world_certificates(void)
{
    struct ps_error err = {0};
    ps_key_id root_key, issuer_key;
    ps_certificate_id chain[2]; /* issuer, root */
    struct ps_certificate_spec spec = {.subject = "O=Test, CN=Root",
                                       .hash = PS_HASH_SHA256,
                                       .not_before = {noon.s - 100000000},
                                       .not_after = {noon.s + 300000000},
                                       .ca = true,
                                       .path_length = PS_PATH_LENGTH_NONE};
    must(ps_ca_key(world.ca, PS_KEY_ECDSA_P256, &root_key, &err), &err);
    must(ps_ca_issue(world.ca, &spec, root_key, spec.subject, root_key, &chain[1], &err), &err);
    spec.subject = "O=Test, CN=Issuer";
    must(ps_ca_key(world.ca, PS_KEY_ECDSA_P256, &issuer_key, &err), &err);
    must(ps_ca_issue(world.ca, &spec, issuer_key, "O=Test, CN=Root", root_key, &chain[0], &err),
         &err);
    world.anchor = ps_ca_der(world.ca, chain[1]);
    ps_time far = {noon.s + 200000000}, soon = {noon.s + 86400};
    world_leaf(SHOWN_GOOD, HOST, far, issuer_key, chain);
    world_leaf(SHOWN_EXPIRED, HOST, soon, issuer_key, chain);
    world_leaf(SHOWN_OTHER_NAME, "other.example", far, issuer_key, chain);
    struct ps_attack_options attack = {.host = HOST,
                                       .not_before = {noon.s - 86400},
                                       .not_after = far,
                                       .issuer_dn = "O=Test, CN=Issuer",
                                       .issuer_key = issuer_key};
    must(ps_ca_attack(world.ca, PS_ATTACK_X01, &attack, &world.shown[SHOWN_SELF_SIGNED], &err),
         &err);
    const struct ps_release_options release = {.version = 7, .auth = PS_RELEASE_BY_SIGNATURE};
    must(ps_ca_release(world.ca, &release, &world.release, &err), &err);
}

static void world_make(void)
{
    struct ps_error err = {0};
    memset(&world, 0, sizeof world);
    must(ps_keypool_new(1, &world.pool, &err), &err);
    must(ps_ca_new(world.pool, &world.ca, &err), &err);
    world_certificates();
    world.release_bytes = (struct ps_bytes){world.release.data, world.release.size};
    world.bad_release = (struct ps_bytes){(const unsigned char *)"PSFW rubbish", 12};
    world.rubbish = (struct ps_bytes){(const unsigned char *)"no certificate", 14};
    for (int i = 0; i < TRUST_COUNT; i++) {
        struct ps_strategy *strategy = &world.strategy[i];
        bool anything = i == TRUST_ANYTHING;
        strategy->name = "test";
        strategy->chain.engine = anything ? PS_ENGINE_NONE : PS_ENGINE_PKIX;
        strategy->chain.builder = PS_BUILDER_OPENSSL3;
        strategy->chain.intermediates_max = 8;
        strategy->pins.expires = PS_TIME_NEVER;
        strategy->identity.hostname = anything ? PS_HOSTNAME_NONE : PS_HOSTNAME_SAN;
        strategy->time.floor = PS_TIME_ALWAYS;
        world.trust[i].strategy = strategy;
        world.trust[i].anchors = i == TRUST_BROKEN ? &world.rubbish : &world.anchor;
        world.trust[i].anchor_count = anything ? 0 : 1;
    }
    world.strategy[TRUST_SIGNATURE].update.payload_auth = PS_PAYLOAD_SIGNATURE;
    must(ps_ca_release_key(world.ca, &world.trust[TRUST_SIGNATURE].release_key, &err), &err);
}

static void world_end(void)
{
    for (int i = 0; i < SHOWN_COUNT; i++)
        free(world.shown[i].chain);
    ps_buffer_deinit(&world.release);
    ps_ca_free(world.ca);
    ps_keypool_free(world.pool);
}

/* The table */

enum what { TELEMETRY, TLS_UPDATE, PLAIN_UPDATE };

/* clang-format off */
static const struct row {
    const char *name;
    enum shown shown; /* SHOWN_GOOD */
    enum trusting trust; /* TRUST_ROOT */
    enum what what;
    bool later; /* the device's clock: year_on */
    int release; /* 1: signed, 0: none, -1: not authentic */
    enum ps_fault fault;
    int64_t delay_s;
    uint32_t after_bytes;
    enum ps_stage stage;
    const char *reason; /* NULL: any; else begins so */
} rows[] = {
#define CUT "no answer within 30s"
#define RESET "connection reset"
#define CLOSED "connection closed"
    {"good", .stage = PS_STAGE_ACCEPTED},
    {"good a year on", .later = true, .stage = PS_STAGE_ACCEPTED},
    {"expired leaf", SHOWN_EXPIRED, .later = true, .stage = PS_STAGE_DATES},
    {"not expired yet", SHOWN_EXPIRED, .stage = PS_STAGE_ACCEPTED},
    {"other name", SHOWN_OTHER_NAME, .stage = PS_STAGE_NAME},
    {"self-signed", SHOWN_SELF_SIGNED, .stage = PS_STAGE_PATH},
    {"no verification", SHOWN_SELF_SIGNED, TRUST_ANYTHING, .stage = PS_STAGE_ACCEPTED},
    {"no verification, name", SHOWN_OTHER_NAME, TRUST_ANYTHING, .stage = PS_STAGE_ACCEPTED},

    {"update", 0, TRUST_SIGNATURE, TLS_UPDATE, .release = 1, .stage = PS_STAGE_ACCEPTED},
    {"update, expired leaf", SHOWN_EXPIRED, TRUST_SIGNATURE, TLS_UPDATE, .later = true,
     .release = 1, .stage = PS_STAGE_DATES},
    {"update, forged", 0, TRUST_SIGNATURE, TLS_UPDATE, .release = -1, .stage = PS_STAGE_PAYLOAD},
    {"update, none", 0, TRUST_SIGNATURE, TLS_UPDATE, .stage = PS_STAGE_PAYLOAD},
    {"plain", 0, TRUST_SIGNATURE, PLAIN_UPDATE, .release = 1, .stage = PS_STAGE_ACCEPTED},
    {"plain, forged", 0, TRUST_SIGNATURE, PLAIN_UPDATE, .release = -1, .stage = PS_STAGE_PAYLOAD},
    {"plain, none", 0, TRUST_SIGNATURE, PLAIN_UPDATE, .stage = PS_STAGE_PAYLOAD},

#define STRIKES(kind, bytes, said)                                                                 \
    {#kind " after " #bytes, .fault = PS_FAULT_##kind, .after_bytes = bytes,                       \
     .stage = PS_STAGE_UNREACHABLE, .reason = said},                                               \
    {"plain, " #kind " after " #bytes, 0, TRUST_SIGNATURE, PLAIN_UPDATE, .release = 1,             \
     .fault = PS_FAULT_##kind, .after_bytes = (bytes) / 100, .stage = PS_STAGE_UNREACHABLE,        \
     .reason = said}
#define MISSES(kind)                                                                               \
    {#kind " beyond all bytes", .fault = PS_FAULT_##kind, .after_bytes = 100000,                   \
     .stage = PS_STAGE_ACCEPTED},                                                                  \
    {#kind " beyond a refusal", SHOWN_EXPIRED, .later = true, .fault = PS_FAULT_##kind,            \
     .after_bytes = 100000, .stage = PS_STAGE_DATES}
    STRIKES(CUT, 0, CUT), STRIKES(CUT, 1, CUT), STRIKES(CUT, 100, CUT), STRIKES(CUT, 1500, CUT),
    STRIKES(RESET, 0, RESET), STRIKES(RESET, 1, RESET), STRIKES(RESET, 100, RESET),
    STRIKES(RESET, 1500, RESET),
    STRIKES(TRUNCATE, 0, CLOSED), STRIKES(TRUNCATE, 1, CLOSED), STRIKES(TRUNCATE, 100, CLOSED),
    STRIKES(TRUNCATE, 1500, CLOSED),
    MISSES(CUT), MISSES(RESET), MISSES(TRUNCATE),

    {"delay too long", .fault = PS_FAULT_DELAY, .delay_s = 30, .stage = PS_STAGE_UNREACHABLE,
     .reason = CUT},
    {"delay", .fault = PS_FAULT_DELAY, .delay_s = 29, .stage = PS_STAGE_ACCEPTED},
    {"delay, expired leaf", SHOWN_EXPIRED, .later = true, .fault = PS_FAULT_DELAY, .delay_s = 29,
     .stage = PS_STAGE_DATES},
    {"delay, plain", 0, TRUST_SIGNATURE, PLAIN_UPDATE, .release = 1, .fault = PS_FAULT_DELAY,
     .delay_s = 5, .stage = PS_STAGE_ACCEPTED},
};
/* clang-format on */
enum { ROWS = sizeof rows / sizeof rows[0], REPEATS = 5, JOBS = ROWS * REPEATS };

static struct ps_job job_of(const struct row *row, size_t index)
{
    return (struct ps_job){
        .trust = &world.trust[row->trust],
        .now = row->later ? year_on : noon,
        .host = HOST,
        .task = row->what == TELEMETRY ? PS_CONTACT_TELEMETRY : PS_CONTACT_UPDATE,
        .plain = row->what == PLAIN_UPDATE,
        .message = index,
        .presentation = row->what == PLAIN_UPDATE ? NULL : &world.shown[row->shown],
        .release = row->release > 0   ? world.release_bytes
                   : row->release < 0 ? world.bad_release
                                      : world.no_release,
        .endpoint = (uint32_t)(index % 3),
        .fault = row->fault,
        .delay = {row->delay_s},
        .timeout = {30},
        .after_bytes = row->after_bytes,
    };
}

static struct ps_runner *runner_make(enum ps_link_kind link, unsigned workers)
{
    struct ps_runner_options options = {
        .ca = world.ca, .jobs = workers, .link = link, .endpoint_count = 3};
    struct ps_runner *runner;
    struct ps_text notice;
    struct ps_error err = {0};
    must(ps_runner_new(&options, &runner, &notice, &err), &err);
    ps_text_deinit(&notice);
    return runner;
}

static void run_table(enum ps_link_kind link, unsigned workers, struct ps_job *jobs)
{
    struct ps_error err = {0};
    struct ps_runner *runner = runner_make(link, workers);
    uint64_t tls = 0;
    for (size_t i = 0; i < JOBS; i++) {
        jobs[i] = job_of(&rows[i % ROWS], i);
        memset(&jobs[i].ret_verdict, 0xaa, sizeof jobs[i].ret_verdict);
        tls += !jobs[i].plain;
    }
    must(ps_runner_execute(runner, jobs, JOBS, NULL, NULL, &err), &err);
    struct ps_runner_counts counts = ps_runner_counts(runner);
    ck_assert_uint_eq(counts.handshakes, tls);
    ck_assert_uint_eq(counts.unreached, 0);
    ck_assert_uint_eq(counts.plain, JOBS - tls);
    ck_assert_uint_le(counts.in_flight_peak, counts.in_flight_max);
    ck_assert_uint_gt(counts.in_flight_peak, 0);
    ps_runner_free(runner);
}

START_TEST(test_table)
{
    struct ps_job *first = ps_alloc(JOBS, sizeof *first), *jobs = ps_alloc(JOBS, sizeof *jobs);
    run_table(PS_LINK_MEMORY, 1, first);
    for (size_t i = 0; i < JOBS; i++) {
        const struct row *row = &rows[i % ROWS];
        const struct ps_verdict *verdict = &first[i].ret_verdict;
        ck_assert_msg(verdict->stage == row->stage, "%s: %s (%s)", row->name,
                      ps_stage_text(verdict->stage), verdict->reason);
        if (row->reason != NULL)
            ck_assert_msg(strstr(verdict->reason, row->reason) != NULL, "%s: reason \"%s\"",
                          row->name, verdict->reason);
    }
    for (unsigned workers = 1; workers <= 3; workers++) {
        for (int link = PS_LINK_TCP; link <= PS_LINK_MEMORY; link++) {
            run_table((enum ps_link_kind)link, workers, jobs);
            for (size_t i = 0; i < JOBS; i++)
                ck_assert_msg(memcmp(&jobs[i].ret_verdict, &first[i].ret_verdict,
                                     sizeof jobs[i].ret_verdict) == 0,
                              "%s: link %d, %u workers: %s (%s), not %s (%s)", rows[i % ROWS].name,
                              link, workers, ps_stage_text(jobs[i].ret_verdict.stage),
                              jobs[i].ret_verdict.reason, ps_stage_text(first[i].ret_verdict.stage),
                              first[i].ret_verdict.reason);
        }
    }
    free(first);
    free(jobs);
}
END_TEST

/* Many at once */

static unsigned time_wait_count(void)
{
    FILE *file = fopen("/proc/net/sockstat", "r");
    ck_assert_ptr_nonnull(file);
    char line[256];
    unsigned waiting = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        const char *at = strncmp(line, "TCP:", 4) == 0 ? strstr(line, " tw ") : NULL;
        if (at != NULL)
            waiting = (unsigned)strtoul(at + 4, NULL, 10);
    }
    fclose(file);
    return waiting;
}

struct watched {
    size_t calls, last, total;
};
static bool watch(size_t done, size_t total, void *context)
{
    struct watched *watched = context;
    ck_assert_uint_ge(done, watched->last);
    ck_assert_uint_le(done, total);
    watched->calls++;
    watched->last = done;
    watched->total = total;
    return false;
}

/* Accepted and, every fourth, refused without an alert: the ways a connection can end. */
static void run_many(enum ps_link_kind link, unsigned workers)
{
    enum { MANY = 2000 };
    static const struct row plain_refused = {"forged", .trust = TRUST_SIGNATURE,
                                             .what = PLAIN_UPDATE, .release = -1};
    struct ps_error err = {0};
    struct ps_job *jobs = ps_alloc(MANY, sizeof *jobs);
    for (size_t i = 0; i < MANY; i++)
        jobs[i] = job_of(i % 4 == 3 ? &plain_refused : &rows[0], i);
    struct ps_runner *runner = runner_make(link, workers);
    unsigned waiting = time_wait_count();
    struct watched watched = {0};
    must(ps_runner_execute(runner, jobs, MANY, watch, &watched, &err), &err);
    for (size_t i = 0; i < MANY; i++)
        ck_assert_uint_eq(jobs[i].ret_verdict.stage,
                          i % 4 == 3 ? PS_STAGE_PAYLOAD : PS_STAGE_ACCEPTED);
    struct ps_runner_counts counts = ps_runner_counts(runner);
    ck_assert_uint_eq(counts.handshakes, MANY / 4 * 3);
    ck_assert_uint_eq(counts.plain, MANY / 4);
    ck_assert_uint_eq(counts.in_flight_max, PS_IN_FLIGHT_DEFAULT);
    ck_assert_uint_ge(watched.calls, 1);
    ck_assert_uint_eq(watched.total, MANY);
    if (workers == 1)
        ck_assert_uint_eq(counts.in_flight_peak, PS_IN_FLIGHT_DEFAULT);
    unsigned now = time_wait_count();
    ck_assert_msg(now < waiting + MANY / 8, "%u ports in TIME-WAIT, %u before", now, waiting);
    ps_runner_free(runner);
    free(jobs);
}

START_TEST(test_many)
{
    run_many(PS_LINK_TCP, 1);
    run_many(PS_LINK_TCP, 2);
    run_many(PS_LINK_MEMORY, 1);
}
END_TEST

/* Connections that are kept open until others come, or nobody does; also beside contacts that end
 * without an answer. */
static void run_live(enum ps_link_kind link, unsigned workers, unsigned live)
{
    enum { COUNT = 300 };
    static const struct row refused = {"expired", .shown = SHOWN_EXPIRED, .trust = TRUST_ROOT,
                                       .later = true};
    struct ps_error err = {0};
    struct ps_job *jobs = ps_alloc(COUNT, sizeof *jobs);
    for (size_t i = 0; i < COUNT; i++)
        jobs[i] = job_of(i % 3 == 2 ? &refused : &rows[0], i);
    const struct ps_runner_options options = {.ca = world.ca,
                                              .jobs = workers,
                                              .link = link,
                                              .endpoint_count = 3,
                                              .in_flight_max = live + 10,
                                              .live = live};
    struct ps_runner *runner = NULL;
    must(ps_runner_new(&options, &runner, NULL, &err), &err);
    for (int batch = 0; batch < 2; batch++)
        must(ps_runner_execute(runner, jobs, COUNT, NULL, NULL, &err), &err);
    for (size_t i = 0; i < COUNT; i++)
        ck_assert_uint_eq(jobs[i].ret_verdict.stage,
                          i % 3 == 2 ? PS_STAGE_DATES : PS_STAGE_ACCEPTED);
    struct ps_runner_counts counts = ps_runner_counts(runner);
    ck_assert_uint_eq(counts.handshakes, 2 * COUNT);
    ck_assert_uint_ge(counts.in_flight_peak, live);
    ps_runner_free(runner);
    free(jobs);
}

START_TEST(test_live)
{
    run_live(PS_LINK_TCP, 1, 100);
    run_live(PS_LINK_TCP, 2, 60);
    run_live(PS_LINK_MEMORY, 1, 100);
    run_live(PS_LINK_MEMORY, 1, 1);
}
END_TEST

/* Limits and ports */

static void lower_limit(rlim_t descriptors)
{
    struct rlimit limit = {descriptors, descriptors};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

START_TEST(test_few_descriptors)
{
    lower_limit(300);
    struct ps_runner_options options = {.ca = world.ca, .jobs = 2, .endpoint_count = 3};
    struct ps_runner *runner;
    struct ps_text notice;
    struct ps_error err = {0};
    must(ps_runner_new(&options, &runner, &notice, &err), &err);
    ck_assert_str_eq(ps_text_chars(&notice),
                     "only 300 descriptors are allowed: 53 contacts at once "
                     "instead of 1000; raise it with ulimit -n");
    ps_text_deinit(&notice);
    static const struct row plain = {"quick", .trust = TRUST_SIGNATURE, .what = PLAIN_UPDATE,
                                     .release = 1};
    struct ps_job jobs[400];
    for (size_t i = 0; i < 400; i++)
        jobs[i] = job_of(&plain, i);
    must(ps_runner_execute(runner, jobs, 400, NULL, NULL, &err), &err);
    ck_assert_uint_eq(ps_runner_counts(runner).plain, 400);
    ck_assert_uint_eq(ps_runner_counts(runner).in_flight_max, 53);
    ck_assert_uint_le(ps_runner_counts(runner).in_flight_peak, 53);
    ps_runner_free(runner);
}
END_TEST

START_TEST(test_too_few_descriptors)
{
    lower_limit(100);
    struct ps_runner_options options = {.ca = world.ca, .jobs = 1, .endpoint_count = 3};
    struct ps_runner *runner = NULL;
    struct ps_error err = {0};
    ps_status status = ps_runner_new(&options, &runner, NULL, &err);
    ck_assert_int_eq(status.code, PS_CODE_FAILED);
    ck_assert_ptr_null(runner);
    ck_assert_str_eq(err.text,
                     "only 100 descriptors are allowed, and 16 contacts at once need 140; "
                     "raise it with ulimit -n");
    options.link = PS_LINK_MEMORY; /* takes none */
    must(ps_runner_new(&options, &runner, NULL, &err), &err);
    struct ps_job job = job_of(&rows[0], 0);
    must(ps_runner_execute(runner, &job, 1, NULL, NULL, &err), &err);
    ck_assert_int_eq(job.ret_verdict.stage, PS_STAGE_ACCEPTED);
    ps_runner_free(runner);
}
END_TEST

/* A socket on a free port of 127.0.0.1, listening or not. */
static int socket_on_free_port(bool listening, uint16_t *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, length), 0);
    if (listening)
        ck_assert_int_eq(listen(fd, 1), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

START_TEST(test_taken_port)
{
    uint16_t port;
    int fd = socket_on_free_port(true, &port);
    struct ps_runner_options options = {
        .ca = world.ca, .jobs = 1, .endpoint_count = 1, .port = port};
    struct ps_runner *runner = NULL;
    struct ps_error err = {0};
    ps_status status = ps_runner_new(&options, &runner, NULL, &err);
    ck_assert_int_eq(status.code, PS_CODE_FAILED);
    ck_assert_ptr_null(runner);
    char expected[128];
    snprintf(expected, sizeof expected,
             "cannot listen on 127.0.0.1:%u: address already in use; choose another --port", port);
    ck_assert_str_eq(err.text, expected);
    close(fd);

    options.port = 65534;
    options.endpoint_count = 3;
    status = ps_runner_new(&options, &runner, NULL, &err);
    ck_assert_int_eq(status.code, PS_CODE_INVALID);
    ck_assert_str_eq(err.text, "--port 65534: 3 endpoints need ports up to 65536");
}
END_TEST

/* With a port given there is one worker, and a stranger who connects there is turned away. */
START_TEST(test_given_port)
{
    uint16_t port;
    close(socket_on_free_port(false, &port));
    struct ps_runner_options options = {
        .ca = world.ca, .jobs = 2, .endpoint_count = 1, .port = port};
    struct ps_runner *runner;
    struct ps_text notice;
    struct ps_error err = {0};
    must(ps_runner_new(&options, &runner, &notice, &err), &err);
    ck_assert_str_eq(ps_text_chars(&notice), "fixed ports take one worker instead of 2");
    ps_text_deinit(&notice);

    int stranger = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    ck_assert_int_eq(connect(stranger, (struct sockaddr *)&address, sizeof address), 0);
    struct ps_job jobs[20];
    for (size_t i = 0; i < 20; i++) {
        jobs[i] = job_of(&rows[0], i);
        jobs[i].endpoint = 0;
    }
    must(ps_runner_execute(runner, jobs, 20, NULL, NULL, &err), &err);
    for (size_t i = 0; i < 20; i++)
        ck_assert_int_eq(jobs[i].ret_verdict.stage, PS_STAGE_ACCEPTED);
    ck_assert_uint_eq(ps_runner_counts(runner).handshakes, 20);
    char byte;
    ck_assert_int_eq(recv(stranger, &byte, 1, 0), -1);
    ck_assert_int_eq(errno, ECONNRESET);
    close(stranger);
    ps_runner_free(runner);
}
END_TEST

/* Batches that do nothing or are given up */

static bool stop_at_once(size_t done, size_t total, void *context)
{
    (void)done;
    (void)total;
    ++*(int *)context;
    return true;
}

START_TEST(test_given_up)
{
    for (int link = PS_LINK_TCP; link <= PS_LINK_MEMORY; link++) {
        struct ps_runner *runner = runner_make((enum ps_link_kind)link, 2);
        struct ps_error err = {0};
        struct ps_job jobs[300];
        int calls = 0;
        must(ps_runner_execute(runner, jobs, 0, stop_at_once, &calls, &err), &err);
        ck_assert_int_eq(calls, 0);
        for (size_t i = 0; i < 300; i++)
            jobs[i] = job_of(&rows[0], i);
        ps_status status = ps_runner_execute(runner, jobs, 300, stop_at_once, &calls, &err);
        ck_assert_int_eq(status.code, PS_CODE_INTERRUPTED);
        ck_assert_int_eq(calls, 1); /* having asked, it is not called again */

        /* One job that cannot be begun stops all; the runner stays usable. */
        jobs[150].trust = &world.trust[TRUST_BROKEN];
        status = ps_runner_execute(runner, jobs, 300, NULL, NULL, &err);
        ck_assert_int_eq(status.code, PS_CODE_FAILED);
        ck_assert_msg(strncmp(err.text, "contact 150, " HOST ": ", 26) == 0, "%s", err.text);

        jobs[150].trust = &world.trust[TRUST_ROOT];
        uint64_t before = ps_runner_counts(runner).handshakes;
        must(ps_runner_execute(runner, jobs, 300, NULL, NULL, &err), &err);
        ck_assert_uint_eq(ps_runner_counts(runner).handshakes - before, 300);
        for (size_t i = 0; i < 300; i++)
            ck_assert_int_eq(jobs[i].ret_verdict.stage, PS_STAGE_ACCEPTED);
        ps_runner_free(runner);
    }
}
END_TEST

static size_t open_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    ck_assert_ptr_nonnull(directory);
    size_t count = 0;
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

START_TEST(test_descriptors_come_back)
{
    struct ps_error err = {0};
    ps_runner_free(NULL);
    ps_runner_free(runner_make(PS_LINK_TCP, 1)); /* what libuv keeps for the process */
    size_t before = open_descriptors();
    for (unsigned i = 0; i < 50; i++) {
        struct ps_runner *runner =
            runner_make(i % 2 == 0 ? PS_LINK_TCP : PS_LINK_MEMORY, 1 + i % 3);
        struct ps_job job = job_of(&rows[i % ROWS], i);
        if (i % 5 == 0)
            must(ps_runner_execute(runner, &job, 1, NULL, NULL, &err), &err);
        ps_runner_free(runner);
    }
    ck_assert_uint_eq(open_descriptors(), before);
}
END_TEST

/* The watchdog, with a link on which nothing ever happens but the end */

static struct ps_link *silent_link;
static struct silent_wire {
    struct ps_turn turn;
    void *context;
} silent[4];
static size_t silent_count;
static struct ps_link_options silent_options;

static ps_status silent_make(const struct ps_link_options *options, struct ps_link **ret_link,
                             struct ps_error *err)
{
    (void)err;
    if (options->endpoint_count > 1) /* the other is the status link, where nobody goes */
        silent_options = *options;
    *ret_link = silent_link;
    return PS_OK;
}
static void silent_nothing(struct ps_link *link)
{
    (void)link;
}
static void silent_closed(void *context)
{
    silent_options.events->closed(((struct silent_wire *)context)->context);
}
static struct ps_wire *silent_open(struct ps_link *link, uint32_t endpoint, void *context)
{
    (void)link;
    (void)endpoint;
    struct silent_wire *wire = &silent[silent_count++];
    wire->turn = (struct ps_turn){.call = silent_closed, .context = wire};
    wire->context = context;
    return (struct ps_wire *)wire;
}
static void silent_close(struct ps_wire *wire)
{
    ps_turns_add(silent_options.turns, &((struct silent_wire *)wire)->turn);
}
static const struct ps_link_methods silent_methods = {.make = silent_make,
                                                      .close_listeners = silent_nothing,
                                                      .free = silent_nothing,
                                                      .open = silent_open,
                                                      .close = silent_close};

START_TEST(test_stall)
{
    struct ps_worker_gauges gauges = {0};
    struct ps_worker_options options = {.ca = world.ca,
                                        .link = &silent_methods,
                                        .endpoint_count = 3,
                                        .in_flight_max = 3,
                                        .stall_ms = 1000,
                                        .gauges = &gauges};
    struct ps_worker *worker;
    struct ps_error err = {0};
    must(ps_worker_new(&options, &worker, &err), &err);
    struct ps_job jobs[8];
    for (size_t i = 0; i < 8; i++)
        jobs[i] = job_of(&rows[0], i);
    struct ps_worker_batch batch = {jobs, 8, 1};
    ps_status status = ps_worker_run(worker, &batch, &err);
    ck_assert_int_eq(status.code, PS_CODE_FAILED);
    ck_assert_str_eq(err.text,
                     "the loop stalled: 3 contacts made no progress for 1 s (first: contact "
                     "1, " HOST ", endpoint 1)");
    ck_assert_uint_eq(silent_count, 3);
    ck_assert_uint_eq(atomic_load(&gauges.done), 0);
    ps_worker_free(worker);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("runner");
    TCase *tcase = tcase_create("runner");
    tcase_set_timeout(tcase, 240);
    tcase_add_checked_fixture(tcase, world_make, world_end);
    tcase_add_test(tcase, test_table);
    tcase_add_test(tcase, test_many);
    tcase_add_test(tcase, test_live);
    tcase_add_test(tcase, test_few_descriptors);
    tcase_add_test(tcase, test_too_few_descriptors);
    tcase_add_test(tcase, test_taken_port);
    tcase_add_test(tcase, test_given_port);
    tcase_add_test(tcase, test_given_up);
    tcase_add_test(tcase, test_descriptors_come_back);
    tcase_add_test(tcase, test_stall);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_FORK); /* lowered limits stay in their process */
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
