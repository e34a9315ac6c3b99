/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <string.h>

#include "base/memory.h"
#include "embedded.h"
#include "scenarios/plan.h"

/* What `pinstorm bench` replays is part of the program, and not of the catalogue. */
#define BENCH "../tests/bench/million.yaml"

/* Filled once, never changed afterwards. */
enum { ENTRIES_MAX = 256 };
static struct ps_catalogue_entry entries[ENTRIES_MAX];
static size_t entry_count;
static struct ps_catalogue_entry bench;
static pthread_once_t filled = PTHREAD_ONCE_INIT;

static void fill(void)
{
    static char names[ENTRIES_MAX][64];

    for (const struct ps_embedded *file = ps_embedded_files; file->path != NULL; file++) {
        size_t length = strlen(file->path) - strlen(".yaml");
        if (strcmp(file->path, BENCH) == 0) {
            bench =
                (struct ps_catalogue_entry){"bench/million", (const char *)file->data, file->size};
            continue;
        }
        if (strncmp(file->path, "strategies/", strlen("strategies/")) == 0 ||
            entry_count == ENTRIES_MAX || length >= sizeof names[0])
            continue;
        memcpy(names[entry_count], file->path, length);
        entries[entry_count] =
            (struct ps_catalogue_entry){names[entry_count], (const char *)file->data, file->size};
        entry_count++;
    }
}

size_t ps_catalogue(const struct ps_catalogue_entry **ret_entries)
{
    pthread_once(&filled, fill);
    *ret_entries = entries;
    return entry_count;
}

const struct ps_catalogue_entry *ps_catalogue_bench(void)
{
    pthread_once(&filled, fill);
    return &bench;
}

const struct ps_catalogue_entry *ps_catalogue_find(const char *name)
{
    const struct ps_catalogue_entry *all;
    size_t count = ps_catalogue(&all);

    for (size_t i = 0; i < count; i++) {
        const char *slash = strchr(all[i].name, '/');
        if (strcmp(all[i].name, name) == 0 || (slash != NULL && strcmp(slash + 1, name) == 0))
            return &all[i];
    }
    return NULL;
}
