/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_DEVICE_PEM_H
#define SIM_DEVICE_PEM_H

#include "base/memory.h"

/* DER as a PEM block with 64 columns and these line ends; the caller frees. */
char *pem_block(const char *label, struct ps_bytes der, const char *line_end);

#endif
