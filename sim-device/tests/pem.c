/* SPDX-License-Identifier: Apache-2.0 */
#include "pem.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"

char *pem_block(const char *label, struct ps_bytes der, const char *line_end)
{
    struct ps_text text = {0};
    char *base64 = ps_alloc(1, 4 * (der.size / 3 + 1) + 1);
    int length = EVP_EncodeBlock((unsigned char *)base64, der.data, (int)der.size);
    ps_text_add(&text, "-----BEGIN %s-----%s", label, line_end);
    for (int at = 0; at < length; at += 64)
        ps_text_add(&text, "%.64s%s", base64 + at, line_end);
    ps_text_add(&text, "-----END %s-----%s", label, line_end);
    free(base64);
    return ps_text_steal(&text);
}
