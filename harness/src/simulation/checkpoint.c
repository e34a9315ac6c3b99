/* SPDX-License-Identifier: Apache-2.0 */
#include "simulation/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file: the magic, the version of the program (a length and its bytes), three numbers and a hash
 * of all these; then the part, which has a checksum of its own. */
static const char magic[8] = "pinstckp";
enum { TURNS = 2, NUMBERS = 3, VERSION_BYTES_MAX = 255 };

static char *path_of(const char *stem, unsigned turn)
{
    return ps_format("%s.%c.part", stem, (char)('a' + (int)turn));
}

bool ps_checkpoint_exists(const char *stem)
{
    bool exists = false;
    for (unsigned turn = 0; turn < TURNS; turn++) {
        char *path = path_of(stem, turn);
        exists = exists || access(path, F_OK) == 0;
        free(path);
    }
    return exists;
}

void ps_checkpoint_remove(const char *stem)
{
    static const char *const others[] = {"outcomes", "tmp"}; /* the second of somebody killed */
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        char *path = ps_format("%s.%s", stem, others[i]);
        unlink(path);
        free(path);
    }
    for (unsigned turn = 0; turn < TURNS; turn++) {
        char *path = path_of(stem, turn);
        unlink(path);
        free(path);
    }
}

/* ---- writing ---- */

static void add_number(struct ps_buffer *out, uint64_t value)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(value >> 8 * i);
    ps_buffer_append(out, bytes, sizeof bytes);
}

static void put(const struct ps_part *part, const struct ps_checkpoint_frame *frame,
                struct ps_buffer *out)
{
    const char *version = part->identity.version;
    unsigned char length = (unsigned char)strlen(version);
    ps_buffer_append(out, magic, sizeof magic);
    ps_buffer_append(out, &length, 1);
    ps_buffer_append(out, version, length);
    add_number(out, frame->range.first);
    add_number(out, frame->range.end);
    add_number(out, frame->chunk);
    add_number(out, ps_bytes_hash(out->data, out->size, 0));
    ps_part_put(part, out);
}

static int write_all(int file, const struct ps_buffer *bytes)
{
    for (size_t done = 0; done < bytes->size;) {
        ssize_t n = write(file, bytes->data + done, bytes->size - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : EIO;
        done += (size_t)n;
    }
    return 0;
}

static int write_synced(const char *path, const struct ps_buffer *bytes)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (file < 0)
        return errno;
    int error = write_all(file, bytes);
    if (error == 0 && fsync(file) != 0 && errno != EINVAL)
        error = errno; /* EINVAL: a file system that has nothing to sync */
    if (close(file) != 0 && error == 0)
        error = errno;
    return error;
}

/* A name is durable once its folder is. */
static int sync_folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? ps_format("%.*s", (int)(slash - path), path) : ps_strdup(".");
    int file = open(*folder ? folder : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    if (file < 0)
        return errno;
    int error = fsync(file) != 0 && errno != EINVAL ? errno : 0;
    close(file);
    return error;
}

ps_status ps_checkpoint_save(const char *stem, unsigned *turn, const struct ps_part *part,
                             const struct ps_checkpoint_frame *frame, struct ps_error *err)
{
    unsigned next = (*turn + 1) % TURNS;
    char *path = path_of(stem, next), *temporary = ps_format("%s.tmp", stem);
    struct ps_buffer bytes = {0};
    put(part, frame, &bytes);
    int error = write_synced(temporary, &bytes);
    if (error == 0 && rename(temporary, path) != 0)
        error = errno;
    if (error == 0)
        error = sync_folder_of(path);
    ps_buffer_deinit(&bytes);
    if (error != 0)
        unlink(temporary);
    ps_status s = PS_OK;
    if (error != 0)
        s = ps_fail(err, PS_FAILED, "cannot write the checkpoint '%s': %s", path, strerror(error));
    else
        *turn = next;
    free(path);
    free(temporary);
    return s;
}

/* ---- reading ---- */

/* One of the two files. */
struct found {
    bool exists, sound;
    struct ps_part part; /* where it is sound */
    struct ps_checkpoint_frame frame;
};

static uint64_t number_at(const unsigned char *bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value |= (uint64_t)bytes[i] << 8 * i;
    return value;
}

static int read_all(const char *path, struct ps_buffer *ret_bytes)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return errno;
    unsigned char chunk[65536];
    ssize_t n;
    while ((n = read(file, chunk, sizeof chunk)) > 0 || (n < 0 && errno == EINTR))
        if (n > 0)
            ps_buffer_append(ret_bytes, chunk, (size_t)n);
    int error = n < 0 ? errno : 0;
    close(file);
    return error;
}

/* INVALID: another version of the program wrote it. What is not sound is damaged. */
static ps_status parse(const struct ps_buffer *bytes, const char *version, struct found *found,
                       struct ps_error *err)
{
    const unsigned char *at = bytes->data;
    if (bytes->size < sizeof magic + 1 || memcmp(at, magic, sizeof magic) != 0)
        return PS_OK;
    size_t length = at[sizeof magic], head = sizeof magic + 1 + length;
    size_t numbers = head + NUMBERS * 8;
    if (bytes->size < numbers + 8 || number_at(at + numbers) != ps_bytes_hash(at, numbers, 0))
        return PS_OK;
    if (length != strlen(version) || memcmp(at + sizeof magic + 1, version, length) != 0)
        return ps_fail(err, PS_INVALID, "version %s here, %.*s there", version, (int)length,
                       (const char *)at + sizeof magic + 1);
    found->frame = (struct ps_checkpoint_frame){{number_at(at + head), number_at(at + head + 8)},
                                                number_at(at + head + 16)};
    struct ps_bytes rest = {at + numbers + 8, bytes->size - numbers - 8};
    struct ps_error ignored;
    size_t size;
    found->sound = ps_is_ok(ps_part_get(rest, &found->part, &size, &ignored));
    return PS_OK;
}

static ps_status read_one(const char *stem, unsigned turn, const char *version, struct found *found,
                          struct ps_error *err)
{
    char *path = path_of(stem, turn);
    struct ps_buffer bytes = {0};
    int error = read_all(path, &bytes);
    ps_status s = PS_OK;
    found->exists = error != ENOENT;
    if (error == 0)
        s = parse(&bytes, version, found, err);
    else if (error != ENOENT)
        s = ps_fail(err, PS_FAILED, "cannot read '%s': %s", path, strerror(error));
    ps_buffer_deinit(&bytes);
    free(path);
    return s;
}

/* The sound one that has more devices. */
static struct found *newest(struct found *found)
{
    struct found *best = NULL;
    for (unsigned i = 0; i < TURNS; i++)
        if (found[i].sound && (!best || ps_part_lived(&found[i].part) > ps_part_lived(&best->part)))
            best = &found[i];
    return best;
}

static ps_status take(const struct found *found, struct ps_part *part,
                      struct ps_checkpoint_frame *frame, struct ps_error *err)
{
    PS_TRY(ps_part_add(part, &found->part, err));
    if (found->frame.range.first != frame->range.first ||
        found->frame.range.end != frame->range.end)
        return ps_fail(err, PS_INVALID,
                       "devices %" PRIu64 " to %" PRIu64 " here, %" PRIu64 " to %" PRIu64 " there",
                       frame->range.first, frame->range.end, found->frame.range.first,
                       found->frame.range.end);
    frame->chunk = found->frame.chunk;
    return PS_OK;
}

static void say_damaged(const char *stem, const struct found *found, const struct found *best,
                        struct ps_text *notice)
{
    for (unsigned i = 0; i < TURNS; i++) {
        if (!notice || !found[i].exists || found[i].sound)
            continue;
        char *path = path_of(stem, i);
        ps_text_add(
            notice, "%s'%s' is damaged and left aside, %s", notice->length > 0 ? "; " : "", path,
            best ? "and the chunk that only it had is lived again" : "and all is lived again");
        free(path);
    }
}

ps_status ps_checkpoint_load(const char *stem, struct ps_part *part,
                             struct ps_checkpoint_frame *frame, unsigned *turn,
                             struct ps_text *notice, struct ps_error *err)
{
    struct found found[TURNS] = {0};
    ps_status s = PS_OK;
    for (unsigned i = 0; i < TURNS && ps_is_ok(s); i++)
        s = read_one(stem, i, part->identity.version, &found[i], err);
    struct found *best = newest(found);
    if (ps_is_ok(s)) {
        say_damaged(stem, found, best, notice);
        if (best) {
            s = take(best, part, frame, err);
            *turn = (unsigned)(best - found);
        }
    }
    for (unsigned i = 0; i < TURNS; i++)
        if (found[i].sound)
            ps_part_deinit(&found[i].part);
    if (s.code == PS_CODE_INVALID)
        return ps_wrap(err, s, "the checkpoint '%s' is of another run", stem);
    return s;
}
