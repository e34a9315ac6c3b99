/* SPDX-License-Identifier: Apache-2.0 */
#include "base/field.h"
#include "base/strategy.h"

/* Each word list comes from the X-macro that also made its enum, so neither can lack a word. */
#define WORDS_END                                                                                  \
    {                                                                                              \
        NULL, 0, NULL                                                                              \
    }

static const struct ps_word engines[] = {
#define X(name, text, meaning) {text, PS_ENGINE_##name, meaning},
    PS_ENGINES(X)
#undef X
        WORDS_END};

const struct ps_word ps_builder_words[] = {
#define X(name, text, meaning) {text, PS_BUILDER_##name, meaning},
    PS_BUILDERS(X)
#undef X
        WORDS_END};

static const struct ps_word anchor_forms[] = {
#define X(name, text, meaning) {text, PS_ANCHOR_FORM_##name, meaning},
    PS_ANCHOR_FORMS(X)
#undef X
        WORDS_END};

static const struct ps_word matches[] = {
#define X(name, text, meaning) {text, PS_PIN_MATCH_##name, meaning},
    PS_PIN_MATCHES(X)
#undef X
        WORDS_END};

static const struct ps_word depths[] = {
#define X(name, text, meaning) {text, PS_PIN_DEPTH_##name, meaning},
    PS_PIN_DEPTHS(X)
#undef X
        WORDS_END};

static const struct ps_word scopes[] = {
#define X(name, text, meaning) {text, PS_PIN_SCOPE_##name, meaning},
    PS_PIN_SCOPES(X)
#undef X
        WORDS_END};

static const struct ps_word combines[] = {
#define X(name, text, meaning) {text, PS_PIN_COMBINE_##name, meaning},
    PS_PIN_COMBINES(X)
#undef X
        WORDS_END};

static const struct ps_word expiries[] = {
#define X(name, text, meaning) {text, PS_PIN_EXPIRY_##name, meaning},
    PS_PIN_EXPIRIES(X)
#undef X
        WORDS_END};

static const struct ps_word hostnames[] = {
#define X(name, text, meaning) {text, PS_HOSTNAME_##name, meaning},
    PS_HOSTNAMES(X)
#undef X
        WORDS_END};

static const struct ps_word date_checks[] = {
#define X(name, text, meaning) {text, PS_DATES_##name, meaning},
    PS_DATE_CHECKS(X)
#undef X
        WORDS_END};

/* Only an anchor is loaded; what a server sends is looked at when it comes. */
static const struct ps_word sent_date_checks[] = {
    {"check", PS_DATES_CHECK, "the device's clock must lie within the validity"},
    {"ignore", PS_DATES_IGNORE, "dates are not looked at"},
    WORDS_END};

static const struct ps_word clocks[] = {
#define X(name, text, meaning) {text, PS_CLOCK_##name, meaning},
    PS_CLOCKS(X)
#undef X
        WORDS_END};

static const struct ps_word channels[] = {
#define X(name, text, meaning) {text, PS_UPDATE_##name, meaning},
    PS_UPDATE_CHANNELS(X)
#undef X
        WORDS_END};

static const struct ps_word payload_auths[] = {
#define X(name, text, meaning) {text, PS_PAYLOAD_##name, meaning},
    PS_PAYLOAD_AUTHS(X)
#undef X
        WORDS_END};

static const struct ps_word tlsa_forms[] = {
#define X(name, text, meaning) {text, PS_TLSA_##name, meaning},
    PS_TLSA_FORMS(X)
#undef X
        WORDS_END};

static const struct ps_word pin_groups[] = {
#define X(name, text, meaning) {text, PS_PIN_GROUPS_##name, meaning},
    PS_PIN_GROUPS(X)
#undef X
        WORDS_END};

static const struct ps_word revocations[] = {
#define X(name, text, meaning) {text, PS_REVOCATION_##name, meaning},
    PS_REVOCATIONS(X)
#undef X
        WORDS_END};

static const struct ps_word revocation_scopes[] = {
#define X(name, text, meaning) {text, PS_REVOCATION_SCOPE_##name, meaning},
    PS_REVOCATION_SCOPES(X)
#undef X
        WORDS_END};

static const struct ps_word unavailables[] = {
#define X(name, text, meaning) {text, PS_UNAVAILABLE_##name, meaning},
    PS_UNAVAILABLES(X)
#undef X
        WORDS_END};

static const struct ps_word transports[] = {
#define X(name, text, meaning) {text, PS_TRANSPORT_##name, meaning},
    PS_TRANSPORTS(X)
#undef X
        WORDS_END};

static const struct ps_word rollbacks[] = {
#define X(name, text, meaning) {text, PS_ROLLBACK_##name, meaning},
    PS_ROLLBACKS(X)
#undef X
        WORDS_END};

static const struct ps_word fallback_lends[] = {
#define X(name, text, meaning) {text, PS_LENDS_##name, meaning},
    PS_FALLBACK_LENDS(X)
#undef X
        WORDS_END};

static const struct ps_word fallback_scopes[] = {
#define X(name, text, meaning) {text, PS_FALLBACK_##name, meaning},
    PS_FALLBACK_SCOPES(X)
#undef X
        WORDS_END};

static const struct ps_word key_stores[] = {
#define X(name, text, meaning) {text, PS_KEY_STORE_##name, meaning},
    PS_KEY_STORES(X)
#undef X
        WORDS_END};

static const struct ps_word client_identities[] = {
#define X(name, text, meaning) {text, PS_CLIENT_##name, meaning},
    PS_CLIENT_IDENTITIES(X)
#undef X
        WORDS_END};

static const struct ps_word client_provisionings[] = {
#define X(name, text, meaning) {text, PS_PROVISIONED_##name, meaning},
    PS_CLIENT_PROVISIONINGS(X)
#undef X
        WORDS_END};

static const struct ps_word client_renewals[] = {
#define X(name, text, meaning) {text, PS_RENEWAL_##name, meaning},
    PS_CLIENT_RENEWALS(X)
#undef X
        WORDS_END};

const struct ps_word ps_hash_words[] = {
#define X(name, text) {text, PS_HASH_##name, NULL},
    PS_HASHES(X)
#undef X
        WORDS_END};

const struct ps_word ps_key_type_words[] = {
#define X(name, text) {text, PS_KEY_##name, NULL},
    PS_KEY_TYPES(X)
#undef X
        WORDS_END};

static const struct ps_word tls_versions[] = {
#define X(name, text, meaning) {text, PS_TLS_##name, meaning},
    PS_TLS_VERSIONS(X)
#undef X
        WORDS_END};

#define FIELD(member, kind, default_text, meaning_text, ...)                                       \
    {                                                                                              \
        .type = PS_FIELD_##kind, .offset = offsetof(OWNER, member), .fallback = default_text,      \
        .meaning = meaning_text, __VA_ARGS__                                                       \
    }
#define CENTURY_S 3155760000u

#define FIELDS_END                                                                                 \
    {                                                                                              \
        .key = NULL                                                                                \
    }

#define OWNER struct ps_strategy_chain
static const struct ps_table chain_table = {
    .name = "strategy.chain",
    .meaning = "how a path from the leaf to an anchor is built",
    .struct_bytes = sizeof(OWNER),
    .fields = (const struct ps_field[]){
        FIELD(engine, ENUM, "pkix", "whether a path must exist", .key = "engine", .words = engines),
        FIELD(builder, ENUM, "openssl3", "the stack whose path builder is used", .key = "builder",
              .words = ps_builder_words),
        FIELD(partial, BOOL, "no", "a trusted certificate that is not self-signed may end a path",
              .key = "partial"),
        FIELD(anchor_form, ENUM, "cert", "what of an anchor is kept", .key = "anchor_form",
              .words = anchor_forms),
        FIELD(intermediates_max, UINT, "100", "most certificates between leaf and anchor",
              .key = "max_intermediates", .min = 0, .max = 100),
        FIELD(tlsa, ENUM, "3 1 1", "engine dane: which TLSA record decides", .key = "tlsa",
              .words = tlsa_forms),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_pin
const struct ps_table ps_pin_table = {
    .name = "pin",
    .meaning = "one accepted value",
    .struct_bytes = sizeof(OWNER),
    .fields = (const struct ps_field[]){
        FIELD(match, ENUM, NULL, "what is compared", .key = "match", .words = matches),
        FIELD(depth, ENUM, NULL, "which certificates it is compared with", .key = "depth",
              .words = depths),
        FIELD(of, REFERENCE, NULL,
              "whose value is pinned: a certificate, a key, leaf@ship, first_contact, announced",
              .key = "of"),
        FIELD(group, NAME, "", "pins of one name stand together", .key = "group"),
        FIELD(not_before, TIME, "none", "does not count before, on the device's clock",
              .key = "not_before"),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_strategy_pins
static const struct ps_table pins_table = {
    .name = "strategy.pins",
    .meaning = "values that a certificate must match",
    .struct_bytes = sizeof(OWNER),
    .fields = (const struct ps_field[]){
        FIELD(set, BLOCKS, "[]", "the pins", .key = "set", .table = &ps_pin_table, .max = 64),
        FIELD(groups, ENUM, "any", "how many groups must be met", .key = "groups",
              .words = pin_groups),
        FIELD(scope, ENUM, "validated", "which certificates are looked at", .key = "scope",
              .words = scopes),
        FIELD(combine, ENUM, "and", "how path and pins decide together", .key = "combine",
              .words = combines),
        FIELD(expires, TIME, "never", "when the pins end, on the device's clock", .key = "expires"),
        FIELD(max_age, DURATION, "0s", "they end so long after a contact last met them; 0s: never",
              .key = "max_age", .max = CENTURY_S),
        FIELD(on_expiry, ENUM, "fail_open", "what ended pins do", .key = "on_expiry",
              .words = expiries),
        FIELD(report_only, BOOL, "no", "a pin that is not met is noted, and refuses nothing",
              .key = "report_only"),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_strategy_identity
static const struct ps_table identity_table = {
    .name = "strategy.identity",
    .meaning = "whose certificate it must be",
    .struct_bytes = sizeof(OWNER),
    .fields = (const struct ps_field[]){
        FIELD(hostname, ENUM, "san", "where the host's name is looked for", .key = "hostname",
              .words = hostnames),
        FIELD(name, TEXT, "endpoint", "the name that is checked; endpoint: the host's own",
              .key = "name"),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_strategy_time
static const struct ps_table time_table = {
    .name = "strategy.time",
    .meaning = "which dates count, and what the device believes the time to be",
    .struct_bytes = sizeof(OWNER),
    .fields = (const struct ps_field[]){
        FIELD(leaf_dates, ENUM, "check", "the leaf's validity", .key = "leaf_dates",
              .words = sent_date_checks),
        FIELD(ca_dates, ENUM, "check", "the validity of the certificates in between",
              .key = "ca_dates", .words = sent_date_checks),
        FIELD(anchor_dates, ENUM, "check", "the anchor's validity", .key = "anchor_dates",
              .words = date_checks),
        FIELD(clock, ENUM, "rtc", "the device's clock", .key = "clock", .words = clocks),
        FIELD(floor, TIME, "none", "the clock never shows less than this", .key = "floor"),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_strategy_revocation
static const struct ps_table revocation_table = {
    .name = "strategy.revocation",
    .meaning = "how the device learns that a certificate was revoked",
    .struct_bytes = sizeof(OWNER),
    .fields = (const struct ps_field[]){
        FIELD(mode, ENUM, "none", "who is asked", .key = "mode", .words = revocations),
        FIELD(scope, ENUM, "leaf", "about which certificates", .key = "scope",
              .words = revocation_scopes),
        FIELD(on_unavailable, ENUM, "soft", "what no answer means", .key = "on_unavailable",
              .words = unavailables),
        FIELD(max_age, DURATION, "0s", "an older answer or set is none; 0s: as it says itself",
              .key = "max_age", .max = CENTURY_S),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_strategy_intermediates
static const struct ps_table intermediates_table = {
    .name = "strategy.intermediates",
    .meaning = "where certificates come from that the server does not send",
    .struct_bytes = sizeof(OWNER),
    .fields = (const struct ps_field[]){
        FIELD(aia, BOOL, "no", "from where the certificate says its issuer's is", .key = "aia"),
        FIELD(cache, BOOL, "no", "from paths that were accepted before", .key = "cache"),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_strategy_negotiate
static const struct ps_table negotiate_table = {
    .name = "strategy.negotiate",
    .meaning = "what the device tells the server about itself",
    .struct_bytes = sizeof(OWNER),
    .fields = (const struct ps_field[]){FIELD(certificate_authorities, BOOL, "no",
                                              "names its anchors, so that a chain can be chosen",
                                              .key = "certificate_authorities"),
                                        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_strategy_resumption
static const struct ps_table resumption_table = {
    .name = "strategy.resumption",
    .meaning = "sessions that are resumed: nothing is verified again",
    .struct_bytes = sizeof(OWNER),
    .fields = (const struct ps_field[]){
        FIELD(enabled, BOOL, "no", "whether the device holds tickets", .key = "enabled"),
        FIELD(ticket_lifetime, DURATION, "7d", "how long it does (RFC 8446: at most seven days)",
              .key = "ticket_lifetime", .min = 1, .max = 604800),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_strategy_update
static const struct ps_table update_table = {
    .name = "strategy.update",
    .meaning = "how new firmware or new trust comes",
    .struct_bytes = sizeof(OWNER),
    .fields = (const struct ps_field[]){
        FIELD(channel, ENUM, "none", "the way it takes", .key = "channel", .words = channels),
        FIELD(payload_auth, ENUM, "none", "what makes a payload authentic", .key = "payload_auth",
              .words = payload_auths),
        FIELD(transport, ENUM, "none", "what carries it", .key = "transport", .words = transports),
        FIELD(rollback_protection, ENUM, "none", "what keeps an older payload out",
              .key = "rollback_protection", .words = rollbacks),
        FIELD(poll, DURATION, "1d", "how often the channel is asked, at contacts", .key = "poll",
              .min = 1),
        FIELD(add_hold_down, DURATION, "30d", "rfc5011: how long a new root must be seen",
              .key = "add_hold_down", .max = CENTURY_S),
        FIELD(root, REFERENCE, "", "fw_tls_private, reprovision: the anchor for that server",
              .key = "root"),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_fallback
static const struct ps_table fallback_table = {
    .name = "strategy.fallback",
    .meaning = "another trust to go to when this one fails; all that is written must hold",
    .struct_bytes = sizeof(OWNER),
    .fields = (const struct ps_field[]){
        FIELD(failures, UINT, "1", "contacts in a row that failed, at least", .key = "failures",
              .min = 1, .max = 1000000),
        FIELD(since, DURATION, "0s", "and for at least so long", .key = "since", .max = CENTURY_S),
        FIELD(to, NAME, NULL, "a strategy of the scenario, or a preset", .key = "to"),
        FIELD(scope, ENUM, "update_only", "what the other trust is good for", .key = "scope",
              .words = fallback_scopes),
        FIELD(lends, ENUM, "strategy", "what is used of the other", .key = "lends",
              .words = fallback_lends),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_strategy_storage
static const struct ps_table storage_table = {
    .name = "strategy.storage",
    .meaning = "what the device can hold, and how well it keeps it",
    .struct_bytes = sizeof(OWNER),
    .fields = (const struct ps_field[]){
        FIELD(anchor_slots, UINT, "8", "anchors; a store takes one slot", .key = "anchor_slots",
              .max = 1000),
        FIELD(pin_slots, UINT, "8", "pins", .key = "pin_slots", .max = 1000),
        FIELD(key_store, ENUM, "file", "where its own keys are", .key = "key_store",
              .words = key_stores),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_strategy_client
static const struct ps_table client_table = {
    .name = "strategy.client",
    .meaning = "what the device shows the server of itself",
    .struct_bytes = sizeof(OWNER),
    .fields = (const struct ps_field[]){
        FIELD(identity, ENUM, "none", "what it is", .key = "identity", .words = client_identities),
        FIELD(provisioned, ENUM, "factory_online", "how the device came by it",
              .key = "provisioned", .words = client_provisionings),
        FIELD(renewal, ENUM, "never", "how it is renewed", .key = "renewal",
              .words = client_renewals),
        FIELD(issuer, REFERENCE, "", "the certificate of the CA that issued it", .key = "issuer"),
        FIELD(lifetime, DURATION, "0s", "how long one is valid; 0s: as long as its CA",
              .key = "lifetime", .max = CENTURY_S),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_strategy_limits
static const struct ps_table limits_table = {
    .name = "strategy.limits",
    .meaning = "what the device's TLS build cannot do",
    .struct_bytes = sizeof(OWNER),
    .fields = (const struct ps_field[]){
        FIELD(hashes, WORDS, "all", "hashes of signatures that it knows", .key = "hashes",
              .words = ps_hash_words, .min = 1),
        FIELD(keys, WORDS, "all", "types of keys that it can use", .key = "keys",
              .words = ps_key_type_words, .min = 1),
        FIELD(chain_bytes, UINT, "0", "most bytes of certificates served; 0 is no limit",
              .key = "chain_bytes", .max = 102400),
        FIELD(chain_length, UINT, "0", "most certificates served, the leaf too; 0 is no limit",
              .key = "chain_length", .max = 1000),
        FIELD(tls, ENUM, "1.3", "highest TLS version", .key = "tls", .words = tls_versions),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_strategy
const struct ps_table ps_strategy_table = {
    .name = "strategy",
    .meaning = "everything a device uses to decide whether to trust",
    .struct_bytes = sizeof(OWNER),
    .fields = (const struct ps_field[]){
        FIELD(chain, BLOCK, "{}", "how a path from the leaf to an anchor is built", .key = "chain",
              .table = &chain_table),
        FIELD(anchors, REFERENCES, "[]", "trusted certificates and stores", .key = "anchors",
              .max = 1000),
        FIELD(pins, BLOCK, "{}", "values that a certificate must match", .key = "pins",
              .table = &pins_table),
        FIELD(identity, BLOCK, "{}", "whose certificate it must be", .key = "identity",
              .table = &identity_table),
        FIELD(time, BLOCK, "{}", "which dates count, and the device's clock", .key = "time",
              .table = &time_table),
        FIELD(revocation, BLOCK, "{}", "how it learns that a certificate was revoked",
              .key = "revocation", .table = &revocation_table),
        FIELD(intermediates, BLOCK, "{}", "where certificates come from that are not sent",
              .key = "intermediates", .table = &intermediates_table),
        FIELD(negotiate, BLOCK, "{}", "what the device tells the server", .key = "negotiate",
              .table = &negotiate_table),
        FIELD(resumption, BLOCK, "{}", "sessions that are resumed", .key = "resumption",
              .table = &resumption_table),
        FIELD(update, BLOCK, "{}", "how new firmware or new trust comes", .key = "update",
              .table = &update_table),
        FIELD(fallback, BLOCKS, "[]", "another trust when this one fails", .key = "fallback",
              .table = &fallback_table, .max = 8),
        FIELD(storage, BLOCK, "{}", "what the device can hold", .key = "storage",
              .table = &storage_table),
        FIELD(client, BLOCK, "{}", "what the device shows of itself", .key = "client",
              .table = &client_table),
        FIELD(limits, BLOCK, "{}", "what the device's TLS build cannot do", .key = "limits",
              .table = &limits_table),
        FIELDS_END}};
#undef OWNER
