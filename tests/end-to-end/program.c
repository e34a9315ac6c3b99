/* SPDX-License-Identifier: Apache-2.0 */
#include "program.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <check.h>

static char scratch[64];

const char *scratch_make(void)
{
    strcpy(scratch, "/tmp/pinstorm-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(scratch));
    ck_assert_int_eq(chmod(scratch, 0777), 0);
    return scratch;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

void scratch_remove(void)
{
    if (*scratch)
        nftw(scratch, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    *scratch = 0;
}

const char *scratch_path(const char *name)
{
    static char paths[8][256];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", scratch, name);
    return path;
}

void scratch_write(const char *name, const char *text)
{
    FILE *file = fopen(scratch_path(name), "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static char *stream_read(FILE *file)
{
    size_t size = 0, capacity = 4096;
    char *text = malloc(capacity);
    ck_assert_ptr_nonnull(text);
    for (size_t n; (n = fread(text + size, 1, capacity - size - 1, file)) > 0;) {
        size += n;
        if (size + 1 == capacity) {
            capacity *= 2;
            text = realloc(text, capacity);
            ck_assert_ptr_nonnull(text);
        }
    }
    text[size] = 0;
    return text;
}

char *file_read(const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return NULL;
    char *text = stream_read(file);
    fclose(file);
    return text;
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

bool files_equal(const char *one, const char *other)
{
    FILE *a = fopen(one, "rb"), *b = fopen(other, "rb");
    bool same = a && b;
    for (int c = 0; same && c != EOF;) {
        c = fgetc(a);
        same = c == fgetc(b);
    }
    if (a)
        fclose(a);
    if (b)
        fclose(b);
    return same;
}

size_t folder_count(const char *path)
{
    DIR *folder = opendir(path);
    size_t count = 0;
    if (!folder)
        return 0;
    for (struct dirent *entry; (entry = readdir(folder));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(folder);
    return count;
}

enum { NOBODY = 65534 };

static _Noreturn void become(const struct program_options *options, const char *const words[],
                             FILE *out, FILE *err)
{
    char *argv[64] = {(char *)PINSTORM};
    size_t count = 1;
    for (; words[count - 1]; count++)
        argv[count] = (char *)words[count - 1];
    dup2(fileno(out), STDOUT_FILENO);
    dup2(fileno(err), STDERR_FILENO);
    unsetenv("COLUMNS");
    unsetenv("NO_COLOR");
    setenv("TERM", "xterm", 1);
    if (options && options->environment)
        putenv((char *)options->environment);
    if (chdir(options && options->directory ? options->directory : scratch) != 0)
        _exit(127);
    if (options && options->descriptors) {
        struct rlimit limit = {options->descriptors, options->descriptors};
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
            _exit(127);
    }
    if (options && options->host_date) {
        char *faked[64 + 4] = {"faketime", "-m", "--exclude-monotonic", (char *)options->host_date};
        memcpy(&faked[4], argv, sizeof argv);
        execvp(faked[0], faked);
        _exit(127);
    }
    /* Opened while it can be: nobody may not be let into the folder it was built in. */
    int program = open(PINSTORM, O_RDONLY | O_CLOEXEC);
    if (options && options->unprivileged && getuid() == 0)
        if (setgroups(0, NULL) != 0 || setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
            _exit(127);
    fexecve(program, argv, environ);
    _exit(127);
}

/* The end of a terminal that the program writes to; *ret_screen is the one to read from. */
static FILE *terminal_open(unsigned columns, int *ret_screen)
{
    const struct winsize size = {.ws_row = 24, .ws_col = (unsigned short)columns};
    int screen = posix_openpt(O_RDWR | O_NOCTTY);
    ck_assert_int_ge(screen, 0);
    ck_assert_int_eq(grantpt(screen), 0);
    ck_assert_int_eq(unlockpt(screen), 0);
    ck_assert_int_eq(ioctl(screen, TIOCSWINSZ, &size), 0);
    FILE *line = fopen(ptsname(screen), "r+");
    ck_assert_ptr_nonnull(line);
    *ret_screen = screen;
    return line;
}

/* Until nobody writes any more, which a terminal reports as an error; without its returns. */
static void terminal_copy(int screen, FILE *out)
{
    char bytes[4096];
    for (ssize_t n; (n = read(screen, bytes, sizeof bytes)) > 0;)
        for (ssize_t i = 0; i < n; i++)
            if (bytes[i] != '\r')
                fputc(bytes[i], out);
}

struct program program_run(const struct program_options *options, const char *const words[])
{
    FILE *out = tmpfile(), *err = tmpfile();
    ck_assert_ptr_nonnull(out);
    ck_assert_ptr_nonnull(err);
    int screen = -1;
    FILE *line = options && options->terminal ? terminal_open(options->terminal, &screen) : NULL;
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0)
        become(options, words, line ? line : out, err);
    if (line) {
        fclose(line);
        terminal_copy(screen, out);
        close(screen);
    }
    int status;
    while (waitpid(child, &status, 0) < 0)
        ck_assert_int_eq(errno, EINTR);
    rewind(out);
    rewind(err);
    struct program p = {.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                        .out = stream_read(out),
                        .err = stream_read(err)};
    fclose(out);
    fclose(err);
    ck_assert_msg(p.code != 127, "the program could not be started as asked");
    return p;
}

void program_deinit(struct program *program)
{
    free(program->out);
    free(program->err);
    program->out = program->err = NULL;
}

static void run_as(const char *file, const char *name, const char *fidelity)
{
    char out[16];
    snprintf(out, sizeof out, "out-%s", fidelity);
    struct program program = RUN("run", scratch_path(file), "--audit", "100%", "--fidelity",
                                 fidelity, "--out", scratch_path(out), "--quiet");
    ck_assert_msg(program.code == 0, "%s, %s: exit %d\n%s%s", name, fidelity, program.code,
                  program.out, program.err);
    program_deinit(&program);
}

bool program_same_both_ways(const char *file, const char *name)
{
    run_as(file, name, "memo");
    run_as(file, name, "wire");
    char *memo = file_read(scratch_path("out-memo/summary.json"));
    char *wire = file_read(scratch_path("out-wire/summary.json"));
    ck_assert_ptr_nonnull(memo);
    ck_assert_ptr_nonnull(wire);
    bool same = strcmp(memo, wire) == 0;
    free(memo);
    free(wire);
    return same;
}
