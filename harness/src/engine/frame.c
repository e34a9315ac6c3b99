/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/frame.h"

#include "engine/origin.h"

enum { PS_SAMPLES_EVEN = 240 }; /* evenly spaced samples of a scenario */

uint64_t ps_frame_devices(const struct ps_plan *plan, uint64_t wanted, uint64_t *ret_devices)
{
    uint64_t planned = 0, given = 0;
    for (size_t i = 0; i < plan->cohort_count; i++)
        planned += plan->cohorts[i].devices;
    for (size_t i = 0; i < plan->cohort_count; i++) {
        uint64_t share = plan->cohorts[i].devices, spare = plan->cohort_count;
        if (wanted > 0) /* a little less than the share, so that the sum is not above `wanted` */
            share = wanted > spare ? (wanted - spare) * share / planned : 0;
        ret_devices[i] = share > 0 ? share : 1;
        given += ret_devices[i];
    }
    for (; given < wanted; given++) {
        size_t furthest = 0;
        int64_t most = INT64_MIN;
        for (size_t i = 0; i < plan->cohort_count; i++) {
            int64_t behind =
                (int64_t)(wanted * plan->cohorts[i].devices) - (int64_t)(ret_devices[i] * planned);
            if (behind > most) {
                most = behind;
                furthest = i;
            }
        }
        ret_devices[furthest]++;
    }
    return given;
}

void ps_frame_samples(const struct ps_plan *plan, struct ps_samples *ret_samples)
{
    static const int64_t after_s[] = {-1,    0,      900,    2700,    7200,   43200,
                                      86400, 172800, 604800, 1209600, 2592000};
    int64_t span = plan->until.s - plan->from.s;
    for (int64_t i = 0; i <= PS_SAMPLES_EVEN; i++)
        ps_samples_add(ret_samples, (ps_time){plan->from.s + (span - 1) * i / PS_SAMPLES_EVEN});
    struct ps_samples instants = {0};
    for (size_t i = 0; i < plan->event_count; i++) {
        ps_samples_add(&instants, plan->events[i].at);
        if (plan->events[i].kind == PS_EVENT_FAULT)
            ps_samples_add(&instants,
                           (ps_time){plan->events[i].at.s + plan->events[i].as.fault.lasts.s});
    }
    for (size_t i = 0; i < plan->certificate_count; i++)
        ps_samples_add(&instants, plan->certificates[i].spec.not_after);
    for (size_t i = 0; i < instants.count; i++)
        for (size_t k = 0; k < sizeof after_s / sizeof *after_s; k++) {
            ps_time t = {instants.at[i].s + after_s[k]};
            if (t.s >= plan->from.s && t.s < plan->until.s)
                ps_samples_add(ret_samples, t);
        }
    ps_samples_deinit(&instants);
    for (size_t i = 0; i < plan->expectation_count; i++)
        if (plan->expectations[i].kind == PS_EXPECT_CONNECTED)
            ps_samples_add(ret_samples, plan->expectations[i].at);
    ps_samples_sort(ret_samples);
}

struct ps_tally_shape ps_frame_shape(const struct ps_plan *plan, const struct ps_samples *samples)
{
    return (struct ps_tally_shape){.sample_count = samples->count,
                                   .threat_count = plan->threat_count,
                                   .origin_count = ps_origin_count(plan),
                                   .from = plan->from,
                                   .until = plan->until};
}
