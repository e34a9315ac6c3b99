/* SPDX-License-Identifier: Apache-2.0 */
#include "simulation/outcomes.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK_BYTES = 4096 };

struct ps_outcomes {
    char *path;
    int file;
    uint64_t head_bytes, device_bytes; /* of a device's records */
    uint64_t first, end;
    bool reused; /* zeros have to be written over what was there */
};

static ps_status fail(const struct ps_outcomes *outcomes, const char *what, int error,
                      struct ps_error *err)
{
    return ps_fail(err, PS_FAILED, "cannot %s the outcome records '%s': %s", what, outcomes->path,
                   strerror(error));
}

static int write_at(int file, const unsigned char *bytes, uint64_t size, uint64_t at)
{
    while (size > 0) {
        ssize_t n = pwrite(file, bytes, (size_t)size, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : EIO;
        bytes += n;
        size -= (uint64_t)n;
        at += (uint64_t)n;
    }
    return 0;
}

static bool is_zero(const unsigned char *bytes, uint64_t size)
{
    return size == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, (size_t)size - 1) == 0);
}

/* Whether the file begins with this head and has the size that it says. */
static bool is_there(const struct ps_outcomes *outcomes, const struct ps_buffer *head,
                     uint64_t size)
{
    if (lseek(outcomes->file, 0, SEEK_END) != (off_t)size)
        return false;
    unsigned char *found = ps_alloc(head->size, 1);
    bool same = pread(outcomes->file, found, head->size, 0) == (ssize_t)head->size &&
                memcmp(found, head->data, head->size) == 0;
    free(found);
    return same;
}

/* A new file, never an old one emptied: that may have another name that somebody needs. */
static ps_status create(struct ps_outcomes *outcomes, const struct ps_buffer *head, uint64_t size,
                        struct ps_error *err)
{
    unlink(outcomes->path);
    outcomes->file = open(outcomes->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (outcomes->file < 0)
        return fail(outcomes, "create", errno, err);
    if (ftruncate(outcomes->file, (off_t)size) != 0)
        return fail(outcomes, "make room for", errno, err);
    int error = write_at(outcomes->file, head->data, head->size, 0);
    return error == 0 ? PS_OK : fail(outcomes, "write", error, err);
}

static ps_status begin(struct ps_outcomes *outcomes, const struct ps_buffer *head, bool resume,
                       struct ps_error *err)
{
    uint64_t size = head->size + (outcomes->end - outcomes->first) * outcomes->device_bytes;
    outcomes->head_bytes = head->size;
    outcomes->file = resume ? open(outcomes->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW) : -1;
    if (outcomes->file >= 0) {
        outcomes->reused = is_there(outcomes, head, size);
        if (outcomes->reused)
            return PS_OK;
        close(outcomes->file);
    }
    return create(outcomes, head, size, err);
}

ps_status ps_outcomes_open(const struct ps_outcomes_options *options,
                           struct ps_outcomes **ret_outcomes, struct ps_error *err)
{
    const struct ps_record_head *head = options->head;
    if (head->until.s - head->from.s > PS_RECORD_SPAN_S)
        return ps_fail(err, PS_INVALID,
                       "outcome records have room for 136 years from 'from' to 'until'; "
                       "--no-outcomes runs without them");
    struct ps_outcomes *outcomes = ps_alloc(1, sizeof *outcomes);
    outcomes->path = ps_strdup(options->path);
    outcomes->device_bytes = head->strategy_count * PS_RECORD_BYTES;
    outcomes->first = head->first;
    outcomes->end = head->end;
    struct ps_buffer bytes = {0};
    ps_record_head_put(head, &bytes);
    ps_status s = begin(outcomes, &bytes, options->resume, err);
    ps_buffer_deinit(&bytes);
    if (ps_is_ok(s))
        *ret_outcomes = outcomes;
    else
        ps_outcomes_close(outcomes);
    return s;
}

ps_status ps_outcomes_write(struct ps_outcomes *outcomes, uint64_t first, uint64_t count,
                            const unsigned char *records, struct ps_error *err)
{
    uint64_t size = count * outcomes->device_bytes;
    uint64_t at = outcomes->head_bytes + (first - outcomes->first) * outcomes->device_bytes;
    for (uint64_t done = 0, step; done < size; done += step) {
        step = BLOCK_BYTES - (at + done) % BLOCK_BYTES;
        if (step > size - done)
            step = size - done;
        if (!outcomes->reused && is_zero(records + done, step))
            continue;
        int error = write_at(outcomes->file, records + done, step, at + done);
        if (error != 0)
            return fail(outcomes, "write", error, err);
    }
    return PS_OK;
}

bool ps_outcomes_reused(const struct ps_outcomes *outcomes)
{
    return outcomes->reused;
}

ps_status ps_outcomes_sync(struct ps_outcomes *outcomes, struct ps_error *err)
{
    /* EINVAL: a file system that has nothing to sync */
    if (fdatasync(outcomes->file) != 0 && errno != EINVAL)
        return fail(outcomes, "write", errno, err);
    return PS_OK;
}

void ps_outcomes_close(struct ps_outcomes *outcomes)
{
    if (!outcomes)
        return;
    if (outcomes->file >= 0)
        close(outcomes->file);
    free(outcomes->path);
    free(outcomes);
}
