/* SPDX-License-Identifier: Apache-2.0 */
#include "simulation/strategy_line.h"

#include <string.h>

#define X(name, text, meaning) text,
static const char *const tlsa_forms[] = {PS_TLSA_FORMS(X)};
static const char *const clocks[] = {PS_CLOCKS(X)};
static const char *const revocations[] = {PS_REVOCATIONS(X)};
static const char *const credentials[] = {PS_CLIENT_IDENTITIES(X)};
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
    if (s->client.renewal != PS_RENEWAL_NEVER)
        ps_text_add(out, ", renewed by %s", renewals[s->client.renewal]);
}

static bool carries_payloads(enum ps_update_channel channel)
{
    return channel == PS_UPDATE_FW_TLS_SAME || channel == PS_UPDATE_FW_TLS_PRIVATE ||
           channel == PS_UPDATE_FW_HTTP || channel == PS_UPDATE_APP_STORE ||
           channel == PS_UPDATE_OS_BUNDLE || channel == PS_UPDATE_TRUST_BUNDLE;
}

static void add_updates(const struct ps_strategy *s, struct ps_text *out)
{
    const struct ps_strategy_update *update = &s->update;
    if (update->channel == PS_UPDATE_NONE) {
        ps_text_add(out, "; no updates");
    } else {
        ps_text_add(out, "; updates: %s", channel_meanings[update->channel]);
        if (update->payload_auth == PS_PAYLOAD_SIGNATURE)
            ps_text_add(out, ", signed");
        else if (update->payload_auth == PS_PAYLOAD_MAC)
            ps_text_add(out, ", with a MAC");
        else if (carries_payloads(update->channel))
            ps_text_add(out, ", unsigned");
        if (update->rollback_protection != PS_ROLLBACK_NONE)
            ps_text_add(out, ", never backwards");
    }
    for (size_t i = 0; i < s->fallback_count; i++)
        ps_text_add(out, "; falls back on %s%s", s->fallback[i].to,
                    s->fallback[i].scope == PS_FALLBACK_UPDATE_ONLY ? " for updates" : "");
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
    if (s->resumption.enabled) {
        char lifetime[PS_TIME_TEXT_MAX];
        ps_text_add(out, "; resumes sessions for %s",
                    ps_duration_format(s->resumption.ticket_lifetime, lifetime));
    }
    add_limits(s, out);
    add_credential(s, out);
    add_updates(s, out);
}
