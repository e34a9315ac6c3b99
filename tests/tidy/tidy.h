/* SPDX-License-Identifier: Apache-2.0
 *
 * tidy: the rules of this tree that no compiler enforces, checked by reading the sources.
 *
 * There are two kinds of rules. A file rule looks at one file alone and is a row of ps_tidy_rules;
 * it is a pure function of (path, text), so a test can feed it a bad snippet. A tree rule looks at
 * which files there are (ps_tidy_tree). Both report findings and never change anything.
 */
#ifndef TESTS_TIDY_TIDY_H
#define TESTS_TIDY_TIDY_H

#include <stdbool.h>
#include <stddef.h>
#include "base/text.h"

/* One file as a rule sees it. `code` has the length and the line ends of `text`, with comments and
 * the insides of string and character literals blanked (C files only; otherwise it equals `text`).
 * Everything is borrowed until the rule returns. */
struct ps_tidy_file {
    const char *path; /* from the top of the tree, "base/src/time.c" */
    const char *text;
    const char *code;
    size_t size;
};

/* Where findings go: one line each, "path:line: rule: what". */
struct ps_tidy_findings {
    struct ps_text text;
    size_t count;
};

struct ps_tidy_rule {
    const char *name;
    const char *what; /* one sentence for people */
    void (*check)(const struct ps_tidy_rule *rule, const struct ps_tidy_file *file,
                  struct ps_tidy_findings *findings);
};

extern const struct ps_tidy_rule ps_tidy_rules[];
extern const size_t ps_tidy_rule_count;

/* line 0: about the file as a whole. */
void ps_tidy_found(struct ps_tidy_findings *findings, const char *path, size_t line,
                   const char *rule, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Runs every file rule on one file. */
void ps_tidy_check_text(const char *path, const char *text, size_t size,
                        struct ps_tidy_findings *findings);

/* The paths of all files, from `root`, sorted; what .gitignore names at the top is left out, and so
 * is .git. Gives the list and its strings; ps_tidy_list_deinit frees them. */
struct ps_tidy_list {
    char **paths;
    size_t count, capacity;
};
void ps_tidy_list_files(const char *root, struct ps_tidy_list *ret_list);
void ps_tidy_list_deinit(struct ps_tidy_list *list);

/* Gives the whole file (free()), with a NUL after it; NULL when it cannot be read. */
char *ps_tidy_read(const char *root, const char *path, size_t *ret_size);

/* The rules about which files there are. `built` says which sources the build uses: lines
 * "source PATH" and "test PATH" (tests/tidy/CMakeLists.txt writes them). `read` gives a file's text
 * (free()). */
typedef char *ps_tidy_reader(void *context, const char *path);
void ps_tidy_tree(const struct ps_tidy_list *list, const char *built, ps_tidy_reader *read,
                  void *context, struct ps_tidy_findings *findings);

/* Exceptions that have a reason; one that is no longer needed is itself a finding. Called after
 * every file went through ps_tidy_check_text. */
void ps_tidy_check_exceptions(struct ps_tidy_findings *findings);

/* Small tools of the rules (text.c). */
bool ps_tidy_starts(const char *text, const char *prefix);
bool ps_tidy_ends(const char *text, const char *suffix);
bool ps_tidy_is_c(const char *path);
bool ps_tidy_is_test(const char *path);
char *ps_tidy_blank(const char *text, size_t size); /* gives the `code` of a C file (free()) */
const char *ps_tidy_find_word(const char *from, const char *word);
size_t ps_tidy_line_of(const char *text, const char *place); /* from 1 */

#endif
