/* SPDX-License-Identifier: Apache-2.0
 *
 * The verdict changes only at a date of a certificate or CRL that can be looked at, where pins
 * begin or end, or where a set of the revoked is too old. Each date is tried as it is and one
 * second later: whether the last second still counts differs between stacks.
 */
#include "sim-device/judge.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "facts.h"
#include "name.h"
#include "verify.h"

struct ps_judge {
    struct ps_device_stack *stack; /* borrowed until ps_judge_free */
    struct ps_trust *trust;        /* owned */
    STACK_OF(X509) * served;       /* owned */
    STACK_OF(X509_CRL) * crls;     /* owned; NULL: none */
    size_t served_bytes;           /* in a handshake's message */
    char *host;                    /* owned */
    ps_time floor;
    struct ps_built built; /* of the last judgement */
    struct ps_verdict verdict;
};

static ps_status add_served(struct ps_judge *judge, const struct ps_judge_options *options,
                            struct ps_error *err)
{
    enum { LENGTH_BYTES = 3 };
    judge->served = ps_need(sk_X509_new_null());
    if (options->served_count == 0)
        return ps_fail(err, PS_INVALID, "the served chain is empty: there is no certificate");
    for (size_t i = 0; i < options->served_count; i++) {
        X509 *certificate = ps_stack_certificate(judge->stack, options->served[i]);
        if (!certificate)
            return ps_fail(err, PS_INVALID, "served certificate %zu is malformed", i + 1);
        if (!sk_X509_push(judge->served, certificate))
            ps_memory_exhausted(0);
        judge->served_bytes += options->served[i].size + LENGTH_BYTES;
    }
    return PS_OK;
}

static ps_status add_crls(struct ps_judge *judge, const struct ps_judge_options *options,
                          struct ps_error *err)
{
    if (options->crl_count > 0)
        judge->crls = ps_need(sk_X509_CRL_new_null());
    for (size_t i = 0; i < options->crl_count; i++) {
        X509_CRL *crl = ps_stack_crl(judge->stack, options->crls[i]);
        if (!crl)
            return ps_fail(err, PS_INVALID, "CRL %zu is malformed", i + 1);
        if (!sk_X509_CRL_push(judge->crls, crl))
            ps_memory_exhausted(0);
    }
    return PS_OK;
}

ps_status ps_judge_new(struct ps_device_stack *stack, const struct ps_judge_options *options,
                       struct ps_judge **ret_judge, struct ps_error *err)
{
    assert(options->trust.strategy && options->host);
    struct ps_judge *judge = ps_alloc(1, sizeof *judge);
    judge->stack = stack;
    judge->host = ps_strdup(options->host);
    judge->floor = options->trust.strategy->time.floor;
    ps_status status = add_served(judge, options, err);
    if (ps_is_ok(status))
        status = add_crls(judge, options, err);
    if (ps_is_ok(status)) {
        status = ps_trust_new(stack, &options->trust, &judge->trust, err);
        if (!ps_is_ok(status)) /* its input is ours: a mistake in it is the user's */
            status = PS_INVALID;
    }
    if (!ps_is_ok(status)) {
        ps_judge_free(judge);
        return status;
    }
    *ret_judge = judge;
    return PS_OK;
}

void ps_judge_free(struct ps_judge *judge)
{
    if (!judge)
        return;
    ps_trust_free(judge->trust);
    sk_X509_pop_free(judge->served, X509_free);
    sk_X509_CRL_pop_free(judge->crls, X509_CRL_free);
    free(judge->host);
    free(judge);
}

/* What would end a handshake as soon as the list has arrived. */
static const char *unreadable(const struct ps_judge *judge)
{
    if (judge->served_bytes > PS_CERTIFICATE_LIST_BYTES_MAX)
        return "the served chain is longer than a handshake takes";
    if (!X509_get0_pubkey(sk_X509_value(judge->served, 0)))
        return "the leaf's key cannot be used";
    return NULL;
}

const struct ps_verdict *ps_judge_at(struct ps_judge *judge, ps_time now)
{
    if (ps_time_compare(now, judge->floor) < 0)
        now = judge->floor;
    memset(&judge->built, 0, sizeof judge->built);
    const char *wrong = unreadable(judge);
    ps_errors_clear();
    if (wrong) {
        judge->verdict = (struct ps_verdict){.stage = PS_STAGE_TLS, .depth = -1};
        snprintf(judge->verdict.reason, sizeof judge->verdict.reason, "%s", wrong);
        return &judge->verdict;
    }
    struct ps_judgement judgement = {.trust = judge->trust,
                                     .now = now,
                                     .host = ps_name_asked(judge->trust->strategy, judge->host),
                                     .crls = judge->crls,
                                     .ret_built = &judge->built};
    ps_verify_list(&judgement, judge->served);
    judge->verdict = judgement.verdict;
    return &judge->verdict;
}

size_t ps_judge_path_count(const struct ps_judge *judge)
{
    return judge->built.count;
}

void ps_judge_path_step(const struct ps_judge *judge, size_t index, struct ps_judge_step *ret_step)
{
    assert(index < judge->built.count);
    X509 *certificate = judge->built.path[index];
    ps_facts_init(certificate, &ret_step->facts);
    ret_step->served = ret_step->trusted = SIZE_MAX;
    /* Equal bytes were parsed once: equal certificates are the same object. */
    for (int i = sk_X509_num(judge->served) - 1; i >= 0; i--)
        if (sk_X509_value(judge->served, i) == certificate)
            ret_step->served = (size_t)i;
    for (size_t i = judge->trust->anchor_count; i-- > 0;)
        if (judge->trust->anchors[i] == certificate)
            ret_step->trusted = i;
}

void ps_judge_step_deinit(struct ps_judge_step *step)
{
    ps_facts_deinit(&step->facts);
}

/* ---- when it changes ---- */

struct instants {
    ps_time *all; /* owned */
    size_t count, capacity;
};

static void add_instant(struct instants *instants, ps_time at)
{
    ps_time first = ps_time_from_date((struct ps_date){1950, 1, 1});
    ps_time last = {ps_time_from_date((struct ps_date){9999, 12, 31}).s + 86399};
    if (ps_time_compare(at, first) >= 0 && ps_time_compare(at, last) <= 0)
        PS_PUSH(instants->all, instants->count, instants->capacity, at);
}

/* NEVER stands for a date that cannot be read: it has no second. */
static void add_date(struct instants *instants, ps_time date)
{
    if (ps_time_compare(date, PS_TIME_NEVER) == 0)
        return;
    add_instant(instants, date);
    add_instant(instants, (ps_time){date.s + 1});
}

static void add_certificate(struct instants *instants, const X509 *certificate)
{
    add_date(instants, ps_asn1_time(X509_get0_notBefore(certificate)));
    add_date(instants, ps_asn1_time(X509_get0_notAfter(certificate)));
}

static bool is_wanted(STACK_OF(X509_NAME) * names, const X509_NAME *name)
{
    for (int i = 0; i < sk_X509_NAME_num(names); i++)
        if (X509_NAME_cmp(sk_X509_NAME_value(names, i), name) == 0)
            return true;
    return false;
}

static void want(STACK_OF(X509_NAME) * names, X509_NAME *name)
{
    if (!is_wanted(names, name) && !sk_X509_NAME_push(names, name))
        ps_memory_exhausted(0);
}

static void want_both(STACK_OF(X509_NAME) * names, const X509 *certificate)
{
    want(names, X509_get_subject_name(certificate));
    want(names, X509_get_issuer_name(certificate));
}

/* Of a store of hundreds only those count that some builder could look at: every one of them finds
 * its candidates by name, beginning with the names in the served list. */
static void add_anchors(const struct ps_judge *judge, struct instants *instants)
{
    STACK_OF(X509_NAME) *names = ps_need(sk_X509_NAME_new_null());
    size_t count = judge->trust->anchor_count;
    bool *added = ps_alloc(count + 1, sizeof *added);
    for (int i = 0; i < sk_X509_num(judge->served); i++)
        want_both(names, sk_X509_value(judge->served, i));
    for (size_t i = 0; i < judge->trust->intermediate_count; i++)
        want_both(names, judge->trust->intermediates[i]);
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < count; i++) {
            X509 *anchor = judge->trust->anchors[i];
            if (added[i] || !is_wanted(names, X509_get_subject_name(anchor)))
                continue;
            want(names, X509_get_issuer_name(anchor));
            add_certificate(instants, anchor);
            added[i] = again = true;
        }
    }
    free(added);
    sk_X509_NAME_free(names); /* the names are the certificates' own */
}

static int compare_times(const void *a, const void *b)
{
    return ps_time_compare(*(const ps_time *)a, *(const ps_time *)b);
}

/* The last second at which the set of the revoked is young enough. */
static void add_set(const struct ps_trust *trust, struct instants *instants)
{
    ps_duration max_age = trust->strategy->revocation.max_age;
    ps_time from = trust->revoked_from;
    if (max_age.s > 0 && ps_time_compare(from, PS_TIME_ALWAYS) != 0 &&
        from.s < INT64_MAX - max_age.s)
        add_date(instants, (ps_time){from.s + max_age.s});
}

static void find_instants(const struct ps_judge *judge, struct instants *instants)
{
    for (int i = 0; i < sk_X509_num(judge->served); i++)
        add_certificate(instants, sk_X509_value(judge->served, i));
    for (size_t i = 0; i < judge->trust->intermediate_count; i++)
        add_certificate(instants, judge->trust->intermediates[i]);
    add_anchors(judge, instants);
    add_set(judge->trust, instants);
    for (int i = 0; i < sk_X509_CRL_num(judge->crls); i++) {
        const X509_CRL *crl = sk_X509_CRL_value(judge->crls, i);
        add_date(instants, ps_asn1_time(X509_CRL_get0_lastUpdate(crl)));
        add_date(instants, ps_asn1_time(X509_CRL_get0_nextUpdate(crl)));
    }
    add_instant(instants, judge->trust->pins_end);
    for (size_t i = 0; i < judge->trust->pin_count; i++)
        add_instant(instants, judge->trust->pins[i].not_before);
    if (instants->count > 0)
        qsort(instants->all, instants->count, sizeof *instants->all, compare_times);
}

static bool same_answer(const struct ps_verdict *a, const struct ps_verdict *b)
{
    return a->stage == b->stage && a->error == b->error && a->depth == b->depth &&
           strcmp(a->reason, b->reason) == 0;
}

size_t ps_judge_timeline(struct ps_judge *judge, struct ps_verdict_span **ret_spans)
{
    struct instants instants = {0};
    struct ps_verdict_span *spans = NULL;
    size_t count = 0, capacity = 0;
    find_instants(judge, &instants);
    ps_time first = instants.count > 0 ? (ps_time){instants.all[0].s - 1} : (ps_time){0};
    struct ps_verdict_span span = {PS_TIME_ALWAYS, PS_TIME_NEVER, *ps_judge_at(judge, first)};
    PS_PUSH(spans, count, capacity, span);
    for (size_t i = 0; i < instants.count; i++) {
        if (i > 0 && ps_time_compare(instants.all[i], instants.all[i - 1]) == 0)
            continue;
        span.verdict = *ps_judge_at(judge, instants.all[i]);
        if (same_answer(&spans[count - 1].verdict, &span.verdict))
            continue;
        spans[count - 1].until.s = instants.all[i].s - 1;
        span.from = instants.all[i];
        PS_PUSH(spans, count, capacity, span);
    }
    free(instants.all);
    *ret_spans = spans;
    return count;
}

/* ---- stacks by name ---- */

/* Options that a measured stack was run with, and the switch that models each. */
static const struct {
    const char *name;
    unsigned builders; /* bits */
    bool partial;      /* else: anchors' dates do not count */
} stack_options[] = {
    {"partial_chain",
     1u << PS_BUILDER_OPENSSL3 | 1u << PS_BUILDER_OPENSSL102 | 1u << PS_BUILDER_OPENSSL101, true},
    {"no_trusted_time", 1u << PS_BUILDER_GNUTLS37, false},
    {"anchors_loaded_before_expiry", 1u << PS_BUILDER_WOLF_STRICT | 1u << PS_BUILDER_WOLF_ALT,
     false},
};
enum { STACK_OPTIONS = sizeof stack_options / sizeof stack_options[0] };

static const char *const builder_names[] = {
#define X(name, text, meaning) text,
    PS_BUILDERS(X)
#undef X
};

static ps_status apply_option(const char *builder, const char *option, size_t length,
                              struct ps_strategy *strategy, struct ps_error *err)
{
    struct ps_text known = {0};
    for (size_t i = 0; i < STACK_OPTIONS; i++) {
        const char *name = stack_options[i].name;
        if (!(stack_options[i].builders & 1u << strategy->chain.builder))
            continue;
        if (strlen(name) == length && memcmp(name, option, length) == 0) {
            if (stack_options[i].partial)
                strategy->chain.partial = true;
            else
                strategy->time.anchor_dates = PS_DATES_IGNORE;
            ps_text_deinit(&known);
            return PS_OK;
        }
        ps_text_add(&known, "%s%s", known.length > 0 ? ", " : "", name);
    }
    ps_status status = ps_fail(err, PS_INVALID, "the stack %s has no option '%.*s' (%s)", builder,
                               (int)length, option, known.length > 0 ? known.chars : "it has none");
    ps_text_deinit(&known);
    return status;
}

ps_status ps_stack_apply(const char *name, struct ps_strategy *strategy, struct ps_error *err)
{
    size_t length = strcspn(name, "+");
    int builder = -1;
    for (int i = 0; i < PS_BUILDER_COUNT; i++)
        if (strlen(builder_names[i]) == length && memcmp(builder_names[i], name, length) == 0)
            builder = i;
    if (builder < 0) {
        char *wanted = ps_format("%.*s", (int)length, name);
        const char *near = ps_text_nearest(wanted, builder_names, PS_BUILDER_COUNT);
        ps_status status =
            ps_fail(err, PS_INVALID, "there is no stack '%s'%s%s%s", wanted,
                    near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
        free(wanted);
        return status;
    }
    strategy->chain.builder = (enum ps_builder)builder;
    for (const char *at = name + length; *at == '+'; at += length + 1) {
        length = strcspn(at + 1, "+");
        PS_TRY(apply_option(builder_names[builder], at + 1, length, strategy, err));
    }
    return PS_OK;
}
