/* SPDX-License-Identifier: Apache-2.0
 *
 * The main program of a fuzz target where there is no libFuzzer: every file of a corpus folder goes
 * through LLVMFuzzerTestOneInput once. So a target compiles in every build, and an input that once
 * broke something and was added to the corpus is tried for ever. A folder without seeds is a
 * failure.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = NULL;
    size_t size = 0;
    size_t got;

    if (file == NULL) {
        perror(path);
        return -1;
    }
    do {
        uint8_t *more = realloc(data, size + 65536);
        if (more == NULL) {
            abort();
        }
        data = more;
        got = fread(data + size, 1, 65536, file);
        size += got;
    } while (got > 0);
    fclose(file);
    /* Exactly as long as the input, so that a sanitizer sees a read past its end. */
    uint8_t *exact = malloc(size > 0 ? size : 1);
    if (exact == NULL) {
        abort();
    }
    memcpy(exact, data, size);
    free(data);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return 0;
}

int main(int argc, char **argv)
{
    unsigned seeds = 0;

    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        const struct dirent *entry;
        if (folder == NULL) {
            perror(argv[i]);
            return EXIT_FAILURE;
        }
        while ((entry = readdir(folder)) != NULL) {
            char path[4096];
            if (entry->d_name[0] == '.') {
                continue;
            }
            snprintf(path, sizeof path, "%s/%s", argv[i], entry->d_name);
            if (replay(path) != 0) {
                return EXIT_FAILURE;
            }
            seeds++;
        }
        closedir(folder);
    }
    printf("seeds replayed: %u\n", seeds);
    return seeds > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
