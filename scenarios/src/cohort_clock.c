/* SPDX-License-Identifier: Apache-2.0 */
#include "cohort_clock.h"

#include <string.h>

#include "table_field.h"
#include "values.h"

static const struct ps_word past_2038_words[] = {
#define X(name, text, meaning) {text, PS_PAST_2038_##name, meaning},
    PS_PAST_2038S(X)
#undef X
        WORDS_END};

static bool read_drift(struct ps_reader *reader, const struct ps_field *field,
                       const struct ps_node *node, void *value)
{
    if (node->kind != PS_NODE_SCALAR) {
        SAY(reader->diagnostics, node->span, WRONG_KIND, field->key, "a drift",
            ps_node_kind_text(node));
        return false;
    }
    const char *wrong = ps_drift_parse(node->text, value);
    if (wrong != NULL)
        SAY(reader->diagnostics, node->span, BAD_VALUE, field->key, wrong);
    return wrong == NULL;
}

static void write_drift(const void *value, struct ps_text *out)
{
    ps_drift_write(*(const struct ps_drift *)value, out);
}

static const struct ps_special special_drift = {
    .read = read_drift,
    .write = write_drift,
    .schema =
        "{\"type\": \"string\", \"pattern\": \"^-?[0-9]+ ?ppm( *\\\\.\\\\. *-?[0-9]+ ?ppm)?$\"}",
};

#define OWNER struct ps_form_behind
static const struct ps_table behind_table = {
    .name = "clock.behind",
    .meaning = "clocks with a battery that were set wrong, and show too little",
    .struct_bytes = sizeof(OWNER),
    .fields = (const struct ps_field[]){
        FIELD("share", SHARE, share, "1%", "of the devices"),
        FIELD("by", DISTRIBUTION, by, "{uniform: {min: 1d, max: 30d}}", "by how much"),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_form_ahead
static const struct ps_table ahead_table = {
    .name = "clock.ahead",
    .meaning = "clocks that show too much: with a battery, as they were set; of those that go by "
               "what they are told, where the network tells it",
    .struct_bytes = sizeof(OWNER),
    .given = true,
    .fields = (const struct ps_field[]){
        FIELD("share", SHARE, share, REQUIRED, "of the devices"),
        FIELD("by", DISTRIBUTION, by, REQUIRED, "by how much"),
        FIELD("lasts", DISTRIBUTION, lasts, OPTIONAL,
              "from first power until that is put right; left out: for good"),
        FIELDS_END}};
#undef OWNER

#define OWNER struct ps_form_clock
const struct ps_table ps_clock_table = {
    .name = "clock",
    .meaning = "what is wrong with clocks; where nothing is written, nothing is",
    .struct_bytes = sizeof(OWNER),
    .given = true,
    .fields = (const struct ps_field[]){
        FIELD("battery", DISTRIBUTION, battery, OPTIONAL,
              "from made to when the battery of clock `rtc` is empty: from then on it loses the "
              "time at each loss of power; left out: never"),
        FIELD("drift", SPECIAL, drift, OPTIONAL,
              "by how much too fast a clock runs that nobody tells the time; negative: too slow",
              .shape = "`20ppm`, or evenly from `-20ppm .. 20ppm`", .special = &special_drift),
        FIELD("behind", BLOCK, behind, OPTIONAL, "clocks that were set behind",
              .table = &behind_table),
        FIELD("ahead", BLOCK, ahead, OPTIONAL, "clocks that are set ahead", .table = &ahead_table),
        FIELD("past_2038", ENUM, past_2038, "runs", "what clocks do at 2038-01-19T03:14:08Z",
              .words = past_2038_words),
        FIELDS_END}};
#undef OWNER

void ps_cohort_clock_resolve(const struct ps_block *cohort, const struct ps_form_clock *form,
                             struct ps_plan_clock *ret_clock)
{
    const struct ps_block *block = ps_block_entry(cohort, "clock")->block;

    memset(ret_clock, 0, sizeof *ret_clock);
    if (!ps_block_has(cohort, "clock") || block == NULL || block->bad)
        return;
    ret_clock->battery = form->battery;
    ret_clock->has_battery = ps_block_has(block, "battery");
    ret_clock->fast_min_ppm = form->drift.min_ppm;
    ret_clock->fast_max_ppm = form->drift.max_ppm;
    if (ps_block_has(block, "behind")) {
        ret_clock->has_behind = true;
        ret_clock->behind = form->behind.share;
        ret_clock->behind_by = form->behind.by;
    }
    if (ps_block_has(block, "ahead")) {
        ret_clock->ahead = form->ahead.share;
        ret_clock->ahead_by = form->ahead.by;
        ret_clock->ahead_lasts = form->ahead.lasts;
        ret_clock->ahead_ends = ps_block_has(ps_block_entry(block, "ahead")->block, "lasts");
    }
    ret_clock->past_2038 = (enum ps_past_2038)form->past_2038;
}

bool ps_cohort_clock_show(const struct ps_plan_clock *clock, struct ps_form_clock *ret_form)
{
    const struct {
        const char *key;
        bool given;
    } keys[] = {
        {"battery", clock->has_battery},
        {"drift", clock->fast_min_ppm != 0 || clock->fast_max_ppm != 0},
        {"behind", clock->has_behind},
        {"ahead", clock->ahead.ppm > 0},
        {"past_2038", clock->past_2038 != PS_PAST_2038_RUNS},
    };
    *ret_form = (struct ps_form_clock){
        .battery = clock->battery,
        .drift = {clock->fast_min_ppm, clock->fast_max_ppm},
        .behind = {clock->behind, clock->behind_by},
        .ahead = {.share = clock->ahead, .by = clock->ahead_by, .lasts = clock->ahead_lasts},
        .past_2038 = (int)clock->past_2038,
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys[i].given)
            ret_form->given |= ps_table_bit(&ps_clock_table, keys[i].key);
    if (clock->ahead_ends)
        ret_form->ahead.given |= ps_table_bit(&ahead_table, "lasts");
    return ret_form->given != 0;
}

static bool any_battery(const struct ps_plan *plan)
{
    for (size_t i = 0; i < plan->strategy_count; i++) {
        const struct ps_strategy_time *time = &plan->strategies[i].time;
        bool reads = time->leaf_dates != PS_DATES_IGNORE || time->ca_dates != PS_DATES_IGNORE ||
                     time->anchor_dates != PS_DATES_IGNORE;
        if (time->clock == PS_CLOCK_RTC && reads)
            return true;
    }
    return false;
}

/* Who only says that some clocks are behind takes a share, or a time, that nobody has counted. */
static void assume_behind(struct ps_resolver *resolver, size_t cohort, ps_assume *assume)
{
    const struct ps_plan_cohort *c = &resolver->plan->cohorts[cohort];
    const struct ps_block *clock =
        ps_block_entry(ps_resolve_blocks(resolver, "fleet")[cohort], "clock")->block;
    const struct ps_block *behind = ps_block_entry(clock, "behind")->block;
    bool share = !ps_block_has(behind, "share"), by = !ps_block_has(behind, "by");

    if (share)
        assume(resolver,
               ps_arena_format(resolver->reader.arena,
                               "Cohort %s: 1%% of clocks with a battery were set behind%s, "
                               "as no count of such devices exists.",
                               c->name, by ? ", by 1d to 30d" : ""));
    else if (by)
        assume(resolver,
               ps_arena_format(
                   resolver->reader.arena,
                   "Cohort %s: clocks that were set behind are so by 1d to 30d, evenly.", c->name));
}

void ps_cohort_clock_assume(struct ps_resolver *resolver, ps_assume *assume)
{
    const struct ps_plan *plan = resolver->plan;
    const ps_time last = {INT32_MAX};
    bool set_right = false, goes_on = false;

    for (size_t i = 0; i < plan->cohort_count; i++) {
        const struct ps_plan_clock *clock = &plan->cohorts[i].clock;
        set_right |= !clock->has_behind;
        goes_on |= clock->past_2038 == PS_PAST_2038_RUNS;
        if (clock->has_behind)
            assume_behind(resolver, i, assume);
    }
    if (any_battery(plan) && set_right)
        assume(resolver, "Where its cohort does not say so, no clock with a battery was set wrong; "
                         "1% of them behind by more than a day would be a usual guess.");
    if (ps_time_compare(plan->until, last) > 0 && goes_on)
        assume(resolver, "Where its cohort does not say so, clocks go on in 2038.");
}
