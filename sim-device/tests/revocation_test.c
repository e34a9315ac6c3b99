/* SPDX-License-Identifier: Apache-2.0
 *
 * Who is asked whether a certificate was revoked, about which certificates, and what follows. What
 * a single answer is worth: status_test.c.
 */
#include <check.h>
#include <openssl/ocsp.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include "depth.h"
#include "mint_status.h"

#define NOW "2021-10-05"

static struct device make_device(const char *format, ...) __attribute__((format(printf, 1, 2)));
static struct device make_device(const char *format, ...)
{
    struct device device = {.strategy = device_strategy(), .anchors = "SR"};
    char settings[200];
    va_list args;
    va_start(args, format);
    vsnprintf(settings, sizeof settings, format, args);
    va_end(args);
    device_set(&device.strategy, settings);
    return device;
}

enum condition {
    GOOD,
    REVOKED,
    STALE,
    UNREACHABLE,
    GARBAGE,
    OTHER_SIGNER,
    OTHER_CERTIFICATE,
    CONDITIONS,
};
static const char *const condition_names[CONDITIONS] = {
    "good", "revoked", "stale", "unreachable", "garbage", "another signer", "another certificate"};

static struct ps_bytes bytes_of(const struct ps_buffer *buffer)
{
    return (struct ps_bytes){buffer->data, buffer->size};
}

static void make_ocsp(const char *about, const char *issuer, enum condition condition,
                      struct ps_buffer *ret_answer)
{
    if (condition == GARBAGE) {
        ps_buffer_append(ret_answer, "garbage", 7);
        return;
    }
    const struct mint_ocsp how = {
        .about = condition == OTHER_CERTIFICATE ? "SLx" : about,
        .issuer = issuer,
        .signer = condition == OTHER_SIGNER ? "Thief" : NULL,
        .status = condition == REVOKED ? V_OCSP_CERTSTATUS_REVOKED : V_OCSP_CERTSTATUS_GOOD,
        .from = "2021-10-01",
        .until = condition == STALE ? "2021-10-04" : "2021-10-08",
    };
    if (condition != UNREACHABLE)
        mint_ocsp(&how, ret_answer);
}

static void make_crl(const char *about, const char *issuer, enum condition condition,
                     struct ps_buffer *ret_list)
{
    if (condition == GARBAGE) {
        ps_buffer_append(ret_list, "garbage", 7);
        return;
    }
    const struct mint_crl how = {
        .revoked = condition == REVOKED ? about : "SLx",
        .issuer = issuer,
        .signer = condition == OTHER_SIGNER ? "Thief" : NULL,
        .from = "2021-10-01",
        .until = condition == STALE ? "2021-10-04" : "2021-10-08",
        .scope = condition == OTHER_CERTIFICATE ? "critical,onlyAA:TRUE" : NULL,
    };
    if (condition != UNREACHABLE)
        mint_crl(&how, ret_list);
}

/* What the modes with an answer of others make of each condition. The first letter is soft, the
 * second hard: Accepted, Refused. */
static const struct {
    const char *mode, *leaf;
    const char *cells[CONDITIONS];
    int errors[CONDITIONS];
} modes[] = {
    {"none", "SL", {"AA", "AA", "AA", "AA", "AA", "AA", "AA"}, {0}},
    {"ocsp",
     "SL",
     {"AA", "RR", "AR", "AR", "AR", "AR", "AR"},
     {0, X509_V_ERR_CERT_REVOKED, X509_V_ERR_OCSP_VERIFY_FAILED, X509_V_ERR_OCSP_VERIFY_NEEDED,
      X509_V_ERR_OCSP_VERIFY_FAILED, X509_V_ERR_OCSP_VERIFY_FAILED, X509_V_ERR_OCSP_VERIFY_FAILED}},
    {"staple",
     "SL",
     {"AA", "RR", "AR", "AR", "AR", "AR", "AR"},
     {0, X509_V_ERR_CERT_REVOKED, X509_V_ERR_OCSP_VERIFY_FAILED, X509_V_ERR_OCSP_VERIFY_NEEDED,
      X509_V_ERR_OCSP_VERIFY_FAILED, X509_V_ERR_OCSP_VERIFY_FAILED, X509_V_ERR_OCSP_VERIFY_FAILED}},
    {"must_staple",
     "SLm",
     {"AA", "RR", "RR", "RR", "RR", "RR", "RR"},
     {0, X509_V_ERR_CERT_REVOKED, X509_V_ERR_OCSP_VERIFY_FAILED, X509_V_ERR_OCSP_VERIFY_NEEDED,
      X509_V_ERR_OCSP_VERIFY_FAILED, X509_V_ERR_OCSP_VERIFY_FAILED, X509_V_ERR_OCSP_VERIFY_FAILED}},
    {"must_staple", "SL", {"AA", "RR", "AA", "AA", "AA", "AA", "AA"}, {0, X509_V_ERR_CERT_REVOKED}},
    {"must_staple",
     "SLf",
     {"AA", "RR", "AA", "AA", "AA", "AA", "AA"},
     {0, X509_V_ERR_CERT_REVOKED}},
    {"crl",
     "SL",
     {"AA", "RR", "AR", "AR", "AR", "AR", "AR"},
     {0, X509_V_ERR_CERT_REVOKED, X509_V_ERR_CRL_HAS_EXPIRED, X509_V_ERR_UNABLE_TO_GET_CRL,
      X509_V_ERR_UNABLE_TO_GET_CRL, X509_V_ERR_CRL_SIGNATURE_FAILURE,
      X509_V_ERR_DIFFERENT_CRL_SCOPE}},
};
enum { MODES = sizeof modes / sizeof modes[0] };

static void check_mode(size_t row, enum condition condition, bool hard, enum depth depth)
{
    const char *mode = modes[row].mode;
    struct ps_buffer answer = {0};
    struct publisher publisher = {0};
    struct device device = make_device("revocation.mode=%s revocation.on_unavailable=%s", mode,
                                       hard ? "hard" : "soft");
    char served[32];
    snprintf(served, sizeof served, "%s SI SU", modes[row].leaf);
    struct exchange exchange = {.served = served, .now = NOW, .publisher = &publisher};
    bool stapled = strstr(mode, "staple") != NULL;
    if (strcmp(mode, "crl") == 0)
        make_crl(modes[row].leaf, "SI", condition, &answer);
    else
        make_ocsp(modes[row].leaf, "SI", condition, &answer);
    if (stapled)
        exchange.staple = bytes_of(&answer);
    else if (condition != UNREACHABLE)
        publish(&publisher,
                mode[0] == 'o' ? "http://status.example/ocsp/issuing"
                               : "http://status.example/crl/issuing",
                bytes_of(&answer));
    struct ps_verdict verdict = depth_verdict(depth, &exchange, &device);
    bool accepted = modes[row].cells[condition][hard] == 'A';
    ck_assert_msg(verdict.stage == (accepted ? PS_STAGE_ACCEPTED : PS_STAGE_REVOCATION),
                  "%s, %s, %s, %s, %s: %s (%s)", mode, modes[row].leaf, condition_names[condition],
                  hard ? "hard" : "soft", depth_names[depth], ps_stage_text(verdict.stage),
                  verdict.reason);
    ck_assert_msg(verdict.error == (accepted ? 0 : modes[row].errors[condition]),
                  "%s, %s: error %d (%s)", mode, condition_names[condition], verdict.error,
                  verdict.reason);
    ck_assert_int_eq(verdict.depth, accepted ? -1 : 0);
    if (!accepted)
        ck_assert_msg(strstr(verdict.reason, ": hub.example"), "%s", verdict.reason);
    ck_assert_str_eq(verdict.path, "hub.example < Status Issuing < Status Upper < Status Root");
    bool asks = strcmp(mode, "none") != 0;
    if (depth != DEPTH_ALONE) {
        ck_assert_int_eq(exchange.ret_staple_asked, asks && strcmp(mode, "crl") != 0);
        ck_assert_msg(exchange.ret_request == accepted,
                      "no byte of a message before the judgement");
        ck_assert(accepted || exchange.ret_alert || exchange.ret_closed);
    }
    ck_assert_uint_eq(publisher.asked_count, asks && !stapled);
    publisher_deinit(&publisher);
    ps_buffer_deinit(&answer);
}

START_TEST(every_mode_and_condition)
{
    for (int condition = 0; condition < CONDITIONS; condition++)
        for (int hard = 0; hard < 2; hard++)
            for (int depth = 0; depth < DEPTHS; depth++)
                check_mode((size_t)_i, (enum condition)condition, hard, (enum depth)depth);
}
END_TEST

/* The mode ocsp has two sources: a staple that counts makes the responder needless. */
static const struct {
    const char *name;
    enum condition stapled, online;
    const char *cell; /* soft, hard */
    bool asks;
} sources[] = {
    {"good staple", GOOD, UNREACHABLE, "AA", false},
    {"good staple, revoked since", GOOD, REVOKED, "AA", false},
    {"revoked staple", REVOKED, GOOD, "RR", false},
    {"stale staple, good online", STALE, GOOD, "AA", true},
    {"stale staple, revoked online", STALE, REVOKED, "RR", true},
    {"garbage stapled, good online", GARBAGE, GOOD, "AA", true},
    {"somebody else's staple, nothing online", OTHER_SIGNER, UNREACHABLE, "AR", true},
    {"somebody else's staple, revoked online", OTHER_SIGNER, REVOKED, "RR", true},
    {"staple of another certificate, stale online", OTHER_CERTIFICATE, STALE, "AR", true},
};

START_TEST(staple_before_responder)
{
    for (int hard = 0; hard < 2; hard++)
        for (int depth = 0; depth < DEPTHS; depth++) {
            struct ps_buffer staple = {0}, answer = {0};
            struct publisher publisher = {0};
            struct device device = make_device("revocation.mode=ocsp revocation.on_unavailable=%s",
                                               hard ? "hard" : "soft");
            struct exchange exchange = {.served = "SL SI SU", .now = NOW, .publisher = &publisher};
            make_ocsp("SL", "SI", sources[_i].stapled, &staple);
            make_ocsp("SL", "SI", sources[_i].online, &answer);
            exchange.staple = bytes_of(&staple);
            if (answer.size > 0)
                publish(&publisher, "http://status.example/ocsp/issuing", bytes_of(&answer));
            struct ps_verdict verdict = depth_verdict((enum depth)depth, &exchange, &device);
            ck_assert_msg(ps_verdict_accepted(&verdict) == (sources[_i].cell[hard] == 'A'),
                          "%s, hard %d, %s: %s", sources[_i].name, hard, depth_names[depth],
                          verdict.reason);
            ck_assert_msg((publisher.asked_count > 0) == sources[_i].asks, "%s: asked %s",
                          sources[_i].name, publisher_asked(&publisher));
            publisher_deinit(&publisher);
            ps_buffer_deinit(&staple);
            ps_buffer_deinit(&answer);
        }
}
END_TEST

/* The three certificates below the root, who issued each, and where that one publishes. */
static const struct {
    const char *certificate, *issuer, *ocsp, *crl;
} levels[] = {
    {"SL", "SI", "http://status.example/ocsp/issuing", "http://status.example/crl/issuing"},
    {"SI", "SU", "http://status.example/ocsp/upper", "http://status.example/crl/upper"},
    {"SU", "SR", "http://status.example/ocsp/root", "http://status.example/crl/root"},
};
enum { LEVELS = 3 };

static const struct {
    const char *mode, *scope;
    size_t level; /* the one that is not good */
    enum condition condition;
    const char *cell; /* soft, hard */
    size_t asked[2];  /* soft, hard: levels from the leaf on */
} scopes[] = {
    {"ocsp", "leaf", 0, GOOD, "AA", {1, 1}},
    {"ocsp", "leaf", 1, REVOKED, "AA", {1, 1}},
    {"ocsp", "leaf", 2, REVOKED, "AA", {1, 1}},
    {"ocsp", "chain", 0, GOOD, "AA", {3, 3}},
    {"ocsp", "chain", 0, REVOKED, "RR", {1, 1}},
    {"ocsp", "chain", 0, UNREACHABLE, "AR", {3, 1}},
    {"ocsp", "chain", 1, REVOKED, "RR", {2, 2}},
    {"ocsp", "chain", 1, OTHER_SIGNER, "AR", {3, 2}},
    {"ocsp", "chain", 2, REVOKED, "RR", {3, 3}},
    {"ocsp", "chain", 2, STALE, "AR", {3, 3}},
    {"crl", "leaf", 1, REVOKED, "AA", {1, 1}},
    {"crl", "chain", 0, GOOD, "AA", {3, 3}},
    {"crl", "chain", 0, REVOKED, "RR", {1, 1}},
    {"crl", "chain", 1, REVOKED, "RR", {2, 2}},
    {"crl", "chain", 1, GARBAGE, "AR", {3, 2}},
    {"crl", "chain", 2, REVOKED, "RR", {3, 3}},
    {"crl", "chain", 2, UNREACHABLE, "AR", {3, 3}},
};

static void publish_levels(struct publisher *publisher, bool ocsp, size_t level,
                           enum condition condition)
{
    for (size_t i = 0; i < LEVELS; i++) {
        struct ps_buffer body = {0};
        enum condition its = i == level ? condition : GOOD;
        if (ocsp)
            make_ocsp(levels[i].certificate, levels[i].issuer, its, &body);
        else
            make_crl(levels[i].certificate, levels[i].issuer, its, &body);
        if (its != UNREACHABLE)
            publish(publisher, ocsp ? levels[i].ocsp : levels[i].crl, bytes_of(&body));
        ps_buffer_deinit(&body);
    }
}

START_TEST(scope_of_the_question)
{
    bool ocsp = strcmp(scopes[_i].mode, "ocsp") == 0;
    for (int hard = 0; hard < 2; hard++)
        for (int depth = 0; depth < DEPTHS; depth++) {
            struct publisher publisher = {0};
            struct device device =
                make_device("revocation.mode=%s revocation.scope=%s revocation.on_unavailable=%s",
                            scopes[_i].mode, scopes[_i].scope, hard ? "hard" : "soft");
            struct exchange exchange = {.served = "SL SI SU", .now = NOW, .publisher = &publisher};
            publish_levels(&publisher, ocsp, scopes[_i].level, scopes[_i].condition);
            struct ps_verdict verdict = depth_verdict((enum depth)depth, &exchange, &device);
            bool accepted = scopes[_i].cell[hard] == 'A';
            ck_assert_msg(ps_verdict_accepted(&verdict) == accepted, "row %d, hard %d, %s: %s", _i,
                          hard, depth_names[depth], verdict.reason);
            ck_assert_int_eq(verdict.depth, accepted ? -1 : (int)scopes[_i].level);
            ck_assert_msg(publisher.asked_count == scopes[_i].asked[hard], "row %d, hard %d: %s",
                          _i, hard, publisher_asked(&publisher));
            for (size_t i = 0; i < publisher.asked_count; i++) /* in their order, each once */
                ck_assert_str_eq(publisher.asked[i], ocsp ? levels[i].ocsp : levels[i].crl);
            publisher_deinit(&publisher);
        }
}
END_TEST

/* Sets that the device has. */
static const struct {
    const char *name, *settings, *revoked, *from, *cell, *reason;
} sets[] = {
    {"empty", "", NULL, "2021-10-01", "AA", NULL},
    {"the leaf is in it", "", "SL", "2021-10-01", "RR", "certificate revoked: hub.example"},
    {"others are", "", "SLx LM Levil", "2021-10-01", "AA", NULL},
    {"an intermediate, nobody asks", "", "SI", "2021-10-01", "AA", NULL},
    {"an intermediate", "revocation.scope=chain", "SI", "2021-10-01", "RR",
     "certificate revoked: Status Issuing"},
    {"the upper one", "revocation.scope=chain", "LM SU", "2021-10-01", "RR",
     "certificate revoked: Status Upper"},
    {"the anchor is no matter", "revocation.scope=chain", "SR", "2021-10-01", "AA", NULL},
    {"of the same name and key, another serial number", "revocation.scope=chain", "SIold",
     "2021-10-01", "AA", NULL},
    {"none", "", NULL, NULL, "AR", "there is no set of revoked certificates: hub.example"},
    {"one without a date", "", "SLx", NULL, "AA", NULL},
    {"the same, and it must be young", "revocation.max_age=7d", "SLx", NULL, "AR",
     "the set of revoked certificates is too old: hub.example"},
    {"too old by a second", "revocation.max_age=7d", "SLx", "2021-09-27T23:59:59Z", "AR",
     "the set of revoked certificates is too old: hub.example"},
    {"old enough", "revocation.max_age=7d", "SLx", "2021-09-28", "AA", NULL},
    {"too old, but the leaf is in it", "revocation.max_age=7d", "SL", "2020-01-01", "RR",
     "certificate revoked: hub.example"},
    {"from the future", "revocation.max_age=7d", "SLx", "2022-01-01", "AA", NULL},
    {"no dates are looked at, its age neither",
     "revocation.max_age=7d time.leaf_dates=ignore time.ca_dates=ignore time.anchor_dates=ignore",
     "SLx", "2020-01-01", "AA", NULL},
};

START_TEST(sets_the_device_has)
{
    static const char *const kinds[] = {"pushed_set", "blocklist"};
    for (int kind = 0; kind < 2; kind++)
        for (int hard = 0; hard < 2; hard++)
            for (int depth = 0; depth < DEPTHS; depth++) {
                struct device device =
                    make_device("revocation.mode=%s revocation.on_unavailable=%s %s", kinds[kind],
                                hard ? "hard" : "soft", sets[_i].settings);
                device.revoked = sets[_i].revoked;
                device.revoked_from = sets[_i].from;
                struct exchange exchange = {.served = "SL SI SU", .now = NOW};
                struct ps_verdict verdict = depth_verdict((enum depth)depth, &exchange, &device);
                bool accepted = sets[_i].cell[hard] == 'A';
                ck_assert_msg(verdict.stage == (accepted ? PS_STAGE_ACCEPTED : PS_STAGE_REVOCATION),
                              "%s, %s, hard %d: %s", sets[_i].name, kinds[kind], hard,
                              verdict.reason);
                ck_assert_str_eq(verdict.reason, accepted ? "" : sets[_i].reason);
            }
}
END_TEST

/* The number alone is not who it is: another issuer may have given it too. */
START_TEST(a_set_compares_issuer_and_number)
{
    struct ps_strategy strategy = device_strategy();
    struct ps_device_stack *stack = NULL;
    struct ps_error err = {0};
    device_set(&strategy, "revocation.mode=pushed_set");
    ck_assert(ps_is_ok(ps_device_stack_new(&stack, &err)));
    X509 *other = X509_dup(mint_named("SL")->certificate);
    X509_set_issuer_name(other, X509_get_subject_name(mint_named("SU")->certificate));
    X509_sign(other, mint_named("SU")->key, EVP_sha256());
    unsigned char *der = NULL;
    int size = i2d_X509(other, &der);
    const struct ps_bytes revoked = {der, (size_t)size}, cut = {der, (size_t)size - 1};
    const struct ps_trust_options options = {.strategy = &strategy,
                                             .anchors = &mint_named("SR")->der,
                                             .anchor_count = 1,
                                             .pins_end = PS_TIME_NEVER,
                                             .revoked = &revoked,
                                             .revoked_count = 1};
    struct ps_trust *trust = NULL;
    ck_assert(ps_is_ok(ps_trust_new(stack, &options, &trust, &err)));
    struct exchange exchange = {.served = "SL SI SU", .now = NOW};
    struct ps_verdict verdict = exchange_run(&exchange, stack, trust);
    ck_assert_msg(ps_verdict_accepted(&verdict), "%s", verdict.reason);
    exchange_deinit(&exchange);
    ps_trust_free(trust);
    /* What is no certificate is refused with the trust. */
    struct ps_trust_options wrong = options;
    wrong.revoked = &cut;
    ck_assert_int_eq(ps_trust_new(stack, &wrong, &trust, &err).code, PS_CODE_FAILED);
    ck_assert_str_eq(err.text, "revoked certificate 1 is no certificate");
    wrong = options;
    wrong.intermediates = &cut;
    wrong.intermediate_count = 1;
    ck_assert_int_eq(ps_trust_new(stack, &wrong, &trust, &err).code, PS_CODE_FAILED);
    ck_assert_str_eq(err.text, "intermediate 1 is no certificate");
    OPENSSL_free(der);
    X509_free(other);
    ps_device_stack_free(stack);
}
END_TEST

/* Without a path the served list is all there is: an issuer is who signed it there. All of these
 * are hard about what is unavailable. Published is everything good, but for `revoked`. */
static const struct {
    const char *name, *settings, *anchors, *served, *revoked, *asked, *reason;
} pathless[] = {
    {"the leaf's issuer is served", "chain.engine=none revocation.mode=ocsp", "", "SL SI", NULL,
     "/ocsp/issuing", ""},
    {"in any place", "chain.engine=none revocation.mode=ocsp", "", "SL M SI", NULL, "/ocsp/issuing",
     ""},
    {"the leaf alone", "chain.engine=none revocation.mode=ocsp", "", "SL", NULL, "",
     "its issuer is unknown: hub.example"},
    {"the leaf alone, crl", "chain.engine=none revocation.mode=crl", "", "SL", NULL, "",
     "its issuer is unknown: hub.example"},
    {"an issuer of that name only", "chain.engine=none revocation.mode=ocsp", "", "SL SIfake", NULL,
     "", "its issuer is unknown: hub.example"},
    {"revoked", "chain.engine=none revocation.mode=ocsp", "", "SL SI", "SL", "/ocsp/issuing",
     "certificate revoked: hub.example"},
    {"as far as the list goes", "chain.engine=none revocation.mode=crl revocation.scope=chain", "",
     "SL SI", NULL, "/crl/issuing", "its issuer is unknown: Status Issuing"},
    {"up to a root", "chain.engine=none revocation.mode=crl revocation.scope=chain", "",
     "SL SR SU SI", NULL, "/crl/issuing /crl/upper /crl/root", ""},
    {"an intermediate in it", "chain.engine=none revocation.mode=crl revocation.scope=chain", "",
     "SL SR SU SI", "SU", "/crl/issuing /crl/upper /crl/root", "certificate revoked: Status Upper"},
    {"a set", "chain.engine=none revocation.mode=pushed_set revocation.scope=chain", "", "SL SI",
     NULL, "", "certificate revoked: Status Issuing"},
    {"no staple without an issuer", "chain.engine=none revocation.mode=staple", "", "SL", NULL, "",
     "no OCSP answer was stapled: hub.example"},
    {"pins alone decide, and the path failed", "pins.combine=only revocation.mode=ocsp", "M",
     "SL SI", NULL, "/ocsp/issuing", ""},
    {"pins stand in for the path", "pins.combine=or revocation.mode=ocsp", "M", "SL SI", "SL",
     "/ocsp/issuing", "certificate revoked: hub.example"},
    {"a leaf that is the anchor is asked about", "chain.builder=mbedtls revocation.mode=ocsp",
     "SS1", "SS1", NULL, "/ocsp/self", "no OCSP responder answered: hub.example"},
    {"the same among its issuers", "chain.partial=yes revocation.mode=ocsp", "SL", "SL SI", NULL,
     "/ocsp/issuing", ""},
};

static void publish_all(struct publisher *publisher, bool ocsp, const char *revoked)
{
    size_t level = LEVELS;
    for (size_t i = 0; revoked && i < LEVELS; i++)
        if (strcmp(levels[i].certificate, revoked) == 0)
            level = i;
    publish_levels(publisher, ocsp, level, REVOKED);
}

static void check_asked(const struct publisher *publisher, const char *paths, const char *name)
{
    char copy[128], wanted[512] = "", *rest = copy;
    snprintf(copy, sizeof copy, "%s", paths);
    for (char *path; (path = strsep(&rest, " ")) != NULL;)
        if (*path)
            snprintf(wanted + strlen(wanted), sizeof wanted - strlen(wanted),
                     "%shttp://status.example%s", *wanted ? " " : "", path);
    ck_assert_msg(strcmp(publisher_asked(publisher), wanted) == 0, "%s: asked \"%s\"", name,
                  publisher_asked(publisher));
}

START_TEST(without_a_path)
{
    for (int depth = 0; depth < DEPTHS; depth++) {
        struct publisher publisher = {0};
        struct device device =
            make_device("revocation.on_unavailable=hard %s", pathless[_i].settings);
        device.anchors = pathless[_i].anchors;
        device.revoked = "SI";
        device.revoked_from = "2021-10-01";
        if (strstr(pathless[_i].settings, "pins."))
            device_pin(&device, "spki_sha256 leaf SL");
        struct exchange exchange = {
            .served = pathless[_i].served, .now = NOW, .publisher = &publisher};
        publish_all(&publisher, strstr(pathless[_i].settings, "=ocsp") != NULL,
                    pathless[_i].revoked);
        struct ps_verdict verdict = depth_verdict((enum depth)depth, &exchange, &device);
        ck_assert_msg(strcmp(verdict.reason, pathless[_i].reason) == 0, "%s, %s: \"%s\"",
                      pathless[_i].name, depth_names[depth], verdict.reason);
        ck_assert_int_eq(verdict.stage,
                         *pathless[_i].reason ? PS_STAGE_REVOCATION : PS_STAGE_ACCEPTED);
        check_asked(&publisher, pathless[_i].asked, pathless[_i].name);
        publisher_deinit(&publisher);
    }
}
END_TEST

/* Who is blamed when more than one thing is wrong, and that nobody is asked where it cannot matter.
 * The leaf is revoked, and its status is good to get. */
static const struct {
    const char *name, *settings, *pin, *served, *now;
    enum ps_stage stage;
    bool asks;
} order[] = {
    {"revoked", "", NULL, "SL SI SU", NOW, PS_STAGE_REVOCATION, true},
    {"no path", "", NULL, "SL SI", NOW, PS_STAGE_PATH, false},
    {"dates", "", NULL, "SL SIold SU", NOW, PS_STAGE_DATES, false},
    {"another name", "", NULL, "SLevil SI SU", NOW, PS_STAGE_NAME, false},
    {"over a limit", "limits.chain_length=2", NULL, "SL SI SU", NOW, PS_STAGE_TLS, false},
    {"no pin", "", "spki_sha256 leaf L", "SL SI SU", NOW, PS_STAGE_REVOCATION, true},
    {"a pin is met, the path does not matter", "pins.combine=only", "spki_sha256 leaf SL", "SL SI",
     NOW, PS_STAGE_REVOCATION, true},
    {"neither pin nor path", "pins.combine=or", "spki_sha256 leaf L", "SL SI", NOW, PS_STAGE_PATH,
     false},
};

START_TEST(order_of_blame)
{
    static const char *const kinds[] = {"ocsp", "crl"};
    for (int kind = 0; kind < 2; kind++)
        for (int depth = 0; depth < DEPTHS; depth++) {
            struct publisher publisher = {0};
            struct device device =
                make_device("revocation.mode=%s %s", kinds[kind], order[_i].settings);
            if (order[_i].pin)
                device_pin(&device, order[_i].pin);
            struct exchange exchange = {
                .served = order[_i].served, .now = order[_i].now, .publisher = &publisher};
            publish_levels(&publisher, kind == 0, 0, REVOKED);
            struct ps_verdict verdict = depth_verdict((enum depth)depth, &exchange, &device);
            ck_assert_msg(verdict.stage == order[_i].stage, "%s, %s, %s: %s (%s)", order[_i].name,
                          kinds[kind], depth_names[depth], ps_stage_text(verdict.stage),
                          verdict.reason);
            ck_assert_msg((publisher.asked_count > 0) == order[_i].asks, "%s: asked %s",
                          order[_i].name, publisher_asked(&publisher));
            publisher_deinit(&publisher);
        }
}
END_TEST

/* Places in a certificate: what cannot be fetched from is passed over, the rest is tried in order
 * until one answer counts. */
static const struct {
    const char *name, *mode, *leaf;
    enum condition first, second;
    const char *asked, *reason;
} places[] = {
    {"none named", "ocsp", "SLx", GOOD, GOOD, "", "no OCSP responder is named: hub.example"},
    {"none named", "crl", "SLx", GOOD, GOOD, "", "no place of a CRL is named: hub.example"},
    {"the first is good", "ocsp", "SLy", GOOD, REVOKED, "http://one.example:8080/ocsp?a=b", ""},
    {"the first is revoked", "ocsp", "SLy", REVOKED, GOOD, "http://one.example:8080/ocsp?a=b",
     "certificate revoked: hub.example"},
    {"the first is away", "ocsp", "SLy", UNREACHABLE, GOOD,
     "http://one.example:8080/ocsp?a=b http://two.example", ""},
    {"the first is stale", "ocsp", "SLy", STALE, REVOKED,
     "http://one.example:8080/ocsp?a=b http://two.example", "certificate revoked: hub.example"},
    {"both are away", "ocsp", "SLy", STALE, UNREACHABLE,
     "http://one.example:8080/ocsp?a=b http://two.example",
     "no OCSP responder answered: hub.example"},
    {"the first is good", "crl", "SLy", GOOD, REVOKED, "http://one.example/crl", ""},
    {"the first is garbage", "crl", "SLy", GARBAGE, REVOKED,
     "http://one.example/crl http://two.example/crl", "certificate revoked: hub.example"},
    {"both are away", "crl", "SLy", UNREACHABLE, UNREACHABLE,
     "http://one.example/crl http://two.example/crl", "no CRL could be fetched: hub.example"},
};

START_TEST(more_than_one_place)
{
    bool ocsp = strcmp(places[_i].mode, "ocsp") == 0;
    const char *const urls[] = {ocsp ? "http://one.example:8080/ocsp?a=b"
                                     : "http://one.example/crl",
                                ocsp ? "http://two.example" : "http://two.example/crl"};
    const enum condition conditions[] = {places[_i].first, places[_i].second};
    for (int depth = 0; depth < DEPTHS; depth++) {
        struct publisher publisher = {0};
        struct device device =
            make_device("revocation.mode=%s revocation.on_unavailable=hard", places[_i].mode);
        char served[32];
        snprintf(served, sizeof served, "%s SI SU", places[_i].leaf);
        struct exchange exchange = {.served = served, .now = NOW, .publisher = &publisher};
        for (size_t i = 0; i < 2; i++) {
            struct ps_buffer body = {0};
            if (ocsp)
                make_ocsp(places[_i].leaf, "SI", conditions[i], &body);
            else
                make_crl(places[_i].leaf, "SI", conditions[i], &body);
            if (body.size > 0)
                publish(&publisher, urls[i], bytes_of(&body));
            ps_buffer_deinit(&body);
        }
        struct ps_verdict verdict = depth_verdict((enum depth)depth, &exchange, &device);
        ck_assert_msg(strcmp(verdict.reason, places[_i].reason) == 0, "%s, %s: \"%s\"",
                      places[_i].name, places[_i].mode, verdict.reason);
        ck_assert_str_eq(publisher_asked(&publisher), places[_i].asked);
        publisher_deinit(&publisher);
    }
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

int main(void)
{
    Suite *suite = suite_create("revocation");
    TCase *tests = tcase_create("revocation");
    tcase_set_timeout(tests, 120);
    tcase_add_unchecked_fixture(tests, mint_setup, mint_teardown);
    tcase_add_loop_test(tests, every_mode_and_condition, 0, MODES);
    tcase_add_loop_test(tests, staple_before_responder, 0, ROWS(sources));
    tcase_add_loop_test(tests, scope_of_the_question, 0, ROWS(scopes));
    tcase_add_loop_test(tests, sets_the_device_has, 0, ROWS(sets));
    tcase_add_test(tests, a_set_compares_issuer_and_number);
    tcase_add_loop_test(tests, without_a_path, 0, ROWS(pathless));
    tcase_add_loop_test(tests, order_of_blame, 0, ROWS(order));
    tcase_add_loop_test(tests, more_than_one_place, 0, ROWS(places));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
