/* SPDX-License-Identifier: Apache-2.0 */
#include "urls.h"

#include <http_parser.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/memory.h"
#include "stack.h"

static bool is_printable(const char *text)
{
    for (; *text; text++)
        if (*text <= ' ' || *text > '~')
            return false;
    return true;
}

static bool is_http(const char *text, const struct http_parser_url *parts)
{
    enum { NEEDED = 1 << UF_SCHEMA | 1 << UF_HOST };
    static const char scheme[] = "http";
    return (parts->field_set & NEEDED) == NEEDED && !(parts->field_set & 1 << UF_USERINFO) &&
           parts->field_data[UF_SCHEMA].len == sizeof scheme - 1 &&
           strncasecmp(text, scheme, sizeof scheme - 1) == 0;
}

bool ps_url_split(const char *text, struct ps_url *ret_url)
{
    struct http_parser_url parts;
    size_t length = strlen(text);
    http_parser_url_init(&parts);
    if (length > PS_URL_BYTES_MAX || !is_printable(text) ||
        http_parser_parse_url(text, length, 0, &parts) != 0 || !is_http(text, &parts))
        return false;
    ret_url->host = strstr(text, "//") + 2;
    ret_url->host_length = strcspn(ret_url->host, "/?#");
    ret_url->path = ret_url->host + ret_url->host_length;
    ret_url->path_length = strcspn(ret_url->path, "#");
    if (*ret_url->path == '?') /* a query needs a path before it */
        return false;
    if (ret_url->path_length == 0) {
        ret_url->path = "/";
        ret_url->path_length = 1;
    }
    return true;
}

static void add(struct ps_urls *urls, const GENERAL_NAME *name)
{
    struct ps_url unused;
    if (name->type != GEN_URI || urls->count == PS_URLS_MAX)
        return;
    const ASN1_IA5STRING *uri = name->d.uniformResourceIdentifier;
    size_t size = (size_t)ASN1_STRING_length(uri);
    char *text = ps_format("%.*s", (int)size, (const char *)ASN1_STRING_get0_data(uri));
    /* A shorter text has a NUL in it: who reads further than another sees another host. */
    if (strlen(text) == size && ps_url_split(text, &unused))
        urls->all[urls->count++] = text;
    else
        free(text);
}

static void add_access(const X509 *certificate, int method, struct ps_urls *urls)
{
    AUTHORITY_INFO_ACCESS *access = X509_get_ext_d2i(certificate, NID_info_access, NULL, NULL);
    for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(access); i++) {
        const ACCESS_DESCRIPTION *description = sk_ACCESS_DESCRIPTION_value(access, i);
        if (OBJ_obj2nid(description->method) == method)
            add(urls, description->location);
    }
    AUTHORITY_INFO_ACCESS_free(access);
}

/* Lists of another's making, or for some reasons only, tell too little by themselves. */
static bool is_whole(const DIST_POINT *point)
{
    return point->distpoint && point->distpoint->type == 0 && !point->reasons && !point->CRLissuer;
}

static void add_points(const X509 *certificate, struct ps_urls *urls)
{
    CRL_DIST_POINTS *points =
        X509_get_ext_d2i(certificate, NID_crl_distribution_points, NULL, NULL);
    for (int i = 0; i < sk_DIST_POINT_num(points); i++) {
        const DIST_POINT *point = sk_DIST_POINT_value(points, i);
        for (int n = 0; is_whole(point) && n < sk_GENERAL_NAME_num(point->distpoint->name.fullname);
             n++)
            add(urls, sk_GENERAL_NAME_value(point->distpoint->name.fullname, n));
    }
    CRL_DIST_POINTS_free(points);
}

void ps_urls_of(const X509 *certificate, enum ps_urls_kind kind, struct ps_urls *ret_urls)
{
    *ret_urls = (struct ps_urls){0};
    switch (kind) {
    case PS_URLS_OCSP:
        add_access(certificate, NID_ad_OCSP, ret_urls);
        break;
    case PS_URLS_ISSUER:
        add_access(certificate, NID_ad_ca_issuers, ret_urls);
        break;
    case PS_URLS_CRL:
        add_points(certificate, ret_urls);
        break;
    }
    ps_errors_clear(); /* an extension that cannot be read names no place */
}

void ps_urls_deinit(struct ps_urls *urls)
{
    for (size_t i = 0; i < urls->count; i++)
        free(urls->all[i]);
    urls->count = 0;
}
