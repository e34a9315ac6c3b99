/* SPDX-License-Identifier: Apache-2.0
 *
 * wolfSSL: from the last served certificate down to the leaf. Each must find a signer among the
 * anchors and the CAs accepted before it: by key identifier, else by name. A signer of that name
 * with another key is an error, not a miss. An accepted CA signs from then on; a loaded certificate
 * signs whether it is a CA or not, as the user vouched for it.
 *
 *   strict  every served certificate must verify
 *   alt     (WOLFSSL_ALT_CERT_CHAINS) above the leaf one without a signer is passed over; and a
 *           leaf without a signer is accepted if it is itself loaded, whatever its dates
 *
 * Anchors' dates are looked at only when they are loaded: with anchor dates checked the device has
 * rebooted just now and an expired anchor was not loaded; with anchor dates ignored it has been up
 * since before. wolfSSL also keeps the CAs it accepted for later connections; here every contact
 * starts with the anchors alone, as after a reboot.
 */
#include "common.h"

#include <openssl/x509v3.h>
#include <stdlib.h>
#include "base/memory.h"

struct signer {
    X509 *certificate;
    size_t above; /* the signer that accepted it; SIZE_MAX: loaded */
};

struct signers {
    struct signer *all; /* owned */
    size_t count;
};

static const size_t NONE = SIZE_MAX;

static void load(const struct ps_build_input *input, struct signers *ret_signers)
{
    ret_signers->all =
        ps_alloc(input->anchor_count + ps_served_count(input), sizeof *ret_signers->all);
    ret_signers->count = 0;
    for (size_t i = 0; i < input->anchor_count; i++)
        if (ps_dates_error(input, input->anchors[i], PS_POSITION_ANCHOR) == X509_V_OK)
            ret_signers->all[ret_signers->count++] =
                (struct signer){.certificate = input->anchors[i], .above = NONE};
}

static size_t find(const struct signers *signers, X509 *child)
{
    size_t by_name = NONE;
    const ASN1_OCTET_STRING *wanted = X509_get0_authority_key_id(child);
    for (size_t i = 0; i < signers->count; i++) {
        X509 *signer = signers->all[i].certificate;
        if (!ps_named_by(child, signer))
            continue;
        const ASN1_OCTET_STRING *has = X509_get0_subject_key_id(signer);
        if (wanted && has && ASN1_OCTET_STRING_cmp(wanted, has) == 0)
            return i;
        if (by_name == NONE)
            by_name = i;
    }
    return by_name;
}

static bool is_loaded(const struct signers *signers, X509 *certificate)
{
    for (size_t i = 0; i < signers->count; i++)
        if (signers->all[i].above == NONE &&
            ps_same_certificate(signers->all[i].certificate, certificate))
            return true;
    return false;
}

static int judge(const struct ps_build_input *input, const struct signers *signers, size_t index,
                 size_t *ret_signer)
{
    X509 *certificate = ps_served(input, index);
    *ret_signer = find(signers, certificate);
    if (*ret_signer == NONE)
        return X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
    X509 *signer = signers->all[*ret_signer].certificate;
    int error = ps_key_error(input, signer);
    if (error == X509_V_OK)
        error = ps_hash_error(input, certificate);
    if (error != X509_V_OK)
        return error;
    if (!ps_signed_by(certificate, signer))
        return X509_V_ERR_CERT_SIGNATURE_FAILURE;
    return ps_dates_error(input, certificate, index == 0 ? PS_POSITION_LEAF : PS_POSITION_CA);
}

/* The list from the leaf to where it failed, as a path to show. The signer with a key that cannot
 * be used follows. */
static void fail_at(const struct ps_build_input *input, struct ps_built *built, int error,
                    size_t index, X509 *signer)
{
    for (size_t i = 0; i <= index; i++)
        if (!ps_path_add(built, ps_served(input, i)))
            return;
    if (signer && ps_key_error(input, signer) == error && !ps_path_add(built, signer))
        return;
    ps_path_fail(built, error, (int)built->count - 1);
}

static X509 *signer_at(const struct signers *signers, size_t index)
{
    return index == NONE ? NULL : signers->all[index].certificate;
}

static bool take_signers(const struct signers *signers, size_t from, struct ps_built *built)
{
    for (size_t i = from; i != NONE; i = signers->all[i].above)
        if (!ps_path_add(built, signers->all[i].certificate))
            return false;
    return true;
}

static void walk(const struct ps_build_input *input, struct signers *signers, bool alternatives,
                 struct ps_built *built)
{
    size_t signer = NONE;
    for (size_t i = ps_served_count(input) - 1; i > 0; i--) {
        int error = judge(input, signers, i, &signer);
        if (error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY && alternatives)
            continue;
        if (error != X509_V_OK) {
            fail_at(input, built, error, i, signer_at(signers, signer));
            return;
        }
        if (ps_may_issue(ps_served(input, i)))
            signers->all[signers->count++] =
                (struct signer){.certificate = ps_served(input, i), .above = signer};
    }
    X509 *leaf = ps_served(input, 0);
    int error = judge(input, signers, 0, &signer);
    bool itself = error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY && alternatives &&
                  is_loaded(signers, leaf);
    if (error != X509_V_OK && !itself) {
        fail_at(input, built, error, 0, signer_at(signers, signer));
        return;
    }
    if (!ps_path_add(built, leaf) || (!itself && !take_signers(signers, signer, built)))
        return;
    /* A self-signed leaf is its own signer. */
    if (built->count == 2 && ps_same_certificate(built->path[0], built->path[1]))
        built->count = 1;
    ps_path_finish(input, built, true);
}

static void build(const struct ps_build_input *input, struct ps_built *built, bool alternatives)
{
    struct signers signers;
    load(input, &signers);
    walk(input, &signers, alternatives, built);
    free(signers.all);
}

static void build_strict(const struct ps_build_input *input, struct ps_built *built)
{
    build(input, built, false);
}

static void build_alt(const struct ps_build_input *input, struct ps_built *built)
{
    build(input, built, true);
}

const struct ps_builder_profile ps_builder_wolf_strict = {PS_BUILDER_WOLF_STRICT, build_strict};
const struct ps_builder_profile ps_builder_wolf_alt = {PS_BUILDER_WOLF_ALT, build_alt};
