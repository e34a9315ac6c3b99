/* SPDX-License-Identifier: Apache-2.0 */
#include "loop/fault.h"

struct ps_fault_filter ps_fault_filter_make(enum ps_fault fault, ps_duration delay,
                                            ps_duration timeout, uint32_t after_bytes)
{
    struct ps_fault_filter filter = {.kind = fault, .left = after_bytes};
    if (fault == PS_FAULT_DELAY) {
        bool late = delay.s >= timeout.s;
        filter.kind = late ? PS_FAULT_CUT : PS_FAULT_NONE;
        filter.left = 0;
        filter.holds = !late;
    }
    return filter;
}

size_t ps_fault_filter_pass(struct ps_fault_filter *filter, size_t size, bool *ret_strikes)
{
    *ret_strikes = false;
    if (filter->kind == PS_FAULT_NONE)
        return size;
    if (size <= filter->left) {
        filter->left -= size;
        return size;
    }
    size_t passed = (size_t)filter->left;
    filter->left = 0;
    *ret_strikes = !filter->struck;
    filter->struck = true;
    return passed;
}
