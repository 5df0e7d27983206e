/* SPDX-License-Identifier: MIT */
#include "master/seed_http.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "common/mem.h"
#include "common/version.h"

enum {
    SEED_HTTP_HOPS = 10,
    SEED_HTTP_SLOW_BYTES = 100, /* a second; less is "next to nothing" */
    SEED_HTTP_TURN_MS = 1000,
    SEED_HTTP_HEADER_LINES = 1000
};

struct seed_http {
    CURLM *multi;
    CURL *easy;
    CURLcode result; /* valid once is_done */
    bool is_done;
    bool is_paused;
    unsigned header_lines;
    size_t at, n; /* bytes at..n of held wait to be read */
    char held[CURL_MAX_WRITE_SIZE];
    char error[CURL_ERROR_SIZE];
};

/* libcurl never hands over more than CURL_MAX_WRITE_SIZE at once. */
static size_t
seed_http_on_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct seed_http *h = arg;
    size_t len = size * count;

    if (h->n > 0) {
        h->is_paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    if (len > sizeof(h->held))
        return 0;
    memcpy(h->held, bytes, len);
    h->n = len;
    return len;
}

/* Headers are not needed, but an endless row of them must come to an end. */
static size_t
seed_http_on_header(char *bytes, size_t size, size_t count, void *arg)
{
    struct seed_http *h = arg;

    (void)bytes;
    if (++h->header_lines > SEED_HTTP_HEADER_LINES)
        return 0;
    return size * count;
}

/* The master execs workers: they must not inherit this connection. */
static int
seed_http_on_socket(void *arg, curl_socket_t fd, curlsocktype purpose)
{
    (void)arg;
    (void)purpose;
    return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 ? CURL_SOCKOPT_OK
                                               : CURL_SOCKOPT_ERROR;
}

static bool
seed_http_set_trust(CURL *c, const struct seed_trust *trust)
{
    bool is_set = true;

    if (trust->cacert)
        is_set = curl_easy_setopt(c, CURLOPT_CAINFO, trust->cacert) == CURLE_OK;
    if (trust->is_blind)
        is_set = is_set &&
                 curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L) == CURLE_OK &&
                 curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L) == CURLE_OK;
    return is_set;
}

static bool
seed_http_set_up(struct seed_http *h, const char *url, unsigned patience_s)
{
    CURL *c = h->easy;
    char agent[64];

    snprintf(agent, sizeof(agent), "Weft/%s", weft_version());
    return curl_easy_setopt(c, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") ==
               CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "http,https") ==
               CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_MAXREDIRS, (long)SEED_HTTP_HOPS) ==
               CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_USERAGENT, agent) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)patience_s) ==
               CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT,
                            (long)SEED_HTTP_SLOW_BYTES) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)patience_s) ==
               CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_ERRORBUFFER, h->error) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_SOCKOPTFUNCTION, seed_http_on_socket) ==
               CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, seed_http_on_header) ==
               CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_HEADERDATA, h) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, seed_http_on_body) ==
               CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEDATA, h) == CURLE_OK;
}

/* Let libcurl work until bytes are held or the transfer is over. */
static bool
seed_http_wait(struct seed_http *h)
{
    while (h->n == 0 && !h->is_done) {
        int running, left;
        CURLMsg *m;

        if (h->is_paused) { /* may call seed_http_on_body() at once */
            h->is_paused = false;
            curl_easy_pause(h->easy, CURLPAUSE_CONT);
        }
        if (curl_multi_perform(h->multi, &running) != CURLM_OK)
            return false;
        while ((m = curl_multi_info_read(h->multi, &left)) != NULL)
            if (m->msg == CURLMSG_DONE) {
                h->is_done = true;
                h->result = m->data.result;
            }
        if (h->n == 0 && !h->is_done &&
            curl_multi_poll(h->multi, NULL, 0, SEED_HTTP_TURN_MS, NULL) !=
                CURLM_OK)
            return false;
    }
    return true;
}

static void
seed_http_say_why(struct seed_http *h, char *why, size_t why_bytes)
{
    long status = 0;

    switch (h->result) {
    case CURLE_HTTP_RETURNED_ERROR:
        curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
        snprintf(why, why_bytes, "the server answered %ld", status);
        break;
    case CURLE_TOO_MANY_REDIRECTS:
        snprintf(why, why_bytes, "more than %d redirects", SEED_HTTP_HOPS);
        break;
    case CURLE_UNSUPPORTED_PROTOCOL:
        snprintf(why, why_bytes, "redirected to neither http nor https");
        break;
    case CURLE_PARTIAL_FILE:
        snprintf(why, why_bytes, "the connection ended before the file did");
        break;
    default:
        snprintf(why, why_bytes, "%s",
                 h->error[0] ? h->error : curl_easy_strerror(h->result));
    }
}

enum err
seed_http_read(struct seed_http *h, char *into, size_t room, size_t *got,
               char *why, size_t why_bytes)
{
    size_t len;

    *got = 0;
    if (!seed_http_wait(h)) {
        snprintf(why, why_bytes, "libcurl failed");
        return ERR_IO;
    }
    if (h->n == 0 && h->result != CURLE_OK) {
        seed_http_say_why(h, why, why_bytes);
        return ERR_IO;
    }
    len = h->n - h->at < room ? h->n - h->at : room;
    memcpy(into, h->held + h->at, len);
    h->at += len;
    if (h->at == h->n)
        h->at = h->n = 0;
    *got = len;
    return ERR_OK;
}

enum err
seed_http_open(const char *url, const struct seed_trust *trust,
               unsigned patience_s, struct seed_http **out, char *why,
               size_t why_bytes)
{
    struct seed_http *h = xcalloc(1, sizeof(*h));
    enum err e = ERR_IO;

    *out = NULL;
    h->multi = curl_multi_init();
    h->easy = curl_easy_init();
    if (h->multi == NULL || h->easy == NULL ||
        !seed_http_set_up(h, url, patience_s) ||
        !seed_http_set_trust(h->easy, trust) ||
        curl_multi_add_handle(h->multi, h->easy) != CURLM_OK ||
        !seed_http_wait(h)) {
        snprintf(why, why_bytes, "libcurl failed");
        goto out;
    }
    if (h->n == 0 && h->result != CURLE_OK) {
        seed_http_say_why(h, why, why_bytes);
        goto out;
    }
    *out = h;
    h = NULL; /* given away */
    e = ERR_OK;
out:
    seed_http_close(h);
    return e;
}

uint64_t
seed_http_size(const struct seed_http *h)
{
    curl_off_t size = -1;

    curl_easy_getinfo(h->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &size);
    return size > 0 ? (uint64_t)size : 0;
}

void
seed_http_close(struct seed_http *h)
{
    if (h == NULL)
        return;
    if (h->multi != NULL && h->easy != NULL)
        curl_multi_remove_handle(h->multi, h->easy);
    curl_easy_cleanup(h->easy);
    curl_multi_cleanup(h->multi);
    free(h);
}
