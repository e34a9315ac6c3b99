/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of a life share: life.c steps through it and decides the outcome, life_trust.c
 * says what the device carries and when, life_update.c what comes over its update channel,
 * life_learn.c what it learns from its contacts, life_credential.c what it shows of its own,
 * life_contact.c describes one contact of it exactly, life_exposure.c walks the threats over it.
 */
#ifndef HARNESS_ENGINE_LIFE_PRIVATE_H
#define HARNESS_ENGINE_LIFE_PRIVATE_H

#include "engine/life.h"

static inline ps_time ps_earlier(ps_time a, ps_time b)
{
    return a.s < b.s ? a : b;
}

/* The smallest multiple of `unit` that is at least `value` (at least one unit). */
static inline int64_t ps_round_up(int64_t value, int64_t unit)
{
    return value <= unit ? unit : (value + unit - 1) / unit * unit;
}

/* Tells whoever listens. */
static inline void ps_life_tell(const struct ps_life *life, const struct ps_life_world *w,
                                enum ps_life_news news, ps_time t, uint32_t number)
{
    if (w->listener && !life->rehearsing)
        w->listener->told(w->listener->context, life, w, news, t, number);
}

const struct ps_plan_cohort *ps_life_cohort(const struct ps_life *life,
                                            const struct ps_life_world *w);
const struct ps_strategy *ps_life_strategy(const struct ps_life *life,
                                           const struct ps_life_world *w);
/* Out of service before the scenario is over. */
bool ps_life_is_retired(const struct ps_life *life, const struct ps_life_world *w);

/* life_clock.c: what can be known of the device's clock before its first contact. */
void ps_life_begin_clock(struct ps_life *life, const struct ps_life_world *w);
/* The device's clock at `t`, with firmware that was built at `build`. */
struct ps_device_clock ps_life_clock(const struct ps_life *life, const struct ps_life_world *w,
                                     ps_time build, ps_time t);
/* From `from` on the device has the trust of the release that is installed. */
void ps_life_enter_trust(struct ps_life *life, const struct ps_life_world *w, ps_time from);
/* A live store changes by itself, also while the device sleeps or after its last contact: up to
 * `until`. */
void ps_life_follow_store(struct ps_life *life, const struct ps_life_world *w, ps_time until);
/* The span that `t` lies in, and where that ends. */
const struct ps_life_span *ps_life_span_at(const struct ps_life *life, ps_time t);
ps_time ps_life_span_end(const struct ps_life *life, ps_time t);

const struct ps_channel *ps_life_channel(const struct ps_life *life, const struct ps_life_world *w);
/* Whom updates are asked of; services that set devices up may have an endpoint of their own. */
uint32_t ps_life_update_endpoint(const struct ps_life *life, const struct ps_life_world *w);
/* What an update server would give this device at `t`, and when that changes. */
uint32_t ps_life_offer(const struct ps_life *life, const struct ps_life_world *w, ps_time t,
                       ps_time *ret_until);

/* Contacts with one verdict: the first at `t`, `step` apart in slots, the last before `until`. */
struct ps_life_stretch {
    ps_time t, until;
    ps_time slot; /* of the first */
    int64_t step;
    /* Known once the stretch is closed: */
    uint64_t count;
    ps_time last, next; /* contacts */
    ps_time next_slot;
};
/* life_fallback.c: what a contact that the device's own trust refuses comes to with another. */
struct ps_life_resort {
    bool asked, accepted;
    uint32_t verdict;
    struct ps_contact_spec spec;
};
/* `direct`: its own trust accepts. May shorten the stretch. False: it waits for a verdict. */
bool ps_life_find_resort(struct ps_life *life, const struct ps_life_world *w, bool direct,
                         struct ps_life_stretch *stretch, struct ps_life_resort *ret_resort);
/* Shortens the stretch, whose step is known by now, to before another fallback applies. */
void ps_life_bound_resort(const struct ps_life *life, const struct ps_life_world *w, bool direct,
                          struct ps_life_stretch *stretch);
/* The stretch is closed. */
void ps_life_use_resort(struct ps_life *life, const struct ps_life_world *w,
                        const struct ps_life_resort *resort, bool direct,
                        const struct ps_life_stretch *stretch);
/* The fallback that applied at `t`, or NULL, and when that changes. */
const struct ps_fallback *ps_life_fallback_at(const struct ps_life *life,
                                              const struct ps_life_world *w, ps_time t,
                                              ps_time *ret_until);
/* The trust state of this device at `t` with another strategy, and when it changes by itself. */
uint32_t ps_life_other_trust(const struct ps_life *life, const struct ps_life_world *w,
                             uint32_t strategy, ps_time t, ps_time *ret_until);
/* The fallback that would apply at `t` to a device none of whose contacts went through from
 * `blocked`, the first of them, on; NULL: none. And when that changes. */
const struct ps_fallback *ps_life_forced_fallback(const struct ps_life *life,
                                                  const struct ps_life_world *w, ps_time blocked,
                                                  ps_time t, ps_time *ret_until);

/* Of a run, or of any slots `step` apart: the second of its n-th element. */
static inline ps_time ps_life_run_at(const struct ps_life *life, const struct ps_life_run *run,
                                     uint64_t n)
{
    return ps_schedule_at(life->device.schedule, run->first, run->step, n);
}
/* The second of the stretch's n-th contact, if it went on so long. */
static inline ps_time ps_life_contact_at(const struct ps_life *life,
                                         const struct ps_life_stretch *s, uint64_t n)
{
    return ps_schedule_at(life->device.schedule, s->slot, s->step, n);
}
static inline uint64_t ps_life_contact_count(const struct ps_life *life,
                                             const struct ps_life_stretch *s)
{
    return ps_schedule_before(life->device.schedule, s->slot, s->step, s->until);
}
/* The stretch is not shortened any more. */
static inline void ps_life_close(const struct ps_life *life, struct ps_life_stretch *s)
{
    const struct ps_schedule *schedule = life->device.schedule;
    s->count = ps_life_contact_count(life, s);
    s->last = ps_life_contact_at(life, s, s->count - 1);
    ps_time slot = {s->slot.s + (int64_t)(s->count - 1) * s->step};
    s->next_slot = ps_schedule_next(schedule, slot, s->step);
    s->next = ps_schedule_at(schedule, s->next_slot, s->step, 0);
}

/* What comes over the update channel in a stretch: the questions of one poll and their answers, and
 * the release that is taken at it. */
enum { PS_LIFE_QUESTIONS_MAX = 4 }; /* over TLS and in the clear, with a fallback again */
struct ps_life_coming {
    ps_time poll;
    struct {
        struct ps_contact_spec spec;
        uint32_t verdict;
    } asked[PS_LIFE_QUESTIONS_MAX];
    size_t asked_count;
    uint32_t release; /* PS_PLAN_NONE: none is */
};
/* Shortens the stretch so that nothing comes but at its last contact. False: it waits for a
 * verdict. */
bool ps_life_find_coming(struct ps_life *life, const struct ps_life_world *w,
                         struct ps_life_stretch *stretch, struct ps_life_coming *ret_coming);
/* Drops what would come after the stretch's end, which may have been brought forward. */
void ps_life_settle_coming(const struct ps_life_stretch *stretch, struct ps_life_coming *coming);
/* Tells about the contacts that were made for it: who listens hears of every poll of the stretch
 * (NULL: it was asked once), else the first stands for all. */
void ps_life_use_coming(struct ps_life *life, const struct ps_life_world *w,
                        const struct ps_life_coming *coming, const struct ps_life_stretch *stretch);
/* The polls of a stretch that a listener is told of, the first at `poll`; where something came of
 * it, or nobody listens, that one alone. */
struct ps_life_run ps_life_told_polls(const struct ps_life *life, const struct ps_life_world *w,
                                      const struct ps_life_stretch *stretch, ps_time poll,
                                      bool comes);
/* The polls of a stretch are over. */
void ps_life_note_polls(struct ps_life *life, const struct ps_life_world *w,
                        const struct ps_life_stretch *stretch);
/* What a contact of the stretch is, and what the device can learn from it. */
struct ps_life_meeting {
    struct ps_contact_spec spec;
    uint32_t verdict;
    bool accepted, reached;
    bool meets_pins; /* and so renews them */
    bool asked_pins; /* what they would have said, had they not ended */
    struct ps_contact_spec pins_spec;
    uint32_t pins_verdict;
    uint32_t taken; /* with what it learned, a release of the session's; PS_PLAN_NONE */
};
/* life_ticket.c: resumed sessions. The role of the life's next contact. */
enum ps_contact_role ps_life_telemetry(struct ps_life *life, const struct ps_life_world *w);
/* A full contact that gives a ticket, and what contacts come to that resume with it. */
struct ps_life_resuming {
    bool gives, asked;
    uint32_t verdict;
    struct ps_contact_spec spec;
};
/* False: it waits for a verdict. */
bool ps_life_find_tickets(struct ps_life *life, const struct ps_life_world *w,
                          const struct ps_life_meeting *meeting, struct ps_life_stretch *stretch,
                          struct ps_life_resuming *ret_resuming);
/* Tells about the stretch's contacts, full ones and resumed ones. */
void ps_life_use_contacts(struct ps_life *life, const struct ps_life_world *w,
                          const struct ps_life_meeting *meeting,
                          const struct ps_life_resuming *resuming,
                          const struct ps_life_stretch *stretch);
/* It is lost, from then on. */
void ps_life_drop_ticket(struct ps_life *life, ps_time from);
/* Whether the device holds at `t` a ticket that the genuine server takes: of which contact it is,
 * and when the answer changes. */
bool ps_life_ticket_at(const struct ps_life *life, const struct ps_life_world *w, ps_time t,
                       ps_time *ret_verified, ps_time *ret_until);

/* What the device knows when its life begins. */
void ps_life_begin_knowing(struct ps_life *life, const struct ps_life_world *w);
void ps_life_forget(struct ps_life *life);
/* As it is asked for by trust states; borrowed until the device learns more. */
struct ps_learned ps_life_learned(const struct ps_life *life);
/* Shortens the stretch so that nothing is learned but at its last contact. False: it waits for a
 * verdict. */
bool ps_life_find_lessons(struct ps_life *life, const struct ps_life_world *w,
                          struct ps_life_stretch *stretch, struct ps_life_meeting *meeting);
/* In a session that is held: shortens the stretch so that no set comes but at its last poll. */
void ps_life_find_set(const struct ps_life *life, const struct ps_life_world *w,
                      struct ps_life_stretch *stretch);
/* Learns it. True: as ps_life_learn. */
bool ps_life_learn_set(struct ps_life *life, const struct ps_life_world *w,
                       const struct ps_life_stretch *stretch);
/* Learns what the stretch, which is closed, teaches. True: the trust changes with it, from the next
 * contact on. */
bool ps_life_learn(struct ps_life *life, const struct ps_life_world *w,
                   const struct ps_life_stretch *stretch, struct ps_life_meeting *meeting);
/* If a release that came at `t` has pins, they are of that day. */
void ps_life_begin_pins(struct ps_life *life, const struct ps_life_world *w, uint32_t release,
                        ps_time t);
/* At `t`: when the device's pins end, and as of when its pushed set or blocklist is. */
ps_time ps_life_pins_end(const struct ps_life *life, const struct ps_life_world *w, ps_time t);
ps_time ps_life_set_made(const struct ps_life *life, const struct ps_life_world *w, ps_time t);
/* What is put in its place to ask what the device would do without their end or, at the end of a
 * life, after it. */
ps_time ps_life_other_pins_end(const struct ps_life *life, const struct ps_life_world *w);
/* When the first contact after that of `spec` has pins again that have ended, a set again that is
 * too old, or one that knows of the threat: as far as the life has been lived; NEVER. */
ps_time ps_life_renewed_after(const struct ps_life *life, const struct ps_life_world *w,
                              const struct ps_contact_spec *spec);

/* The polls of a stretch. */
struct ps_life_run ps_life_polls(const struct ps_life *life, const struct ps_life_world *w,
                                 const struct ps_life_stretch *stretch);
/* The first of a run at `t` or later; NEVER. */
ps_time ps_life_run_from(const struct ps_life *life, const struct ps_life_run *run, ps_time t);
/* The release that the device would take at its next contact, and when that changes. */
uint32_t ps_life_wanted(const struct ps_life *life, const struct ps_life_world *w,
                        ps_time *ret_until);
/* The stretch ends with the contact at `t`, unless it ends before. */
static inline void ps_life_cut(struct ps_life_stretch *stretch, ps_time t)
{
    if (t.s < stretch->until.s)
        stretch->until.s = t.s + 1;
}

/* At the end: would the update channel still reach the device? False: it waits for a verdict. */
bool ps_life_find_reach(struct ps_life *life, const struct ps_life_world *w, bool *ret_reached);

/* What a stretch came to. */
struct ps_life_result {
    uint32_t verdict;
    uint32_t taken;     /* release, or PS_PLAN_NONE */
    uint32_t installed; /* the same, if it acts from the next contact on */
    bool learned;
    bool sets_up; /* it was the device's set-up */
    bool holds;   /* a session is held until something ends it */
};
/* life.c: the stretch, which is closed, is over. What it counts of contacts is counted, and told,
 * already. */
void ps_life_settle(struct ps_life *life, const struct ps_life_world *w, struct ps_tally *tally,
                    const struct ps_life_stretch *stretch, const struct ps_life_result *result);

/* life_plain.c. Each of these says whether it could do what it is for; if not, nothing happened.
 * ... One stretch of contacts. */
bool ps_life_step_plain(struct ps_life *life, const struct ps_life_world *w, struct ps_tally *tally,
                        enum ps_life_step *ret_step);
/* ... What ps_life_find_reach finds. */
bool ps_life_reach_plain(struct ps_life *life, const struct ps_life_world *w,
                         enum ps_life_step *ret_step, bool *ret_reached);
/* ... The trust states of a span that begins when its clock is right, and until when it lasts. */
bool ps_life_find_trust_plain(struct ps_life *life, const struct ps_life_world *w,
                              struct ps_life_span *span);
/* ... Keeps what was found otherwise, and says where the span's tracks are kept. */
void ps_life_keep_trust_plain(struct ps_life *life, const struct ps_life_world *w,
                              struct ps_life_span *span, bool looks_at_load);

/* The phase that the life is in, one step of it. */
enum ps_life_step ps_life_step_phase(struct ps_life *life, const struct ps_life_world *w,
                                     struct ps_tally *tally);

/* Whether any threat of the plan can end in a takeover. */
bool ps_life_may_be_taken(const struct ps_life_world *w);
/* One step of a rehearsal; at its end the life begins again, and it is known when it will end. */
enum ps_life_step ps_life_rehearse(struct ps_life *life, const struct ps_life_world *w);
/* In a rehearsal: these contacts were made. */
void ps_life_note_run(struct ps_life *life, const struct ps_life_stretch *stretch);
/* The first contact of the rehearsal at or after `from`; NEVER. */
ps_time ps_life_contact_after(const struct ps_life *life, ps_time from);
/* In a rehearsal: an attack takes the device over at its first contact in from <= t < until. */
void ps_life_meet_attack(struct ps_life *life, ps_time from, ps_time until);
/* The same at its first poll of the update channel. */
void ps_life_meet_attack_at_poll(struct ps_life *life, const struct ps_life_world *w, ps_time from,
                                 ps_time until);
/* `t`, or the takeover where that comes before. */
ps_time ps_life_genuine_end(const struct ps_life *life, ps_time t);
/* From the takeover on the device is down. */
void ps_life_note_taken(struct ps_life *life, const struct ps_life_world *w,
                        struct ps_tally *tally);

/* life_record.c: the life is over: its record, and what its last dark spell is counted under. */
void ps_life_record(struct ps_life *life, const struct ps_life_world *w, struct ps_tally *tally);

/* What an attack gives at one second. */
enum ps_life_effect {
    PS_EFFECT_NONE,
    PS_EFFECT_EXPOSED,
    PS_EFFECT_TAKEN_AT_CONTACT,
    PS_EFFECT_TAKEN_AT_POLL,
};
/* A look at second `t` of a life: what is asked there holds until `until`. */
struct ps_life_look {
    struct ps_life *life;
    const struct ps_life_world *w;
    ps_time t, until;
    bool waits;                  /* for a verdict that nobody has yet */
    size_t count;                /* of the life's ways that were tried */
    struct ps_contact_spec last; /* of them */
};
/* Whether the device accepts this way, from `t` on until `until`; false while it waits. */
bool ps_life_accepts(struct ps_life_look *look, enum ps_contact_role role,
                     const struct ps_life_probe *probe);
/* life_channel.c: the effect of the channel attack that is the walk's threat. */
enum ps_life_effect ps_life_channel_effect(struct ps_life_look *look);

void ps_life_begin_exposure(struct ps_life *life);
/* The threat is accepted from the walk's second on, until `until`. */
void ps_life_note_accepted(struct ps_life *life, const struct ps_life_world *w, ps_time until,
                           struct ps_tally *tally);
/* life_credential.c: what the device has to show when its life begins, if anybody will ask. */
void ps_life_get_credential(struct ps_life *life, const struct ps_life_world *w);
/* What a device whose contact is made with `strategy` shows at `t`. */
struct ps_client ps_life_client(const struct ps_life *life, const struct ps_strategy *strategy,
                                ps_time t);
/* A try to renew it at the life's next contact, if it is due by then. */
struct ps_life_renewal {
    bool tried, succeeds;
    ps_time until; /* the stretch ends there: it becomes due, or succeeds, or may do so */
    bool asked;    /* a contact of its own was made */
    uint32_t verdict;
    struct ps_contact_spec spec;
};
/* False: a verdict is not known yet. `connected`: the contact itself is accepted. */
bool ps_life_find_renewal(struct ps_life *life, const struct ps_life_world *w, bool connected,
                          struct ps_life_renewal *ret_renewal);
/* The stretch is closed. What was renewed is shown from the next contact on. */
void ps_life_use_renewal(struct ps_life *life, const struct ps_life_world *w,
                         const struct ps_life_renewal *renewal,
                         const struct ps_life_stretch *stretch);

/* One stretch of the exposure walk. */
enum ps_life_step ps_life_step_exposure(struct ps_life *life, const struct ps_life_world *w,
                                        struct ps_tally *tally);

#endif
