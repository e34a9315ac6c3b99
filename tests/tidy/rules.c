/* SPDX-License-Identifier: Apache-2.0
 *
 * The file rules. Each is a function of one file; the table at the end names them all. Limits and
 * exceptions are the tables at the top: changing a rule is changing a row.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "tidy.h"

enum { LINE_COLUMNS_MAX = 100, FUNCTION_LINES_MAX = 100, FILE_LINES_MAX = 900 };

/* Which folders may include what (a prefix of the included path). */
static const struct include_row {
    const char *included;
    const char *folders[4]; /* ends with NULL */
} include_rows[] = {
    {"openssl/", {"fake-ca/", "sim-device/"}},
    {"uv.h", {"harness/src/loop/", "harness/tests/"}},
    {"yaml.h", {"scenarios/"}},
    {"jansson.h", {"reports/"}},
    {"sqlite3.h", {"reports/"}},
    {"Random123/", {"base/"}},
};

/* What each component may include of the others; the harness and tests/ may include all. */
static const struct direction_row {
    const char *component; /* a path's beginning */
    const char *forbidden[6];
} direction_rows[] = {
    {"base/", {"fake-ca/", "sim-device/", "scenarios/", "reports/", "harness/"}},
    {"fake-ca/", {"sim-device/", "scenarios/", "reports/", "harness/"}},
    {"sim-device/", {"fake-ca/", "scenarios/", "reports/", "harness/"}},
    {"scenarios/", {"fake-ca/", "sim-device/", "reports/", "harness/"}},
    {"reports/", {"fake-ca/", "sim-device/", "scenarios/", "harness/"}},
};

/* Functions that read the host's clock, wait, or draw at random. */
static const char *const host_time_words[] = {
    "time",        "gettimeofday", "clock_gettime", "clock",  "timespec_get", "ftime",  "localtime",
    "localtime_r", "gmtime",       "sleep",         "usleep", "nanosleep",    "uv_now", "uv_hrtime",
};
static const char *const random_words[] = {
    "rand",    "rand_r",  "random",    "random_r",   "srand",      "srandom",
    "drand48", "lrand48", "getrandom", "getentropy", "arc4random",
};
static const char *const host_time_files[] = {"harness/src/cli/progress.c"};

/* What only the command line knows: words that are calls, and words that are names. */
static const char *const command_line_calls[] = {
    "getenv",  "secure_getenv", "setenv", "putenv", "printf", "vprintf",    "puts",
    "putchar", "perror",        "exit",   "_exit",  "_Exit",  "quick_exit",
};
static const char *const command_line_names[] = {"argv", "stdout", "stderr", "environ"};

/* Functions of OpenSSL that go wrong where they look right (docs/traps.md). The files in
 * `allowed` may call it all the same; tests look at what a device must not. */
static const struct trap_row {
    const char *function, *why, *allowed[2];
} trap_rows[] = {
    {"OCSP_check_validity", "it compares with the host's clock", {NULL}},
    {"X509_cmp_current_time", "it compares with the host's clock", {NULL}},
    {"X509_gmtime_adj", "it begins at the host's clock", {NULL}},
    {"OSSL_HTTP_REQ_CTX_nbio", "it spins for ever when it is called once too often", {NULL}},
    {"OSSL_HTTP_REQ_CTX_exchange", "it waits, and by the host's clock", {NULL}},
    {"OSSL_HTTP_transfer", "it waits, and by the host's clock", {NULL}},
    {"OSSL_HTTP_get", "it waits, and by the host's clock", {NULL}},
    {"SSL_get_peer_cert_chain",
     "what was sent is not what was verified",
     {"sim-device/src/verify.c"}},
    {"SSL_get_peer_full_cert_chain", "nor is it with the leaf", {NULL}},
    {"X509_verify_cert",
     "it knows no security level",
     {"sim-device/src/builders/openssl.c", "fake-ca/src/credential.c"}},
};

/* Longer functions that are right as they are, and why. */
static const struct long_function {
    const char *path, *function, *why;
} long_functions[] = {
    {NULL, NULL, NULL}, /* an empty table is not C */
};
static bool long_function_seen[sizeof long_functions / sizeof long_functions[0]];

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

void ps_tidy_found(struct ps_tidy_findings *findings, const char *path, size_t line,
                   const char *rule, const char *format, ...)
{
    va_list args;

    ps_text_add(&findings->text, "%s:%zu: %s: ", path, line, rule);
    va_start(args, format);
    ps_text_vadd(&findings->text, format, args);
    va_end(args);
    ps_text_add(&findings->text, "\n");
    findings->count++;
}

/* Reports the first `max_per_file` places of a finding, so that one bad file is not a flood. */
static void found_at(const struct ps_tidy_rule *rule, const struct ps_tidy_file *file,
                     const char *text, const char *place, struct ps_tidy_findings *findings,
                     const char *word)
{
    ps_tidy_found(findings, file->path, ps_tidy_line_of(text, place), rule->name, "%s: %s", word,
                  rule->what);
}

static bool is_build_text(const char *path)
{
    return ps_tidy_ends(path, "CMakeLists.txt") || ps_tidy_ends(path, ".cmake") ||
           ps_tidy_ends(path, ".sh") || strcmp(path, "run") == 0 || strcmp(path, ".ci/run") == 0;
}

/* Seeds of fuzz targets are bytes, not text of ours. */
static bool is_text(const char *path)
{
    return !ps_tidy_starts(path, "tests/fuzz/corpus/") && !ps_tidy_ends(path, ".png");
}

/* Calls back for every #include line: `included` is what stands between <> or "". */
static void each_include(const struct ps_tidy_rule *rule, const struct ps_tidy_file *file,
                         struct ps_tidy_findings *findings,
                         void (*call)(const struct ps_tidy_rule *rule,
                                      const struct ps_tidy_file *file, const char *included,
                                      const char *place, struct ps_tidy_findings *findings))
{
    const char *line = file->code;

    if (!ps_tidy_is_c(file->path)) {
        return;
    }
    for (; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
        line += *line == '\n';
        const char *c = line + strspn(line, " \t");
        if (*c != '#') {
            continue;
        }
        c += 1 + strspn(c + 1, " \t");
        if (!ps_tidy_starts(c, "include")) {
            continue;
        }
        /* The code view has blanked "...": take the name from the text. */
        const char *name = file->text + (c - file->code) + strlen("include");
        name += strspn(name, " \t");
        if (*name != '<' && *name != '"') {
            continue;
        }
        size_t length = strcspn(name + 1, ">\"\n");
        char *included = ps_format("%.*s", (int)length, name + 1);
        call(rule, file, included, name, findings);
        free(included);
    }
}

static void one_library_include(const struct ps_tidy_rule *rule, const struct ps_tidy_file *file,
                                const char *included, const char *place,
                                struct ps_tidy_findings *findings)
{
    for (size_t i = 0; i < COUNT(include_rows); i++) {
        bool allowed = false;
        if (!ps_tidy_starts(included, include_rows[i].included)) {
            continue;
        }
        for (size_t k = 0; include_rows[i].folders[k] != NULL; k++) {
            allowed = allowed || ps_tidy_starts(file->path, include_rows[i].folders[k]);
        }
        if (!allowed) {
            found_at(rule, file, file->text, place, findings, included);
        }
    }
}

static void check_libraries(const struct ps_tidy_rule *rule, const struct ps_tidy_file *file,
                            struct ps_tidy_findings *findings)
{
    each_include(rule, file, findings, one_library_include);
}

static void one_direction_include(const struct ps_tidy_rule *rule, const struct ps_tidy_file *file,
                                  const char *included, const char *place,
                                  struct ps_tidy_findings *findings)
{
    /* A private header of the own component is no way around: "../stack.h" from src/builders/. */
    size_t up = 0;
    size_t folders = 0;
    for (const char *c = included; ps_tidy_starts(c, "../"); c += 3) {
        up++;
    }
    for (const char *c = file->path; *c != '\0'; c++) {
        folders += *c == '/';
    }
    if (up > 0 && up >= folders) {
        found_at(rule, file, file->text, place, findings, included);
    }
    for (size_t i = 0; i < COUNT(direction_rows); i++) {
        if (!ps_tidy_starts(file->path, direction_rows[i].component)) {
            continue;
        }
        for (size_t k = 0; direction_rows[i].forbidden[k] != NULL; k++) {
            if (ps_tidy_starts(included, direction_rows[i].forbidden[k])) {
                found_at(rule, file, file->text, place, findings, included);
            }
        }
    }
}

static void check_direction(const struct ps_tidy_rule *rule, const struct ps_tidy_file *file,
                            struct ps_tidy_findings *findings)
{
    each_include(rule, file, findings, one_direction_include);
}

/* A word followed by "(", that is no member ("x.time(", "x->time("). */
static void check_calls(const struct ps_tidy_rule *rule, const struct ps_tidy_file *file,
                        const char *const *words, size_t count, struct ps_tidy_findings *findings)
{
    for (size_t i = 0; i < count; i++) {
        const char *place = file->code;
        while ((place = ps_tidy_find_word(place, words[i])) != NULL) {
            const char *after = place + strlen(words[i]);
            bool member = (place > file->code && place[-1] == '.') ||
                          (place > file->code + 1 && place[-1] == '>' && place[-2] == '-');
            if (!member && after[strspn(after, " \t")] == '(') {
                found_at(rule, file, file->code, place, findings, words[i]);
            }
            place = after;
        }
    }
}

static bool reads_clock_by_right(const char *path)
{
    for (size_t i = 0; i < COUNT(host_time_files); i++) {
        if (strcmp(path, host_time_files[i]) == 0) {
            return true;
        }
    }
    return ps_tidy_is_test(path) || !ps_tidy_is_c(path);
}

static void check_host_time(const struct ps_tidy_rule *rule, const struct ps_tidy_file *file,
                            struct ps_tidy_findings *findings)
{
    if (!reads_clock_by_right(file->path)) {
        check_calls(rule, file, host_time_words, COUNT(host_time_words), findings);
    }
}

static void check_random(const struct ps_tidy_rule *rule, const struct ps_tidy_file *file,
                         struct ps_tidy_findings *findings)
{
    if (ps_tidy_is_c(file->path) && !ps_tidy_is_test(file->path)) {
        check_calls(rule, file, random_words, COUNT(random_words), findings);
    }
}

static void check_command_line(const struct ps_tidy_rule *rule, const struct ps_tidy_file *file,
                               struct ps_tidy_findings *findings)
{
    if (!ps_tidy_is_c(file->path) || ps_tidy_is_test(file->path) ||
        ps_tidy_starts(file->path, "harness/src/cli/")) {
        return;
    }
    check_calls(rule, file, command_line_calls, COUNT(command_line_calls), findings);
    for (size_t i = 0; i < COUNT(command_line_names); i++) {
        const char *place = file->code;
        while ((place = ps_tidy_find_word(place, command_line_names[i])) != NULL) {
            found_at(rule, file, file->code, place, findings, command_line_names[i]);
            place += strlen(command_line_names[i]);
        }
    }
}

static void check_traps(const struct ps_tidy_rule *rule, const struct ps_tidy_file *file,
                        struct ps_tidy_findings *findings)
{
    if (!ps_tidy_is_c(file->path))
        return;
    for (size_t i = 0; i < COUNT(trap_rows) && !ps_tidy_is_test(file->path); i++) {
        bool allowed = false;
        const struct ps_tidy_rule trap = {rule->name, trap_rows[i].why, rule->check};
        for (size_t k = 0; k < 2 && trap_rows[i].allowed[k] != NULL; k++)
            allowed = allowed || strcmp(file->path, trap_rows[i].allowed[k]) == 0;
        if (!allowed)
            check_calls(&trap, file, &trap_rows[i].function, 1, findings);
    }
    /* An unchecked fixture runs before Check forks, and a loop does not survive that. */
    const char *fixture = strstr(file->code, "tcase_add_unchecked_fixture");
    if (fixture != NULL &&
        (strstr(file->text, "<uv.h>") != NULL || ps_tidy_starts(file->path, "harness/tests/loop/")))
        found_at(rule, file, file->code, fixture, findings, "tcase_add_unchecked_fixture");
    const char *made = strstr(file->code, "uv_loop_init(");
    if (made != NULL && strstr(file->code, "uv_loop_close(") == NULL)
        found_at(rule, file, file->code, made, findings, "uv_loop_init");
}

static void check_licence(const struct ps_tidy_rule *rule, const struct ps_tidy_file *file,
                          struct ps_tidy_findings *findings)
{
    if (ps_tidy_is_c(file->path)) {
        if (!ps_tidy_starts(file->text, "/* SPDX-License-Identifier: Apache-2.0")) {
            ps_tidy_found(findings, file->path, 1, rule->name, "%s", rule->what);
        }
    } else if (is_build_text(file->path)) {
        const char *line = file->text;
        if (ps_tidy_starts(line, "#!")) {
            line += strcspn(line, "\n");
            line += *line == '\n';
        }
        if (!ps_tidy_starts(line, "# SPDX-License-Identifier: Apache-2.0\n")) {
            ps_tidy_found(findings, file->path, 1, rule->name, "%s", rule->what);
        }
    }
}

/* "fake-ca/include/fake-ca/ca.h" -> "CA_H": what every guard of that file ends with. */
static char *guard_end(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *end = ps_strdup(slash == NULL ? path : slash + 1);
    for (char *c = end; *c != '\0'; c++) {
        *c = isalnum((unsigned char)*c) ? (char)toupper((unsigned char)*c) : '_';
    }
    return end;
}

static void check_guard(const struct ps_tidy_rule *rule, const struct ps_tidy_file *file,
                        struct ps_tidy_findings *findings)
{
    if (!ps_tidy_ends(file->path, ".h")) {
        return;
    }
    const char *first = file->code + strspn(file->code, " \t\n");
    size_t length = ps_tidy_starts(first, "#ifndef ") ? strcspn(first + 8, " \t\n") : 0;
    char *guard = ps_format("%.*s", (int)length, length > 0 ? first + 8 : "");
    char *defined = ps_format("#ifndef %s\n#define %s\n", guard, guard);
    char *end = guard_end(file->path);
    const char *last = file->code + strlen(file->code);
    while (last > file->code && isspace((unsigned char)last[-1])) {
        last--;
    }
    bool closed = last - file->code > 6 && strncmp(last - 6, "#endif", 6) == 0;
    if (length == 0 || !ps_tidy_starts(first, defined) || !ps_tidy_ends(guard, end) || !closed) {
        ps_tidy_found(findings, file->path, 1, rule->name, "%s (a name ending in %s)", rule->what,
                      end);
    }
    free(end);
    free(defined);
    free(guard);
}

/* Code points, not bytes. */
static size_t columns_of(const char *line, size_t bytes)
{
    size_t columns = 0;
    for (size_t i = 0; i < bytes; i++) {
        columns += ((unsigned char)line[i] & 0xC0) != 0x80;
    }
    return columns;
}

static void check_lines(const struct ps_tidy_rule *rule, const struct ps_tidy_file *file,
                        struct ps_tidy_findings *findings)
{
    bool narrow = ps_tidy_is_c(file->path) || is_build_text(file->path);
    size_t number = 0;

    if (!is_text(file->path)) {
        return;
    }
    for (const char *line = file->text; *line != '\0'; number++) {
        size_t bytes = strcspn(line, "\n");
        const char *what = NULL;
        if (narrow && columns_of(line, bytes) > LINE_COLUMNS_MAX) {
            what = "more than 100 columns";
        } else if (memchr(line, '\t', bytes) != NULL) {
            what = "a tab";
        } else if (bytes > 0 && (line[bytes - 1] == ' ' || line[bytes - 1] == '\r')) {
            what = "white space at the end";
        } else if (line[bytes] == '\0') {
            what = "no line end at the end of the file";
        }
        if (what != NULL) {
            ps_tidy_found(findings, file->path, number + 1, rule->name, "%s", what);
        }
        line += bytes + (line[bytes] == '\n');
    }
}

static bool is_long_by_right(const char *path, const char *function)
{
    for (size_t i = 0; i < COUNT(long_functions); i++) {
        if (long_functions[i].path != NULL && strcmp(path, long_functions[i].path) == 0 &&
            strcmp(function, long_functions[i].function) == 0) {
            long_function_seen[i] = true;
            return true;
        }
    }
    return false;
}

void ps_tidy_check_exceptions(struct ps_tidy_findings *findings)
{
    for (size_t i = 0; i < COUNT(long_functions); i++) {
        if (long_functions[i].path != NULL && !long_function_seen[i]) {
            ps_tidy_found(findings, long_functions[i].path, 0, "function-length",
                          "%s needs no exception any more", long_functions[i].function);
        }
    }
}

/* The name in front of the first "(" of what stands between `from` and the body. */
static char *function_name(const char *from, const char *body)
{
    const char *paren = memchr(from, '(', (size_t)(body - from));
    const char *end = paren;
    const char *begin;

    if (paren == NULL) {
        return ps_strdup("?");
    }
    while (end > from && isspace((unsigned char)end[-1])) {
        end--;
    }
    begin = end;
    while (begin > from && (isalnum((unsigned char)begin[-1]) || begin[-1] == '_')) {
        begin--;
    }
    return ps_format("%.*s", (int)(end - begin), begin);
}

/* A function's body is what stands between a "{" and a "}" in the first column (Linux braces). */
static void check_functions(const struct ps_tidy_rule *rule, const struct ps_tidy_file *file,
                            struct ps_tidy_findings *findings)
{
    size_t number = 1;
    size_t opened = 0;
    const char *body = NULL;
    const char *before = file->code; /* after the last thing that ended at top level */

    if (!ps_tidy_is_c(file->path)) {
        return;
    }
    for (const char *line = file->code; *line != '\0'; number++) {
        size_t bytes = strcspn(line, "\n");
        if (line[0] == '{') {
            opened = number;
            body = line;
        } else if (line[0] == '}' && body != NULL) {
            char *name = function_name(before, body);
            size_t lines = number - opened + 1;
            if (lines > FUNCTION_LINES_MAX && !is_long_by_right(file->path, name)) {
                ps_tidy_found(findings, file->path, opened, rule->name, "%s has %zu lines: %s",
                              name, lines, rule->what);
            }
            free(name);
            body = NULL;
            before = line + bytes;
        } else if (body == NULL && bytes > 0 && (line[0] == '#' || line[bytes - 1] == ';')) {
            before = line + bytes;
        }
        line += bytes + (line[bytes] == '\n');
    }
    if (number - 1 > FILE_LINES_MAX) {
        ps_tidy_found(findings, file->path, number - 1, rule->name,
                      "the file has %zu lines: more than %d", number - 1, FILE_LINES_MAX);
    }
}

/* Spelt in halves, or this file would be a finding of its own rule. */
static const char *const left_over_words[] = {"TO"
                                              "DO",
                                              "FIX"
                                              "ME",
                                              "XX"
                                              "X",
                                              "HA"
                                              "CK"};
static const char *const private_paths[] = {"/ho"
                                            "me/",
                                            "/wo"
                                            "rk/",
                                            "/ro"
                                            "ot/"};

static void check_left_overs(const struct ps_tidy_rule *rule, const struct ps_tidy_file *file,
                             struct ps_tidy_findings *findings)
{
    if (!is_text(file->path)) {
        return;
    }
    for (size_t i = 0; i < COUNT(left_over_words); i++) {
        const char *place = file->text;
        while ((place = ps_tidy_find_word(place, left_over_words[i])) != NULL) {
            found_at(rule, file, file->text, place, findings, left_over_words[i]);
            place += strlen(left_over_words[i]);
        }
    }
    for (size_t i = 0; i < COUNT(private_paths); i++) {
        const char *place = strstr(file->text, private_paths[i]);
        if (place != NULL) {
            found_at(rule, file, file->text, place, findings, private_paths[i]);
        }
    }
}

static void check_test_asserts(const struct ps_tidy_rule *rule, const struct ps_tidy_file *file,
                               struct ps_tidy_findings *findings)
{
    if (ps_tidy_ends(file->path, "_test.c") && strstr(file->code, "ck_assert") == NULL &&
        strstr(file->code, "ck_abort") == NULL) {
        ps_tidy_found(findings, file->path, 0, rule->name, "%s", rule->what);
    }
}

static void check_cmake(const struct ps_tidy_rule *rule, const struct ps_tidy_file *file,
                        struct ps_tidy_findings *findings)
{
    static const char *const words[] = {"file(GLOB", "CMAKE_C_FLAGS", "add_compile_options",
                                        "link_directories(", "include_directories("};

    if (!ps_tidy_ends(file->path, "CMakeLists.txt") && !ps_tidy_ends(file->path, ".cmake")) {
        return;
    }
    if (strcmp(file->path, "cmake/Flags.cmake") == 0) {
        return;
    }
    for (size_t i = 0; i < COUNT(words); i++) {
        const char *place = strstr(file->text, words[i]);
        /* target_include_directories(...) is the good one. */
        if (place != NULL && (place == file->text || place[-1] != '_')) {
            found_at(rule, file, file->text, place, findings, words[i]);
        }
    }
}

const struct ps_tidy_rule ps_tidy_rules[] = {
    {"library", "this library is not for this folder (docs/architecture.md)", check_libraries},
    {"direction", "against base <- components <- harness", check_direction},
    {"host-time", "only harness/src/cli/progress.c and tests read the host's clock",
     check_host_time},
    {"random", "every draw comes from base/random.h", check_random},
    {"trap", "a loop ends where it began: in the process, and closed", check_traps},
    {"command-line", "only harness/src/cli knows arguments, environment, output and exit",
     check_command_line},
    {"licence", "the first line must be the SPDX line", check_licence},
    {"guard", "a header begins with its include guard and ends with its #endif", check_guard},
    {"line", "at most 100 columns, no tabs, no white space at line ends", check_lines},
    {"function-length", "more than 100", check_functions},
    {"left-over", "unfinished work or somebody's own folder", check_left_overs},
    {"test-asserts", "a test must assert something", check_test_asserts},
    {"cmake", "flags live in cmake/Flags.cmake, sources are listed", check_cmake},
};
const size_t ps_tidy_rule_count = COUNT(ps_tidy_rules);

void ps_tidy_check_text(const char *path, const char *text, size_t size,
                        struct ps_tidy_findings *findings)
{
    char *code = ps_tidy_is_c(path) ? ps_tidy_blank(text, size) : ps_memdup(text, size + 1);
    struct ps_tidy_file file = {path, text, code, size};

    for (size_t i = 0; i < ps_tidy_rule_count; i++) {
        ps_tidy_rules[i].check(&ps_tidy_rules[i], &file, findings);
    }
    free(code);
}
