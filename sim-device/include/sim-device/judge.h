/* SPDX-License-Identifier: Apache-2.0
 *
 * Judges real certificates without a handshake: would a device with this trust accept this list on
 * that day? The judgement is the one that a contact makes of a served list (src/verify.c), so both
 * always agree about certificates; what else a handshake can fail of is no part of it, except two
 * things that concern the list alone: its length, and whether the leaf's key can be used.
 *
 * Input comes from users: PEM or DER of unknown quality. Whatever is malformed is a status INVALID
 * with a reason, never a crash.
 *
 * Everything belongs to the thread of its ps_device_stack. Nothing here reads a clock.
 */
#ifndef SIM_DEVICE_JUDGE_H
#define SIM_DEVICE_JUDGE_H

#include "base/certificate.h"
#include "sim-device/contact.h"

enum ps_der_kind { PS_DER_CERTIFICATE, PS_DER_CRL, PS_DER_KEY };

/* Objects of one kind, each as DER. Zero is the empty list. */
struct ps_der_list {
    struct ps_bytes *items; /* owned, and what they point to */
    size_t count, capacity;
};

/* Appends what `input` holds of one kind, in its order: every PEM block with a fitting label
 * (others and text around them are passed over), or DER objects one after the other. Nothing found
 * is no error. INVALID: an object is cut off, not base64, or not what its label says; the list then
 * has those before it. */
PS_MUST_USE ps_status ps_der_read(struct ps_device_stack *stack, enum ps_der_kind kind,
                                  struct ps_bytes input, struct ps_der_list *list,
                                  struct ps_error *err);
/* Appends a copy unless the list has the same bytes already. */
void ps_der_list_add(struct ps_der_list *list, struct ps_bytes der);
void ps_der_list_deinit(struct ps_der_list *list);

/* Sets builder and switches from the name of a stack with its options, as measurements name them:
 * "openssl3", "openssl3+partial_chain", "gnutls37+no_trusted_time",
 * "wolf_alt+anchors_loaded_before_expiry". INVALID: there is no such stack or option. */
PS_MUST_USE ps_status ps_stack_apply(const char *name, struct ps_strategy *strategy,
                                     struct ps_error *err);

struct ps_judge_options {
    struct ps_trust_options trust; /* as for a device; its strategy borrowed until ps_judge_free */
    const struct ps_bytes *served; /* DER, the leaf first; copied */
    size_t served_count;
    const struct ps_bytes *crls; /* DER; copied. None: nobody asks for revocation */
    size_t crl_count;
    const char *host; /* copied */
};

/* With CRLs every certificate of the path must be covered by a good one, or it is refused: what
 * OpenSSL does with CRL_CHECK and CRL_CHECK_ALL, whichever builder made the path. */
struct ps_judge;
/* INVALID: something is not what it should be, or nothing is served. */
PS_MUST_USE ps_status ps_judge_new(struct ps_device_stack *stack,
                                   const struct ps_judge_options *options,
                                   struct ps_judge **ret_judge, struct ps_error *err);
void ps_judge_free(struct ps_judge *judge); /* NULL allowed */

/* The verdict when the device's clock would show `now`, were it not for the strategy's floor.
 * Borrowed until the next judgement. */
const struct ps_verdict *ps_judge_at(struct ps_judge *judge, ps_time now);

/* Of the path of the last judgement, leaf first; as far as the builder got. */
struct ps_judge_step {
    struct ps_certificate_facts facts; /* owned */
    size_t served, trusted;            /* which of the lists it is, SIZE_MAX: not in it */
};
size_t ps_judge_path_count(const struct ps_judge *judge);
void ps_judge_path_step(const struct ps_judge *judge, size_t index, struct ps_judge_step *ret_step);
void ps_judge_step_deinit(struct ps_judge_step *step);

/* All verdicts over time: spans in order, the first from ALWAYS and the last to NEVER, neighbours
 * differ in whether or why. Exact to the second. The caller frees *ret_spans. Years 1950 to 9999.
 */
size_t ps_judge_timeline(struct ps_judge *judge, struct ps_verdict_span **ret_spans);

/* Forgets the certificates parsed so far if they are more than that many, so that a thread that
 * sees ever new ones does not grow. What is in use stays. */
void ps_device_stack_forget(struct ps_device_stack *stack, size_t kept_max);

#endif
