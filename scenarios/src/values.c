/* SPDX-License-Identifier: Apache-2.0 */
#include "values.h"

#include <string.h>

enum { PPM_ALL = 1000000, DECIMALS_MAX = 6, DRIFT_MAX_PPM = 100000 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Digits with at most `decimals_max` after a point, times 10^decimals_max. NULL: not that. */
static const char *scan_decimal(const char *text, int decimals_max, uint64_t *ret_scaled)
{
    uint64_t scaled = 0;
    int decimals = 0;

    if (!is_digit(*text))
        return NULL;
    for (; is_digit(*text); text++)
        scaled = scaled > UINT32_MAX ? scaled : scaled * 10 + (uint64_t)(*text - '0');
    if (*text == '.') {
        text++;
        if (!is_digit(*text))
            return NULL;
        for (; is_digit(*text) && decimals < decimals_max; text++, decimals++)
            scaled = scaled > UINT64_MAX / 16 ? scaled : scaled * 10 + (uint64_t)(*text - '0');
    }
    for (; decimals < decimals_max; decimals++)
        scaled = scaled > UINT64_MAX / 16 ? scaled : scaled * 10;
    *ret_scaled = scaled;
    return text;
}

const char *ps_share_parse(const char *text, ps_share *ret_share)
{
    uint64_t scaled;
    const char *rest = scan_decimal(text, DECIMALS_MAX - 2, &scaled);

    if (rest == NULL)
        return "a share is written like 7% or 0.5%";
    if (is_digit(*rest))
        return "a share has at most four decimals";
    while (*rest == ' ')
        rest++;
    if (*rest == '\0')
        return "a share needs its percent sign: 7% or 0.5%";
    if (strcmp(rest, "%") != 0)
        return "a share is written like 7% or 0.5%";
    if (scaled > PPM_ALL)
        return "a share is at most 100%";
    *ret_share = (ps_share){(uint32_t)scaled};
    return NULL;
}

const char *ps_comparison_parse(const char *text, struct ps_comparison *ret_comparison)
{
    static const struct {
        const char *sign;
        enum ps_comparison_op op;
    } signs[] = {{"<=", PS_LE}, {">=", PS_GE}, {"<", PS_LT}, {">", PS_GT}, {"=", PS_EQ}};
    struct ps_comparison comparison = {.op = PS_EQ};

    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        size_t length = strlen(signs[i].sign);
        if (strncmp(text, signs[i].sign, length) == 0) {
            comparison.op = signs[i].op;
            text += length;
            break;
        }
    }
    while (*text == ' ')
        text++;
    if (!is_digit(*text))
        return "a bar is written like < 5%, <= 5%, > 5%, >= 95% or 100%";
    const char *wrong = ps_share_parse(text, &comparison.share);
    if (wrong != NULL)
        return wrong;
    if ((comparison.op == PS_LT && comparison.share.ppm == 0) ||
        (comparison.op == PS_GT && comparison.share.ppm == PPM_ALL))
        return "no share is below 0% or above 100%";
    *ret_comparison = comparison;
    return NULL;
}

const char *ps_number_parse(const char *text, uint32_t *ret_millionths)
{
    uint64_t scaled;
    const char *rest = scan_decimal(text, DECIMALS_MAX, &scaled);

    if (rest == NULL || (*rest != '\0' && !is_digit(*rest)))
        return "a number is written like 2 or 0.8";
    if (*rest != '\0')
        return "a number has at most six decimals";
    *ret_millionths = scaled > UINT32_MAX ? UINT32_MAX : (uint32_t)scaled;
    return NULL;
}

const char *ps_uint_parse(const char *text, uint32_t *ret_number)
{
    uint64_t number = 0;
    const char *at = text;

    for (; is_digit(*at); at++)
        number = number > UINT32_MAX ? number : number * 10 + (uint64_t)(*at - '0');
    if (at == text || *at != '\0' || number > UINT32_MAX)
        return "a whole number has digits only";
    *ret_number = (uint32_t)number;
    return NULL;
}

/* "20ppm", with a sign where it is negative; what follows it, or NULL. */
static const char *scan_ppm(const char *text, int32_t *ret_ppm)
{
    uint64_t ppm;
    bool negative = *text == '-';
    const char *rest = scan_decimal(text + negative, 0, &ppm);

    if (rest == NULL)
        return NULL;
    while (*rest == ' ')
        rest++;
    if (strncmp(rest, "ppm", 3) != 0)
        return NULL;
    ppm = ppm > DRIFT_MAX_PPM ? DRIFT_MAX_PPM + 1 : ppm;
    *ret_ppm = negative ? -(int32_t)ppm : (int32_t)ppm;
    return rest + 3;
}

const char *ps_drift_parse(const char *text, struct ps_drift *ret_drift)
{
    static const char shape[] = "a drift is written like 20ppm, or -20ppm .. 20ppm";
    struct ps_drift drift;
    const char *rest = scan_ppm(text, &drift.min_ppm);

    if (rest == NULL)
        return shape;
    drift.max_ppm = drift.min_ppm;
    while (*rest == ' ')
        rest++;
    if (strncmp(rest, "..", 2) == 0) {
        for (rest += 2; *rest == ' ';)
            rest++;
        rest = scan_ppm(rest, &drift.max_ppm);
    }
    if (rest == NULL || *rest != '\0')
        return shape;
    if (drift.min_ppm < -DRIFT_MAX_PPM || drift.max_ppm > DRIFT_MAX_PPM ||
        drift.min_ppm > DRIFT_MAX_PPM || drift.max_ppm < -DRIFT_MAX_PPM)
        return "a drift is at most 100000ppm, which is a tenth";
    if (drift.max_ppm < drift.min_ppm)
        return "a range of drifts begins with the smaller one";
    *ret_drift = drift;
    return NULL;
}

const char *ps_bool_parse(const char *text, bool *ret_bool)
{
    if (strcmp(text, "yes") == 0 || strcmp(text, "true") == 0)
        *ret_bool = true;
    else if (strcmp(text, "no") == 0 || strcmp(text, "false") == 0)
        *ret_bool = false;
    else
        return "it is yes or no";
    return NULL;
}

/* Attribute types with the upper bounds of RFC 5280 appendix A.1. */
static const struct {
    const char *type;
    size_t characters_max;
} dn_types[] = {
    {"C", 2},   {"ST", 128}, {"L", 128}, {"O", 64},
    {"OU", 64}, {"CN", 64},  {"DC", 63}, {"serialNumber", 64},
};

size_t ps_character_count(const char *utf8)
{
    size_t count = 0;

    for (; *utf8 != '\0'; utf8++)
        count += ((unsigned char)*utf8 & 0xc0) != 0x80;
    return count;
}

static const char *check_attribute(const char *type, size_t type_length, size_t characters)
{
    for (size_t i = 0; i < sizeof dn_types / sizeof dn_types[0]; i++) {
        if (strlen(dn_types[i].type) != type_length ||
            strncmp(dn_types[i].type, type, type_length) != 0)
            continue;
        if (characters == 0)
            return "an attribute of the name has no value";
        if (i == 0 && characters != 2)
            return "a country (C) has two letters";
        if (characters > dn_types[i].characters_max)
            return "an attribute is longer than RFC 5280 allows (CN, O, OU: 64 characters)";
        return NULL;
    }
    return "the attributes of a name are C, ST, L, O, OU, CN, DC and serialNumber";
}

const char *ps_dn_check(const char *text)
{
    while (true) {
        size_t type_length = 0, characters = 0;

        while (*text == ' ')
            text++;
        const char *type = text;
        while (is_letter(type[type_length]))
            type_length++;
        if (type_length == 0 || type[type_length] != '=')
            return "a name is written like C=US, O=Example, CN=Example Root";
        for (text += type_length + 1; *text != '\0' && *text != ','; text++) {
            if (*text == '\\' && *++text == '\0')
                return "nothing follows the last \\";
            characters += ((unsigned char)*text & 0xc0) != 0x80;
        }
        const char *wrong = check_attribute(type, type_length, characters);
        if (wrong != NULL || *text == '\0')
            return wrong;
        text++;
    }
}

const char *ps_host_check(const char *text)
{
    size_t label = 0;

    if (strlen(text) > 253)
        return "a host name has at most 253 characters";
    for (size_t i = 0;; i++) {
        if (text[i] == '.' || text[i] == '\0') {
            if (label == 0)
                return "a host name has no empty parts between its dots";
            if (label > 63)
                return "a part of a host name has at most 63 characters";
            if (text[i] == '\0')
                return NULL;
            label = 0;
        } else if (is_letter(text[i]) || is_digit(text[i]) || text[i] == '-') {
            label++;
        } else {
            return "a host name has letters, digits, - and dots";
        }
    }
}

void ps_millionths_write(uint32_t millionths, struct ps_text *out)
{
    uint32_t fraction = millionths % PPM_ALL;
    int digits = DECIMALS_MAX;

    ps_text_add(out, "%u", millionths / PPM_ALL);
    if (fraction == 0)
        return;
    for (; fraction % 10 == 0; fraction /= 10)
        digits--;
    ps_text_add(out, ".%0*u", digits, fraction);
}

void ps_share_write(ps_share share, struct ps_text *out)
{
    uint32_t fraction = share.ppm % (PPM_ALL / 100);
    int digits = DECIMALS_MAX - 2;

    ps_text_add(out, "%u", share.ppm / (PPM_ALL / 100));
    if (fraction != 0) {
        for (; fraction % 10 == 0; fraction /= 10)
            digits--;
        ps_text_add(out, ".%0*u", digits, fraction);
    }
    ps_text_add_n(out, "%", 1);
}

void ps_drift_write(struct ps_drift drift, struct ps_text *out)
{
    ps_text_add(out, "%dppm", drift.min_ppm);
    if (drift.max_ppm != drift.min_ppm)
        ps_text_add(out, " .. %dppm", drift.max_ppm);
}

void ps_comparison_write(struct ps_comparison comparison, struct ps_text *out)
{
    static const char *const signs[] = {
        [PS_LT] = "< ", [PS_LE] = "<= ", [PS_EQ] = "", [PS_GE] = ">= ", [PS_GT] = "> "};

    ps_text_add(out, "%s", signs[comparison.op]);
    ps_share_write(comparison.share, out);
}
