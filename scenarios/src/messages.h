/* SPDX-License-Identifier: Apache-2.0
 *
 * Every message of the scenario language. A test counts which of them its cases bring about and
 * fails for one that none does.
 */
#ifndef SCENARIOS_MESSAGES_H
#define SCENARIOS_MESSAGES_H

/* X(name, format) */
#define PS_MESSAGES(X)                                                                             \
    /* the file */                                                                                 \
    X(NOT_TEXT, "this is not UTF-8 text: %s")                                                      \
    X(YAML_SYNTAX, "this is not YAML: %s")                                                         \
    X(YAML_CONTEXT, "this is not YAML: %s (%s in line %zu)")                                       \
    X(YAML_QUOTES, "this is not YAML: %s; a value that begins with > %% @ or ` needs quotes")      \
    X(EMPTY_FILE, "there is no scenario in this file")                                             \
    X(SECOND_DOCUMENT, "a file holds one scenario; a second document begins here")                 \
    X(FILE_SIZE, "the file has %zu bytes; the limit file_size_max is %zu")                         \
    X(NESTING, "nesting is deeper than the limit nesting_max, %d")                                 \
    X(ANCHORS, "there are more anchors (&name) than the limit anchors_max, %d")                    \
    X(SELF_CONTAINED, "this contains itself through an alias")                                     \
    /* blocks */                                                                                   \
    X(UNKNOWN_KEY_NEAR, "unknown key '%s' in %s; did you mean '%s'?")                              \
    X(UNKNOWN_KEY, "unknown key '%s' in %s; allowed: %s")                                          \
    X(KEY_KIND, "a key is a single value, not %s")                                                 \
    X(DUPLICATE_KEY, "key '%s' is there already, in line %u")                                      \
    X(DUPLICATE_NAME, "%s '%s' is there already, in line %u")                                      \
    X(MISSING_KEY, "%s needs '%s': %s")                                                            \
    X(WRONG_KIND, "'%s' wants %s, not %s")                                                         \
    X(BLOCK_KIND, "%s wants a mapping, not %s; its keys are %s")                                   \
    X(ROOT_KIND, "a scenario is a mapping, not %s")                                                \
    X(TOO_FEW, "'%s' needs at least %u")                                                           \
    X(TOO_MANY, "'%s' has %zu entries; entries_max is %u for it")                                  \
    /* values */                                                                                   \
    X(BAD_VALUE, "'%s': %s")                                                                       \
    X(UINT_BOUNDS, "'%s' is a whole number from %u to %u, not '%s'")                               \
    X(DEVICES_MAX, "'devices' is %s; the limit devices_max is %u for all cohorts together")        \
    X(BAD_WORD_NEAR, "'%s' cannot be '%s'; allowed: %s; did you mean '%s'?")                       \
    X(BAD_WORD, "'%s' cannot be '%s'; allowed: %s")                                                \
    X(NUMBER_BOUNDS, "'%s' is a number from %s to %s, not '%s'")                                   \
    X(DURATION_MIN, "'%s' is at least %s")                                                         \
    X(DURATION_MAX, "'%s' is at most %s")                                                          \
    X(TEXT_EMPTY, "'%s' is empty")                                                                 \
    X(TEXT_LENGTH, "'%s' has %zu bytes; the limit text_length_max is %d")                          \
    X(TEXT_CONTROL, "'%s' holds a control character")                                              \
    X(BAD_NAME, "'%s' is no name: a name has letters, digits and . _ @ -")                         \
    X(NAME_LENGTH, "a name has %zu characters; the limit name_length_max is %d")                   \
    X(NAME_SHIP, "'%s': a name does not end in @ship, which is said where the name is used")       \
    X(RANGE_SHAPE, "'%s' is written FROM .. UNTIL with two dates, not '%s'")                       \
    X(RANGE_REVERSED, "'%s' ends at or before its beginning")                                      \
    X(DISTRIBUTION_SHAPE, "'%s' is a duration or one of {%s}")                                     \
    X(UNIFORM_REVERSED, "'max' is less than 'min'")                                                \
    X(OBSERVED_COUNT, "'empirical' has %zu values that differ and have weight; it needs 1 to %d")  \
    X(OBSERVED_WEIGHTS, "'weights' is a list as long as 'values', which has %zu entries")          \
    X(OBSERVED_WEIGHT, "the weights of one value add up to more than the limit weight_max, %d")    \
    X(CSV_NOWHERE, "a CSV file lies beside the scenario's, and this scenario is not in a file")    \
    X(CSV_WRONG, "%s: %s")                                                                         \
    X(QUANTILE_COUNT, "'empirical' has %zu quantiles; it needs 2 to %d")                           \
    X(QUANTILE_ORDER, "quantiles rise: this share is not above the one before it")                 \
    X(ADOPTION_SHAPE, "'%s' is a distribution, typical, or shares of devices by the time that "    \
                      "has passed: {30d: 70%%, never: 7%%}")                                       \
    X(ADOPTION_COUNT, "'%s' has %zu points, where it begins and ends included; a curve has "       \
                      "1 to %d")                                                                   \
    X(ADOPTION_ORDER, "'%s' rises: this point is not later and higher than the one before it")     \
    X(ADOPTION_SUM, "'%s' adds up to more than 100%% with those who never do")                     \
    X(ADOPTION_END, "'%s' goes on as straight for more than 100y until all have it; add a later "  \
                    "point, or 'never'")                                                           \
    X(ADOPTION_REST, "'%s' says nothing of the other devices: add a later point, or 'never'")      \
    X(QUANTILE_VALUE_ORDER, "quantiles rise: this duration is less than the one before it")        \
    /* names that refer */                                                                         \
    X(UNKNOWN_NAME_NEAR, "there is no %s '%s'; did you mean '%s'?")                                \
    X(UNKNOWN_NAME, "there is no %s '%s'; there is %s")                                            \
    X(REPEATED, "'%s' is in this list already")                                                    \
    X(NAME_TAKEN, "'%s' is the name of a %s already, in line %u; a reference could mean both")     \
    X(NAME_MEANT, "'%s' means %s; choose another name")                                            \
    X(KEY_NAME_TYPE, "'%s' is a type of key; choose another name")                                 \
    X(ROLE_UNBOUND, "strategy '%s' needs role '%s'; bind it under roles:")                         \
    X(LEAF_SHIP, "'leaf' is written leaf@ship: the leaf served when the device was made")          \
    X(ANCHOR_KEY, "'%s' is a key; an anchor is a certificate or a store")                          \
    X(ANCHOR_LEARNED, "'%s' is learned and can only be pinned; an anchor is a certificate or a "   \
                      "store")                                                                     \
    X(LEARNED_SHIP, "'%s' is written without @ship: no device is made with it")                    \
    X(ANNOUNCED_MATCH, "'announced' is a key and has no certificate; its pins match spki_sha256")  \
    X(PIN_STORE, "'%s' is a store; a pin is of a certificate, a key, leaf@ship, first_contact "    \
                 "or announced")                                                                   \
    X(PIN_KEY_MATCH, "'%s' is a key and has no certificate; its pins match spki_sha256")           \
    X(PSK_IDENTITY,                                                                                \
      "engine psk needs a client 'identity' of psk_per_device or psk_fleet; this is "              \
      "%s")                                                                                        \
    X(RAW_KEY_PIN, "engine raw_public_key needs a pin that matches spki_sha256")                   \
    X(UPDATE_ROOT, "channel fw_tls_private needs update's 'root': the anchor for its server")      \
    X(CLIENT_ISSUER, "identity %s needs client's 'issuer': endpoint '%s' asks devices for their "  \
                     "certificates")                                                               \
    X(CLIENT_ISSUER_KIND, "'%s' is no certificate; the issuer of a device's certificate is one")   \
    X(SLOTS, "strategy '%s' has %zu %s and storage for %u; raise storage's %s")                    \
    X(HOLD_DOWN, "'add_hold_down' is of channel rfc5011; this is %s")                              \
    X(UPDATE_ROOT_EXTRA, "'root' is of channels fw_tls_private and reprovision; this is %s")       \
    X(MAX_AGE_PINS, "'max_age' is of pins; strategy '%s' has none, and no release brings it any")  \
    X(RENEWAL_IDEVID, "identity x509_idevid is for life; x509_ldevid is renewed")                  \
    X(FALLBACK_NESTED,                                                                             \
      "'%s' has a fallback of its own, which is never gone to; list that one here, "               \
      "with more failures, before it")                                                             \
    X(FALLBACK_LEARNS, "strategy '%s' pins what it learns, so that no fallback can lend it "       \
                       "anchors; leave 'lends' out")                                               \
    X(FALLBACK_BOTH, "'%s' is a strategy and a preset of this file; a fallback could mean both")   \
    X(EXTENDS_LOOP, "this preset extends itself: %s")                                              \
    X(PRESET_TWICE, "'extends' says the same as 'preset'; leave one out")                          \
    X(FALLBACK_LOOP, "this fallback leads back to where it was: %s")                               \
    X(STACK_TWICE, "'stack' is short for chain's 'builder'; leave one out")                        \
    /* the world */                                                                                \
    X(BAD_DN, "'subject': %s")                                                                     \
    X(BAD_HOST, "'%s': %s")                                                                        \
    X(COMMON_NAME_LENGTH, "a common name has at most 64 characters, not %zu; set common_name")     \
    X(YEARS_ROOM, "'%s' lies from 1951 to 9899, which leaves room for certificates from 1950 to "  \
                  "9999")                                                                          \
    X(LEAVES_MAX, "a leaf every %s makes %s of them; the limit leaves_max is %d; raise "           \
                  "'lifetime' or lower 'renew_before'")                                            \
    X(UNTIL_BEFORE_FROM, "'until' is not after 'from'")                                            \
    X(RENEW_BEFORE, "'renew_before' (%s) is not less than 'lifetime' (%s)")                        \
    X(CHAIN_SHAPE, "'chain' wants a list of certificates or one list for each issuer, not %s")     \
    X(CHAIN_UNCOVERED, "leaves of '%s' have no chain here; add '%s: [..]'")                        \
    /* the timeline */                                                                             \
    X(EVENT_KIND_NONE, "an event needs one of %s")                                                 \
    X(EVENT_KIND_TWO, "an event is one of %s; this is %s and %s")                                  \
    X(EVENT_EARLY, "an event before 'from'; begin the story earlier, or write what was so by "     \
                   "then as its first "                                                            \
                   "state")                                                                        \
    X(EVENT_LATE, "an event at or after 'until' never happens")                                    \
    X(ANNOUNCED_LATE, "'announced' is after 'at'")                                                 \
    X(NOTE_TITLE, "a note is its own title; leave 'title' out")                                    \
    X(SERVE_NOTHING, "'serve' needs at least one of chain, leaf, alternates, staple, tlsa")        \
    X(FAULT_DELAY_MISSING, "a fault of kind delay needs 'delay'")                                  \
    X(FAULT_DELAY_EXTRA, "'delay' belongs to kind delay, this is %s")                              \
    X(FAULT_BYTES_EXTRA, "'after_bytes' does not belong to kind delay")                            \
    X(RELEASE_NOTHING, "'release' needs 'anchors' or 'pins': what it replaces")                    \
    X(RELEASE_CHANNEL, "strategy '%s' has no update channel; it cannot take a release")            \
    X(RELEASE_WAY, "strategy '%s' has channel %s, over which no release comes")                    \
    X(RELEASE_NOBODY,                                                                              \
      "no strategy has an update channel that brings releases; nobody can take this one")          \
    X(RELEASE_SLOTS, "this release gives strategy '%s' %zu %s; it has storage for %u")             \
    X(RELEASE_NEVER, "'never' is said twice: beside the curve and in it")                          \
    X(WITHDRAW_EARLY, "release '%s' is offered from %s on; it cannot be withdrawn before")         \
    X(WITHDRAW_TWICE, "release '%s' is withdrawn already, in line %u")                             \
    X(REVOKE_ONE, "'revoke' needs one of certificate and leaf: what is revoked")                   \
    X(REVOKE_SELF_SIGNED, "nobody asks about '%s': it is self-signed, an anchor; take it out of "  \
                          "a store with 'until', "                                                 \
                          "or revoke what it signed")                                              \
    X(REVOKE_UNHEARD,                                                                              \
      "nobody would learn of it: %s publishes neither ocsp nor crl, and it is not "                \
      "pushed")                                                                                    \
    X(OUTAGE_NOTHING, "there is nothing to fail: %s")                                              \
    X(ANNOUNCE_BEGINS, "'begins' is before 'at': the key would count before anybody knows it")     \
    /* threats, fleet, expectations */                                                             \
    X(WINDOW_OUTSIDE, "'%s' lies outside the scenario's from .. until")                            \
    X(MADE_LATE, "all of this cohort is made at or after 'until'")                                 \
    X(JITTER, "'jitter' (%s) is not less than 'every' (%s)")                                       \
    X(RETIRE_EARLY, "'retire' is not after the first day of 'made'")                               \
    X(COHORT_ENDPOINT, "which endpoint? there is no 'telemetry' and more than one; set endpoint")  \
    X(EXPECT_NONE, "an expectation needs one of connected, exposed, unranked, %s")                 \
    X(EXPECT_TWO, "an expectation is one thing; this is %s and %s")                                \
    X(EXPECT_AT_MISSING, "'connected' needs 'at': when")                                           \
    X(EXPECT_AT_EXTRA, "'at' belongs to 'connected'; %s is about the whole scenario")              \
    X(EXPECT_AT_OUTSIDE, "'at' lies outside the scenario's from .. until")                         \
    X(EXPECT_SHARE_EXTRA, "'share' belongs to 'exposed'")                                          \
    X(EXPECT_COHORT_EXTRA, "'unranked' is about all cohorts; leave 'cohort' out")                  \
    X(EXPECT_MAX, "with this there are %zu expectations, one for each strategy; the limit "        \
                  "expectations_max is %d")                                                        \
    X(EXPECT_THREAT, "attack '%s' is not among the threats")

#endif
