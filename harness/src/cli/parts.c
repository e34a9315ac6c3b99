/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "reports/report.h"

void ps_parts_deinit(struct ps_parts *parts)
{
    for (size_t i = 0; i < parts->count; i++)
        ps_part_deinit(&parts->parts[i]);
    free(parts->parts);
    memset(parts, 0, sizeof *parts);
}

static char *path_in(const char *folder)
{
    return ps_format("%s/%s", folder, PS_PARTS_FILE);
}

ps_status ps_parts_write(const char *folder, const struct ps_part *const *parts, size_t count,
                         struct ps_error *err)
{
    struct ps_buffer bytes = {0};
    for (size_t i = 0; i < count; i++)
        ps_part_put(parts[i], &bytes);
    struct ps_text text = {0};
    ps_text_add_n(&text, (const char *)bytes.data, bytes.size);
    char *path = path_in(folder);
    ps_status s = ps_report_write_file(path, &text, err);
    free(path);
    ps_text_deinit(&text);
    ps_buffer_deinit(&bytes);
    return s;
}

void ps_parts_remove(const char *folder)
{
    char *path = path_in(folder);
    unlink(path);
    free(path);
}

static ps_status read_file(const char *path, struct ps_buffer *bytes, struct ps_error *err)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return ps_fail(err, PS_INVALID, "cannot read '%s': %s; is it the folder of a shard?", path,
                       strerror(errno));
    unsigned char chunk[65536];
    size_t size;
    while ((size = fread(chunk, 1, sizeof chunk, file)) > 0)
        ps_buffer_append(bytes, chunk, size);
    int error = ferror(file) ? errno : 0;
    fclose(file);
    return error ? ps_fail(err, PS_INVALID, "cannot read '%s': %s", path, strerror(error)) : PS_OK;
}

static ps_status read_parts(const char *path, struct ps_parts *parts, struct ps_error *err)
{
    struct ps_buffer bytes = {0};
    ps_status s = read_file(path, &bytes, err);
    if (ps_is_ok(s) && bytes.size == 0)
        s = ps_fail(err, PS_INVALID, "'%s' is empty", path);
    for (size_t at = 0, size; ps_is_ok(s) && at < bytes.size; at += size) {
        struct ps_part part;
        s = ps_part_get((struct ps_bytes){bytes.data + at, bytes.size - at}, &part, &size, err);
        if (ps_is_ok(s))
            PS_PUSH(parts->parts, parts->count, parts->capacity, part);
        else
            s = ps_wrap(err, s, "%s", path);
    }
    ps_buffer_deinit(&bytes);
    return s;
}

ps_status ps_parts_read(const char *folder, struct ps_parts *ret_parts, struct ps_error *err)
{
    struct ps_parts parts = {0};
    char *path = path_in(folder);
    ps_status s = read_parts(path, &parts, err);
    free(path);
    if (ps_is_ok(s))
        *ret_parts = parts;
    else
        ps_parts_deinit(&parts);
    return s;
}
