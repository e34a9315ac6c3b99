/* SPDX-License-Identifier: Apache-2.0
 *
 * What must hold for every page, whatever it says.
 */
#ifndef REPORTS_TESTS_MARKUP_H
#define REPORTS_TESTS_MARKUP_H

#include <stddef.h>

/* Walks markup: every tag is closed in order, attributes are quoted, `&` begins an entity. Returns
 * how many elements it saw. */
size_t markup_check(const char *text);
/* Nothing is loaded from anywhere, and nothing runs. */
void markup_check_self_contained(const char *html);

#endif
