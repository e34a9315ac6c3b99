/* SPDX-License-Identifier: Apache-2.0
 *
 * What a run gives to its reports: integers, names and times, nothing that depends on keys,
 * threads, links or the host. The harness fills it (and owns all of it: everything here is borrowed
 * until the writer returns); reports/ renders it and computes nothing that changes a verdict.
 *
 * A lane is one strategy in one cohort; lane index = strategy * cohort_count + cohort.
 */
#ifndef REPORTS_RESULT_H
#define REPORTS_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/random.h"
#include "base/time.h"
#include "base/verdict.h"

/* Why devices went dark: the verdict at the beginning of a device's last dark spell. */
struct ps_result_cause {
    struct ps_verdict verdict;
    uint64_t devices;
    uint64_t still_dark;   /* of these, dark at the end and not retired */
    uint64_t dark_seconds; /* of their last dark spells */
    uint32_t hash;         /* of the verdict, as outcome records have it */
    ps_time first, last;   /* when the first and last of them went dark for that reason */
    uint32_t example;      /* one of them: the lowest number in the cohort */
    const char *explain;   /* the command that tells its life; NULL; not in summary.json */
};

/* What dark spells and takeovers are put down to; their place in the scenario's list is the number
 * that outcome records have. */
struct ps_result_origin {
    const char *kind;
    ps_time at; /* PS_TIME_NEVER: at no one time */
    const char *title;
};
struct ps_result_origin_count {
    uint64_t devices; /* by their last dark spell */
    uint64_t lost;    /* of these, dark at the end and not retired, or taken over */
};

struct ps_result_exposure {
    uint64_t device_seconds; /* in which the attack would have been accepted */
    uint64_t devices;        /* ever exposed */
};

struct ps_result_lane {
    uint64_t devices;                            /* in the cohort */
    uint64_t booted;                             /* ever made a due contact within the scenario */
    uint64_t outcomes[PS_OUTCOME_COUNT];         /* sum to devices */
    uint64_t contacts_accepted, contacts_failed; /* counted in closed form */
    uint64_t booted_seconds;                     /* booted and unretired: the base of exposure */
    uint64_t up_seconds;                         /* of these, after a due contact that succeeded */
    uint64_t updates_installed;
    /* Per sample (ps_result_scenario.samples): devices booted and unretired, of these connected. */
    uint64_t *present;
    uint64_t *up;
    struct ps_result_cause *causes; /* most devices first, then first time */
    size_t cause_count;
    struct ps_result_exposure *exposures;   /* one per threat of the scenario */
    struct ps_result_origin_count *origins; /* one per origin of the scenario */
    /* Losses: beginning of the first dark spell, over devices that had one. NEVER when none. First
     * and last are exact; the median is its day's first second, but never before the first. */
    ps_time first_loss, median_loss, last_loss;
    uint64_t lost_devices;
    /* From dark to connected, of the last dark spells of recovered devices: in all, and of one. The
     * median is in whole days, but never less than the shortest. All zero when none. */
    uint64_t recovery_seconds;
    ps_duration recovery_shortest, recovery_median, recovery_longest;
};

/* Cost of a strategy: what it takes on the device and on the wire. Maximal DER lengths. */
struct ps_result_cost {
    uint64_t trust_bytes; /* anchors and pins at the end, the largest over its devices */
    uint64_t chain_bytes; /* largest chain sent to it in a handshake */
};

struct ps_result_strategy {
    const char *name;
    const char *preset;
    const char *stack;   /* builder's text */
    const char *summary; /* one line composed from its fields */
    bool unranked;       /* accepts X01 or X02 at some time */
    enum ps_attack unranked_by;
    struct ps_result_cost cost;
};

struct ps_result_cohort {
    const char *name;
    uint64_t devices;
};

struct ps_result_event { /* a line in the picture */
    ps_time at;
    ps_time until;     /* end of staging; == at when at once */
    ps_time announced; /* PS_TIME_NEVER: not */
    const char *kind;  /* serve, fault, release, revoke, outage, announce, note, expiry */
    const char *title;
};

struct ps_result_threat {
    enum ps_attack attack;
    ps_time from, until;
    bool implied;      /* added by the program to decide who is ranked */
    bool inapplicable; /* the scenario binds no role for it */
};

enum ps_result_judgement {
    PS_JUDGED_MET,
    PS_JUDGED_NOT_MET,
    PS_JUDGED_INCONCLUSIVE,
    PS_JUDGED_NOT, /* the result is partial */
};

struct ps_result_expectation {
    const char *strategy;
    const char *cohort; /* NULL: all */
    const char *text;   /* "connected at 2021-10-15T23:59:59Z: < 5%" */
    const char *file;
    uint32_t line;
    enum ps_result_judgement judgement;
    uint64_t numerator, denominator; /* what was found; denominator 0: inconclusive */
    const char *found;               /* for people: "0.0 % (0 of 5,000)" */
    const char *command;             /* repeats just this; in every report but summary.json */
    const char *explain; /* tells the life of a device that may show why; NULL; the same */
};

struct ps_result_scenario {
    const char *name, *title, *source, *file;
    uint64_t digest;
    uint64_t seed;
    ps_time from, until;
    uint64_t devices;
    /* Why only some of the devices were lived: "shard 2 of 3". Then no expectation was judged.
     * NULL: all were. */
    const char *partial;
    uint64_t lived;   /* of the devices */
    ps_time *samples; /* ascending, unique */
    size_t sample_count;
    struct ps_result_event *events; /* by time */
    size_t event_count;
    struct ps_result_threat *threats;
    size_t threat_count;
    struct ps_result_origin *origins; /* the first is "nothing known" */
    size_t origin_count;
    struct ps_result_cohort *cohorts;
    size_t cohort_count;
    struct ps_result_strategy *strategies;
    size_t strategy_count;
    struct ps_result_lane *lanes; /* strategy_count * cohort_count */
    struct ps_result_expectation *expectations;
    size_t expectation_count;
    const char **assumptions;
    size_t assumption_count;
    /* A file in the report's folder, whole but for its name: it becomes the outcome records, or is
     * removed where the report cannot be written. NULL: there are none. */
    const char *outcomes;
};

/* How much was done, and how long it took. */
struct ps_result_effort {
    uint64_t classes;
    uint64_t handshakes_asked, handshakes_served; /* must be equal */
    uint64_t plain_asked, plain_served;
    uint64_t audited;
    uint64_t elapsed_ms; /* of processes one after another, and of shards */
};

/* Of how it was done: run.json only. */
struct ps_result_work {
    const char *command; /* repeats the run */
    const char *fidelity, *link, *audit;
    unsigned jobs;
    uint64_t in_flight_max;  /* handshakes at once, granted */
    uint64_t in_flight_peak; /* reached */
    uint64_t audit_disagreements;
    struct ps_result_effort all;          /* by everybody who worked at this run */
    bool resumed;                         /* it went on from a checkpoint that held something */
    struct ps_result_effort since_resume; /* of all, what was done since then */
};

struct ps_result {
    const char *version;
    struct ps_result_scenario *scenarios;
    size_t scenario_count;
    struct ps_result_work work;
};

#endif
