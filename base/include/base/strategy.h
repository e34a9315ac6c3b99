/* SPDX-License-Identifier: Apache-2.0
 *
 * A trust strategy: everything a device uses to decide whether to trust. This is the struct that
 * scenarios/ fills from one table (ps_strategy_table in base/field.h's terms) and that sim-device/
 * and the engine act on. Every field acts; a test fails for one that no code reads.
 *
 * Acceptance rule (docs/architecture.md):
 *   C = engine is none, or a path exists, dates pass (three switches), depth fits
 *   N = hostname is none, or the leaf's name matches
 *   P = pins ended and fail open, or a required pin is met over the scope
 *   accept = N and (combine = only ? P : combine = or ? C or P : C and P)
 *   (without pins P is true)
 */
#ifndef BASE_STRATEGY_H
#define BASE_STRATEGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/certificate.h"
#include "base/time.h"

/* X(name, text in files, meaning in one line). The text is what scenario files say. */
#define PS_ENGINES(X)                                                                              \
    X(NONE, "none", "no path is built; only name and pins can refuse")                             \
    X(PKIX, "pkix", "a path to an anchor must be found and valid (RFC 5280 section 6)")

#define PS_BUILDERS(X)                                                                             \
    X(OPENSSL3, "openssl3", "OpenSSL 1.1.0 to 3: trusted certificates first")                      \
    X(OPENSSL102, "openssl102",                                                                    \
      "OpenSSL 1.0.2: served list first, alternatives if no end was reached")                      \
    X(OPENSSL101, "openssl101", "OpenSSL 1.0.1: served list first, no alternative chains")         \
    X(MBEDTLS, "mbedtls", "Mbed TLS 2.28: from the leaf up, any trusted CA is an anchor")          \
    X(GNUTLS37, "gnutls37", "GnuTLS 3.7: sorts the served list, cuts at the first anchor")         \
    X(WOLF_STRICT, "wolf_strict", "wolfSSL: every served certificate must verify, last to first")  \
    X(WOLF_ALT, "wolf_alt", "wolfSSL with WOLFSSL_ALT_CERT_CHAINS")                                \
    X(BEARSSL, "bearssl", "BearSSL: strict served order, anchors are name and key")                \
    X(BACKTRACKING, "backtracking", "Conscrypt, Android, Go: depth-first over all candidates")

#define PS_ANCHOR_FORMS(X)                                                                         \
    X(CERT, "cert", "the whole certificate, with its dates")                                       \
    X(DN_SPKI, "dn_spki", "name and key only: the anchor has no dates")

#define PS_PIN_MATCHES(X)                                                                          \
    X(CERT_SHA256, "cert_sha256", "SHA-256 of the whole certificate")                              \
    X(CERT_SHA1, "cert_sha1", "SHA-1 of the whole certificate")                                    \
    X(SPKI_SHA256, "spki_sha256", "SHA-256 of the SubjectPublicKeyInfo (RFC 7469 section 2.4)")    \
    X(ISSUER_DN, "issuer_dn", "the certificate's issuer name equals the pinned one's")             \
    X(SUBJECT_DN, "subject_dn", "the certificate's subject name equals the pinned one's")

#define PS_PIN_DEPTHS(X)                                                                           \
    X(LEAF, "leaf", "the end-entity certificate")                                                  \
    X(INTERMEDIATE, "intermediate", "any certificate between leaf and the path's last")            \
    X(ROOT, "root", "the path's last certificate")                                                 \
    X(CA, "ca", "any certificate but the leaf")                                                    \
    X(ANY, "any", "any certificate")

#define PS_PIN_SCOPES(X)                                                                           \
    X(VALIDATED, "validated", "the path that was built and verified")                              \
    X(PRESENTED, "presented", "the list that the server sent")

#define PS_PIN_COMBINES(X)                                                                         \
    X(AND, "and", "path and pins must both pass")                                                  \
    X(ONLY, "only", "pins alone decide")                                                           \
    X(OR, "or", "either is enough")

#define PS_PIN_EXPIRIES(X)                                                                         \
    X(FAIL_OPEN, "fail_open", "pins past their end are no longer asked")                           \
    X(FAIL_CLOSED, "fail_closed", "pins past their end refuse")

#define PS_HOSTNAMES(X)                                                                            \
    X(SAN, "san", "a dNSName must match (RFC 6125 section 6.4)")                                   \
    X(SAN_OR_CN, "san_or_cn", "as san, else the subject's common name")                            \
    X(NONE, "none", "any name will do")

#define PS_DATE_CHECKS(X)                                                                          \
    X(CHECK, "check", "the device's clock must lie within the validity")                           \
    X(IGNORE, "ignore", "dates are not looked at")

#define PS_CLOCKS(X)                                                                               \
    X(RTC, "rtc", "always right")                                                                  \
    X(EPOCH_BOOT, "epoch_boot", "starts at 1970-01-01 at boot, right after time synchronisation")  \
    X(BUILD_FLOOR, "build_floor", "as epoch_boot, but never before the firmware was built")

#define PS_UPDATE_CHANNELS(X)                                                                      \
    X(NONE, "none", "what shipped is what there is")                                               \
    X(FW_TLS_SAME, "fw_tls_same", "firmware over TLS with the device's ordinary trust")            \
    X(FW_HTTP, "fw_http", "firmware over plain HTTP")

#define PS_PAYLOAD_AUTHS(X)                                                                        \
    X(NONE, "none", "any payload that arrives is installed")                                       \
    X(SIGNATURE, "signature", "the payload must carry the vendor's signature")

/* The newest first: a device without a limit has it. */
#define PS_TLS_VERSIONS(X)                                                                         \
    X(1_3, "1.3", "TLS 1.3 and 1.2")                                                               \
    X(1_2, "1.2", "TLS 1.2 only")

#define X(name, text, meaning) PS_ENGINE_##name,
enum ps_engine { PS_ENGINES(X) };
#undef X
#define X(name, text, meaning) PS_BUILDER_##name,
enum ps_builder { PS_BUILDERS(X) PS_BUILDER_COUNT };
#undef X
#define X(name, text, meaning) PS_ANCHOR_FORM_##name,
enum ps_anchor_form { PS_ANCHOR_FORMS(X) };
#undef X
#define X(name, text, meaning) PS_PIN_MATCH_##name,
enum ps_pin_match { PS_PIN_MATCHES(X) };
#undef X
#define X(name, text, meaning) PS_PIN_DEPTH_##name,
enum ps_pin_depth { PS_PIN_DEPTHS(X) };
#undef X
#define X(name, text, meaning) PS_PIN_SCOPE_##name,
enum ps_pin_scope { PS_PIN_SCOPES(X) };
#undef X
#define X(name, text, meaning) PS_PIN_COMBINE_##name,
enum ps_pin_combine { PS_PIN_COMBINES(X) };
#undef X
#define X(name, text, meaning) PS_PIN_EXPIRY_##name,
enum ps_pin_expiry { PS_PIN_EXPIRIES(X) };
#undef X
#define X(name, text, meaning) PS_HOSTNAME_##name,
enum ps_hostname { PS_HOSTNAMES(X) };
#undef X
#define X(name, text, meaning) PS_DATES_##name,
enum ps_date_check { PS_DATE_CHECKS(X) };
#undef X
#define X(name, text, meaning) PS_CLOCK_##name,
enum ps_clock { PS_CLOCKS(X) };
#undef X
#define X(name, text, meaning) PS_UPDATE_##name,
enum ps_update_channel { PS_UPDATE_CHANNELS(X) };
#undef X
#define X(name, text, meaning) PS_PAYLOAD_##name,
enum ps_payload_auth { PS_PAYLOAD_AUTHS(X) };
#undef X
#define X(name, text, meaning) PS_TLS_##name,
enum ps_tls_version { PS_TLS_VERSIONS(X) };
#undef X

/* What a strategy points at: a role of a preset, bound by the scenario's `roles:` (or a name of the
 * scenario itself). "system@ship" is the store as it was when the device was made; "leaf@ship" the
 * leaf its telemetry endpoint then served. */
enum ps_reference_kind {
    PS_REFERENCE_UNBOUND,
    PS_REFERENCE_CERTIFICATE, /* index: the plan's certificates */
    PS_REFERENCE_KEY,         /* index: the plan's keys */
    PS_REFERENCE_STORE,       /* index: the plan's stores */
    PS_REFERENCE_LEAF,        /* the telemetry endpoint's leaf; always at_ship */
};
struct ps_reference {
    const char *role; /* as written, without "@ship" */
    bool at_ship;     /* as when the device was made; a store without it is the current one */
    enum ps_reference_kind kind;
    uint32_t index;
};

struct ps_pin {
    enum ps_pin_match match;
    enum ps_pin_depth depth;
    struct ps_reference of;
};

struct ps_strategy {
    const char *name;
    const char *preset; /* the preset it came from, or its own name */
    struct ps_strategy_chain {
        enum ps_engine engine;
        enum ps_builder builder;
        bool partial; /* a trusted certificate that is not self-signed may end a path (OpenSSL) */
        enum ps_anchor_form anchor_form;
        uint32_t intermediates_max; /* certificates between leaf and anchor */
    } chain;
    struct ps_reference *anchors;
    size_t anchor_count;
    struct ps_strategy_pins {
        struct ps_pin *set; /* one group: any of them meets it */
        size_t count;
        enum ps_pin_scope scope;
        enum ps_pin_combine combine;
        ps_time expires; /* on the device's clock; PS_TIME_NEVER */
        enum ps_pin_expiry on_expiry;
    } pins;
    struct ps_strategy_identity {
        enum ps_hostname hostname;
    } identity;
    struct ps_strategy_time {
        enum ps_date_check leaf_dates, ca_dates, anchor_dates;
        enum ps_clock clock;
        ps_time floor; /* the clock never shows less; PS_TIME_ALWAYS: no floor */
    } time;
    struct ps_strategy_update {
        enum ps_update_channel channel;
        enum ps_payload_auth payload_auth;
        ps_duration poll; /* how often the channel is asked, at contacts */
    } update;
    /* What the device's TLS build cannot do. All zero: it can do everything. */
    struct ps_strategy_limits {
        uint32_t hashes;       /* 1 << enum ps_hash of signatures it knows; 0: all */
        uint32_t keys;         /* 1 << enum ps_key_type of keys it can use; 0: all */
        uint32_t chain_bytes;  /* most bytes of all certificates served together; 0: no limit */
        uint32_t chain_length; /* most certificates served; 0: no limit */
        enum ps_tls_version tls; /* the highest */
    } limits;
};

#endif
