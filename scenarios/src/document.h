/* SPDX-License-Identifier: Apache-2.0
 *
 * One YAML document as a tree of nodes that know where they stand. Built from libyaml's document
 * API and the only place that knows libyaml. Everything lives in the caller's arena. An alias is
 * the very node of its anchor; a node that contains itself, or nesting deeper than nesting_max, is
 * refused here, so whoever walks the tree may recurse.
 */
#ifndef SCENARIOS_DOCUMENT_H
#define SCENARIOS_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/memory.h"
#include "diagnostics.h"

enum {
    PS_FILE_SIZE_MAX = 1 << 20,
    PS_NESTING_MAX = 32,
    PS_ANCHORS_MAX = 1000,
};

enum ps_node_kind { PS_NODE_SCALAR, PS_NODE_LIST, PS_NODE_MAPPING };

struct ps_node {
    enum ps_node_kind kind;
    struct ps_span span;
    const char *text; /* SCALAR: NUL-terminated; may hold further NULs */
    size_t length;
    size_t count;           /* LIST, MAPPING */
    struct ps_node **items; /* LIST: items; MAPPING: values */
    struct ps_node **keys;  /* MAPPING */
};

/* Returns NULL after saying why. */
struct ps_node *ps_document_read(struct ps_arena *arena, const char *yaml, size_t size,
                                 struct ps_diagnostics *diagnostics);

/* "a mapping", "a list", "text" */
const char *ps_node_kind_text(const struct ps_node *node);

#endif
