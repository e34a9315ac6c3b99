/* SPDX-License-Identifier: Apache-2.0
 *
 * Clocks second by second.
 */
#include "engine/clock.h"
#include "plan.h"

static const ps_time never = {INT64_MAX};

static const struct clock_row {
    const char *name;
    enum ps_clock kind;
    int64_t boot, synchronised, floor; /* INT64_MAX: blocked; INT64_MIN: no floor */
    int64_t t, shows;
    int64_t end; /* of the stretch */
} clock_rows[] = {
    {"right", PS_CLOCK_RTC, 1000, 5000, INT64_MIN, 1000, 1000, INT64_MAX},
    {"right, blocked network", PS_CLOCK_RTC, 1000, INT64_MAX, INT64_MIN, 4000, 4000, INT64_MAX},
    {"right, below a floor", PS_CLOCK_RTC, 1000, 5000, 2000, 1999, 2000, INT64_MAX},
    {"epoch at boot", PS_CLOCK_EPOCH_BOOT, 1000, 5000, INT64_MIN, 1000, 0, 5000},
    {"epoch, last second", PS_CLOCK_EPOCH_BOOT, 1000, 5000, INT64_MIN, 4999, 3999, 5000},
    {"epoch, synchronised", PS_CLOCK_EPOCH_BOOT, 1000, 5000, INT64_MIN, 5000, 5000, INT64_MAX},
    {"epoch, blocked", PS_CLOCK_EPOCH_BOOT, 1000, INT64_MAX, INT64_MIN, 9000, 8000, INT64_MAX},
    {"floor at boot", PS_CLOCK_BUILD_FLOOR, 1000, 5000, 900, 1000, 900, 5000},
    {"floor reached", PS_CLOCK_BUILD_FLOOR, 1000, 5000, 900, 1900, 900, 5000},
    {"floor passed", PS_CLOCK_BUILD_FLOOR, 1000, 5000, 900, 1901, 901, 5000},
    {"floor, synchronised", PS_CLOCK_BUILD_FLOOR, 1000, 5000, 900, 5000, 5000, INT64_MAX},
};

static struct ps_device_clock clock_of(const struct clock_row *row)
{
    return (struct ps_device_clock){row->kind, {row->boot}, {row->synchronised}, {row->floor}};
}

START_TEST(clock_shows)
{
    const struct clock_row *row = &clock_rows[_i];
    struct ps_device_clock clock = clock_of(row);
    ps_time shows = ps_clock_read(&clock, (ps_time){row->t});
    ck_assert_msg(shows.s == row->shows, "%s: shows %lld", row->name, (long long)shows.s);
    ps_time end = ps_clock_stretch_end(&clock, (ps_time){row->t});
    ck_assert_msg(end.s == row->end, "%s: stretch until %lld", row->name, (long long)end.s);
}
END_TEST

/* When each clock reaches a date: found by walking second by second. */
START_TEST(clock_reaches)
{
    static const int64_t dates[] = {0, 1, 899, 900, 901, 1500, 2000, 2001, 3999, 4000, 5000, 5001};
    const struct clock_row *row = &clock_rows[_i];
    struct ps_device_clock clock = clock_of(row);
    for (size_t d = 0; d < sizeof dates / sizeof *dates; d++)
        for (int64_t t = 1000; t < 5200; t += 97) {
            int64_t walked = INT64_MAX, end = ps_clock_stretch_end(&clock, (ps_time){t}).s;
            if (ps_clock_read(&clock, (ps_time){t}).s < dates[d])
                for (int64_t u = t + 1; u < end && u < 12000 && walked == INT64_MAX; u++)
                    if (ps_clock_read(&clock, (ps_time){u}).s >= dates[d])
                        walked = u;
            ps_time found = ps_clock_reaches(&clock, (ps_time){t}, (ps_time){dates[d]});
            ck_assert_msg(found.s == walked, "%s: from %lld to %lld at %lld, not %lld", row->name,
                          (long long)t, (long long)dates[d], (long long)found.s, (long long)walked);
        }
    ck_assert_int_eq(ps_clock_reaches(&clock, (ps_time){row->t}, never).s, INT64_MAX);
}
END_TEST

/* What every source of time shows to a device made at 100 and first powered at 1000, whose network
 * tells the time at 5000 or never. */
START_TEST(clock_sources)
{
    static const struct {
        enum ps_clock kind;
        bool blocked;
        int64_t at_boot, before, after; /* 1000, 4999, 5000 */
        bool believes;
    } rows[] = {
        {PS_CLOCK_RTC, true, 1000, 4999, 5000, false},
        {PS_CLOCK_EPOCH_BOOT, false, 0, 3999, 5000, true},
        {PS_CLOCK_EPOCH_BOOT, true, 0, 3999, 4000, true},
        {PS_CLOCK_BUILD_FLOOR, false, 700, 3999, 5000, true},
        {PS_CLOCK_LAST_KNOWN, false, 100, 4099, 5000, true},
        {PS_CLOCK_LAST_KNOWN, true, 100, 4099, 4100, true},
        {PS_CLOCK_NTP, false, 1000, 4999, 5000, true},
        {PS_CLOCK_NTP, true, 0, 3999, 4000, true},
        {PS_CLOCK_NTS, false, 1000, 4999, 5000, false},
        {PS_CLOCK_NTS, true, 0, 3999, 4000, false},
        {PS_CLOCK_ROUGHTIME, false, 1000, 4999, 5000, false},
        {PS_CLOCK_ROUGHTIME, true, 0, 3999, 4000, false},
        {PS_CLOCK_PEER_DATE, true, 1000, 4999, 5000, true},
        {PS_CLOCK_IGNORE, true, 1000, 4999, 5000, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct ps_device device = {
            .made = {100}, .boot = {1000}, .synchronised = {rows[i].blocked ? INT64_MAX : 5000}};
        const struct ps_strategy strategy = {
            .time = {.clock = rows[i].kind, .floor = PS_TIME_ALWAYS}};
        struct ps_device_clock clock = ps_device_clock(&device, &strategy, (ps_time){700});
        ck_assert_msg(ps_clock_read(&clock, (ps_time){1000}).s == rows[i].at_boot &&
                          ps_clock_read(&clock, (ps_time){4999}).s == rows[i].before &&
                          ps_clock_read(&clock, (ps_time){5000}).s == rows[i].after,
                      "row %zu: %lld, %lld, %lld", i,
                      (long long)ps_clock_read(&clock, (ps_time){1000}).s,
                      (long long)ps_clock_read(&clock, (ps_time){4999}).s,
                      (long long)ps_clock_read(&clock, (ps_time){5000}).s);
        ck_assert_msg(ps_clock_believes(rows[i].kind) == rows[i].believes, "row %zu: believes", i);
    }
}
END_TEST

/* A build counts for a floor only where the clock has one, and a strategy's own floor stays. */
START_TEST(clock_of_device)
{
    const struct ps_device device = {.boot = {7}, .synchronised = {9}};
    static const struct {
        const char *name;
        enum ps_clock kind;
        int64_t floor, build, found;
    } rows[] = {
        {"rtc", PS_CLOCK_RTC, INT64_MIN, 100, INT64_MIN},
        {"epoch", PS_CLOCK_EPOCH_BOOT, INT64_MIN, 100, INT64_MIN},
        {"epoch with a floor", PS_CLOCK_EPOCH_BOOT, 50, 100, 50},
        {"build", PS_CLOCK_BUILD_FLOOR, INT64_MIN, 100, 100},
        {"build above", PS_CLOCK_BUILD_FLOOR, 50, 100, 100},
        {"build below", PS_CLOCK_BUILD_FLOOR, 500, 100, 500},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct ps_strategy strategy = {
            .time = {.clock = rows[i].kind, .floor = {rows[i].floor}}};
        struct ps_device_clock clock =
            ps_device_clock(&device, &strategy, (ps_time){rows[i].build});
        ck_assert_msg(clock.floor.s == rows[i].found, "%s: %lld", rows[i].name,
                      (long long)clock.floor.s);
        ck_assert_int_eq(clock.zero.s, 7);
        ck_assert_int_eq(clock.synchronised.s, 9);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("clock");
    TCase *tests = tcase_create("clock");
    int clocks = (int)(sizeof clock_rows / sizeof *clock_rows);
    tcase_add_loop_test(tests, clock_shows, 0, clocks);
    tcase_add_loop_test(tests, clock_reaches, 0, clocks);
    tcase_add_test(tests, clock_sources);
    tcase_add_test(tests, clock_of_device);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
