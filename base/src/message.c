/* SPDX-License-Identifier: Apache-2.0 */
#include "base/message.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

static const char *const kind_texts[] = {
#define X(name, text, meaning) [PS_MESSAGE_##name] = text,
    PS_MESSAGE_KINDS(X)
#undef X
};

void ps_messages_add(struct ps_messages *messages, const struct ps_message *message)
{
    PS_PUSH(messages->items, messages->count, messages->capacity, *message);
}

void ps_messages_deinit(struct ps_messages *messages)
{
    free(messages->items);
    memset(messages, 0, sizeof *messages);
}

const char *ps_message_kind_text(enum ps_message_kind kind)
{
    assert((size_t)kind < PS_MESSAGE_KIND_COUNT);
    return kind_texts[kind];
}
