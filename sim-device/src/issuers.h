/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a builder's certificates come from: the served list, and behind it issuers that the server
 * did not send and the device found by itself, kept from earlier paths or fetched from where a
 * certificate says its issuer's is (RFC 5280 section 4.2.2.1). These are looked for one by one, and
 * only when a path fails of one: an issuer that is missing, or one that is out of date where
 * another of the same name and key may be in use.
 */
#ifndef SIM_DEVICE_ISSUERS_H
#define SIM_DEVICE_ISSUERS_H

#include "builders/builder.h"
#include "fetch.h"
#include "trust.h"

enum { PS_ISSUERS_FOUND_MAX = 8 }; /* behind one served list */

struct ps_candidates {
    STACK_OF(X509) * all; /* owned, and a reference to each */
    size_t found;         /* how many of them were not served */
};
void ps_candidates_init(struct ps_candidates *candidates, const STACK_OF(X509) * served);
void ps_candidates_deinit(struct ps_candidates *candidates);

enum ps_issuers_found { PS_ISSUERS_NONE, PS_ISSUERS_ADDED, PS_ISSUERS_FETCHING };

/* After a path that failed: adds an issuer that may help. NONE: there is none, or the failure is
 * not of an issuer. FETCHING: `fetches` has one under way. */
enum ps_issuers_found ps_candidates_extend(struct ps_candidates *candidates,
                                           const struct ps_trust *trust,
                                           const struct ps_build_input *input,
                                           const struct ps_built *built,
                                           struct ps_fetches *fetches);

#endif
