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
    X(PKIX, "pkix", "a path to an anchor must be found and valid (RFC 5280 section 6)")            \
    X(DANE, "dane", "what the name's TLSA record in DNS says decides (RFC 6698, RFC 7671)")        \
    X(RAW_PUBLIC_KEY, "raw_public_key", "only the key is looked at: a pin must be met (RFC 7250)") \
    X(PSK, "psk", "no certificates: both ends prove a shared secret (RFC 8446 section 2.2)")

/* Usage, selector and matching type of the TLSA record that is asked for (RFC 6698 section 2.1). */
#define PS_TLSA_FORMS(X)                                                                           \
    X(3_1_1, "3 1 1", "the leaf's key, and nothing else")                                          \
    X(2_0_1, "2 0 1", "a CA's certificate that must end the path; name and dates count")           \
    X(2_1_1, "2 1 1", "a CA's key that must end the path; name and dates count")                   \
    X(1_1_1, "1 1 1", "the leaf's key, on top of a path to an anchor")

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

#define PS_PIN_GROUPS(X)                                                                           \
    X(ANY, "any", "one pin met is enough, whatever its group")                                     \
    X(ALL, "all", "every group needs a pin that is met")

#define PS_PIN_EXPIRIES(X)                                                                         \
    X(FAIL_OPEN, "fail_open", "pins past their end are no longer asked")                           \
    X(FAIL_CLOSED, "fail_closed", "pins past their end refuse")

#define PS_HOSTNAMES(X)                                                                            \
    X(SAN, "san", "a dNSName must match (RFC 6125 section 6.4)")                                   \
    X(SAN_OR_CN, "san_or_cn", "as san, else the subject's common name")                            \
    X(NONE, "none", "any name will do")

#define PS_DATE_CHECKS(X)                                                                          \
    X(CHECK, "check", "the device's clock must lie within the validity")                           \
    X(CHECK_AT_LOAD, "check_at_load", "only anchors: looked at when they are loaded, at boot")     \
    X(IGNORE, "ignore", "dates are not looked at")

#define PS_CLOCKS(X)                                                                               \
    X(RTC, "rtc", "right, as long as its battery lasts")                                           \
    X(EPOCH_BOOT, "epoch_boot", "starts at 1970-01-01 at boot, right after time synchronisation")  \
    X(BUILD_FLOOR, "build_floor", "as epoch_boot, but never before the firmware was built")        \
    X(LAST_KNOWN, "last_known", "goes on from the last time that was stored, the factory's first") \
    X(NTP, "ntp", "asked of the network at boot, unauthenticated: who is on the path can lie")     \
    X(NTS, "nts", "asked at boot over TLS: right, if some anchor is still valid then (RFC 8915)")  \
    X(ROUGHTIME, "roughtime", "asked at boot of servers whose keys are pinned: right")             \
    X(PEER_DATE, "peer_date", "taken from whoever is at the other end")                            \
    X(IGNORE, "ignore", "no clock: no date is ever looked at")

#define PS_REVOCATIONS(X)                                                                          \
    X(NONE, "none", "nobody asks whether a certificate was revoked")                               \
    X(OCSP, "ocsp", "a stapled OCSP answer, else one from the CA's responder (RFC 6960)")          \
    X(STAPLE, "staple", "an OCSP answer must be stapled, always (RFC 6066 section 8)")             \
    X(MUST_STAPLE, "must_staple", "the same where the leaf says so (RFC 7633)")                    \
    X(CRL, "crl", "the issuer's list, from where the certificate says (RFC 5280 section 5)")       \
    X(PUSHED_SET, "pushed_set", "a set of revoked certificates that the vendor sends ahead")       \
    X(BLOCKLIST, "blocklist", "such a set as the firmware was built with")

#define PS_REVOCATION_SCOPES(X)                                                                    \
    X(LEAF, "leaf", "only the leaf is asked about")                                                \
    X(CHAIN, "chain", "every certificate of the path but the anchor")

#define PS_UNAVAILABLES(X)                                                                         \
    X(SOFT, "soft", "without an answer the certificate counts as good")                            \
    X(HARD, "hard", "without an answer it is refused")

#define PS_UPDATE_CHANNELS(X)                                                                      \
    X(NONE, "none", "what shipped is what there is")                                               \
    X(FW_TLS_SAME, "fw_tls_same", "firmware over TLS with the device's ordinary trust")            \
    X(FW_TLS_PRIVATE, "fw_tls_private", "firmware over TLS with a root of the vendor's own")       \
    X(FW_HTTP, "fw_http", "firmware over plain HTTP")                                              \
    X(APP_STORE, "app_store", "the platform's store, over the platform's own trust")               \
    X(OS_BUNDLE, "os_bundle", "the operating system's trust store, over its own trust")            \
    X(TRUST_BUNDLE, "trust_bundle", "a small signed set of anchors, pins and revocations")         \
    X(ANNOUNCE, "announce", "the server announces its next key over the trusted connection")       \
    X(HPKP, "hpkp", "pins renewed at each contact, for a time (RFC 7469)")                         \
    X(TACK, "tack", "a key of the server's own signs its next pin, seen twice to count")           \
    X(TOFU, "tofu", "the first key that is met is learned")                                        \
    X(DNS, "dns", "TLSA records under DNSSEC (RFC 6698)")                                          \
    X(RFC5011, "rfc5011", "a new root signed by the old, trusted after a hold-down (RFC 5011)")    \
    X(EST, "est", "the CA's current roots, asked over the same trust (RFC 7030)")                  \
    X(CMP, "cmp", "old with new and new with old, one generation back (RFC 4210)")                 \
    X(HASH_OF_ROOT_KEY, "hash_of_root_key", "a root carries its successor's hash (RFC 8649)")      \
    X(TAMP, "tamp", "signed messages of an apex anchor with a contingency key (RFC 5934)")         \
    X(BRSKI_VOUCHER, "brski_voucher", "the manufacturer's signed voucher names the owner's root")  \
    X(MANUAL, "manual", "somebody comes")                                                          \
    X(REPROVISION, "reprovision", "a provisioning or management service sets the device up again")

#define PS_PAYLOAD_AUTHS(X)                                                                        \
    X(NONE, "none", "any payload that arrives is installed")                                       \
    X(SIGNATURE, "signature", "the payload must carry the vendor's signature")                     \
    X(MAC, "mac", "the payload must carry a MAC under a secret that every device holds")           \
    X(TLS_ONLY, "tls_only", "whatever came over an accepted TLS connection is installed")

#define PS_TRANSPORTS(X)                                                                           \
    X(NONE, "none", "as the channel has it")                                                       \
    X(TLS, "tls", "only over TLS")                                                                 \
    X(HTTP, "http", "only over plain HTTP")                                                        \
    X(ANY, "any", "over TLS, and over plain HTTP when that fails")

#define PS_ROLLBACKS(X)                                                                            \
    X(NONE, "none", "an older payload is installed like any other")                                \
    X(MONOTONIC, "monotonic", "a payload that is not newer is refused")                            \
    X(SIGNED_TIME, "signed_time",                                                                  \
      "a payload dated before what is installed, or after the device's clock, is refused")

#define PS_FALLBACK_SCOPES(X)                                                                      \
    X(UPDATE_ONLY, "update_only", "the other trust serves to fetch updates, and for nothing else") \
    X(ALL, "all", "the other trust replaces this one")

#define PS_FALLBACK_LENDS(X)                                                                       \
    X(STRATEGY, "strategy", "the other is taken whole, its update channel included")               \
    X(ANCHORS, "anchors", "its anchors only; all else stays, the update channel included")

#define PS_KEY_STORES(X)                                                                           \
    X(HSM, "hsm", "keys cannot be read out")                                                       \
    X(TEE, "tee", "keys can be used, not read, by who has broken the system")                      \
    X(FILE, "file", "who reads the flash has the keys")

#define PS_CLIENT_IDENTITIES(X)                                                                    \
    X(NONE, "none", "the device shows nothing")                                                    \
    X(PSK_PER_DEVICE, "psk_per_device", "a secret of its own")                                     \
    X(PSK_FLEET, "psk_fleet", "one secret for all devices")                                        \
    X(X509_SHARED, "x509_shared", "one certificate for all devices")                               \
    X(X509_IDEVID, "x509_idevid", "the manufacturer's certificate, for life (802.1AR)")            \
    X(X509_LDEVID, "x509_ldevid", "the owner's certificate, renewed (802.1AR)")                    \
    X(RAW_PUBLIC_KEY, "raw_public_key", "a key that the server has a list of")

#define PS_CLIENT_PROVISIONINGS(X)                                                                 \
    X(FACTORY_ONLINE, "factory_online", "made when the device is, by the CA")                      \
    X(FACTORY_OFFLINE_CA, "factory_offline_ca", "made when the device is, by a CA in the factory") \
    X(PREGENERATED, "pregenerated", "made ahead of the device, from a list")                       \
    X(HSM_VENDOR, "hsm_vendor", "came with the chip")                                              \
    X(FIRST_BOOT, "first_boot", "asked for at first power")

#define PS_CLIENT_RENEWALS(X)                                                                      \
    X(NEVER, "never", "it is what it is")                                                          \
    X(EST, "est", "by itself, while it is valid (RFC 7030)")                                       \
    X(ACME, "acme", "by proof of the name, whatever became of the old one (RFC 8555)")             \
    X(CMP, "cmp", "by itself, while it is valid (RFC 4210)")                                       \
    X(DPS, "dps", "by the provisioning service, over the same trust")                              \
    X(MDM, "mdm", "by the management service, over the same trust")

/* The newest first: a device without a limit has it. */
#define PS_TLS_VERSIONS(X)                                                                         \
    X(1_3, "1.3", "TLS 1.3 and 1.2")                                                               \
    X(1_2, "1.2", "TLS 1.2 only")

#define X(name, text, meaning) PS_ENGINE_##name,
enum ps_engine { PS_ENGINES(X) };
#undef X
#define X(name, text, meaning) PS_TLSA_##name,
enum ps_tlsa_form { PS_TLSA_FORMS(X) };
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
#define X(name, text, meaning) PS_PIN_GROUPS_##name,
enum ps_pin_groups { PS_PIN_GROUPS(X) };
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
#define X(name, text, meaning) PS_REVOCATION_##name,
enum ps_revocation { PS_REVOCATIONS(X) };
#undef X
#define X(name, text, meaning) PS_REVOCATION_SCOPE_##name,
enum ps_revocation_scope { PS_REVOCATION_SCOPES(X) };
#undef X
#define X(name, text, meaning) PS_UNAVAILABLE_##name,
enum ps_unavailable { PS_UNAVAILABLES(X) };
#undef X
#define X(name, text, meaning) PS_UPDATE_##name,
enum ps_update_channel { PS_UPDATE_CHANNELS(X) };
#undef X
#define X(name, text, meaning) PS_PAYLOAD_##name,
enum ps_payload_auth { PS_PAYLOAD_AUTHS(X) };
#undef X
#define X(name, text, meaning) PS_TRANSPORT_##name,
enum ps_transport { PS_TRANSPORTS(X) };
#undef X
#define X(name, text, meaning) PS_ROLLBACK_##name,
enum ps_rollback { PS_ROLLBACKS(X) };
#undef X
#define X(name, text, meaning) PS_FALLBACK_##name,
enum ps_fallback_scope { PS_FALLBACK_SCOPES(X) };
#undef X
#define X(name, text, meaning) PS_LENDS_##name,
enum ps_fallback_lends { PS_FALLBACK_LENDS(X) };
#undef X
#define X(name, text, meaning) PS_KEY_STORE_##name,
enum ps_key_store { PS_KEY_STORES(X) };
#undef X
#define X(name, text, meaning) PS_CLIENT_##name,
enum ps_client_identity { PS_CLIENT_IDENTITIES(X) };
#undef X
#define X(name, text, meaning) PS_PROVISIONED_##name,
enum ps_client_provisioning { PS_CLIENT_PROVISIONINGS(X) };
#undef X
#define X(name, text, meaning) PS_RENEWAL_##name,
enum ps_client_renewal { PS_CLIENT_RENEWALS(X) };
#undef X
#define X(name, text, meaning) PS_TLS_##name,
enum ps_tls_version { PS_TLS_VERSIONS(X) };
#undef X

/* What a strategy points at: a role of a preset, bound by the scenario's `roles:` (or a name of the
 * scenario itself). "system@ship" is the store as it was when the device was made; "leaf@ship" the
 * leaf its telemetry endpoint then served. */
enum ps_reference_kind {
    PS_REFERENCE_UNBOUND,
    PS_REFERENCE_CERTIFICATE,   /* index: the plan's certificates */
    PS_REFERENCE_KEY,           /* index: the plan's keys */
    PS_REFERENCE_STORE,         /* index: the plan's stores */
    PS_REFERENCE_LEAF,          /* the telemetry endpoint's leaf; always at_ship */
    PS_REFERENCE_FIRST_CONTACT, /* the leaf of the first contact: nothing until then */
    PS_REFERENCE_ANNOUNCED,     /* the key last announced to the device, from its own date on */
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
    const char *group;  /* "": none */
    ps_time not_before; /* does not count before, on the device's clock; PS_TIME_ALWAYS */
};

/* Another trust to go to when this one fails. */
struct ps_fallback {
    uint32_t failures; /* contacts in a row that failed, at least */
    ps_duration since; /* and for at least so long */
    const char *to;    /* a strategy of the scenario or a preset */
    enum ps_fallback_scope scope;
    enum ps_fallback_lends lends;
    uint32_t strategy; /* of the plan: what `to` names; hidden strategies stand behind the listed */
};

struct ps_strategy {
    const char *name;
    bool lent;          /* a hidden one: another's, with the anchors that a fallback lends it */
    const char *preset; /* the preset it came from, or its own name */
    struct ps_strategy_chain {
        enum ps_engine engine;
        enum ps_builder builder;
        bool partial; /* a trusted certificate that is not self-signed may end a path (OpenSSL) */
        enum ps_anchor_form anchor_form;
        uint32_t intermediates_max; /* certificates between leaf and anchor */
        enum ps_tlsa_form tlsa;     /* engine dane: the record that is asked for */
    } chain;
    struct ps_reference *anchors;
    size_t anchor_count;
    struct ps_strategy_pins {
        struct ps_pin *set;
        size_t count;
        enum ps_pin_groups groups;
        enum ps_pin_scope scope;
        enum ps_pin_combine combine;
        ps_time expires;     /* on the device's clock; PS_TIME_NEVER */
        ps_duration max_age; /* they end so long after a contact last met them; 0: they do not */
        enum ps_pin_expiry on_expiry;
        bool report_only; /* a pin that is not met is noted and refuses nothing */
    } pins;
    struct ps_strategy_identity {
        enum ps_hostname hostname;
        const char *name; /* "endpoint": the endpoint's host; else the name that is checked */
    } identity;
    struct ps_strategy_time {
        enum ps_date_check leaf_dates, ca_dates, anchor_dates;
        enum ps_clock clock;
        ps_time floor; /* the clock never shows less; PS_TIME_ALWAYS: no floor */
    } time;
    struct ps_strategy_revocation {
        enum ps_revocation mode;
        enum ps_revocation_scope scope;
        enum ps_unavailable on_unavailable;
        ps_duration max_age; /* an answer or set older than this is none; 0: as it says itself */
    } revocation;
    struct ps_strategy_intermediates {
        bool aia;   /* missing ones are fetched from where the certificate says */
        bool cache; /* those of accepted paths are kept and used */
    } intermediates;
    struct ps_strategy_negotiate {
        bool certificate_authorities; /* names its anchors to the server (RFC 8446 section 4.2.4) */
    } negotiate;
    struct ps_strategy_resumption {
        bool enabled;
        ps_duration ticket_lifetime;
    } resumption;
    struct ps_strategy_update {
        enum ps_update_channel channel;
        enum ps_payload_auth payload_auth;
        enum ps_transport transport;
        enum ps_rollback rollback_protection;
        ps_duration poll;          /* how often the channel is asked, at contacts */
        ps_duration add_hold_down; /* rfc5011: how long a new root must be seen */
        struct ps_reference root;  /* its own anchor, where the channel has one; role NULL: none */
        uint32_t trust; /* of the plan: the strategy whose trust fetches updates, itself or a
                           hidden one */
    } update;
    struct ps_fallback *fallback; /* the first that applies is taken */
    size_t fallback_count;
    struct ps_strategy_storage {
        uint32_t anchor_slots, pin_slots; /* a store takes one */
        enum ps_key_store key_store;
    } storage;
    struct ps_strategy_client {
        enum ps_client_identity identity;
        enum ps_client_provisioning provisioned;
        enum ps_client_renewal renewal;
        struct ps_reference issuer; /* its CA's certificate; role NULL: none */
        ps_duration lifetime;       /* of the certificate; 0: as long as its CA's */
    } client;
    /* What the device's TLS build cannot do. All zero: it can do everything. */
    struct ps_strategy_limits {
        uint32_t hashes;         /* 1 << enum ps_hash of signatures it knows; 0: all */
        uint32_t keys;           /* 1 << enum ps_key_type of keys it can use; 0: all */
        uint32_t chain_bytes;    /* most bytes of all certificates served together; 0: no limit */
        uint32_t chain_length;   /* most certificates served; 0: no limit */
        enum ps_tls_version tls; /* the highest */
    } limits;
};

#endif
