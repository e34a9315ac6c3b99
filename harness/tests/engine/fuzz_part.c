/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as the body of a part, with a checksum that fits: a part that can be added up, closed
 * and written again, or a message. The same bytes without a frame of their own are refused too.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "engine/part.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_number(struct ps_buffer *out, uint64_t value)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(value >> (8 * i));
    ps_buffer_append(out, bytes, sizeof bytes);
}

static ps_status get(const struct ps_buffer *bytes, struct ps_part *ret_part)
{
    struct ps_error err = {{0}};
    size_t size = 0;
    ps_status s = ps_part_get((struct ps_bytes){bytes->data, bytes->size}, ret_part, &size, &err);
    assert(ps_is_ok(s) ? size == bytes->size : err.text[0] != 0);
    return s;
}

static void use(struct ps_part *part, const struct ps_buffer *bytes)
{
    struct ps_part_range range;
    struct ps_error err = {{0}};
    (void)ps_part_missing(part, &range);
    struct ps_buffer again = {0};
    ps_part_put(part, &again);
    assert(again.size == bytes->size && memcmp(again.data, bytes->data, bytes->size) == 0);
    struct ps_part second;
    ps_status s = get(&again, &second);
    assert(ps_is_ok(s));
    /* Nobody lives twice; without anybody there is nothing against a sum. */
    s = ps_part_add(&second, part, &err);
    assert(ps_is_ok(s) == (part->range_count == 0));
    for (size_t i = 0; i < part->strategy_count * part->cohort_count; i++) {
        ps_tally_close(&part->lanes[i]);
        (void)ps_tally_median_loss(&part->lanes[i]);
    }
    ps_part_deinit(&second);
    ps_buffer_deinit(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ps_buffer bytes = {0};
    struct ps_part part;
    ps_buffer_append(&bytes, data, size);
    if (ps_is_ok(get(&bytes, &part)))
        ps_part_deinit(&part);
    bytes.size = 0;
    ps_buffer_append(&bytes, "PSPART1\n", 8);
    put_number(&bytes, size);
    ps_buffer_append(&bytes, data, size);
    put_number(&bytes, ps_bytes_hash(data, size, 0));
    if (ps_is_ok(get(&bytes, &part))) {
        use(&part, &bytes);
        ps_part_deinit(&part);
    }
    ps_buffer_deinit(&bytes);
    return 0;
}
