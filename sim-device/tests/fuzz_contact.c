/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes of a server into a contact. Without the key that the certificates belong to nothing over
 * TLS may ever be accepted; and whatever comes, a contact ends in a verdict.
 *
 *   0     bit 0: plain; bit 1: update; bits 4-7: builder
 *   1     bytes handed over at once (0: all)
 *   2  2  length of an anchor (big-endian), 0: none
 *   4  n  the anchor (DER)
 *   ...   the server's bytes
 *
 * In TLS 1.2 the certificates arrive before anything is keyed: those seeds reach the path builders.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include "sim-device/contact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    bool plain, update;
    enum ps_builder builder;
    size_t chunk;
    struct ps_bytes anchor, server;
};

static bool read_input(const uint8_t *data, size_t size, struct input *ret_input)
{
    if (size < 4)
        return false;
    size_t anchor = (size_t)data[2] << 8 | data[3];
    if (anchor > size - 4)
        return false;
    *ret_input = (struct input){.plain = data[0] & 1,
                                .update = data[0] & 2,
                                .builder = (enum ps_builder)((data[0] >> 4) % PS_BUILDER_COUNT),
                                .chunk = data[1] ? data[1] : size,
                                .anchor = {data + 4, anchor},
                                .server = {data + 4 + anchor, size - 4 - anchor}};
    return true;
}

static void contact_with(const struct input *input, struct ps_device_stack *stack,
                         struct ps_trust *trust)
{
    struct ps_error err;
    struct ps_contact *contact = NULL;
    const struct ps_contact_options options = {
        .trust = trust,
        .now = {1633392000}, /* 2021-10-05 */
        .host = "hub.example",
        .task = input->update ? PS_CONTACT_UPDATE : PS_CONTACT_TELEMETRY,
        .plain = input->plain,
        .message = {(const unsigned char *)"hello", 5},
    };
    if (!ps_is_ok(ps_contact_new(stack, &options, &contact, &err)))
        return;
    ps_contact_start(contact);
    for (size_t at = 0; at < input->server.size; at += input->chunk) {
        size_t rest = input->server.size - at;
        ps_contact_receive(contact, input->server.data + at,
                           rest < input->chunk ? rest : input->chunk);
    }
    ps_contact_link_ended(contact, "the input ended");
    const struct ps_verdict *verdict = ps_contact_verdict(contact);
    assert(verdict && verdict->stage < PS_STAGE_COUNT);
    assert(input->plain || !ps_verdict_accepted(verdict));
    ps_contact_free(contact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ps_device_stack *stack; /* one for all inputs: it takes long to make */
    struct input input;
    struct ps_error err;
    struct ps_trust *trust = NULL;
    if (!read_input(data, size, &input))
        return 0;
    if (!stack && !ps_is_ok(ps_device_stack_new(&stack, &err)))
        return 0;
    const struct ps_strategy strategy = {
        .chain = {.engine = PS_ENGINE_PKIX, .builder = input.builder, .intermediates_max = 100},
        .pins = {.expires = PS_TIME_NEVER}};
    const struct ps_trust_options options = {
        .strategy = &strategy, .anchors = &input.anchor, .anchor_count = input.anchor.size > 0};
    if (ps_is_ok(ps_trust_new(stack, &options, &trust, &err)))
        contact_with(&input, stack, trust);
    ps_trust_free(trust);
    return 0;
}
