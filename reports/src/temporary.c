/* SPDX-License-Identifier: Apache-2.0 */
#include "temporary.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/memory.h"
#include "reports/report.h"

enum { HOST_BYTES = 256 };

static char *host_name(char host[static HOST_BYTES])
{
    if (gethostname(host, HOST_BYTES) != 0)
        strcpy(host, "host");
    host[HOST_BYTES - 1] = '\0';
    return host;
}

char *ps_report_temporary(const char *name)
{
    char host[HOST_BYTES];
    return ps_format(".%s.%s-%ld.tmp", name, host_name(host), (long)getpid());
}

/* A process of another host may be at work, so its files stay; so do those of a process that has
 * the number of one that is no more. */
static bool is_left_over(const char *name, const char *host)
{
    char *mark = ps_format(".%s-", host), *end;
    const char *at = name[0] == '.' ? strstr(name + 1, mark) : NULL;
    const char *digits = at ? at + strlen(mark) : "";
    free(mark);
    if (*digits < '1' || *digits > '9')
        return false;
    long process = strtol(digits, &end, 10);
    bool ours = strcmp(end, ".tmp") == 0 || strncmp(end, ".tmp.", strlen(".tmp.")) == 0;
    return ours && (pid_t)process == process && kill((pid_t)process, 0) != 0 && errno == ESRCH;
}

void ps_temporary_sweep(int folder)
{
    char host[HOST_BYTES];
    int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = again >= 0 ? fdopendir(again) : NULL;
    if (!entries) {
        if (again >= 0)
            close(again);
        return; /* what cannot be listed is left as it is */
    }
    host_name(host);
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;)
        if (is_left_over(entry->d_name, host))
            unlinkat(folder, entry->d_name, 0);
    closedir(entries);
}
