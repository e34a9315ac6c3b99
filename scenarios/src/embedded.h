/* SPDX-License-Identifier: Apache-2.0
 *
 * Files that are part of the program (cmake/Embed.cmake). Ends with path NULL.
 */
#ifndef SCENARIOS_EMBEDDED_H
#define SCENARIOS_EMBEDDED_H

#include <stddef.h>

struct ps_embedded {
    const char *path; /* "incidents/le-dst-x3-2021.yaml" */
    const unsigned char *data;
    size_t size;
};
extern const struct ps_embedded ps_embedded_files[];

#endif
