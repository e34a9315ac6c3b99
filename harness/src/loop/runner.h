/* SPDX-License-Identifier: Apache-2.0
 *
 * The runner: makes contacts for real. It is given a batch of jobs, each naming what a device
 * trusts and what a server presents, and carries bytes between a ps_contact and a ps_session until
 * the device has a verdict and the other end has seen its consequence. It decides nothing about
 * trust.
 *
 * Threads: a runner has `jobs` workers, each with its own libuv loop, its own listeners, its own
 * device stack and its own server (cut by device, never by role). ps_runner_execute is called from
 * one thread.
 *
 * Links: TCP over 127.0.0.1 (listeners on port 0, or `port`, `port + 1`, ... one per endpoint, with
 * one worker), or memory. Both are the same vtable (link.h) and give equal verdicts. A server finds
 * the job of an accepted connection by the client's source port. What a contact fetches on its way
 * (ps_contact_fetch) is carried over a second connection, to one more listener per worker, always
 * on port 0, which answers what the job says is published.
 *
 * Limits: RLIMIT_NOFILE is raised as far as needed and allowed; a connection takes two descriptors,
 * and a contact may need two connections.
 * Of the contacts in flight at most PS_CONNECTING_MAX of a worker are still connecting (beyond the
 * listen backlog SYNs are dropped and retried after a second). When descriptors are few, fewer
 * contacts are in flight; fewer than PS_IN_FLIGHT_MIN is an error.
 *
 * No host time-out is ever a verdict: a batch in which nothing moves for PS_STALL_S host seconds
 * ends the run with PS_FAILED.
 */
#ifndef HARNESS_LOOP_RUNNER_H
#define HARNESS_LOOP_RUNNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/status.h"
#include "base/text.h"
#include "base/time.h"
#include "base/verdict.h"
#include "fake-ca/ca.h"
#include "fake-ca/server.h"
#include "harness/how.h"
#include "sim-device/contact.h"

enum {
    PS_IN_FLIGHT_DEFAULT = 1000,
    PS_IN_FLIGHT_MAX = 9900,
    PS_IN_FLIGHT_MIN = 16,
    PS_CONNECTING_MAX = 500, /* of a worker, and as many that fetch */
    PS_STALL_S = 60,
};

/* One contact to be made. Everything it points to is borrowed until ps_runner_free (trust and
 * presentation are cache keys by address) or, for the rest, until ps_runner_execute returns. */
struct ps_job {
    const struct ps_trust_options *trust;
    ps_time now; /* the device's clock */
    const char *host;
    enum ps_contact_task task;
    bool plain;       /* no TLS: firmware over HTTP */
    uint64_t message; /* what telemetry says: rendered as text into the body */
    const struct ps_presentation *presentation; /* NULL when plain */
    struct ps_bytes release;                    /* what GET /firmware answers */
    struct ps_bytes staple;                     /* what the server staples */
    const struct ps_published *published;       /* what is to be had at the URLs of certificates */
    size_t published_count;
    const struct ps_tlsa *tlsa; /* what DNS answers */
    size_t tlsa_count;
    struct ps_bytes psk;                   /* what the server knows */
    const struct ps_client_rules *clients; /* NULL: the server does not ask; `now` is not read */
    ps_time server_now;                    /* the server's clock */
    struct ps_bytes credential_certificate, credential_issuer; /* what the device shows; empty:
                                                                   as its trust has it */
    /* The contact in which the device got the ticket that it resumes now: made first, accepted or
     * the batch fails. NULL: it holds none. */
    const struct ps_job *ticket_from;
    uint32_t endpoint; /* which listener */
    enum ps_fault fault;
    ps_duration delay;             /* DELAY */
    ps_duration timeout;           /* how long the device waits, simulated */
    uint32_t after_bytes;          /* CUT, RESET, TRUNCATE: server bytes that still arrive */
    struct ps_text *record;        /* gets ps_contact_tell; NULL: nobody wants it */
    struct ps_messages *messages;  /* gets those of the contact itself; NULL: nobody wants them */
    struct ps_verdict ret_verdict; /* set by execute */
};

struct ps_runner_options {
    const struct ps_ca *ca;
    unsigned jobs; /* workers, at least 1 */
    enum ps_link_kind link;
    uint32_t endpoint_count;
    uint16_t port;          /* 0: any */
    unsigned in_flight_max; /* 0: PS_IN_FLIGHT_DEFAULT */
    /* Connections that are kept open: a server answers only when so many others wait for their
     * answers, or nothing is left to begin; the oldest first. Fewer than in_flight_max, and no
     * contact may fetch (a connection is all that it has descriptors for). 0: nobody waits. */
    unsigned live;
};

struct ps_runner;
/* Opens the listeners. `ret_notice` (may be NULL) gets one sentence when concurrency had to be
 * lowered, else "". */
PS_MUST_USE ps_status ps_runner_new(const struct ps_runner_options *options,
                                    struct ps_runner **ret_runner, struct ps_text *ret_notice,
                                    struct ps_error *err);
void ps_runner_free(
    struct ps_runner *runner); /* asserts that every loop closed cleanly; NULL allowed */

/* Called now and then from the calling thread while a batch runs. Returning true stops the batch
 * (PS_INTERRUPTED). */
typedef bool ps_runner_progress(size_t done, size_t total, void *context);
PS_MUST_USE ps_status ps_runner_execute(struct ps_runner *runner, struct ps_job *jobs, size_t count,
                                        ps_runner_progress *progress, void *context,
                                        struct ps_error *err);

/* What the servers counted since ps_runner_new, in batches that are over. A fault acts on what the
 * server sends (fault.h), so `unreached` counts only what should not happen. */
struct ps_runner_counts {
    uint64_t handshakes;     /* sessions in which a ClientHello arrived; also one that resumes, and
                                the one before it that gave the ticket */
    uint64_t unreached;      /* TLS jobs whose link fault kept the ClientHello from arriving */
    uint64_t plain;          /* plain sessions that got a request */
    uint64_t fetches;        /* of contacts that waited for a URL, answered or not */
    uint64_t in_flight_max;  /* contacts allowed at once */
    uint64_t in_flight_peak; /* connected and not yet done at once, over all workers */
};
struct ps_runner_counts ps_runner_counts(const struct ps_runner *runner);

#endif
