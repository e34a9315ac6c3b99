/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/life_path.h"

#include <string.h>
#include "base/memory.h"
#include "engine/answers.h"

/* "Issuing < New Root": a piece of a path, up to `end`. */
struct piece {
    const char *start, *end;
};

/* The piece that begins at `start`, and where the next one does (NULL: there is none). */
static struct piece piece_at(const char *start, const char **ret_next)
{
    static const char between[] = " < ";
    const char *end = strstr(start, between);
    *ret_next = end ? end + strlen(between) : NULL;
    return (struct piece){start, end ? end : start + strlen(start)};
}

/* The common name in a distinguished name as scenarios write it. */
static struct piece common_name(const char *dn)
{
    static const char key[] = "CN=";
    const char *start = strstr(dn, key);
    while (start && start != dn && start[-1] != ' ' && start[-1] != ',')
        start = strstr(start + 1, key);
    if (!start)
        return (struct piece){dn, dn};
    start += strlen(key);
    return (struct piece){start, start + strcspn(start, ",")};
}

static bool is_named(const struct ps_plan *plan, uint32_t authority, struct piece piece)
{
    struct piece name = common_name(plan->authorities[authority].subject);
    size_t length = (size_t)(name.end - name.start);
    return length > 0 && length == (size_t)(piece.end - piece.start) &&
           memcmp(name.start, piece.start, length) == 0;
}

struct searching {
    const struct ps_plan *plan;
    struct piece subject, issuer;
    uint32_t found; /* the first that fits; PS_PLAN_NONE */
};

static void look_at(struct searching *s, uint32_t certificate)
{
    const struct ps_plan_certificate *c = &s->plan->certificates[certificate];
    if (s->found == PS_PLAN_NONE && is_named(s->plan, c->of, s->subject) &&
        is_named(s->plan, c->issuer, s->issuer))
        s->found = certificate;
}

static void look_in_chain(struct searching *s, const struct ps_plan_chain *chain)
{
    for (size_t i = 0; chain && i < chain->count; i++)
        look_at(s, chain->certificates[i]);
}

/* What was sent is looked at first, then what was fetched. What is kept already needs no search. */
static uint32_t find(const struct ps_life_world *w, const struct ps_contact_spec *spec,
                     struct piece subject, struct piece issuer)
{
    const struct ps_world *world = w->world;
    const struct ps_serving *serving = &world->servings[spec->serving];
    struct searching s = {world->plan, subject, issuer, PS_PLAN_NONE};
    look_in_chain(&s, ps_world_chain(world, spec->serving, world->leaves[spec->leaf].issuer));
    for (size_t i = 0; i < serving->alternate_count; i++)
        look_in_chain(&s, &serving->alternates[i]);
    struct ps_asked_list asked;
    ps_asked_list_init(&asked, world, w->trusts, spec);
    for (size_t i = 0; i < asked.count; i++)
        if (asked.items[i].handed_out != PS_PLAN_NONE)
            look_at(&s, asked.items[i].handed_out);
    ps_asked_list_deinit(&asked);
    return s.found;
}

static bool is_kept(const struct ps_life *life, uint32_t certificate)
{
    for (size_t i = 0; i < life->knows.intermediate_count; i++)
        if (life->knows.intermediates[i] == certificate)
            return true;
    return false;
}

/* Ascending, so that devices that keep the same are in one trust state. */
static void keep(struct ps_life_knowledge *knows, uint32_t certificate)
{
    PS_PUSH(knows->intermediates, knows->intermediate_count, knows->intermediate_capacity,
            certificate);
    size_t at = knows->intermediate_count - 1;
    for (; at > 0 && knows->intermediates[at - 1] > certificate; at--)
        knows->intermediates[at] = knows->intermediates[at - 1];
    knows->intermediates[at] = certificate;
}

bool ps_life_keep_path(struct ps_life *life, const struct ps_life_world *w,
                       const struct ps_contact_spec *spec, const char *path, bool only_look)
{
    const char *at, *next, *after;
    bool more = false;
    piece_at(path, &at); /* the leaf */
    for (; at; at = next) {
        struct piece subject = piece_at(at, &next);
        if (!next) /* the anchor */
            break;
        uint32_t found = find(w, spec, subject, piece_at(next, &after));
        if (found == PS_PLAN_NONE || is_kept(life, found))
            continue;
        more = true;
        if (!only_look)
            keep(&life->knows, found);
    }
    return more;
}
