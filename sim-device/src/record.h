/* SPDX-License-Identifier: Apache-2.0
 *
 * What a contact read besides the certificates that were sent, in words: the staple, what was
 * fetched, what DNS said, the set of revoked certificates and the issuers that were kept. It is
 * told of the bytes that arrived, and of what the judgement itself made of them; nothing is judged
 * here.
 */
#ifndef SIM_DEVICE_RECORD_H
#define SIM_DEVICE_RECORD_H

#include "base/text.h"
#include "verify.h"

struct ps_record {
    const struct ps_contact_options *options;
    const struct ps_judgement *judgement;
    const struct ps_fetches *fetches;
};
/* Appends the lines of ps_contact_tell. */
void ps_record_tell(const struct ps_record *record, struct ps_text *out);

#endif
