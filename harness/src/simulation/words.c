/* SPDX-License-Identifier: Apache-2.0 */
#include "simulation/words.h"

#include <stddef.h>
#include <string.h>
#include "engine/channel.h"

#define X(name, text, meaning) text,
static const char *const matches[] = {PS_PIN_MATCHES(X)};
#undef X
#define X(name, text, meaning) text,
static const char *const depths[] = {PS_PIN_DEPTHS(X)};
#undef X

static void add_key(const struct ps_world *world, uint32_t number, struct ps_text *out)
{
    const struct ps_world_key *key = &world->keys[number];
    if (key->named != PS_PLAN_NONE)
        ps_text_add(out, "key %s", world->plan->keys[key->named].name);
    else
        ps_text_add(out, "a key of endpoint %s", world->plan->endpoints[key->endpoint].name);
}

static void add_leaf(const struct ps_world *world, uint32_t number, struct ps_text *out)
{
    const struct ps_leaf *leaf = &world->leaves[number];
    const struct ps_plan *plan = world->plan;
    char from[PS_TIME_TEXT_MAX];
    ps_text_add(out, "the leaf of endpoint %s of %s",
                plan->endpoints[world->lines[leaf->line].endpoint].name,
                ps_time_format_day(leaf->not_before, from));
}

void ps_words_target(const struct ps_world *world, struct ps_target target, struct ps_text *out)
{
    switch ((enum ps_target_kind)target.kind) {
    case PS_TARGET_CERTIFICATE:
        ps_text_add(out, "%s", world->plan->certificates[target.number].name);
        break;
    case PS_TARGET_KEY:
        add_key(world, target.number, out);
        break;
    case PS_TARGET_LEAF:
    case PS_TARGET_STAPLE_LEAF:
        add_leaf(world, target.number, out);
        break;
    case PS_TARGET_NONE:
        ps_text_add(out, "whatever the first contact shows");
        break;
    case PS_TARGET_ATTACK_LEAF:
    case PS_TARGET_ATTACK_CA:
        ps_text_add(out, "what the attacker made");
        break;
    }
}

static void add_pin(const struct ps_world *world, const struct ps_trust_pin_state *pin,
                    struct ps_text *out)
{
    char from[PS_TIME_TEXT_MAX];
    ps_text_add(out, "pin %s of %s%s: ", matches[pin->match],
                pin->depth == PS_PIN_DEPTH_ANY ? "" : "the ", depths[pin->depth]);
    ps_words_target(world, pin->of, out);
    if (pin->group && *pin->group)
        ps_text_add(out, " (group %s)", pin->group);
    if (ps_time_compare(pin->not_before, PS_TIME_ALWAYS) != 0)
        ps_text_add(out, ", from %s on", ps_time_format(pin->not_before, from));
}

/* Two roles of a preset may be bound to one thing: for the device it is one pin. */
static bool is_said_before(const struct ps_world *world, const struct ps_trust_state *trust,
                           size_t number)
{
    struct ps_text this = {0}, other = {0};
    bool before = false;
    add_pin(world, &trust->pins[number], &this);
    for (size_t i = 0; i < number && !before; i++) {
        add_pin(world, &trust->pins[i], &other);
        before = strcmp(ps_text_chars(&this), ps_text_chars(&other)) == 0;
        ps_text_deinit(&other);
    }
    ps_text_deinit(&this);
    return before;
}

static void add_targets(const struct ps_world *world, const char *what,
                        const struct ps_target *targets, size_t count, struct ps_text *out)
{
    if (count == 0)
        return;
    ps_text_add(out, "%s", what);
    for (size_t i = 0; i < count; i++) {
        ps_text_add(out, i > 0 ? ", " : " ");
        ps_words_target(world, targets[i], out);
    }
    ps_text_add(out, "\n");
}

void ps_words_trust(const struct ps_world *world, const struct ps_trust_state *trust,
                    struct ps_text *out)
{
    add_targets(world, trust->anchor_count == 1 ? "anchor" : "anchors", trust->anchors,
                trust->anchor_count, out);
    for (size_t i = 0; i < trust->pin_count; i++) {
        if (is_said_before(world, trust, i))
            continue;
        add_pin(world, &trust->pins[i], out);
        ps_text_add(out, "\n");
    }
    add_targets(world, "kept", trust->intermediates, trust->intermediate_count, out);
    add_targets(world, "revoked", trust->revoked, trust->revoked_count, out);
    if (trust->anchor_count == 0 && trust->pin_count == 0)
        ps_text_add(out, "neither anchors nor pins\n");
}

void ps_words_trust_short(const struct ps_world *world, const struct ps_trust_state *trust,
                          struct ps_text *out)
{
    size_t added = 0;
    for (size_t i = 0; i < trust->anchor_count; i++, added++) {
        ps_text_add(out, "%s", added > 0 ? ", " : "");
        ps_words_target(world, trust->anchors[i], out);
    }
    for (size_t i = 0; i < trust->pin_count; i++, added++) {
        if (is_said_before(world, trust, i))
            continue;
        ps_text_add(out, "%s", added > 0 ? ", " : "");
        add_pin(world, &trust->pins[i], out);
    }
    if (added == 0)
        ps_text_add(out, "neither anchors nor pins");
}

void ps_words_contact(const struct ps_world *world, const struct ps_contact_spec *spec,
                      struct ps_text *out)
{
    const struct ps_plan *plan = world->plan;
    switch (spec->role) {
    case PS_ROLE_TELEMETRY:
        ps_text_add(out, spec->endpoint == plan->cohorts[spec->cohort].endpoint ? "telemetry"
                                                                                : "set-up");
        break;
    case PS_ROLE_UPDATE:
        ps_text_add(out, "update");
        break;
    case PS_ROLE_UPDATE_PLAIN:
        ps_text_add(out, "update in the clear");
        break;
    case PS_ROLE_PINS:
        ps_text_add(out, "as if its pins had no end");
        break;
    case PS_ROLE_PROBE:
        ps_text_add(out, "%s, an attacker%s", ps_attack_text(plan->threats[spec->threat].attack),
                    spec->sends == PS_SENDS_NOTHING ? "" : " who sends an update");
        break;
    case PS_ROLE_RESUMED:
        ps_text_add(out, "telemetry in a resumed session");
        break;
    case PS_ROLE_RENEWAL:
        ps_text_add(out, "renewal of its certificate");
        break;
    case PS_ROLE_FALLBACK:
        ps_text_add(out, "telemetry with the fallback");
        break;
    case PS_ROLE_FALLBACK_UPDATE:
        ps_text_add(out, "update with the fallback");
        break;
    case PS_ROLE_FALLBACK_UPDATE_PLAIN:
        ps_text_add(out, "update in the clear with the fallback");
        break;
    case PS_ROLE_COUNT:
        break;
    }
}

void ps_words_verdict(const struct ps_verdict *verdict, struct ps_text *out)
{
    if (!ps_verdict_accepted(verdict)) {
        ps_text_add(out, "%s%s: %s", verdict->stage == PS_STAGE_UNREACHABLE ? "" : "refused: ",
                    ps_stage_text(verdict->stage), verdict->reason);
        return;
    }
    ps_text_add(out, "accepted");
    if (verdict->path[0])
        ps_text_add(out, " over %s", verdict->path);
    if (verdict->reason[0])
        ps_text_add(out, " (%s)", verdict->reason);
}

const char *ps_words_release(const struct ps_plan *plan, uint32_t release)
{
    if (release == PS_PLAN_NONE)
        return "what it shipped with";
    if (release == PS_RELEASE_SHIPPED)
        return "what it shipped with";
    if (release == PS_RELEASE_RESCUE)
        return "a rescue that the vendor would make";
    return plan->events[release].as.release.name;
}
