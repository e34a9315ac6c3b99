/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a scenario: a plan whose show reads back to the same show, or messages.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "scenarios/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ps_text messages = {0}, shown = {0}, again = {0};
    struct ps_plan *plan = NULL, *second = NULL;
    struct ps_error err = {0};
    ps_status status =
        ps_plan_read_text("fuzz.yaml", (const char *)data, size, &messages, &plan, &err);

    assert(ps_is_ok(status) == (messages.length == 0));
    if (ps_is_ok(status)) {
        ps_plan_show(plan, &shown);
        status = ps_plan_read_text("shown.yaml", ps_text_chars(&shown), shown.length, &messages,
                                   &second, &err);
        assert(ps_is_ok(status) && second->digest == plan->digest);
        ps_plan_show(second, &again);
        assert(strcmp(ps_text_chars(&shown), ps_text_chars(&again)) == 0);
    }
    ps_plan_free(plan);
    ps_plan_free(second);
    ps_text_deinit(&messages);
    ps_text_deinit(&shown);
    ps_text_deinit(&again);
    return 0;
}
