/* SPDX-License-Identifier: Apache-2.0 */
#include "reports/run_folder.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SCHEMA = 1 /* of both files */ };

bool ps_run_folder_is(const char *folder)
{
    char *path = ps_format("%s/summary.json", folder);
    bool is = access(path, F_OK) == 0;
    free(path);
    return is;
}

/* The document; the caller lets go of it. */
static ps_status read_file(const char *path, json_t **ret_root, struct ps_error *err)
{
    json_error_t why;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
    if (!root && access(path, R_OK) != 0)
        return ps_fail(err, PS_INVALID, "cannot read '%s': %s", path, strerror(errno));
    if (!root)
        return ps_fail(err, PS_INVALID, "%s:%d: %s", path, why.line, why.text);
    json_int_t schema = json_integer_value(json_object_get(root, "schema"));
    if (schema != SCHEMA) {
        json_decref(root);
        return ps_fail(err, PS_INVALID,
                       "%s: its schema is %" JSON_INTEGER_FORMAT ", this program reads %d", path,
                       schema, SCHEMA);
    }
    *ret_root = root;
    return PS_OK;
}

/* A text that holds a whole number in this base, and nothing else. */
static bool number_of(const json_t *value, int base, uint64_t *ret_number)
{
    const char *text = json_string_value(value);
    char *end;
    if (!text || !*text)
        return false;
    errno = 0;
    *ret_number = strtoull(text, &end, base);
    return *end == '\0' && errno == 0;
}

static bool read_scenario(const json_t *from, const json_t *file, struct ps_arena *arena,
                          struct ps_run_scenario *ret_scenario)
{
    const char *name = json_string_value(json_object_get(from, "name"));
    const json_t *devices = json_object_get(from, "devices");
    if (!name || !json_string_value(file) || !json_is_integer(devices) ||
        json_integer_value(devices) <= 0 ||
        !number_of(json_object_get(from, "digest"), 16, &ret_scenario->digest) ||
        !number_of(json_object_get(from, "seed"), 10, &ret_scenario->seed))
        return false;
    ret_scenario->name = ps_arena_strdup(arena, name);
    ret_scenario->file = ps_arena_strdup(arena, json_string_value(file));
    ret_scenario->devices = (uint64_t)json_integer_value(devices);
    return true;
}

static bool take(const json_t *summary, const json_t *run, struct ps_arena *arena,
                 struct ps_run_folder *ret_run)
{
    const char *version = json_string_value(json_object_get(summary, "version"));
    const json_t *scenarios = json_object_get(summary, "scenarios"),
                 *files = json_object_get(run, "files");
    size_t count = json_array_size(scenarios);
    struct ps_run_folder read = {.scenario_count = count};
    if (!version || count == 0 || json_array_size(files) != count)
        return false;
    read.version = ps_arena_strdup(arena, version);
    read.scenarios = ps_arena_alloc(arena, count, sizeof *read.scenarios);
    for (size_t i = 0; i < count; i++)
        if (!read_scenario(json_array_get(scenarios, i), json_array_get(files, i), arena,
                           &read.scenarios[i]))
            return false;
    *ret_run = read;
    return true;
}

ps_status ps_run_folder_read(const char *folder, struct ps_arena *arena,
                             struct ps_run_folder *ret_run, struct ps_error *err)
{
    char *summary_path = ps_format("%s/summary.json", folder),
         *run_path = ps_format("%s/run.json", folder);
    json_t *summary = NULL, *run = NULL;
    ps_status s = read_file(summary_path, &summary, err);
    if (ps_is_ok(s))
        s = read_file(run_path, &run, err);
    if (ps_is_ok(s) && !take(summary, run, arena, ret_run))
        s = ps_fail(err, PS_INVALID, "'%s' and '%s' are not what a run writes", summary_path,
                    run_path);
    json_decref(summary);
    json_decref(run);
    free(summary_path);
    free(run_path);
    return s;
}
