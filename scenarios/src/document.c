/* SPDX-License-Identifier: Apache-2.0 */
#include "document.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

static struct ps_span span_at(yaml_mark_t start, yaml_mark_t end)
{
    return (struct ps_span){(uint32_t)start.line, (uint32_t)start.column, (uint32_t)end.line,
                            (uint32_t)end.column};
}

static struct ps_span span_of_offset(const char *yaml, size_t size, size_t offset)
{
    struct ps_span span = {0};

    for (size_t i = 0; i < offset && i < size; i++) {
        if (yaml[i] == '\n') {
            span.line++;
            span.column = 0;
        } else if (((unsigned char)yaml[i] & 0xc0) != 0x80) {
            span.column++;
        }
    }
    span.end_line = span.line;
    span.end_column = span.column + 1;
    return span;
}

/* "> 99%" and "%" begin other things in YAML; that is the mistake people make most here. */
static bool wants_quotes(const char *yaml, size_t size, size_t offset)
{
    return offset < size && (yaml[offset] == '>' || yaml[offset] == '%' || yaml[offset] == '@' ||
                             yaml[offset] == '`');
}

static void say_syntax(const yaml_parser_t *parser, const char *yaml, size_t size,
                       struct ps_diagnostics *diagnostics)
{
    const char *problem = parser->problem == NULL ? "unreadable" : parser->problem;

    if (parser->error == YAML_MEMORY_ERROR)
        ps_memory_exhausted(size);
    if (parser->error == YAML_READER_ERROR) {
        struct ps_span span = span_of_offset(yaml, size, parser->problem_offset);
        SAY(diagnostics, span, NOT_TEXT, problem);
        return;
    }
    yaml_mark_t mark = parser->problem_mark;
    struct ps_span span = span_at(mark, mark);
    span.end_column++;
    /* A block scalar's header is blamed at the character after it. */
    size_t before = mark.index;
    while (before > 0 && mark.index < size && yaml[before - 1] == ' ' && yaml[before] != '>')
        before--;
    if (before > 0 && before < size && mark.index - before < 8 && yaml[before - 1] == '>')
        before--;
    if (wants_quotes(yaml, size, mark.index) || wants_quotes(yaml, size, before))
        SAY(diagnostics, span, YAML_QUOTES, problem);
    else if (parser->context != NULL && parser->context_mark.line != mark.line)
        SAY(diagnostics, span, YAML_CONTEXT, problem, parser->context,
            parser->context_mark.line + 1);
    else
        SAY(diagnostics, span, YAML_SYNTAX, problem);
}

static void copy_scalar(struct ps_arena *arena, const yaml_node_t *from, struct ps_node *to)
{
    to->kind = PS_NODE_SCALAR;
    to->length = from->data.scalar.length;
    to->text = ps_arena_strndup(arena, (const char *)from->data.scalar.value, to->length);
}

static void copy_list(struct ps_arena *arena, const yaml_node_t *from, struct ps_node *to,
                      struct ps_node *nodes)
{
    to->kind = PS_NODE_LIST;
    to->count = (size_t)(from->data.sequence.items.top - from->data.sequence.items.start);
    to->items = ps_arena_alloc(arena, to->count + 1, sizeof(struct ps_node *));
    for (size_t i = 0; i < to->count; i++)
        to->items[i] = &nodes[from->data.sequence.items.start[i] - 1];
}

static void copy_mapping(struct ps_arena *arena, const yaml_node_t *from, struct ps_node *to,
                         struct ps_node *nodes)
{
    to->kind = PS_NODE_MAPPING;
    to->count = (size_t)(from->data.mapping.pairs.top - from->data.mapping.pairs.start);
    to->items = ps_arena_alloc(arena, to->count + 1, sizeof(struct ps_node *));
    to->keys = ps_arena_alloc(arena, to->count + 1, sizeof(struct ps_node *));
    for (size_t i = 0; i < to->count; i++) {
        to->keys[i] = &nodes[from->data.mapping.pairs.start[i].key - 1];
        to->items[i] = &nodes[from->data.mapping.pairs.start[i].value - 1];
    }
}

/* The nodes carry libyaml's numbers, so that aliases stay one node. */
static struct ps_node *copy_nodes(struct ps_arena *arena, const yaml_document_t *document)
{
    size_t count = (size_t)(document->nodes.top - document->nodes.start);
    struct ps_node *nodes = ps_arena_alloc(arena, count, sizeof *nodes);

    for (size_t i = 0; i < count; i++) {
        const yaml_node_t *from = &document->nodes.start[i];
        nodes[i].span = span_at(from->start_mark, from->end_mark);
        if (from->type == YAML_SCALAR_NODE)
            copy_scalar(arena, from, &nodes[i]);
        else if (from->type == YAML_SEQUENCE_NODE)
            copy_list(arena, from, &nodes[i], nodes);
        else
            copy_mapping(arena, from, &nodes[i], nodes);
    }
    return nodes;
}

/* How deep each node goes; 0: not known yet; -1: being looked at. */
struct depths {
    const struct ps_node *nodes;
    int *depth;
    struct ps_diagnostics *diagnostics;
};

static bool measure(struct depths *depths, const struct ps_node *node, int above)
{
    int *depth = &depths->depth[node - depths->nodes];
    int deepest = 0;

    if (*depth < 0) {
        SAY(depths->diagnostics, node->span, SELF_CONTAINED);
        return false;
    }
    if (above >= PS_NESTING_MAX || above + *depth > PS_NESTING_MAX) {
        SAY(depths->diagnostics, node->span, NESTING, PS_NESTING_MAX);
        return false;
    }
    if (*depth > 0)
        return true;
    *depth = -1;
    for (size_t i = 0; i < node->count; i++) {
        const struct ps_node *parts[] = {node->items[i], node->keys ? node->keys[i] : NULL};
        for (size_t part = 0; part < 2 && parts[part] != NULL; part++) {
            if (!measure(depths, parts[part], above + 1))
                return false;
            int below = depths->depth[parts[part] - depths->nodes];
            deepest = below > deepest ? below : deepest;
        }
    }
    *depth = deepest + 1;
    return true;
}

static struct ps_node *check_shape(struct ps_node *nodes, size_t count,
                                   struct ps_diagnostics *diagnostics)
{
    struct depths depths = {nodes, ps_alloc(count, sizeof(int)), diagnostics};
    bool fine = measure(&depths, &nodes[0], 0);

    free(depths.depth);
    return fine ? &nodes[0] : NULL;
}

/* A second document would be ignored silently otherwise. */
static bool check_end(yaml_parser_t *parser, const char *yaml, size_t size,
                      struct ps_diagnostics *diagnostics)
{
    yaml_document_t more;

    if (!yaml_parser_load(parser, &more)) {
        say_syntax(parser, yaml, size, diagnostics);
        return false;
    }
    yaml_node_t *root = yaml_document_get_root_node(&more);
    if (root != NULL)
        SAY(diagnostics, span_at(more.start_mark, more.start_mark), SECOND_DOCUMENT);
    yaml_document_delete(&more);
    return root == NULL;
}

/* libyaml takes quadratic time for deep nesting and for many anchors; so the tokens are counted
 * before. A token that cannot be read is left to the loader, which knows more about it. */
static bool check_token(const yaml_token_t *token, int *depth, int *anchors,
                        struct ps_diagnostics *diagnostics)
{
    struct ps_span span = span_at(token->start_mark, token->end_mark);

    switch (token->type) {
    case YAML_FLOW_SEQUENCE_START_TOKEN:
    case YAML_FLOW_MAPPING_START_TOKEN:
    case YAML_BLOCK_SEQUENCE_START_TOKEN:
    case YAML_BLOCK_MAPPING_START_TOKEN:
        if (++*depth > PS_NESTING_MAX)
            SAY(diagnostics, span, NESTING, PS_NESTING_MAX);
        return *depth <= PS_NESTING_MAX;
    case YAML_FLOW_SEQUENCE_END_TOKEN:
    case YAML_FLOW_MAPPING_END_TOKEN:
    case YAML_BLOCK_END_TOKEN:
        --*depth;
        return true;
    case YAML_ANCHOR_TOKEN:
        if (++*anchors > PS_ANCHORS_MAX)
            SAY(diagnostics, span, ANCHORS, PS_ANCHORS_MAX);
        return *anchors <= PS_ANCHORS_MAX;
    default:
        return true;
    }
}

static void start_parser(yaml_parser_t *parser, const char *yaml, size_t size)
{
    if (!yaml_parser_initialize(parser))
        ps_memory_exhausted(sizeof *parser);
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING);
    /* libyaml insists on an address, even for nothing. */
    yaml_parser_set_input_string(parser, (const unsigned char *)(size == 0 ? "" : yaml), size);
}

static bool check_tokens(const char *yaml, size_t size, struct ps_diagnostics *diagnostics)
{
    yaml_parser_t parser;
    yaml_token_t token;
    bool fine = true, more = true;
    int depth = 0, anchors = 0;

    start_parser(&parser, yaml, size);
    while (fine && more && yaml_parser_scan(&parser, &token)) {
        fine = check_token(&token, &depth, &anchors, diagnostics);
        more = token.type != YAML_STREAM_END_TOKEN && token.type != YAML_NO_TOKEN;
        yaml_token_delete(&token);
    }
    yaml_parser_delete(&parser);
    return fine;
}

static struct ps_node *load(struct ps_arena *arena, yaml_parser_t *parser, const char *yaml,
                            size_t size, struct ps_diagnostics *diagnostics)
{
    yaml_document_t document;
    struct ps_node *root = NULL;

    if (!yaml_parser_load(parser, &document)) {
        say_syntax(parser, yaml, size, diagnostics);
        return NULL;
    }
    if (yaml_document_get_root_node(&document) == NULL) {
        SAY(diagnostics, ((struct ps_span){0}), EMPTY_FILE);
    } else {
        struct ps_node *nodes = copy_nodes(arena, &document);
        root = check_shape(nodes, (size_t)(document.nodes.top - document.nodes.start), diagnostics);
    }
    yaml_document_delete(&document);
    if (root != NULL && !check_end(parser, yaml, size, diagnostics))
        return NULL;
    return root;
}

struct ps_node *ps_document_read(struct ps_arena *arena, const char *yaml, size_t size,
                                 struct ps_diagnostics *diagnostics)
{
    yaml_parser_t parser;

    if (size > PS_FILE_SIZE_MAX) {
        SAY(diagnostics, ((struct ps_span){0}), FILE_SIZE, size, (size_t)PS_FILE_SIZE_MAX);
        return NULL;
    }
    if (!check_tokens(yaml, size, diagnostics))
        return NULL;
    start_parser(&parser, yaml, size);
    struct ps_node *root = load(arena, &parser, yaml, size, diagnostics);
    yaml_parser_delete(&parser);
    return root;
}

const char *ps_node_kind_text(const struct ps_node *node)
{
    return node->kind == PS_NODE_SCALAR ? "a single value"
           : node->kind == PS_NODE_LIST ? "a list"
                                        : "a mapping";
}
