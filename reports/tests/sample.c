/* SPDX-License-Identifier: Apache-2.0 */
#include "sample.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

ps_time sample_time(const char *text)
{
    ps_time t;
    const char *wrong = ps_time_parse(text, false, &t);
    assert(wrong == NULL);
    return t;
}

/* How a lane fares: everybody up until `from`; then the rest goes down evenly until `to`. */
struct course {
    const char *dark_from, *dark_to; /* NULL: never */
    const char *back_from, *back_to; /* NULL: not again */
    const char *reason;
    uint32_t stay_permille; /* share that never goes down */
    bool channel;           /* dark at the end is locked-out, not bricked */
};

static int64_t span_of(const char *from, const char *to, ps_time t, int64_t whole)
{
    int64_t a = sample_time(from).s, b = sample_time(to).s;
    if (t.s < a)
        return 0;
    return t.s >= b ? whole : whole * (t.s - a) / (b - a);
}

static uint64_t up_at(const struct course *course, ps_time t, uint64_t devices)
{
    if (course->dark_from == NULL)
        return devices;
    int64_t stay = (int64_t)devices * course->stay_permille / 1000;
    int64_t down = span_of(course->dark_from, course->dark_to, t, (int64_t)devices - stay);
    if (course->back_from != NULL)
        down -= span_of(course->back_from, course->back_to, t, down);
    return devices - (uint64_t)down;
}

static void fill_lane(struct ps_result_scenario *scenario, struct ps_result_lane *lane,
                      const struct ps_result_cohort *cohort, const struct course *course)
{
    uint64_t devices = cohort->devices;
    uint64_t seconds = (uint64_t)(scenario->until.s - scenario->from.s);
    *lane = (struct ps_result_lane){.devices = devices,
                                    .booted = devices,
                                    .booted_seconds = devices * seconds,
                                    .contacts_accepted = devices * 300,
                                    .first_loss = PS_TIME_NEVER,
                                    .median_loss = PS_TIME_NEVER,
                                    .last_loss = PS_TIME_NEVER};
    lane->present = ps_alloc(scenario->sample_count + 1, sizeof *lane->present);
    lane->up = ps_alloc(scenario->sample_count + 1, sizeof *lane->up);
    uint64_t sum = 0;
    for (size_t i = 0; i < scenario->sample_count; i++) {
        lane->present[i] = devices;
        lane->up[i] = up_at(course, scenario->samples[i], devices);
        sum += lane->up[i];
    }
    lane->up_seconds = sum * (seconds / (scenario->sample_count + 1));
    if (sum == devices * scenario->sample_count)
        lane->up_seconds = lane->booted_seconds;
    lane->exposures = ps_alloc(scenario->threat_count + 1, sizeof *lane->exposures);
    lane->origins = ps_alloc(scenario->origin_count + 1, sizeof *lane->origins);
    uint64_t stay = devices * course->stay_permille / 1000;
    uint64_t dark =
        devices - (scenario->sample_count == 0 ? devices : lane->up[scenario->sample_count - 1]);
    if (course->dark_from == NULL) {
        lane->outcomes[PS_OUTCOME_SURVIVED] = devices;
        return;
    }
    lane->outcomes[PS_OUTCOME_SURVIVED] = stay;
    lane->outcomes[PS_OUTCOME_RECOVERED] = devices - stay - dark;
    lane->recovery_seconds = 86400 * lane->outcomes[PS_OUTCOME_RECOVERED];
    if (lane->recovery_seconds > 0)
        lane->recovery_shortest = lane->recovery_median = lane->recovery_longest =
            (ps_duration){86400};
    lane->outcomes[course->channel ? PS_OUTCOME_LOCKED_OUT : PS_OUTCOME_BRICKED] = dark;
    lane->lost_devices = devices - stay;
    lane->first_loss = sample_time(course->dark_from);
    lane->last_loss = sample_time(course->dark_to);
    lane->median_loss = (ps_time){(lane->first_loss.s + lane->last_loss.s) / 2};
    lane->origins[1] = (struct ps_result_origin_count){devices - stay, dark};
    lane->causes = ps_alloc(1, sizeof *lane->causes);
    lane->cause_count = 1;
    lane->causes[0] = (struct ps_result_cause){.devices = lane->lost_devices,
                                               .still_dark = dark,
                                               .dark_seconds = 86400 * lane->lost_devices,
                                               .hash = 0xc0ffee01,
                                               .first = lane->first_loss,
                                               .last = lane->last_loss,
                                               .example = 4};
    struct ps_verdict *verdict = &lane->causes[0].verdict;
    verdict->stage = strstr(course->reason, "pin") != NULL ? PS_STAGE_PINS : PS_STAGE_PATH;
    verdict->error = 10;
    verdict->depth = 3;
    snprintf(verdict->reason, sizeof verdict->reason, "%s", course->reason);
    snprintf(verdict->path, sizeof verdict->path,
             "hub.example < R3 < ISRG Root X1 < DST Root CA X3");
}

struct strategy_row {
    struct ps_result_strategy strategy;
    struct course course;
    uint32_t exposed_permille[PS_ATTACK_COUNT]; /* of all its time */
};

static void fill(struct ps_result_scenario *scenario, const struct strategy_row *rows, size_t count)
{
    scenario->strategies = ps_alloc(count, sizeof *scenario->strategies);
    scenario->strategy_count = count;
    scenario->lanes = ps_alloc(count * scenario->cohort_count, sizeof *scenario->lanes);
    for (size_t i = 0; i < count; i++) {
        scenario->strategies[i] = rows[i].strategy;
        for (size_t c = 0; c < scenario->cohort_count; c++) {
            struct ps_result_lane *lane = &scenario->lanes[i * scenario->cohort_count + c];
            fill_lane(scenario, lane, &scenario->cohorts[c], &rows[i].course);
            for (size_t t = 0; t < scenario->threat_count; t++) {
                uint32_t permille = rows[i].exposed_permille[scenario->threats[t].attack];
                lane->exposures[t].device_seconds = lane->booted_seconds / 1000 * permille;
                lane->exposures[t].devices = permille > 0 ? lane->booted : 0;
            }
        }
    }
}

static void fill_samples(struct ps_result_scenario *scenario, int64_t step)
{
    size_t count = (size_t)((scenario->until.s - scenario->from.s) / step);
    scenario->samples = ps_alloc(count + 1, sizeof *scenario->samples);
    scenario->sample_count = count + 1;
    for (size_t i = 0; i <= count; i++)
        scenario->samples[i] = (ps_time){scenario->from.s + (int64_t)i * step};
    scenario->samples[count] = (ps_time){scenario->until.s - 1};
}

static struct ps_result_origin origins[] = {
    {"none", {INT64_MAX}, "nothing that happened explains it"},
    {"certificate-end", {1609804799}, "certificate old-root ends"},
};

static void fill_threats(struct ps_result_scenario *scenario, bool x03_applies)
{
    scenario->origins = origins;
    scenario->origin_count = 2;
    scenario->threats = ps_alloc(3, sizeof *scenario->threats);
    scenario->threat_count = 3;
    for (size_t i = 0; i < 3; i++)
        scenario->threats[i] = (struct ps_result_threat){.attack = (enum ps_attack)i,
                                                         .from = scenario->from,
                                                         .until = scenario->until,
                                                         .implied = i < 2,
                                                         .inapplicable = i == 2 && !x03_applies};
}

static struct ps_result *new_result(size_t scenarios)
{
    struct ps_result *result = ps_alloc(1, sizeof *result);
    result->version = "0.1.0";
    result->scenarios = ps_alloc(scenarios, sizeof *result->scenarios);
    result->scenario_count = scenarios;
    result->work = (struct ps_result_work){
        .command = "pinstorm run le-dst-x3-2021 --seed 1",
        .fidelity = "memo",
        .link = "tcp",
        .audit = "1%",
        .jobs = 2,
        .in_flight_max = 1000,
        .in_flight_peak = 64,
        .all = {.classes = 120,
                .handshakes_asked = 121,
                .handshakes_served = 121,
                .plain_asked = 3,
                .plain_served = 3,
                .audited = 40,
                .elapsed_ms = 1234},
    };
    return result;
}

static void add_expectation(struct ps_result_scenario *scenario,
                            struct ps_result_expectation expectation)
{
    size_t capacity = scenario->expectation_count;
    PS_PUSH(scenario->expectations, scenario->expectation_count, capacity, expectation);
}

static void set_cohorts(struct ps_result_scenario *scenario, const struct ps_result_cohort *cohorts,
                        size_t count)
{
    scenario->cohorts = ps_memdup(cohorts, count * sizeof *cohorts);
    scenario->cohort_count = count;
    for (size_t i = 0; i < count; i++)
        scenario->devices += cohorts[i].devices;
    scenario->lived = scenario->devices;
}

static void set_events(struct ps_result_scenario *scenario, const struct ps_result_event *events,
                       size_t count)
{
    scenario->events = ps_memdup(events, count * sizeof *events);
    scenario->event_count = count;
}

static void set_assumptions(struct ps_result_scenario *scenario, const char *const *texts,
                            size_t count)
{
    scenario->assumptions = ps_memdup(texts, count * sizeof *texts);
    scenario->assumption_count = count;
}

struct ps_result *sample_small(void)
{
    struct ps_result *result = new_result(1);
    struct ps_result_scenario *scenario = &result->scenarios[0];
    *scenario = (struct ps_result_scenario){
        .name = "small",
        .title = "A root expires",
        .source = "Made up.",
        .file = "small.yaml",
        .digest = 0x0123456789abcdefULL,
        .seed = 7,
        .from = sample_time("2021-01-01"),
        .until = sample_time("2021-01-11"),
    };
    set_cohorts(scenario, (struct ps_result_cohort[]){{"a", 60}, {"b", 40}}, 2);
    fill_samples(scenario, 86400);
    fill_threats(scenario, true);
    const struct ps_result_event events[] = {
        {sample_time("2021-01-05"), sample_time("2021-01-05"), sample_time("2020-01-01"), "expiry",
         "Old Root expires"},
    };
    set_events(scenario, events, COUNT(events));
    const struct strategy_row rows[] = {
        {{"none", "no_verify", "openssl3", "accepts anything", true, PS_ATTACK_X01, {0, 900}},
         {0},
         {1000, 1000, 1000}},
        {{"old-root",
          "single_root_static",
          "openssl102",
          "the old root",
          false,
          PS_ATTACK_X01,
          {800, 900}},
         {"2021-01-05", "2021-01-06", NULL, NULL, "certificate has expired: Old Root", 100, true},
         {0, 0, 0}},
        {{"both-roots",
          "azure_recommended",
          "openssl3",
          "both roots",
          false,
          PS_ATTACK_X01,
          {1600, 900}},
         {0},
         {0, 0, 100}},
    };
    fill(scenario, rows, COUNT(rows));
    add_expectation(
        scenario, (struct ps_result_expectation){.strategy = "both-roots",
                                                 .text = "connected at 2021-01-10T23:59:59Z: 100%",
                                                 .file = "small.yaml",
                                                 .line = 40,
                                                 .judgement = PS_JUDGED_MET,
                                                 .numerator = 100,
                                                 .denominator = 100,
                                                 .found = "100% (100 of 100)",
                                                 .command = "pinstorm run small.yaml"});
    add_expectation(scenario,
                    (struct ps_result_expectation){
                        .strategy = "old-root",
                        .cohort = "a",
                        .text = "bricked: >= 95%",
                        .file = "small.yaml",
                        .line = 41,
                        .judgement = PS_JUDGED_NOT_MET,
                        .numerator = 0,
                        .denominator = 60,
                        .found = "0% (0 of 60)",
                        .command =
                            "pinstorm run small.yaml --strategy old-root --seed 7 --devices 100 "
                            "--out 'a folder'"});
    add_expectation(scenario,
                    (struct ps_result_expectation){.strategy = "none",
                                                   .text = "connected at 2020-01-01: 100%",
                                                   .file = "small.yaml",
                                                   .line = 42,
                                                   .judgement = PS_JUDGED_INCONCLUSIVE,
                                                   .found = "no device was booted",
                                                   .command = "pinstorm run small.yaml"});
    const char *const assumptions[] = {"Devices try again once a day."};
    set_assumptions(scenario, assumptions, COUNT(assumptions));
    return result;
}

#define NO_EXPOSURE                                                                                \
    {                                                                                              \
        0, 0, 0                                                                                    \
    }
#define PUBLIC_CA                                                                                  \
    {                                                                                              \
        0, 0, 1000                                                                                 \
    }

#define DST_EXPIRED "certificate has expired: DST Root CA X3"

static const struct strategy_row dst_rows[] = {
    {{"both-roots",
      "azure_recommended",
      "openssl3",
      "DST Root CA X3 and ISRG Root X1",
      0,
      0,
      {3040, 4100}},
     {0},
     PUBLIC_CA},
    {{"both-roots-legacy",
      "azure_recommended",
      "openssl102",
      "DST Root CA X3 and ISRG Root X1, path found from the chain first",
      0,
      0,
      {3040, 4100}},
     {"2021-09-30T14:01:16Z", "2021-10-02", "2024-02-08", "2024-05-08", DST_EXPIRED, 0, true},
     PUBLIC_CA},
    {{"both-roots-mbedtls",
      "azure_recommended",
      "mbedtls",
      "DST Root CA X3 and ISRG Root X1",
      0,
      0,
      {3040, 4100}},
     {0},
     PUBLIC_CA},
    {{"x1-only", "single_root_static", "openssl3", "ISRG Root X1", 0, 0, {1391, 4100}},
     {0},
     PUBLIC_CA},
    {{"x1-only-openssl101", "single_root_static", "openssl101", "ISRG Root X1", 0, 0, {1391, 4100}},
     {"2021-05-04", "2021-07-03", "2024-02-08", "2024-05-08",
      "unable to get local issuer certificate: ISRG Root X1 (signed by DST Root CA X3)", 0, true},
     PUBLIC_CA},
    {{"dst-only", "single_root_static", "openssl3", "DST Root CA X3", 0, 0, {846, 4100}},
     {"2021-09-30T14:01:16Z", "2021-10-02", NULL, NULL, DST_EXPIRED, 0, false},
     PUBLIC_CA},
    {{"dst-only-http-firmware",
      "single_root_http_fw",
      "openssl3",
      "DST Root CA X3; signed firmware over HTTP",
      0,
      0,
      {1100, 4100}},
     {"2021-09-30T14:01:16Z", "2021-10-02", "2021-11-01", "2022-01-15", DST_EXPIRED, 0, true},
     PUBLIC_CA},
    {{"android-like-long-chain",
      "webpki_static",
      "backtracking",
      "name and key of 130 roots, dates of anchors never checked",
      0,
      0,
      {144210, 4100}},
     {"2024-09-30T18:14:03Z", "2024-10-02", NULL, NULL, "certificate has expired: ISRG Root X1", 0,
      false},
     PUBLIC_CA},
    {{"r3-by-dst-as-anchor", "intermediate_anchor", "mbedtls", "R3", 0, 0, {1080, 4100}},
     {"2021-09-29T19:21:40Z", "2021-10-01", NULL, NULL, "certificate has expired: R3", 0, false},
     NO_EXPOSURE},
    {{"leaf-certificate-pin", "leaf_cert_pin", "openssl3", "SHA-256 of the leaf", 0, 0, {32, 4100}},
     {"2021-02-01", "2021-04-30", NULL, NULL, "no pin matched: hub.example", 0, false},
     NO_EXPOSURE},
    {{"leaf-key-pin", "leaf_spki_pin", "openssl3", "SHA-256 of the leaf's key", 0, 0, {32, 4100}},
     {"2021-02-01", "2021-04-30", NULL, NULL, "no pin matched: hub.example", 0, false},
     NO_EXPOSURE},
    {{"leaf-key-pin-with-backup-and-updates",
      "leaf_spki_backup_ota",
      "openssl3",
      "SHA-256 of two keys",
      0,
      0,
      {64, 4100}},
     {"2022-02-01", "2022-06-01", "2022-06-01", "2022-08-01", "no pin matched: hub.example", 300,
      true},
     NO_EXPOSURE},
    {{"private-root", "private_root_static", "openssl3", "a root of our own", 0, 0, {610, 1700}},
     {0},
     NO_EXPOSURE},
    {{"everything-trusted",
      "no_verify",
      "openssl3",
      "accepts anything",
      1,
      PS_ATTACK_X01,
      {0, 4100}},
     {0},
     {1000, 1000, 1000}},
    {{"name-only", "hostname_only", "openssl3", "the host's name", 1, PS_ATTACK_X01, {0, 4100}},
     {0},
     {1000, 0, 1000}},
};

static void fill_dst(struct ps_result_scenario *scenario)
{
    *scenario = (struct ps_result_scenario){
        .name = "le-dst-x3-2021",
        .title = "DST Root CA X3 expires under the default chain",
        .source =
            "Let's Encrypt served a chain that ended in ISRG Root X1 cross-signed by DST Root CA "
            "X3. The cross-sign was to outlive its issuer for the sake of old Android phones, "
            "whose trust store does not look at the dates of anchors. Other clients did, or "
            "built a path to the dead root although a live one was in their store.",
        .file = "incidents/le-dst-x3-2021.yaml",
        .digest = 0x6fd2a84c01e7b935ULL,
        .seed = 1,
        .from = sample_time("2021-01-01"),
        .until = sample_time("2025-01-01"),
    };
    set_cohorts(scenario, (struct ps_result_cohort[]){{"gateways", 4000}, {"shelf-stock", 1000}},
                2);
    fill_samples(scenario, 7 * 86400);
    fill_threats(scenario, true);
    const struct ps_result_event events[] = {
        {sample_time("2021-05-04"), sample_time("2021-07-03"), sample_time("2021-04-20"), "serve",
         "the default chain becomes R3 < ISRG Root X1 < DST Root CA X3"},
        {sample_time("2021-09-29T19:21:40Z"), sample_time("2021-09-29T19:21:40Z"), PS_TIME_NEVER,
         "expiry", "R3 signed by DST Root CA X3 ends"},
        {sample_time("2021-09-30T14:01:16Z"), sample_time("2021-09-30T14:01:16Z"),
         sample_time("2000-09-30"), "expiry", "DST Root CA X3 ends"},
        {sample_time("2024-02-08"), sample_time("2024-02-08"), sample_time("2023-07-10"), "serve",
         "the default chain becomes the short one"},
        {sample_time("2024-09-30T18:14:03Z"), sample_time("2024-09-30T18:14:03Z"), PS_TIME_NEVER,
         "expiry", "ISRG Root X1 signed by DST Root CA X3 ends"},
    };
    set_events(scenario, events, COUNT(events));
    fill(scenario, dst_rows, COUNT(dst_rows));
    static const char *const texts[][4] = {
        {"both-roots", "connected at 2021-10-15T23:59:59Z: 100%", "100% (5,000 of 5,000)", ""},
        {"both-roots-legacy", "connected at 2021-10-15T23:59:59Z: < 5%", "0% (0 of 5,000)", ""},
        {"x1-only-openssl101", "connected at 2021-10-15T23:59:59Z: < 5%", "0% (0 of 5,000)", ""},
        {"dst-only-http-firmware", "outcome recovered: >= 99%", "97.2% (4,860 of 5,000)", "!"},
        {"everything-trusted", "unranked: yes", "yes", ""},
    };
    for (size_t i = 0; i < COUNT(texts); i++)
        add_expectation(scenario,
                        (struct ps_result_expectation){
                            .strategy = texts[i][0],
                            .text = texts[i][1],
                            .file = "incidents/le-dst-x3-2021.yaml",
                            .line = 90 + (uint32_t)i,
                            .judgement = texts[i][3][0] == '!' ? PS_JUDGED_NOT_MET : PS_JUDGED_MET,
                            .numerator = 1,
                            .denominator = 2,
                            .found = texts[i][2],
                            .command = "pinstorm run incidents/le-dst-x3-2021.yaml --strategy "
                                       "dst-only-http-firmware --seed 1 --devices 5000"});
    const char *const assumptions[] = {
        "A device that cannot connect tries again once a day (fleet: every).",
        "Session lengths of 24 hours are typical of telemetry clients (fleet: session).",
    };
    set_assumptions(scenario, assumptions, COUNT(assumptions));
}

static void fill_azure(struct ps_result_scenario *scenario)
{
    *scenario = (struct ps_result_scenario){
        .name = "azure-baltimore-g2-2023",
        .title = "IoT hubs move from Baltimore CyberTrust Root to DigiCert Global Root G2",
        .source = "Hubs were moved one after another, up to 27 months before the old root's end.",
        .file = "incidents/azure-baltimore-g2-2023.yaml",
        .digest = 0x00000000beef0042ULL,
        .seed = 1,
        .from = sample_time("2023-02-01"),
        .until = sample_time("2023-12-01"),
    };
    set_cohorts(scenario, (struct ps_result_cohort[]){{"meters", 5000}}, 1);
    fill_samples(scenario, 86400);
    fill_threats(scenario, false);
    struct ps_result_event events[24];
    for (size_t i = 0; i < COUNT(events); i++) {
        ps_time at = {sample_time("2023-02-15").s +
                      (int64_t)(i < 12 ? i * 86400 : (i - 4) * 10 * 86400)};
        events[i] =
            (struct ps_result_event){at, at, PS_TIME_NEVER, "serve", "a region's hubs switch"};
    }
    set_events(scenario, events, COUNT(events));
    const char *reason = "unable to get local issuer certificate: DigiCert Global Root G2";
    const struct strategy_row rows[] = {
        {{"baltimore-only",
          "single_root_static",
          "openssl3",
          "Baltimore CyberTrust Root",
          0,
          0,
          {891, 3300}},
         {"2023-02-15", "2023-09-30", NULL, NULL, reason, 0, false},
         NO_EXPOSURE},
        {{"baltimore-only-reverted",
          "single_root_static",
          "mbedtls",
          "Baltimore CyberTrust Root",
          0,
          0,
          {891, 3300}},
         {"2023-02-15", "2023-09-30", "2023-10-10", "2023-10-12", reason, 0, false},
         NO_EXPOSURE},
        {{"both-roots",
          "azure_recommended",
          "mbedtls",
          "Baltimore CyberTrust Root and DigiCert Global Root G2",
          0,
          0,
          {1800, 3300}},
         {0},
         NO_EXPOSURE},
        {{"both-roots-openssl",
          "azure_recommended",
          "openssl3",
          "Baltimore CyberTrust Root and DigiCert Global Root G2",
          0,
          0,
          {1800, 3300}},
         {0},
         NO_EXPOSURE},
        {{"everything-trusted",
          "no_verify",
          "openssl3",
          "accepts anything",
          1,
          PS_ATTACK_X01,
          {0, 3300}},
         {0},
         {1000, 1000, 0}},
    };
    fill(scenario, rows, COUNT(rows));
    add_expectation(
        scenario, (struct ps_result_expectation){.strategy = "both-roots",
                                                 .text = "connected at 2023-11-30T23:59:59Z: 100%",
                                                 .file = "incidents/azure-baltimore-g2-2023.yaml",
                                                 .line = 70,
                                                 .judgement = PS_JUDGED_MET,
                                                 .numerator = 5000,
                                                 .denominator = 5000,
                                                 .found = "100% (5,000 of 5,000)"});
}

struct ps_result *sample_large(void)
{
    struct ps_result *result = new_result(2);
    fill_dst(&result->scenarios[0]);
    fill_azure(&result->scenarios[1]);
    return result;
}

struct ps_result *sample_hostile(void)
{
    static const char bad[] = "</title><script>alert('x')</script>&amp;\"'\033[31m\n|`*_\xff\xc3";
    struct ps_result *result = sample_small();
    struct ps_result_scenario *scenario = &result->scenarios[0];
    result->version = bad;
    result->work.command = bad;
    scenario->name = scenario->title = scenario->source = scenario->file = bad;
    scenario->events[0].title = scenario->events[0].kind = bad;
    scenario->cohorts[0].name = bad;
    for (size_t i = 0; i < scenario->strategy_count; i++) {
        struct ps_result_strategy *strategy = &scenario->strategies[i];
        strategy->name = strategy->preset = strategy->stack = strategy->summary = bad;
    }
    for (size_t i = 0; i < scenario->expectation_count; i++) {
        struct ps_result_expectation *expectation = &scenario->expectations[i];
        expectation->strategy = expectation->cohort = expectation->text = bad;
        expectation->file = expectation->found = expectation->command = bad;
    }
    scenario->assumptions[0] = bad;
    for (size_t i = 0; i < scenario->strategy_count * scenario->cohort_count; i++)
        for (size_t c = 0; c < scenario->lanes[i].cause_count; c++) {
            struct ps_verdict *verdict = &scenario->lanes[i].causes[c].verdict;
            snprintf(verdict->reason, sizeof verdict->reason, "%s", bad);
            snprintf(verdict->path, sizeof verdict->path, "%s", bad);
        }
    return result;
}

struct ps_result *sample_empty(void)
{
    struct ps_result *result = new_result(1);
    result->scenarios[0] = (struct ps_result_scenario){
        .name = "empty", .from = sample_time("2021-01-01"), .until = sample_time("2021-01-02")};
    return result;
}

void sample_free(struct ps_result *result)
{
    for (size_t i = 0; i < result->scenario_count; i++) {
        struct ps_result_scenario *scenario = &result->scenarios[i];
        for (size_t l = 0; l < scenario->strategy_count * scenario->cohort_count; l++) {
            free(scenario->lanes[l].present);
            free(scenario->lanes[l].up);
            free(scenario->lanes[l].causes);
            free(scenario->lanes[l].exposures);
            free(scenario->lanes[l].origins);
        }
        free(scenario->samples);
        free(scenario->events);
        free(scenario->threats);
        free(scenario->cohorts);
        free(scenario->strategies);
        free(scenario->lanes);
        free(scenario->expectations);
        free(scenario->assumptions);
    }
    free(result->scenarios);
    free(result);
}
