/* SPDX-License-Identifier: MIT */
#include "worker/fetch_curl.h"

enum outcome
fetch_curl_outcome(CURLcode code, bool is_refused)
{
    switch (code) {
    case CURLE_OK:
        return OUTCOME_OK;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return OUTCOME_DNS_ERROR;
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
        return is_refused ? OUTCOME_PRIVATE : OUTCOME_NO_CONNECT;
    case CURLE_OPERATION_TIMEDOUT:
        return OUTCOME_TIMEOUT;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
        return OUTCOME_TLS;
    case CURLE_URL_MALFORMAT:
        return OUTCOME_BAD_URL;
    case CURLE_UNSUPPORTED_PROTOCOL: /* HTTP/0.9; URLs are http(s) by then */
    default:
        return OUTCOME_BROKEN;
    }
}

int
fetch_curl_errno(CURL *easy)
{
    long error = 0;

    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &error);
    return (int)error;
}

static int
fetch_curl_on_debug(CURL *easy, curl_infotype type, char *bytes, size_t n,
                    void *arg)
{
    const struct fetch_tracer *tracer = arg;
    struct str rest = {bytes, n};
    enum fetch_trace what = FETCH_TRACE_TEXT;

    (void)easy;
    if (type == CURLINFO_HEADER_OUT)
        what = FETCH_TRACE_SENT;
    else if (type == CURLINFO_HEADER_IN)
        what = FETCH_TRACE_HEADER;
    else if (type != CURLINFO_TEXT)
        return 0;
    while (rest.n > 0)
        tracer->trace(tracer->arg, what, str_trim(str_cut(&rest, '\n')));
    return 0;
}

void
fetch_curl_trace(CURL *easy, const struct fetch_tracer *tracer)
{
    if (tracer->trace == NULL)
        return;
    curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, fetch_curl_on_debug);
    curl_easy_setopt(easy, CURLOPT_DEBUGDATA, tracer);
}

void
fetch_curl_times(CURL *easy, struct fetch_times *out)
{
    curl_off_t at[4] = {0};

    curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &at[0]);
    curl_easy_getinfo(easy, CURLINFO_APPCONNECT_TIME_T, &at[1]);
    curl_easy_getinfo(easy, CURLINFO_STARTTRANSFER_TIME_T, &at[2]);
    curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &at[3]);
    for (int i = 3; i > 0; i--) { /* a step that was not reached takes none */
        int before = i - 1;

        while (before > 0 && at[before] == 0)
            before--;
        at[i] = at[i] > at[before] ? at[i] - at[before] : 0;
    }
    *out = (struct fetch_times){at[0], at[1], at[2], at[3]};
}
