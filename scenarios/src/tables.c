/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "form.h"
#include "reader.h"
#include "table_field.h"
#include "values.h"

static const struct ps_word eku_words[] = {{"server_auth", PS_EKU_SERVER_AUTH, "TLS servers"},
                                           {"client_auth", PS_EKU_CLIENT_AUTH, "TLS clients"},
                                           WORDS_END};

static const struct ps_word service_words[] = {
    {"ocsp", PS_PUBLISH_OCSP, "a responder (RFC 6960)"},
    {"crl", PS_PUBLISH_CRL, "a list of what it revoked (RFC 5280 section 5)"},
    {"issuer", PS_PUBLISH_ISSUER, "its own certificate (RFC 5280 section 4.2.2.1)"},
    WORDS_END};

/* An endpoint has no state before to keep. */
static const struct ps_word first_tlsa_words[] = {
    {"follow", PS_TLSA_FOLLOW, "the records are of what is served"},
    {"absent", PS_TLSA_ABSENT, "there are none"},
    WORDS_END};

static const struct ps_word tlsa_words[] = {
#define X(name, text, meaning) {text, PS_TLSA_##name, meaning},
    PS_PLAN_TLSA(X)
#undef X
        WORDS_END};

static const struct ps_word stage_words[] = {
    {"device", PS_STAGE_BY_DEVICE, "each device by its own draw"},
    {"region", PS_STAGE_BY_REGION, "all devices of a region together"},
    WORDS_END};

static const struct ps_word ships_words[] = {
#define X(name, text, meaning) {text, PS_SHIPS_##name, meaning},
    PS_PLAN_SHIPS(X)
#undef X
        WORDS_END};

static const struct ps_word when_words[] = {
    {"now", PS_WHEN_NOW, "at once"},
    {"renewal", PS_WHEN_RENEWAL, "with the endpoint's first renewal from then on"},
    WORDS_END};

/* NONE is the absence of a fault and cannot be asked for. */
static const struct ps_word fault_words[] = {{"delay", PS_FAULT_DELAY, "bytes arrive late"},
                                             {"cut", PS_FAULT_CUT, "nothing arrives any more"},
                                             {"reset", PS_FAULT_RESET, "the connection is reset"},
                                             {"truncate", PS_FAULT_TRUNCATE, "the stream ends"},
                                             WORDS_END};

static const struct ps_word attack_words[] = {
#define X(name, text, role, meaning) {text, PS_ATTACK_##name, meaning},
    PS_ATTACKS(X) PS_CHANNEL_ATTACKS(X)
#undef X
        WORDS_END};

#define DAY_S     86400u
#define CENTURY_S PS_CENTURY_S

#define OWNER struct ps_form_authority
static const struct ps_table authority_table = {
    .name = "authority",
    .meaning = "a CA: a name and a key",
    .struct_bytes = sizeof(OWNER),
    .name_offset = offsetof(OWNER, name),
    .fields = (const struct ps_field[]){
        FIELD("subject", TEXT, subject, REQUIRED,
              "distinguished name, most significant part first: `C=US, O=Example, CN=Root`"),
        FIELD("key", ENUM, key, REQUIRED, "type of its key", .words = ps_key_type_words),
        FIELD("publishes", NAMES, publishes, "[]", "what its certificates say where to find",
              .words = service_words, .max = 3),
        FIELD("ocsp_lifetime", DURATION, ocsp_lifetime, "7d",
              "how long an OCSP answer holds; there is a new one every day", .min = DAY_S,
              .max = CENTURY_S),
        FIELD("crl_lifetime", DURATION, crl_lifetime, "90d",
              "how long a CRL holds; there is a new one every day", .min = DAY_S, .max = CENTURY_S),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_form_certificate
static const struct ps_table certificate_table = {
    .name = "certificate",
    .meaning = "a certificate of an authority",
    .struct_bytes = sizeof(OWNER),
    .name_offset = offsetof(OWNER, name),
    .given = true,
    .fields = (const struct ps_field[]){
        FIELD("of", NAME, of, REQUIRED, "authority whose name and key it certifies"),
        FIELD("issuer", NAME, issuer, REQUIRED,
              "authority that signs it; the same as `of`: self-signed"),
        FIELD("signed", ENUM, hash, "sha256", "hash of the signature", .words = ps_hash_words),
        FIELD("valid", RANGE, valid, REQUIRED,
              "first .. last valid second; a date alone is its first second"),
        FIELD("path_length", SPECIAL, path_length, "none", "CA certificates that may follow",
              .shape = "a whole number, or none", .special = &ps_special_path_length),
        FIELD("eku", NAMES, eku, "[]", "extended key usages; none: no such extension",
              .words = eku_words, .max = 2),
        FIELD("next", NAME, next, OPTIONAL,
              "authority whose key is to follow; its hash stands in this certificate"),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_form_key
static const struct ps_table key_table = {
    .name = "key",
    .meaning = "a named key pair",
    .struct_bytes = sizeof(OWNER),
    .name_offset = offsetof(OWNER, name),
    .bare = "type",
    .bare_only = true,
    .fields = (const struct ps_field[]){
        FIELD("type", ENUM, type, REQUIRED, "type of the key", .words = ps_key_type_words),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_form_store_entry
static const struct ps_table store_entry_table = {
    .name = "store entry",
    .meaning = "a certificate in a store; its name alone: always in it",
    .struct_bytes = sizeof(OWNER),
    .bare = "certificate",
    .given = true,
    .fields = (const struct ps_field[]){
        FIELD("certificate", NAME, certificate, REQUIRED, "which one"),
        FIELD("from", TIME, from, OPTIONAL, "in the store from this second; left out: from ever"),
        FIELD("until", TIME, until, OPTIONAL, "no longer from this second; left out: for ever"),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_form_store_lag
static const struct ps_table store_lag_table = {
    .name = "store.lag",
    .meaning = "how late changes of the store reach a device that follows it",
    .struct_bytes = sizeof(OWNER),
    .fields = (const struct ps_field[]){
        FIELD("additions", DISTRIBUTION, additions, "0s", "what is added"),
        FIELD("expiries", DISTRIBUTION, expiries, "0s",
              "what is taken out when its certificate has ended"),
        FIELD("distrust", DISTRIBUTION, distrust, "0s", "what is taken out before"),
        FIELD("never", SHARE, never, "0%", "devices that stay with what they were made with"),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_form_store
static const struct ps_table store_table = {
    .name = "store",
    .meaning = "a platform's trust store over time",
    .struct_bytes = sizeof(OWNER),
    .name_offset = offsetof(OWNER, name),
    .bare = "entries",
    .given = true,
    .fields = (const struct ps_field[]){
        FIELD("entries", BLOCKS, entries, REQUIRED, "what is in it", .table = &store_entry_table,
              .min = 1),
        FIELD("lag", BLOCK, lag, OPTIONAL, "how late its changes reach devices; left out: at once",
              .table = &store_lag_table),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_form_leaf
const struct ps_table ps_leaf_table = {
    .name = "leaf",
    .meaning = "the endpoint's own certificate and how it is renewed",
    .struct_bytes = sizeof(OWNER),
    .given = true,
    .fields = (const struct ps_field[]){
        FIELD("issuer", NAMES, issuers, REQUIRED,
              "authority that signs it, or a list: each renewal draws one", .min = 1, .max = 64),
        FIELD("key", NAME, key, REQUIRED, "a type of key, or one of `keys`"),
        FIELD("signed", ENUM, hash, "sha256", "hash of the signature", .words = ps_hash_words),
        FIELD("lifetime", DURATION, lifetime, REQUIRED,
              "how long each is valid: notAfter is notBefore + lifetime - 1 s", .min = 1,
              .max = CENTURY_S),
        FIELD("renew_before", DURATION, renew_before, REQUIRED,
              "how long before its end the next one takes over", .max = CENTURY_S),
        FIELD("new_key", BOOL, new_key, "no", "a fresh key at every renewal"),
        FIELD("common_name", TEXT, common_name, OPTIONAL,
              "CN of the subject; left out: the leaf's host"),
        FIELD("san", BOOL, san, "yes", "carries the host as a dNSName"),
        FIELD("host", TEXT, host, OPTIONAL, "the name that it is for; left out: the endpoint's"),
        FIELD("must_staple", BOOL, must_staple, "no", "demands a stapled answer (RFC 7633)"),
        FIELDS_END}};
#undef OWNER

#define CHAIN_SHAPE_TEXT "a list of certificates, or one list for each issuer: {issuer: [..]}"

#define ALTERNATES_SHAPE_TEXT "a list of lists of certificates"

#define OWNER struct ps_form_clients
static const struct ps_table clients_table = {
    .name = "endpoint.clients",
    .meaning = "the certificates that devices must show",
    .struct_bytes = sizeof(OWNER),
    .fields = (const struct ps_field[]){
        FIELD("anchors", NAMES, anchors, REQUIRED, "certificates of the CAs that it trusts",
              .min = 1, .max = 64),
        FIELD("dates", BOOL, dates, "yes", "whether it looks at their dates"), FIELDS_END}};
#undef OWNER

#define OWNER struct ps_form_endpoint
static const struct ps_table endpoint_table = {
    .name = "endpoint",
    .meaning = "a host that devices contact, as it is at `from`",
    .struct_bytes = sizeof(OWNER),
    .given = true,
    .name_offset = offsetof(OWNER, name),
    .fields = (const struct ps_field[]){
        FIELD("host", TEXT, host, REQUIRED, "its DNS name"),
        FIELD("leaf", BLOCK, leaf, REQUIRED, "its own certificate", .table = &ps_leaf_table),
        FIELD("chain", SPECIAL, chains, REQUIRED, "what is sent after the leaf, exactly",
              .shape = CHAIN_SHAPE_TEXT, .special = &ps_special_chain, .max = 64),
        FIELD("alternates", SPECIAL, alternates, OPTIONAL,
              "other chains, for devices that name their anchors", .shape = ALTERNATES_SHAPE_TEXT,
              .special = &ps_special_alternates, .max = 16),
        FIELD("staple", BOOL, staple, "no", "an OCSP answer for the leaf is stapled"),
        FIELD("tlsa", ENUM, tlsa, "follow", "what DNS says of it", .words = first_tlsa_words),
        FIELD("clients", BLOCK, clients, OPTIONAL, "devices must show a certificate",
              .table = &clients_table),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_form_role
static const struct ps_table role_table = {
    .name = "role",
    .meaning = "what a preset calls by its own name",
    .struct_bytes = sizeof(OWNER),
    .name_offset = offsetof(OWNER, name),
    .bare = "target",
    .bare_only = true,
    .fields = (const struct ps_field[]){
        FIELD("target", NAME, target, REQUIRED, "a certificate, key or store"), FIELDS_END}};
#undef OWNER

#define OWNER struct ps_form_serve
static const struct ps_table serve_table = {
    .name = "serve",
    .meaning = "an endpoint changes what it serves",
    .struct_bytes = sizeof(OWNER),
    .given = true,
    .fields = (const struct ps_field[]){
        FIELD("endpoint", NAME, endpoint, REQUIRED, "which one"),
        FIELD("chain", SPECIAL, chains, OPTIONAL, "what is sent after the leaf from now on",
              .shape = CHAIN_SHAPE_TEXT, .special = &ps_special_chain, .max = 64),
        FIELD("leaf", BLOCK, leaf, OPTIONAL, "what of the leaf changes; the rest stays",
              .table = &ps_leaf_table, .partial = true),
        FIELD("alternates", SPECIAL, alternates, OPTIONAL,
              "other chains from now on, for devices that name their anchors",
              .shape = ALTERNATES_SHAPE_TEXT, .special = &ps_special_alternates, .max = 16),
        FIELD("staple", BOOL, staple, OPTIONAL, "whether an OCSP answer is stapled from now on"),
        FIELD("tlsa", ENUM, tlsa, OPTIONAL,
              "what DNS says from now on; left out: as before, `keep` ends", .words = tlsa_words),
        FIELD("over", DURATION, over, "0s", "the change reaches everybody over this time",
              .max = CENTURY_S),
        FIELD("by", ENUM, by, "device", "who changes together", .words = stage_words),
        FIELD("when", ENUM, when, "now", "when the change acts", .words = when_words), FIELDS_END}};
#undef OWNER

#define OWNER struct ps_form_fault
static const struct ps_table fault_table = {
    .name = "fault",
    .meaning = "an endpoint's link fails in some way for a time",
    .struct_bytes = sizeof(OWNER),
    .given = true,
    .fields = (const struct ps_field[]){
        FIELD("endpoint", NAME, endpoint, REQUIRED, "which one"),
        FIELD("kind", ENUM, kind, REQUIRED, "what happens", .words = fault_words),
        FIELD("lasts", DURATION, lasts, REQUIRED, "for how long", .min = 1, .max = CENTURY_S),
        FIELD("delay", DURATION, delay, OPTIONAL, "kind delay: how late bytes arrive", .min = 1,
              .max = CENTURY_S),
        FIELD("after_bytes", UINT, after_bytes, OPTIONAL,
              "other kinds: bytes from the server that still arrive; left out: 0", .max = 1000000),
        FIELDS_END}};
#undef OWNER

#define ADOPTION_SHAPE_TEXT "a distribution, `{30d: 70%, 90d: 90%, never: 7%}` or `typical`"

#define OWNER struct ps_form_release
static const struct ps_table release_table = {
    .name = "release",
    .meaning = "other trust is offered over update channels; at least one of anchors and pins",
    .struct_bytes = sizeof(OWNER),
    .given = true,
    .fields = (const struct ps_field[]){
        FIELD("name", NAME, name, REQUIRED, "of the release"),
        FIELD("strategies", NAMES, strategies, OPTIONAL,
              "who can take it; left out: every strategy with an update channel", .min = 1),
        FIELD("anchors", REFERENCES, anchors, OPTIONAL, "replaces the anchors"),
        FIELD("pins", BLOCKS, pins, OPTIONAL, "replaces the pins", .table = &ps_pin_table,
              .max = 64),
        FIELD("over", DURATION, over, "0s", "is offered to everybody over this time",
              .max = CENTURY_S),
        FIELD("by", ENUM, by, "device", "who is offered it together", .words = stage_words),
        FIELD("never", SHARE, never, "0%", "devices that never take it"),
        FIELD("adoption", SPECIAL, adoption, OPTIONAL,
              "how long after that a device takes it; left out: as the cohort's",
              .shape = ADOPTION_SHAPE_TEXT, .special = &ps_special_adoption),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_form_revoke
static const struct ps_table revoke_table = {
    .name = "revoke",
    .meaning = "its CA revokes a certificate; one of certificate and leaf",
    .struct_bytes = sizeof(OWNER),
    .given = true,
    .fields = (const struct ps_field[]){
        FIELD("certificate", NAME, certificate, OPTIONAL, "one of `certificates`"),
        FIELD("leaf", NAME, leaf, OPTIONAL, "the endpoint whose leaf it is, that in use then"),
        FIELD("pushed", DURATION, pushed, OPTIONAL,
              "how long until it is in pushed sets; left out: never", .max = CENTURY_S),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_form_outage
static const struct ps_table outage_table = {
    .name = "outage",
    .meaning = "what a CA publishes cannot be fetched",
    .struct_bytes = sizeof(OWNER),
    .given = true,
    .fields = (const struct ps_field[]){
        FIELD("authority", NAME, authority, OPTIONAL, "whose; left out: everybody's"),
        FIELD("services", NAMES, services, OPTIONAL, "what of it; left out: all of it",
              .words = service_words, .min = 1, .max = 3),
        FIELD("lasts", DURATION, lasts, OPTIONAL, "for how long; left out: for good", .min = 1,
              .max = CENTURY_S),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_form_announce
static const struct ps_table announce_table = {
    .name = "announce",
    .meaning = "an endpoint announces its next key to devices that trust it",
    .struct_bytes = sizeof(OWNER),
    .given = true,
    .fields = (const struct ps_field[]){
        FIELD("endpoint", NAME, endpoint, REQUIRED, "which one"),
        FIELD("key", NAME, key, REQUIRED, "one of `keys`"),
        FIELD("begins", TIME, begins, REQUIRED, "from when the key counts"),
        FIELD("lasts", DURATION, lasts, OPTIONAL,
              "for how long it is announced; left out: for good", .min = 1, .max = CENTURY_S),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_form_restart
static const struct ps_table restart_table = {
    .name = "restart",
    .meaning = "an endpoint's server starts anew: sessions that devices held with it end",
    .struct_bytes = sizeof(OWNER),
    .given = true,
    .fields = (const struct ps_field[]){
        FIELD("endpoint", NAME, endpoint, REQUIRED, "which one"),
        FIELD("over", DURATION, over, "0s", "devices lose their sessions over this time",
              .max = CENTURY_S),
        FIELD("by", ENUM, by, "device", "who loses them together", .words = stage_words),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_form_event
static const struct ps_table event_table = {
    .name = "event",
    .meaning = "what happens: one of serve, fault, release, revoke, outage, announce, restart, "
               "withdraw, note",
    .struct_bytes = sizeof(OWNER),
    .given = true,
    .fields = (const struct ps_field[]){
        FIELD("at", TIME, at, REQUIRED, "when; a date alone is its first second"),
        FIELD("announced", TIME, announced, OPTIONAL, "when it became known"),
        FIELD("title", TEXT, title, OPTIONAL, "a line for the report"),
        FIELD("serve", BLOCK, serve, OPTIONAL, "another chain or leaf", .table = &serve_table),
        FIELD("fault", BLOCK, fault, OPTIONAL, "a link fails", .table = &fault_table),
        FIELD("release", BLOCK, release, OPTIONAL, "other trust is offered",
              .table = &release_table),
        FIELD("revoke", BLOCK, revoke, OPTIONAL, "a certificate is revoked",
              .table = &revoke_table),
        FIELD("outage", BLOCK, outage, OPTIONAL, "a CA does not answer", .table = &outage_table),
        FIELD("announce", BLOCK, announce, OPTIONAL, "the next key is announced",
              .table = &announce_table),
        FIELD("restart", BLOCK, restart, OPTIONAL, "a server starts anew", .table = &restart_table),
        FIELD("withdraw", NAME, withdraw, OPTIONAL, "the release of this name is taken back"),
        FIELD("note", TEXT, note, OPTIONAL, "only a line for the report"), FIELDS_END}};
#undef OWNER

#define OWNER struct ps_form_threat
static const struct ps_table threat_table = {
    .name = "threat",
    .meaning = "an attack that devices are probed with; X01 and X02 always are",
    .struct_bytes = sizeof(OWNER),
    .given = true,
    .fields = (const struct ps_field[]){
        FIELD("attack", ENUM, attack, REQUIRED, "which one", .words = attack_words),
        FIELD("from", TIME, from, OPTIONAL, "first second; left out: the scenario's `from`"),
        FIELD("until", TIME, until, OPTIONAL,
              "the second after the last; left out: the scenario's `until`"),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_form_contact
static const struct ps_table contact_table = {
    .name = "contact",
    .meaning = "how a device comes into contact",
    .struct_bytes = sizeof(OWNER),
    .given = true,
    .fields = (const struct ps_field[]){
        FIELD("every", DURATION, every, "1d", "how often an unconnected device tries", .min = 1,
              .max = CENTURY_S),
        FIELD("jitter", DURATION, jitter, OPTIONAL,
              "each contact comes up to this much later; left out: none does", .max = CENTURY_S),
        FIELD("session", SPECIAL, session, "45m",
              "how long a session is held before it is verified anew",
              .shape = "a duration or `until-reboot`", .special = &ps_special_session, .min = 1,
              .max = CENTURY_S),
        FIELD("timeout", DURATION, timeout, "30s", "how long it waits for bytes", .min = 1,
              .max = CENTURY_S),
        FIELD("endpoint", NAME, endpoint, OPTIONAL,
              "left out: `telemetry`, or the only endpoint there is"),
        FIELD("update_endpoint", NAME, update_endpoint, OPTIONAL,
              "where updates come from; left out: from `endpoint`"),
        FIELD(
            "provisioning_endpoint", NAME, provisioning_endpoint, OPTIONAL,
            "where the services are that channel `reprovision` and renewals dps and mdm ask; left "
            "out: as updates, and as telemetry"),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_form_ntp
static const struct ps_table ntp_table = {
    .name = "ntp",
    .meaning = "how the clock becomes right after boot",
    .struct_bytes = sizeof(OWNER),
    .given = true,
    .fields = (const struct ps_field[]){
        FIELD("delay", DISTRIBUTION, delay, "1m", "from boot to the first synchronisation"),
        FIELD("blocked", SHARE, blocked, "15%", "devices whose network never lets it through"),
        FIELD("fails", SHARE, fails, OPTIONAL,
              "power-ups after which no time comes until the next; left out: none"),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_form_setup
static const struct ps_table setup_table = {
    .name = "setup",
    .meaning = "a contact of its own that comes first: until it is accepted there is no other",
    .struct_bytes = sizeof(OWNER),
    .bare = "endpoint",
    .fields = (const struct ps_field[]){FIELD("endpoint", NAME, endpoint, REQUIRED, "with whom"),
                                        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_form_spells
static const struct ps_table spells_table = {
    .name = "spell",
    .meaning = "times in which a device is offline or without power",
    .struct_bytes = sizeof(OWNER),
    .given = true,
    .fields = (const struct ps_field[]){
        FIELD("share", SHARE, share, "100%", "devices that have any"),
        FIELD("every", DISTRIBUTION, every, REQUIRED,
              "from first power or the end of one to the beginning of the next; at least 1h",
              .min = 3600),
        FIELD("lasts", DISTRIBUTION, lasts, REQUIRED, "how long one is; at least 1s"), FIELDS_END}};
#undef OWNER

#define OWNER struct ps_form_cohort
static const struct ps_table cohort_table = {
    .name = "cohort",
    .meaning = "devices made alike",
    .struct_bytes = sizeof(OWNER),
    .given = true,
    .fields = (const struct ps_field[]){
        FIELD("cohort", NAME, name, REQUIRED, "its name"),
        FIELD("devices", UINT, devices, REQUIRED, "how many", .min = 1, .max = 10000000),
        FIELD("made", RANGE, made, REQUIRED, "between which seconds they are made, evenly"),
        FIELD("shelf", DISTRIBUTION, shelf, "{lognormal: {median: 120d, sigma: 0.8}}",
              "from made to first power"),
        FIELD("life", DISTRIBUTION, life, OPTIONAL,
              "from first power to retirement; left out: none is retired"),
        FIELD("retire", TIME, retire, OPTIONAL,
              "who is in service then is retired; left out: nobody is"),
        FIELD("ships", ENUM, ships, OPTIONAL,
              "with which firmware and trust they are made; left out: `original`",
              .words = ships_words),
        FIELD("setup", BLOCK, setup, OPTIONAL, "the contact at first power that sets them up",
              .table = &setup_table),
        FIELD("contact", BLOCK, contact, "{}", "how they come into contact",
              .table = &contact_table),
        FIELD("offline", BLOCK, offline, OPTIONAL, "when they are offline; left out: never",
              .table = &spells_table),
        FIELD("power_loss", BLOCK, power_loss, OPTIONAL,
              "when they have no power, and then boot anew; left out: never",
              .table = &spells_table),
        FIELD("ntp", BLOCK, ntp, "{}", "how their clocks become right", .table = &ntp_table),
        FIELD("clock", BLOCK, clock, OPTIONAL, "what is wrong with their clocks",
              .table = &ps_clock_table),
        FIELD("adoption", SPECIAL, adoption, OPTIONAL,
              "how long after a release is offered they take it; left out: at once",
              .shape = ADOPTION_SHAPE_TEXT, .special = &ps_special_adoption),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_form_strategy
static const struct ps_table form_strategy_table = {
    .name = "strategy",
    .meaning = "a named strategy of this scenario: a preset, overridden where something is written",
    .struct_bytes = sizeof(OWNER),
    .given = true,
    .extends = &ps_strategy_table,
    .extends_offset = offsetof(OWNER, value),
    .fields = (const struct ps_field[]){
        FIELD("name", NAME, name, REQUIRED, "its name"),
        FIELD("preset", NAME, preset, OPTIONAL, "where its fields come from"),
        FIELD("extends", NAME, extends, OPTIONAL, "the same as `preset`"),
        FIELD("stack", ENUM, stack, OPTIONAL, "short for `chain: {builder: ..}`",
              .words = ps_builder_words),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_form_preset
static const struct ps_table preset_table = {
    .name = "preset",
    .meaning = "a named strategy",
    .struct_bytes = sizeof(OWNER),
    .name_offset = offsetof(OWNER, name),
    .given = true,
    .extends = &ps_strategy_table,
    .extends_offset = offsetof(OWNER, value),
    .fields =
        (const struct ps_field[]){FIELD("summary", TEXT, summary, OPTIONAL, "one line"),
                                  FIELD("extends", NAME, extends, OPTIONAL,
                                        "another preset: what is not written here is as there"),
                                  FIELDS_END}};
#undef OWNER

#define OWNER struct ps_form_expectation
static const struct ps_table expectation_table = {
    .name = "expectation",
    .meaning = "a bar: one of connected, an outcome, exposed, unranked",
    .struct_bytes = sizeof(OWNER),
    .given = true,
    .fields = (const struct ps_field[]){
        FIELD("strategy", NAMES, strategies, REQUIRED, "whose; a list: one expectation for each",
              .min = 1),
        FIELD("at", TIME_END, at, OPTIONAL, "of connected: when; a date alone is its last second"),
        FIELD("cohort", NAME, cohort, OPTIONAL, "only these devices; left out: all"),
        FIELD("connected", COMPARISON, connected, OPTIONAL,
              "share of booted, unretired devices whose last due contact succeeded"),
#define X(name, text, meaning)                                                                     \
    FIELD(text, COMPARISON, outcome[PS_OUTCOME_##name], OPTIONAL,                                  \
          PS_OUTCOME_##name == PS_OUTCOME_NEVER_BOOTED                                             \
              ? "share of all devices: " meaning                                                   \
              : "share of devices that ever booted: " meaning),
        PS_OUTCOMES(X)
#undef X
            FIELD("exposed", ENUM, attack, OPTIONAL,
                  "share of booted devices that would at some time have accepted this attack",
                  .words = attack_words),
        FIELD("share", COMPARISON, share, OPTIONAL, "the bar of exposed; left out: `> 0%`"),
        FIELD("unranked", BOOL, unranked, OPTIONAL, "whether it accepts X01 or X02"), FIELDS_END}};
#undef OWNER

#define OWNER struct ps_form
const struct ps_table ps_scenario_table = {
    .name = "scenario",
    .meaning = "the file",
    .struct_bytes = sizeof(OWNER),
    .given = true,
    .fields = (const struct ps_field[]){
        FIELD("scenario", NAME, name, REQUIRED, "its name"),
        FIELD("title", TEXT, title, REQUIRED, "one line"),
        FIELD("source", TEXT, source, OPTIONAL, "where the facts come from, a paragraph"),
        FIELD("from", TIME, from, REQUIRED, "first second"),
        FIELD("until", TIME, until, REQUIRED, "the second after the last"),
        FIELD("regions", UINT, regions, "10", "how many regions `by: region` draws from", .min = 1,
              .max = 10000),
        FIELD("authorities", MAP, authorities, REQUIRED, "CAs by name", .table = &authority_table,
              .min = 1),
        FIELD("certificates", MAP, certificates, REQUIRED, "their certificates by name",
              .table = &certificate_table, .min = 1),
        FIELD("keys", MAP, keys, OPTIONAL, "named key pairs: name to type", .table = &key_table),
        FIELD("stores", MAP, stores, OPTIONAL, "trust stores: name to list", .table = &store_table),
        FIELD("endpoints", MAP, endpoints, REQUIRED, "hosts by name", .table = &endpoint_table,
              .min = 1, .max = 100),
        FIELD("roles", MAP, roles, OPTIONAL, "what presets call by their own names",
              .table = &role_table),
        FIELD("timeline", BLOCKS, events, OPTIONAL, "what happens", .table = &event_table),
        FIELD("threats", BLOCKS, threats, OPTIONAL, "attacks", .table = &threat_table),
        FIELD("fleet", BLOCKS, cohorts, REQUIRED, "the devices", .table = &cohort_table, .min = 1,
              .max = 100),
        FIELD("presets", MAP, presets, OPTIONAL, "strategies to compose others from, by name",
              .table = &preset_table),
        FIELD("strategies", BLOCKS, strategies, REQUIRED, "what is compared",
              .table = &form_strategy_table, .min = 1, .max = 250),
        FIELD("expect", BLOCKS, expectations, OPTIONAL, "what must come out",
              .table = &expectation_table),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_form_presets
const struct ps_table ps_presets_table = {
    .name = "presets file",
    .meaning = "strategies by name",
    .struct_bytes = sizeof(OWNER),
    .fields = (const struct ps_field[]){
        FIELD("presets", MAP, presets, REQUIRED, "by name", .table = &preset_table, .min = 1),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_distribution
static const struct ps_table uniform_table = {
    .name = "uniform",
    .meaning = "each second from min to max as likely",
    .struct_bytes = sizeof(OWNER),
    .fields = (const struct ps_field[]){
        FIELD("min", DURATION, a, REQUIRED, "shortest", .max = CENTURY_S),
        FIELD("max", DURATION, b, REQUIRED, "longest", .max = CENTURY_S), FIELDS_END}};
static const struct ps_table exponential_table = {
    .name = "exponential",
    .meaning = "memoryless, by its mean",
    .struct_bytes = sizeof(OWNER),
    .fields = (const struct ps_field[]){
        FIELD("mean", DURATION, a, REQUIRED, "mean", .min = 1, .max = CENTURY_S), FIELDS_END}};
static const struct ps_table lognormal_table = {
    .name = "lognormal",
    .meaning = "by its median and the sigma of its logarithm",
    .struct_bytes = sizeof(OWNER),
    .fields = (const struct ps_field[]){
        FIELD("median", DURATION, a, REQUIRED, "median", .min = 1, .max = CENTURY_S),
        FIELD("sigma", NUMBER, shape_ppm, REQUIRED, "sigma of the logarithm", .max = 10000000),
        FIELDS_END}};
static const struct ps_table weibull_table = {
    .name = "weibull",
    .meaning = "by its scale and shape",
    .struct_bytes = sizeof(OWNER),
    .fields = (const struct ps_field[]){
        FIELD("scale", DURATION, a, REQUIRED, "63.2 % are shorter", .min = 1, .max = CENTURY_S),
        FIELD("shape", NUMBER, shape_ppm, REQUIRED, "above 1: failures grow with age", .min = 10000,
              .max = 100000000),
        FIELDS_END}};
static const struct ps_table empirical_table = {.name = "empirical",
                                                .meaning = "by quantiles, or what was observed",
                                                .struct_bytes = sizeof(OWNER),
                                                .fields = (const struct ps_field[]){FIELDS_END}};
#undef OWNER

#define OWNER struct ps_form_observed
const struct ps_table ps_observed_table = {
    .name = "empirical of values",
    .meaning = "durations that were observed",
    .struct_bytes = sizeof(OWNER),
    .fields = (const struct ps_field[]){
        FIELD("values", SPECIAL, values, REQUIRED, "what was observed",
              .shape = "list of durations", .special = &ps_special_node),
        FIELD("weights", SPECIAL, weights, OPTIONAL,
              "how often each was; left out: as often as the others",
              .shape = "list of whole numbers", .special = &ps_special_node),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_form_column
const struct ps_table ps_column_table = {
    .name = "empirical of csv",
    .meaning = "durations of a column of a CSV file, whose first line names its columns",
    .struct_bytes = sizeof(OWNER),
    .given = true,
    .fields = (const struct ps_field[]){
        FIELD("csv", TEXT, csv, REQUIRED, "the file, from the scenario's folder"),
        FIELD("column", TEXT, column, REQUIRED, "name of the column"),
        FIELD("weights", TEXT, weights, OPTIONAL,
              "name of the column that says how often each was; left out: once"),
        FIELD("unit", DURATION, unit, OPTIONAL,
              "what numbers in the column are of; left out: they are durations with a unit",
              .min = 1, .max = CENTURY_S),
        FIELDS_END}};
#undef OWNER

const struct ps_table *const ps_distribution_tables[] = {
    [PS_DISTRIBUTION_FIXED] = NULL,
    [PS_DISTRIBUTION_UNIFORM] = &uniform_table,
    [PS_DISTRIBUTION_EXPONENTIAL] = &exponential_table,
    [PS_DISTRIBUTION_LOGNORMAL] = &lognormal_table,
    [PS_DISTRIBUTION_WEIBULL] = &weibull_table,
    [PS_DISTRIBUTION_EMPIRICAL] = &empirical_table,
};

static size_t own_field_count(const struct ps_table *table)
{
    size_t count = 0;

    while (table->fields[count].key != NULL)
        count++;
    return count;
}

size_t ps_table_field_count(const struct ps_table *table)
{
    return own_field_count(table) + (table->extends ? ps_table_field_count(table->extends) : 0);
}

const struct ps_field *ps_table_field(const struct ps_table *table, size_t i, size_t *ret_offset)
{
    size_t own = own_field_count(table);

    if (i < own) {
        *ret_offset = table->fields[i].offset;
        return &table->fields[i];
    }
    assert(table->extends != NULL);
    const struct ps_field *field = ps_table_field(table->extends, i - own, ret_offset);
    *ret_offset += table->extends_offset;
    return field;
}

uint64_t ps_table_bit(const struct ps_table *table, const char *key)
{
    for (size_t i = 0; table->fields[i].key != NULL; i++) {
        if (strcmp(table->fields[i].key, key) == 0)
            return UINT64_C(1) << i;
    }
    assert(!"a key of the table");
    return 0;
}

const char *ps_table_phrase(const struct ps_table *table, char out[static 64])
{
    const char *article = "a ";

    if (strchr(table->name, '.') != NULL)
        article = "";
    else if (table == &ps_scenario_table || table == &ps_presets_table)
        article = "the ";
    else if ((strchr("aeiou", table->name[0]) != NULL && table != &uniform_table) ||
             table == &ntp_table)
        article = "an ";
    snprintf(out, 64, "%s%s", article, table->name);
    return out;
}
