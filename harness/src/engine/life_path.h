/* SPDX-License-Identifier: Apache-2.0
 *
 * The intermediates of a path that a device accepted, as certificates of the plan: for devices that
 * keep them (intermediates.cache). A verdict names its path by common names; each certificate is
 * found again among what the contact could have used, by its name and its issuer's.
 */
#ifndef HARNESS_ENGINE_LIFE_PATH_H
#define HARNESS_ENGINE_LIFE_PATH_H

#include "engine/life.h"

/* Keeps those of `path`, of an accepted verdict about `spec`, that the device does not keep yet.
 * True: there are such; with `only_look` that is all. */
bool ps_life_keep_path(struct ps_life *life, const struct ps_life_world *w,
                       const struct ps_contact_spec *spec, const char *path, bool only_look);

#endif
