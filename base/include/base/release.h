/* SPDX-License-Identifier: Apache-2.0
 *
 * The bytes of a firmware release as they travel: what fake-ca/ makes and sim-device/ checks.
 * Numbers are big-endian.
 *
 *   0  4  magic "PSFW"
 *   4  4  version
 *   8  8  when it was issued: seconds UTC, two's complement
 *  16  1  enum ps_release_auth
 *  17  2  length of the proof
 *  19  n  the proof, over bytes 0 to 16
 *           BY_NOBODY     nothing
 *           BY_SIGNATURE  ECDSA P-256 with SHA-256, DER
 *           BY_MAC        HMAC-SHA-256 (RFC 2104)
 */
#ifndef BASE_RELEASE_H
#define BASE_RELEASE_H

#define PS_RELEASE_MAGIC "PSFW"
enum {
    PS_RELEASE_VERSION_AT = 4,
    PS_RELEASE_ISSUED_AT = 8,
    PS_RELEASE_AUTH_AT = 16,
    PS_RELEASE_PROVED_BYTES = 17,
    PS_RELEASE_HEADER_BYTES = 19,
    PS_RELEASE_PROOF_MAX = 256,
    PS_RELEASE_MAC_BYTES = 32,
};

/* What proves where a release comes from. */
enum ps_release_auth { PS_RELEASE_BY_NOBODY, PS_RELEASE_BY_SIGNATURE, PS_RELEASE_BY_MAC };

#endif
