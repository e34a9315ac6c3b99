/* SPDX-License-Identifier: Apache-2.0 */
#include "shortage.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/memory.h"

/* How many more allocations succeed; they count only while `armed`. */
static size_t remaining = SIZE_MAX;
static size_t counted; /* allocations while armed */
static bool armed, fired;

/* Exit codes of a child, away from those that others give (a failed check gives 1). */
enum ending { ENDED_UNTOUCHED = 40, ENDED_WELL, ENDED_FAILED, ENDED_EXHAUSTED, ENDED_WRONG };

static bool must_fail(void)
{
    counted += armed;
    if (!armed || remaining == SIZE_MAX)
        return false;
    if (remaining > 0) {
        remaining--;
        return false;
    }
    remaining = SIZE_MAX; /* once */
    fired = true;
    return true;
}

void *shortage_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return must_fail() ? NULL : malloc(size);
}

void *shortage_realloc(void *old, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return must_fail() ? NULL : realloc(old, size);
}

void shortage_free(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    free(memory);
}

void shortage_begin(void)
{
    armed = true;
}

void shortage_end(void)
{
    armed = false;
}

/* A child leaves without its parent's farewell; the counters of a coverage build are written by
 * hand then. */
static _Noreturn void leave(enum ending ending)
{
    armed = false;
#ifdef PS_COVERAGE
    extern void __gcov_dump(void);
    __gcov_dump();
#endif
    _exit((int)ending);
}

void shortage_wrong(void)
{
    leave(ENDED_WRONG);
}

static void on_exhausted(size_t size)
{
    (void)size;
    leave(fired ? ENDED_EXHAUSTED : ENDED_WRONG);
}

static _Noreturn void child(const struct shortage_operation *operation, size_t before)
{
    struct ps_error err = {{0}};
    bool good = false;
    ps_memory_on_exhausted(on_exhausted);
    remaining = before;
    armed = true;
    bool ok = operation->run(&err, &good);
    armed = false;
    /* Success is good, and without a shortage there is nothing but success. */
    if (ok ? !good : !fired)
        leave(ENDED_WRONG);
    leave(!fired ? ENDED_UNTOUCHED : ok ? ENDED_WELL : ENDED_FAILED);
}

void shortage_measure(const struct shortage_operation *operations, size_t count,
                      size_t *ret_allocations)
{
    for (size_t i = 0; i < 2 * count; i++) {
        const struct shortage_operation *operation = &operations[i % count];
        struct ps_error err = {{0}};
        bool good = false;
        counted = 0;
        armed = true;
        ck_assert_msg(operation->run(&err, &good) && good, "%s: %s", operation->name, err.text);
        armed = false;
        ret_allocations[i % count] = counted;
    }
}

void shortage_try(const struct shortage_operation *operation, size_t allocations,
                  const struct shortage_pace *pace)
{
    struct shortage_pace here = *pace;
#ifdef __SANITIZE_ADDRESS__ /* where a fork is slow; the other builds try all of them */
    here.first /= 4;
    here.last /= 4;
    here.step *= 4;
#endif
    unsigned endings[ENDED_WRONG] = {0};
    for (size_t n = 0; endings[ENDED_UNTOUCHED] == 0;
         n += n < here.first || n + here.last > allocations ? 1 : here.step) {
        ck_assert_msg(n < 100000, "%s: no end", operation->name);
        pid_t pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0)
            child(operation, n);
        int status = 0;
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_msg(WIFEXITED(status), "%s, allocation %zu: signal %d", operation->name, n,
                      WTERMSIG(status));
        int code = WEXITSTATUS(status);
        ck_assert_msg(code >= ENDED_UNTOUCHED && code < ENDED_WRONG,
                      "%s, allocation %zu: ended with %d", operation->name, n, code);
        endings[code]++;
    }
    ck_assert_msg(endings[ENDED_EXHAUSTED] >= operation->exhausted, "%s: %u exhausted",
                  operation->name, endings[ENDED_EXHAUSTED]);
}
