/* SPDX-License-Identifier: Apache-2.0 */
#include "csv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/text.h"

enum { CSV_SIZE_MAX = 64 << 20 };

char *ps_csv_open(struct ps_csv *csv, const char *path)
{
    struct ps_buffer buffer = {0};
    char chunk[16384];
    size_t size;
    struct stat status;

    memset(csv, 0, sizeof *csv);
    csv->next_line = 1;
    /* Others may never end, nor even begin, and are not the same the next time. */
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
        return ps_format("is no regular file");
    FILE *stream = fopen(path, "rb");
    if (stream == NULL)
        return ps_format("cannot be read: %s", strerror(errno));
    while (buffer.size <= CSV_SIZE_MAX && (size = fread(chunk, 1, sizeof chunk, stream)) > 0)
        ps_buffer_append(&buffer, chunk, size);
    int failed = ferror(stream) ? errno : 0;
    fclose(stream);
    if (failed == 0 && buffer.size <= CSV_SIZE_MAX) {
        csv->text = ps_alloc(buffer.size + 1, 1);
        csv->size = buffer.size;
        if (buffer.size > 0)
            memcpy(csv->text, buffer.data, buffer.size);
        if (csv->size >= 3 && memcmp(csv->text, "\xef\xbb\xbf", 3) == 0)
            csv->at = 3; /* what some programs begin UTF-8 with */
    }
    bool big = buffer.size > CSV_SIZE_MAX;
    ps_buffer_deinit(&buffer);
    if (failed != 0)
        return ps_format("cannot be read: %s", strerror(failed));
    return big ? ps_format("has more bytes than the limit csv_size_max, %d", (int)CSV_SIZE_MAX)
               : NULL;
}

/* Counts lines up to where the next record begins, and passes over empty ones. */
static void skip_empty_lines(struct ps_csv *csv)
{
    while (csv->at < csv->size && (csv->text[csv->at] == '\n' || csv->text[csv->at] == '\r')) {
        csv->next_line += csv->text[csv->at] == '\n';
        csv->at++;
    }
}

/* A field in quotes, in place: gives where it ends. NULL: it does not. */
static char *unquote(struct ps_csv *csv)
{
    char *to = csv->text + ++csv->at;

    for (; csv->at < csv->size; csv->at++) {
        char c = csv->text[csv->at];
        if (c == '"' && csv->text[csv->at + 1] != '"') {
            csv->at++;
            return to;
        }
        csv->at += c == '"';
        csv->next_line += c == '\n';
        *to++ = c;
    }
    return NULL;
}

/* What no text has, and what a terminal should not be sent. */
static bool has_controls(const char *field, const char *end)
{
    for (; field < end; field++)
        if (((unsigned char)*field < ' ' && strchr("\t\r\n", *field) == NULL) || *field == 127)
            return true;
    return false;
}

/* One field, and what comes behind it; NULL: it is wrong. */
static char *take_field(struct ps_csv *csv, char *ret_after, const char **ret_wrong)
{
    bool quoted = csv->text[csv->at] == '"';
    char *field = csv->text + csv->at + quoted, *end;

    if (quoted) {
        end = unquote(csv);
    } else {
        csv->at += strcspn(field, ",\r\n");
        end = csv->text + csv->at;
    }
    *ret_after = csv->text[csv->at];
    if (end == NULL)
        *ret_wrong = "a quotation mark is not closed";
    else if (*ret_after == '\0' && csv->at < csv->size)
        *ret_wrong = "it holds a NUL";
    else if (*ret_after != '\0' && strchr(",\r\n", *ret_after) == NULL)
        *ret_wrong = "something follows a closed quotation mark";
    else if (has_controls(field, end))
        *ret_wrong = "it holds a control character";
    if (*ret_wrong != NULL)
        return NULL;
    *end = '\0';
    csv->at++;
    csv->next_line += *ret_after == '\n';
    return field;
}

bool ps_csv_next(struct ps_csv *csv, const char **ret_wrong)
{
    char after = ',';

    *ret_wrong = NULL;
    csv->count = 0;
    skip_empty_lines(csv);
    csv->line = csv->next_line;
    if (csv->at >= csv->size)
        return false;
    while (after == ',') {
        char *field = take_field(csv, &after, ret_wrong);
        if (field == NULL)
            return false;
        PS_PUSH(csv->fields, csv->count, csv->capacity, field);
    }
    return true;
}

void ps_csv_close(struct ps_csv *csv)
{
    free(csv->text);
    free(csv->fields);
    memset(csv, 0, sizeof *csv);
}
