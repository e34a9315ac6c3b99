/* SPDX-License-Identifier: Apache-2.0 */
#include "markup.h"

#include <check.h>
#include <stdbool.h>
#include <string.h>

enum { DEPTH_MAX = 32, TAG_MAX = 16 };

size_t markup_check(const char *text)
{
    char open[DEPTH_MAX][TAG_MAX];
    size_t depth = 0, elements = 0;
    for (const char *c = text; *c != '\0';) {
        if (*c == '&') {
            size_t name = strspn(c + 1, "#abcdefghijklmnopqrstuvwxyz0123456789");
            ck_assert_msg(name > 1 && c[1 + name] == ';', "bare & at '%.20s'", c);
        }
        if (*c != '<') {
            ck_assert_msg(*c != '>', "bare > at '%.20s'", c);
            c++;
            continue;
        }
        bool closing = c[1] == '/';
        const char *name = c + 1 + closing;
        size_t length = strcspn(name, " />\n");
        ck_assert_msg(length > 0 && length < TAG_MAX, "no tag at '%.20s'", c);
        bool declaration = *name == '!' || *name == '?';
        for (c = name + length; *c != '>'; c++) {
            ck_assert_msg(*c != '\0' && *c != '<', "tag not closed: '%.20s'", name);
            if (*c == '"') {
                c = strchr(c + 1, '"');
                ck_assert_msg(c != NULL, "quote not closed: '%.20s'", name);
            }
        }
        bool alone = c[-1] == '/' || declaration || strncmp(name, "meta ", 5) == 0 ||
                     strncmp(name, "br>", 3) == 0;
        c++;
        if (closing) {
            ck_assert_msg(depth > 0 && strlen(open[depth - 1]) == length &&
                              strncmp(open[depth - 1], name, length) == 0,
                          "'</%.12s' closes '%s'", name, depth > 0 ? open[depth - 1] : "nothing");
            depth--;
        } else if (!alone) {
            ck_assert_uint_lt(depth, DEPTH_MAX);
            memcpy(open[depth], name, length);
            open[depth++][length] = '\0';
            elements++;
            /* A style sheet is no markup: '>' and '&' mean something else. */
            if (length == 5 && strncmp(name, "style", 5) == 0)
                c = strstr(c, "</style>");
        }
    }
    ck_assert_msg(depth == 0, "'%s' is never closed", depth > 0 ? open[depth - 1] : "");
    return elements;
}

void markup_check_self_contained(const char *html)
{
    static const char *const forbidden[] = {
        "<script", "<link",  "<img",   "<iframe", "src=", "url(",
        "@import", "https:", "onload", "<object", "<base"};
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++)
        ck_assert_msg(strstr(html, forbidden[i]) == NULL, "%s", forbidden[i]);
}
