/* SPDX-License-Identifier: Apache-2.0 */
#include "mint.h"

#include <check.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

enum {
    CA = 1,
    NO_SAN = 2,
    CLIENT_ONLY = 4,
    WEAK = 8,
    NO_KEY_IDS = 16,
    WITH_SHA384 = 32,
    NO_CRL_SIGN = 64,
    NO_KEY_USAGE = 128,
    MUST_STAPLE = 256,
};
enum { ANY_LENGTH = -1 };

/* One certificate a row. Keys and issuers' keys are names: the same name is the same key. */
static const struct {
    const char *name, *subject, *key, *issuer, *issuer_key, *from, *to;
    unsigned flags;
    int path_length;
} rows[] = {
    /* The certificates behind the measured verdicts. */
    {"R1", "Old Root", "r1", "Old Root", "r1", "2000-09-30", "2021-09-30", CA, ANY_LENGTH},
    {"R2", "New Root", "r2", "New Root", "r2", "2015-06-04", "2035-06-04", CA, ANY_LENGTH},
    {"R2x", "New Root", "r2", "Old Root", "r1", "2021-01-20", "2024-09-30", CA, ANY_LENGTH},
    {"I", "Issuing", "i", "New Root", "r2", "2020-09-04", "2025-09-15", CA, 0},
    {"Ix", "Issuing", "i", "Old Root", "r1", "2020-10-07", "2021-09-29", CA, 0},
    {"Iexp", "Issuing", "i", "New Root", "r2", "2018-01-01", "2021-09-15", CA, 0},
    {"L", MINT_HOST, "l", "Issuing", "i", "2021-09-01", "2021-11-30", 0, 0},
    {"R1n", "Old Root", "r1", "Old Root", "r1", "2020-01-01", "2040-01-01", CA, ANY_LENGTH},
    {"Junk", "Junk", "j", "Junk", "j", "2015-01-01", "2040-01-01", CA, ANY_LENGTH},
    {"SS", MINT_HOST, "ss", MINT_HOST, "ss", "2021-01-01", "2021-09-01", 0, 0},
    {"SSv", MINT_HOST, "ss", MINT_HOST, "ss", "2021-01-01", "2031-09-01", 0, 0},
    {"OO", "Same Root", "o", "Same Root", "o", "2011-01-01", "2031-01-01", CA, ANY_LENGTH},
    {"NN", "Same Root", "n", "Same Root", "n", "2021-01-01", "2041-01-01", CA, ANY_LENGTH},
    {"NO", "Same Root", "n", "Same Root", "o", "2021-01-01", "2031-01-01", CA, ANY_LENGTH},
    {"ON", "Same Root", "o", "Same Root", "n", "2011-01-01", "2031-01-01", CA, ANY_LENGTH},
    {"LN", MINT_HOST, "ln", "Same Root", "n", "2021-09-01", "2022-09-01", 0, 0},
    {"LO", MINT_HOST, "lo", "Same Root", "o", "2021-01-01", "2022-01-01", 0, 0},
    /* Other leaves of the same issuer. */
    {"L2", MINT_HOST, "l2", "Issuing", "i", "2021-09-01", "2021-11-30", 0, 0},
    {"Levil", "evil.example", "le", "Issuing", "i", "2021-09-01", "2021-11-30", 0, 0},
    {"Lwild", "*.site.example", "lw", "Issuing", "i", "2021-09-01", "2021-11-30", 0, 0},
    {"Lpart", "h*.site.example", "lp", "Issuing", "i", "2021-09-01", "2021-11-30", 0, 0},
    {"Lcn", MINT_HOST, "lc", "Issuing", "i", "2021-09-01", "2021-11-30", NO_SAN, 0},
    {"Lclient", MINT_HOST, "lk", "Issuing", "i", "2021-09-01", "2021-11-30", CLIENT_ONLY, 0},
    {"Llong", MINT_HOST, "ll", "Issuing", "i", "2020-09-04", "2040-01-01", 0, 0},
    /* A second public CA, which issues our name too. */
    {"M", "Other Root", "m", "Other Root", "m", "2010-01-01", "2035-01-01", CA, ANY_LENGTH},
    {"MI", "Other Issuing", "mi", "Other Root", "m", "2018-01-01", "2030-01-01", CA, 0},
    {"LM", MINT_HOST, "lm", "Other Issuing", "mi", "2021-09-01", "2021-11-30", 0, 0},
    /* A fake: the root's name, another key. */
    {"R2fake", "New Root", "f", "New Root", "f", "2015-06-04", "2035-06-04", CA, ANY_LENGTH},
    {"Ifake", "Issuing", "fi", "New Root", "f", "2020-09-04", "2025-09-15", CA, 0},
    {"Lfake", MINT_HOST, "fl", "Issuing", "fi", "2021-09-01", "2021-11-30", 0, 0},
    /* Two intermediates; and one below a CA whose path length forbids it. */
    {"J1", "Upper", "j1", "New Root", "r2", "2020-01-01", "2030-01-01", CA, ANY_LENGTH},
    {"J2", "Lower", "j2", "Upper", "j1", "2020-01-01", "2030-01-01", CA, ANY_LENGTH},
    {"LJ", MINT_HOST, "lj", "Lower", "j2", "2021-09-01", "2021-11-30", 0, 0},
    {"K", "Below Issuing", "k", "Issuing", "i", "2020-09-04", "2025-09-15", CA, ANY_LENGTH},
    {"LK", MINT_HOST, "lkk", "Below Issuing", "k", "2021-09-01", "2021-11-30", 0, 0},
    /* A leaf that issues a leaf. */
    {"Lsub", MINT_HOST, "lsub", MINT_HOST, "l", "2021-09-01", "2021-11-30", 0, 0},
    /* RSA with 1024 bits, signed with SHA-1. */
    {"Rweak", "Weak Root", "weak-r", "Weak Root", "weak-r", "2010-01-01", "2030-01-01", CA | WEAK,
     ANY_LENGTH},
    {"Lweak", MINT_HOST, "weak-l", "Weak Root", "weak-r", "2021-09-01", "2021-11-30", WEAK, 0},
    /* The same intermediate signed with SHA-384; a root that signed itself with it and nothing
     * else; a root, an intermediate and a leaf with keys for P-384. */
    {"I384", "Issuing", "i", "New Root", "r2", "2020-09-04", "2025-09-15", CA | WITH_SHA384, 0},
    {"R384", "Root 384", "r384", "Root 384", "r384", "2010-01-01", "2030-01-01", CA | WITH_SHA384,
     ANY_LENGTH},
    {"L384", MINT_HOST, "l384", "Root 384", "r384", "2021-09-01", "2021-11-30", 0, 0},
    {"RP", "P384 Root", "p384-r", "P384 Root", "p384-r", "2010-01-01", "2030-01-01", CA,
     ANY_LENGTH},
    {"IP", "P384 Issuing", "p384-i", "New Root", "r2", "2020-09-04", "2025-09-15", CA, 0},
    {"LP", MINT_HOST, "lp384", "P384 Root", "p384-r", "2021-09-01", "2021-11-30", 0, 0},
    {"LIP", MINT_HOST, "lip384", "P384 Issuing", "p384-i", "2021-09-01", "2021-11-30", 0, 0},
    {"Lp384", MINT_HOST, "p384-l", "Issuing", "i", "2021-09-01", "2021-11-30", 0, 0},
    /* No key identifiers: names alone lead to the issuer. */
    {"Rbare", "Bare Root", "b1", "Bare Root", "b1", "2010-01-01", "2030-01-01", CA | NO_KEY_IDS,
     ANY_LENGTH},
    {"Rbare2", "Bare Root", "b2", "Bare Root", "b2", "2010-01-01", "2030-01-01", CA | NO_KEY_IDS,
     ANY_LENGTH},
    {"Lbare", MINT_HOST, "bl", "Bare Root", "b2", "2021-09-01", "2021-11-30", NO_KEY_IDS, 0},
    /* Those that say where their status and their issuer are: leaf, two intermediates, root. */
    {"SR", "Status Root", "sr", "Status Root", "sr", "2010-01-01", "2070-01-01", CA, ANY_LENGTH},
    {"SU", "Status Upper", "su", "Status Root", "sr", "2010-01-01", "2070-01-01", CA, ANY_LENGTH},
    {"SI", "Status Issuing", "si", "Status Upper", "su", "2010-01-01", "2070-01-01", CA, 0},
    {"SL", MINT_HOST, "sl", "Status Issuing", "si", "2010-01-01", "2070-01-01", 0, 0},
    /* Other leaves of the same issuer: must be stapled; another feature of TLS; says nothing; says
     * it in many ways; is of another host. */
    {"SLm", MINT_HOST, "slm", "Status Issuing", "si", "2010-01-01", "2070-01-01", MUST_STAPLE, 0},
    {"SLf", MINT_HOST, "slf", "Status Issuing", "si", "2010-01-01", "2070-01-01", 0, 0},
    {"SLx", MINT_HOST, "slx", "Status Issuing", "si", "2010-01-01", "2070-01-01", 0, 0},
    {"SLy", MINT_HOST, "sly", "Status Issuing", "si", "2010-01-01", "2070-01-01", 0, 0},
    {"SLevil", "evil.example", "sle", "Status Issuing", "si", "2010-01-01", "2070-01-01", 0, 0},
    {"SLv", MINT_HOST, "slv", "Status Issuing", "si", "2010-01-01", "2021-09-01", 0, 0},
    /* The same intermediates, out of date; one that may not sign lists; one that may do all; one
     * with a key and a hash that not everybody knows. */
    {"SIold", "Status Issuing", "si", "Status Upper", "su", "2010-01-01", "2021-09-15", CA, 0},
    {"SUold", "Status Upper", "su", "Status Root", "sr", "2010-01-01", "2021-09-15", CA,
     ANY_LENGTH},
    {"SInew", "Status Issuing", "si", "Status Upper", "su", "2030-01-01", "2070-01-01", CA, 0},
    {"SIc", "Status Issuing", "si", "Status Upper", "su", "2010-01-01", "2070-01-01",
     CA | NO_CRL_SIGN, 0},
    {"SIk", "Status Issuing", "si", "Status Upper", "su", "2010-01-01", "2070-01-01",
     CA | NO_KEY_USAGE, 0},
    /* Fakes: the issuer's name, another key; and a leaf that it issued. */
    {"SIfake", "Status Issuing", "sif", "Status Issuing", "sif", "2010-01-01", "2070-01-01", CA, 0},
    {"SLfake", MINT_HOST, "slfk", "Status Issuing", "sif", "2010-01-01", "2070-01-01", 0, 0},
    /* A responder that the issuer delegated to. */
    {"SD", "Status Responder", "sd", "Status Issuing", "si", "2010-01-01", "2070-01-01", 0, 0},
    /* Trusted by itself, and with a place of its own. */
    {"SS1", MINT_HOST, "ss1", MINT_HOST, "ss1", "2010-01-01", "2070-01-01", 0, 0},
    /* The firmware's signer and somebody else. */
    {"Vendor", "Vendor", "v", "Vendor", "v", "2010-01-01", "2050-01-01", 0, 0},
    {"Thief", "Thief", "t", "Thief", "t", "2010-01-01", "2050-01-01", 0, 0},
};

/* Where they say that things are. */
#define PLACES(path)                                                                               \
    "OCSP;URI:http://status.example/ocsp/" path ",caIssuers;URI:http://status.example/"            \
    "issuer/" path
#define LIST(path) "URI:http://status.example/crl/" path
static const struct {
    const char *name, *access, *lists;
} places[] = {
    {"SU", PLACES("root"), LIST("root")},
    {"SUold", PLACES("root"), LIST("root")},
    {"SI", PLACES("upper"), LIST("upper")},
    {"SIold", PLACES("upper"), LIST("upper")},
    {"SInew", PLACES("upper"), LIST("upper")},
    {"SIc", PLACES("upper"), LIST("upper")},
    {"SIk", PLACES("upper"), LIST("upper")},
    {"SL", PLACES("issuing"), LIST("issuing")},
    {"SLm", PLACES("issuing"), LIST("issuing")},
    {"SLf", PLACES("issuing"), LIST("issuing")},
    {"SLevil", PLACES("issuing"), LIST("issuing")},
    {"SLv", PLACES("issuing"), LIST("issuing")},
    {"SLfake", PLACES("issuing"), LIST("issuing")},
    {"SS1", PLACES("self"), LIST("self")},
    {"SLy",
     "OCSP;URI:https://status.example/ocsp/a,OCSP;email:ocsp@status.example,"
     "OCSP;URI:http://one.example:8080/ocsp?a=b,OCSP;URI:http://two.example,"
     "caIssuers;URI:ldap://status.example/x,caIssuers;URI:http://one.example/issuer,"
     "caIssuers;URI:http://two.example/issuer",
     "URI:ldap://status.example/x,URI:http://one.example/crl,URI:http://two.example/crl"},
};
enum { PLACED = sizeof places / sizeof places[0] };

enum { ROWS = sizeof rows / sizeof rows[0], KEYS_MAX = 2 * ROWS };

static struct mint minted[ROWS];
static struct {
    const char *name;
    EVP_PKEY *key;
} keys[KEYS_MAX];
static size_t key_count;

static EVP_PKEY *key_named(const char *name)
{
    for (size_t i = 0; i < key_count; i++)
        if (strcmp(keys[i].name, name) == 0)
            return keys[i].key;
    EVP_PKEY *key = strncmp(name, "weak", 4) == 0
                        ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024)
                        : EVP_EC_gen(strncmp(name, "p384", 4) == 0 ? "P-384" : "P-256");
    ck_assert_ptr_nonnull(key);
    keys[key_count].name = name;
    keys[key_count++].key = key;
    return key;
}

ps_time mint_time(const char *text)
{
    ps_time time;
    const char *wrong = ps_time_parse(text, false, &time);
    ck_assert_msg(!wrong, "%s: %s", text, wrong ? wrong : "");
    return time;
}

static void set_name(X509_NAME *name, const char *cn)
{
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, (const unsigned char *)"Test only", -1, -1,
                               0);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)cn, -1, -1, 0);
}

static void add_extension(X509 *certificate, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    ck_assert_msg(extension != NULL, "extension %s", value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

static ASN1_OCTET_STRING *key_id(EVP_PKEY *key)
{
    X509 *holder = X509_new();
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned size;
    X509_set_pubkey(holder, key);
    X509_pubkey_digest(holder, EVP_sha1(), hash, &size);
    X509_free(holder);
    ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
    ASN1_OCTET_STRING_set(id, hash, (int)size);
    return id;
}

static void add_key_ids(X509 *certificate, EVP_PKEY *key, EVP_PKEY *issuer_key)
{
    ASN1_OCTET_STRING *id = key_id(key);
    X509_add1_ext_i2d(certificate, NID_subject_key_identifier, id, 0, 0);
    ASN1_OCTET_STRING_free(id);
    if (issuer_key == key)
        return;
    AUTHORITY_KEYID *authority = AUTHORITY_KEYID_new();
    authority->keyid = key_id(issuer_key);
    X509_add1_ext_i2d(certificate, NID_authority_key_identifier, authority, 0, 0);
    AUTHORITY_KEYID_free(authority);
}

static void add_places(X509 *certificate, const char *name)
{
    for (size_t i = 0; i < PLACED; i++) {
        if (strcmp(places[i].name, name) != 0)
            continue;
        add_extension(certificate, NID_info_access, places[i].access);
        add_extension(certificate, NID_crl_distribution_points, places[i].lists);
    }
}

static X509 *make(size_t row, long serial)
{
    X509 *certificate = X509_new();
    EVP_PKEY *key = key_named(rows[row].key), *issuer_key = key_named(rows[row].issuer_key);
    unsigned flags = rows[row].flags;
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
    set_name(X509_get_subject_name(certificate), rows[row].subject);
    set_name(X509_get_issuer_name(certificate), rows[row].issuer);
    ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)mint_time(rows[row].from).s);
    ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)mint_time(rows[row].to).s);
    X509_set_pubkey(certificate, key);
    if (flags & CA) {
        add_extension(certificate, NID_basic_constraints,
                      rows[row].path_length == 0 ? "critical,CA:TRUE,pathlen:0"
                                                 : "critical,CA:TRUE");
        if (!(flags & NO_KEY_USAGE))
            add_extension(certificate, NID_key_usage,
                          flags & NO_CRL_SIGN ? "critical,keyCertSign"
                                              : "critical,keyCertSign,cRLSign");
    } else {
        add_extension(certificate, NID_key_usage, "critical,digitalSignature,keyEncipherment");
        add_extension(certificate, NID_ext_key_usage,
                      flags & CLIENT_ONLY ? "clientAuth" : "serverAuth");
        char san[64];
        snprintf(san, sizeof san, "DNS:%s", rows[row].subject);
        if (!(flags & NO_SAN))
            add_extension(certificate, NID_subject_alt_name, san);
    }
    if (!(flags & NO_KEY_IDS))
        add_key_ids(certificate, key, issuer_key);
    if (flags & MUST_STAPLE)
        add_extension(certificate, NID_tlsfeature, "status_request");
    if (strcmp(rows[row].name, "SLf") == 0)
        add_extension(certificate, NID_tlsfeature, "17"); /* status_request_v2 */
    add_places(certificate, rows[row].name);
    const EVP_MD *hash = flags & WEAK          ? EVP_sha1()
                         : flags & WITH_SHA384 ? EVP_sha384()
                                               : EVP_sha256();
    ck_assert_int_gt(X509_sign(certificate, issuer_key, hash), 0);
    return certificate;
}

void mint_setup(void)
{
    for (size_t i = 0; i < ROWS; i++) {
        unsigned char *der = NULL, *spki = NULL;
        minted[i].certificate = make(i, (long)i + 1);
        minted[i].key = key_named(rows[i].key);
        minted[i].der.size = (size_t)i2d_X509(minted[i].certificate, &der);
        minted[i].der.data = der;
        minted[i].spki.size = (size_t)i2d_PUBKEY(minted[i].key, &spki);
        minted[i].spki.data = spki;
    }
}

void mint_teardown(void)
{
    for (size_t i = 0; i < ROWS; i++) {
        X509_free(minted[i].certificate);
        OPENSSL_free((void *)(uintptr_t)minted[i].der.data);
        OPENSSL_free((void *)(uintptr_t)minted[i].spki.data);
    }
    for (size_t i = 0; i < key_count; i++)
        EVP_PKEY_free(keys[i].key);
    memset(minted, 0, sizeof minted);
    key_count = 0;
}

const struct mint *mint_named(const char *name)
{
    for (size_t i = 0; i < ROWS; i++)
        if (strcmp(rows[i].name, name) == 0)
            return &minted[i];
    ck_abort_msg("no certificate is named %s", name);
    return NULL;
}

size_t mint_list(const char *names, const struct mint *ret_list[static MINT_LIST_MAX])
{
    char copy[128], *rest = copy;
    size_t count = 0;
    snprintf(copy, sizeof copy, "%s", names);
    for (const char *name; (name = strsep(&rest, " ")) != NULL;) {
        if (*name == '\0')
            continue;
        ck_assert_uint_lt(count, MINT_LIST_MAX);
        ret_list[count++] = mint_named(name);
    }
    return count;
}

static size_t sign_release(const char *signer, const unsigned char *head, unsigned char *ret_proof)
{
    size_t size = 256;
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    ck_assert_int_eq(EVP_DigestSignInit(digest, NULL, EVP_sha256(), NULL, mint_named(signer)->key),
                     1);
    ck_assert_int_eq(EVP_DigestSign(digest, ret_proof, &size, head, 17), 1);
    EVP_MD_CTX_free(digest);
    return size;
}

void mint_release(const struct mint_release *release, struct ps_buffer *ret_payload)
{
    unsigned char head[19] = "PSFW", proof[256];
    unsigned mac_size = 0;
    size_t size = 0;
    uint64_t issued = release->issued ? (uint64_t)mint_time(release->issued).s : 0;
    for (int i = 0; i < 4; i++)
        head[4 + i] = (unsigned char)(release->version >> (24 - 8 * i));
    for (int i = 0; i < 8; i++)
        head[8 + i] = (unsigned char)(issued >> (56 - 8 * i));
    head[16] = release->signer ? 1 : release->secret ? 2 : 0;
    if (release->signer) {
        size = sign_release(release->signer, head, proof);
    } else if (release->secret) {
        HMAC(EVP_sha256(), release->secret, (int)strlen(release->secret), head, 17, proof,
             &mac_size);
        size = mac_size;
    }
    head[17] = (unsigned char)(size >> 8);
    head[18] = (unsigned char)size;
    ps_buffer_append(ret_payload, head, sizeof head);
    ps_buffer_append(ret_payload, proof, size);
}
