/* SPDX-License-Identifier: Apache-2.0
 *
 * Names that files have until they are whole: ".NAME.HOST-PID.tmp", perhaps with more behind it. So
 * who comes later can tell those of a process that is no more from those of one at work.
 */
#ifndef REPORTS_TEMPORARY_H
#define REPORTS_TEMPORARY_H

/* Removes files of such names in an open folder whose process was of this host and is no more. */
void ps_temporary_sweep(int folder);

#endif
