/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of one device under one strategy, replayed stretch by stretch.
 *
 * Happy path: at a contact the device's situation is a class; its verdict holds until something
 * that the verdict can read changes (the served chain or leaf, a date on the device's clock, a
 * fault, a release, a live store); all contacts up to then are counted in closed form, and the next
 * contact begins the next stretch. When the life is over its outcome is decided, and then each
 * threat is walked over the same span to find how long the device would have accepted that attack.
 *
 * A life stops where it needs a verdict that nobody has yet (PS_LIFE_WAITS) and is stepped again
 * once the batch has been made; nothing it counts is changed before all verdicts of a step are
 * known.
 */
#ifndef HARNESS_ENGINE_LIFE_H
#define HARNESS_ENGINE_LIFE_H

#include "engine/channel.h"
#include "engine/class.h"
#include "engine/clock.h"
#include "engine/invariants/watched.h"
#include "engine/record.h"
#include "engine/tally.h"

enum ps_life_phase { PS_LIFE_CONTACTS, PS_LIFE_REACH, PS_LIFE_EXPOSURE, PS_LIFE_OVER };
enum ps_life_step { PS_LIFE_GOES_ON, PS_LIFE_WAITS, PS_LIFE_ENDED };

/* What was last asked and answered, per role: in `wire` a device's own verdict is kept
 * as long as its class stays the same. */
struct ps_life_answer {
    uint32_t class_number;
    uint32_t verdict;
    bool known;
};

struct ps_course;
struct ps_track_set;

/* From `from` on the device is in trust state `trust`, and fetches updates with `update_trust`; it
 * has release `release` and firmware built at `build`. */
struct ps_life_span {
    ps_time from;
    ps_time build;
    uint32_t trust, update_trust;
    uint32_t release;         /* plan event; PS_PLAN_NONE: as shipped */
    struct ps_track_set *set; /* of its tracks; NULL: it has none */
};

/* What an attacker does, of whatever stands in the plan's threats. All zero outside of probes. */
struct ps_life_probe {
    uint32_t threat;         /* whose roles and premise count */
    bool resumes;            /* with the ticket that the device holds, if it does */
    uint32_t other;          /* plan strategy with which the device meets it, and one; 0: its own */
    enum ps_attack presents; /* where that threat is of a channel: the attack it rests on */
    enum ps_sends sends;     /* to who asks for an update */
    uint32_t release;        /* which he sends, or whose date his own has */
    bool plain;              /* without TLS */
    bool clock_ahead;        /* the device's clock was set far ahead */
    bool knows_secret;       /* he has the secret that devices share */
    bool frozen;             /* the device is as it was at `as_of` */
    ps_time as_of;
    uint32_t way; /* which of several; 0: the only one */
};

/* One of several ways that are tried at the same second, and what came of it. */
struct ps_life_way {
    struct ps_life_probe probe;
    enum ps_contact_role role;
    uint32_t verdict;
    struct ps_life_answer answer; /* in `wire` */
};

/* Contacts that are alike in something: in slots (schedule.h) from `first` on, `step` apart; where
 * that is less than `every`, at these seconds. */
struct ps_life_run {
    ps_time first;
    int64_t step;
    uint64_t count;
    bool held; /* polls in a session that is held, without contacts */
};
struct ps_life_runs {
    struct ps_life_run *items; /* by time; owned */
    size_t count, capacity;
};

/* A root that was seen and does not count yet. */
struct ps_life_sighting {
    uint32_t certificate;
    ps_time first;
};

/* What the device came to know, as struct ps_learned has it; all arrays owned. */
struct ps_life_knowledge {
    bool has_first_leaf;
    uint32_t first_leaf;
    struct ps_announced_key *announced;
    size_t announced_count, announced_capacity;
    uint32_t *announcements; /* plan events, as `announced` */
    size_t announcement_count, announcement_capacity;
    uint32_t *anchors;
    size_t anchor_count, anchor_capacity;
    uint32_t *intermediates;
    size_t intermediate_count, intermediate_capacity;
    bool has_set;
    ps_time set_made;
    struct ps_life_sighting *sightings;
    size_t sighting_count, sighting_capacity;
    uint32_t seen; /* the release that was seen `seen_times`, PS_PLAN_NONE: none */
    uint32_t seen_times;
    struct ps_life_runs met;  /* contacts that met the pins */
    struct ps_life_runs sets; /* polls that brought a set */
};

/* A contact that verified the server gave a ticket, and so did those `period_s` later each. */
struct ps_life_ticket {
    ps_time from;
    int64_t period_s;
    uint64_t count;
    ps_time until; /* when the last was lost before its time; NEVER: it was not */
};

/* From `from` on this fallback of the strategy applies; PS_PLAN_NONE: none does. */
struct ps_life_fall {
    ps_time from;
    uint32_t fallback;
};

/* From `from` on the device has this to show. */
struct ps_life_credential {
    ps_time from;
    struct ps_client client;
};

/* From `from` on, up to before `until`, the clock stands to time as `kind` says (course.h). */
struct ps_course_part {
    ps_time from, until;
    uint32_t kind;    /* as in the key of a track; or PS_COURSE_NO_TRACK */
    int64_t behind_s; /* PS_TRACK_CLOCK_BEHIND: never by more than that */
    struct ps_device_clock clock;
};

/* What a plain life (life_plain.c) knows of the time ahead. All of it is found anew where it is
 * needed. */
struct ps_life_plain {
    ps_time clock_from, clock_until; /* its clock stands to time as `clock` says between them */
    uint32_t clock;                  /* as in the key of a track */
    int64_t behind_s;                /* never by more than that, if it is behind */
    const struct ps_course *course;  /* that was found last; NULL: none was */
    size_t run;                      /* of it, that was found last */
    struct ps_course_part part;      /* of a clock of its own; else in its course */
    ps_time wanted_until;            /* `wanted` is what it wants up to there */
    uint32_t wanted;
    uint64_t segments;     /* which list of them is this life's (track.h); 0: none was */
    uint32_t made_and_one; /* the epoch in which the device was made, and one; 0: not asked yet */
    uint32_t epoch;        /* not after that of the next contact */
    size_t gap; /* of the schedule: the first that begins after the next contact, or before */
};

struct ps_life {
    struct ps_device device;
    uint32_t strategy;
    enum ps_life_phase phase;
    ps_time end; /* retired, the scenario's end, or the second after a takeover */
    /* A life in which the device could be taken over is first lived without being counted, to find
     * when that is. */
    bool rehearsing;
    ps_time taken;            /* NEVER: not */
    uint32_t taken_by;        /* threat of the plan */
    struct ps_life_run *runs; /* of the rehearsal, up to the scenario's end */
    size_t run_count, run_capacity;
    ps_time t;         /* next contact; while a session is held, next poll or later */
    ps_time slot;      /* its slot */
    ps_time next_poll; /* slot */
    bool held;         /* a session that is held until something ends it */
    ps_time set_up;    /* from when on it is; NEVER: not yet */
    ps_time power_at;  /* the next power-up at which anchors are loaded; NEVER */
    ps_time *offered;  /* by release of its channel: when it adopts that; owned */
    uint32_t release;  /* installed: plan event, PS_PLAN_NONE as shipped */
    uint32_t coming;   /* taken, but it acts only from `coming_at` on; PS_PLAN_NONE: none is */
    ps_time coming_at;
    ps_time first_booted; /* the last power-up before its first contact */
    bool refused_first;   /* nts: no anchor could vouch for the time server then */
    ps_time *stored;      /* last_known: at the end of each blackout; NULL: there is none */
    ps_time trust_until;  /* when the trust state changes by itself, as a live store does */
    struct ps_life_knowledge knows;
    struct ps_life_span *spans;
    size_t span_count, span_capacity;
    struct ps_life_credential *credentials; /* none: nobody asks, or there is nothing that ends */
    size_t credential_count, credential_capacity;
    uint64_t failures;     /* contacts in a row that its own trust refused, or that failed */
    ps_time failing_since; /* the first of them */
    struct ps_life_fall *falls;
    size_t fall_count, fall_capacity;
    struct ps_life_ticket *tickets;
    size_t ticket_count, ticket_capacity;
    bool contacted, up; /* the last due contact's result */
    bool was_dark;
    ps_time last_good; /* contact; ALWAYS: none was */
    ps_time first_dark;
    /* The last dark spell, which lasts still unless `up`: its beginning, the last good contact
     * before, and its end. */
    ps_time dark_since, good_before, dark_until;
    uint32_t dark_verdict;
    enum ps_outcome outcome;
    struct ps_record record; /* once the life has ended */
    uint32_t stretch;        /* counts stretches, for audit draws */
    struct ps_life_answer answers[PS_ROLE_COUNT];
    uint32_t threat; /* exposure walk */
    ps_time walk;
    uint64_t exposed_s;
    struct ps_life_probe probe;
    struct ps_life_way *ways;
    size_t way_capacity;
    ps_time sighted; /* when the device first met what an attacker announces */
    struct ps_life_plain plain;
    struct ps_watched watched;
};

struct ps_tracks;
struct ps_invariants;

/* Where a life gets its verdicts. False: not known yet, the request is noted. */
struct ps_chunk;
typedef bool ps_life_ask(struct ps_chunk *chunk, struct ps_life *life,
                         const struct ps_contact_spec *spec, uint32_t *ret_verdict);
/* Told about every stretch whose verdict was used: `count` contacts, a run as struct ps_life_run
 * has it; for a probe every second of it. */
typedef void ps_life_used(struct ps_chunk *chunk, struct ps_life *life,
                          const struct ps_contact_spec *spec, uint32_t verdict, ps_time first,
                          ps_duration step, uint64_t count);

/* What a life tells of itself beside the contacts that it used. */
enum ps_life_news {
    PS_NEWS_TAKEN,   /* with the contact at `t` it took the release of plan event `number` */
    PS_NEWS_LEARNED, /* that contact taught it something, which `life->knows` has by now */
    PS_NEWS_EXPOSED, /* threat `number` of the plan is accepted from `t` on */
    PS_NEWS_SAFE,    /* and up to before `t`, told at once behind it */
    PS_NEWS_OVER,    /* `t` is its end; its outcome is decided, and all of it can be read */
};

/* Whoever explains a life. It hears of everything in the order in which it is lived, and of a
 * rehearsal nothing. Both functions may describe contacts of the life (ps_life_spec) and change
 * nothing. While somebody listens no stretch may be skipped. */
struct ps_life_world;
struct ps_life_listener {
    void *context;
    /* As ps_life_used, with the verdict itself. */
    void (*used)(void *context, const struct ps_life *life, const struct ps_life_world *w,
                 const struct ps_contact_spec *spec, const struct ps_verdict *verdict,
                 ps_time first, ps_duration step, uint64_t count);
    void (*told)(void *context, const struct ps_life *life, const struct ps_life_world *w,
                 enum ps_life_news news, ps_time t, uint32_t number);
};

struct ps_life_world {
    const struct ps_world *world;
    struct ps_trusts *trusts;
    const struct ps_channel *channels; /* by strategy */
    const struct ps_samples *samples;
    struct ps_chunk *chunk;
    ps_life_ask *ask;
    ps_life_used *used;
    bool (*accepted)(struct ps_chunk *chunk, uint32_t verdict);
    const struct ps_verdict *(*verdict)(const struct ps_chunk *chunk, uint32_t number);
    struct ps_tracks *tracks;                /* NULL: every contact is described by itself */
    bool noticed;                            /* somebody has to be told what is used */
    struct ps_tally *scratch;                /* for rehearsals: counted and never read */
    const struct ps_life_listener *listener; /* NULL: nobody listens */
    struct ps_invariants *invariants;        /* NULL: they are not checked */
};

/* Where `wire` keeps the answer to this question. */
struct ps_life_answer *ps_life_answer_of(struct ps_life *life, const struct ps_contact_spec *spec);

/* The device's draws are made once for all strategies. */
void ps_life_init(struct ps_life *life, const struct ps_life_world *w, uint32_t strategy,
                  const struct ps_device *device);
void ps_life_deinit(struct ps_life *life);
/* One stretch. `tally` is the life's lane. */
enum ps_life_step ps_life_step(struct ps_life *life, const struct ps_life_world *w,
                               struct ps_tally *tally);

/* Until when what a contact is told stays the same, and until when its clock's place among all
 * dates does: seconds of true time. */
struct ps_life_reach {
    ps_time world, clock;
};
/* The question of a track as a contact of the second `t`, whoever's life it is, with a clock that
 * shows `shown` and is right from there. */
struct ps_track_second {
    const struct ps_track_key *key;
    ps_time t, shown;
};
void ps_life_spec_of_track(const struct ps_life *life, const struct ps_life_world *w,
                           const struct ps_track_second *second, struct ps_contact_spec *ret_spec,
                           struct ps_life_reach *ret_reach);

/* The contact this life makes at `t` (for audits: exactly that second). */
void ps_life_spec(const struct ps_life *life, const struct ps_life_world *w,
                  enum ps_contact_role role, ps_time t, struct ps_contact_spec *ret_spec,
                  ps_time *ret_until);

#endif
