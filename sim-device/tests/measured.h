/* SPDX-License-Identifier: Apache-2.0
 *
 * What the real libraries were measured to say: a case a row, a library a column. The names are
 * those of the minted certificates (mint.c).
 */
#ifndef SIM_DEVICE_MEASURED_H
#define SIM_DEVICE_MEASURED_H

/* One column a letter of the table's last field: the stack's name with its options, and the fields
 * of a strategy that stand for it. */
static const struct {
    const char *name, *settings;
} columns[] = {
    {"openssl3", "chain.builder=openssl3"},
    {"openssl102", "chain.builder=openssl102"},
    {"openssl101", "chain.builder=openssl101"},
    {"openssl3+partial_chain", "chain.builder=openssl3 chain.partial=yes"},
    {"gnutls37", "chain.builder=gnutls37"},
    {"gnutls37+no_trusted_time", "chain.builder=gnutls37 time.anchor_dates=ignore"},
    {"mbedtls", "chain.builder=mbedtls"},
    {"wolf_strict", "chain.builder=wolf_strict"},
    {"wolf_strict+anchors_loaded_before_expiry",
     "chain.builder=wolf_strict time.anchor_dates=ignore"},
    {"wolf_alt", "chain.builder=wolf_alt"},
    {"wolf_alt+anchors_loaded_before_expiry", "chain.builder=wolf_alt time.anchor_dates=ignore"},
    {"bearssl", "chain.builder=bearssl"},
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

/* + accepted, - refused: OpenSSL 3 | 1.0.2 | 1.0.1 | 3 partial | GnuTLS | without trusted time |
 * Mbed TLS | wolfSSL strict | loaded before | alternative chains | loaded before | BearSSL */
static const struct {
    const char *name, *now, *anchors, *served, *expect;
} measured[] = {
    {"A1 both roots, cross-signed list", "2021-10-05", "R1 R2", "L I R2x", "+--++++-++++"},
    {"A2 the store the other way round", "2021-10-05", "R2 R1", "L I R2x", "+--++++-++++"},
    {"A3 new root only, cross-signed list", "2021-10-05", "R2", "L I R2x", "++-++++--+++"},
    {"A4 expired root only", "2021-10-05", "R1", "L I R2x", "-----+--+-++"},
    {"A5 both roots, short list", "2021-10-05", "R1 R2", "L I", "++++++++++++"},
    {"B1 old root re-issued", "2021-10-05", "R1n", "L I R2x", "++++++++++++"},
    {"B3 re-issued and expired root", "2021-10-05", "R1n R1", "L I R2x", "++++++++++++"},
    {"C1 intermediate missing", "2021-10-05", "R2", "L", "------------"},
    {"C2 junk in between", "2021-10-05", "R2", "L Junk I", "+++++++--++-"},
    {"C4 wrong order", "2021-10-05", "R1 R2", "L R2x I", "+--++++-+++-"},
    {"C5 root served too", "2021-10-05", "R2", "L I R2", "++++++++++++"},
    {"D1 intermediate as anchor", "2021-10-05", "I", "L I", "---++++--+++"},
    {"D2 intermediate as anchor, leaf alone", "2021-10-05", "I", "L", "---+++++++++"},
    {"D4 expired intermediate in the store", "2021-10-05", "Iexp R2", "L I", "-++-++-+++++"},
    {"D5 expired intermediate served", "2021-10-05", "R2", "L Iexp", "------------"},
    {"D6 expired and fresh intermediate", "2021-10-05", "R2", "L Iexp I", "++++--+-----"},
    {"D8 cross-signed root as anchor", "2021-10-05", "R2x", "L I", "---+++++++++"},
    {"E1 leaf as anchor, list", "2021-10-05", "L", "L I", "---+-----+++"},
    {"E3 expired leaf as anchor", "2022-10-05", "L", "L", "-----+----+-"},
    {"E5 expired self-signed leaf", "2021-10-05", "SS", "SS", "-----+------"},
    {"F1 new key signed by the old", "2021-10-05", "OO", "LN NO", "++++++++++++"},
    {"F3 both roots of one name", "2021-10-05", "OO NN", "LN", "++++++++++++"},
    {"F4 old root of that name only", "2021-10-05", "OO", "LN", "------------"},
    {"G1 clock at 1970", "1970-01-02", "R2", "L I", "------------"},
    {"G3 clock far ahead", "2040-06-01", "R2", "L I", "------------"},
    {"H1 untrusted", "2021-10-05", "Junk", "L I", "------------"},
};
enum { MEASURED = sizeof measured / sizeof measured[0] };

#endif
