/* SPDX-License-Identifier: Apache-2.0
 *
 * The vocabulary of results: what one contact gave, what became of a device, what an attacker does.
 * Pure data; equal inputs give equal bytes (every struct is zeroed before it is filled).
 */
#ifndef BASE_VERDICT_H
#define BASE_VERDICT_H

#include <stdbool.h>
#include <stdint.h>
#include "base/time.h"

/* Where a contact ended. X(name, text, meaning) */
#define PS_STAGES(X)                                                                               \
    X(ACCEPTED, "accepted", "the message was delivered and its acknowledgement read")              \
    X(UNREACHABLE, "unreachable", "the link failed; nobody refused")                               \
    X(TLS, "tls", "the handshake failed before the certificates were judged, or the peer refused") \
    X(PATH, "path", "no acceptable path from the leaf to an anchor")                               \
    X(DATES, "dates", "a certificate is not valid at the device's now")                            \
    X(NAME, "name", "the leaf is for another host")                                                \
    X(REVOCATION, "revocation", "revoked, or there is no good proof that it is not")               \
    X(PINS, "pins", "no pin matched")                                                              \
    X(PAYLOAD, "payload", "what arrived is not authentic")

#define X(name, text, meaning) PS_STAGE_##name,
enum ps_stage { PS_STAGES(X) PS_STAGE_COUNT };
#undef X

enum { PS_VERDICT_REASON_MAX = 128, PS_VERDICT_PATH_MAX = 320 };

struct ps_verdict {
    enum ps_stage stage;
    int32_t error; /* X509_V_ERR_ number of the deciding check, 0 if none */
    int32_t depth; /* of the certificate it was about: 0 is the leaf; -1 none */
    char reason[PS_VERDICT_REASON_MAX]; /* for people: "certificate has expired: DST Root CA X3" */
    /* Common names from leaf to anchor with " < " between, as far as the builder got; "..." if cut.
     */
    char path[PS_VERDICT_PATH_MAX];
};

/* A stretch of time in which one verdict holds. */
struct ps_verdict_span {
    ps_time from, until; /* first and last second; ALWAYS and NEVER: no end on that side */
    struct ps_verdict verdict;
};

static inline bool ps_verdict_accepted(const struct ps_verdict *verdict)
{
    return verdict->stage == PS_STAGE_ACCEPTED;
}

/* What became of a device. The order is the order of reports. */
#define PS_OUTCOMES(X)                                                                             \
    X(SURVIVED, "survived", "connected at every due contact")                                      \
    X(RECOVERED, "recovered", "was dark for a time, connected at the end")                         \
    X(LOCKED_OUT, "locked-out", "dark at the end; its update channel still reaches it")            \
    X(BRICKED, "bricked", "dark at the end; no channel reaches it")                                \
    X(TAKEN_OVER, "taken-over", "an attacker's payload was accepted")                              \
    X(RETIRED, "retired", "taken out of service before the end")                                   \
    X(NEVER_BOOTED, "never-booted", "still on the shelf at the end")

#define X(name, text, meaning) PS_OUTCOME_##name,
enum ps_outcome { PS_OUTCOMES(X) PS_OUTCOME_COUNT };
#undef X

/* What the attacker at the other end presents. X(name, text, role it needs or "", meaning) */
#define PS_ATTACKS(X)                                                                              \
    X(X01, "X01", "", "a self-signed certificate for our name")                                    \
    X(X02, "X02", "", "a valid certificate of our issuer for another name")                        \
    X(X03, "X03", "M.int", "another public CA mis-issues our name")                                \
    X(X04, "X04", "", "our own CA mis-issues our name")                                            \
    X(X05, "X05", "", "as X04, when that CA has been revoked; the attacker signs his own OCSP")    \
    X(X06, "X06", "B.int", "the CA that we could move to mis-issues our name")                     \
    X(X07, "X07", "A.root_g1", "a CA made with the key of the old root, which is still valid")     \
    X(X08, "X08", "A.root_g1", "a CA made with the key of the old root, which has expired")        \
    X(X09, "X09", "", "the server's key is stolen, its certificate is in use")                     \
    X(X10, "X10", "", "as X09, when the certificate has been revoked")                             \
    X(X11, "X11", "", "as X10, and nobody who would say so can be reached")                        \
    X(X12, "X12", "", "as X10, with older answers replayed that still hold")                       \
    X(X13, "X13", "", "as X11, with a certificate that demands a staple, stripped of it")          \
    X(X14, "X14", "", "the first certificate, long out of use, with its stolen key")               \
    X(X15, "X15", "", "as X14, and the clock set back to when it was valid")                       \
    X(X16, "X16", "", "a self-signed certificate with the stolen first key")                       \
    X(X17, "X17", "backup_key", "a self-signed certificate with the stolen backup key")            \
    X(X18, "X18", "", "a fake CA with the name of our issuer")                                     \
    X(X19, "X19", "M.int", "another public CA mis-issues; our chain is sent behind")               \
    X(X20, "X20", "P.int", "the vendor's own CA is stolen and issues our name")                    \
    X(X21, "X21", "M.int", "as X03, when the pins have ended")                                     \
    X(X22, "X22", "", "DNS answers with the attacker's own record; a self-signed certificate")     \
    X(X23, "X23", "", "the first key, replaced after theft, certified again by our CA")

/* What an attacker does to what stands behind a contact: to updates, to what a device learns, to
 * its clock, its store or its own secret. The same columns. Where his payload or his key is taken,
 * the device is his from then on (`taken-over`); the others are exposure and no more. */
#define PS_CHANNEL_ATTACKS(X)                                                                      \
    X(U01, "U01", "", "the update is changed on its way, where no TLS carries it")                 \
    X(U02, "U02", "", "who passes for the server in one of the other threats sends an update")     \
    X(U03, "U03", "", "an update of the vendor's that has long been replaced is sent again")       \
    X(U04, "U04", "", "updates are held back until pins or sets have lapsed")                      \
    X(U05, "U05", "", "the key that signs updates is stolen")                                      \
    X(U06, "U06", "", "somebody else answers the very first contact")                              \
    X(U07, "U07", "", "who holds the server for a moment announces a key of his own")              \
    X(U08, "U08", "", "a secret that all devices share is read out of one of them")                \
    X(U09, "U09", "", "contacts are blocked until the device falls back on its other trust")       \
    X(U10, "U10", "", "a session is resumed with what is no longer accepted")                      \
    X(U11, "U11", "", "the clock is set far ahead, so that nothing is valid any more")             \
    X(U12, "U12", "", "TLS is blocked, and the update comes in the clear")                         \
    X(U13, "U13", "", "the store is filled, so that a new anchor finds no place")

#define X(name, text, role, meaning) PS_ATTACK_##name,
enum ps_attack {
    PS_ATTACKS(X) PS_ATTACK_COUNT, /* of those that present a certificate */
    PS_ATTACK_BEFORE_CHANNELS = PS_ATTACK_COUNT - 1,
    PS_CHANNEL_ATTACKS(X) PS_ATTACK_ALL_COUNT
};
#undef X

/* What a link does to a contact. X(name, text, meaning) */
#define PS_FAULTS(X)                                                                               \
    X(NONE, "none", "the link carries everything")                                                 \
    X(DELAY, "delay", "bytes arrive late; later than the device waits, they never do")             \
    X(CUT, "cut", "after some bytes nothing arrives any more")                                     \
    X(RESET, "reset", "after some bytes the connection is reset")                                  \
    X(TRUNCATE, "truncate", "after some bytes the stream ends")

#define X(name, text, meaning) PS_FAULT_##name,
enum ps_fault { PS_FAULTS(X) PS_FAULT_COUNT };
#undef X

const char *ps_stage_text(enum ps_stage stage);
const char *ps_stage_meaning(enum ps_stage stage);
const char *ps_outcome_text(enum ps_outcome outcome);
const char *ps_outcome_meaning(enum ps_outcome outcome);
const char *ps_attack_text(enum ps_attack attack);
const char *ps_attack_meaning(enum ps_attack attack);
const char *ps_fault_text(enum ps_fault fault);

#endif
