/* SPDX-License-Identifier: Apache-2.0
 *
 * What becomes of a device in an event: each rule by itself, and what comes first where several
 * hold. The expected letters were written down from what the channels are, not from the code.
 */
#include "harness/composite.h"

#include <check.h>

enum { DAY_S = 86400, YES = 1, NO = 2 }; /* a verdict; 0: there is none */

static const struct ps_verdict yes = {.stage = PS_STAGE_ACCEPTED};

/* "-" is refused for its path unless `stage` says where. The strategy's chain is checked, it has
 * one anchor, and its channel is asked every day. */
static const struct row {
    const char *name;
    char letter;
    enum ps_update_channel channel;
    enum ps_composite_cause cause;
    enum ps_stage stage; /* of the refusal; ACCEPTED: it is accepted */
    int error;           /* of the refusal; 0: X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY */
    int mended;          /* by whose verdict, YES or NO */
    int pins_ended;      /* the same */
    int at_floor;        /* the same */
    enum ps_clock clock;
    bool store, at_ship, pins, broken_before, replaced, updated_by_fallback, dane, own_root;
    bool is_late;               /* after the DNSSEC root key changed */
    int notice_days, lead_days; /* 0: 90 and the channel's own */
} rows[] = {
    {"accepted", 'S', PS_UPDATE_NONE, .stage = PS_STAGE_ACCEPTED},
    {"no channel", 'B', PS_UPDATE_NONE, .stage = PS_STAGE_PATH},
    {"somebody comes", 'B', PS_UPDATE_MANUAL, .stage = PS_STAGE_PATH},

    /* faults that end */
    {"server", 't', PS_UPDATE_NONE, .cause = PS_CAUSE_SERVER, .stage = PS_STAGE_PATH,
     .mended = YES},
    {"server, but accepted", 'S', PS_UPDATE_NONE, .cause = PS_CAUSE_SERVER,
     .stage = PS_STAGE_ACCEPTED, .mended = YES},
    {"server, and broken besides", 'B', PS_UPDATE_NONE, .cause = PS_CAUSE_SERVER,
     .stage = PS_STAGE_PATH, .mended = NO},
    {"server, broken besides, and a channel", 'L', PS_UPDATE_FW_HTTP, .cause = PS_CAUSE_SERVER,
     .stage = PS_STAGE_PATH, .mended = NO},
    {"clock behind", 'c', PS_UPDATE_NONE, .cause = PS_CAUSE_CLOCK_BEHIND, .stage = PS_STAGE_DATES,
     .mended = YES},
    {"clock ahead", 'c', PS_UPDATE_NONE, .cause = PS_CAUSE_CLOCK_AHEAD, .stage = PS_STAGE_DATES,
     .mended = YES},
    {"clock behind, and broken besides", 'P', PS_UPDATE_FW_TLS_SAME, .cause = PS_CAUSE_CLOCK_BEHIND,
     .stage = PS_STAGE_DATES, .mended = NO},
    {"clock behind, but asked over TLS", 'S', PS_UPDATE_NONE, .cause = PS_CAUSE_CLOCK_BEHIND,
     .stage = PS_STAGE_DATES, .mended = YES, .clock = PS_CLOCK_NTS},
    {"clock ahead, but asked of pinned keys", 'S', PS_UPDATE_NONE, .cause = PS_CAUSE_CLOCK_AHEAD,
     .stage = PS_STAGE_DATES, .mended = YES, .clock = PS_CLOCK_ROUGHTIME},
    {"clock behind, but asked of the network", 'S', PS_UPDATE_NONE, .cause = PS_CAUSE_CLOCK_BEHIND,
     .stage = PS_STAGE_DATES, .mended = YES, .clock = PS_CLOCK_NTP},
    {"clock ahead, asked of the network", 'c', PS_UPDATE_NONE, .cause = PS_CAUSE_CLOCK_AHEAD,
     .stage = PS_STAGE_DATES, .mended = YES, .clock = PS_CLOCK_NTP},
    {"clock right, but broken besides", 'B', PS_UPDATE_NONE, .cause = PS_CAUSE_CLOCK_BEHIND,
     .stage = PS_STAGE_DATES, .mended = NO, .clock = PS_CLOCK_NTS},
    {"clock starts at the build", 'S', PS_UPDATE_NONE, .cause = PS_CAUSE_CLOCK_BEHIND,
     .stage = PS_STAGE_DATES, .mended = YES, .at_floor = YES, .clock = PS_CLOCK_BUILD_FLOOR},
    {"clock starts at the build, too early", 'c', PS_UPDATE_NONE, .cause = PS_CAUSE_CLOCK_BEHIND,
     .stage = PS_STAGE_DATES, .mended = YES, .at_floor = NO, .clock = PS_CLOCK_BUILD_FLOOR},

    /* what heals by itself */
    {"pins end", 'W', PS_UPDATE_NONE, .stage = PS_STAGE_PINS, .pins_ended = YES, .pins = true},
    {"pins end, but the path is broken", 'B', PS_UPDATE_NONE, .stage = PS_STAGE_PATH,
     .pins_ended = NO, .pins = true},
    {"pins end, before an update", 'W', PS_UPDATE_APP_STORE, .stage = PS_STAGE_PINS,
     .pins_ended = YES, .pins = true},
    {"hpkp", 'H', PS_UPDATE_HPKP, .stage = PS_STAGE_PINS, .pins_ended = YES, .pins = true},
    {"hpkp, but the path is broken", 'B', PS_UPDATE_HPKP, .stage = PS_STAGE_PATH, .pins_ended = NO,
     .pins = true},
    {"the root names its successor", 'H', PS_UPDATE_HASH_OF_ROOT_KEY, .stage = PS_STAGE_PATH},
    {"the root names its successor, but another CA", 'B', PS_UPDATE_HASH_OF_ROOT_KEY,
     .cause = PS_CAUSE_MOVE, .stage = PS_STAGE_PATH},
    {"another trust", 'H', PS_UPDATE_NONE, .stage = PS_STAGE_PATH, .replaced = true},
    {"another trust for updates", 'L', PS_UPDATE_NONE, .stage = PS_STAGE_PATH,
     .updated_by_fallback = true},

    /* channels that do not need the trust */
    {"firmware over HTTP", 'L', PS_UPDATE_FW_HTTP, .stage = PS_STAGE_PATH},
    {"firmware over HTTP, without notice", 'L', PS_UPDATE_FW_HTTP, .stage = PS_STAGE_PATH,
     .notice_days = -1},
    {"firmware over HTTP, another check", 'L', PS_UPDATE_FW_HTTP, .stage = PS_STAGE_TLS},
    {"firmware over a private root", 'L', PS_UPDATE_FW_TLS_PRIVATE, .stage = PS_STAGE_PATH},
    {"firmware over the same private root", 'P', PS_UPDATE_FW_TLS_PRIVATE, .stage = PS_STAGE_PATH,
     .own_root = true},
    {"app store", 'L', PS_UPDATE_APP_STORE, .stage = PS_STAGE_PINS, .pins = true},
    {"OS bundle", 'L', PS_UPDATE_OS_BUNDLE, .stage = PS_STAGE_PATH, .store = true},
    {"OS bundle, for nobody", 'B', PS_UPDATE_OS_BUNDLE, .stage = PS_STAGE_PATH},
    {"OS bundle, the store of the first day", 'B', PS_UPDATE_OS_BUNDLE, .stage = PS_STAGE_PATH,
     .store = true, .at_ship = true},
    {"OS bundle, but pins", 'B', PS_UPDATE_OS_BUNDLE, .stage = PS_STAGE_PINS, .store = true,
     .pins = true},
    {"OS bundle, and pins behind the path", 'B', PS_UPDATE_OS_BUNDLE, .stage = PS_STAGE_PATH,
     .store = true, .pins = true},
    {"trust bundle", 'L', PS_UPDATE_TRUST_BUNDLE, .stage = PS_STAGE_DATES},
    {"trust bundle, pins", 'L', PS_UPDATE_TRUST_BUNDLE, .stage = PS_STAGE_PINS, .pins = true},
    {"trust bundle, another check", 'B', PS_UPDATE_TRUST_BUNDLE, .stage = PS_STAGE_NAME},
    {"CMP", 'L', PS_UPDATE_CMP, .stage = PS_STAGE_PATH},
    {"CMP, but another CA", 'B', PS_UPDATE_CMP, .cause = PS_CAUSE_MOVE, .stage = PS_STAGE_PATH},
    {"TAMP", 'L', PS_UPDATE_TAMP, .cause = PS_CAUSE_MOVE, .stage = PS_STAGE_PATH},
    {"voucher", 'L', PS_UPDATE_BRSKI_VOUCHER, .cause = PS_CAUSE_MOVE, .stage = PS_STAGE_PATH},

    /* channels that need it, and notice */
    {"set up again", 'P', PS_UPDATE_REPROVISION, .stage = PS_STAGE_PATH, .notice_days = 8},
    {"firmware over the same trust", 'P', PS_UPDATE_FW_TLS_SAME, .stage = PS_STAGE_PATH},
    {"its lead is 60 days and a poll", 'P', PS_UPDATE_FW_TLS_SAME, .stage = PS_STAGE_PATH,
     .notice_days = 61},
    {"a day less", 'B', PS_UPDATE_FW_TLS_SAME, .stage = PS_STAGE_PATH, .notice_days = 60},
    {"another lead", 'P', PS_UPDATE_FW_TLS_SAME, .stage = PS_STAGE_PATH, .notice_days = 60,
     .lead_days = 60},
    {"another lead, too long", 'B', PS_UPDATE_FW_TLS_SAME, .stage = PS_STAGE_PATH, .lead_days = 91},
    {"it never worked", 'B', PS_UPDATE_FW_TLS_SAME, .stage = PS_STAGE_PATH, .broken_before = true},
    {"announced", 'P', PS_UPDATE_ANNOUNCE, .stage = PS_STAGE_PINS, .pins = true, .notice_days = 1},
    {"announced, without notice", 'B', PS_UPDATE_ANNOUNCE, .stage = PS_STAGE_PINS, .pins = true,
     .notice_days = -1},
    {"announced, but the path is broken", 'B', PS_UPDATE_ANNOUNCE, .stage = PS_STAGE_PATH,
     .pins = true},
    {"TACK", 'P', PS_UPDATE_TACK, .stage = PS_STAGE_PINS, .pins = true},
    {"RFC 5011 needs its hold-down and two sightings", 'P', PS_UPDATE_RFC5011,
     .stage = PS_STAGE_PATH, .notice_days = 32},
    {"RFC 5011, a day less", 'B', PS_UPDATE_RFC5011, .stage = PS_STAGE_PATH, .notice_days = 31},
    {"RFC 5011, but another CA", 'B', PS_UPDATE_RFC5011, .cause = PS_CAUSE_MOVE,
     .stage = PS_STAGE_PATH},
    {"EST", 'P', PS_UPDATE_EST, .stage = PS_STAGE_PATH},
    {"first key learned", 'B', PS_UPDATE_TOFU, .stage = PS_STAGE_PINS, .pins = true},
    {"DNS, no path", 'B', PS_UPDATE_DNS, .stage = PS_STAGE_PATH, .dane = true},
    {"DNS, no record matches", 'L', PS_UPDATE_DNS, .stage = PS_STAGE_PATH, .error = 65,
     .dane = true},
    {"no record matches, and no channel", 'B', PS_UPDATE_NONE, .stage = PS_STAGE_PATH, .error = 65,
     .dane = true},

    /* the DNSSEC root key */
    {"before its end", 'S', PS_UPDATE_DNS, .stage = PS_STAGE_ACCEPTED, .dane = true},
    {"after it", 'K', PS_UPDATE_DNS, .stage = PS_STAGE_ACCEPTED, .dane = true, .is_late = true},
    {"after it, refused", 'K', PS_UPDATE_NONE, .stage = PS_STAGE_PATH, .dane = true,
     .is_late = true},
    {"after it, with a channel that renews it", 'S', PS_UPDATE_RFC5011, .stage = PS_STAGE_ACCEPTED,
     .dane = true, .is_late = true},
    {"after it, with firmware", 'S', PS_UPDATE_FW_HTTP, .stage = PS_STAGE_ACCEPTED, .dane = true,
     .is_late = true},
    {"after it, without DANE", 'S', PS_UPDATE_DNS, .stage = PS_STAGE_ACCEPTED, .is_late = true},
};
enum { ROW_COUNT = sizeof rows / sizeof *rows };

static const struct ps_verdict *verdict_of(int said, const struct ps_verdict *no)
{
    return said == 0 ? NULL : said == YES ? &yes : no;
}

START_TEST(letters)
{
    const struct row *row = &rows[_i];
    struct ps_reference anchor = {.kind = PS_REFERENCE_CERTIFICATE, .index = 3};
    struct ps_pin pin = {.match = PS_PIN_MATCH_SPKI_SHA256};
    struct ps_strategy strategy = {.anchors = &anchor, .anchor_count = 1};
    const struct ps_verdict refused = {.stage = row->stage == PS_STAGE_ACCEPTED ? PS_STAGE_PATH
                                                                                : row->stage,
                                       .error = row->error ? row->error : 20};
    anchor.at_ship = row->at_ship;
    if (row->store)
        anchor.kind = PS_REFERENCE_STORE;
    strategy.chain.engine = row->dane ? PS_ENGINE_DANE : PS_ENGINE_PKIX;
    strategy.pins.set = &pin;
    strategy.pins.count = row->pins;
    strategy.time.clock = row->clock;
    strategy.update.channel = row->channel;
    strategy.update.poll.s = DAY_S;
    strategy.update.add_hold_down.s = 30 * DAY_S;
    strategy.update.root =
        (struct ps_reference){.kind = PS_REFERENCE_CERTIFICATE, .index = row->own_root ? 3 : 4};
    struct ps_composite_case mended = {
        .strategy = &strategy,
        .verdict = verdict_of(row->mended, &refused),
        .worked_before = true,
    };
    struct ps_composite_case c = {
        .strategy = &strategy,
        .cause = row->cause,
        .at = {row->is_late ? 1791676800 : 1791676799}, /* 2026-10-11, and the second before */
        .verdict = row->stage == PS_STAGE_ACCEPTED ? &yes : &refused,
        .pins_ended = verdict_of(row->pins_ended, &refused),
        .at_floor = verdict_of(row->at_floor, &refused),
        .mended = row->mended ? &mended : NULL,
        .worked_before = !row->broken_before,
        .replaced = row->replaced,
        .updated_by_fallback = row->updated_by_fallback,
    };
    int notice_days = row->notice_days < 0 ? 0 : row->notice_days ? row->notice_days : 90;
    const struct ps_composite_options options = {.notice = {(int64_t)notice_days * DAY_S},
                                                 .has_lead = row->lead_days != 0,
                                                 .lead = {(int64_t)row->lead_days * DAY_S}};
    char letter = ps_composite_letter(ps_composite_of(&c, &options));
    ck_assert_msg(letter == row->letter, "%s is %c, not %c", row->name, letter, row->letter);
}
END_TEST

/* Every letter is one, has a meaning, and is reached above. */
START_TEST(each_letter_is_reached)
{
    char letter = ps_composite_letter((enum ps_composite)_i);
    bool reached = false;
    for (size_t i = 0; i < ROW_COUNT; i++)
        reached = reached || rows[i].letter == letter;
    ck_assert_msg(reached, "%c", letter);
    ck_assert_int_ne(ps_composite_meaning((enum ps_composite)_i)[0], '\0');
    for (int i = 0; i < _i; i++)
        ck_assert_int_ne(ps_composite_letter((enum ps_composite)i), letter);
}
END_TEST

START_TEST(each_channel_is_reached)
{
    bool reached = false;
    for (size_t i = 0; i < ROW_COUNT; i++)
        reached = reached || rows[i].channel == (enum ps_update_channel)_i;
    ck_assert_msg(reached, "channel %d", _i);
}
END_TEST

static const struct pins_row {
    const char *name;
    size_t count;
    ps_time expires;
    ps_duration max_age;
    enum ps_pin_expiry on_expiry;
    bool open;
} pins_rows[] = {
    {"a day", 1, {DAY_S}, {0}, PS_PIN_EXPIRY_FAIL_OPEN, true},
    {"an age", 1, {INT64_MAX}, {DAY_S}, PS_PIN_EXPIRY_FAIL_OPEN, true},
    {"no end", 1, {INT64_MAX}, {0}, PS_PIN_EXPIRY_FAIL_OPEN, false},
    {"closed", 1, {DAY_S}, {0}, PS_PIN_EXPIRY_FAIL_CLOSED, false},
    {"no pins", 0, {DAY_S}, {0}, PS_PIN_EXPIRY_FAIL_OPEN, false},
};

START_TEST(pins_that_open)
{
    const struct pins_row *row = &pins_rows[_i];
    struct ps_strategy strategy = {.pins = {.count = row->count,
                                            .expires = row->expires,
                                            .max_age = row->max_age,
                                            .on_expiry = row->on_expiry}};
    ck_assert_msg(ps_composite_pins_open(&strategy) == row->open, "%s", row->name);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("composite");
    TCase *tests = tcase_create("composite");
    tcase_add_loop_test(tests, letters, 0, ROW_COUNT);
    tcase_add_loop_test(tests, each_letter_is_reached, 0, PS_COMPOSITE_COUNT);
    tcase_add_loop_test(tests, each_channel_is_reached, 0, PS_UPDATE_REPROVISION + 1);
    tcase_add_loop_test(tests, pins_that_open, 0, sizeof pins_rows / sizeof *pins_rows);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
