/* SPDX-License-Identifier: Apache-2.0
 *
 * `pinstorm verify` as a user meets it: against the openssl command on every boundary, on the
 * machine's own store, with the measured verdicts of real libraries as a batch, and with input that
 * is none.
 */
#include <check.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/memory.h"
#include "base/text.h"
#include "measured.h"
#include "mint.h"
#include "pem.h"
#include "program.h"

static void start(void)
{
    scratch_make();
}

static void stop(void)
{
    scratch_remove();
}

static void has(const char *name, const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part), "%s: no \"%s\" in:\n%s", name, part, text);
}

static void add_pem(struct ps_text *text, const char *names)
{
    const struct mint *list[MINT_LIST_MAX];
    size_t count = mint_list(names, list);
    for (size_t i = 0; i < count; i++) {
        char *pem = pem_block("CERTIFICATE", list[i]->der, "\n");
        ps_text_add(text, "%s", pem);
        free(pem);
    }
}

static void write_pem(const char *file, const char *names)
{
    struct ps_text text = {0};
    add_pem(&text, names);
    scratch_write(file, ps_text_chars(&text));
    ps_text_deinit(&text);
}

/* Runs a shell line in the scratch folder; what it says goes to the file "log". */
static void shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void shell(const char *format, ...)
{
    struct ps_text text = {0};
    va_list args;
    ps_text_add(&text, "cd %s && { ", scratch_path("."));
    va_start(args, format);
    ps_text_vadd(&text, format, args);
    va_end(args);
    ps_text_add(&text, "; } >log 2>&1");
    ck_assert_msg(system(text.chars) == 0, "%s", text.chars);
    ps_text_deinit(&text);
}

/* ---- bad usage ---- */

#define ONE "verify", "--trust", "r2.pem", "--chain", "chain.pem"
static const struct {
    const char *name, *words[16], *message;
} usage_rows[] = {
    {"nothing", {"verify", NULL}, "--trust is missing: what does the device trust?"},
    {"no chain", {"verify", "--trust", "r2.pem", NULL}, "--chain is missing"},
    {"no day", {ONE, NULL}, "--at is missing"},
    {"no host", {ONE, "--at", "2021-10-05", NULL}, "--host is missing"},
    {"empty host", {ONE, "--at", "2021-10-05", "--host", "", NULL}, "1 to 253 characters"},
    {"no date",
     {ONE, "--at", "2021-02-30", "--host", "h", NULL},
     "--at 2021-02-30: there is no 30 February"},
    {"stack",
     {ONE, "--stack", "opensl3", NULL},
     "there is no stack 'opensl3'; did you mean 'openssl3'?"},
    {"stack option",
     {ONE, "--stack", "openssl3+partial", NULL},
     "the stack openssl3 has no option 'partial' (partial_chain)"},
    {"strategy",
     {ONE, "--strategy", "single_root_statc", NULL},
     "there is no strategy 'single_root_statc'; did you mean 'single_root_static'?"},
    {"unbound role",
     {ONE, "--strategy", "leaf_spki_pin", NULL},
     "the strategy pins leaf: say whose it is with --role leaf=FILE"},
    {"role without a file", {ONE, "--role", "leaf", NULL}, "--role takes ROLE=FILE, not 'leaf'"},
    {"role that is not there",
     {ONE, "--strategy", "leaf_spki_pin", "--role", "leaf=no.pem", NULL},
     "--role leaf=no.pem: No such file or directory"},
    {"trust that is not there",
     {"verify", "--trust", "no.pem", "--chain", "chain.pem", "--at", "2021-10-05", "--host", "h",
      NULL},
     "--trust no.pem: No such file or directory"},
    {"a directory as chain",
     {"verify", "--trust", "r2.pem", "--chain", ".", "--at", "2021-10-05", "--host", "h", NULL},
     "--chain .: Is a directory"},
    {"empty chain",
     {"verify", "--trust", "r2.pem", "--chain", "empty", "--at", "2021-10-05", "--host", "h", NULL},
     "--chain empty: there is no certificate in it"},
    {"no list",
     {ONE, "--at", "2021-10-05", "--host", "h", "--crl", "r2.pem", NULL},
     "--crl r2.pem: there is no revocation list in it"},
    {"two chains", {ONE, "--chain", "chain.pem", NULL}, "--chain can be given once only"},
    {"a batch and a case", {ONE, "--batch", "-", NULL}, "--batch takes its cases from the file"},
    {"no batch", {"verify", "--batch", "no", NULL}, "--batch no: No such file or directory"},
    {"a word", {"verify", "chain.pem", NULL}, "Too many arguments"},
};

START_TEST(usage)
{
    write_pem("r2.pem", "R2");
    write_pem("chain.pem", "L I");
    scratch_write("empty", "");
    struct program p = program_run(NULL, usage_rows[_i].words);
    ck_assert_msg(p.code == 2, "%s: exit %d: %s", usage_rows[_i].name, p.code, p.err);
    has(usage_rows[_i].name, p.err, usage_rows[_i].message);
    ck_assert_str_eq(p.out, "");
    program_deinit(&p);
}
END_TEST

/* ---- one case ---- */

static const struct {
    const char *name, *anchors, *served, *options[8];
    int code;
    const char *parts[5];
} cases[] = {
    {"accepted",
     "R2",
     "L I",
     {"--at", "2021-10-05", NULL},
     0,
     {"accepted\n", "Changes  2021-11-30T00:00:00Z: refused: dates: certificate has expired",
      "  2  New Root\n", "trusted as 1"}},
    {"another stack, another second",
     "R2",
     "L I",
     {"--at", "2021-11-30", "--stack", "mbedtls", NULL},
     0,
     {"accepted\n", "Changes  2021-11-30T00:00:01Z: refused"}},
    {"refused",
     "R1 R2",
     "L I R2x",
     {"--at", "2021-10-05", "--stack", "openssl102", NULL},
     1,
     {"refused: dates: certificate has expired: Old Root\n", "X.509 error 10 at depth 3",
      "Check    dates: a certificate is not valid at the device's now\n",
      "Changes  never again\n"}},
    {"the timeline",
     "R2",
     "L I",
     {"--at", "2021-08-05", "--timeline", NULL},
     1,
     {"Changes  2021-09-01T00:00:00Z: accepted\n",
      "  2021-09-01T00:00:00Z .. 2021-11-29T23:59:59Z  accepted\n", ".. for ever ",
      "  always               .. 2015-06-03T23:59:59Z  refused: dates: certificate is not yet "
      "valid"}},
    {"as JSON",
     "R2",
     "L I",
     {"--at", "2021-10-05", "--json", "--timeline", NULL},
     0,
     {"{\n  \"accepted\": true,\n  \"error\": null,", "\"timeline\": [",
      "\"from\": \"2021-11-30T00:00:00Z\"", "\"subject\": \"O=Test only, CN=Issuing\""}},
    {"another name",
     "R2",
     "Levil I",
     {"--at", "2021-10-05", NULL},
     1,
     {"refused: name: the certificate is not for hub.example"}},
    {"names are not looked at",
     NULL,
     "Levil",
     {"--at", "2021-10-05", "--strategy", "no_verify", NULL},
     0,
     {"(strategy no_verify)", "Changes  never again"}},
    {"the pinned key",
     NULL,
     "L I",
     {"--at", "2031-10-05", "--strategy", "leaf_spki_pin", "--role", "leaf=role.pem", NULL},
     0,
     {"accepted\n"}},
    {"another key than the pinned one",
     NULL,
     "L2 I",
     {"--at", "2021-10-05", "--strategy", "leaf_spki_pin", "--role", "leaf=role.pem", NULL},
     1,
     {"refused: pins: no pin matched"}},
    {"a malformed chain",
     "R2",
     NULL,
     {"--at", "2021-10-05", NULL},
     1,
     {"refused: tls: --chain: PEM block 2 is malformed: bad base64 decode\n", "Path: none\n"}},
};

START_TEST(one_case)
{
    const char *words[24] = {"verify", "--chain", "chain.pem", "--host", "hub.example"};
    size_t count = 5;
    write_pem("role.pem", "L");
    if (cases[_i].served) {
        write_pem("chain.pem", cases[_i].served);
    } else {
        struct ps_text text = {0};
        add_pem(&text, "L");
        ps_text_add(&text, "-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n");
        scratch_write("chain.pem", ps_text_chars(&text));
        ps_text_deinit(&text);
    }
    if (cases[_i].anchors) {
        write_pem("trust.pem", cases[_i].anchors);
        words[count++] = "--trust";
        words[count++] = "trust.pem";
    }
    for (size_t i = 0; cases[_i].options[i]; i++)
        words[count++] = cases[_i].options[i];
    struct program p = program_run(NULL, words);
    ck_assert_msg(p.code == cases[_i].code, "%s: exit %d:\n%s%s", cases[_i].name, p.code, p.out,
                  p.err);
    for (size_t i = 0; i < 5 && cases[_i].parts[i]; i++)
        has(cases[_i].name, p.out, cases[_i].parts[i]);
    ck_assert_str_eq(p.err, "");
    program_deinit(&p);
}
END_TEST

/* A directory as stores have it: links by hash, a text, a folder, one certificate per file. */
START_TEST(a_directory)
{
    shell("mkdir -p store/folder");
    write_pem("store/a-junk.pem", "Junk");
    write_pem("store/b-root.pem", "R2");
    scratch_write("store/README", "not a certificate\n");
    scratch_write("store/more", "neither\n");
    ck_assert_int_eq(symlink("b-root.pem", scratch_path("store/0a1b2c3d.0")), 0);
    ck_assert_int_eq(symlink("gone.pem", scratch_path("store/4e5f6a7b.0")), 0);
    write_pem("chain.pem", "L I");
    struct program p = RUN("verify", "--trust", "store", "--chain", "chain.pem", "--at",
                           "2021-10-05", "--host", "hub.example");
    ck_assert_msg(p.code == 0, "exit %d: %s", p.code, p.err);
    has("place", p.out,
        "New Root\n     2015-06-04T00:00:00Z .. 2035-06-04T00:00:00Z, ecdsa-p256, "
        "sha256, CA, trusted as 1\n");
    has("note", p.err, "note: store/4e5f6a7b.0 is passed over: No such file or directory");
    has("note", p.err, "note: and 2 more in store");
    program_deinit(&p);
}
END_TEST

/* ---- batches ---- */

static void add_list(struct ps_text *line, const char *key, const char *names)
{
    const struct mint *list[MINT_LIST_MAX];
    size_t count = mint_list(names, list);
    ps_text_add(line, "\"%s\": [", key);
    for (size_t i = 0; i < count; i++) {
        char *pem = pem_block("CERTIFICATE", list[i]->der, "\\n");
        ps_text_add(line, "%s\"%s\"", i > 0 ? ", " : "", pem);
        free(pem);
    }
    ps_text_add(line, "], ");
}

static void add_case(struct ps_text *text, size_t row, const char *stack, const char *id)
{
    ps_text_add(text, "{\"id\": \"%s\", ", id);
    add_list(text, "trust", measured[row].anchors);
    add_list(text, "chain", measured[row].served);
    ps_text_add(text,
                "\"crls\": [], \"host\": \"" MINT_HOST "\", \"at\": \"%s\", \"stack\": \"%s\"}\n",
                measured[row].now, stack);
}

START_TEST(every_measured_verdict)
{
    struct ps_text input = {0};
    for (size_t row = 0; row < MEASURED; row++) {
        for (size_t column = 0; column < COLUMNS; column++) {
            char id[32];
            snprintf(id, sizeof id, "%zu.%zu", row, column);
            add_case(&input, row, columns[column].name, id);
        }
    }
    scratch_write("cases", ps_text_chars(&input));
    struct program p = RUN("verify", "--batch", "cases");
    ck_assert_msg(p.code == 0, "exit %d: %s", p.code, p.err);
    const char *line = p.out;
    for (size_t row = 0; row < MEASURED; row++) {
        for (size_t column = 0; column < COLUMNS; column++) {
            char wanted[64];
            snprintf(wanted, sizeof wanted, "{\"id\": \"%zu.%zu\", \"accepted\": %s, ", row, column,
                     measured[row].expect[column] == '+' ? "true" : "false");
            ck_assert_msg(strncmp(line, wanted, strlen(wanted)) == 0, "%s, %s: %.200s",
                          measured[row].name, columns[column].name, line);
            line = strchr(line, '\n') + 1;
        }
    }
    ck_assert_str_eq(line, "");
    program_deinit(&p);
    ps_text_deinit(&input);
}
END_TEST

/* %t and %c stand for a good trust and chain. */
static const struct {
    const char *name, *line, *answer;
} lines[] = {
    {"good", "{\"id\": 7, %t %c \"host\": \"hub.example\", \"at\": \"2021-10-05\"}",
     "{\"id\": 7, \"accepted\": true, \"error\": null, \"path\": [\"hub.example\", \"Issuing\", "
     "\"New Root\"]}"},
    {"seconds", "{\"id\": [1], %t %c \"host\": \"hub.example\", \"at\": 1633392000, \"note\": 1}",
     "{\"id\": [1], \"accepted\": true, "},
    {"no id", "{%t %c \"host\": \"x.example\", \"at\": \"2021-10-05\"}",
     "{\"id\": null, \"accepted\": false, \"error\": \"name: the certificate is not for "
     "x.example\""},
    {"no JSON", "{\"id\": 1,", "{\"id\": null, \"accepted\": false, \"error\": \"no JSON: "},
    {"no object", "[]",
     "{\"id\": null, \"accepted\": false, \"error\": \"a case must be a JSON object\", \"path\": "
     "[]}"},
    {"no host", "{\"id\": \"a\", %t %c \"at\": 1}",
     "{\"id\": \"a\", \"accepted\": false, \"error\": \"\\\"host\\\" must be a name\""},
    {"no date", "{\"id\": \"a\", %t %c \"host\": \"h\", \"at\": \"2021-13-01\"}",
     "\"error\": \"\\\"at\\\" is no date: "},
    {"a far date", "{\"id\": \"a\", %t %c \"host\": \"h\", \"at\": 99999999999999}",
     "\"error\": \"\\\"at\\\" must lie in the years 1950 to 9999\""},
    {"no trust", "{\"id\": \"a\", \"trust\": 1, %c \"host\": \"h\", \"at\": 1}",
     "\"error\": \"\\\"trust\\\" must be a list of PEM texts\""},
    {"an item of a list", "{\"id\": \"a\", \"trust\": [1], %c \"host\": \"h\", \"at\": 1}",
     "\"error\": \"\\\"trust\\\" must be a list of PEM texts: item 1 is none\""},
    {"a misspelt key", "{\"id\": \"a\", %t %c \"host\": \"h\", \"at\": 1, \"crl\": []}",
     "\"error\": \"unknown key \\\"crl\\\"; did you mean \\\"crls\\\"?\""},
    {"a stack", "{\"id\": \"a\", %t %c \"host\": \"h\", \"at\": 1, \"stack\": \"x\"}",
     "\"error\": \"there is no stack 'x'\""},
    {"malformed",
     "{\"id\": \"a\", %t \"chain\": [\"-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END "
     "CERTIFICATE-----\\n\"], \"host\": \"h\", \"at\": 1}",
     "\"error\": \"chain[0]: certificate 1 is malformed: no X.509 certificate in DER\""},
    {"nothing in it", "{\"id\": \"a\", \"trust\": [\"\"], %c \"host\": \"h\", \"at\": 1}",
     "\"error\": \"trust[0]: there is nothing of the kind in it\""},
    {"no chain", "{\"id\": \"a\", %t \"chain\": [], \"host\": \"h\", \"at\": 1}",
     "\"error\": \"the served chain is empty: there is no certificate\""},
    {"a list of revocations that is none",
     "{\"id\": \"a\", %t %c \"crls\": [\"x\"], \"host\": \"h\", \"at\": 1}",
     "\"error\": \"crls[0]: CRL 1 is malformed: neither PEM nor whole DER\""},
    {"the same key twice", "{\"id\": 1, \"id\": 2}", "\"error\": \"no JSON: duplicate object key"},
};
enum { LINES = sizeof lines / sizeof lines[0] };

/* All in one batch: no line disturbs another, and blank ones are none. */
START_TEST(every_line_is_answered)
{
    struct ps_text input = {0};
    for (size_t i = 0; i < LINES; i++) {
        for (const char *c = lines[i].line; *c; c++) {
            bool list = *c == '%' && (c[1] == 't' || c[1] == 'c');
            if (list)
                add_list(&input, c[1] == 't' ? "trust" : "chain", c[1] == 't' ? "R2" : "L I");
            else
                ps_text_add_n(&input, c, 1);
            c += list;
            c += list && c[1] == ' ';
        }
        ps_text_add(&input, i % 2 == 0 ? "\n\n" : "\r\n");
    }
    scratch_write("cases", ps_text_chars(&input));
    struct program p = RUN("verify", "--batch", "cases");
    ck_assert_msg(p.code == 0, "exit %d: %s", p.code, p.err);
    char *line = p.out;
    for (size_t i = 0; i < LINES; i++) {
        char *end = strchr(line, '\n');
        ck_assert_msg(end != NULL, "%s: no answer", lines[i].name);
        *end = '\0';
        has(lines[i].name, line, lines[i].answer);
        line = end + 1;
    }
    ck_assert_str_eq(line, "");
    program_deinit(&p);
    ps_text_deinit(&input);
}
END_TEST

/* The program's largest size in kB over the first cases of the file "many"; answers all of them. */
static long size_of_batch(size_t wanted)
{
    struct rusage used;
    int status;
    shell("head -n %zu many >some", wanted);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        /* The address sanitizer keeps what was freed, which would count as growth. */
        setenv("ASAN_OPTIONS", "quarantine_size_mb=1:thread_local_quarantine_size_kb=64", 1);
        if (freopen(scratch_path("some"), "r", stdin) && freopen(scratch_path("out"), "w", stdout))
            execl(PINSTORM, PINSTORM, "verify", "--batch", "-", (char *)NULL);
        _exit(127);
    }
    ck_assert_int_eq(wait4(child, &status, 0, &used), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    char *out = file_read(scratch_path("out"));
    size_t answers = 0;
    for (const char *at = out; (at = strchr(at, '\n')); at++)
        answers++;
    ck_assert_uint_eq(answers, wanted);
    free(out);
    return used.ru_maxrss;
}

/* A case that serves three certificates which no other case has: a leaf's, with other signatures.
 */
static void add_new_case(struct ps_text *text, size_t number)
{
    const struct mint *leaf = mint_named("L");
    unsigned char *der = ps_memdup(leaf->der.data, leaf->der.size);
    ps_text_add(text, "{\"id\": %zu, ", number);
    add_list(text, "trust", "R2");
    ps_text_add(text, "\"chain\": [");
    for (size_t i = 0; i < 3; i++) {
        uint32_t tail = (uint32_t)(3 * number + i);
        memcpy(der + leaf->der.size - sizeof tail, &tail, sizeof tail);
        char *pem = pem_block("CERTIFICATE", (struct ps_bytes){der, leaf->der.size}, "\\n");
        ps_text_add(text, "%s\"%s\"", i > 0 ? ", " : "", pem);
        free(pem);
    }
    ps_text_add(text, "], \"host\": \"" MINT_HOST "\", \"at\": \"2021-10-05\"}\n");
    free(der);
}

START_TEST(ten_thousand_cases)
{
    enum { FEW = 1000, MANY = 10000, GROWTH_MAX_KB = 4096 };
    struct ps_text input = {0};
    FILE *file = fopen(scratch_path("many"), "w");
    ck_assert_ptr_nonnull(file);
    for (size_t i = 0; i < MANY; i++) {
        size_t row = i % MEASURED, column = i / MEASURED % COLUMNS;
        char id[32];
        snprintf(id, sizeof id, "%zu", i);
        /* Every fourth is malformed in its own way: errors must not pile up either. */
        if (i % 2 == 0)
            add_new_case(&input, i);
        else
            add_case(&input, row, columns[column].name, id);
        if (i % 4 == 3)
            input.chars[input.length / 2 + i % 40] ^= 1;
        fputs(input.chars, file);
        input.length = 0;
    }
    ck_assert_int_eq(fclose(file), 0);
    long few = size_of_batch(FEW), many = size_of_batch(MANY);
    ck_assert_msg(many <= few + GROWTH_MAX_KB, "%ld kB after %d cases, %ld kB after %d", few, FEW,
                  many, MANY);
    ps_text_deinit(&input);
}
END_TEST

/* ---- the machine's own store, the openssl command ---- */

static bool there_is_openssl(void)
{
    if (system("openssl version >/dev/null 2>&1") == 0)
        return true;
    fprintf(stderr, "skipped: there is no openssl command here (package openssl)\n");
    return false;
}

/* A root, an intermediate and a leaf of the openssl command, with other days each. */
static void mint_by_command(void)
{
    static const char configuration[] =
        "[req]\ndistinguished_name = dn\nprompt = no\n[dn]\nCN = x\n"
        "[ca]\ndefault_ca = own\n"
        "[own]\nnew_certs_dir = .\ndatabase = index\nserial = serial\ndefault_md = sha256\n"
        "policy = any\nunique_subject = no\nrand_serial = yes\n"
        "[any]\ncommonName = supplied\n"
        "[root]\nbasicConstraints = critical,CA:TRUE\nsubjectKeyIdentifier = hash\n"
        "keyUsage = critical,keyCertSign,cRLSign\n"
        "[int]\nbasicConstraints = critical,CA:TRUE,pathlen:0\nsubjectKeyIdentifier = hash\n"
        "authorityKeyIdentifier = keyid\nkeyUsage = critical,keyCertSign,cRLSign\n"
        "[leaf]\nbasicConstraints = CA:FALSE\nsubjectAltName = DNS:hub.example\n"
        "extendedKeyUsage = serverAuth\nauthorityKeyIdentifier = keyid\n";
    static const struct {
        const char *name, *by, *from, *until;
    } rows[] = {{"root", NULL, "20200101000000Z", "20300101120000Z"},
                {"int", "root", "20210301083000Z", "20240229235959Z"},
                {"leaf", "int", "20230601000001Z", "20230830000000Z"}};
    scratch_write("c", configuration);
    scratch_write("index", "");
    for (size_t i = 0; i < 3; i++) {
        const char *name = rows[i].name, *by = rows[i].by ? rows[i].by : name;
        char issuer[16];
        snprintf(issuer, sizeof issuer, "%s%s", rows[i].by ? by : "", rows[i].by ? ".pem" : "");
        shell("openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config c "
              "-subj /CN=%s -keyout %s.key -out %s.csr",
              name, name, name);
        shell("openssl ca -batch -config c -in %s.csr -out %s.pem -notext -extensions %s "
              "-keyfile %s.key -startdate %s -enddate %s %s %s",
              name, name, name, by, rows[i].from, rows[i].until, rows[i].by ? "-cert" : "-selfsign",
              issuer);
    }
    shell("cat leaf.pem int.pem >chain.pem");
}

/* Days around every boundary of the three. */
static const char *const boundaries[] = {"2020-01-01T00:00:00Z", "2021-03-01T08:30:00Z",
                                         "2023-06-01T00:00:01Z", "2023-08-30T00:00:00Z",
                                         "2024-02-29T23:59:59Z", "2030-01-01T12:00:00Z"};

static void compare_at(ps_time at, const char *trust, const char *asked)
{
    char text[PS_TIME_TEXT_MAX], code[16];
    ps_time_format(at, text);
    struct program p = RUN("verify", "--trust", trust, "--chain", "chain.pem", "--at", text,
                           "--host", "hub.example");
    shell("openssl verify -attime %lld -purpose sslserver -verify_hostname hub.example -auth_level "
          "0 %s -untrusted int.pem leaf.pem && echo 0 >code || echo 1 >code",
          (long long)at.s, asked);
    char *said = file_read(scratch_path("code")), *log = file_read(scratch_path("log"));
    snprintf(code, sizeof code, "%d\n", p.code);
    ck_assert_msg(strcmp(code, said) == 0, "%s, trust %s: exit %d, openssl says %s%s%s%s", text,
                  trust, p.code, said, log, p.out, p.err);
    /* And for the same reason. */
    if (p.code == 1) {
        const char *number = strstr(p.out, "X.509 error ");
        ck_assert_ptr_nonnull(number);
        char *wanted = ps_format("error %d at", atoi(number + 12));
        has(text, log, wanted);
        free(wanted);
    }
    free(log);
    free(said);
    program_deinit(&p);
}

START_TEST(as_openssl_says)
{
    size_t accepted = 0;
    if (!there_is_openssl())
        return;
    mint_by_command();
    for (size_t i = 0; i < sizeof boundaries / sizeof boundaries[0]; i++) {
        ps_time at = mint_time(boundaries[i]);
        static const long long steps[] = {-86400, -1, 0, 1, 86400};
        for (size_t k = 0; k < 5; k++)
            compare_at((ps_time){at.s + steps[k]}, "root.pem", "-CAfile root.pem");
    }
    struct program p = RUN("verify", "--trust", "root.pem", "--chain", "chain.pem", "--at",
                           "2023-07-01", "--host", "hub.example", "--timeline");
    accepted += p.code == 0;
    has("span", p.out, "  2023-06-01T00:00:01Z .. 2023-08-29T23:59:59Z  accepted\n");
    ck_assert_uint_eq(accepted, 1);
    program_deinit(&p);
}
END_TEST

/* The store of the machine knows nothing of our root, and with it beside accepts what it signed. */
START_TEST(the_machines_own_store)
{
    static const char *const stores[] = {"/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/certs"};
    if (!there_is_openssl())
        return;
    if (!file_exists(stores[0])) {
        fprintf(stderr, "skipped: this machine has no %s (package ca-certificates)\n", stores[0]);
        return;
    }
    mint_by_command();
    shell("cat %s root.pem >with.pem", stores[0]);
    for (size_t i = 0; i < sizeof boundaries / sizeof boundaries[0]; i++) {
        ps_time at = mint_time(boundaries[i]);
        for (int step = -1; step <= 1; step++) {
            compare_at((ps_time){at.s + step}, "with.pem", "-CAfile with.pem");
            compare_at((ps_time){at.s + step}, stores[0],
                       "-no-CApath -no-CAstore -CAfile /etc/ssl/certs/ca-certificates.crt");
        }
    }
    struct program p = RUN("verify", "--trust", stores[1], "--chain", "chain.pem", "--at",
                           "2023-07-01", "--host", "hub.example");
    ck_assert_msg(p.code == 1, "exit %d: %s", p.code, p.err);
    has("directory", p.out, "refused: path: unable to get local issuer certificate");
    program_deinit(&p);
    p = RUN("verify", "--trust", stores[1], "--trust", "root.pem", "--chain", "chain.pem", "--at",
            "2023-07-01", "--host", "hub.example");
    ck_assert_msg(p.code == 0, "exit %d: %s%s", p.code, p.out, p.err);
    program_deinit(&p);
}
END_TEST

/* Revocation lists of the command, by the command's own check of the whole path. */
START_TEST(revoked_as_openssl_says)
{
    if (!there_is_openssl())
        return;
    mint_by_command();
    shell("echo 01 >crlnumber");
    for (int revoked = 0; revoked < 2; revoked++) {
        if (revoked)
            shell("openssl ca -config c -revoke leaf.pem -cert int.pem -keyfile int.key");
        shell("for ca in int root; do openssl ca -config c -gencrl -cert $ca.pem -keyfile $ca.key "
              "-crl_lastupdate 20230615000000Z -crl_nextupdate 20230715000000Z -out $ca.crl; done");
        static const char *const days[] = {"2023-06-14T23:59:59Z", "2023-06-15T00:00:00Z",
                                           "2023-07-01T00:00:00Z", "2023-07-14T23:59:59Z",
                                           "2023-07-15T00:00:00Z"};
        for (size_t i = 0; i < 5; i++) {
            struct program p =
                RUN("verify", "--trust", "root.pem", "--chain", "chain.pem", "--at", days[i],
                    "--host", "hub.example", "--crl", "int.crl", "--crl", "root.crl");
            shell("cat int.crl root.crl >all.crl; openssl verify -attime %lld -CAfile root.pem "
                  "-crl_check_all -CRLfile all.crl -untrusted int.pem leaf.pem && echo 0 >code || "
                  "echo 1 >code",
                  (long long)mint_time(days[i]).s);
            char *said = file_read(scratch_path("code"));
            ck_assert_msg(atoi(said) == p.code, "%s, revoked %d: exit %d, openssl says %s%s",
                          days[i], revoked, p.code, said, p.out);
            ck_assert_int_eq(p.code, i >= 1 && i <= 3 && !revoked ? 0 : 1);
            free(said);
            program_deinit(&p);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("verify");
    TCase *tests = tcase_create("verify");
    tcase_set_timeout(tests, 240);
    tcase_add_unchecked_fixture(tests, mint_setup, mint_teardown);
    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_loop_test(tests, usage, 0, sizeof usage_rows / sizeof usage_rows[0]);
    tcase_add_loop_test(tests, one_case, 0, sizeof cases / sizeof cases[0]);
    tcase_add_test(tests, a_directory);
    tcase_add_test(tests, every_measured_verdict);
    tcase_add_test(tests, every_line_is_answered);
    tcase_add_test(tests, ten_thousand_cases);
    tcase_add_test(tests, as_openssl_says);
    tcase_add_test(tests, the_machines_own_store);
    tcase_add_test(tests, revoked_as_openssl_says);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
