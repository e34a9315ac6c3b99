/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/shard.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A whole number without a sign up to `end`, which gets where it ended; false: it is none. */
static bool read_number(const char *text, const char **ret_end, uint64_t *ret_number)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (errno || text[0] < '0' || text[0] > '9')
        return false;
    *ret_number = number;
    *ret_end = end;
    return true;
}

static ps_status check(uint64_t number, uint64_t count, const char *where, struct ps_error *err)
{
    if (count < 1 || count > PS_SHARDS_MAX)
        return ps_fail(err, PS_INVALID, "%s: there are 1 to %d shards, not %" PRIu64, where,
                       PS_SHARDS_MAX, count);
    if (number < 1 || number > count)
        return ps_fail(err, PS_INVALID,
                       "%s: there is no shard %" PRIu64 " of %" PRIu64 "; the first is 1/%" PRIu64,
                       where, number, count, count);
    return PS_OK;
}

/* A variable that must be a whole number. */
static ps_status get(ps_shard_variable *variable, const char *name, uint64_t *ret_number,
                     struct ps_error *err)
{
    const char *text = variable(name), *end;
    if (!text || !*text)
        return ps_fail(err, PS_INVALID, "--shard auto: %s is not set; say --shard K/N", name);
    if (!read_number(text, &end, ret_number) || *end)
        return ps_fail(err, PS_INVALID, "--shard auto: %s is '%s', which is no whole number", name,
                       text);
    return PS_OK;
}

static bool is_set(ps_shard_variable *variable, const char *name)
{
    const char *text = variable(name);
    return text && *text;
}

/* How many, of a variable, or as the user said; both must agree. */
static ps_status get_count(ps_shard_variable *variable, const char *name, uint64_t said,
                           uint64_t *ret_count, struct ps_error *err)
{
    if (said > 0 && !is_set(variable, name)) {
        *ret_count = said;
        return PS_OK;
    }
    PS_TRY(get(variable, name, ret_count, err));
    if (said > 0 && said != *ret_count)
        return ps_fail(err, PS_INVALID, "--shard auto/%" PRIu64 ": %s says %" PRIu64, said, name,
                       *ret_count);
    return PS_OK;
}

/* Tasks are numbered MIN, MIN + STEP ...; lists with gaps cannot be counted. */
static ps_status read_slurm(ps_shard_variable *variable, uint64_t said, struct ps_shard *ret_shard,
                            struct ps_error *err)
{
    uint64_t id = 0, first = 0, step = 1;
    PS_TRY(get(variable, "SLURM_ARRAY_TASK_ID", &id, err));
    PS_TRY(get_count(variable, "SLURM_ARRAY_TASK_COUNT", said, &ret_shard->count, err));
    PS_TRY(get(variable, "SLURM_ARRAY_TASK_MIN", &first, err));
    if (is_set(variable, "SLURM_ARRAY_TASK_STEP"))
        PS_TRY(get(variable, "SLURM_ARRAY_TASK_STEP", &step, err));
    if (id < first || step == 0 || (id - first) % step != 0 ||
        (id - first) / step >= ret_shard->count)
        return ps_fail(err, PS_INVALID,
                       "--shard auto: task %" PRIu64 " is none of %" PRIu64 " from %" PRIu64
                       " on in steps of %" PRIu64 "; use an array without gaps (--array=1-N)",
                       id, ret_shard->count, first, step);
    ret_shard->number = (id - first) / step + 1;
    return PS_OK;
}

static ps_status read_kubernetes(ps_shard_variable *variable, uint64_t said,
                                 struct ps_shard *ret_shard, struct ps_error *err)
{
    uint64_t index = 0;
    PS_TRY(get(variable, "JOB_COMPLETION_INDEX", &index, err));
    if (said == 0 && !is_set(variable, "JOB_COMPLETIONS"))
        return ps_fail(err, PS_INVALID,
                       "--shard auto: JOB_COMPLETION_INDEX does not say of how many; say --shard "
                       "auto/N, or set JOB_COMPLETIONS to the job's completions");
    PS_TRY(get_count(variable, "JOB_COMPLETIONS", said, &ret_shard->count, err));
    if (index >= PS_SHARDS_MAX)
        index = PS_SHARDS_MAX; /* which no count allows */
    ret_shard->number = index + 1;
    return PS_OK;
}

static ps_status read_ci(ps_shard_variable *variable, uint64_t said, struct ps_shard *ret_shard,
                         struct ps_error *err)
{
    PS_TRY(get(variable, "CI_NODE_INDEX", &ret_shard->number, err));
    return get_count(variable, "CI_NODE_TOTAL", said, &ret_shard->count, err);
}

static const struct scheduler {
    const char *variable, *others;
    ps_status (*read)(ps_shard_variable *variable, uint64_t said, struct ps_shard *ret_shard,
                      struct ps_error *err);
} schedulers[] = {
    {"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT and _MIN", read_slurm},
    {"JOB_COMPLETION_INDEX", "JOB_COMPLETIONS or --shard auto/N", read_kubernetes},
    {"CI_NODE_INDEX", "CI_NODE_TOTAL", read_ci},
};

static ps_status read_auto(uint64_t said, ps_shard_variable *variable, struct ps_shard *ret_shard,
                           struct ps_text *note, struct ps_error *err)
{
    for (size_t i = 0; i < sizeof schedulers / sizeof *schedulers; i++) {
        const struct scheduler *s = &schedulers[i];
        if (!is_set(variable, s->variable))
            continue;
        PS_TRY(s->read(variable, said, ret_shard, err));
        PS_TRY(check(ret_shard->number, ret_shard->count, s->variable, err));
        ps_text_add(note, "shard %" PRIu64 "/%" PRIu64 ", from %s=%s and %s", ret_shard->number,
                    ret_shard->count, s->variable, variable(s->variable), s->others);
        return PS_OK;
    }
    return ps_fail(err, PS_INVALID,
                   "--shard auto: none of SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX and "
                   "CI_NODE_INDEX is set; say --shard K/N");
}

ps_status ps_shard_read(const char *text, ps_shard_variable *variable, struct ps_shard *ret_shard,
                        struct ps_text *note, struct ps_error *err)
{
    const char *end;
    struct ps_shard shard = {0, 0};
    if (strcmp(text, "auto") == 0 || strncmp(text, "auto/", 5) == 0) {
        if (text[4] && (!read_number(text + 5, &end, &shard.count) || *end || shard.count == 0))
            return ps_fail(err, PS_INVALID, "--shard takes K/N, auto or auto/N, not '%s'", text);
        uint64_t said = shard.count;
        if (said > 0)
            PS_TRY(check(1, said, "--shard", err));
        PS_TRY(read_auto(said, variable, &shard, note, err));
    } else {
        if (!read_number(text, &end, &shard.number) || *end != '/' ||
            !read_number(end + 1, &end, &shard.count) || *end)
            return ps_fail(err, PS_INVALID, "--shard takes K/N, auto or auto/N, not '%s'", text);
        PS_TRY(check(shard.number, shard.count, "--shard", err));
    }
    *ret_shard = shard;
    return PS_OK;
}
