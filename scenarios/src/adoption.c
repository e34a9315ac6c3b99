/* SPDX-License-Identifier: Apache-2.0
 *
 * How long devices take to adopt a release: a distribution, or the curve that rollouts are reported
 * as, which is shares of devices by the time that has passed. A curve becomes an empirical
 * distribution over all devices; those who never do lie behind its last quantile.
 */
#include <string.h>

#include "form.h"
#include "reader.h"
#include "values.h"
#include "writer.h"

enum { PPM_ALL = 1000000 };

/* No public curve exists of a fleet of small devices; these are the numbers that people expect. */
static const struct ps_plan_adoption typical = {
    .is_curve = true,
    .lag = {.kind = PS_DISTRIBUTION_EMPIRICAL,
            .quantiles = 4,
            .quantile_share = {{0}, {700000}, {900000}, {930000}},
            .quantile_value = {{0}, {30 * 86400}, {90 * 86400}, {99 * 86400}}},
    .never = {70000},
};

/* What a curve of `points` points is told that has too few or too many of them. */
static bool say_count(struct ps_reader *reader, const struct ps_field *field,
                      const struct ps_node *node, size_t points)
{
    SAY(reader->diagnostics, node->span, ADOPTION_COUNT, field->key, points, (int)PS_QUANTILES_MAX);
    return false;
}

static void add_point(struct ps_distribution *lag, ps_share share, ps_duration time)
{
    lag->quantile_share[lag->quantiles] = share;
    lag->quantile_value[lag->quantiles++] = time;
}

static bool is_never(const struct ps_node *key)
{
    return key->kind == PS_NODE_SCALAR && strcmp(key->text, "never") == 0;
}

/* Something that begins as times do, rightly or not. */
static bool is_time(const struct ps_node *key)
{
    return key->kind == PS_NODE_SCALAR && key->text[0] != '\0' &&
           strchr("0123456789+-.", key->text[0]) != NULL;
}

static bool is_said_once(struct ps_reader *reader, const struct ps_node *node, size_t i)
{
    for (size_t old = 0; old < i; old++) {
        if (!is_never(node->keys[old]))
            continue;
        SAY(reader->diagnostics, node->keys[i]->span, DUPLICATE_KEY, "never",
            node->keys[old]->span.line + 1);
        return false;
    }
    return true;
}

static bool read_point(struct ps_reader *reader, const struct ps_field *field,
                       const struct ps_node *node, size_t i, struct ps_plan_adoption *adoption)
{
    struct ps_field share_field = {.key = field->key, .type = PS_FIELD_SHARE},
                    time_field = {
                        .key = field->key, .type = PS_FIELD_DURATION, .max = PS_CENTURY_S};
    struct ps_distribution *lag = &adoption->lag;
    ps_share share = {0};
    ps_duration time = {0};

    if (is_never(node->keys[i])) {
        if (ps_reader_scalar(reader, &share_field, node->items[i], &adoption->never))
            return is_said_once(reader, node, i);
        return false;
    }
    if (!is_time(node->keys[i])) {
        SAY(reader->diagnostics, node->keys[i]->span, ADOPTION_SHAPE, field->key);
        return false;
    }
    bool fine = ps_reader_scalar(reader, &time_field, node->keys[i], &time);
    fine = ps_reader_scalar(reader, &share_field, node->items[i], &share) && fine;
    if (!fine)
        return false;
    if (lag->quantiles == 0 && time.s > 0 && share.ppm > 0)
        add_point(lag, (ps_share){0}, (ps_duration){0});
    if (lag->quantiles > 0 && (share.ppm <= lag->quantile_share[lag->quantiles - 1].ppm ||
                               time.s <= lag->quantile_value[lag->quantiles - 1].s)) {
        SAY(reader->diagnostics, node->keys[i]->span, ADOPTION_ORDER, field->key);
        return false;
    }
    if (lag->quantiles == PS_QUANTILES_MAX)
        return say_count(reader, field, node, lag->quantiles + 1);
    add_point(lag, share, time);
    return true;
}

/* Behind the last point the curve goes on as straight as before it, up to who never adopts. */
static bool end_curve(struct ps_reader *reader, const struct ps_field *field,
                      const struct ps_node *node, struct ps_plan_adoption *adoption)
{
    struct ps_distribution *lag = &adoption->lag;
    size_t last = lag->quantiles - 1;

    if (lag->quantiles == 0) {
        SAY(reader->diagnostics, node->span, ADOPTION_SHAPE, field->key);
        return false;
    }
    int64_t rest = (int64_t)PPM_ALL - adoption->never.ppm - lag->quantile_share[last].ppm;
    if (rest < 0) {
        SAY(reader->diagnostics, node->span, ADOPTION_SUM, field->key);
        return false;
    }
    if (rest == 0)
        return true;
    if (last == 0) {
        SAY(reader->diagnostics, node->span, ADOPTION_REST, field->key);
        return false;
    }
    int64_t rise = (int64_t)lag->quantile_share[last].ppm - lag->quantile_share[last - 1].ppm,
            took_s = lag->quantile_value[last].s - lag->quantile_value[last - 1].s;
    if (lag->quantiles == PS_QUANTILES_MAX)
        return say_count(reader, field, node, lag->quantiles + 1);
    ps_duration end = {lag->quantile_value[last].s + (took_s * rest + rise - 1) / rise};
    if (end.s > PS_CENTURY_S) {
        SAY(reader->diagnostics, node->span, ADOPTION_END, field->key);
        return false;
    }
    add_point(lag, (ps_share){(uint32_t)(PPM_ALL - adoption->never.ppm)}, end);
    return true;
}

static bool read_curve(struct ps_reader *reader, const struct ps_field *field,
                       const struct ps_node *node, struct ps_plan_adoption *adoption)
{
    bool fine = true;
    size_t points = node->count;

    for (size_t i = 0; i < node->count; i++)
        points -= is_never(node->keys[i]);
    if (node->count == 0 || points > PS_QUANTILES_MAX)
        return say_count(reader, field, node, points);
    adoption->is_curve = true;
    adoption->lag.kind = PS_DISTRIBUTION_EMPIRICAL;
    for (size_t i = 0; i < node->count; i++)
        fine = read_point(reader, field, node, i, adoption) && fine;
    return fine && end_curve(reader, field, node, adoption);
}

static bool is_distribution(const struct ps_node *node)
{
    if (node->kind != PS_NODE_MAPPING || node->count != 1 || node->keys[0]->kind != PS_NODE_SCALAR)
        return false;
    for (size_t kind = PS_DISTRIBUTION_FIXED + 1; kind <= PS_DISTRIBUTION_EMPIRICAL; kind++) {
        if (strcmp(node->keys[0]->text, ps_distribution_tables[kind]->name) == 0)
            return true;
    }
    return false;
}

static bool read_adoption(struct ps_reader *reader, const struct ps_field *field,
                          const struct ps_node *node, void *value)
{
    struct ps_plan_adoption adoption = {.is_curve = false};
    bool fine = true;

    if (node->kind == PS_NODE_SCALAR && strcmp(node->text, "typical") == 0) {
        adoption = typical;
    } else if ((node->kind == PS_NODE_SCALAR && strpbrk(node->text, "0123456789") != NULL) ||
               is_distribution(node)) {
        fine = ps_reader_distribution(reader, field, node, &adoption.lag);
    } else if (node->kind == PS_NODE_MAPPING) {
        fine = read_curve(reader, field, node, &adoption);
    } else {
        SAY(reader->diagnostics, node->span, ADOPTION_SHAPE, field->key);
        fine = false;
    }
    *(struct ps_plan_adoption *)value = adoption;
    return fine;
}

static void write_adoption(const void *value, struct ps_text *out)
{
    const struct ps_plan_adoption *adoption = value;

    if (!adoption->is_curve) {
        ps_writer_distribution(&adoption->lag, out);
        return;
    }
    for (size_t i = 0; i < adoption->lag.quantiles; i++) {
        char time[PS_TIME_TEXT_MAX];
        ps_text_add(out, "%s%s: ", i == 0 ? "{" : ", ",
                    ps_duration_format(adoption->lag.quantile_value[i], time));
        ps_share_write(adoption->lag.quantile_share[i], out);
    }
    if (adoption->never.ppm > 0) {
        ps_text_add(out, ", never: ");
        ps_share_write(adoption->never, out);
    }
    ps_text_add(out, "}");
}

const struct ps_special ps_special_adoption = {
    .read = read_adoption,
    .write = write_adoption,
    .schema = "{\"oneOf\": [{\"const\": \"typical\"}, {\"$ref\": \"#/$defs/distribution\"}, "
              "{\"type\": \"object\", \"minProperties\": 1, \"additionalProperties\": "
              "{\"$ref\": \"#/$defs/share\"}}]}",
};
