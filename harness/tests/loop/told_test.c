/* SPDX-License-Identifier: Apache-2.0
 *
 * The runner with real contacts that are told something beside the handshake: staples, what they
 * fetch while it waits, records of DNS, shared secrets, and sessions that are resumed. The same
 * rows over TCP and memory, with one worker and two, mixed and in their own order, give the same
 * bytes, and the servers count every connection.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "fake-ca/publish.h"
#include "loop/runner.h"

#define HOST "hub.example"
static const ps_time noon = {1600000000}; /* 2020-09-13 */
enum { DAY_S = 86400 };

enum shown { SHOWN_FULL, SHOWN_BARE, SHOWN_DEMANDS, SHOWN_FORGED, SHOWN_COUNT };
enum answers { ANSWERS_NONE, ANSWERS_GOOD, ANSWERS_REVOKED, ANSWERS_STALE, ANSWERS_COUNT };
enum trusting {
    TRUST_PATH,
    TRUST_OCSP,
    TRUST_OCSP_SOFT,
    TRUST_CRL,
    TRUST_AIA,
    TRUST_STAPLE,
    TRUST_MUST_STAPLE,
    TRUST_DNS_LEAF,
    TRUST_DNS_ROOT,
    TRUST_SECRET,
    TRUST_TICKET,
    TRUST_COUNT
};
enum dns { DNS_NOTHING, DNS_LEAF, DNS_OTHER, DNS_ROOT, DNS_COUNT };
enum { PUBLISHED = 3 };

static struct world {
    struct ps_keypool *pool;
    struct ps_ca *ca;
    ps_key_id root_key, issuer_key;
    ps_certificate_id root, issuer;
    struct ps_presentation shown[SHOWN_COUNT];
    struct ps_buffer ocsp[ANSWERS_COUNT], demanded[ANSWERS_COUNT], crl[ANSWERS_COUNT];
    struct ps_published published[ANSWERS_COUNT][PUBLISHED], down[PUBLISHED];
    struct ps_strategy strategies[TRUST_COUNT];
    struct ps_trust_options trusts[TRUST_COUNT];
    struct ps_tlsa tlsa[DNS_COUNT];
    struct ps_bytes anchor;
} world;

static void must(ps_status status, const struct ps_error *err)
{
    ck_assert_msg(ps_is_ok(status), "%s", err->text);
}

static void make_cas(void)
{
    struct ps_error err = {0};
    struct ps_certificate_spec spec = {.subject = "O=Test, CN=Root",
                                       .hash = PS_HASH_SHA256,
                                       .not_before = {noon.s - 1000 * DAY_S},
                                       .not_after = {noon.s + 1000 * DAY_S},
                                       .ca = true,
                                       .path_length = PS_PATH_LENGTH_NONE};
    must(ps_ca_key(world.ca, PS_KEY_ECDSA_P256, &world.root_key, &err), &err);
    must(ps_ca_issue(world.ca, &spec, world.root_key, spec.subject, world.root_key, &world.root,
                     &err),
         &err);
    spec.subject = "O=Test, CN=Issuer";
    must(ps_ca_key(world.ca, PS_KEY_ECDSA_P256, &world.issuer_key, &err), &err);
    must(ps_ca_issue(world.ca, &spec, world.issuer_key, "O=Test, CN=Root", world.root_key,
                     &world.issuer, &err),
         &err);
    world.anchor = ps_ca_der(world.ca, world.root);
}

static void make_shown(enum shown shown)
{
    struct ps_error err = {0};
    struct ps_presentation *p = &world.shown[shown];
    struct ps_certificate_spec spec = {.subject = "CN=" HOST,
                                       .host = HOST,
                                       .hash = PS_HASH_SHA256,
                                       .not_before = {noon.s - DAY_S},
                                       .not_after = {noon.s + 90 * DAY_S},
                                       .path_length = PS_PATH_LENGTH_NONE,
                                       .eku = PS_EKU_SERVER_AUTH,
                                       .must_staple = shown == SHOWN_DEMANDS,
                                       .ocsp_url = "http://status.test/ocsp/a",
                                       .crl_url = "http://status.test/crl/a",
                                       .issuer_url = "http://status.test/issuer/a"};
    bool forged = shown == SHOWN_FORGED;
    must(ps_ca_key(world.ca, PS_KEY_ECDSA_P256, &p->leaf_key, &err), &err);
    must(ps_ca_issue(world.ca, &spec, p->leaf_key, forged ? spec.subject : "O=Test, CN=Issuer",
                     forged ? p->leaf_key : world.issuer_key, &p->leaf, &err),
         &err);
    const ps_certificate_id chain[] = {world.issuer, world.root};
    p->chain = ps_memdup(chain, sizeof chain);
    p->chain_count = shown == SHOWN_BARE || forged ? 0 : 2;
}

static void make_answers(enum answers answers)
{
    struct ps_error err = {0};
    bool revoked = answers == ANSWERS_REVOKED;
    int64_t made = answers == ANSWERS_STALE ? noon.s - 30 * DAY_S : noon.s - 3600;
    struct ps_ocsp_options ocsp = {.certificate = world.shown[SHOWN_FULL].leaf,
                                   .issuer_dn = "O=Test, CN=Issuer",
                                   .issuer_key = world.issuer_key,
                                   .revoked = revoked,
                                   .revoked_at = {made - DAY_S / 2},
                                   .this_update = {made},
                                   .next_update = {made + 7 * DAY_S}};
    must(ps_ca_ocsp(world.ca, &ocsp, &world.ocsp[answers], &err), &err);
    ocsp.certificate = world.shown[SHOWN_DEMANDS].leaf;
    must(ps_ca_ocsp(world.ca, &ocsp, &world.demanded[answers], &err), &err);
    const struct ps_crl_entry entry = {world.shown[SHOWN_FULL].leaf, {made - DAY_S / 2}};
    const struct ps_crl_options crl = {.issuer_dn = "O=Test, CN=Issuer",
                                       .issuer_key = world.issuer_key,
                                       .revoked = &entry,
                                       .revoked_count = revoked,
                                       .this_update = {made},
                                       .next_update = {made + 7 * DAY_S}};
    must(ps_ca_crl(world.ca, &crl, &world.crl[answers], &err), &err);
    const struct ps_published published[PUBLISHED] = {
        {PS_PUBLISH_OCSP,
         "/ocsp/a",
         world.shown[SHOWN_FULL].leaf,
         {world.ocsp[answers].data, world.ocsp[answers].size},
         false},
        {PS_PUBLISH_CRL,
         "/crl/a",
         world.shown[SHOWN_FULL].leaf,
         {world.crl[answers].data, world.crl[answers].size},
         false},
        {PS_PUBLISH_ISSUER, "/issuer/a", world.shown[SHOWN_FULL].leaf,
         ps_ca_der(world.ca, world.issuer), false}};
    memcpy(world.published[answers], published, sizeof published);
    for (size_t i = 0; i < PUBLISHED; i++) {
        world.down[i] = published[i];
        world.down[i].down = true;
    }
}

static void make_trusts(void)
{
    for (int i = 0; i < TRUST_COUNT; i++) {
        struct ps_strategy *s = &world.strategies[i];
        s->name = "test";
        s->chain.engine = PS_ENGINE_PKIX;
        s->chain.builder = PS_BUILDER_OPENSSL3;
        s->chain.intermediates_max = 8;
        s->pins.expires = PS_TIME_NEVER;
        s->identity.hostname = PS_HOSTNAME_SAN;
        s->time.floor = PS_TIME_ALWAYS;
        s->revocation.on_unavailable = PS_UNAVAILABLE_HARD;
        world.trusts[i] = (struct ps_trust_options){.strategy = s,
                                                    .anchors = &world.anchor,
                                                    .anchor_count = 1,
                                                    .pins_end = PS_TIME_NEVER,
                                                    .revoked_from = PS_TIME_ALWAYS};
    }
    world.strategies[TRUST_OCSP].revocation.mode = PS_REVOCATION_OCSP;
    world.strategies[TRUST_OCSP_SOFT].revocation.mode = PS_REVOCATION_OCSP;
    world.strategies[TRUST_OCSP_SOFT].revocation.on_unavailable = PS_UNAVAILABLE_SOFT;
    world.strategies[TRUST_CRL].revocation.mode = PS_REVOCATION_CRL;
    world.strategies[TRUST_AIA].intermediates.aia = true;
    world.strategies[TRUST_STAPLE].revocation.mode = PS_REVOCATION_STAPLE;
    world.strategies[TRUST_MUST_STAPLE].revocation.mode = PS_REVOCATION_MUST_STAPLE;
    world.strategies[TRUST_DNS_LEAF].chain.engine = PS_ENGINE_DANE;
    world.strategies[TRUST_DNS_LEAF].chain.tlsa = PS_TLSA_3_1_1;
    world.strategies[TRUST_DNS_ROOT].chain.engine = PS_ENGINE_DANE;
    world.strategies[TRUST_DNS_ROOT].chain.tlsa = PS_TLSA_2_1_1;
    world.strategies[TRUST_SECRET].chain.engine = PS_ENGINE_PSK;
    world.strategies[TRUST_TICKET].resumption.enabled = true;
    world.strategies[TRUST_TICKET].resumption.ticket_lifetime.s = 7 * DAY_S;
    world.trusts[TRUST_SECRET].psk = (struct ps_bytes){(const unsigned char *)"between us", 10};
}

static void world_make(void)
{
    struct ps_error err = {0};
    memset(&world, 0, sizeof world);
    must(ps_keypool_new(1, &world.pool, &err), &err);
    must(ps_ca_new(world.pool, &world.ca, &err), &err);
    make_cas();
    for (int i = 0; i < SHOWN_COUNT; i++)
        make_shown((enum shown)i);
    for (int i = ANSWERS_GOOD; i < ANSWERS_COUNT; i++)
        make_answers((enum answers)i);
    make_trusts();
    world.tlsa[DNS_LEAF] = (struct ps_tlsa){
        PS_TLSA_3_1_1, .certificate = ps_ca_der(world.ca, world.shown[SHOWN_FULL].leaf)};
    world.tlsa[DNS_OTHER] = (struct ps_tlsa){
        PS_TLSA_3_1_1, .certificate = ps_ca_der(world.ca, world.shown[SHOWN_DEMANDS].leaf)};
    world.tlsa[DNS_ROOT] = (struct ps_tlsa){PS_TLSA_2_1_1, .certificate = world.anchor};
}

static void world_end(void)
{
    for (int i = 0; i < SHOWN_COUNT; i++)
        free(world.shown[i].chain);
    for (int i = 0; i < ANSWERS_COUNT; i++) {
        ps_buffer_deinit(&world.ocsp[i]);
        ps_buffer_deinit(&world.demanded[i]);
        ps_buffer_deinit(&world.crl[i]);
    }
    ps_ca_free(world.ca);
    ps_keypool_free(world.pool);
}

/* clang-format off */
static const struct row {
    const char *name;
    enum trusting trust;
    enum shown shown; /* SHOWN_FULL */
    enum answers staple, published; /* ANSWERS_NONE */
    bool down;
    enum dns dns; /* DNS_NOTHING */
    const char *secret; /* that the server knows */
    bool resumes; /* a session with SHOWN_FULL */
    enum ps_fault fault;
    uint32_t after_bytes;
    enum ps_stage stage;
    unsigned fetches;
    const char *reason; /* begins so */
} rows[] = {
    {"path", TRUST_PATH, .stage = PS_STAGE_ACCEPTED},
    {"path, issuer not sent", TRUST_PATH, SHOWN_BARE, .stage = PS_STAGE_PATH},

    {"asked, good", TRUST_OCSP, .published = ANSWERS_GOOD, .stage = PS_STAGE_ACCEPTED,
     .fetches = 1},
    {"asked, revoked", TRUST_OCSP, .published = ANSWERS_REVOKED, .stage = PS_STAGE_REVOCATION,
     .fetches = 1},
    {"asked, stale", TRUST_OCSP, .published = ANSWERS_STALE, .stage = PS_STAGE_REVOCATION,
     .fetches = 1},
    {"asked, down", TRUST_OCSP, .published = ANSWERS_GOOD, .down = true,
     .stage = PS_STAGE_REVOCATION, .fetches = 1},
    {"asked, nothing there", TRUST_OCSP, .stage = PS_STAGE_REVOCATION, .fetches = 1},
    {"asked softly, down", TRUST_OCSP_SOFT, .published = ANSWERS_GOOD, .down = true,
     .stage = PS_STAGE_ACCEPTED, .fetches = 1},
    {"stapled, not asked", TRUST_OCSP, .staple = ANSWERS_GOOD, .stage = PS_STAGE_ACCEPTED},
    {"stapled revoked", TRUST_OCSP, .staple = ANSWERS_REVOKED, .published = ANSWERS_GOOD,
     .stage = PS_STAGE_REVOCATION},
    {"stapled stale, asked", TRUST_OCSP, .staple = ANSWERS_STALE, .published = ANSWERS_GOOD,
     .stage = PS_STAGE_ACCEPTED, .fetches = 1},

    {"list, good", TRUST_CRL, .published = ANSWERS_GOOD, .stage = PS_STAGE_ACCEPTED, .fetches = 1},
    {"list, revoked", TRUST_CRL, .published = ANSWERS_REVOKED, .stage = PS_STAGE_REVOCATION,
     .fetches = 1},
    {"list, down", TRUST_CRL, .published = ANSWERS_GOOD, .down = true,
     .stage = PS_STAGE_REVOCATION, .fetches = 1},

    {"issuer fetched", TRUST_AIA, SHOWN_BARE, .published = ANSWERS_GOOD,
     .stage = PS_STAGE_ACCEPTED, .fetches = 1},
    {"issuer sent", TRUST_AIA, .published = ANSWERS_GOOD, .stage = PS_STAGE_ACCEPTED},
    {"issuer down", TRUST_AIA, SHOWN_BARE, .published = ANSWERS_GOOD, .down = true,
     .stage = PS_STAGE_PATH, .fetches = 1},

    {"staple", TRUST_STAPLE, .staple = ANSWERS_GOOD, .stage = PS_STAGE_ACCEPTED},
    {"no staple", TRUST_STAPLE, .published = ANSWERS_GOOD, .stage = PS_STAGE_REVOCATION},
    {"stale staple", TRUST_STAPLE, .staple = ANSWERS_STALE, .stage = PS_STAGE_REVOCATION},
    {"not demanded", TRUST_MUST_STAPLE, .stage = PS_STAGE_ACCEPTED},
    {"demanded, stapled", TRUST_MUST_STAPLE, SHOWN_DEMANDS, .staple = ANSWERS_GOOD,
     .stage = PS_STAGE_ACCEPTED},
    {"demanded, not stapled", TRUST_MUST_STAPLE, SHOWN_DEMANDS, .stage = PS_STAGE_REVOCATION},

    {"record", TRUST_DNS_LEAF, .dns = DNS_LEAF, .stage = PS_STAGE_ACCEPTED},
    {"record of another", TRUST_DNS_LEAF, .dns = DNS_OTHER, .stage = PS_STAGE_PATH},
    {"no record", TRUST_DNS_LEAF, .stage = PS_STAGE_PATH},
    {"record of a root", TRUST_DNS_ROOT, .dns = DNS_ROOT, .stage = PS_STAGE_ACCEPTED},
    {"record of a root, forged", TRUST_DNS_ROOT, SHOWN_FORGED, .dns = DNS_ROOT,
     .stage = PS_STAGE_PATH},

    {"secret", TRUST_SECRET, .secret = "between us", .stage = PS_STAGE_ACCEPTED},
    {"another secret", TRUST_SECRET, .secret = "between you", .stage = PS_STAGE_TLS},
    {"no secret", TRUST_SECRET, .stage = PS_STAGE_TLS},

    {"ticket, none held", TRUST_TICKET, .stage = PS_STAGE_ACCEPTED},
    {"resumed", TRUST_TICKET, .resumes = true, .stage = PS_STAGE_ACCEPTED,
     .reason = "a session was resumed"},
    {"resumed, whatever would be shown", TRUST_TICKET, SHOWN_FORGED, .resumes = true,
     .stage = PS_STAGE_ACCEPTED, .reason = "a session was resumed"},
    {"forged, no ticket", TRUST_TICKET, SHOWN_FORGED, .stage = PS_STAGE_PATH},

    /* The link fails beside all that. */
    {"asked, link cut", TRUST_OCSP, .published = ANSWERS_GOOD, .fault = PS_FAULT_CUT,
     .after_bytes = 100, .stage = PS_STAGE_UNREACHABLE},
    {"asked, link cut after it", TRUST_OCSP, .published = ANSWERS_GOOD, .fault = PS_FAULT_CUT,
     .after_bytes = 100000, .stage = PS_STAGE_ACCEPTED, .fetches = 1},
    {"secret, link reset", TRUST_SECRET, .secret = "between us", .fault = PS_FAULT_RESET,
     .after_bytes = 20, .stage = PS_STAGE_UNREACHABLE},
    {"resumed, link closed", TRUST_TICKET, .resumes = true, .fault = PS_FAULT_TRUNCATE,
     .after_bytes = 20, .stage = PS_STAGE_UNREACHABLE},
};
/* clang-format on */
enum { ROWS = sizeof rows / sizeof *rows, REPEATS = 4, JOBS = ROWS * REPEATS };

/* In which the tickets were got. */
static const struct row before_row = {"before", TRUST_TICKET, .stage = PS_STAGE_ACCEPTED};
static struct ps_job before;

static struct ps_bytes bytes_of(const struct ps_buffer *buffer)
{
    return (struct ps_bytes){buffer->data, buffer->size};
}

static struct ps_job job_of(const struct row *row, size_t index)
{
    const struct ps_buffer *staples = row->shown == SHOWN_DEMANDS ? world.demanded : world.ocsp;
    struct ps_job job = {.trust = &world.trusts[row->trust],
                         .now = noon,
                         .host = HOST,
                         .message = index,
                         .presentation = &world.shown[row->shown],
                         .staple = bytes_of(&staples[row->staple]),
                         .published = row->down ? world.down : world.published[row->published],
                         .published_count = row->published == ANSWERS_NONE ? 0 : PUBLISHED,
                         .ticket_from = row->resumes ? &before : NULL,
                         .endpoint = (uint32_t)(index % 2),
                         .fault = row->fault,
                         .after_bytes = row->after_bytes,
                         .timeout = {30}};
    if (row->dns != DNS_NOTHING) {
        job.tlsa = &world.tlsa[row->dns];
        job.tlsa_count = 1;
    }
    if (row->secret)
        job.psk = (struct ps_bytes){(const unsigned char *)row->secret, strlen(row->secret)};
    return job;
}

struct way {
    enum ps_link_kind link;
    unsigned workers;
    bool sorted; /* all of a row together */
};

static const struct row *row_at(const struct way *way, size_t i)
{
    return &rows[way->sorted ? i / REPEATS : i % ROWS];
}

static void run(const struct way *way, struct ps_job *jobs)
{
    const struct ps_runner_options options = {
        .ca = world.ca, .jobs = way->workers, .link = way->link, .endpoint_count = 2};
    struct ps_runner *runner;
    struct ps_error err = {0};
    uint64_t handshakes = 0, fetches = 0;
    must(ps_runner_new(&options, &runner, NULL, &err), &err);
    before = job_of(&before_row, 0);
    for (size_t i = 0; i < JOBS; i++) {
        const struct row *row = row_at(way, i);
        jobs[i] = job_of(row, i);
        handshakes += row->resumes ? 2 : 1;
        fetches += row->fetches;
    }
    must(ps_runner_execute(runner, jobs, JOBS, NULL, NULL, &err), &err);
    struct ps_runner_counts counts = ps_runner_counts(runner);
    ck_assert_uint_eq(counts.handshakes, handshakes);
    ck_assert_uint_eq(counts.fetches, fetches);
    ck_assert_uint_eq(counts.unreached, 0);
    ck_assert_uint_eq(counts.plain, 0);
    ps_runner_free(runner);
}

START_TEST(test_table)
{
    static const struct way ways[] = {
        {PS_LINK_MEMORY, 1, false}, {PS_LINK_MEMORY, 2, true}, {PS_LINK_TCP, 1, false},
        {PS_LINK_TCP, 2, false},    {PS_LINK_TCP, 1, true},
    };
    static struct ps_job jobs[JOBS];
    static struct ps_verdict first[ROWS];
    for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
        run(&ways[w], jobs);
        for (size_t i = 0; i < JOBS; i++) {
            const struct row *row = row_at(&ways[w], i);
            const struct ps_verdict *verdict = &jobs[i].ret_verdict;
            struct ps_verdict *known = &first[row - rows];
            ck_assert_msg(verdict->stage == row->stage, "way %zu, %s: %s (%s)", w, row->name,
                          ps_stage_text(verdict->stage), verdict->reason);
            if (row->reason)
                ck_assert_msg(strncmp(verdict->reason, row->reason, strlen(row->reason)) == 0,
                              "way %zu, %s: %s", w, row->name, verdict->reason);
            if (w == 0 && i < ROWS)
                *known = *verdict;
            ck_assert_msg(memcmp(verdict, known, sizeof *known) == 0,
                          "way %zu, %s: %s (%s), and %s (%s) before", w, row->name,
                          ps_stage_text(verdict->stage), verdict->reason,
                          ps_stage_text(known->stage), known->reason);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("told");
    TCase *tcase = tcase_create("told");
    tcase_set_timeout(tcase, 240);
    tcase_add_checked_fixture(tcase, world_make, world_end);
    tcase_add_test(tcase, test_table);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
