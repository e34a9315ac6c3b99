/* SPDX-License-Identifier: Apache-2.0
 *
 * What contacts fetch, and jobs of two legs, between two ends that this file plays itself: what the
 * device saw, in order, is written in its verdict. Both links give the same bytes; whatever is
 * given up, at whichever moment, leaves nothing behind and the worker usable.
 *
 * The device says "h", the server "C", the device "x", the server "T", the device "d", the server
 * "A". After "C" the device fetches what its host's name lists, one letter a URL, and takes no
 * notice of anything else meanwhile. 'a' and 'b' are published, 'd' is down, 's' stays silent.
 */
#include <assert.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "loop/worker.h"

/* Moments: every call of one of the two ends counts; the worker is told to stop at one of them. */
static struct ps_worker *at_work;
static unsigned moments, stop_at, waiting_seen;

static void moment(void)
{
    if (++moments == stop_at)
        ps_worker_stop(at_work);
    waiting_seen += at_work->couriers_waiting != NULL;
}

/* The device's end */

ps_status ps_device_stack_new(struct ps_device_stack **ret_stack, struct ps_error *err)
{
    (void)err;
    *ret_stack = NULL;
    return PS_OK;
}

void ps_device_stack_free(struct ps_device_stack *stack)
{
    ck_assert_ptr_null(stack);
}

ps_status ps_trust_new(struct ps_device_stack *stack, const struct ps_trust_options *options,
                       struct ps_trust **ret_trust, struct ps_error *err)
{
    (void)stack;
    (void)options;
    (void)err;
    *ret_trust = NULL;
    return PS_OK;
}

void ps_trust_free(struct ps_trust *trust)
{
    ck_assert_ptr_null(trust);
}

struct ps_contact {
    char log[100];
    const char *urls;
    unsigned pings; /* before "h" is taken for one */
    bool tells;     /* gives a ticket at the end */
    struct ps_fetch fetch;
    bool fetching;
    struct ps_buffer output, request;
    struct ps_verdict verdict;
    bool decided;
};

static void note(struct ps_contact *contact, const char *what)
{
    size_t length = strlen(contact->log);
    snprintf(contact->log + length, sizeof contact->log - length, "%s ", what);
}

static void decide(struct ps_contact *contact, enum ps_stage stage)
{
    contact->decided = true;
    contact->verdict.stage = stage;
    snprintf(contact->verdict.reason, sizeof contact->verdict.reason, "%s", contact->log);
}

static void fetch_next(struct ps_contact *contact)
{
    contact->fetching = *contact->urls != 0;
    if (!contact->fetching)
        return;
    static char url[2];
    url[0] = *contact->urls++;
    contact->fetch.url = url;
    contact->fetch.number++;
    contact->request.size = 0;
    ps_buffer_append(&contact->request, url, 1);
}

ps_status ps_contact_new(struct ps_device_stack *stack, const struct ps_contact_options *options,
                         struct ps_contact **ret_contact, struct ps_error *err)
{
    (void)stack;
    if (strcmp(options->host, "broken") == 0)
        return ps_fail(err, PS_FAILED, "broken");
    struct ps_contact *contact = ps_alloc(1, sizeof *contact);
    contact->urls = options->host;
    contact->tells = options->tlsa_count > 0;
    if (options->now.s > 0)
        contact->pings = (unsigned)options->now.s;
    if (options->ticket.size > 0)
        note(contact, (const char *)options->ticket.data);
    *ret_contact = contact;
    return PS_OK;
}

void ps_contact_free(struct ps_contact *contact)
{
    if (contact == NULL)
        return;
    ps_buffer_deinit(&contact->output);
    ps_buffer_deinit(&contact->request);
    free(contact);
}

void ps_contact_tell(const struct ps_contact *contact, struct ps_text *out)
{
    ps_text_add(out, "asked for %s", contact->urls);
}

void ps_contact_start(struct ps_contact *contact)
{
    moment();
    ps_buffer_append(&contact->output, contact->pings > 0 ? "p" : "h", 1);
}

void ps_contact_receive(struct ps_contact *contact, const void *data, size_t size)
{
    moment();
    ck_assert_msg(!contact->fetching, "%s: disturbed", contact->log);
    for (const char *byte = data; size-- > 0; byte++) {
        char text[2] = {*byte, 0};
        if (*byte != 'P')
            note(contact, text);
        if (*byte == 'P')
            ps_buffer_append(&contact->output, --contact->pings > 0 ? "p" : "h", 1);
        else if (*byte == 'C' || *byte == 'c')
            ps_buffer_append(&contact->output, "x", 1);
        else if (*byte == 'T')
            ps_buffer_append(&contact->output, "d", 1);
        else if (*byte == 'A')
            decide(contact, PS_STAGE_ACCEPTED);
        if (*byte == 'C' || *byte == 'c')
            fetch_next(contact);
    }
}

void ps_contact_link_ended(struct ps_contact *contact, const char *how)
{
    moment();
    ck_assert_msg(!contact->fetching, "%s: disturbed", contact->log);
    note(contact, how);
    decide(contact, PS_STAGE_UNREACHABLE);
}

struct ps_buffer *ps_contact_output(struct ps_contact *contact)
{
    return &contact->output;
}

const struct ps_fetch *ps_contact_fetch(const struct ps_contact *contact)
{
    return contact->fetching ? &contact->fetch : NULL;
}

struct ps_buffer *ps_contact_fetch_output(struct ps_contact *contact)
{
    moment();
    return &contact->request;
}

void ps_contact_fetch_receive(struct ps_contact *contact, const void *data, size_t size)
{
    moment();
    ck_assert(contact->fetching && size > 0);
    char text[8];
    snprintf(text, sizeof text, "%.*s", (int)size, (const char *)data);
    note(contact, text);
    fetch_next(contact);
}

void ps_contact_fetch_ended(struct ps_contact *contact)
{
    moment();
    ck_assert(contact->fetching);
    note(contact, "nothing");
    fetch_next(contact);
}

struct ps_bytes ps_contact_ticket(const struct ps_contact *contact)
{
    static const unsigned char ticket[] = "ticket";
    return (struct ps_bytes){ticket, contact->tells ? sizeof ticket : 0};
}

const struct ps_verdict *ps_contact_verdict(const struct ps_contact *contact)
{
    return contact->decided ? &contact->verdict : NULL;
}

/* The server's end */

ps_status ps_server_new(const struct ps_ca *ca, struct ps_server **ret_server, struct ps_error *err)
{
    (void)ca;
    (void)err;
    *ret_server = NULL;
    return PS_OK;
}

void ps_server_free(struct ps_server *server)
{
    ck_assert_ptr_null(server);
}

struct ps_session {
    struct ps_session_options options;
    struct ps_buffer output;
    struct ps_session_seen seen;
};

static unsigned sessions_fail_at, sessions;

ps_status ps_session_new(struct ps_server *server, const struct ps_session_options *options,
                         struct ps_session **ret_session, struct ps_error *err)
{
    (void)server;
    moment();
    if (++sessions == sessions_fail_at)
        return ps_fail(err, PS_FAILED, "no session");
    struct ps_session *session = ps_alloc(1, sizeof *session);
    session->options = *options;
    *ret_session = session;
    return PS_OK;
}

void ps_session_free(struct ps_session *session)
{
    if (session != NULL)
        ps_buffer_deinit(&session->output);
    free(session);
}

static void answer(struct ps_session *session, char question)
{
    for (size_t i = 0; i < session->options.published_count; i++) {
        const struct ps_published *published = &session->options.published[i];
        if (published->path[0] != question)
            continue;
        session->seen.wants_close = question != 's';
        if (!published->down)
            ps_buffer_append(&session->output, published->body.data, published->body.size);
    }
}

void ps_session_receive(struct ps_session *session, const void *data, size_t size)
{
    moment();
    for (const char *byte = data; size-- > 0; byte++) {
        if (session->options.published_count > 0) {
            answer(session, *byte);
            continue;
        }
        bool more = session->options.release.size > 0; /* in one piece */
        const char *word = *byte == 'h'   ? session->options.tickets ? "c"
                                            : more                   ? "CD"
                                                                     : "C"
                           : *byte == 'x' ? "T"
                           : *byte == 'p' ? "P"
                                          : "A";
        session->seen.hello = true;
        session->seen.request |= *byte == 'd';
        session->seen.wants_close |= *byte == 'd';
        ps_buffer_append(&session->output, word, strlen(word));
    }
}

void ps_session_link_ended(struct ps_session *session)
{
    moment();
    session->seen.ended = true;
}

struct ps_buffer *ps_session_output(struct ps_session *session)
{
    return &session->output;
}

/* No session of these tests is asked to wait. */
void ps_session_answer(struct ps_session *session)
{
    (void)session;
    ck_abort();
}

struct ps_session_seen ps_session_seen(const struct ps_session *session)
{
    return session->seen;
}

/* Jobs */

static const struct ps_strategy strategy = {.name = "test"};
static const struct ps_trust_options trust = {.strategy = &strategy};
static const struct ps_published published[] = {
    {.path = "a", .body = {(const unsigned char *)"alpha", 5}},
    {.path = "b", .body = {(const unsigned char *)"beta", 4}},
    {.path = "d", .down = true},
    {.path = "s"},
};
static const struct ps_tlsa any_tlsa;

/* The contact before one that resumes. */
static const struct ps_job giving = {.trust = &trust,
                                     .host = "a",
                                     .published = published,
                                     .published_count = 4,
                                     .tlsa = &any_tlsa,
                                     .tlsa_count = 1};
static const struct ps_job giving_none = {.trust = &trust, .host = ""};
static const struct ps_job cut_before = {
    .trust = &trust, .host = "", .fault = PS_FAULT_CUT, .timeout = {30}};

/* clang-format off */
static const struct row {
    const char *name, *urls;
    const struct ps_job *before;
    enum ps_fault fault;
    int64_t delay_s;
    uint32_t after_bytes;
    bool piece; /* "C" comes with a "D" behind it */
    const char *saw;
    unsigned handshakes, fetches;
} rows[] = {
#define CUT "no answer within 30s "
#define RESET "connection reset "
#define CLOSED "connection closed "
    {"nothing to fetch", "", .saw = "C T A ", .handshakes = 1},
    {"one", "a", .saw = "C alpha T A ", .handshakes = 1, .fetches = 1},
    {"two", "ab", .saw = "C alpha beta T A ", .handshakes = 1, .fetches = 2},
    {"a dead one", "d", .saw = "C nothing T A ", .handshakes = 1, .fetches = 1},
    {"a dead one between", "bda", .saw = "C beta nothing alpha T A ", .handshakes = 1,
     .fetches = 3},
    {"the same twice", "aa", .saw = "C alpha alpha T A ", .handshakes = 1, .fetches = 2},
    /* The fault takes the main wire, and what is fetched comes all the same. */
    {"cut before", "a", .fault = PS_FAULT_CUT, .saw = CUT, .handshakes = 1},
    {"cut behind", "ab", .fault = PS_FAULT_CUT, .after_bytes = 1, .saw = "C alpha beta " CUT,
     .handshakes = 1, .fetches = 2},
    {"cut within", "ab", .fault = PS_FAULT_CUT, .after_bytes = 1, .piece = true,
     .saw = "C alpha beta " CUT, .handshakes = 1, .fetches = 2},
    {"reset within", "ab", .fault = PS_FAULT_RESET, .after_bytes = 1, .piece = true,
     .saw = "C alpha beta " RESET, .handshakes = 1, .fetches = 2},
    {"cut later", "a", .fault = PS_FAULT_CUT, .after_bytes = 2, .saw = "C alpha T " CUT,
     .handshakes = 1, .fetches = 1},
    {"reset behind", "da", .fault = PS_FAULT_RESET, .after_bytes = 1,
     .saw = "C nothing alpha " RESET, .handshakes = 1, .fetches = 2},
    {"truncated behind", "b", .fault = PS_FAULT_TRUNCATE, .after_bytes = 1,
     .saw = "C beta " CLOSED, .handshakes = 1, .fetches = 1},
    {"delayed", "ab", .fault = PS_FAULT_DELAY, .delay_s = 29, .saw = "C alpha beta T A ",
     .handshakes = 1, .fetches = 2},
    {"delayed too long", "ab", .fault = PS_FAULT_DELAY, .delay_s = 30, .saw = CUT,
     .handshakes = 1},
    {"resumed", "", &giving, .saw = "ticket c T A ", .handshakes = 2, .fetches = 1},
    {"resumed, and fetches", "bb", &giving, .saw = "ticket c beta beta T A ", .handshakes = 2,
     .fetches = 3},
    {"resumed, cut", "", &giving, .fault = PS_FAULT_CUT, .after_bytes = 1, .saw = "ticket c " CUT,
     .handshakes = 2, .fetches = 1},
};
/* clang-format on */
enum { ROWS = sizeof rows / sizeof rows[0] };

static struct ps_job job_of(const struct row *row)
{
    return (struct ps_job){.trust = &trust,
                           .host = row->urls,
                           .published = published,
                           .published_count = 4,
                           .ticket_from = row->before,
                           .fault = row->fault,
                           .delay = {row->delay_s},
                           .timeout = {30},
                           .after_bytes = row->after_bytes,
                           .release = {(const unsigned char *)"", row->piece}};
}

static struct ps_worker_gauges gauges;
static const struct ps_link_methods *const links[] = {&ps_link_memory, &ps_link_tcp};

static struct ps_worker *worker_make(unsigned link, unsigned in_flight, uint64_t stall_ms)
{
    struct ps_worker_options options = {.link = links[link],
                                        .endpoint_count = 1,
                                        .in_flight_max = in_flight,
                                        .stall_ms = stall_ms,
                                        .gauges = &gauges};
    struct ps_error err = {0};
    struct ps_worker *worker;
    moments = stop_at = sessions = sessions_fail_at = waiting_seen = 0;
    ck_assert_msg(ps_is_ok(ps_worker_new(&options, &worker, &err)), "%s", err.text);
    at_work = worker;
    return worker;
}

static ps_status run(struct ps_worker *worker, struct ps_job *jobs, size_t count,
                     struct ps_error *err)
{
    struct ps_worker_batch batch = {jobs, count, 0};
    return ps_worker_run(worker, &batch, err);
}

/* All rows at once, several times, so that slots are used again by other rows. */
static void run_rows(struct ps_worker *worker)
{
    struct ps_job jobs[ROWS * 3];
    unsigned handshakes = 0, fetches = 0;
    for (size_t i = 0; i < ROWS * 3; i++) {
        jobs[i] = job_of(&rows[i % ROWS]);
        handshakes += rows[i % ROWS].handshakes;
        fetches += rows[i % ROWS].fetches;
    }
    struct ps_runner_counts before = worker->counts;
    struct ps_error err = {0};
    ck_assert_msg(ps_is_ok(run(worker, jobs, ROWS * 3, &err)), "%s", err.text);
    for (size_t i = 0; i < ROWS * 3; i++)
        ck_assert_msg(strcmp(jobs[i].ret_verdict.reason, rows[i % ROWS].saw) == 0,
                      "%s: saw \"%s\", not \"%s\"", rows[i % ROWS].name, jobs[i].ret_verdict.reason,
                      rows[i % ROWS].saw);
    ck_assert_uint_eq(worker->counts.handshakes - before.handshakes, handshakes);
    ck_assert_uint_eq(worker->counts.fetches - before.fetches, fetches);
    ck_assert_uint_eq(worker->counts.plain, 0);
}

START_TEST(test_rows)
{
    for (unsigned link = 0; link < 2; link++)
        for (unsigned in_flight = 1; in_flight <= 40; in_flight += 13) {
            struct ps_worker *worker = worker_make(link, in_flight, 60000);
            run_rows(worker);
            ck_assert_uint_eq(atomic_load(&gauges.connected), 0);
            ps_worker_free(worker);
        }
}
END_TEST

/* Stops at every moment that a batch has; afterwards the same worker does all of it. */
START_TEST(test_given_up_at_any_moment)
{
    enum { FEW = 4 };
    static const size_t some[FEW] = {4, 7, 13, 14};
    for (unsigned link = 0; link < 2; link++) {
        unsigned stopped = 0, at = 1;
        for (bool stops = true; stops; at++) {
            struct ps_worker *worker = worker_make(link, 3, 60000);
            struct ps_job jobs[FEW];
            for (size_t i = 0; i < FEW; i++)
                jobs[i] = job_of(&rows[some[i]]);
            struct ps_error err = {0};
            stop_at = at;
            ps_status status = run(worker, jobs, FEW, &err);
            stops = moments >= at;
            ck_assert(ps_is_ok(status) || status.code == PS_CODE_INTERRUPTED);
            stopped += status.code == PS_CODE_INTERRUPTED;
            ps_worker_rearm(worker);
            stop_at = 0;
            if (at % 8 == 0)
                run_rows(worker);
            ck_assert_uint_eq(atomic_load(&gauges.connected), 0);
            ps_worker_free(worker);
        }
        ck_assert_uint_gt(at, 60);
        ck_assert_uint_gt(stopped, 40);
    }
}
END_TEST

START_TEST(test_host_fails)
{
    static const struct failing {
        const char *name, *urls;
        const struct ps_job *before;
        unsigned session; /* that cannot be made */
        const char *message;
    } failing[] = {
        {"no first session", "a", NULL, 1, "contact 1, a: no session"},
        {"no session to fetch from", "a", NULL, 2, "contact 1, a: no session"},
        {"no session to resume in", "b", &giving, 3, "contact 1, b: no session"},
        {"no contact", "broken", NULL, 0, "contact 1, broken: broken"},
        {"no second contact", "broken", &giving, 0, "contact 1, broken: broken"},
        {"no ticket", "a", &giving_none, 0,
         "contact 1, a: the contact that gives the ticket gave none"},
        {"not accepted", "a", &cut_before, 0,
         "contact 1, a: the contact that gives the ticket: unreachable: " CUT},
    };
    for (size_t i = 0; i < sizeof failing / sizeof *failing; i++)
        for (unsigned link = 0; link < 2; link++) {
            struct ps_worker *worker = worker_make(link, 5, 60000);
            struct ps_job jobs[2] = {job_of(&rows[0]), job_of(&rows[0])};
            jobs[1].host = failing[i].urls;
            jobs[1].ticket_from = failing[i].before;
            struct ps_error err = {0};
            struct ps_worker_batch batch = {jobs, 2, 1};
            sessions_fail_at = failing[i].session;
            ps_status status = ps_worker_run(worker, &batch, &err);
            ck_assert_msg(status.code == PS_CODE_FAILED, "%s", failing[i].name);
            ck_assert_msg(strcmp(err.text, failing[i].message) == 0, "%s: \"%s\"", failing[i].name,
                          err.text);
            sessions_fail_at = 0;
            run_rows(worker);
            ps_worker_free(worker);
        }
}
END_TEST

START_TEST(test_stall_names_the_url)
{
    for (unsigned link = 0; link < 2; link++) {
        struct ps_worker *worker = worker_make(link, 5, 1000);
        struct ps_job jobs[2] = {job_of(&rows[0]), job_of(&rows[0])};
        jobs[1].host = "as";
        struct ps_error err = {0};
        ck_assert_int_eq(run(worker, jobs, 2, &err).code, PS_CODE_FAILED);
        ck_assert_str_eq(err.text,
                         "the loop stalled: 1 contacts made no progress for 1 s (first: contact 1, "
                         "as, endpoint 0, waiting for s)");
        run_rows(worker);
        ps_worker_free(worker);
    }
}
END_TEST

/* More than may connect want to fetch at the same moment: some wait, and all arrive. */
START_TEST(test_many)
{
    enum { MANY = 1500 };
    struct ps_job *jobs = ps_alloc(MANY, sizeof *jobs);
    for (unsigned link = 0; link < 2; link++) {
        struct ps_worker *worker = worker_make(link, 1200, 60000);
        for (size_t i = 0; i < MANY; i++) {
            jobs[i] = job_of(&rows[4]);
            jobs[i].now.s = i < PS_CONNECTING_MAX ? 2 : 0; /* the first have something to do */
        }
        struct ps_error err = {0};
        ck_assert_msg(ps_is_ok(run(worker, jobs, MANY, &err)), "%s", err.text);
        for (size_t i = 0; i < MANY; i++)
            ck_assert_str_eq(jobs[i].ret_verdict.reason, rows[4].saw);
        ck_assert_uint_eq(worker->counts.fetches, MANY * 3);
        ck_assert_uint_eq(worker->couriers_connecting, 0);
        if (link == 0)
            ck_assert_uint_gt(waiting_seen, 0);
        ps_worker_free(worker);
    }
    free(jobs);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("courier");
    TCase *tcase = tcase_create("courier");
    tcase_set_timeout(tcase, 240);
    tcase_add_test(tcase, test_rows);
    tcase_add_test(tcase, test_given_up_at_any_moment);
    tcase_add_test(tcase, test_host_fails);
    tcase_add_test(tcase, test_stall_names_the_url);
    tcase_add_test(tcase, test_many);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
