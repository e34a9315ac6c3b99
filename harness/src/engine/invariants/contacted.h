/* SPDX-License-Identifier: Apache-2.0
 *
 * Invariant: no outcome without a contact. Who is connected at the end was accepted at some time,
 * and who is or was dark failed at one. Without any contact are only those who never booted, those
 * who were retired before, and those whom an attacker met first.
 */
#ifndef HARNESS_ENGINE_INVARIANTS_CONTACTED_H
#define HARNESS_ENGINE_INVARIANTS_CONTACTED_H

#include "base/status.h"
#include "engine/life.h"

/* The life is over, its outcome decided; life->watched has its contacts. */
PS_MUST_USE ps_status ps_contacted_check(const struct ps_life *life, struct ps_error *err);

#endif
