/* SPDX-License-Identifier: Apache-2.0
 *
 * What a certificate is asked to be: the shared description between the scenario language (which
 * reads it), the fake CA (which mints it) and the engine (which needs its dates). Only data.
 */
#ifndef BASE_CERTIFICATE_H
#define BASE_CERTIFICATE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/time.h"

#define PS_KEY_TYPES(X)                                                                            \
    X(RSA_1024, "rsa-1024")                                                                        \
    X(RSA_2048, "rsa-2048")                                                                        \
    X(RSA_3072, "rsa-3072")                                                                        \
    X(RSA_4096, "rsa-4096")                                                                        \
    X(ECDSA_P256, "ecdsa-p256")                                                                    \
    X(ECDSA_P384, "ecdsa-p384")

enum ps_key_type {
#define X(name, text) PS_KEY_##name,
    PS_KEY_TYPES(X)
#undef X
};

#define PS_HASHES(X)                                                                               \
    X(SHA1, "sha1")                                                                                \
    X(SHA256, "sha256")                                                                            \
    X(SHA384, "sha384")                                                                            \
    X(SHA512, "sha512")

enum ps_hash {
#define X(name, text) PS_HASH_##name,
    PS_HASHES(X)
#undef X
};

/* Extended key usages as bits (RFC 5280 section 4.2.1.12). None set: no EKU extension. */
enum { PS_EKU_SERVER_AUTH = 1, PS_EKU_CLIENT_AUTH = 2 };

enum { PS_PATH_LENGTH_NONE = -1 };

/* What an authority publishes over HTTP, as bits. */
enum { PS_PUBLISH_OCSP = 1, PS_PUBLISH_CRL = 2, PS_PUBLISH_ISSUER = 4 };

struct ps_certificate_spec {
    const char
        *subject;      /* DN, "C=US, O=Example, CN=Root": most significant first; "\," is a comma */
    const char *host;  /* the SAN dNSName of an end entity; NULL for a CA */
    enum ps_hash hash; /* of the issuer's signature */
    ps_time not_before; /* first valid second */
    ps_time not_after;  /* last valid second (RFC 5280 section 4.1.2.5 counts it as valid) */
    bool ca;
    int32_t path_length; /* of a CA; PS_PATH_LENGTH_NONE: none stated */
    uint32_t eku;        /* PS_EKU_ bits */
    bool must_staple;    /* TLS feature status_request (RFC 7633) */
    /* Where its issuer publishes; NULL: it does not say. authorityInfoAccess (RFC 5280 section
     * 4.2.2.1) and cRLDistributionPoints (section 4.2.1.13). */
    const char *ocsp_url, *issuer_url, *crl_url;
};

/* What a certificate that was found says of itself, for people. Who gives one says how it is freed.
 */
struct ps_certificate_facts {
    char *name;                    /* the common name; without one, the subject */
    char *subject, *issuer;        /* DN, most significant first */
    ps_time not_before, not_after; /* NEVER: the date cannot be read */
    char key[32];                  /* "rsa-2048", "ecdsa-p256", "ed25519" */
    char signature[32];            /* the hash of the issuer's signature: "sha256" */
    bool ca;
    bool self_issued; /* issuer and subject are the same name */
};

#endif
