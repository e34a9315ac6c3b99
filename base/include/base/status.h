/* SPDX-License-Identifier: Apache-2.0
 *
 * Operating errors: a file that cannot be read, a port that is taken, a scenario with a mistake.
 *
 * A function that can fail for such a reason returns a ps_status and fills a caller-owned
 * struct ps_error. The message is one sentence without a final full stop; each level that knows
 * what was attempted wraps it once: "outer: inner". Two other kinds of failure never come this way:
 * a programming error is an assert(), and what a simulated device refuses is data (base/verdict.h).
 * Exhausted memory is neither: base/memory.h ends the program.
 *
 * Outputs named ret_x are set only on success.
 */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

/* A code exists only where a caller acts differently on it. */
#define PS_STATUS_CODES(X)                                                                         \
    X(OK, "ok")                                                                                    \
    X(INVALID, "bad input: usage or scenario (exit 2)")                                            \
    X(FAILED, "the harness could not do its work (exit 3)")                                        \
    X(INTERRUPTED, "stopped by the user (exit 130)")

enum ps_status_code {
#define X(name, meaning) PS_CODE_##name,
    PS_STATUS_CODES(X)
#undef X
};

/* A struct, so that it is neither a bool nor an int by accident. */
typedef struct ps_status {
    enum ps_status_code code;
} ps_status;

#define PS_MUST_USE __attribute__((warn_unused_result))
#define PS_OK ((ps_status){PS_CODE_OK})
#define PS_INVALID ((ps_status){PS_CODE_INVALID})
#define PS_FAILED ((ps_status){PS_CODE_FAILED})
#define PS_INTERRUPTED ((ps_status){PS_CODE_INTERRUPTED})

enum { PS_ERROR_TEXT_MAX = 2048 };

/* Caller-owned; holds the message of the status that was returned with it. May be zeroed. */
struct ps_error {
    char text[PS_ERROR_TEXT_MAX];
};

static inline int ps_is_ok(ps_status s)
{
    return s.code == PS_CODE_OK;
}

/* Writes the message and gives `s` back, so that a failing line reads
 * `return ps_fail(err, PS_FAILED, "...")`. Text longer than the buffer ends in "...". */
ps_status ps_fail(struct ps_error *err, ps_status s, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "prefix: " before the message that is there and gives `s` back. */
ps_status ps_wrap(struct ps_error *err, ps_status s, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The only macro that hides a return. */
#define PS_TRY(expression)                                                                         \
    do {                                                                                           \
        ps_status ps_try_status = (expression);                                                    \
        if (!ps_is_ok(ps_try_status))                                                              \
            return ps_try_status;                                                                  \
    } while (0)

#endif
