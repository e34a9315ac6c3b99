/* SPDX-License-Identifier: Apache-2.0
 *
 * The bytes of a firmware release as they travel: what fake-ca/ signs and sim-device/ checks.
 *
 *   0  4  magic "PSFW"
 *   4  4  version, big-endian
 *   8  2  length of the signature, big-endian
 *  10  n  signature: ECDSA P-256 with SHA-256 over bytes 0 to 7, DER
 */
#ifndef BASE_RELEASE_H
#define BASE_RELEASE_H

#define PS_RELEASE_MAGIC "PSFW"
enum { PS_RELEASE_SIGNED_BYTES = 8, PS_RELEASE_HEADER_BYTES = 10, PS_RELEASE_SIGNATURE_MAX = 256 };

#endif
