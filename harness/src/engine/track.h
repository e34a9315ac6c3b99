/* SPDX-License-Identifier: Apache-2.0
 *
 * Tracks: verdicts looked up instead of described. A question that a life asks (a contact of some
 * role, with some trust state, to a server that serves it this) has one verdict per epoch, the same
 * for all devices, as long as nothing of the device's own comes into it. A track is that row of
 * verdicts, filled where somebody asks for the first time: by the same ps_life_spec and the same
 * classes as everywhere, so a track knows nothing that they do not.
 *
 * A device's clock need not be right: a track is for clocks that stand to time in one of a few ways
 * (PS_TRACK_CLOCK_), and holds a verdict where all clocks of that kind give it.
 *
 * Of each epoch the first second is apart from the rest (epochs.h). Where the class changes within
 * an epoch all the same, the track says so, and lives go there without it.
 *
 * Tracks belong to one worker.
 */
#ifndef HARNESS_ENGINE_TRACK_H
#define HARNESS_ENGINE_TRACK_H

#include "engine/epochs.h"
#include "engine/life.h"

/* A question that is asked in a life; all that the verdict reads beside the world at its time. */
struct ps_track_key {
    uint32_t role; /* enum ps_contact_role */
    uint32_t cohort, strategy;
    uint32_t trust, update_trust, installed; /* of the life's span */
    uint32_t offered;                        /* UPDATE: the release; else PS_PLAN_NONE */
    uint32_t serving;                        /* where that differs from device to device */
    uint32_t threat;                         /* PROBE */
    uint32_t clock;                          /* PS_TRACK_CLOCK_ */
};

/* How a clock stands to time. AHEAD, BEHIND: by at most PS_TRACK_NEAR_S seconds, if at all. LATE:
 * it shows something in the epoch before, but not its first second. From STANDS on: it shows
 * something in the epoch that many beyond STANDS, but not its first second. */
enum {
    PS_TRACK_CLOCK_RIGHT,
    PS_TRACK_CLOCK_AHEAD,
    PS_TRACK_CLOCK_BEHIND,
    PS_TRACK_CLOCK_LATE,
    PS_TRACK_CLOCK_STANDS,
    PS_TRACK_NEAR_S = 86400,
};

/* What is known of a part of an epoch: TRACK_UNKNOWN, TRACK_CUT where the class changes in it, or
 * the number of its verdict and TRACK_FIRST. */
enum { PS_TRACK_UNKNOWN, PS_TRACK_CUT, PS_TRACK_FIRST };
#define PS_TRACK_SO_FAR (UINT32_C(1) << 31)

/* What is known of an epoch. */
struct ps_track_epoch {
    uint32_t begin; /* in its first second */
    uint32_t rest;  /* after that */
    uint32_t end;   /* up to before it all begins and rests are like this rest; 0: not known yet;
                     * with PS_TRACK_SO_FAR nobody has asked about that epoch yet */
};

struct ps_track {
    struct ps_track_key key;
    struct ps_track_epoch *epochs; /* owned */
};

/* The tracks that a stretch of life with one trust state asks most, where everybody is served the
 * same; each NULL until it is asked. The last of each row is for clocks that stand: the track that
 * was asked last, of whatever epoch they show. */
struct ps_track_set {
    struct ps_track *telemetry[PS_TRACK_CLOCK_STANDS + 1];
    struct ps_track **probes[PS_TRACK_CLOCK_STANDS + 1]; /* by threat; owned */
};

/* What shipped or came, and the trust states that are made of it. */
struct ps_track_trust_key {
    uint32_t cohort, strategy, release;
    uint32_t made; /* epoch */
};
struct ps_track_trust {
    ps_time from, known_until; /* of whoever enters them at from <= t < known_until */
    ps_time until;             /* when they change by themselves */
    uint32_t trust, update_trust;
    struct ps_track_set *set;
    struct ps_track_trust *next; /* of the same key, known before; NULL */
};
/* Of all keys that differ in `made` only. */
struct ps_track_trust_row {
    uint32_t release;
    struct ps_track_trust **made;    /* by epoch; each NULL where nothing is known; owned */
    struct ps_track_trust_row *next; /* of the same cohort and strategy; owned */
};

/* A part of a life in which it has one trust and one kind of clock; it begins where the one before
 * it ends. */
struct ps_track_segment {
    ps_time until;
    uint32_t e, until_e; /* epochs of its beginning and its end */
    uint32_t span;       /* of the life */
    uint32_t clock;      /* PS_TRACK_CLOCK_ */
    bool plain;          /* there are tracks for it */
};

struct ps_tracks {
    struct ps_epochs epochs;
    bool *plain;   /* by strategy: its lives can use tracks at all. Owned */
    bool *lagging; /* by strategy: what it trusts differs from device to device. Owned */
    bool *staged;  /* by endpoint: what it serves differs from device to device. Owned */
    size_t strategy_count, cohort_count, threat_count;
    struct ps_intern index, set_index;
    struct ps_steady tracks, trusts, sets;
    struct ps_track_trust_row **trust_rows; /* by cohort and strategy; owned */
    struct ps_track_segment *segments;      /* of the life that is walked; owned */
    size_t segment_count, segment_capacity;
    uint64_t segments_found; /* how often any were: which list this is */
    uint64_t stepped;        /* epochs that lives were stepped through, one by one */
    uint64_t skipped;        /* that were passed in closed form */
};

/* `channels`: by strategy. */
struct ps_tracks *ps_tracks_new(const struct ps_world *world, const struct ps_channel *channels);
void ps_tracks_free(struct ps_tracks *tracks); /* NULL allowed */
struct ps_track *ps_tracks_get(struct ps_tracks *tracks, const struct ps_track_key *key);
/* Of the key its role, what is offered, the serving and the threat do not count. */
struct ps_track_set *ps_tracks_set(struct ps_tracks *tracks, const struct ps_track_key *key);
/* What is known of whoever enters them at `t`; NULL: nothing. */
const struct ps_track_trust *ps_tracks_trust(struct ps_tracks *tracks,
                                             const struct ps_track_trust_key *key, ps_time t);
/* Notes it. What is known already of a later `from`, up to the same end, is the same. */
void ps_tracks_keep_trust(struct ps_tracks *tracks, const struct ps_track_trust_key *key,
                          const struct ps_track_trust *trust);

/* The verdict of the track's question in epoch `e`, in its first second or after that. */
enum ps_track_answer { PS_TRACK_KNOWN, PS_TRACK_WAITS, PS_TRACK_ELSEWHERE };
enum ps_track_answer ps_track_ask(struct ps_track *track, struct ps_life *life,
                                  const struct ps_life_world *w, uint32_t e, bool begin,
                                  uint32_t *ret_verdict);
/* Up to before which epoch nothing differs from the rest of `e`, which is known; as far as anybody
 * has asked. */
enum ps_track_answer ps_track_end(struct ps_track *track, struct ps_life *life,
                                  const struct ps_life_world *w, uint32_t e, uint32_t *ret_end);

#endif
