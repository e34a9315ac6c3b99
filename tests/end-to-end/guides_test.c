/* SPDX-License-Identifier: Apache-2.0
 *
 * What the guides show is what the program prints. In a `console` block the lines after a
 * "$ build/pinstorm ..." must occur in its output, in this order; a line "..." stands for any
 * others. A table behind a mark "cells:begin ARGUMENTS" is a part of what the program prints for
 * these, with tabs.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "program.h"

static const char *const guides[] = {
    "docs/guides/testing-revocation.md",
    "docs/guides/choosing-an-update-channel.md",
    "docs/guides/explaining-a-device.md",
    "docs/guides/running-large-fleets.md",
    "docs/guides/continuous-integration.md",
};
enum { GUIDES = sizeof guides / sizeof *guides, GUIDES_WITH_CELLS = 2 /* the first */ };

static void start(void)
{
    scratch_make();
}

static void stop(void)
{
    scratch_remove();
}

static char *guide_read(int number)
{
    char *path = ps_format("%s/%s", PINSTORM_SOURCE, guides[number]);
    char *text = file_read(path);
    ck_assert_msg(text != NULL, "no %s", path);
    free(path);
    return text;
}

/* Ends the line at `at` and gives the next one; NULL: it was the last. */
static char *line_end(char *at)
{
    char *end = strchr(at, '\n');
    if (!end)
        return NULL;
    *end = '\0';
    return end + 1;
}

static struct program run_line(const char *line)
{
    const char *words[32];
    size_t count = 0;
    char *copy = ps_strdup(line), *rest = NULL;
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        ck_assert_uint_lt(count + 1, sizeof words / sizeof *words);
        words[count++] = word;
    }
    words[count] = NULL;
    struct program p = program_run(NULL, words);
    free(copy);
    return p;
}

/* A document in lines. Both owned. */
struct lines {
    char *text, **items;
    size_t count, capacity;
};

static void lines_init(struct lines *lines, char *text)
{
    *lines = (struct lines){.text = text};
    for (char *line = text, *next; line; line = next) {
        next = line_end(line);
        PS_PUSH(lines->items, lines->count, lines->capacity, line);
    }
}

static void lines_deinit(struct lines *lines)
{
    free(lines->items);
    free(lines->text);
}

static bool is_fence(const char *line)
{
    return strncmp(line, "```", 3) == 0;
}

/* Where in `output` a whole line `line` stands first; NULL: nowhere. */
static const char *find_line(const char *output, const char *line)
{
    size_t length = strlen(line);
    for (const char *at = output; at; at = strchr(at, '\n'), at = at ? at + 1 : NULL)
        if (strncmp(at, line, length) == 0 && at[length] == '\n')
            return at;
    return NULL;
}

/* The lines from `at` up to the block's fence, against what the command printed. */
static size_t compare_block(const char *guide, const struct lines *lines, size_t at,
                            const char *command)
{
    size_t compared = 0;
    struct program p = run_line(command);
    ck_assert_msg(p.code == 0, "%s: %s: exit %d\n%s%s", guide, command, p.code, p.out, p.err);
    const char *from = p.out;
    for (; at < lines->count && !is_fence(lines->items[at]); at++) {
        if (strcmp(lines->items[at], "...") == 0)
            continue;
        const char *found = find_line(from, lines->items[at]);
        ck_assert_msg(found != NULL, "%s:%zu: not (here) in the output of %s:\n%s\n%s", guide,
                      at + 1, command, lines->items[at], p.out);
        from = found + strlen(lines->items[at]) + 1;
        compared++;
    }
    program_deinit(&p);
    return compared;
}

START_TEST(commands_print_what_is_shown)
{
    static const char prompt[] = "$ build/pinstorm ";
    struct lines lines;
    size_t commands = 0, compared = 0;
    lines_init(&lines, guide_read(_i));
    for (size_t i = 1; i + 1 < lines.count; i++) {
        bool shows = strncmp(lines.items[i], prompt, strlen(prompt)) == 0 &&
                     strcmp(lines.items[i - 1], "```console") == 0 &&
                     !is_fence(lines.items[i + 1]); /* alone: the documents' own test has it */
        if (!shows)
            continue;
        compared += compare_block(guides[_i], &lines, i + 1, lines.items[i] + strlen(prompt));
        commands++;
    }
    ck_assert_uint_ge(commands, 2);
    ck_assert_uint_ge(compared, 10);
    lines_deinit(&lines);
}
END_TEST

/* The cells of a line, without the blanks around them; gives how many. */
static size_t cells_of(char *line, const char *separator, char *cells[], size_t most)
{
    size_t count = 0;
    char *rest = NULL;
    for (char *cell = strtok_r(line, separator, &rest); cell && count < most;
         cell = strtok_r(NULL, separator, &rest)) {
        cell += strspn(cell, " `");
        cell[strcspn(cell, " `\n")] = '\0';
        if (*cell)
            cells[count++] = cell;
    }
    return count;
}

static const char *matrix_cell(const char *tsv, const char *row, const char *column, char *ret_cell)
{
    char *copy = ps_strdup(tsv), *cells[64];
    size_t at = 0;
    const char *found = NULL;
    for (char *line = copy, *next; line && *line; line = next) {
        next = line_end(line);
        bool is_head = line == copy;
        size_t count = cells_of(line, "\t", cells, 64);
        for (size_t i = 1; i < count && is_head; i++)
            if (strcmp(cells[i], column) == 0)
                at = i;
        if (is_head || count <= at || at == 0 || strcmp(cells[0], row) != 0)
            continue;
        *ret_cell = *cells[at];
        found = ret_cell;
        break;
    }
    free(copy);
    return found;
}

START_TEST(cells_are_the_matrix)
{
    char *text = guide_read(_i), *heads[32], *cells[32], cell;
    static const char mark[] = "<!-- cells:begin ", end[] = " -->\n";
    char *arguments = strstr(text, mark);
    ck_assert_ptr_nonnull(arguments);
    arguments += strlen(mark);
    char *line = strstr(arguments, end);
    ck_assert_ptr_nonnull(line);
    *line = '\0';
    line += strlen(end);
    struct program p = run_line(arguments);
    ck_assert_int_eq(p.code, 0);
    char *next = line_end(line);
    size_t columns = cells_of(line, "|", heads, 32), compared = 0;
    next = line_end(next); /* the line of dashes */
    for (line = next; *line == '|'; line = next) {
        next = line_end(line);
        ck_assert_ptr_nonnull(next);
        size_t count = cells_of(line, "|", cells, 32);
        ck_assert_msg(count == columns, "%s: %zu cells in the row of %s", guides[_i], count,
                      cells[0]);
        for (size_t i = 1; i < columns; i++, compared++) {
            ck_assert_msg(matrix_cell(p.out, cells[0], heads[i], &cell) != NULL, "no %s/%s",
                          cells[0], heads[i]);
            ck_assert_msg(cell == *cells[i], "%s/%s is %c, but %s says %s", cells[0], heads[i],
                          cell, guides[_i], cells[i]);
        }
    }
    ck_assert_uint_ge(compared, 20);
    program_deinit(&p);
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("guides");
    TCase *tests = tcase_create("guides");
    tcase_add_checked_fixture(tests, start, stop);
    tcase_set_timeout(tests, 600);
    tcase_add_loop_test(tests, commands_print_what_is_shown, 0, GUIDES);
    tcase_add_loop_test(tests, cells_are_the_matrix, 0, GUIDES_WITH_CELLS);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
