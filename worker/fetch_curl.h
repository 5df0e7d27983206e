/*
 * fetch_curl - what libcurl says of a transfer, in our words; for fetch.c.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_FETCH_CURL_H
#define WORKER_FETCH_CURL_H

#include <curl/curl.h>

#include "worker/fetch.h"

/* Who looks on; trace is NULL when nobody does. */
struct fetch_tracer {
    fetch_trace_fn *trace;
    void *arg;
};

/* is_refused: it did not connect, for we would not have it. */
enum outcome fetch_curl_outcome(CURLcode code, bool is_refused);
/* Why there was no connection; 0: not known, or there was one. */
int fetch_curl_errno(CURL *easy);
/* tracer must outlive the handle. */
void fetch_curl_trace(CURL *easy, const struct fetch_tracer *tracer);
void fetch_curl_times(CURL *easy, struct fetch_times *out);

#endif
