/* SPDX-License-Identifier: Apache-2.0 */
#include "base/verdict.h"

#include <assert.h>
#include <stddef.h>

static const char *const stage_texts[] = {
#define X(name, text, meaning) [PS_STAGE_##name] = text,
    PS_STAGES(X)
#undef X
};

static const char *const stage_meanings[] = {
#define X(name, text, meaning) [PS_STAGE_##name] = meaning,
    PS_STAGES(X)
#undef X
};

static const char *const outcome_texts[] = {
#define X(name, text, meaning) [PS_OUTCOME_##name] = text,
    PS_OUTCOMES(X)
#undef X
};

static const char *const outcome_meanings[] = {
#define X(name, text, meaning) [PS_OUTCOME_##name] = meaning,
    PS_OUTCOMES(X)
#undef X
};

static const char *const attack_texts[] = {
#define X(name, text, role, meaning) [PS_ATTACK_##name] = text,
    PS_ATTACKS(X) PS_CHANNEL_ATTACKS(X)
#undef X
};

static const char *const attack_meanings[] = {
#define X(name, text, role, meaning) [PS_ATTACK_##name] = meaning,
    PS_ATTACKS(X) PS_CHANNEL_ATTACKS(X)
#undef X
};

static const char *const fault_texts[] = {
#define X(name, text, meaning) [PS_FAULT_##name] = text,
    PS_FAULTS(X)
#undef X
};

const char *ps_stage_text(enum ps_stage stage)
{
    assert((size_t)stage < PS_STAGE_COUNT);
    return stage_texts[stage];
}

const char *ps_stage_meaning(enum ps_stage stage)
{
    assert((size_t)stage < PS_STAGE_COUNT);
    return stage_meanings[stage];
}

const char *ps_outcome_text(enum ps_outcome outcome)
{
    assert((size_t)outcome < PS_OUTCOME_COUNT);
    return outcome_texts[outcome];
}

const char *ps_outcome_meaning(enum ps_outcome outcome)
{
    assert((size_t)outcome < PS_OUTCOME_COUNT);
    return outcome_meanings[outcome];
}

const char *ps_attack_text(enum ps_attack attack)
{
    assert((size_t)attack < PS_ATTACK_ALL_COUNT);
    return attack_texts[attack];
}

const char *ps_attack_meaning(enum ps_attack attack)
{
    assert((size_t)attack < PS_ATTACK_ALL_COUNT);
    return attack_meanings[attack];
}

const char *ps_fault_text(enum ps_fault fault)
{
    assert((size_t)fault < PS_FAULT_COUNT);
    return fault_texts[fault];
}
