/* SPDX-License-Identifier: Apache-2.0
 *
 * What tables cannot say alone: distributions, chains, path lengths.
 */
#include <string.h>

#include "form.h"
#include "reader.h"
#include "values.h"

enum { PATH_LENGTH_MAX = 10 };

static bool say_shape(struct ps_reader *reader, const struct ps_field *field,
                      const struct ps_node *node)
{
    const char *shapes = "";

    for (size_t kind = PS_DISTRIBUTION_FIXED + 1; kind <= PS_DISTRIBUTION_EMPIRICAL; kind++)
        shapes = ps_arena_format(reader->arena, "%s%s%s: ..", shapes, *shapes ? ", " : "",
                                 ps_distribution_tables[kind]->name);
    SAY(reader->diagnostics, node->span, DISTRIBUTION_SHAPE, field->key, shapes);
    return false;
}

/* What stands for how long it is: its greatest value, or the one that it is known by. */
static int64_t scale_of(const struct ps_distribution *distribution)
{
    const struct ps_distribution *d = distribution;

    if (d->kind == PS_DISTRIBUTION_UNIFORM)
        return d->b.s;
    if (d->kind != PS_DISTRIBUTION_EMPIRICAL)
        return d->a.s;
    return d->observed_count > 0 ? d->observed[d->observed_count - 1].value.s
                                 : d->quantile_value[d->quantiles - 1].s;
}

/* Single draws below the least are taken as the least; where most would be, somebody means
 * something else. */
static bool is_long_enough(struct ps_reader *reader, const struct ps_field *field,
                           const struct ps_node *node, const struct ps_distribution *distribution)
{
    char least[PS_TIME_TEXT_MAX];

    if (scale_of(distribution) >= (int64_t)field->min)
        return true;
    SAY(reader->diagnostics, node->span, DURATION_MIN, field->key,
        ps_duration_format((ps_duration){field->min}, least));
    return false;
}

bool ps_reader_distribution(struct ps_reader *reader, const struct ps_field *field,
                            const struct ps_node *node, struct ps_distribution *ret_distribution)
{
    struct ps_distribution distribution = {.kind = PS_DISTRIBUTION_FIXED};
    bool fine = true;

    if (node->kind == PS_NODE_SCALAR) {
        struct ps_field fixed = *field;
        fixed.type = PS_FIELD_DURATION;
        fixed.max = PS_CENTURY_S;
        fine = ps_reader_scalar(reader, &fixed, node, &distribution.a);
    } else if (node->kind != PS_NODE_MAPPING || node->count != 1 ||
               node->keys[0]->kind != PS_NODE_SCALAR) {
        return say_shape(reader, field, node);
    } else {
        size_t kind = PS_DISTRIBUTION_FIXED + 1;
        while (kind <= PS_DISTRIBUTION_EMPIRICAL &&
               strcmp(ps_distribution_tables[kind]->name, node->keys[0]->text) != 0)
            kind++;
        if (kind > PS_DISTRIBUTION_EMPIRICAL)
            return say_shape(reader, field, node->keys[0]);
        if (kind == PS_DISTRIBUTION_EMPIRICAL)
            fine = ps_reader_empirical(reader, node->items[0], &distribution);
        else
            fine = !ps_reader_block(reader, ps_distribution_tables[kind], node->items[0],
                                    PS_READ_WHOLE, &distribution)
                        ->bad;
        distribution.kind = (enum ps_distribution_kind)kind;
    }
    if (fine && distribution.kind == PS_DISTRIBUTION_UNIFORM &&
        distribution.b.s < distribution.a.s) {
        SAY(reader->diagnostics, node->span, UNIFORM_REVERSED);
        fine = false;
    }
    fine = fine && (distribution.kind == PS_DISTRIBUTION_FIXED ||
                    is_long_enough(reader, field, node, &distribution));
    *ret_distribution = distribution;
    return fine;
}

static bool read_chain_list(struct ps_reader *reader, const struct ps_field *field,
                            const struct ps_node *node, struct ps_form_chain *chain)
{
    if (node->kind != PS_NODE_LIST) {
        SAY(reader->diagnostics, node->span, CHAIN_SHAPE, ps_node_kind_text(node));
        return false;
    }
    chain->node = node;
    return ps_reader_names(reader, field, node, &chain->certificates.items,
                           &chain->certificates.count);
}

static bool read_chain(struct ps_reader *reader, const struct ps_field *field,
                       const struct ps_node *node, void *value)
{
    struct ps_form_chains *chains = value;
    bool per_issuer = node->kind == PS_NODE_MAPPING, fine = true;

    if (per_issuer && node->count == 0) {
        SAY(reader->diagnostics, node->span, CHAIN_SHAPE, "an empty mapping");
        return false;
    }
    size_t count = per_issuer ? node->count : 1;
    if (per_issuer && !ps_reader_list_fits(reader, field, node, count))
        return false;
    chains->items = ps_arena_alloc(reader->arena, count, sizeof *chains->items);
    for (size_t i = 0; i < count; i++) {
        struct ps_form_chain *chain = &chains->items[i];
        if (per_issuer) {
            chain->issuer_node = node->keys[i];
            chain->issuer = ps_reader_name(reader, field, node->keys[i]);
        }
        for (size_t old = 0; old < i && chain->issuer != NULL; old++) {
            if (chains->items[old].issuer == NULL ||
                strcmp(chains->items[old].issuer, chain->issuer) != 0)
                continue;
            SAY(reader->diagnostics, node->keys[i]->span, DUPLICATE_KEY, chain->issuer,
                chains->items[old].issuer_node->span.line + 1);
            fine = false;
        }
        fine = fine && (!per_issuer || chain->issuer != NULL);
        fine = read_chain_list(reader, field, per_issuer ? node->items[i] : node, chain) && fine;
    }
    chains->count = count;
    return fine;
}

static void write_chain_list(const struct ps_names *names, struct ps_text *out)
{
    ps_text_add(out, "[");
    for (size_t i = 0; i < names->count; i++)
        ps_text_add(out, "%s%s", i == 0 ? "" : ", ", names->items[i]);
    ps_text_add(out, "]");
}

static void write_chain(const void *value, struct ps_text *out)
{
    const struct ps_form_chains *chains = value;

    if (chains->count == 1 && chains->items[0].issuer == NULL) {
        write_chain_list(&chains->items[0].certificates, out);
        return;
    }
    ps_text_add(out, "{");
    for (size_t i = 0; i < chains->count; i++) {
        ps_text_add(out, "%s%s: ", i == 0 ? "" : ", ", chains->items[i].issuer);
        write_chain_list(&chains->items[i].certificates, out);
    }
    ps_text_add(out, "}");
}

const struct ps_special ps_special_chain = {
    .read = read_chain,
    .write = write_chain,
    .schema = "{\"oneOf\": [{\"$ref\": \"#/$defs/names\"}, {\"type\": \"object\", "
              "\"minProperties\": 1, \"additionalProperties\": {\"$ref\": \"#/$defs/names\"}}]}",
};

/* Lists for any issuer, one after the other. */
static bool read_alternates(struct ps_reader *reader, const struct ps_field *field,
                            const struct ps_node *node, void *value)
{
    struct ps_form_chains *chains = value;
    bool fine = true;

    if (node->kind != PS_NODE_LIST) {
        SAY(reader->diagnostics, node->span, WRONG_KIND, field->key, "a list of lists",
            ps_node_kind_text(node));
        return false;
    }
    if (!ps_reader_list_fits(reader, field, node, node->count))
        return false;
    chains->items = ps_arena_alloc(reader->arena, node->count + 1, sizeof *chains->items);
    for (size_t i = 0; i < node->count; i++) {
        if (node->items[i]->kind != PS_NODE_LIST) {
            SAY(reader->diagnostics, node->items[i]->span, WRONG_KIND, field->key,
                "a list of lists", ps_node_kind_text(node->items[i]));
            fine = false;
            continue;
        }
        fine =
            read_chain_list(reader, field, node->items[i], &chains->items[chains->count++]) && fine;
    }
    return fine;
}

static void write_alternates(const void *value, struct ps_text *out)
{
    const struct ps_form_chains *chains = value;

    ps_text_add(out, "[");
    for (size_t i = 0; i < chains->count; i++) {
        ps_text_add(out, "%s", i == 0 ? "" : ", ");
        write_chain_list(&chains->items[i].certificates, out);
    }
    ps_text_add(out, "]");
}

const struct ps_special ps_special_alternates = {
    .read = read_alternates,
    .write = write_alternates,
    .schema = "{\"type\": \"array\", \"maxItems\": 16, \"items\": {\"$ref\": \"#/$defs/names\"}}",
};

static bool read_path_length(struct ps_reader *reader, const struct ps_field *field,
                             const struct ps_node *node, void *value)
{
    struct ps_field bounded = *field;
    uint32_t number = 0;

    if (node->kind == PS_NODE_SCALAR && strcmp(node->text, "none") == 0) {
        *(int32_t *)value = PS_PATH_LENGTH_NONE;
        return true;
    }
    bounded.type = PS_FIELD_UINT;
    bounded.max = PATH_LENGTH_MAX;
    if (!ps_reader_scalar(reader, &bounded, node, &number))
        return false;
    *(int32_t *)value = (int32_t)number;
    return true;
}

static void write_path_length(const void *value, struct ps_text *out)
{
    int32_t length = *(const int32_t *)value;

    if (length == PS_PATH_LENGTH_NONE)
        ps_text_add(out, "none");
    else
        ps_text_add(out, "%d", length);
}

const struct ps_special ps_special_path_length = {
    .read = read_path_length,
    .write = write_path_length,
    .schema = "{\"oneOf\": [{\"const\": \"none\"}, {\"type\": \"integer\", \"minimum\": 0, "
              "\"maximum\": 10}]}",
};

static bool read_session(struct ps_reader *reader, const struct ps_field *field,
                         const struct ps_node *node, void *value)
{
    struct ps_field bounded = *field;

    if (node->kind == PS_NODE_SCALAR && strcmp(node->text, "until-reboot") == 0) {
        *(ps_duration *)value = PS_SESSION_UNTIL_REBOOT;
        return true;
    }
    bounded.type = PS_FIELD_DURATION;
    return ps_reader_scalar(reader, &bounded, node, value);
}

static void write_session(const void *value, struct ps_text *out)
{
    ps_duration session = *(const ps_duration *)value;
    char text[PS_TIME_TEXT_MAX];

    if (session.s == PS_SESSION_UNTIL_REBOOT.s)
        ps_text_add(out, "until-reboot");
    else
        ps_text_add(out, "%s", ps_duration_format(session, text));
}

const struct ps_special ps_special_session = {
    .read = read_session,
    .write = write_session,
    .schema = "{\"oneOf\": [{\"const\": \"until-reboot\"}, {\"$ref\": \"#/$defs/duration\"}]}",
};

/* What is looked at elsewhere: the node itself. */
static bool read_node(struct ps_reader *reader, const struct ps_field *field,
                      const struct ps_node *node, void *value)
{
    (void)reader;
    (void)field;
    *(const struct ps_node **)value = node;
    return true;
}

static void write_node(const void *value, struct ps_text *out)
{
    (void)value;
    (void)out;
}

const struct ps_special ps_special_node = {
    .read = read_node, .write = write_node, .schema = "{\"type\": \"array\"}"};
