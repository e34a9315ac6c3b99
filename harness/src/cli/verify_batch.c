/* SPDX-License-Identifier: Apache-2.0
 *
 * Many cases: a line in, a line out, in order. What is wrong with a case is its answer.
 */
#include "cli/verify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "cli/cli.h"
#include "reports/batch.h"
#include "reports/verify.h"

/* CERTIFICATES_KEPT_MAX: parsed ones that later cases may have again. */
enum { LINE_BYTES_MAX = 32 * 1024 * 1024, CERTIFICATES_KEPT_MAX = 1024 };

struct lists {
    struct ps_der_list trust, chain, crls;
};

static ps_status read_texts(struct ps_device_stack *stack, enum ps_der_kind kind, const char *key,
                            const struct ps_batch_texts *texts, struct ps_der_list *list,
                            struct ps_error *err)
{
    for (size_t i = 0; i < texts->count; i++) {
        const char *text = texts->items[i];
        struct ps_bytes bytes = {(const unsigned char *)text, strlen(text)};
        size_t before = list->count;
        ps_status status = ps_der_read(stack, kind, bytes, list, err);
        if (ps_is_ok(status) && list->count == before)
            status = ps_fail(err, PS_INVALID, "there is nothing of the kind in it");
        if (!ps_is_ok(status))
            return ps_wrap(err, status, "%s[%zu]", key, i);
    }
    return PS_OK;
}

static ps_status read_lists(struct ps_device_stack *stack, const struct ps_batch_case *batch_case,
                            struct lists *lists, struct ps_error *err)
{
    PS_TRY(read_texts(stack, PS_DER_CERTIFICATE, "trust", &batch_case->trust, &lists->trust, err));
    PS_TRY(read_texts(stack, PS_DER_CERTIFICATE, "chain", &batch_case->chain, &lists->chain, err));
    return read_texts(stack, PS_DER_CRL, "crls", &batch_case->crls, &lists->crls, err);
}

static void answer_judged(const struct ps_judge *judge, const struct ps_verdict *verdict,
                          struct ps_batch_answer *answer, struct ps_text *out)
{
    size_t count = ps_judge_path_count(judge);
    struct ps_judge_step *steps = ps_alloc(count + 1, sizeof *steps);
    const char **names = ps_alloc(count + 1, sizeof *names);
    struct ps_text reason = {0};
    for (size_t i = 0; i < count; i++) {
        ps_judge_path_step(judge, i, &steps[i]);
        names[i] = steps[i].facts.name;
    }
    ps_verify_reason(verdict, &reason);
    answer->accepted = ps_verdict_accepted(verdict);
    answer->error = answer->accepted ? NULL : ps_text_chars(&reason);
    answer->path = names;
    answer->path_count = count;
    ps_batch_write(answer, out);
    for (size_t i = 0; i < count; i++)
        ps_judge_step_deinit(&steps[i]);
    ps_text_deinit(&reason);
    free(names);
    free(steps);
}

/* OK: the answer is in `out`. Otherwise `err` is the reason of a refusal. */
static ps_status judge_case(struct ps_device_stack *stack, const struct ps_verify_trust *trust,
                            const struct ps_batch_case *batch_case, struct lists *lists,
                            struct ps_text *out, struct ps_error *err)
{
    struct ps_strategy strategy = trust->strategy;
    struct ps_judge *judge = NULL;
    if (batch_case->stack)
        PS_TRY(ps_stack_apply(batch_case->stack, &strategy, err));
    PS_TRY(read_lists(stack, batch_case, lists, err));
    const struct ps_judge_options options = {.trust = {.strategy = &strategy,
                                                       .anchors = lists->trust.items,
                                                       .anchor_count = lists->trust.count,
                                                       .pins = trust->pins,
                                                       .pin_count = trust->pin_count,
                                                       .pins_end = PS_TIME_NEVER},
                                             .served = lists->chain.items,
                                             .served_count = lists->chain.count,
                                             .crls = lists->crls.items,
                                             .crl_count = lists->crls.count,
                                             .host = batch_case->host};
    PS_TRY(ps_judge_new(stack, &options, &judge, err));
    struct ps_batch_answer answer = {.id = batch_case->id};
    answer_judged(judge, ps_judge_at(judge, batch_case->at), &answer, out);
    ps_judge_free(judge);
    return PS_OK;
}

static void answer_line(struct ps_device_stack *stack, const struct ps_verify_trust *trust,
                        const char *line, size_t size, struct ps_text *out)
{
    struct ps_batch_case batch_case;
    struct lists lists = {0};
    struct ps_error err = {{0}};
    ps_status status = ps_batch_read(line, size, &batch_case, &err);
    if (ps_is_ok(status))
        status = judge_case(stack, trust, &batch_case, &lists, out, &err);
    if (!ps_is_ok(status)) {
        const struct ps_batch_answer answer = {.id = batch_case.id, .error = err.text};
        ps_batch_write(&answer, out);
    }
    ps_der_list_deinit(&lists.trust);
    ps_der_list_deinit(&lists.chain);
    ps_der_list_deinit(&lists.crls);
    ps_batch_case_deinit(&batch_case);
    ps_device_stack_forget(stack, CERTIFICATES_KEPT_MAX);
}

/* One line without its end into `line`, at most LINE_BYTES_MAX of it; false at the end. */
static bool read_line(FILE *input, struct ps_buffer *line, bool *ret_cut)
{
    int c = getc(input);
    line->size = 0;
    *ret_cut = false;
    if (c == EOF)
        return false;
    for (; c != EOF && c != '\n'; c = getc(input)) {
        char byte = (char)c;
        if (line->size < LINE_BYTES_MAX)
            ps_buffer_append(line, &byte, 1);
        else
            *ret_cut = true;
    }
    return true;
}

static bool is_blank(const struct ps_buffer *line)
{
    for (size_t i = 0; i < line->size; i++)
        if (!strchr(" \t\r", line->data[i]) || line->data[i] == '\0')
            return false;
    return true;
}

static void answer_long(struct ps_text *out)
{
    char *why = ps_format("the line is longer than %d bytes", LINE_BYTES_MAX);
    const struct ps_batch_answer answer = {.id = "null", .error = why};
    ps_batch_write(&answer, out);
    free(why);
}

int ps_verify_batch(struct ps_device_stack *stack, const struct ps_verify_trust *trust, FILE *input)
{
    struct ps_buffer line = {0};
    struct ps_text out = {0};
    bool cut, failed = false;
    while (!failed && !ps_cli_interrupted() && read_line(input, &line, &cut)) {
        if (is_blank(&line) && !cut)
            continue;
        if (cut)
            answer_long(&out);
        else
            answer_line(stack, trust, (const char *)line.data, line.size, &out);
        /* Whoever asks line by line through a pipe waits for it. */
        failed = fwrite(out.chars, 1, out.length, stdout) != out.length || fflush(stdout) != 0;
        out.length = 0;
    }
    int code = PS_EXIT_MET;
    if (ferror(input)) {
        ps_cli_error("the batch cannot be read: %s", strerror(errno));
        code = PS_EXIT_FAILED;
    } else if (ps_cli_interrupted()) {
        ps_cli_error("interrupted");
        code = PS_EXIT_FAILED;
    } else if (failed) {
        code = PS_EXIT_FAILED; /* main says so */
    }
    ps_buffer_deinit(&line);
    ps_text_deinit(&out);
    return code;
}
