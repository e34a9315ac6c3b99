/* SPDX-License-Identifier: Apache-2.0
 *
 * Schedules against a model that walks every slot of every device one by one: jitter, spells
 * offline and without power, servers that start anew, sessions that are held until something ends
 * them, devices that are set up first. The verdict is a rule of the test's own: who has the
 * issuer's root accepts.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "engine/fleet.h"
#include "engine/replay.h"
#include "plan.h"

enum { DEVICES = 12, DAY_S = 86400, GAPS_MAX = 20000 };

static const char world_text[] =
    "scenario: schedule\n"
    "title: For the model\n"
    "from: 2021-01-01\n"
    "until: 2021-09-01\n"
    "authorities:\n"
    "  alpha: {subject: \"CN=Alpha\", key: ecdsa-p256}\n"
    "  beta: {subject: \"CN=Beta\", key: ecdsa-p256}\n"
    "certificates:\n"
    "  alpha-root: {of: alpha, issuer: alpha, valid: 2000-01-01 .. 2040-01-01}\n"
    "  beta-root: {of: beta, issuer: beta, valid: 2010-01-01 .. 2040-01-01}\n"
    "  ending-root: {of: alpha, issuer: alpha, valid: 2000-01-01 .. 2021-04-10}\n"
    "stores:\n"
    "  system: [{certificate: alpha-root, until: 2021-02-20}, {certificate: alpha-root, from: "
    "2021-06-20}]\n"
    "endpoints:\n"
    "  telemetry:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: alpha, key: ecdsa-p256, lifetime: 4y, renew_before: 10d}\n"
    "    chain: [alpha-root]\n"
    "  setup:\n"
    "    host: setup.example\n"
    "    leaf: {issuer: beta, key: ecdsa-p256, lifetime: 4y, renew_before: 10d}\n"
    "    chain: [beta-root]\n"
    "  update:\n"
    "    host: update.example\n"
    "    leaf: {issuer: beta, key: ecdsa-p256, lifetime: 4y, renew_before: 10d}\n"
    "    chain: [beta-root]\n"
    "timeline:\n"
    "  - at: 2021-02-03\n"
    "    fault: {endpoint: telemetry, kind: reset, lasts: 30h, after_bytes: 0}\n"
    "  - at: 2021-03-01\n"
    "    serve: {endpoint: telemetry, leaf: {issuer: beta}, chain: [beta-root], over: 20d}\n"
    "  - at: 2021-03-10\n"
    "    restart: {endpoint: telemetry, over: 2d}\n"
    "  - at: 2021-03-15\n"
    "    release: {name: fw, strategies: [http], anchors: [alpha-root, beta-root], over: 20d, "
    "never: 30%}\n"
    "  - at: 2021-04-01\n"
    "    serve: {endpoint: setup, leaf: {issuer: alpha}, chain: [alpha-root]}\n"
    "  - at: 2021-06-01\n"
    "    restart: {endpoint: telemetry}\n"
    "  - at: 2021-07-01\n"
    "    serve: {endpoint: telemetry, leaf: {issuer: alpha}, chain: [alpha-root], over: 3d}\n"
    "threats:\n"
    "  - {attack: X01, from: 2021-02-01, until: 2021-06-01}\n"
    "strategies:\n"
    "  - {name: alpha, preset: single_root_static, anchors: [alpha-root]}\n"
    "  - {name: both, preset: single_root_static, anchors: [alpha-root, beta-root]}\n"
    "  - {name: http, preset: single_root_http_fw, anchors: [alpha-root], update: {poll: 3d}}\n"
    "  - {name: live, preset: webpki_os_updated}\n"
    "  - {name: tickets, preset: webpki_os_updated, resumption: {enabled: yes, ticket_lifetime: "
    "5d}}\n"
    "  - {name: falls, preset: single_root_static, anchors: [alpha-root], fallback: [{failures: 9, "
    "since: 4d, to: both, scope: all}]}\n"
    "  - {name: loads, preset: single_root_static, anchors: [ending-root], time: {anchor_dates: "
    "check_at_load}}\n"
    "  - {name: anyone, preset: no_verify}\n"
    "fleet:\n"
    "  - cohort: c\n"
    "    devices: 12\n";

enum { ALPHA, BOTH, HTTP, LIVE, TICKETS, FALLS, LOADS, ANYONE, STRATEGIES };
enum { TELEMETRY, SETUP, UPDATE };

static struct ps_plan *plan;
static int64_t attacked_from, attacked_until; /* who answers polls in the server's place */
static int64_t made_at;                       /* all devices; 0: when the cohort says */

/* ---- the rule ---- */

static ps_status make(void *context, const struct ps_world *world, const struct ps_trusts *trusts,
                      const struct ps_contact_spec *specs, size_t count,
                      struct ps_verdict *ret_verdicts, struct ps_error *err)
{
    (void)context;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        const struct ps_contact_spec *s = &specs[i];
        const struct ps_trust_state *trust = ps_trusts_at(trusts, s->trust);
        bool anyone = plan->strategies[trust->strategy].chain.engine == PS_ENGINE_NONE;
        bool good = s->plain || s->resumes || anyone;
        for (size_t k = 0; k < trust->anchor_count; k++)
            good |=
                plan->certificates[trust->anchors[k].number].of == world->leaves[s->leaf].issuer;
        if (s->kind == PS_KIND_PROBE)
            good = anyone;
        memset(&ret_verdicts[i], 0, sizeof ret_verdicts[i]);
        ret_verdicts[i].path[0] = (char)('a' + s->endpoint); /* an audit sees with whom it was */
        ret_verdicts[i].stage = s->fault ? PS_STAGE_UNREACHABLE
                                : good   ? PS_STAGE_ACCEPTED
                                         : PS_STAGE_PATH;
    }
    return PS_OK;
}

/* ---- the model ---- */

/* A time without contacts, or (without length) the end of a session. */
struct gap {
    int64_t begins, ends;
    bool dark;
};

struct model {
    const struct ps_world *world; /* for its seed */
    const struct ps_plan_cohort *cohort;
    struct ps_device device; /* when it is made, boots and is retired */
    uint32_t strategy;
    struct gap *gaps;
    size_t gap_count;
    int64_t end;
    bool updated, set_up;
    int64_t first; /* contact; INT64_MIN: it was not yet */
    int64_t cut;   /* the life ends then; 0: by itself */
    int64_t taken; /* at the first poll in the attack's window; INT64_MAX */
    uint64_t failures;
    int64_t failing_since, verified; /* of the ticket; INT64_MIN: there is none */
};

static uint64_t draw(const struct model *m, enum ps_purpose purpose, uint32_t n)
{
    return ps_random_u64(m->world->seed, m->device.subject, purpose, n);
}

static void add_spells(struct model *m, const struct ps_plan_spells *spells, enum ps_purpose share,
                       bool dark)
{
    if (!spells->given || !ps_random_hit(draw(m, share, 0), spells->share))
        return;
    enum ps_purpose every = dark ? PS_PURPOSE_POWER_EVERY : PS_PURPOSE_OFFLINE_EVERY;
    enum ps_purpose lasts = dark ? PS_PURPOSE_POWER_LASTS : PS_PURPOSE_OFFLINE_LASTS;
    int64_t t = m->device.boot.s;
    for (uint32_t n = 0; t < m->end; n++) {
        int64_t wait = ps_distribution_draw(&spells->every, draw(m, every, n)).s;
        int64_t length = ps_distribution_draw(&spells->lasts, draw(m, lasts, n)).s;
        t += wait < 3600 ? 3600 : wait;
        ck_assert_uint_lt(m->gap_count, GAPS_MAX);
        m->gaps[m->gap_count++] = (struct gap){t, t + (length < 1 ? 1 : length), dark};
        t = m->gaps[m->gap_count - 1].ends;
    }
}

static int64_t staged(const struct model *m, size_t event)
{
    return ps_world_stage_time(m->world, &plan->events[event], plan->events[event].at,
                               &m->device.stage)
        .s;
}

static void begin(struct model *m)
{
    m->gap_count = 0;
    m->end = m->device.retired.s < plan->until.s ? m->device.retired.s : plan->until.s;
    if (m->cut > 0)
        m->end = m->cut;
    m->taken = INT64_MAX;
    m->first = INT64_MIN;
    add_spells(m, &m->cohort->offline, PS_PURPOSE_OFFLINE_SHARE, false);
    add_spells(m, &m->cohort->power_loss, PS_PURPOSE_POWER_SHARE, true);
    for (size_t i = 0; i < plan->event_count; i++)
        if (plan->events[i].kind == PS_EVENT_RESTART)
            m->gaps[m->gap_count++] = (struct gap){staged(m, i), staged(m, i), false};
    m->set_up = m->device.boot.s < plan->from.s || m->cohort->setup_endpoint == PS_PLAN_NONE;
    m->updated = false;
    for (size_t i = 0; i < plan->event_count; i++)
        if (plan->events[i].kind == PS_EVENT_RELEASE && m->strategy == HTTP &&
            m->cohort->ships == PS_SHIPS_LATEST)
            m->updated = m->device.made.s >= plan->events[i].at.s;
    m->failures = 0;
    m->verified = INT64_MIN;
}

static bool is_online(const struct model *m, int64_t t)
{
    for (size_t i = 0; i < m->gap_count; i++)
        if (m->gaps[i].begins <= t && t < m->gaps[i].ends)
            return false;
    return true;
}

/* Something ends a session, or (`dark`) the memory of the device, in after < t <= until. */
static bool ends_between(const struct model *m, int64_t after, int64_t until, bool dark)
{
    for (size_t i = 0; i < m->gap_count; i++)
        if ((!dark || m->gaps[i].dark) && after < m->gaps[i].begins && m->gaps[i].begins <= until)
            return true;
    return false;
}

/* The authority whose leaf is served, and whose turn it is, for tickets. */
static uint32_t served(const struct model *m, uint32_t endpoint, int64_t t, size_t *ret_turn)
{
    uint32_t issuer = plan->endpoints[endpoint].leaf.issuers[0];
    *ret_turn = 0;
    for (size_t i = 0; i < plan->event_count; i++)
        if (plan->events[i].kind == PS_EVENT_SERVE &&
            plan->events[i].as.serve.endpoint == endpoint && staged(m, i) <= t) {
            issuer = plan->events[i].as.serve.leaf.issuers[0];
            *ret_turn = i + 1;
        }
    return issuer;
}

/* When the device last loaded its anchors. */
static int64_t loaded_at(const struct model *m, int64_t t)
{
    int64_t loaded = m->first;
    for (size_t i = 0; i < m->gap_count; i++)
        if (m->gaps[i].dark && m->gaps[i].ends <= t && m->gaps[i].ends > loaded)
            loaded = m->gaps[i].ends;
    return loaded;
}

static bool trusts(const struct model *m, uint32_t strategy, uint32_t issuer, int64_t t)
{
    bool alpha = issuer == 0;
    switch (strategy) {
    case ALPHA:
    case FALLS:
        return alpha;
    case HTTP:
        return alpha || m->updated;
    case LIVE:
    case TICKETS:
        return alpha && (t < date("2021-02-20").s || t >= date("2021-06-20").s);
    case LOADS:
        return alpha && loaded_at(m, t) <= date("2021-04-10").s;
    default:
        return true;
    }
}

static bool contact(struct model *m, int64_t t)
{
    uint32_t endpoint = m->set_up ? TELEMETRY : SETUP;
    size_t turn, then;
    uint32_t issuer = served(m, endpoint, t, &turn);
    if (endpoint == TELEMETRY && t >= date("2021-02-03").s &&
        t < date("2021-02-03").s + 30 * 3600) {
        m->failing_since = m->failures++ == 0 ? t : m->failing_since;
        return false;
    }
    if (m->strategy == TICKETS && m->verified != INT64_MIN && t < m->verified + 5 * DAY_S &&
        !ends_between(m, m->verified, t, true)) {
        served(m, endpoint, m->verified, &then);
        if (then == turn)
            return true;
    }
    if (trusts(m, m->strategy, issuer, t)) {
        m->verified = m->set_up ? t : INT64_MIN;
        m->failures = 0;
        return true;
    }
    bool falls = m->strategy == FALLS && m->failures >= 9 && t - m->failing_since >= 4 * DAY_S;
    m->failing_since = m->failures++ == 0 ? t : m->failing_since;
    return falls && trusts(m, BOTH, issuer, t);
}

static int64_t offered(const struct model *m)
{
    for (size_t i = 0; i < plan->event_count; i++)
        if (plan->events[i].kind == PS_EVENT_RELEASE)
            return ps_random_hit(draw(m, PS_PURPOSE_RELEASE_NEVER, plan->events[i].ordinal),
                                 plan->events[i].as.release.never)
                       ? INT64_MAX
                       : staged(m, i);
    return INT64_MAX;
}

struct modelled {
    uint64_t accepted, failed, updates, seconds, up_seconds, exposed, lost;
    uint64_t outcomes[PS_OUTCOME_COUNT];
    uint64_t skipped, broken; /* slots in a gap; sessions that were ended */
};

struct walk {
    int64_t slot, t;       /* of the slot that it is at */
    int64_t contacted;     /* when the last contact was; INT64_MIN: there was none */
    int64_t held_until;    /* in slots */
    int64_t poll, since;   /* next poll's slot; since when the last result stands */
    bool good, dark, held; /* held: until something ends it */
};

/* A release is taken at a poll; true: the device starts anew. */
static bool poll(struct model *m, struct walk *at, struct modelled *out)
{
    if (m->strategy != HTTP || at->slot < at->poll)
        return false;
    at->poll = at->slot + 3 * DAY_S;
    if (m->taken == INT64_MAX && at->t >= attacked_from && at->t < attacked_until)
        m->taken = at->t;
    if (m->updated || at->t < offered(m))
        return false;
    out->updates++;
    return true;
}

static void account(const struct walk *at, int64_t until, struct modelled *out)
{
    if (at->contacted == INT64_MIN)
        return;
    out->seconds += (uint64_t)(until - at->since);
    out->up_seconds += at->good ? (uint64_t)(until - at->since) : 0;
}

static void visit(struct model *m, struct walk *at, struct modelled *out)
{
    bool broken = at->contacted != INT64_MIN && ends_between(m, at->contacted, at->t, false);
    if (at->held && broken)
        out->broken++;
    if (at->held && !broken) {
        if (poll(m, at, out)) {
            m->updated = true;
            at->held = false;
        }
        return;
    }
    if (!broken && at->slot < at->held_until)
        return;
    bool was_set_up = m->set_up;
    account(at, at->t, out);
    at->since = at->t;
    at->contacted = at->t;
    at->good = contact(m, at->t);
    at->dark |= !at->good;
    *(at->good ? &out->accepted : &out->failed) += 1;
    m->set_up |= at->good;
    bool holds = at->good && was_set_up;
    at->held = holds && m->cohort->session.s == PS_SESSION_UNTIL_REBOOT.s;
    at->held_until = holds && !at->held ? at->slot + m->cohort->session.s : at->slot;
    if (poll(m, at, out)) {
        m->updated = true;
        at->held = false;
    }
}

static enum ps_outcome outcome_of(const struct model *m, const struct walk *at)
{
    if (at->contacted == INT64_MIN)
        return m->device.retired.s < plan->until.s ? PS_OUTCOME_RETIRED : PS_OUTCOME_NEVER_BOOTED;
    if (m->device.retired.s < plan->until.s)
        return PS_OUTCOME_RETIRED;
    if (at->good)
        return at->dark ? PS_OUTCOME_RECOVERED : PS_OUTCOME_SURVIVED;
    return m->strategy == HTTP || m->strategy == LIVE || m->strategy == TICKETS
               ? PS_OUTCOME_LOCKED_OUT
               : PS_OUTCOME_BRICKED;
}

static void live(struct model *m, struct modelled *out)
{
    struct walk at = {.contacted = INT64_MIN, .held_until = INT64_MIN, .poll = INT64_MIN};
    int64_t every = m->cohort->every.s;
    uint64_t phase = m->cohort->setup_endpoint != PS_PLAN_NONE
                         ? 0
                         : ps_random_below(draw(m, PS_PURPOSE_PHASE, 0), (uint64_t)every);
    begin(m);
    at.slot = m->device.boot.s + (int64_t)phase;
    for (uint32_t k = 0; at.slot < m->end; k++, at.slot += every) {
        at.t = at.slot;
        if (m->cohort->jitter.s > 0)
            at.t += (int64_t)ps_random_below(draw(m, PS_PURPOSE_JITTER, k),
                                             (uint64_t)m->cohort->jitter.s + 1);
        if (at.t < plan->from.s || at.t >= m->end)
            continue;
        if (!is_online(m, at.t)) {
            out->skipped++;
            continue;
        }
        if (m->first == INT64_MIN)
            m->first = at.t;
        visit(m, &at, out);
    }
    account(&at, m->end, out);
    out->lost += at.dark;
    out->outcomes[outcome_of(m, &at)]++;
    if (m->strategy != ANYONE || m->first == INT64_MIN)
        return;
    int64_t from = date("2021-02-01").s, until = date("2021-06-01").s;
    for (int64_t t = from > m->first ? from : m->first; t < until && t < m->end;) {
        int64_t next = t + 600; /* gaps begin and end at any second: look at each close to one */
        bool near = false;
        for (size_t i = 0; i < m->gap_count; i++)
            near |= (m->gaps[i].begins > t && m->gaps[i].begins < next) ||
                    (m->gaps[i].ends > t && m->gaps[i].ends < next);
        next = near || next > until || next > m->end ? t + 1 : next;
        out->exposed += is_online(m, t) ? (uint64_t)(next - t) : 0;
        t = next;
    }
}

/* ---- comparing ---- */

static void compare(const struct ps_replay *replay, const struct ps_world *world, const char *name,
                    struct modelled *ret_all)
{
    struct gap *gaps = ps_alloc(GAPS_MAX, sizeof *gaps);
    for (uint32_t s = 0; s < STRATEGIES; s++) {
        const struct ps_tally *tally = ps_replay_tally(replay, s, 0);
        struct modelled out = {0};
        for (uint32_t d = 0; d < DEVICES; d++) {
            struct model m = {
                .world = world, .cohort = &plan->cohorts[0], .strategy = s, .gaps = gaps};
            ps_device_draw(world, 0, d, &m.device);
            live(&m, &out);
            ps_device_deinit(&m.device);
        }
        const struct {
            const char *what;
            uint64_t found, wanted;
        } rows[] = {
            {"accepted", tally->contacts_accepted, out.accepted},
            {"failed", tally->contacts_failed, out.failed},
            {"updates", tally->updates_installed, out.updates},
            {"seconds", tally->booted_seconds, out.seconds},
            {"up seconds", tally->up_seconds, out.up_seconds},
            {"lost", tally->losses.count, out.lost},
            {"exposed", tally->exposures[1].device_seconds, out.exposed},
        };
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
            ck_assert_msg(rows[i].found == rows[i].wanted, "%s, %s, %s: %llu, the model says %llu",
                          name, plan->strategies[s].name, rows[i].what,
                          (unsigned long long)rows[i].found, (unsigned long long)rows[i].wanted);
        for (int i = 0; i < PS_OUTCOME_COUNT; i++)
            ck_assert_msg(
                tally->outcomes[i] == out.outcomes[i], "%s, %s, %s: %llu, the model says %llu",
                name, plan->strategies[s].name, ps_outcome_text((enum ps_outcome)i),
                (unsigned long long)tally->outcomes[i], (unsigned long long)out.outcomes[i]);
        ret_all->skipped += out.skipped;
        ret_all->broken += out.broken;
        ret_all->updates += out.updates;
        ret_all->failed += out.failed;
        ret_all->exposed += out.exposed;
    }
    free(gaps);
}

/* Lives that are told to nobody go on across gaps; audited ones are told piece by piece. */
static const struct way {
    enum ps_fidelity fidelity;
    uint32_t audit_ppm;
} ways[] = {{PS_FIDELITY_MEMO, 0}, {PS_FIDELITY_MEMO, 1000000}, {PS_FIDELITY_WIRE, 0}};
enum { WAYS = sizeof ways / sizeof *ways };

static struct modelled check_cohort(const char *name, const char *cohort, uint64_t seed)
{
    struct modelled all = {0};
    char yaml[8192];
    snprintf(yaml, sizeof yaml, "%s%s", world_text, cohort);
    plan = plan_of(yaml);
    if (made_at > 0)
        plan->cohorts[0].made_from.s = plan->cohorts[0].made_until.s = made_at;
    for (int way = 0; way < WAYS; way++) {
        const struct ps_replay_options options = {.plan = plan,
                                                  .seed = seed,
                                                  .fidelity = ways[way].fidelity,
                                                  .audit = {ways[way].audit_ppm},
                                                  .make = make};
        struct ps_replay *replay = NULL;
        struct ps_error err = {{0}};
        struct ps_world world;
        ps_status s = ps_replay_run(&options, &replay, &err);
        ck_assert_msg(ps_is_ok(s), "%s: %s", name, err.text);
        ps_world_init(&world, plan, seed);
        compare(replay, &world, name, &all);
        ps_world_deinit(&world);
        ps_replay_free(replay);
    }
    ps_plan_free(plan);
    return all;
}

#define MADE  "    made: 2020-06-01 .. 2021-06-01\n    shelf: {uniform: {min: 0s, max: 30d}}\n"
#define DAILY "    contact: {every: 1d, endpoint: telemetry, update_endpoint: update}\n"

static const struct row {
    const char *name, *cohort;
    bool skips, breaks; /* what must come about */
} rows[] = {
    {"plain", MADE DAILY, false, false},
    {"jitter", MADE "    contact: {every: 1d, jitter: 23h, endpoint: telemetry}\n", false, false},
    {"jitter of a second", MADE "    contact: {every: 2h, jitter: 1s, endpoint: telemetry}\n",
     false, false},
    {"jitter and sessions",
     MADE "    contact: {every: 5h, jitter: 299m, session: 31h, endpoint: telemetry}\n", false,
     false},
    {"offline", MADE DAILY "    offline: {every: {exponential: {mean: 20d}}, lasts: 5d}\n", true,
     false},
    {"some are offline",
     MADE DAILY "    offline: {share: 50%, every: 9d, lasts: {uniform: {min: 0s, max: 3d}}}\n",
     true, false},
    {"no power", MADE DAILY "    power_loss: {every: {exponential: {mean: 30d}}, lasts: 6h}\n",
     true, false},
    {"power comes back at once", MADE DAILY "    power_loss: {every: 4h, lasts: 0s}\n", false,
     false},
    {"offline and no power",
     MADE DAILY "    offline: {every: {uniform: {min: 1d, max: 30d}}, lasts: 4d}\n"
                "    power_loss: {every: {uniform: {min: 1d, max: 20d}}, lasts: 2d}\n",
     true, false},
    {"offline for good",
     MADE DAILY "    offline: {share: 50%, every: {exponential: {mean: 90d}}, lasts: 100y}\n", true,
     false},
    {"until reboot", MADE "    contact: {every: 1d, session: until-reboot, endpoint: telemetry}\n",
     false, true},
    {"until reboot, no power",
     MADE "    contact: {every: 6h, session: until-reboot, endpoint: telemetry}\n"
          "    power_loss: {every: {exponential: {mean: 25d}}, lasts: 3h}\n",
     true, true},
    {"until reboot, with jitter, offline",
     MADE "    contact: {every: 6h, jitter: 5h, session: until-reboot, endpoint: telemetry}\n"
          "    offline: {every: {lognormal: {median: 9d, sigma: 1}}, lasts: {weibull: {scale: 2d, "
          "shape: 0.7}}}\n",
     true, true},
    {"long sessions, offline",
     MADE "    contact: {every: 1d, session: 9d, endpoint: telemetry}\n"
          "    offline: {every: {exponential: {mean: 11d}}, lasts: 30h}\n",
     true, false},
    {"long sessions, restarts",
     MADE "    contact: {every: 1d, session: 40d, endpoint: telemetry}\n", false, false},
    {"set up", MADE DAILY "    setup: {endpoint: setup}\n", false, false},
    {"set up, all of it",
     MADE "    contact: {every: 7h, jitter: 1h, session: 3d, endpoint: telemetry}\n"
          "    setup: setup\n"
          "    offline: {every: 6d, lasts: {exponential: {mean: 1d}}}\n"
          "    power_loss: {every: {exponential: {mean: 12d}}, lasts: 8h}\n",
     true, false},
    {"ships what is latest", MADE DAILY "    ships: latest\n", false, false},
    {"retired on a day", MADE DAILY "    retire: 2021-05-01\n", false, false},
    {"retired on a day or before",
     MADE DAILY "    life: {exponential: {mean: 90d}}\n    retire: 2021-05-01\n", false, false},
};

START_TEST(replay_is_the_model)
{
    const struct row *row = &rows[_i];
    struct modelled all = check_cohort(row->name, row->cohort, 3);
    ck_assert_msg((all.skipped > 0) == row->skips, "%s: %llu slots are skipped", row->name,
                  (unsigned long long)all.skipped);
    ck_assert_msg((all.broken > 0) == row->breaks, "%s: %llu sessions end", row->name,
                  (unsigned long long)all.broken);
    ck_assert_uint_gt(all.failed, 0);
    ck_assert_uint_gt(all.updates, 0);
    ck_assert_uint_gt(all.exposed, 0);
}
END_TEST

/* Whoever asks for an update in the clear gets the attacker's. */
static ps_status make_forged(void *context, const struct ps_world *world,
                             const struct ps_trusts *trusts, const struct ps_contact_spec *specs,
                             size_t count, struct ps_verdict *ret_verdicts, struct ps_error *err)
{
    ps_status s = make(context, world, trusts, specs, count, ret_verdicts, err);
    for (size_t i = 0; i < count; i++)
        if (specs[i].kind == PS_KIND_PROBE && specs[i].plain)
            ret_verdicts[i].stage = PS_STAGE_ACCEPTED;
    return s;
}

static struct modelled model_taken(const struct ps_world *world, uint64_t *ret_taken)
{
    struct modelled out = {0};
    struct gap *gaps = ps_alloc(GAPS_MAX, sizeof *gaps);
    *ret_taken = 0;
    for (uint32_t d = 0; d < DEVICES; d++) {
        struct modelled genuine = {0};
        struct model m = {
            .world = world, .cohort = &plan->cohorts[0], .strategy = HTTP, .gaps = gaps};
        ps_device_draw(world, 0, d, &m.device);
        live(&m, &genuine);
        m.cut = m.taken < m.end ? m.taken : m.end;
        *ret_taken += m.taken < m.end;
        live(&m, &out);
        ps_device_deinit(&m.device);
    }
    free(gaps);
    return out;
}

/* An attacker is met at polls, wherever they come: late, after a gap, in a session that is held. */
START_TEST(taken_over_at_polls)
{
    const struct row *row = &rows[_i];
    char yaml[8192];
    const char *threats = strstr(world_text, "strategies:\n");
    snprintf(yaml, sizeof yaml, "%.*s  - {attack: U01, from: 2021-04-20, until: 2021-04-22}\n%s%s",
             (int)(threats - world_text), world_text, threats, row->cohort);
    plan = plan_of(yaml);
    attacked_from = date("2021-04-20").s;
    attacked_until = date("2021-04-22").s;
    for (int way = 0; way < WAYS; way++) {
        const struct ps_replay_options options = {.plan = plan,
                                                  .seed = 5,
                                                  .fidelity = ways[way].fidelity,
                                                  .audit = {ways[way].audit_ppm},
                                                  .make = make_forged};
        struct ps_replay *replay = NULL;
        struct ps_error err = {{0}};
        struct ps_world world;
        uint64_t taken;
        ps_status s = ps_replay_run(&options, &replay, &err);
        ck_assert_msg(ps_is_ok(s), "%s: %s", row->name, err.text);
        ps_world_init(&world, plan, 5);
        struct modelled wanted = model_taken(&world, &taken);
        const struct ps_tally *t = ps_replay_tally(replay, HTTP, 0);
        ck_assert_msg(taken > 0 && t->outcomes[PS_OUTCOME_TAKEN_OVER] == taken,
                      "%s: %llu taken over, the model says %llu", row->name,
                      (unsigned long long)t->outcomes[PS_OUTCOME_TAKEN_OVER],
                      (unsigned long long)taken);
        ck_assert_msg(
            t->contacts_accepted == wanted.accepted && t->contacts_failed == wanted.failed,
            "%s: %llu and %llu contacts, the model says %llu and %llu", row->name,
            (unsigned long long)t->contacts_accepted, (unsigned long long)t->contacts_failed,
            (unsigned long long)wanted.accepted, (unsigned long long)wanted.failed);
        ck_assert_msg(t->up_seconds == wanted.up_seconds, "%s: up seconds", row->name);
        ps_world_deinit(&world);
        ps_replay_free(replay);
    }
    attacked_from = attacked_until = 0;
    ps_plan_free(plan);
}
END_TEST

/* Contacts that come in the second of a restart, of devices that were set up at one of those before
 * it, or are. */
START_TEST(restarts_at_contacts)
{
    static const char cohort[] = "    made: 2021-05-01 .. 2021-06-01\n"
                                 "    shelf: 0s\n"
                                 "    contact: {every: 1h, session: 5h, endpoint: telemetry}\n"
                                 "    setup: {endpoint: setup}\n";
    made_at = date("2021-06-01").s - (int64_t)_i * 3600;
    struct modelled all = check_cohort("restarts at contacts", cohort, 7);
    ck_assert_uint_gt(all.failed, 0);
    made_at = 0;
}
END_TEST

static int64_t any(uint64_t number, uint32_t n, int64_t low, int64_t high)
{
    const struct ps_subject subject = {number, n};
    return low + (int64_t)ps_random_below(ps_random_u64(99, subject, PS_PURPOSE_MADE, 0),
                                          (uint64_t)(high - low) + 1);
}

/* Any of it with any numbers. */
START_TEST(random_cohorts)
{
    uint64_t i = (uint64_t)_i;
    int64_t every = any(i, 0, 2, 50) * (any(i, 1, 0, 1) ? 3600 : 2111);
    char cohort[1024], session[32], extra[512] = "";
    snprintf(session, sizeof session, "%llds", (long long)any(i, 2, 1, 9 * DAY_S));
    if (any(i, 3, 0, 2) == 0)
        snprintf(session, sizeof session, "until-reboot");
    if (any(i, 4, 0, 2) > 0)
        snprintf(extra, sizeof extra,
                 "    offline: {share: 80%%, every: {exponential: {mean: %lldh}}, lasts: "
                 "{exponential: {mean: %lldh}}}\n",
                 (long long)any(i, 5, 20, 900), (long long)any(i, 6, 1, 90));
    if (any(i, 7, 0, 2) > 0)
        snprintf(extra + strlen(extra), sizeof extra - strlen(extra),
                 "    power_loss: {every: {uniform: {min: 0s, max: %lldh}}, lasts: {uniform: {min: "
                 "0s, max: %lldh}}}\n",
                 (long long)any(i, 8, 50, 2000), (long long)any(i, 9, 0, 50));
    if (any(i, 10, 0, 2) == 0)
        strcat(extra, "    setup: {endpoint: setup}\n");
    snprintf(cohort, sizeof cohort,
             MADE
             "    contact: {every: %llds, jitter: %llds, session: %s, endpoint: telemetry}\n%s",
             (long long)every, (long long)any(i, 11, 0, every - 1), session, extra);
    check_cohort(cohort, cohort, i);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("schedule");
    TCase *tests = tcase_create("model");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, replay_is_the_model, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_loop_test(tests, taken_over_at_polls, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_loop_test(tests, restarts_at_contacts, 0, 9);
    tcase_add_loop_test(tests, random_cohorts, 0, 24);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
