/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verify.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/memory.h"
#include "cli/cli.h"

/* A store of all public roots has a quarter of one. */
enum { FILE_BYTES_MAX = 64 * 1024 * 1024 };

static ps_status read_all(const char *path, struct ps_buffer *ret_bytes, struct ps_error *err)
{
    char chunk[16384];
    struct stat status;
    FILE *file = fopen(path, "rb");
    if (!file)
        return ps_fail(err, PS_FAILED, "%s", strerror(errno));
    if (fstat(fileno(file), &status) == 0 && S_ISDIR(status.st_mode)) {
        fclose(file);
        return ps_fail(err, PS_FAILED, "%s", strerror(EISDIR));
    }
    for (size_t got; (got = fread(chunk, 1, sizeof chunk, file)) > 0;) {
        ps_buffer_append(ret_bytes, chunk, got);
        if (ret_bytes->size > FILE_BYTES_MAX) {
            fclose(file);
            return ps_fail(err, PS_FAILED, "it is larger than %d bytes", FILE_BYTES_MAX);
        }
    }
    int failed = ferror(file) ? errno : 0;
    fclose(file);
    return failed ? ps_fail(err, PS_FAILED, "%s", strerror(failed)) : PS_OK;
}

ps_status ps_verify_read_file(struct ps_device_stack *stack, enum ps_der_kind kind,
                              const char *path, struct ps_der_list *list, struct ps_error *err)
{
    struct ps_buffer bytes = {0};
    ps_status status = read_all(path, &bytes, err);
    if (ps_is_ok(status))
        status = ps_der_read(stack, kind, (struct ps_bytes){bytes.data, bytes.size}, list, err);
    ps_buffer_deinit(&bytes);
    return status;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* False when there is nothing in it that belongs to a trust store. */
static bool add_entry(struct ps_device_stack *stack, const char *path, struct ps_der_list *list,
                      struct ps_error *err)
{
    struct ps_der_list found = {0};
    ps_status status = ps_verify_read_file(stack, PS_DER_CERTIFICATE, path, &found, err);
    if (ps_is_ok(status) && found.count == 0)
        status = ps_fail(err, PS_INVALID, "there is no certificate in it");
    for (size_t i = 0; i < found.count; i++)
        ps_der_list_add(list, found.items[i]);
    ps_der_list_deinit(&found);
    return ps_is_ok(status);
}

static ps_status read_directory(struct ps_device_stack *stack, const char *path,
                                struct ps_der_list *list, struct ps_error *err)
{
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, by_name), passed = 0;
    if (count < 0)
        return ps_fail(err, PS_FAILED, "%s", strerror(errno));
    for (int i = 0; i < count; i++) {
        struct stat status;
        struct ps_error why;
        char *file = ps_format("%s/%s", path, entries[i]->d_name);
        bool directory = stat(file, &status) == 0 && S_ISDIR(status.st_mode);
        if (!directory && !add_entry(stack, file, list, &why) && passed++ == 0)
            ps_cli_error("note: %s is passed over: %s", file, why.text);
        free(file);
        free(entries[i]);
    }
    if (passed > 1)
        ps_cli_error("note: and %d more in %s", passed - 1, path);
    free(entries);
    return PS_OK;
}

ps_status ps_verify_read_trust(struct ps_device_stack *stack, const char *path,
                               struct ps_der_list *list, struct ps_error *err)
{
    struct stat status;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return read_directory(stack, path, list, err);
    return ps_verify_read_file(stack, PS_DER_CERTIFICATE, path, list, err);
}
