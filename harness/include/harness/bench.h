/* SPDX-License-Identifier: Apache-2.0
 *
 * What `pinstorm bench` measures the speed of: one chain (ECDSA P-256: a root that the device
 * trusts, an issuing CA, a leaf), presented to bare OpenSSL (fake-ca/baseline.h) and to the whole
 * path of a device: contact, link, session, telemetry and its acknowledgement. Every handshake is
 * genuine and has to be accepted.
 *
 * Nothing here reads a clock: whoever calls takes the time before and after.
 */
#ifndef HARNESS_BENCH_H
#define HARNESS_BENCH_H

#include <stddef.h>
#include <stdint.h>
#include "base/status.h"
#include "base/text.h"
#include "harness/how.h"

struct ps_bench;
PS_MUST_USE ps_status ps_bench_new(struct ps_bench **ret_bench, struct ps_error *err);
void ps_bench_free(struct ps_bench *bench); /* NULL allowed */

enum { PS_BENCH_THREADS_MAX = 2 };
/* In each of so many threads `count` handshakes of bare OpenSSL, one after the other; threads share
 * nothing. */
PS_MUST_USE ps_status ps_bench_baseline(struct ps_bench *bench, unsigned threads, uint32_t count,
                                        struct ps_error *err);

struct ps_bench_path {
    enum ps_link_kind link;
    unsigned jobs;      /* workers */
    unsigned in_flight; /* contacts under way at once */
    unsigned live;      /* of them kept open (loop/runner.h); 0: none is */
};
/* Opens listeners and workers, and closes those before. A sentence is added to `notice` when fewer
 * contacts are possible at once. */
PS_MUST_USE ps_status ps_bench_open(struct ps_bench *bench, const struct ps_bench_path *path,
                                    struct ps_text *notice, struct ps_error *err);
/* `count` contacts of devices. */
PS_MUST_USE ps_status ps_bench_contacts(struct ps_bench *bench, uint32_t count,
                                        struct ps_error *err);
void ps_bench_close(struct ps_bench *bench);

/* Since ps_bench_open. */
struct ps_bench_seen {
    uint64_t connected_peak; /* at once */
    /* Bytes that the program had from its allocator at most, beyond what it had before the opening:
     * both ends of all connections, and the workers. Looked at a few times a second. */
    uint64_t bytes_peak;
};
struct ps_bench_seen ps_bench_seen(const struct ps_bench *bench);

#endif
