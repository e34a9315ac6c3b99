/* SPDX-License-Identifier: Apache-2.0 */
#include "simulation/origins.h"

#include "engine/origin.h"

static const char *const meanings[] = {
#define X(name, text, meaning) meaning,
    PS_ORIGINS(X)
#undef X
};

static struct ps_result_origin name_event(const struct ps_plan_event *event)
{
    static const char *const kinds[] = {
#define X(name, text, meaning) [PS_EVENT_##name] = text,
        PS_EVENT_KINDS(X)
#undef X
    };
    return (struct ps_result_origin){kinds[event->kind], event->at, event->title};
}

static struct ps_result_origin name_one(const struct ps_plan *plan, struct ps_origin origin,
                                        struct ps_arena *arena)
{
    struct ps_result_origin named = {ps_origin_text(origin.kind), PS_TIME_NEVER,
                                     meanings[origin.kind]};
    switch (origin.kind) {
    case PS_ORIGIN_EVENT:
        return name_event(&plan->events[origin.number]);
    case PS_ORIGIN_CERTIFICATE_END:
        named.at = plan->certificates[origin.number].spec.not_after;
        named.title =
            ps_arena_format(arena, "certificate %s ends", plan->certificates[origin.number].name);
        break;
    case PS_ORIGIN_RENEWAL:
        named.title = ps_arena_format(arena, "endpoint %s renews its leaf",
                                      plan->endpoints[origin.number].name);
        break;
    case PS_ORIGIN_THREAT:
        named.at = plan->threats[origin.number].from;
        named.title =
            ps_arena_format(arena, "%s: %s", ps_attack_text(plan->threats[origin.number].attack),
                            ps_attack_meaning(plan->threats[origin.number].attack));
        break;
    default:
        break;
    }
    return named;
}

struct ps_result_origin *ps_result_origins(const struct ps_plan *plan, struct ps_arena *arena,
                                           size_t *ret_count)
{
    size_t count = ps_origin_count(plan);
    struct ps_result_origin *origins = ps_arena_alloc(arena, count, sizeof *origins);
    for (size_t i = 0; i < count; i++)
        origins[i] = name_one(plan, ps_origin_at(plan, (uint16_t)i), arena);
    *ret_count = count;
    return origins;
}
