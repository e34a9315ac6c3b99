/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verify.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/memory.h"
#include "cli/cli.h"
#include "reports/verify.h"

/* Everything checked: the language's defaults. */
static const char preset_default[] = "webpki_static";

struct words {
    const char *items[PS_VERIFY_FILES_MAX];
    size_t count;
};

struct options {
    struct words trust, crls, roles;
    const char *chain, *at, *host, *stack, *strategy, *batch;
    bool json, timeline;
};

enum {
    KEY_TRUST = 1000,
    KEY_CHAIN,
    KEY_CRL,
    KEY_AT,
    KEY_HOST,
    KEY_STACK,
    KEY_STRATEGY,
    KEY_ROLE,
    KEY_BATCH,
    KEY_JSON,
    KEY_TIMELINE
};

static const struct argp_option option_table[] = {
    {0, 0, 0, 0, "What is judged", 1},
    {"trust", KEY_TRUST, "FILE|DIR", 0,
     "the certificates that the device trusts, PEM or DER (may be repeated)", 1},
    {"chain", KEY_CHAIN, "FILE", 0, "the chain that the server sends, leaf first, PEM or DER", 1},
    {"at", KEY_AT, "DATE", 0, "what the device's clock shows: 2021-10-05 or 2021-09-30T14:01:15Z",
     1},
    {"host", KEY_HOST, "NAME", 0, "the name that the device asks for", 1},
    {"crl", KEY_CRL, "FILE", 0,
     "a revocation list (may be repeated); with one, the whole path must be covered", 1},
    {"batch", KEY_BATCH, "FILE", 0,
     "many cases instead, as JSON lines ('-' is standard input); answers as JSON lines", 1},
    {0, 0, 0, 0, "Who judges", 2},
    {"stack", KEY_STACK, "STACK", 0,
     "path builder, with options behind '+': openssl3+partial_chain ('pinstorm list stacks')", 2},
    {"strategy", KEY_STRATEGY, "PRESET", 0,
     "trust strategy (default webpki_static; 'pinstorm list strategies')", 2},
    {"role", KEY_ROLE, "ROLE=FILE", 0,
     "the certificate or public key that a strategy pins (may be repeated)", 2},
    {0, 0, 0, 0, "What comes out", 3},
    {"timeline", KEY_TIMELINE, 0, 0, "every date at which the answer or its reason changes", 3},
    {"json", KEY_JSON, 0, 0, "as JSON", 3},
    {0, 0, 0, 0, 0, 0}};

static error_t add_word(const char *option, char *arg, struct words *words)
{
    if (words->count == PS_VERIFY_FILES_MAX) {
        ps_cli_error("%s can be given %d times at most", option, PS_VERIFY_FILES_MAX);
        return EINVAL;
    }
    words->items[words->count++] = arg;
    return 0;
}

static error_t set_word(const char *option, char *arg, const char **word)
{
    if (*word) {
        ps_cli_error("%s can be given once only", option);
        return EINVAL;
    }
    *word = arg;
    return 0;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case KEY_TRUST:
        return add_word("--trust", arg, &o->trust);
    case KEY_CRL:
        return add_word("--crl", arg, &o->crls);
    case KEY_ROLE:
        return add_word("--role", arg, &o->roles);
    case KEY_CHAIN:
        return set_word("--chain", arg, &o->chain);
    case KEY_AT:
        return set_word("--at", arg, &o->at);
    case KEY_HOST:
        return set_word("--host", arg, &o->host);
    case KEY_STACK:
        return set_word("--stack", arg, &o->stack);
    case KEY_STRATEGY:
        return set_word("--strategy", arg, &o->strategy);
    case KEY_BATCH:
        return set_word("--batch", arg, &o->batch);
    case KEY_JSON:
        o->json = true;
        return 0;
    case KEY_TIMELINE:
        o->timeline = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int usage(const char *message)
{
    return ps_cli_usage("pinstorm verify", "%s", message);
}

/* ---- who judges ---- */

static int apply_preset(const struct options *o, struct ps_verify_trust *trust)
{
    const char *name = o->strategy ? o->strategy : preset_default;
    const struct ps_strategy *preset = ps_preset_strategy(name);
    struct ps_error err;
    if (!preset) {
        const struct ps_preset_line *lines;
        size_t count = ps_presets(&lines);
        const char **names = ps_alloc(count, sizeof *names);
        for (size_t i = 0; i < count; i++)
            names[i] = lines[i].name;
        const char *near = ps_text_nearest(name, names, count);
        free(names);
        return ps_cli_usage("pinstorm verify", "there is no strategy '%s'%s%s%s", name,
                            near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    trust->strategy = *preset;
    trust->stack = o->stack;
    if (o->stack && !ps_is_ok(ps_stack_apply(o->stack, &trust->strategy, &err)))
        return ps_cli_usage("pinstorm verify", "%s", err.text);
    return PS_EXIT_MET;
}

/* The file that --role gives for a role; NULL: none does. */
static const char *file_of_role(const struct options *o, const char *role)
{
    for (size_t i = 0; i < o->roles.count; i++) {
        const char *equals = strchr(o->roles.items[i], '=');
        size_t length = (size_t)(equals - o->roles.items[i]);
        if (strlen(role) == length && memcmp(role, o->roles.items[i], length) == 0)
            return equals + 1;
    }
    return NULL;
}

static int bind_pin(struct ps_device_stack *stack, const struct options *o,
                    const struct ps_pin *pin, struct ps_trust_pin *out, struct ps_der_list *values)
{
    const char *file = file_of_role(o, pin->of.role);
    struct ps_error err;
    if (!file)
        return ps_cli_usage("pinstorm verify",
                            "the strategy pins %s: say whose it is with --role %s=FILE",
                            pin->of.role, pin->of.role);
    *out = (struct ps_trust_pin){.match = pin->match, .depth = pin->depth};
    ps_status status = ps_verify_read_file(stack, PS_DER_CERTIFICATE, file, values, &err);
    bool key = status.code != PS_CODE_FAILED && values->count == 0;
    if (key)
        status = ps_verify_read_file(stack, PS_DER_KEY, file, values, &err);
    if (ps_is_ok(status) && values->count == 0)
        status = ps_fail(&err, PS_INVALID, "there is neither a certificate nor a public key in it");
    if (!ps_is_ok(status))
        return ps_cli_usage("pinstorm verify", "--role %s=%s: %s", pin->of.role, file, err.text);
    if (key && pin->match != PS_PIN_MATCH_SPKI_SHA256)
        return ps_cli_usage("pinstorm verify",
                            "--role %s=%s: a bare key has nothing of what is pinned", pin->of.role,
                            file);
    *(key ? &out->spki : &out->certificate) = values->items[0];
    return PS_EXIT_MET;
}

static bool is_pinned(const struct ps_strategy_pins *pins, const char *role, size_t length)
{
    for (size_t i = 0; i < pins->count; i++)
        if (strlen(pins->set[i].of.role) == length &&
            memcmp(pins->set[i].of.role, role, length) == 0)
            return true;
    return false;
}

/* What --role says has to be of use. */
static int check_roles(const struct options *o, const struct ps_strategy *strategy)
{
    for (size_t i = 0; i < o->roles.count; i++) {
        const char *role = o->roles.items[i], *equals = strchr(role, '=');
        if (!equals)
            return ps_cli_usage("pinstorm verify", "--role takes ROLE=FILE, not '%s'", role);
        if (!is_pinned(&strategy->pins, role, (size_t)(equals - role)))
            return ps_cli_usage("pinstorm verify", "the strategy %s does not pin '%.*s'",
                                strategy->name, (int)(equals - role), role);
    }
    return PS_EXIT_MET;
}

/* `values` has a list a pin: what the pins point into. */
static int bind_pins(struct ps_device_stack *stack, const struct options *o,
                     struct ps_verify_trust *trust, struct ps_der_list *values)
{
    const struct ps_strategy_pins *pins = &trust->strategy.pins;
    int code = check_roles(o, &trust->strategy);
    if (code != PS_EXIT_MET)
        return code;
    for (size_t i = 0; i < pins->count; i++) {
        code = bind_pin(stack, o, &pins->set[i], &trust->pins[i], &values[i]);
        if (code != PS_EXIT_MET)
            return code;
        trust->pin_count++;
    }
    return PS_EXIT_MET;
}

/* ---- one case ---- */

struct lists {
    struct ps_der_list trust, chain, crls;
};

/* Reads all files of one option. -1: go on. A malformed object is no mistake of usage but a reason
 * to refuse: `refusal` gets it. */
static int read_files(struct ps_device_stack *stack, enum ps_der_kind kind, const char *option,
                      const struct words *files, struct ps_der_list *list, struct ps_error *refusal)
{
    for (size_t i = 0; i < files->count; i++) {
        const char *path = files->items[i];
        struct ps_error err;
        size_t before = list->count;
        ps_status status = strcmp(option, "--trust") == 0
                               ? ps_verify_read_trust(stack, path, list, &err)
                               : ps_verify_read_file(stack, kind, path, list, &err);
        if (ps_is_ok(status) && list->count == before)
            return ps_cli_usage("pinstorm verify", "%s %s: there is no %s in it", option, path,
                                kind == PS_DER_CRL ? "revocation list" : "certificate");
        if (status.code == PS_CODE_FAILED)
            return ps_cli_usage("pinstorm verify", "%s %s: %s", option, path, err.text);
        if (!ps_is_ok(status) && !refusal->text[0])
            ps_fail(refusal, PS_INVALID, "%s: %s", option, err.text);
    }
    return -1;
}

static int read_lists(struct ps_device_stack *stack, const struct options *o, struct lists *lists,
                      struct ps_error *refusal)
{
    const struct words chain = {.items = {o->chain}, .count = 1};
    int code = read_files(stack, PS_DER_CERTIFICATE, "--trust", &o->trust, &lists->trust, refusal);
    if (code < 0)
        code = read_files(stack, PS_DER_CERTIFICATE, "--chain", &chain, &lists->chain, refusal);
    if (code < 0)
        code = read_files(stack, PS_DER_CRL, "--crl", &o->crls, &lists->crls, refusal);
    return code;
}

static int print_report(const struct options *o, const struct ps_verify_report *report)
{
    struct ps_text text = {0};
    if (o->json)
        ps_verify_json(report, &text);
    else
        ps_verify_text(report, &text);
    fputs(ps_text_chars(&text), stdout);
    ps_text_deinit(&text);
    return ps_verdict_accepted(&report->verdict) ? PS_EXIT_MET : PS_EXIT_NOT_MET;
}

/* Nothing is judged: what is malformed is refused on every day. */
static int report_malformed(const struct options *o, struct ps_verify_report *report,
                            const struct ps_error *refusal)
{
    report->verdict = (struct ps_verdict){.stage = PS_STAGE_TLS, .depth = -1};
    snprintf(report->verdict.reason, sizeof report->verdict.reason, "%.*s",
             PS_VERDICT_REASON_MAX - 1, refusal->text);
    const struct ps_verdict_span always = {PS_TIME_ALWAYS, PS_TIME_NEVER, report->verdict};
    report->spans = &always;
    report->span_count = 1;
    return print_report(o, report);
}

static int report_judged(const struct options *o, struct ps_verify_report *report,
                         struct ps_judge *judge)
{
    struct ps_verdict_span *spans;
    report->span_count = ps_judge_timeline(judge, &spans);
    report->spans = spans;
    report->verdict = *ps_judge_at(judge, report->at);
    report->path_count = ps_judge_path_count(judge);
    struct ps_judge_step *steps = ps_alloc(report->path_count + 1, sizeof *steps);
    struct ps_verify_step *path = ps_alloc(report->path_count + 1, sizeof *path);
    for (size_t i = 0; i < report->path_count; i++) {
        ps_judge_path_step(judge, i, &steps[i]);
        path[i] = (struct ps_verify_step){&steps[i].facts, steps[i].served, steps[i].trusted};
    }
    report->path = path;
    int code = print_report(o, report);
    for (size_t i = 0; i < report->path_count; i++)
        ps_judge_step_deinit(&steps[i]);
    free(path);
    free(steps);
    free(spans);
    return code;
}

static int judge_lists(struct ps_device_stack *stack, const struct options *o,
                       const struct ps_verify_trust *trust, const struct lists *lists,
                       struct ps_verify_report *report)
{
    const struct ps_judge_options options = {.trust = {.strategy = &trust->strategy,
                                                       .anchors = lists->trust.items,
                                                       .anchor_count = lists->trust.count,
                                                       .pins = trust->pins,
                                                       .pin_count = trust->pin_count,
                                                       .pins_end = PS_TIME_NEVER},
                                             .served = lists->chain.items,
                                             .served_count = lists->chain.count,
                                             .crls = lists->crls.items,
                                             .crl_count = lists->crls.count,
                                             .host = o->host};
    struct ps_judge *judge = NULL;
    struct ps_error err;
    if (!ps_is_ok(ps_judge_new(stack, &options, &judge, &err)))
        return report_malformed(o, report, &err);
    int code = report_judged(o, report, judge);
    ps_judge_free(judge);
    return code;
}

static int verify_one(struct ps_device_stack *stack, const struct options *o,
                      const struct ps_verify_trust *trust)
{
    static const char *const stacks[] = {
#define X(name, text, meaning) text,
        PS_BUILDERS(X)
#undef X
    };
    struct ps_verify_report report = {
        .host = o->host,
        .strategy = trust->strategy.name,
        .stack = o->stack ? o->stack : stacks[trust->strategy.chain.builder],
        .timeline = o->timeline,
        .colour = ps_cli_colour(STDOUT_FILENO),
    };
    if (trust->strategy.chain.engine == PS_ENGINE_PKIX && o->trust.count == 0)
        return usage("--trust is missing: what does the device trust?");
    if (!o->chain)
        return usage("--chain is missing: what does the server send?");
    if (!o->at)
        return usage("--at is missing: what does the device's clock show?");
    if (!o->host)
        return usage("--host is missing: which name does the device ask for?");
    if (!*o->host || strlen(o->host) > PS_VERIFY_HOST_MAX)
        return usage("--host takes a name of 1 to 253 characters");
    const char *wrong = ps_time_parse(o->at, false, &report.at);
    if (wrong)
        return ps_cli_usage("pinstorm verify", "--at %s: %s", o->at, wrong);
    struct lists lists = {0};
    struct ps_error refusal = {{0}};
    int code = read_lists(stack, o, &lists, &refusal);
    if (code < 0)
        code = refusal.text[0] ? report_malformed(o, &report, &refusal)
                               : judge_lists(stack, o, trust, &lists, &report);
    ps_der_list_deinit(&lists.trust);
    ps_der_list_deinit(&lists.chain);
    ps_der_list_deinit(&lists.crls);
    return code;
}

/* ---- the command ---- */

static int verify_many(struct ps_device_stack *stack, const struct options *o,
                       const struct ps_verify_trust *trust)
{
    if (o->trust.count > 0 || o->crls.count > 0 || o->chain || o->at || o->host || o->timeline)
        return usage("--batch takes its cases from the file: no --trust, --chain, --crl, --at, "
                     "--host or --timeline");
    if (strcmp(o->batch, "-") == 0)
        return ps_verify_batch(stack, trust, stdin);
    FILE *input = fopen(o->batch, "rb");
    if (!input)
        return ps_cli_usage("pinstorm verify", "--batch %s: %s", o->batch, strerror(errno));
    int code = ps_verify_batch(stack, trust, input);
    fclose(input);
    return code;
}

int ps_command_verify(int argc, char **argv)
{
    static const struct argp argp = {
        option_table,
        parse_option,
        "--trust FILE|DIR --chain FILE --at DATE --host NAME\n--batch FILE",
        "Would a device with this trust store accept this chain on that day?\v"
        "Certificates are real ones, PEM or DER. Examples:\n"
        "  pinstorm verify --trust /etc/ssl/certs --chain served.pem --at 2030-01-01 \\\n"
        "      --host hub.example\n"
        "  pinstorm verify --trust roots.pem --chain served.pem --at 2021-10-05 \\\n"
        "      --host hub.example --stack openssl102 --timeline\n\n"
        "Exit codes: 0 accepted (a batch: every line answered), 1 refused, 2 usage, 3 failed.",
        0,
        0,
        0};
    static struct options o;
    int code = ps_cli_parse(&argp, argc, argv, &o);
    if (code >= 0)
        return code;
    struct ps_verify_trust trust = {.stack = o.stack};
    code = apply_preset(&o, &trust);
    if (code != PS_EXIT_MET)
        return code;
    struct ps_device_stack *stack = NULL;
    struct ps_error err;
    ps_status status = ps_device_stack_new(&stack, &err);
    if (!ps_is_ok(status)) {
        ps_cli_error("%s", err.text);
        return ps_exit_of(status);
    }
    struct ps_der_list *values = ps_alloc(trust.strategy.pins.count + 1, sizeof *values);
    trust.pins = ps_alloc(trust.strategy.pins.count + 1, sizeof *trust.pins);
    code = bind_pins(stack, &o, &trust, values);
    if (code == PS_EXIT_MET)
        code = o.batch ? verify_many(stack, &o, &trust) : verify_one(stack, &o, &trust);
    for (size_t i = 0; i < trust.strategy.pins.count; i++)
        ps_der_list_deinit(&values[i]);
    free(values);
    free(trust.pins);
    ps_device_stack_free(stack);
    return code;
}
