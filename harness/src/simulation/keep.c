/* SPDX-License-Identifier: Apache-2.0 */
#include "simulation/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "simulation/checkpoint.h"
#include "simulation/outcomes.h"

struct ps_keep {
    struct ps_part *part; /* borrowed */
    char *checkpoint;     /* stem; NULL: none */
    struct ps_checkpoint_frame frame;
    unsigned turn;
    struct ps_part_range *before; /* finished when this run began; ascending */
    size_t before_count;
    struct ps_outcomes *outcomes; /* NULL: nobody wants records */
    char *records;                /* their file; with a checkpoint beside it */
    char *destination;            /* and where they belong in the end */
};

static ps_status open_outcomes(struct ps_keep *keep, const struct ps_keep_options *o,
                               struct ps_error *err)
{
    const struct ps_plan *plan = o->plan;
    const struct ps_part_identity *identity = &keep->part->identity;
    struct ps_record_cohort *cohorts = ps_alloc(plan->cohort_count, sizeof *cohorts);
    const char **strategies = ps_alloc(plan->strategy_count, sizeof *strategies);
    struct ps_record_head head = {.version = identity->version,
                                  .scenario = identity->scenario,
                                  .digest = identity->digest,
                                  .seed = identity->seed,
                                  .from = plan->from,
                                  .until = plan->until,
                                  .first = o->range.first,
                                  .end = o->range.end,
                                  .cohorts = cohorts,
                                  .cohort_count = plan->cohort_count,
                                  .strategies = strategies};
    for (size_t i = 0; i < plan->cohort_count; i++)
        cohorts[i] =
            (struct ps_record_cohort){plan->cohorts[i].name, keep->part->cohort_devices[i]};
    for (size_t i = 0; i < plan->strategy_count; i++)
        if (identity->strategies[i])
            strategies[head.strategy_count++] = plan->strategies[i].name;
    const struct ps_outcomes_options options = {
        .path = keep->records, .head = &head, .resume = keep->before_count > 0};
    ps_status s = ps_outcomes_open(&options, &keep->outcomes, err);
    free(cohorts);
    free(strategies);
    return s;
}

/* Records of what was finished before are needed as well, or there would be holes. */
static ps_status begin_outcomes(struct ps_keep *keep, const struct ps_keep_options *o,
                                struct ps_error *err)
{
    if (o->checkpoint)
        keep->records = ps_format("%s.outcomes", o->checkpoint);
    if (!o->outcomes) {
        if (keep->records)
            unlink(keep->records); /* of no use to anybody who goes on from here */
        return PS_OK;
    }
    keep->destination = ps_strdup(o->outcomes);
    if (!keep->records)
        keep->records = ps_strdup(o->outcomes);
    if (keep->before_count > 0 && access(keep->records, F_OK) != 0)
        return ps_fail(err, PS_INVALID,
                       "the checkpoint '%s' has no outcome records; go on with --no-outcomes",
                       o->checkpoint);
    PS_TRY(open_outcomes(keep, o, err));
    if (keep->before_count > 0 && !ps_outcomes_reused(keep->outcomes))
        return ps_fail(err, PS_INVALID,
                       "the outcome records '%s' are damaged; go on with --no-outcomes, or remove "
                       "the checkpoint",
                       keep->records);
    return PS_OK;
}

static ps_status go_on(struct ps_keep *keep, const struct ps_keep_options *o,
                       struct ps_text *notice, struct ps_error *err)
{
    PS_TRY(ps_checkpoint_load(o->checkpoint, keep->part, &keep->frame, &keep->turn, notice, err));
    const struct ps_part *part = keep->part;
    keep->before_count = part->range_count;
    keep->before = ps_alloc(part->range_count + 1, sizeof *keep->before);
    if (part->range_count > 0)
        memcpy(keep->before, part->ranges, part->range_count * sizeof *keep->before);
    if (notice) {
        const char *separator = notice->length > 0 ? "; " : "";
        if (keep->before_count > 0)
            ps_text_add(notice, "%sgoing on after %" PRIu64 " of %" PRIu64 " devices", separator,
                        ps_part_lived(part), o->range.end - o->range.first);
        else
            ps_text_add(notice, "%sthere is no checkpoint '%s' to go on from; starting anew",
                        separator, o->checkpoint);
    }
    return PS_OK;
}

static ps_status start(struct ps_keep *keep, const struct ps_keep_options *o,
                       struct ps_text *notice, struct ps_error *err)
{
    if (o->checkpoint) {
        keep->checkpoint = ps_strdup(o->checkpoint);
        if (o->resume)
            PS_TRY(go_on(keep, o, notice, err));
        else if (ps_checkpoint_exists(o->checkpoint))
            return ps_fail(err, PS_INVALID,
                           "there is a checkpoint '%s' already; go on from it with --resume, or "
                           "remove it",
                           o->checkpoint);
    }
    return begin_outcomes(keep, o, err);
}

ps_status ps_keep_new(const struct ps_keep_options *options, struct ps_part *part,
                      struct ps_text *notice, struct ps_keep **ret_keep, struct ps_error *err)
{
    struct ps_keep *keep = ps_alloc(1, sizeof *keep);
    keep->part = part;
    keep->frame.range = options->range;
    keep->frame.chunk =
        options->chunk > 0 ? options->chunk : ps_replay_chunk_default(options->plan, part->fleet);
    ps_status s = start(keep, options, notice, err);
    if (ps_is_ok(s))
        *ret_keep = keep;
    else
        ps_keep_free(keep);
    return s;
}

uint64_t ps_keep_chunk_devices(const struct ps_keep *keep)
{
    return keep->frame.chunk;
}

bool ps_keep_records(const struct ps_keep *keep)
{
    return keep->outcomes != NULL;
}

bool ps_keep_checkpoints(const struct ps_keep *keep)
{
    return keep->checkpoint != NULL;
}

bool ps_keep_is_over(const struct ps_keep *keep, uint64_t first, uint64_t count)
{
    for (size_t i = 0; i < keep->before_count; i++)
        if (keep->before[i].first <= first && first + count <= keep->before[i].end)
            return true;
    return false;
}

/* The records first: whoever finds the part finds them, too. */
ps_status ps_keep_chunk(struct ps_keep *keep, const struct ps_replay_chunk *chunk,
                        struct ps_error *err)
{
    if (keep->outcomes)
        PS_TRY(ps_outcomes_write(keep->outcomes, chunk->first, chunk->count, chunk->records, err));
    if (!keep->checkpoint)
        return PS_OK;
    if (keep->outcomes)
        PS_TRY(ps_outcomes_sync(keep->outcomes, err));
    return ps_checkpoint_save(keep->checkpoint, &keep->turn, keep->part, &keep->frame, err);
}

/* Holes stay holes. */
static int copy_blocks(int from, int to)
{
    enum { BLOCK = 65536 };
    static const unsigned char zeros[BLOCK];
    unsigned char block[BLOCK];
    for (off_t at = 0;;) {
        ssize_t n = pread(from, block, BLOCK, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : ftruncate(to, at) != 0 ? errno : 0;
        bool hole = memcmp(block, zeros, (size_t)n) == 0;
        for (ssize_t done = hole ? n : 0, m; done < n; done += m) {
            m = pwrite(to, block + done, (size_t)(n - done), at + done);
            if (m < 0 && errno != EINTR)
                return errno;
            m = m < 0 ? 0 : m;
        }
        at += n;
    }
}

static int copy(const char *from, const char *to)
{
    int source = open(from, O_RDONLY | O_CLOEXEC);
    if (source < 0)
        return errno;
    int target = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    int error = target < 0 ? errno : copy_blocks(source, target);
    if (error == 0 && fsync(target) != 0 && errno != EINVAL)
        error = errno;
    if (target >= 0)
        close(target);
    close(source);
    return error;
}

ps_status ps_keep_finish(struct ps_keep *keep, struct ps_error *err)
{
    if (!keep->outcomes)
        return PS_OK;
    PS_TRY(ps_outcomes_sync(keep->outcomes, err));
    if (strcmp(keep->records, keep->destination) == 0)
        return PS_OK;
    /* Two names for one file where that can be: nobody writes to it any more. */
    unlink(keep->destination);
    if (link(keep->records, keep->destination) == 0)
        return PS_OK;
    int error = copy(keep->records, keep->destination);
    return error == 0 ? PS_OK
                      : ps_fail(err, PS_FAILED, "cannot copy the outcome records to '%s': %s",
                                keep->destination, strerror(error));
}

void ps_keep_free(struct ps_keep *keep)
{
    if (!keep)
        return;
    ps_outcomes_close(keep->outcomes);
    free(keep->before);
    free(keep->checkpoint);
    free(keep->records);
    free(keep->destination);
    free(keep);
}
