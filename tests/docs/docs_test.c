/* SPDX-License-Identifier: Apache-2.0
 *
 * What the documentation promises holds: relative links lead to a file (and to a heading, where
 * they name one), and the commands in `console` blocks exist. Commands that only read (list, check,
 * show, schema) are run and must exit 0; of the others the subcommand and its options must be
 * known. The Markdown tools are tried on small texts first.
 */
#include <check.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "base/memory.h"
#include "base/text.h"
#include "markdown.h"

/* ---- the tools ---- */

static void join(void *context, size_t line, const char *text)
{
    ps_text_add(context, "%zu:%s\n", line, text);
}

static const struct tool_row {
    const char *name;
    void (*tool)(const char *markdown, ps_markdown_call *call, void *context);
    const char *markdown, *expect;
} tool_rows[] = {
    {"a link", ps_markdown_links, "x\nsee [a](b.md) now\n", "2:b.md\n"},
    {"two links and a picture", ps_markdown_links, "[a](b)[c](d) ![e](f.png)\n",
     "1:b\n1:d\n1:f.png\n"},
    {"a link with a title", ps_markdown_links, "[a](b \"title\")\n", "1:b\n"},
    {"code in a link", ps_markdown_links, "[`a`](b)\n", "1:b\n"},
    {"a link in code", ps_markdown_links, "`[a](b)`\n", ""},
    {"a link in a block", ps_markdown_links, "```\n[a](b)\n```\n[c](d)\n", "4:d\n"},
    {"a command", ps_markdown_commands, "```console\n$ a b\noutput\n$ c\n```\n", "2:a b\n4:c\n"},
    {"a long command", ps_markdown_commands, "```console\n$ a \\\n    b\nout\n```\n", "2:a  b\n"},
    {"another kind of block", ps_markdown_commands, "```\n$ a\n```\n```sh\n$ b\n```\n", ""},
    {"a dollar outside of blocks", ps_markdown_commands, "```console\n```\n$ a\n", ""},
    {"headings", ps_markdown_anchors, "# How it, works\n#hash\n## The `x` & y\n",
     "1:how-it-works\n3:the-x--y\n"},
};

START_TEST(a_tool)
{
    const struct tool_row *row = &tool_rows[_i];
    struct ps_text found = {0};

    row->tool(row->markdown, join, &found);
    ck_assert_msg(strcmp(ps_text_chars(&found), row->expect) == 0, "%s: found\n%s", row->name,
                  ps_text_chars(&found));
    ps_text_deinit(&found);
}
END_TEST

/* ---- the tree's documents ---- */

struct documents {
    char **paths; /* from the top of the tree */
    size_t count, capacity;
};

static void find_documents(const char *folder, struct documents *documents)
{
    char *path = ps_format("%s/%s", PS_SOURCE_DIR, folder);
    DIR *directory = opendir(path);
    const struct dirent *entry;

    ck_assert_msg(directory != NULL, "cannot open %s", path);
    free(path);
    while ((entry = readdir(directory)) != NULL) {
        struct stat status;
        size_t length = strlen(entry->d_name);
        if (entry->d_name[0] == '.' ||
            (folder[0] == '\0' &&
             (strcmp(entry->d_name, "build") == 0 || strcmp(entry->d_name, "out") == 0 ||
              strcmp(entry->d_name, "pinstorm-out") == 0))) {
            continue;
        }
        char *inner = folder[0] == '\0' ? ps_strdup(entry->d_name)
                                        : ps_format("%s/%s", folder, entry->d_name);
        char *absolute = ps_format("%s/%s", PS_SOURCE_DIR, inner);
        if (lstat(absolute, &status) == 0 && S_ISDIR(status.st_mode)) {
            find_documents(inner, documents);
            free(inner);
        } else if (length > 3 && strcmp(entry->d_name + length - 3, ".md") == 0) {
            PS_PUSH(documents->paths, documents->count, documents->capacity, inner);
        } else {
            free(inner);
        }
        free(absolute);
    }
    closedir(directory);
}

static char *read_stream(FILE *stream)
{
    struct ps_buffer buffer = {0};
    char chunk[8192];
    size_t got;

    while ((got = fread(chunk, 1, sizeof chunk, stream)) > 0) {
        ps_buffer_append(&buffer, chunk, got);
    }
    ps_buffer_append(&buffer, "", 1);
    return (char *)buffer.data;
}

static char *read_document(const char *path)
{
    char *absolute = ps_format("%s/%s", PS_SOURCE_DIR, path);
    FILE *file = fopen(absolute, "rb");

    ck_assert_msg(file != NULL, "cannot read %s", absolute);
    char *text = read_stream(file);
    fclose(file);
    free(absolute);
    return text;
}

/* One document under test, and what was wrong in it. */
struct review {
    const char *path;
    size_t checked, wrong;
    const char *wanted; /* while looking for a heading */
    bool found;
    bool quiet; /* what is wrong is wrong on purpose */
};

static void wrong(struct review *review, size_t line, const char *what, const char *text)
{
    if (!review->quiet) {
        fprintf(stderr, "%s:%zu: %s: %s\n", review->path, line, what, text);
    }
    review->wrong++;
}

static void compare_anchor(void *context, size_t line, const char *anchor)
{
    struct review *review = context;
    (void)line;
    review->found = review->found || strcmp(anchor, review->wanted) == 0;
}

static void check_link(void *context, size_t line, const char *target)
{
    struct review *review = context;
    struct stat status;

    if (strstr(target, "://") != NULL || strncmp(target, "mailto:", 7) == 0) {
        return;
    }
    review->checked++;
    const char *slash = strrchr(review->path, '/');
    size_t hash = strcspn(target, "#");
    char *path = hash == 0
                     ? ps_strdup(review->path)
                     : ps_format("%.*s%.*s", slash == NULL ? 0 : (int)(slash - review->path + 1),
                                 review->path, (int)hash, target);
    char *absolute = ps_format("%s/%s", PS_SOURCE_DIR, path);
    if (target[0] == '/' || stat(absolute, &status) != 0) {
        wrong(review, line, "this link leads nowhere", target);
    } else if (target[hash] == '#') {
        char *text = read_document(path);
        review->wanted = target + hash + 1;
        review->found = false;
        ps_markdown_anchors(text, compare_anchor, review);
        if (!review->found) {
            wrong(review, line, "there is no such heading", target);
        }
        free(text);
    }
    free(absolute);
    free(path);
}

/* Runs a shell line at the top of the tree; gives what it printed (free()). */
static char *output_of(const char *shell, int *ret_exit)
{
    char *line = ps_format("cd '%s' && { %s ; } 2>&1 </dev/null", PS_SOURCE_DIR, shell);
    FILE *pipe = popen(line, "r");

    ck_assert_msg(pipe != NULL, "cannot run %s", line);
    char *output = read_stream(pipe);
    int status = pclose(pipe);
    *ret_exit = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    free(line);
    return output;
}

/* Whether a help text has a line "  word ...". */
static bool help_lists(const char *help, const char *word)
{
    char *wanted = ps_format("\n  %s ", word);
    bool found = strstr(help, wanted) != NULL;
    free(wanted);
    return found;
}

/* Every --option of the command stands in the subcommand's help. */
static void check_options(struct review *review, size_t line, const char *command,
                          const char *subcommand)
{
    int code;
    char *shell = ps_format("'%s' %s --help", PS_PROGRAM, subcommand);
    char *help = output_of(shell, &code);

    for (const char *option = command; (option = strstr(option, " --")) != NULL;) {
        option++;
        char *word = ps_format("%.*s", (int)strcspn(option, " ="), option);
        if (strstr(help, word) == NULL) {
            wrong(review, line, "no such option", word);
        }
        option += strlen(word);
        free(word);
    }
    free(help);
    free(shell);
}

static bool only_reads(const char *subcommand)
{
    static const char *const words[] = {"list", "check", "show", "schema"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(subcommand, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void check_program(struct review *review, size_t line, const char *command,
                          const char *arguments)
{
    int code;
    char *shell = ps_format("'%s' --help", PS_PROGRAM);
    char *help = output_of(shell, &code);
    char *subcommand = ps_format("%.*s", (int)strcspn(arguments, " "), arguments);

    if (!help_lists(help, subcommand)) {
        wrong(review, line, "pinstorm has no such command", command);
    } else {
        check_options(review, line, command, subcommand);
        if (only_reads(subcommand)) {
            char *run = ps_format("'%s' %s", PS_PROGRAM, arguments);
            char *output = output_of(run, &code);
            if (code != 0) {
                wrong(review, line, "this command fails", command);
                fputs(review->quiet ? "" : output, stderr);
            }
            free(output);
            free(run);
        }
    }
    free(subcommand);
    free(help);
    free(shell);
}

static void check_command(void *context, size_t line, const char *command)
{
    static const char *const programs[] = {"pinstorm ", "build/pinstorm ", "./build/pinstorm "};
    struct review *review = context;

    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        if (strncmp(command, programs[i], strlen(programs[i])) == 0) {
            review->checked++;
            check_program(review, line, command, command + strlen(programs[i]));
        }
    }
    if (strncmp(command, "./run ", 6) == 0) {
        int code;
        char *help = output_of("./run help", &code);
        char *word = ps_format("%.*s", (int)strcspn(command + 6, " "), command + 6);
        review->checked++;
        if (!help_lists(help, word)) {
            wrong(review, line, "./run has no such command", command);
        }
        free(word);
        free(help);
    }
}

static void review_all(void (*tool)(const char *, ps_markdown_call *, void *),
                       ps_markdown_call *call, size_t at_least)
{
    struct documents documents = {0};
    struct review review = {0};

    find_documents("", &documents);
    ck_assert_msg(documents.count >= 10, "only %zu documents found", documents.count);
    for (size_t i = 0; i < documents.count; i++) {
        char *text = read_document(documents.paths[i]);
        review.path = documents.paths[i];
        tool(text, call, &review);
        free(text);
        free(documents.paths[i]);
    }
    free(documents.paths);
    ck_assert_msg(review.checked >= at_least, "only %zu places checked", review.checked);
    ck_assert_msg(review.wrong == 0, "%zu wrong places, listed above", review.wrong);
}

START_TEST(links_lead_somewhere)
{
    review_all(ps_markdown_links, check_link, 20);
}
END_TEST

START_TEST(commands_exist)
{
    review_all(ps_markdown_commands, check_command, 6);
}
END_TEST

/* The reviews above would be worth nothing if they found nothing wrong anywhere. */
static const struct wrong_row {
    const char *name;
    ps_markdown_call *call;
    const char *text;
    size_t wrong;
} wrong_rows[] = {
    {"a good link", check_link, "LICENSE", 0},
    {"a link to nothing", check_link, "LICENCE", 1},
    {"a link from the root of the machine", check_link, "/LICENSE", 1},
    {"a good heading", check_link, "README.md#try-it", 0},
    {"a heading that is not there", check_link, "README.md#do-not-try-it", 1},
    {"another site", check_link, "https://example.org/nothing", 0},
    {"a good command", check_command, "pinstorm run x --out y", 0},
    {"a command that is not there", check_command, "pinstorm fly", 1},
    {"an option that is not there", check_command, "build/pinstorm run x --fly", 1},
    {"a command that fails", check_command, "build/pinstorm check no/such/file.yaml", 1},
    {"a good command of run", check_command, "./run demo", 0},
    {"a command that run has not", check_command, "./run fly", 1},
};

START_TEST(a_wrong_place_is_found)
{
    const struct wrong_row *row = &wrong_rows[_i];
    struct review review = {.path = "CONTRIBUTING.md", .quiet = true};

    row->call(&review, 1, row->text);
    ck_assert_msg(review.wrong == row->wrong, "%s: %zu found", row->name, review.wrong);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("docs");
    TCase *tools = tcase_create("tools");
    TCase *tree = tcase_create("this tree");

    tcase_add_loop_test(tools, a_tool, 0, sizeof tool_rows / sizeof tool_rows[0]);
    tcase_add_loop_test(tools, a_wrong_place_is_found, 0, sizeof wrong_rows / sizeof wrong_rows[0]);
    tcase_add_test(tree, links_lead_somewhere);
    tcase_add_test(tree, commands_exist);
    suite_add_tcase(suite, tools);
    suite_add_tcase(suite, tree);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
