/* SPDX-License-Identifier: Apache-2.0
 *
 * The two links against the contract of link.h: the same rows on TCP and on memory, no TLS.
 *
 * In a row the device sends `up` bytes once it is connected, and the server answers with `down`
 * bytes once it has read them all; then `then` happens.
 */
#include <check.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include "base/memory.h"
#include "loop/link.h"

enum then {
    THEN_CLOSE,        /* the device, having read all, closes the wire */
    THEN_SHUT,         /* the server ends its stream */
    THEN_RESET_SERVER, /* the server's side goes */
    THEN_RESET_DEVICE, /* the device, having read all, goes */
    THEN_CLOSE_EARLY,  /* closed right after open */
};

static const struct row {
    const char *name;
    size_t up, down;
    enum then then;
    unsigned wires;
} rows[] = {
    {"a few bytes", 10, 10, THEN_CLOSE, 1},
    {"one byte each, many wires", 1, 1, THEN_CLOSE, 300},
    {"more than the kernel buffers", 9000000, 7000000, THEN_CLOSE, 1},
    {"big and clean end", 10, 7000000, THEN_SHUT, 2},
    {"clean end", 10, 10, THEN_SHUT, 20},
    {"clean end of nothing", 10, 0, THEN_SHUT, 1},
    {"server resets", 10, 0, THEN_RESET_SERVER, 20},
    {"device resets", 10, 10, THEN_RESET_DEVICE, 20},
    {"closed at once", 10, 10, THEN_CLOSE_EARLY, 20},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static const struct kind {
    const char *name;
    const struct ps_link_methods *methods;
} kinds[] = {{"tcp", &ps_link_tcp}, {"memory", &ps_link_memory}};

struct conversation;
struct call {
    struct conversation *all;
    struct ps_wire *wire;
    size_t got[PS_SIDE_COUNT];
    unsigned connected, accepted, closed;
    unsigned ended[PS_SIDE_COUNT];
    enum ps_link_end how[PS_SIDE_COUNT];
    bool closing, damaged;
};
struct conversation {
    const struct row *row;
    const struct ps_link_methods *methods;
    struct ps_link *link;
    uv_loop_t loop;
    struct ps_turns turns;
    struct call *calls;
    unsigned closed, failed;
    unsigned char *text; /* what is said, by both */
};

static void close_call(struct call *call)
{
    if (call->closing)
        return;
    call->closing = true;
    call->all->methods->close(call->wire);
    ck_assert_msg(call->closed == 0, "%s: closed from within close", call->all->row->name);
}

static void on_connected(void *context)
{
    struct call *call = context;
    ck_assert(!call->closing);
    call->connected++;
    if (call->all->row->up > 0)
        call->all->methods->send(call->wire, PS_SIDE_DEVICE, call->all->text, call->all->row->up);
}

static void on_accepted(void *context)
{
    struct call *call = context;
    ck_assert(!call->closing);
    call->accepted++;
}

static void server_answers(struct call *call)
{
    struct conversation *all = call->all;
    if (all->row->down > 0)
        all->methods->send(call->wire, PS_SIDE_SERVER, all->text, all->row->down);
    if (all->row->then == THEN_SHUT)
        all->methods->shut(call->wire, PS_SIDE_SERVER);
    if (all->row->then == THEN_RESET_SERVER)
        all->methods->reset(call->wire, PS_SIDE_SERVER);
}

static void on_arrived(void *context, enum ps_side side, const void *data, size_t size)
{
    struct call *call = context;
    const struct row *row = call->all->row;
    ck_assert_msg(!call->closing && call->ended[side] == 0, "%s: bytes after the end", row->name);
    size_t due = side == PS_SIDE_SERVER ? row->up : row->down;
    ck_assert_msg(call->got[side] + size <= due, "%s: too many bytes", row->name);
    if (memcmp(call->all->text + call->got[side], data, size) != 0)
        call->damaged = true;
    call->got[side] += size;
    if (call->got[side] < due)
        return;
    if (side == PS_SIDE_SERVER)
        server_answers(call);
    else if (row->then == THEN_CLOSE)
        close_call(call);
    else if (row->then == THEN_RESET_DEVICE)
        call->all->methods->reset(call->wire, PS_SIDE_DEVICE);
}

static void on_ended(void *context, enum ps_side side, enum ps_link_end how)
{
    struct call *call = context;
    ck_assert(!call->closing);
    call->ended[side]++;
    call->how[side] = how;
    close_call(call);
}

static void on_failed(void *context, const char *what)
{
    struct call *call = context;
    ck_abort_msg("%s: %s", call->all->row->name, what);
}

static void on_closed(void *context)
{
    struct call *call = context;
    call->closed++;
    if (++call->all->closed == call->all->row->wires)
        uv_stop(&call->all->loop);
}

static const struct ps_link_events events = {
    .connected = on_connected,
    .accepted = on_accepted,
    .arrived = on_arrived,
    .ended = on_ended,
    .failed = on_failed,
    .closed = on_closed,
};

static void check_call(const struct call *call, const char *kind)
{
    const struct row *row = call->all->row;
    ck_assert_msg(call->closed == 1, "%s, %s: closed %u times", row->name, kind, call->closed);
    if (row->then == THEN_CLOSE_EARLY) {
        ck_assert_uint_eq(call->connected, 0);
        return;
    }
    ck_assert_msg(call->connected == 1 && call->accepted == 1, "%s, %s: begun", row->name, kind);
    ck_assert_msg(!call->damaged, "%s, %s: damaged", row->name, kind);
    ck_assert_msg(call->got[PS_SIDE_SERVER] == row->up, "%s, %s: server got %zu", row->name, kind,
                  call->got[PS_SIDE_SERVER]);
    ck_assert_msg(call->got[PS_SIDE_DEVICE] == row->down, "%s, %s: device got %zu", row->name, kind,
                  call->got[PS_SIDE_DEVICE]);
    bool device_ends = row->then == THEN_SHUT || row->then == THEN_RESET_SERVER;
    ck_assert_msg(call->ended[PS_SIDE_DEVICE] == device_ends, "%s, %s: device's end", row->name,
                  kind);
    ck_assert_msg(call->ended[PS_SIDE_SERVER] == (row->then == THEN_RESET_DEVICE),
                  "%s, %s: server's end", row->name, kind);
    if (device_ends)
        ck_assert_msg(call->how[PS_SIDE_DEVICE] ==
                          (row->then == THEN_SHUT ? PS_LINK_END_CLEAN : PS_LINK_END_RESET),
                      "%s, %s: how it ended", row->name, kind);
    if (row->then == THEN_RESET_DEVICE)
        ck_assert_msg(call->how[PS_SIDE_SERVER] == PS_LINK_END_RESET, "%s, %s: how it ended",
                      row->name, kind);
}

static void run_row(const struct row *row, const struct kind *kind)
{
    struct conversation all = {.row = row, .methods = kind->methods};
    size_t most = row->up > row->down ? row->up : row->down;
    all.text = ps_alloc(most + 1, 1);
    for (size_t i = 0; i < most; i++)
        all.text[i] = (unsigned char)(i * 31 + i / 251);
    ck_assert_int_eq(uv_loop_init(&all.loop), 0);
    ps_turns_init(&all.turns, &all.loop);
    struct ps_link_options options = {&all.loop, &all.turns, &events, 2, 0};
    struct ps_error err = {0};
    ck_assert_msg(ps_is_ok(kind->methods->make(&options, &all.link, &err)), "%s", err.text);
    all.calls = ps_alloc(row->wires, sizeof *all.calls);
    for (unsigned round = 0; round < 2; round++) { /* the second uses wires and ends again */
        memset(all.calls, 0, row->wires * sizeof *all.calls);
        all.closed = 0;
        for (unsigned i = 0; i < row->wires; i++) {
            all.calls[i].all = &all;
            all.calls[i].wire = kind->methods->open(all.link, i % 2, &all.calls[i]);
            ck_assert(all.calls[i].connected == 0);
            if (row->then == THEN_CLOSE_EARLY)
                close_call(&all.calls[i]);
        }
        uv_run(&all.loop, UV_RUN_DEFAULT);
        for (unsigned i = 0; i < row->wires; i++)
            check_call(&all.calls[i], kind->name);
    }
    kind->methods->close_listeners(all.link);
    ps_turns_close(&all.turns);
    uv_run(&all.loop, UV_RUN_DEFAULT);
    ck_assert_int_eq(uv_loop_close(&all.loop), 0);
    kind->methods->free(all.link);
    free(all.calls);
    free(all.text);
}

START_TEST(test_rows)
{
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        run_row(&rows[_i], &kinds[i]);
}
END_TEST

/* Turns */

struct counted {
    struct ps_turns *turns;
    struct ps_turn turn, *again, *cancelled;
    int calls;
    int *order, at;
};

static void on_counted(void *context)
{
    struct counted *counted = context;
    counted->calls++;
    counted->at = (*counted->order)++;
    if (counted->again != NULL && counted->calls < 3)
        ps_turns_add(counted->turns, counted->again);
    if (counted->cancelled != NULL)
        ps_turns_cancel(counted->turns, counted->cancelled);
}

START_TEST(test_turns)
{
    uv_loop_t loop;
    struct ps_turns turns;
    ck_assert_int_eq(uv_loop_init(&loop), 0);
    ps_turns_init(&turns, &loop);
    int order = 0;
    struct counted one = {.turns = &turns, .order = &order};
    struct counted two = one, three = one;
    one.turn = (struct ps_turn){.call = on_counted, .context = &one};
    two.turn = (struct ps_turn){.call = on_counted, .context = &two};
    three.turn = (struct ps_turn){.call = on_counted, .context = &three};
    one.again = &one.turn;
    one.cancelled = &three.turn;
    ps_turns_add(&turns, &one.turn);
    ps_turns_add(&turns, &one.turn); /* waits already */
    ps_turns_add(&turns, &two.turn);
    ps_turns_add(&turns, &three.turn);
    uv_run(&loop, UV_RUN_NOWAIT);
    ck_assert_int_eq(one.calls, 1); /* what was added meanwhile waits */
    ck_assert_int_eq(two.calls, 1);
    ck_assert_int_eq(one.at, 0);
    ck_assert_int_eq(two.at, 1);
    uv_run(&loop, UV_RUN_DEFAULT); /* ends by itself */
    ck_assert_int_eq(one.calls, 3);
    ck_assert_int_eq(two.calls, 1);
    ck_assert_int_eq(three.calls, 0);
    ps_turns_close(&turns);
    uv_run(&loop, UV_RUN_DEFAULT);
    ck_assert_int_eq(uv_loop_close(&loop), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("link");
    TCase *tcase = tcase_create("contract");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, test_rows, 0, ROWS);
    tcase_add_test(tcase, test_turns);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
