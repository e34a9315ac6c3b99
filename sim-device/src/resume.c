/* SPDX-License-Identifier: Apache-2.0 */
#include "resume.h"

#include <limits.h>

bool ps_resume_is_wanted(const struct ps_strategy *strategy)
{
    return strategy->resumption.enabled && strategy->chain.engine != PS_ENGINE_PSK;
}

/* OpenSSL offers no ticket that is older than its lifetime, by the host's clock. A session that was
 * made just now says what that clock shows, so that the age is always nothing. */
static void make_new(SSL_SESSION *session)
{
    SSL_SESSION *fresh = ps_need(SSL_SESSION_new());
    SSL_SESSION_set_time(session, SSL_SESSION_get_time(fresh));
    SSL_SESSION_set_timeout(session, INT_MAX);
    SSL_SESSION_free(fresh);
}

ps_status ps_resume_offer(SSL *tls, struct ps_bytes ticket, struct ps_error *err)
{
    const unsigned char *at = ticket.data;
    SSL_SESSION *session = NULL;
    if (ticket.size <= LONG_MAX)
        session = d2i_SSL_SESSION(NULL, &at, (long)ticket.size);
    ps_errors_clear();
    bool whole = session && at == ticket.data + ticket.size;
    if (whole) {
        make_new(session);
        whole = SSL_set_session(tls, session) == 1;
        ps_errors_clear();
    }
    SSL_SESSION_free(session);
    return whole ? PS_OK : ps_fail(err, PS_FAILED, "the ticket is no session");
}

void ps_resume_take(SSL *tls, struct ps_buffer *ret_ticket)
{
    SSL_SESSION *session = SSL_get0_session(tls);
    unsigned char *der = NULL;
    if (!session || !SSL_SESSION_is_resumable(session))
        return;
    int size = i2d_SSL_SESSION(session, &der);
    if (size <= 0)
        ps_memory_exhausted(0);
    ps_buffer_append(ret_ticket, der, (size_t)size);
    OPENSSL_clear_free(der, (size_t)size);
}
