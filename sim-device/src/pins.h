/* SPDX-License-Identifier: Apache-2.0
 *
 * Pins: values made once from certificates or keys, later compared with a list of certificates.
 *
 * A pin that does not count yet is as if it were not there. A device without a clock looks at no
 * dates: its pins count at once and do not end.
 */
#ifndef SIM_DEVICE_PINS_H
#define SIM_DEVICE_PINS_H

#include "trust.h"

/* False when what is given cannot make such a pin: no certificate, no key, a bare key for a match
 * that needs a certificate. */
bool ps_pin_value_init(struct ps_device_stack *stack, const struct ps_trust_pin *pin,
                       struct ps_pin_value *ret_value);
void ps_pin_value_deinit(struct ps_pin_value *value);
/* Whatever its depth. */
bool ps_pin_value_matches(struct ps_device_stack *stack, const struct ps_pin_value *pin,
                          X509 *certificate);

/* A list of certificates pins are matched against; the leaf is first. `ended`: its last certificate
 * is where the list really ends, so that it can be a root (false for a leaf that stands alone
 * because no path was validated). */
struct ps_pin_list {
    X509 *const *certificates;
    size_t count;
    bool ended;
};

/* What the trust's pins say of a list. */
enum ps_pins_answer {
    PS_PINS_NONE, /* there are none, or they ended and are no longer asked */
    PS_PINS_MET,  /* one is, or one of every group, as the strategy wants it */
    PS_PINS_UNMET,
    PS_PINS_ENDED, /* they ended and refuse */
};
enum ps_pins_answer ps_pins_ask(const struct ps_trust *trust, const struct ps_pin_list *list,
                                ps_time now);

#endif
