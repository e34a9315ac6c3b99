/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/invariants/time_order.h"

static ps_status went_back(const char *what, ps_time from, ps_time to, struct ps_error *err)
{
    char before[PS_TIME_TEXT_MAX], after[PS_TIME_TEXT_MAX];
    return ps_fail(err, PS_FAILED, "%s goes back from %s to %s", what, ps_time_format(from, before),
                   ps_time_format(to, after));
}

/* `size` bytes lie between the times of two elements. */
struct list {
    const char *what;
    const ps_time *first;
    size_t size, count;
    size_t *checked; /* of them, before */
};

static ps_time time_at(const struct list *list, size_t i)
{
    return *(const ps_time *)((const char *)list->first + i * list->size);
}

static ps_status check_list(const struct list *list, struct ps_error *err)
{
    for (size_t i = *list->checked > 0 ? *list->checked : 1; i < list->count; i++)
        if (time_at(list, i).s < time_at(list, i - 1).s)
            return went_back(list->what, time_at(list, i - 1), time_at(list, i), err);
    *list->checked = list->count;
    return PS_OK;
}

static ps_status check_lists(struct ps_life *life, struct ps_error *err)
{
    struct ps_watched *w = &life->watched;
    const struct list lists[] = {
        {"its trust", life->spans ? &life->spans->from : NULL, sizeof *life->spans,
         life->span_count, &w->spans},
        {"its fallback", life->falls ? &life->falls->from : NULL, sizeof *life->falls,
         life->fall_count, &w->falls},
        {"what it shows", life->credentials ? &life->credentials->from : NULL,
         sizeof *life->credentials, life->credential_count, &w->credentials},
        {"its ticket", life->tickets ? &life->tickets->from : NULL, sizeof *life->tickets,
         life->ticket_count, &w->tickets},
    };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        PS_TRY(check_list(&lists[i], err));
    return PS_OK;
}

ps_status ps_time_order_check(struct ps_life *life, struct ps_error *err)
{
    struct ps_watched *w = &life->watched;
    PS_TRY(check_lists(life, err));
    bool walks = life->phase == PS_LIFE_EXPOSURE && (int)life->phase == w->phase;
    if (w->stepped) {
        if (life->t.s < w->t.s)
            return went_back("its next contact", w->t, life->t, err);
        if (life->next_poll.s < w->next_poll.s)
            return went_back("its next poll", w->next_poll, life->next_poll, err);
        if ((int)life->phase < w->phase)
            return ps_fail(err, PS_FAILED, "phase %d of its life comes after phase %d",
                           (int)life->phase, w->phase);
        if (walks && life->threat < w->threat)
            return ps_fail(err, PS_FAILED, "threat %u is walked after threat %u", life->threat,
                           w->threat);
        if (walks && life->threat == w->threat && life->walk.s < w->walk.s)
            return went_back("the walk of a threat", w->walk, life->walk, err);
    }
    w->stepped = true;
    w->phase = (int)life->phase;
    w->threat = life->threat;
    w->t = life->t;
    w->next_poll = life->next_poll;
    w->walk = life->walk;
    return PS_OK;
}
