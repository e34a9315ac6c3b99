/* SPDX-License-Identifier: Apache-2.0 */
#include "describe.h"

#include <stdio.h>
#include <string.h>

void ps_describe_name(X509 *certificate, char *out, size_t size)
{
    const X509_NAME *name = X509_get_subject_name(certificate);
    unsigned char *text = NULL;
    int length = -1, at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    if (at >= 0)
        length =
            ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    if (length <= 0) {
        snprintf(out, size, "(no common name)");
    } else {
        size_t kept = (size_t)length < size - 1 ? (size_t)length : size - 1;
        /* Never half a UTF-8 character. */
        while (kept < (size_t)length && kept > 0 && (text[kept] & 0xC0) == 0x80)
            kept--;
        for (size_t i = 0; i < kept; i++)
            out[i] = (char)(text[i] < 0x20 || text[i] == 0x7F ? '?' : text[i]);
        out[kept] = '\0';
    }
    OPENSSL_free(text);
}

void ps_describe_path(X509 *const *certificates, size_t count, char *out, size_t size)
{
    static const char between[] = " < ", cut[] = "...";
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        char name[128];
        ps_describe_name(certificates[i], name, sizeof name);
        size_t needed = strlen(name) + (i > 0 ? sizeof between - 1 : 0);
        /* Room for a later "..." is kept unless this is the last. */
        size_t reserve = i + 1 < count ? sizeof between - 1 + sizeof cut - 1 : 0;
        if (used + needed + reserve >= size) {
            snprintf(out + used, size - used, "%s%s", i > 0 ? between : "", cut);
            return;
        }
        used += (size_t)snprintf(out + used, size - used, "%s%s", i > 0 ? between : "", name);
    }
}
