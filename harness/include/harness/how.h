/* SPDX-License-Identifier: Apache-2.0
 *
 * How a run is done. None of this changes a result: the tests compare the bytes.
 */
#ifndef HARNESS_HOW_H
#define HARNESS_HOW_H

/* MEMO: each contact class is made once and its verdict reused. WIRE: reuse between devices is off.
 */
enum ps_fidelity { PS_FIDELITY_MEMO, PS_FIDELITY_WIRE };

/* What carries the bytes between device and server. */
enum ps_link_kind { PS_LINK_TCP, PS_LINK_MEMORY };

/* Whether this build checks its invariants while it runs: debug builds do. */
#ifdef PS_INVARIANTS
enum { PS_INVARIANTS_ON = 1 };
#else
enum { PS_INVARIANTS_ON = 0 };
#endif

#endif
