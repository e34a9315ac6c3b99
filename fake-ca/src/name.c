/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <openssl/asn1.h>
#include <openssl/err.h>
#include "base/memory.h"
#include "failure.h"
#include "name.h"

enum { NAME_TEXT = B_ASN1_PRINTABLESTRING | B_ASN1_UTF8STRING };

/* Bounds in characters: RFC 5280 appendix A.1; DC is a DNS label (RFC 1034 section 3.1). */
static const struct name_kind {
    const char *label;
    int nid;
    unsigned long strings;
    long min, max;
} name_kinds[] = {
    {"C", NID_countryName, B_ASN1_PRINTABLESTRING, 2, 2},
    {"ST", NID_stateOrProvinceName, NAME_TEXT, 1, 128},
    {"L", NID_localityName, NAME_TEXT, 1, 128},
    {"O", NID_organizationName, NAME_TEXT, 1, 64},
    {"OU", NID_organizationalUnitName, NAME_TEXT, 1, 64},
    {"CN", NID_commonName, NAME_TEXT, 1, 64},
    {"serialNumber", NID_serialNumber, B_ASN1_PRINTABLESTRING, 1, 64},
    {"DC", NID_domainComponent, B_ASN1_IA5STRING, 1, 63},
    {"emailAddress", NID_pkcs9_emailAddress, B_ASN1_IA5STRING, 1, 255},
};
enum { NAME_KIND_COUNT = sizeof name_kinds / sizeof name_kinds[0] };

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static const struct name_kind *name_kind_find(const char *label, size_t length)
{
    for (size_t i = 0; i < NAME_KIND_COUNT; i++) {
        if (strlen(name_kinds[i].label) == length &&
            strncasecmp(name_kinds[i].label, label, length) == 0)
            return &name_kinds[i];
    }
    return NULL;
}

static ps_status name_add(X509_NAME *name, const struct name_kind *kind, const char *value,
                          size_t length, struct ps_error *err)
{
    ASN1_STRING *string = NULL;
    int type = ASN1_mbstring_ncopy(&string, (const unsigned char *)value, (int)length,
                                   MBSTRING_UTF8, kind->strings, kind->min, kind->max);
    if (type < 0) {
        int reason = ERR_GET_REASON(ERR_peek_last_error());
        if (reason == ERR_R_MALLOC_FAILURE)
            ps_memory_exhausted(length);
        ERR_clear_error();
        if (reason == ASN1_R_STRING_TOO_LONG || reason == ASN1_R_STRING_TOO_SHORT)
            return ps_fail(err, PS_INVALID, "%s has %s than %ld characters", kind->label,
                           reason == ASN1_R_STRING_TOO_LONG ? "more" : "fewer",
                           reason == ASN1_R_STRING_TOO_LONG ? kind->max : kind->min);
        return ps_fail(err, PS_INVALID, "%s holds a character that it cannot hold", kind->label);
    }
    int ok = X509_NAME_add_entry_by_NID(name, kind->nid, type, ASN1_STRING_get0_data(string),
                                        ASN1_STRING_length(string), -1, 0);
    ASN1_STRING_free(string);
    return ok == 1 ? PS_OK : ps_ca_openssl_fail(err, "making a name");
}

/* Copies one value up to an unescaped comma or the end into `value`, which is long enough. */
static ps_status name_value(const char **at, char *value, size_t *ret_length, struct ps_error *err)
{
    size_t length = 0, kept = 0; /* kept: without the spaces at the end */
    const char *from = *at;
    while (is_space(*from))
        from++;
    while (*from != '\0' && *from != ',') {
        bool escaped = *from == '\\';
        if (escaped) {
            from++;
            if (*from != ',' && *from != '\\')
                return ps_fail(err, PS_INVALID,
                               "a backslash stands before a comma or a backslash only");
        }
        value[length++] = *from;
        if (escaped || !is_space(*from))
            kept = length;
        from++;
    }
    *at = from;
    *ret_length = kept;
    return PS_OK;
}

static ps_status name_part(X509_NAME *name, const char **at, char *value, struct ps_error *err)
{
    while (is_space(**at))
        (*at)++;
    size_t label = strcspn(*at, "=,");
    if ((*at)[label] != '=')
        return ps_fail(err, PS_INVALID,
                       "\"%.*s\" has no \"=\" (a comma in a value is written \"\\,\")",
                       (int)(label < 64 ? label : 64), *at);
    size_t end = label;
    while (end > 0 && is_space((*at)[end - 1]))
        end--;
    const struct name_kind *kind = name_kind_find(*at, end);
    if (kind == NULL)
        return ps_fail(err, PS_INVALID,
                       "\"%.*s\" is none of C ST L O OU CN serialNumber DC emailAddress",
                       (int)(end < 64 ? end : 64), *at);
    *at += label + 1;
    size_t length = 0;
    PS_TRY(name_value(at, value, &length, err));
    return name_add(name, kind, value, length, err);
}

static ps_status name_parts(X509_NAME *name, const char *text, char *value, struct ps_error *err)
{
    const char *at = text;
    for (int parts = 0;; at++) {
        if (parts++ == PS_NAME_PARTS_MAX)
            return ps_fail(err, PS_INVALID, "more than %d parts", PS_NAME_PARTS_MAX);
        PS_TRY(name_part(name, &at, value, err));
        if (*at == '\0')
            return PS_OK;
    }
}

ps_status ps_ca_name_parse(const char *text, X509_NAME **ret_name, struct ps_error *err)
{
    assert(text != NULL);
    X509_NAME *name = X509_NAME_new();
    if (name == NULL)
        ps_memory_exhausted(0);
    char *value = ps_alloc(strlen(text) + 1, 1);
    ps_status status = name_parts(name, text, value, err);
    free(value);
    if (!ps_is_ok(status)) {
        X509_NAME_free(name);
        return ps_wrap(err, status, "name \"%s\"", text);
    }
    *ret_name = name;
    return PS_OK;
}

ps_status ps_ca_name_of_host(const char *host, X509_NAME **ret_name, struct ps_error *err)
{
    X509_NAME *name = X509_NAME_new();
    if (name == NULL)
        ps_memory_exhausted(0);
    ps_status status = name_add(name, name_kind_find("CN", 2), host, strlen(host), err);
    if (!ps_is_ok(status)) {
        X509_NAME_free(name);
        return ps_wrap(err, status, "the subject for host \"%s\"", host);
    }
    *ret_name = name;
    return PS_OK;
}
