/* SPDX-License-Identifier: Apache-2.0
 *
 * First every rule is fed snippets that it must find and snippets that it must leave alone; then
 * all rules are run over the tree. `finds` is the exact first finding, "" for none.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "tidy.h"

#define SPDX          "/* SPDX-License-Identifier: Apache-2.0 */\n"
#define HASH          "# SPDX-License-Identifier: Apache-2.0\n"
#define GUARDED(body) SPDX "#ifndef BASE_X_H\n#define BASE_X_H\n" body "#endif\n"

static const struct snippet {
    const char *name, *path, *text, *finds;
} snippets[] = {
    {"clean source", "base/src/x.c", SPDX "#include \"base/text.h\"\nint ps_x;\n", ""},
    {"OpenSSL in base", "base/src/x.c", SPDX "#include <openssl/ssl.h>\n",
     "base/src/x.c:2: library: openssl/ssl.h: "},
    {"OpenSSL in the harness", "harness/src/engine/x.c", SPDX "# include <openssl/evp.h>\n",
     "harness/src/engine/x.c:2: library: openssl/evp.h: "},
    {"OpenSSL in a component's test", "reports/tests/x.c", SPDX "#include <openssl/evp.h>\n",
     "reports/tests/x.c:2: library: openssl/evp.h: "},
    {"OpenSSL in fake-ca", "fake-ca/src/x.c", SPDX "#include <openssl/ssl.h>\n", ""},
    {"OpenSSL in sim-device", "sim-device/src/x.c", SPDX "#include <openssl/ssl.h>\n", ""},
    {"OpenSSL in a comment", "base/src/x.c", SPDX "/*\n#include <openssl/ssl.h>\n*/\n", ""},
    {"libuv in the engine", "harness/src/engine/x.c", SPDX "#include <uv.h>\n",
     "harness/src/engine/x.c:2: library: uv.h: "},
    {"libuv in the loop", "harness/src/loop/x.c", SPDX "#include <uv.h>\n", ""},
    {"libyaml in reports", "reports/src/x.c", SPDX "#include <yaml.h>\n",
     "reports/src/x.c:2: library: yaml.h: "},
    {"libyaml in scenarios", "scenarios/src/x.c", SPDX "#include <yaml.h>\n", ""},
    {"jansson in scenarios", "scenarios/src/x.c", SPDX "#include <jansson.h>\n",
     "scenarios/src/x.c:2: library: jansson.h: "},
    {"jansson in reports", "reports/src/x.c", SPDX "#include <jansson.h>\n", ""},
    {"SQLite in the harness", "harness/src/cli/x.c", SPDX "#include <sqlite3.h>\n",
     "harness/src/cli/x.c:2: library: sqlite3.h: "},
    {"Random123 outside base", "harness/src/engine/x.c", SPDX "#include <Random123/philox.h>\n",
     "harness/src/engine/x.c:2: library: Random123/philox.h: "},

    {"base includes a component", "base/src/x.c", SPDX "#include \"scenarios/plan.h\"\n",
     "base/src/x.c:2: direction: scenarios/plan.h: "},
    {"a sibling", "sim-device/src/x.c", SPDX "#include \"fake-ca/ca.h\"\n",
     "sim-device/src/x.c:2: direction: fake-ca/ca.h: "},
    {"a sibling in a test", "sim-device/tests/x.c", SPDX "\n#include \"fake-ca/ca.h\"\n",
     "sim-device/tests/x.c:3: direction: fake-ca/ca.h: "},
    {"a sibling in angle brackets", "reports/src/x.c", SPDX "#include <scenarios/plan.h>\n",
     "reports/src/x.c:2: direction: scenarios/plan.h: "},
    {"a component includes the harness", "reports/src/x.c", SPDX "#include \"harness/x.h\"\n",
     "reports/src/x.c:2: direction: harness/x.h: "},
    {"a way around", "reports/src/x.c", SPDX "#include \"../../fake-ca/src/x.h\"\n",
     "reports/src/x.c:2: direction: ../../fake-ca/src/x.h: "},
    {"a folder up in the own component", "reports/src/a/x.c", SPDX "#include \"../x.h\"\n", ""},
    {"the harness includes all", "harness/src/engine/x.c",
     SPDX "#include \"fake-ca/ca.h\"\n#include \"sim-device/contact.h\"\n", ""},

    {"time()", "base/src/x.c", SPDX "long f = time(NULL);\n", "base/src/x.c:2: host-time: time: "},
    {"time with a space", "base/src/x.c", SPDX "f = time (0);\n",
     "base/src/x.c:2: host-time: time: "},
    {"gettimeofday", "harness/src/loop/x.c", SPDX "gettimeofday(&t, 0);\n",
     "harness/src/loop/x.c:2: host-time: gettimeofday: "},
    {"clock_gettime", "harness/src/cli/x.c", SPDX "clock_gettime(0, &t);\n",
     "harness/src/cli/x.c:2: host-time: clock_gettime: "},
    {"localtime", "reports/src/x.c", SPDX "localtime(&t);\n",
     "reports/src/x.c:2: host-time: localtime: "},
    {"sleep", "harness/src/loop/x.c", SPDX "sleep(1);\n",
     "harness/src/loop/x.c:2: host-time: sleep: "},
    {"libuv's clock", "harness/src/loop/x.c", SPDX "uv_hrtime();\n",
     "harness/src/loop/x.c:2: host-time: uv_hrtime: "},
    {"time where it is allowed", "harness/src/cli/progress.c", SPDX "clock_gettime(0, &t);\n", ""},
    {"time in a test", "base/tests/x.c", SPDX "time(NULL);\n", ""},
    {"time in a comment", "base/src/x.c", SPDX "/* time(NULL) */ // time(0)\n", ""},
    {"time in a string", "base/src/x.c", SPDX "const char *f = \"\\\"time(0)\";\n", ""},
    {"another word with time in it", "base/src/x.c", SPDX "ps_time(x); uptime(y); time_s(z);\n",
     ""},
    {"a member called time", "base/src/x.c", SPDX "x->time(y); x.time(y);\n", ""},
    {"a variable called time", "base/src/x.c", SPDX "int time = 3;\n", ""},

    {"rand", "sim-device/src/x.c", SPDX "int f = rand();\n",
     "sim-device/src/x.c:2: random: rand: "},
    {"random", "sim-device/src/x.c", SPDX "x = random();\n",
     "sim-device/src/x.c:2: random: random: "},
    {"srand", "harness/src/cli/x.c", SPDX "srand(1);\n", "harness/src/cli/x.c:2: random: srand: "},

    {"printf", "base/src/x.c", SPDX "printf(\"x\");\n", "base/src/x.c:2: command-line: printf: "},
    {"snprintf is fine", "base/src/x.c", SPDX "snprintf(b, 1, \"x\");\n", ""},
    {"a printf attribute is fine", "base/src/x.c",
     SPDX "void f(const char *f, ...) __attribute__((format(printf, 1, 2)));\n", ""},
    {"exit", "harness/src/engine/x.c", SPDX "exit(3);\n",
     "harness/src/engine/x.c:2: command-line: exit: "},
    {"getenv", "harness/src/loop/x.c", SPDX "getenv(\"X\");\n",
     "harness/src/loop/x.c:2: command-line: getenv: "},
    {"stdout", "reports/src/x.c", SPDX "fputs(x, stdout);\n",
     "reports/src/x.c:2: command-line: stdout: "},
    {"stderr", "scenarios/src/x.c", SPDX "fputs(x, stderr);\n",
     "scenarios/src/x.c:2: command-line: stderr: "},
    {"argv", "scenarios/src/x.c", SPDX "f(argv[1]);\n",
     "scenarios/src/x.c:2: command-line: argv: "},
    {"the command line itself", "harness/src/cli/x.c", SPDX "printf(argv[1]); exit(1);\n", ""},

    {"OCSP by the host's clock", "sim-device/src/x.c", SPDX "OCSP_check_validity(a, b, 0, -1);\n",
     "sim-device/src/x.c:2: trap: OCSP_check_validity: it compares with the host's clock\n"},
    {"a date by the host's clock", "fake-ca/src/x.c", SPDX "X509_cmp_current_time(t);\n",
     "fake-ca/src/x.c:2: trap: X509_cmp_current_time: "},
    {"a date from the host's clock", "fake-ca/src/x.c", SPDX "X509_gmtime_adj(t, 0);\n",
     "fake-ca/src/x.c:2: trap: X509_gmtime_adj: "},
    {"HTTP that spins", "sim-device/src/x.c", SPDX "OSSL_HTTP_REQ_CTX_nbio(r);\n",
     "sim-device/src/x.c:2: trap: OSSL_HTTP_REQ_CTX_nbio: "},
    {"what was sent", "sim-device/src/x.c", SPDX "SSL_get_peer_cert_chain(tls);\n",
     "sim-device/src/x.c:2: trap: SSL_get_peer_cert_chain: "},
    {"what was sent, where it is asked for", "sim-device/src/verify.c",
     SPDX "SSL_get_peer_cert_chain(tls);\n", ""},
    {"what was sent, in a test", "fake-ca/tests/x.c", SPDX "SSL_get_peer_cert_chain(tls);\n", ""},
    {"a path without a security level", "sim-device/src/x.c", SPDX "X509_verify_cert(context);\n",
     "sim-device/src/x.c:2: trap: X509_verify_cert: "},
    {"a trap in a comment", "sim-device/src/x.c", SPDX "/* OCSP_check_validity() */\n", ""},
    {"a loop before the fork", "harness/tests/x.c",
     SPDX "#include <uv.h>\ntcase_add_unchecked_fixture(t, a, b);\n",
     "harness/tests/x.c:3: trap: tcase_add_unchecked_fixture: "},
    {"a loop before the fork, in a header of its own", "harness/tests/loop/x.c",
     SPDX "tcase_add_unchecked_fixture(t, a, b);\n",
     "harness/tests/loop/x.c:2: trap: tcase_add_unchecked_fixture: "},
    {"no loop before the fork", "sim-device/tests/x.c",
     SPDX "tcase_add_unchecked_fixture(t, a, b);\n", ""},
    {"a loop that is left open", "harness/tests/x.c", SPDX "uv_loop_init(&loop);\n",
     "harness/tests/x.c:2: trap: uv_loop_init: "},
    {"a loop that is closed", "harness/tests/x.c",
     SPDX "uv_loop_init(&loop);\nuv_loop_close(&loop);\n", ""},

    {"no licence", "base/src/x.c", "int x;\n", "base/src/x.c:1: licence: "},
    {"licence on the second line", "base/src/x.c", "\n" SPDX, "base/src/x.c:1: licence: "},
    {"no licence in CMake", "base/CMakeLists.txt", "project(x)\n",
     "base/CMakeLists.txt:1: licence: "},
    {"licence after #!", "run", "#!/bin/sh\n" HASH, ""},
    {"no licence after #!", "run", "#!/bin/sh\nexit\n", "run:1: licence: "},

    {"guarded", "base/include/base/x.h", GUARDED("int x;\n"), ""},
    {"no guard", "base/include/base/x.h", SPDX "int x;\n", "base/include/base/x.h:1: guard: "},
    {"guard of another name", "base/include/base/y.h", GUARDED("int x;\n"),
     "base/include/base/y.h:1: guard: "},
    {"guard tested but not defined", "base/include/base/x.h",
     SPDX "#ifndef BASE_X_H\n#define BASE_Y_H\n#endif\n", "base/include/base/x.h:1: guard: "},
    {"something after the guard", "base/include/base/x.h", GUARDED("") "int x;\n",
     "base/include/base/x.h:1: guard: "},

    {"a tab", "base/src/x.c", SPDX "\tint x;\n", "base/src/x.c:2: line: a tab"},
    {"white space at the end", "docs/x.md", "word \n", "docs/x.md:1: line: white space at the end"},
    {"carriage return", "docs/x.md", "word\r\n", "docs/x.md:1: line: white space at the end"},
    {"no last line end", "docs/x.md", "word", "docs/x.md:1: line: no line end"},
    {"seeds are no text", "tests/fuzz/corpus/x/tab", "\t \n\t", ""},

    {"unfinished", "docs/x.md",
     "a\nTO"
     "DO: b\n",
     "docs/x.md:2: left-over: TO"
     "DO: "},
    {"to be fixed", "base/src/x.c",
     SPDX "/* FIX"
          "ME */\n",
     "base/src/x.c:2: left-over: FIX"
     "ME: "},
    {"three crosses", "base/src/x.c",
     SPDX "/* XX"
          "X */\n",
     "base/src/x.c:2: left-over: XX"
     "X: "},
    {"mkdtemp's six are fine", "base/tests/x.c", SPDX "f(\"/tmp/x-XXXXXX\");\n", ""},
    {"somebody's folder", "docs/x.md",
     "see /ho"
     "me/me/x\n",
     "docs/x.md:1: left-over: /ho"
     "me/: "},

    {"a test without checks", "base/tests/x_test.c", SPDX "int main(void) { return 0; }\n",
     "base/tests/x_test.c:0: test-asserts: "},
    {"a test that only says so", "base/tests/x_test.c", SPDX "/* ck_assert */\n",
     "base/tests/x_test.c:0: test-asserts: "},
    {"a test with checks", "base/tests/x_test.c", SPDX "ck_assert_int_eq(1, 1);\n", ""},

    {"GLOB", "base/CMakeLists.txt", HASH "file(GLOB x *.c)\n",
     "base/CMakeLists.txt:2: cmake: file(GLOB: "},
    {"flags in a component", "base/CMakeLists.txt", HASH "set(CMAKE_C_FLAGS -w)\n",
     "base/CMakeLists.txt:2: cmake: CMAKE_C_FLAGS: "},
    {"flags where they belong", "cmake/Flags.cmake", HASH "set(CMAKE_C_FLAGS -w)\n", ""},
    {"an include folder of one target", "base/CMakeLists.txt",
     HASH "target_include_directories(x PRIVATE src)\n", ""},
};

START_TEST(a_snippet)
{
    const struct snippet *row = &snippets[_i];
    struct ps_tidy_findings findings = {0};

    ps_tidy_check_text(row->path, row->text, strlen(row->text), &findings);
    const char *found = ps_text_chars(&findings.text);
    if (row->finds[0] == '\0') {
        ck_assert_msg(findings.count == 0, "%s: found:\n%s", row->name, found);
    } else {
        ck_assert_msg(findings.count == 1, "%s: %zu findings:\n%s", row->name, findings.count,
                      found);
        ck_assert_msg(ps_tidy_starts(found, row->finds), "%s:\n  %s  instead of\n  %s", row->name,
                      found, row->finds);
    }
    ps_text_deinit(&findings.text);
}
END_TEST

/* A rule that no snippet violates would be a rule that nobody has seen at work. */
START_TEST(every_rule_is_seen_at_work)
{
    for (size_t i = 0; i < ps_tidy_rule_count; i++) {
        char *mark = ps_format(": %s: ", ps_tidy_rules[i].name);
        bool seen = strcmp(ps_tidy_rules[i].name, "function-length") == 0; /* built, below */
        for (size_t k = 0; k < sizeof snippets / sizeof snippets[0]; k++) {
            seen = seen || strstr(snippets[k].finds, mark) != NULL;
        }
        ck_assert_msg(seen, "no snippet for the rule %s", ps_tidy_rules[i].name);
        free(mark);
    }
}
END_TEST

static char *one_line_of(size_t columns, const char *unit)
{
    struct ps_text text = {0};
    ps_text_add(&text, "%s", SPDX);
    for (size_t i = 0; i < columns; i++) {
        ps_text_add(&text, "%s", unit);
    }
    ps_text_add(&text, "\n");
    return ps_text_steal(&text);
}

static const struct length_row {
    const char *name, *path, *unit;
    size_t columns;
    size_t finds;
} length_rows[] = {
    {"100 columns", "base/src/x.c", "x", 100, 0},
    {"101 columns", "base/src/x.c", "x", 101, 1},
    {"100 columns of two bytes", "base/src/x.c", "\xc3\xa9", 100, 0},
    {"101 columns of two bytes", "base/src/x.c", "\xc3\xa9", 101, 1},
    {"prose may be wider", "docs/x.md", "x", 101, 0},
};

START_TEST(a_line_length)
{
    const struct length_row *row = &length_rows[_i];
    struct ps_tidy_findings findings = {0};
    char *text = one_line_of(row->columns, row->unit);

    ps_tidy_check_text(row->path, text, strlen(text), &findings);
    ck_assert_msg(findings.count == row->finds, "%s: %zu findings:\n%s", row->name, findings.count,
                  ps_text_chars(&findings.text));
    free(text);
    ps_text_deinit(&findings.text);
}
END_TEST

static const struct function_row {
    const char *name;
    size_t lines; /* of the body, braces included */
    size_t after; /* empty lines that follow */
    const char *finds;
} function_rows[] = {
    {"100 lines", 100, 0, ""},
    {"101 lines", 101, 0, "base/src/x.c:6: function-length: ps_x_do has 101 lines"},
    {"file of 900 lines", 10, 885, ""},
    {"file of 901 lines", 10, 886, "base/src/x.c:901: function-length: the file has 901 lines"},
};

START_TEST(a_function_length)
{
    const struct function_row *row = &function_rows[_i];
    struct ps_tidy_findings findings = {0};
    struct ps_text text = {0};

    ps_text_add(&text, "%sstruct x {\n    int y;\n};\nstatic int ps_x_do(int (*call)(int))\n{\n",
                SPDX);
    for (size_t i = 2; i < row->lines; i++) {
        ps_text_add(&text, "    call(\"{\"); /* } */\n");
    }
    ps_text_add(&text, "}\n");
    for (size_t i = 0; i < row->after; i++) {
        ps_text_add(&text, "\n");
    }
    ps_tidy_check_text("base/src/x.c", ps_text_chars(&text), text.length, &findings);
    const char *found = ps_text_chars(&findings.text);
    ck_assert_msg(ps_tidy_starts(found, row->finds), "%s: %s", row->name, found);
    ck_assert_msg((findings.count == 0) == (row->finds[0] == '\0'), "%s: %s", row->name, found);
    ps_text_deinit(&text);
    ps_text_deinit(&findings.text);
}
END_TEST

/* A small tree that obeys every tree rule; each row adds or takes away one file. */
static const char *const good_tree[] = {
    ".ci/run",
    ".clang-format",
    ".editorconfig",
    ".gitignore",
    "CHANGELOG.md",
    "CMakeLists.txt",
    "CMakePresets.json",
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "docs/architecture.md",
    "run",
    "base/README.md",
    "base/CMakeLists.txt",
    "base/include/base/a.h",
    "base/src/a.c",
    "base/tests/a_test.c",
    "fake-ca/README.md",
    "fake-ca/CMakeLists.txt",
    "fake-ca/include/fake-ca/a.h",
    "fake-ca/src/x",
    "fake-ca/tests/x",
    "sim-device/README.md",
    "sim-device/CMakeLists.txt",
    "sim-device/include/sim-device/a.h",
    "sim-device/src/x",
    "sim-device/tests/x",
    "scenarios/README.md",
    "scenarios/CMakeLists.txt",
    "scenarios/include/scenarios/a.h",
    "scenarios/src/x",
    "scenarios/tests/x",
    "reports/README.md",
    "reports/CMakeLists.txt",
    "reports/include/reports/a.h",
    "reports/src/x",
    "reports/tests/x",
    "harness/README.md",
    "harness/CMakeLists.txt",
    "harness/include/harness/a.h",
    "harness/src/x",
    "harness/tests/x",
};
static const char built[] = "source base/src/a.c\ntest base/tests/a_test.c\n"
                            "source base/tests/c_test.c\nsource reports/base/src/d.c\n";

static const struct tree_row {
    const char *name, *without, *with, *finds;
} tree_rows[] = {
    {"good", NULL, NULL, ""},
    {"a new folder at the top", NULL, "misc/x", "misc/x:0: top: nothing else belongs"},
    {"a new file at the top", NULL, "notes.txt", "notes.txt:0: top: nothing else belongs"},
    {"a name that only begins like a known one", NULL, "docs2/x", "docs2/x:0: top: nothing else"},
    {"no licence", "LICENSE", NULL, "LICENSE:0: top: is missing"},
    {"a component without README", "reports/README.md", NULL,
     "reports/README.md:0: component: is missing"},
    {"a component without CMakeLists.txt", "reports/CMakeLists.txt", NULL,
     "reports/CMakeLists.txt:0: component: is missing"},
    {"a component without headers", "fake-ca/include/fake-ca/a.h", NULL,
     "fake-ca/include/fake-ca/:0: component: is missing or empty"},
    {"a component without tests", "harness/tests/x", NULL,
     "harness/tests/:0: component: is missing or empty"},
    {"a source that nothing builds", NULL, "base/src/b.c",
     "base/src/b.c:0: built: no target builds this file"},
    {"a source whose name another one ends in", NULL, "base/src/d.c",
     "base/src/d.c:0: built: no target builds this file"},
    {"a test that nothing runs", NULL, "base/tests/b_test.c",
     "base/tests/b_test.c:0: built: no ps_test runs this file"},
    {"a test that is built and not run", NULL, "base/tests/c_test.c",
     "base/tests/c_test.c:0: built: no ps_test runs this file"},
    {"two headers with one guard", NULL, "base/src/z.h",
     "base/src/z.h:0: guard: another header has the same"},
};

static char *read_tree(void *context, const char *path)
{
    (void)context;
    bool guarded = strcmp(path, "base/src/z.h") == 0 || strcmp(path, "base/include/base/a.h") == 0;
    return ps_strdup(guarded ? "/* */\n#ifndef BASE_A_H\n" : "");
}

START_TEST(a_tree)
{
    const struct tree_row *row = &tree_rows[_i];
    struct ps_tidy_findings findings = {0};
    struct ps_tidy_list list = {0};

    for (size_t i = 0; i < sizeof good_tree / sizeof good_tree[0]; i++) {
        if (row->without == NULL || strcmp(row->without, good_tree[i]) != 0) {
            PS_PUSH(list.paths, list.count, list.capacity, ps_strdup(good_tree[i]));
        }
    }
    if (row->with != NULL) {
        PS_PUSH(list.paths, list.count, list.capacity, ps_strdup(row->with));
    }
    ps_tidy_tree(&list, built, read_tree, NULL, &findings);
    const char *found = ps_text_chars(&findings.text);
    ck_assert_msg(findings.count == (row->finds[0] == '\0' ? 0 : 1), "%s: %zu findings:\n%s",
                  row->name, findings.count, found);
    ck_assert_msg(ps_tidy_starts(found, row->finds), "%s:\n%s", row->name, found);
    ps_tidy_list_deinit(&list);
    ps_text_deinit(&findings.text);
}
END_TEST

static char *read_source(void *context, const char *path)
{
    size_t size;
    return ps_tidy_read(context, path, &size);
}

START_TEST(this_tree)
{
    char root[] = PS_SOURCE_DIR;
    struct ps_tidy_findings findings = {0};
    struct ps_tidy_list list;
    size_t c_files = 0;

    ps_tidy_list_files(root, &list);
    for (size_t i = 0; i < list.count; i++) {
        size_t bytes;
        char *text = ps_tidy_read(root, list.paths[i], &bytes);
        ck_assert_msg(text != NULL, "%s cannot be read", list.paths[i]);
        c_files += ps_tidy_is_c(list.paths[i]);
        ps_tidy_check_text(list.paths[i], text, bytes, &findings);
        free(text);
    }
    ck_assert_msg(c_files >= 20, "only %zu C files under %s", c_files, root);
    size_t size;
    char *sources = ps_tidy_read(PS_BUILD_DIR, "sources.txt", &size);
    ck_assert_msg(sources != NULL, "%s/sources.txt cannot be read", PS_BUILD_DIR);
    ps_tidy_tree(&list, sources, read_source, root, &findings);
    free(sources);
    ps_tidy_check_exceptions(&findings);
    /* All of them, on their own: Check's messages have a length limit. */
    fputs(ps_text_chars(&findings.text), stderr);
    ck_assert_msg(findings.count == 0, "%zu findings, listed above", findings.count);
    ps_tidy_list_deinit(&list);
    ps_text_deinit(&findings.text);
}
END_TEST

#define LOOP(tcase, test, rows)                                                                    \
    tcase_add_loop_test(tcase, test, 0, (int)(sizeof rows / sizeof rows[0]))

int main(void)
{
    Suite *suite = suite_create("tidy");
    TCase *rules = tcase_create("rules");
    TCase *tree = tcase_create("this tree");

    LOOP(rules, a_snippet, snippets);
    LOOP(rules, a_line_length, length_rows);
    LOOP(rules, a_function_length, function_rows);
    LOOP(rules, a_tree, tree_rows);
    tcase_add_test(rules, every_rule_is_seen_at_work);
    tcase_add_test(tree, this_tree);
    suite_add_tcase(suite, rules);
    suite_add_tcase(suite, tree);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
