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

static const struct ps_word builders[] = {
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

static const struct ps_word hashes[] = {
#define X(name, text) {text, PS_HASH_##name, NULL},
    PS_HASHES(X)
#undef X
        WORDS_END};

static const struct ps_word key_types[] = {
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
              .words = builders),
        FIELD(partial, BOOL, "no", "a trusted certificate that is not self-signed may end a path",
              .key = "partial"),
        FIELD(anchor_form, ENUM, "cert", "what of an anchor is kept", .key = "anchor_form",
              .words = anchor_forms),
        FIELD(intermediates_max, UINT, "100", "most certificates between leaf and anchor",
              .key = "max_intermediates", .min = 0, .max = 100),
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
        FIELD(of, REFERENCE, NULL, "the certificate or key whose value is pinned, or leaf@ship",
              .key = "of"),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_strategy_pins
static const struct ps_table pins_table = {
    .name = "strategy.pins",
    .meaning = "values that a certificate must match, one of the set",
    .struct_bytes = sizeof(OWNER),
    .fields = (const struct ps_field[]){
        FIELD(set, BLOCKS, "[]", "the pins; any of them is enough", .key = "set",
              .table = &ps_pin_table, .max = 64),
        FIELD(scope, ENUM, "validated", "which certificates are looked at", .key = "scope",
              .words = scopes),
        FIELD(combine, ENUM, "and", "how path and pins decide together", .key = "combine",
              .words = combines),
        FIELD(expires, TIME, "never", "when the pins end, on the device's clock", .key = "expires"),
        FIELD(on_expiry, ENUM, "fail_open", "what ended pins do", .key = "on_expiry",
              .words = expiries),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_strategy_identity
static const struct ps_table identity_table = {
    .name = "strategy.identity",
    .meaning = "whose certificate it must be",
    .struct_bytes = sizeof(OWNER),
    .fields = (const struct ps_field[]){FIELD(hostname, ENUM, "san",
                                              "where the host's name is looked for",
                                              .key = "hostname", .words = hostnames),
                                        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_strategy_time
static const struct ps_table time_table = {
    .name = "strategy.time",
    .meaning = "which dates count, and what the device believes the time to be",
    .struct_bytes = sizeof(OWNER),
    .fields = (const struct ps_field[]){
        FIELD(leaf_dates, ENUM, "check", "the leaf's validity", .key = "leaf_dates",
              .words = date_checks),
        FIELD(ca_dates, ENUM, "check", "the validity of the certificates in between",
              .key = "ca_dates", .words = date_checks),
        FIELD(anchor_dates, ENUM, "check", "the anchor's validity", .key = "anchor_dates",
              .words = date_checks),
        FIELD(clock, ENUM, "rtc", "the device's clock", .key = "clock", .words = clocks),
        FIELD(floor, TIME, "none", "the clock never shows less than this", .key = "floor"),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_strategy_update
static const struct ps_table update_table = {
    .name = "strategy.update",
    .meaning = "how new firmware comes",
    .struct_bytes = sizeof(OWNER),
    .fields = (const struct ps_field[]){
        FIELD(channel, ENUM, "none", "the way it takes", .key = "channel", .words = channels),
        FIELD(payload_auth, ENUM, "none", "what makes a payload authentic", .key = "payload_auth",
              .words = payload_auths),
        FIELD(poll, DURATION, "1d", "how often the channel is asked, at contacts", .key = "poll",
              .min = 1),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_strategy_limits
static const struct ps_table limits_table = {
    .name = "strategy.limits",
    .meaning = "what the device's TLS build cannot do",
    .struct_bytes = sizeof(OWNER),
    .fields = (const struct ps_field[]){
        FIELD(hashes, WORDS, "all", "hashes of signatures that it knows", .key = "hashes",
              .words = hashes, .min = 1),
        FIELD(keys, WORDS, "all", "types of keys that it can use", .key = "keys",
              .words = key_types, .min = 1),
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
        FIELD(update, BLOCK, "{}", "how new firmware comes", .key = "update",
              .table = &update_table),
        FIELD(limits, BLOCK, "{}", "what the device's TLS build cannot do", .key = "limits",
              .table = &limits_table),
        FIELDS_END}};
#undef OWNER
