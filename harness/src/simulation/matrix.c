/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/matrix.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "engine/answers.h"
#include "engine/attack.h"
#include "simulation/material.h"

enum { NOTHING = PS_PUBLISH_OCSP | PS_PUBLISH_CRL | PS_PUBLISH_ISSUER };

#define STATE(column, event, clock, says, ...)                                                     \
    {                                                                                              \
        .name = column, .state = event, .date = clock, .meaning = says, __VA_ARGS__                \
    }
#define ATTACK(column, event, clock, ...)                                                          \
    {                                                                                              \
        .name = column, .attack = true, .state = event, .date = clock, __VA_ARGS__                 \
    }

/* The dates stand some days from everything that begins or ends in the fixture. */
static const struct ps_matrix_column columns[] = {
    STATE("E00", "", "2020-07-01", "as on the day the device was made"),
    STATE("E01", "E01", "2021-03-10", "the leaf renewed, its key kept"),
    STATE("E02", "E02", "2021-03-10", "the leaf renewed with a new key"),
    STATE("E03", "E03", "2021-03-10", "the leaf renewed with the backup key"),
    STATE("E04", "E04", "2021-06-10", "another intermediate, a new key"),
    STATE("E05", "E05", "2021-06-10", "another intermediate, the key kept"),
    STATE("E06", "E06", "2022-09-01", "another root, its cross-certificate sent"),
    STATE("E07", "E07", "2022-09-01", "another root, no cross-certificate"),
    STATE("E08", "E08", "2025-06-01", "the old root expired, its cross-certificate sent"),
    STATE("E09", "E09", "2025-06-01", "the old root expired, no cross-certificate"),
    STATE("E10", "E10", "2022-03-10", "another CA"),
    STATE("E11", "E11", "2020-07-01", "the intermediate not sent"),
    STATE("E12", "E12", "2020-07-01", "an unrelated certificate sent between"),
    STATE("E13", "", "2021-06-15", "the leaf expired"),
    STATE("E14", "E14", "2025-02-01", "the intermediate re-issued, the expired one sent"),
    STATE("E15", "", "2020-07-01", "as E00, nothing but the server reachable", .down = NOTHING,
          .no_staple = true),
    STATE("E16", "", "2020-07-01", "as E00, no status from the CA's responder",
          .down = PS_PUBLISH_OCSP, .no_staple = true),
    STATE("E17", "E17", "2020-07-01", "the leaf demands a staple, nothing stapled"),
    STATE("E18", "E18", "2020-07-01", "the leaf is for another host"),
    STATE("E19", "", "1970-01-01", "as E00, the clock not set", .at = "2020-07-01"),
    STATE("E20", "E02", "2020-06-01", "as E02, the clock at the firmware's build",
          .at = "2021-03-10"),
    STATE("E21", "", "2045-01-01", "as E00, the clock far ahead", .at = "2020-07-01"),
    STATE("E22", "E22", "2030-07-01", "ten years later"),
    STATE("E23", "E23", "2030-07-01", "ten years later, a CA that was not there before"),
    STATE("E24", "E24", "2025-02-01", "the intermediate re-issued, the fresh one sent"),
    STATE("E25", "E25", "2022-09-01", "four certificates"),
    STATE("E26", "E26", "2021-03-10", "as E02, DNS has nothing but the old key",
          .dns_of_first_key = true),
    ATTACK("X01", "", "2020-07-01"),
    ATTACK("X02", "", "2020-07-01"),
    ATTACK("X03", "", "2020-07-01"),
    ATTACK("X04", "", "2020-07-01"),
    ATTACK("X05", "", "2020-07-01"),
    ATTACK("X06", "", "2020-07-01"),
    ATTACK("X07", "E07", "2023-06-01"),
    ATTACK("X08", "E09", "2025-06-01"),
    ATTACK("X09", "", "2020-07-01"),
    ATTACK("X10", "E02", "2021-03-10"),
    ATTACK("X11", "E02", "2021-03-10"),
    ATTACK("X12", "E02", "2021-03-10"),
    ATTACK("X13", "E02", "2021-03-10"),
    ATTACK("X14", "E02", "2021-06-15"),
    ATTACK("X15", "E02", "2020-07-01", .at = "2021-06-15"),
    ATTACK("X16", "E02", "2021-06-15"),
    ATTACK("X17", "", "2020-07-01"),
    ATTACK("X18", "", "2020-07-01"),
    ATTACK("X19", "", "2020-07-01"),
    ATTACK("X20", "", "2020-07-01"),
    ATTACK("X21", "E02", "2021-06-15"),
    ATTACK("X22", "", "2020-07-01"),
    ATTACK("X23", "E02", "2021-03-10"),
};
enum { COLUMN_COUNT = sizeof columns / sizeof *columns };

static const size_t NO_JOB = SIZE_MAX;

size_t ps_matrix_columns(const struct ps_matrix_column **ret_columns)
{
    *ret_columns = columns;
    return COLUMN_COUNT;
}

const char *ps_matrix_meaning(const struct ps_matrix_column *column)
{
    if (!column->attack)
        return column->meaning;
    enum ps_attack attack = 0;
    while (strcmp(ps_attack_text(attack), column->name) != 0)
        attack++;
    return ps_attack_meaning(attack);
}

struct ps_matrix {
    const struct ps_plan *plan;
    struct ps_world world;
    struct ps_trusts trusts;
    struct ps_material *material;
    struct ps_runner *runner;
    struct ps_job *jobs; /* row * COLUMN_COUNT + column, then those with clocks at their floor */
    size_t job_count, cell_count;
    struct ps_text *records; /* by cell; NULL: nobody wants them */
    size_t *at_floor;        /* by cell: the job with the clock at its floor, or NO_JOB */
};

static ps_time date_of(const char *text)
{
    ps_time t;
    const char *wrong = ps_time_parse(text, false, &t);
    assert(wrong == NULL);
    (void)wrong;
    return t;
}

static uint32_t endpoint_of(const struct ps_plan *plan, const char *name)
{
    uint32_t i = 0;
    while (strcmp(plan->endpoints[i].name, name) != 0)
        i++;
    return i;
}

static uint32_t threat_of(const struct ps_plan *plan, const char *attack)
{
    uint32_t i = 0;
    while (strcmp(ps_attack_text(plan->threats[i].attack), attack) != 0)
        i++;
    return i;
}

bool ps_matrix_is_private(const struct ps_strategy *strategy)
{
    for (size_t i = 0; i < strategy->anchor_count; i++) {
        const char *role = strategy->anchors[i].role;
        if (strcmp(role, "P.root") != 0 && strcmp(role, "manufacturer.masa") != 0)
            return false;
    }
    return strategy->anchor_count > 0;
}

/* The state that begins with the event of that title; a fixture without it is a programming error.
 */
static uint32_t serving_of(const struct ps_world *world, uint32_t endpoint, const char *state)
{
    uint32_t i = world->first_serving[endpoint];
    if (*state == '\0')
        return i;
    for (i++; i < world->first_serving[endpoint + 1]; i++)
        if (strcmp(world->plan->events[world->servings[i].event].title, state) == 0)
            return i;
    assert(!"a state of the fixture");
    return i;
}

static uint32_t first_leaf(struct ps_matrix *m, uint32_t endpoint)
{
    const struct ps_serving *first = &m->world.servings[m->world.first_serving[endpoint]];
    return ps_world_leaf(&m->world, first->line, m->plan->from);
}

/* What the device carries: as it was made, with its first contact behind it, and with a pushed set
 * of the day of the contact. */
static uint32_t trust_of(struct ps_matrix *m, const struct ps_device *device,
                         const struct ps_contact_spec *spec)
{
    const struct ps_world *world = &m->world;
    uint32_t first = world->servings[world->first_serving[spec->endpoint]].line;
    const struct ps_learned learned = {.has_first_leaf = true,
                                       .first_leaf = ps_world_leaf(&m->world, first, device->made),
                                       .has_set = true,
                                       .set_made = spec->at};
    const struct ps_trust_query query = {.device = device,
                                         .strategy = spec->strategy,
                                         .release = PS_PLAN_NONE,
                                         .t = device->made,
                                         .build = device->made,
                                         .loaded = device->made,
                                         .learned = &learned};
    ps_time until;
    return ps_trust_of(&m->trusts, &m->world, &query, &until);
}

/* The leaf as it was when the state began, whatever the column's date. */
static void serve(struct ps_matrix *m, const char *state, struct ps_contact_spec *spec)
{
    spec->serving = serving_of(&m->world, spec->endpoint, state);
    const struct ps_serving *serving = &m->world.servings[spec->serving];
    spec->leaf = ps_world_leaf(&m->world, serving->line,
                               serving->event == PS_PLAN_NONE ? m->plan->from : serving->from);
}

static struct ps_contact_spec cell_spec(struct ps_matrix *m, const struct ps_device *device,
                                        uint32_t row, const struct ps_matrix_column *column,
                                        ps_time clock)
{
    const struct ps_plan *plan = m->plan;
    const struct ps_strategy *strategy = &plan->strategies[row];
    struct ps_contact_spec spec;
    memset(&spec, 0, sizeof spec);
    bool private = ps_matrix_is_private(strategy);
    spec.kind = column->attack ? PS_KIND_PROBE : PS_KIND_TELEMETRY;
    spec.strategy = row;
    spec.release = PS_PLAN_NONE;
    spec.timeout = plan->cohorts[0].timeout;
    spec.stolen_leaf = spec.stolen_key = PS_PLAN_NONE;
    if (column->attack) {
        spec.threat = threat_of(plan, column->name);
        private = private && ps_attack_is_theft(plan->threats[spec.threat].attack);
    }
    spec.endpoint = endpoint_of(plan, private ? "private" : "public");
    serve(m, column->state, &spec);
    spec.clock = clock;
    spec.at = date_of(column->at ? column->at : column->date);
    spec.pins_end = PS_TIME_NEVER;
    spec.set_made = strategy->revocation.mode == PS_REVOCATION_BLOCKLIST ? device->made : spec.at;
    spec.trust = trust_of(m, device, &spec);
    ps_time until;
    ps_answers_fill(&m->world, &m->trusts, &spec, &until);
    spec.down |= column->down;
    spec.staple = spec.staple && !column->no_staple;
    if (column->dns_of_first_key && spec.tlsa.kind != PS_TARGET_NONE)
        spec.tlsa = (struct ps_target){PS_TARGET_LEAF, first_leaf(m, spec.endpoint)};
    return spec;
}

/* What the clock does not fall below, before anybody has told it the time: the build and what was
 * stored are of the day on which the device was made. */
static ps_time floor_of(const struct ps_world *world, const struct ps_device *device,
                        const struct ps_strategy *strategy)
{
    struct ps_clock_since since = ps_clock_since_boot(device, device->made);
    ps_time floor = ps_device_clock(world, device, strategy, &since, device->boot).floor;
    if (strategy->time.clock == PS_CLOCK_LAST_KNOWN && device->made.s > floor.s)
        floor = device->made;
    return floor;
}

/* The cells' contacts in order, and behind them those of states with a wrong clock, for who
 * has one that does not fall so low. */
static ps_status add_jobs(struct ps_matrix *m, const struct ps_matrix_options *options,
                          struct ps_error *err)
{
    const struct ps_plan *plan = m->plan;
    struct ps_device device;
    ps_device_draw(&m->world, 0, 0, &device);
    /* Hidden strategies too: a fallback may go there. */
    size_t cells = (plan->strategy_count + plan->hidden_count) * COLUMN_COUNT;
    m->jobs = ps_alloc(2 * cells, sizeof *m->jobs);
    m->at_floor = ps_alloc(cells, sizeof *m->at_floor);
    m->records = options->records ? ps_alloc(cells, sizeof *m->records) : NULL;
    m->job_count = m->cell_count = cells;
    for (size_t i = 0; i < cells; i++) {
        uint32_t row = (uint32_t)(i / COLUMN_COUNT);
        const struct ps_matrix_column *column = &columns[i % COLUMN_COUNT];
        ps_time shown = date_of(column->date);
        struct ps_contact_spec spec = cell_spec(m, &device, row, column, shown);
        PS_TRY(ps_material_job(m->material, &m->world, &m->trusts, &spec, &m->jobs[i], err));
        m->jobs[i].record = m->records ? &m->records[i] : NULL;
        m->at_floor[i] = NO_JOB;
        ps_time floor = floor_of(&m->world, &device, &plan->strategies[row]);
        if (!options->floors || column->attack || !column->at || floor.s <= shown.s)
            continue;
        spec = cell_spec(m, &device, row, column, floor);
        m->at_floor[i] = m->job_count++;
        PS_TRY(ps_material_job(m->material, &m->world, &m->trusts, &spec, &m->jobs[m->at_floor[i]],
                               err));
    }
    return PS_OK;
}

static ps_status fill(struct ps_matrix *m, const struct ps_matrix_options *options,
                      struct ps_error *err)
{
    PS_TRY(ps_material_new(options->plan, options->pool, &m->material, err));
    PS_TRY(add_jobs(m, options, err));
    const struct ps_runner_options runner = {.ca = ps_material_ca(m->material),
                                             .jobs = options->jobs,
                                             .link = options->link,
                                             .endpoint_count =
                                                 (uint32_t)options->plan->endpoint_count};
    PS_TRY(ps_runner_new(&runner, &m->runner, NULL, err));
    PS_TRY(ps_runner_execute(m->runner, m->jobs, m->job_count, NULL, NULL, err));
    if (ps_matrix_handshakes(m) != m->job_count)
        return ps_fail(err, PS_FAILED, "%zu cells, but the servers counted %" PRIu64 " handshakes",
                       m->job_count, ps_matrix_handshakes(m));
    return PS_OK;
}

ps_status ps_matrix_run(const struct ps_matrix_options *options, struct ps_matrix **ret_matrix,
                        struct ps_error *err)
{
    struct ps_matrix *m = ps_alloc(1, sizeof *m);
    m->plan = options->plan;
    ps_world_init(&m->world, options->plan, 1);
    ps_status s = fill(m, options, err);
    if (!ps_is_ok(s)) {
        ps_matrix_free(m);
        return ps_wrap(err, s, "matrix");
    }
    *ret_matrix = m;
    return PS_OK;
}

void ps_matrix_free(struct ps_matrix *m)
{
    if (!m)
        return;
    ps_runner_free(m->runner);
    ps_material_free(m->material);
    ps_trusts_deinit(&m->trusts);
    ps_world_deinit(&m->world);
    for (size_t i = 0; m->records && i < m->cell_count; i++)
        ps_text_deinit(&m->records[i]);
    free(m->records);
    free(m->jobs);
    free(m->at_floor);
    free(m);
}

const struct ps_plan *ps_matrix_plan(const struct ps_matrix *m)
{
    return m->plan;
}

const struct ps_verdict *ps_matrix_verdict(const struct ps_matrix *m, size_t row, size_t column)
{
    return &m->jobs[row * COLUMN_COUNT + column].ret_verdict;
}

const char *ps_matrix_record(const struct ps_matrix *m, size_t row, size_t column)
{
    return m->records ? ps_text_chars(&m->records[row * COLUMN_COUNT + column]) : "";
}

const struct ps_verdict *ps_matrix_at_floor(const struct ps_matrix *m, size_t row, size_t column)
{
    size_t job = m->at_floor[row * COLUMN_COUNT + column];
    return job == NO_JOB ? NULL : &m->jobs[job].ret_verdict;
}

char ps_matrix_letter(const struct ps_matrix *m, size_t row, size_t column)
{
    bool accepted = ps_verdict_accepted(ps_matrix_verdict(m, row, column));
    return columns[column].attack ? (accepted ? 'X' : '.') : (accepted ? '+' : '-');
}

void ps_matrix_served(const struct ps_matrix *m, size_t row, size_t column, struct ps_text *out)
{
    ps_material_served(m->material, &m->jobs[row * COLUMN_COUNT + column], out);
}

uint64_t ps_matrix_handshakes(const struct ps_matrix *m)
{
    return ps_runner_counts(m->runner).handshakes;
}
