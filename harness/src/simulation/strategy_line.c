/* SPDX-License-Identifier: Apache-2.0 */
#include "simulation/strategy_line.h"

#include <string.h>

#define X(name, text, meaning) text,
static const char *const tlsa_forms[] = {PS_TLSA_FORMS(X)};
static const char *const clocks[] = {PS_CLOCKS(X)};
static const char *const revocations[] = {PS_REVOCATIONS(X)};
static const char *const credentials[] = {PS_CLIENT_IDENTITIES(X)};
static const char *const provisionings[] = {PS_CLIENT_PROVISIONINGS(X)};
static const char *const key_stores[] = {PS_KEY_STORES(X)};
static const char *const renewals[] = {PS_CLIENT_RENEWALS(X)};
static const char *const channel_meanings[] = {
#undef X
#define X(name, text, meaning) meaning,
    PS_UPDATE_CHANNELS(X)};
#undef X
#define X(name, text) [PS_HASH_##name] = text,
static const char *const hashes[] = {PS_HASHES(X)};
#undef X
#define X(name, text) [PS_KEY_##name] = text,
static const char *const keys[] = {PS_KEY_TYPES(X)};
#undef X

/* The language's own defaults: whoever has these has said nothing. */
enum { INTERMEDIATES_DEFAULT = 100, SLOTS_DEFAULT = 8, POLL_DEFAULT_S = 86400 };

/* By what it is bound to, not by its role: that is what the reader of a report knows. */
static void add_reference(const struct ps_plan *plan, const struct ps_reference *reference,
                          struct ps_text *out)
{
    const char *name = reference->role;
    if (reference->kind == PS_REFERENCE_CERTIFICATE)
        name = plan->certificates[reference->index].name;
    else if (reference->kind == PS_REFERENCE_KEY)
        name = plan->keys[reference->index].name;
    else if (reference->kind == PS_REFERENCE_STORE)
        name = plan->stores[reference->index].name;
    ps_text_add(out, "%s%s", name, reference->at_ship ? "@ship" : "");
}

static void add_path(const struct ps_plan *plan, const struct ps_strategy *s, struct ps_text *out)
{
    ps_text_add(out, s->anchor_count > 0 ? "path to" : "path, but no anchor");
    for (size_t i = 0; i < s->anchor_count; i++) {
        ps_text_add(out, i ? " + " : " ");
        add_reference(plan, &s->anchors[i], out);
    }
    if (s->chain.anchor_form == PS_ANCHOR_FORM_DN_SPKI)
        ps_text_add(out, " (name and key)");
    if (s->chain.partial)
        ps_text_add(out, ", partial chains");
    if (s->chain.intermediates_max != INTERMEDIATES_DEFAULT)
        ps_text_add(out, ", at most %u intermediates", s->chain.intermediates_max);
    if (s->intermediates.aia)
        ps_text_add(out, ", fetches missing issuers");
    if (s->intermediates.cache)
        ps_text_add(out, ", keeps issuers it met");
}

/* What vouches for the other end. Returns whether a certificate's name can count. */
static bool add_engine(const struct ps_plan *plan, const struct ps_strategy *s, struct ps_text *out)
{
    switch (s->chain.engine) {
    case PS_ENGINE_NONE:
        ps_text_add(out, "no path built");
        return true;
    case PS_ENGINE_PKIX:
        add_path(plan, s, out);
        return true;
    case PS_ENGINE_DANE:
        ps_text_add(out, "TLSA %s", tlsa_forms[s->chain.tlsa]);
        if (s->chain.tlsa == PS_TLSA_1_1_1) {
            ps_text_add(out, " and ");
            add_path(plan, s, out);
        }
        return s->chain.tlsa != PS_TLSA_3_1_1;
    case PS_ENGINE_RAW_PUBLIC_KEY:
        ps_text_add(out, "a bare key");
        return false;
    case PS_ENGINE_PSK:
        ps_text_add(out, "a shared secret");
        return false;
    }
    return false;
}

static void add_dates(const struct ps_strategy *s, struct ps_text *out)
{
    const struct ps_strategy_time *time = &s->time;
    if (time->leaf_dates == PS_DATES_IGNORE && time->ca_dates == PS_DATES_IGNORE)
        ps_text_add(out, ", dates ignored");
    else if (time->leaf_dates == PS_DATES_IGNORE)
        ps_text_add(out, ", the leaf's dates ignored");
    else if (time->ca_dates == PS_DATES_IGNORE)
        ps_text_add(out, ", CA dates ignored");
    else if (time->anchor_dates == PS_DATES_IGNORE)
        ps_text_add(out, ", anchor dates ignored");
    if (time->clock != PS_CLOCK_RTC)
        ps_text_add(out, ", clock %s", clocks[time->clock]);
    if (ps_time_compare(time->floor, PS_TIME_ALWAYS) != 0) {
        char floor[PS_TIME_TEXT_MAX];
        ps_text_add(out, ", never before %s", ps_time_format_day(time->floor, floor));
    }
}

static void add_name(const struct ps_strategy *s, struct ps_text *out)
{
    if (s->identity.hostname == PS_HOSTNAME_NONE)
        ps_text_add(out, ", any name");
    else if (s->identity.name && strcmp(s->identity.name, "endpoint") != 0)
        ps_text_add(out, ", name %s checked", s->identity.name);
    else
        ps_text_add(out, ", name checked");
}

static void add_pins(const struct ps_plan *plan, const struct ps_strategy *s, struct ps_text *out)
{
    const struct ps_strategy_pins *pins = &s->pins;
    if (pins->count == 0)
        return;
    ps_text_add(out, pins->report_only                      ? "; pins that only report:"
                     : pins->combine == PS_PIN_COMBINE_ONLY ? "; pins alone decide:"
                     : pins->combine == PS_PIN_COMBINE_OR   ? "; or pins:"
                                                            : "; pins:");
    for (size_t i = 0; i < pins->count; i++) {
        bool both = i > 0 && pins->groups == PS_PIN_GROUPS_ALL &&
                    strcmp(pins->set[i].group, pins->set[i - 1].group) != 0;
        ps_text_add(out, i == 0 ? " " : both ? " and " : " or ");
        add_reference(plan, &pins->set[i].of, out);
    }
    char end[PS_TIME_TEXT_MAX];
    if (pins->scope == PS_PIN_SCOPE_PRESENTED && s->chain.engine == PS_ENGINE_PKIX)
        ps_text_add(out, " in the list that was sent");
    if (ps_time_compare(pins->expires, PS_TIME_NEVER) != 0)
        ps_text_add(out, " until %s", ps_time_format_day(pins->expires, end));
    if (pins->max_age.s > 0)
        ps_text_add(out, " for %s", ps_duration_format(pins->max_age, end));
    if (ps_time_compare(pins->expires, PS_TIME_NEVER) != 0 || pins->max_age.s > 0)
        ps_text_add(out,
                    pins->on_expiry == PS_PIN_EXPIRY_FAIL_OPEN ? ", then open" : ", then closed");
}

static void add_revocation(const struct ps_strategy *s, struct ps_text *out)
{
    if (s->revocation.mode == PS_REVOCATION_NONE)
        return;
    ps_text_add(out, "; revocation by %s%s%s", revocations[s->revocation.mode],
                s->revocation.scope == PS_REVOCATION_SCOPE_CHAIN ? " for the chain" : "",
                s->revocation.on_unavailable == PS_UNAVAILABLE_HARD ? ", or refused" : "");
    if (s->revocation.max_age.s > 0) {
        char age[PS_TIME_TEXT_MAX];
        ps_text_add(out, ", at most %s old", ps_duration_format(s->revocation.max_age, age));
    }
}

/* What is left out of a set; an empty set is everything. */
static void add_missing(const char *const *words, size_t count, uint32_t set,
                        const char **separator, struct ps_text *out)
{
    for (size_t i = 0; set != 0 && i < count; i++) {
        if (set & UINT32_C(1) << i)
            continue;
        ps_text_add(out, "%s%s", *separator, words[i]);
        *separator = ", ";
    }
}

static void add_limits(const struct ps_strategy *s, struct ps_text *out)
{
    const struct ps_strategy_limits *limits = &s->limits;
    const char *separator = "; TLS build without ";
    add_missing(hashes, sizeof hashes / sizeof *hashes, limits->hashes, &separator, out);
    add_missing(keys, sizeof keys / sizeof *keys, limits->keys, &separator, out);
    if (limits->tls == PS_TLS_1_2)
        ps_text_add(out, "%sTLS 1.3", separator);
    if (limits->chain_bytes > 0)
        ps_text_add(out, "; at most %u bytes of certificates", limits->chain_bytes);
    if (limits->chain_length > 0)
        ps_text_add(out, "; at most %u certificates", limits->chain_length);
}

static void add_credential(const struct ps_strategy *s, struct ps_text *out)
{
    if (s->client.identity == PS_CLIENT_NONE)
        return;
    ps_text_add(out, "; shows %s", credentials[s->client.identity]);
    if (s->client.provisioned != PS_PROVISIONED_FACTORY_ONLINE)
        ps_text_add(out, ", provisioned by %s", provisionings[s->client.provisioned]);
    if (s->storage.key_store != PS_KEY_STORE_FILE)
        ps_text_add(out, ", kept in %s", key_stores[s->storage.key_store]);
    if (s->client.renewal != PS_RENEWAL_NEVER)
        ps_text_add(out, ", renewed by %s", renewals[s->client.renewal]);
}

static bool carries_payloads(enum ps_update_channel channel)
{
    return channel == PS_UPDATE_FW_TLS_SAME || channel == PS_UPDATE_FW_TLS_PRIVATE ||
           channel == PS_UPDATE_FW_HTTP || channel == PS_UPDATE_APP_STORE ||
           channel == PS_UPDATE_OS_BUNDLE || channel == PS_UPDATE_TRUST_BUNDLE;
}

static void add_storage(const struct ps_strategy *s, struct ps_text *out)
{
    if (s->storage.anchor_slots != SLOTS_DEFAULT)
        ps_text_add(out, "; room for %u anchor%s", s->storage.anchor_slots,
                    s->storage.anchor_slots == 1 ? "" : "s");
    if (s->storage.pin_slots != SLOTS_DEFAULT)
        ps_text_add(out, "; room for %u pin%s", s->storage.pin_slots,
                    s->storage.pin_slots == 1 ? "" : "s");
}

/* How a payload comes and what keeps a wrong one out. */
static void add_payload_rules(const struct ps_strategy_update *update, struct ps_text *out)
{
    static const char *const transports[] = {
        [PS_TRANSPORT_NONE] = "",
        [PS_TRANSPORT_TLS] = ", over TLS only",
        [PS_TRANSPORT_HTTP] = ", over plain HTTP only",
        [PS_TRANSPORT_ANY] = ", over plain HTTP where TLS fails",
    };
    static const char *const rollbacks[] = {
        [PS_ROLLBACK_NONE] = "",
        [PS_ROLLBACK_MONOTONIC] = ", never backwards",
        [PS_ROLLBACK_SIGNED_TIME] = ", never of an earlier date",
    };
    if (update->payload_auth == PS_PAYLOAD_SIGNATURE)
        ps_text_add(out, ", signed");
    else if (update->payload_auth == PS_PAYLOAD_MAC)
        ps_text_add(out, ", with a MAC");
    else if (carries_payloads(update->channel))
        ps_text_add(out, ", unsigned");
    ps_text_add(out, "%s%s", transports[update->transport], rollbacks[update->rollback_protection]);
}

static void add_fallbacks(const struct ps_strategy *s, struct ps_text *out)
{
    for (size_t i = 0; i < s->fallback_count; i++) {
        const struct ps_fallback *fallback = &s->fallback[i];
        char since[PS_TIME_TEXT_MAX];
        ps_text_add(out, "; falls back on %s%s after %u failure%s", fallback->to,
                    fallback->scope == PS_FALLBACK_UPDATE_ONLY ? " for updates" : "",
                    fallback->failures, fallback->failures == 1 ? "" : "s");
        if (fallback->since.s > 0)
            ps_text_add(out, " in %s", ps_duration_format(fallback->since, since));
    }
}

static void add_updates(const struct ps_plan *plan, const struct ps_strategy *s,
                        struct ps_text *out)
{
    const struct ps_strategy_update *update = &s->update;
    if (update->channel == PS_UPDATE_NONE) {
        ps_text_add(out, "; no updates");
    } else {
        char poll[PS_TIME_TEXT_MAX];
        ps_text_add(out, "; updates: %s", channel_meanings[update->channel]);
        if (update->root.role) {
            ps_text_add(out, ", ");
            add_reference(plan, &update->root, out);
        }
        add_payload_rules(update, out);
        if (update->poll.s != POLL_DEFAULT_S)
            ps_text_add(out, ", every %s", ps_duration_format(update->poll, poll));
    }
    add_fallbacks(s, out);
}

void ps_strategy_line_add(const struct ps_plan *plan, const struct ps_strategy *s,
                          struct ps_text *out)
{
    bool name_counts = add_engine(plan, s, out);
    if (s->chain.engine != PS_ENGINE_RAW_PUBLIC_KEY && s->chain.engine != PS_ENGINE_PSK)
        add_dates(s, out);
    if (name_counts)
        add_name(s, out);
    add_pins(plan, s, out);
    add_revocation(s, out);
    if (s->negotiate.certificate_authorities)
        ps_text_add(out, "; names its anchors to the server");
    if (s->resumption.enabled) {
        char lifetime[PS_TIME_TEXT_MAX];
        ps_text_add(out, "; resumes sessions for %s",
                    ps_duration_format(s->resumption.ticket_lifetime, lifetime));
    }
    add_limits(s, out);
    add_credential(s, out);
    add_storage(s, out);
    add_updates(plan, s, out);
}
