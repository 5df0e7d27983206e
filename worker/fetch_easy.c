/*
 * How a curl handle is set, and what curl calls while its transfer runs.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/fetch_parts.h"

#include <assert.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/address.h"
#include "common/log.h"
#include "common/media_types.h"

enum {
    FETCH_BUFFER_BYTES = 64 * 1024,    /* each transfer has one to its end */
    FETCH_BUFFER_TLS_BYTES = 16 * 1024 /* no record of TLS is longer */
};

/* Where a site is asked one thing at a time HTTP/2 has nothing to offer, and
 * a connection of it takes three times the memory. */
bool
fetch_uses_http2(const struct config *c)
{
    return c->http2 && c->per_site > 1;
}

/* --- what curl calls while a transfer runs --- */

/*
 * The header is whole.  Only of an answer that would be a page: the type of
 * a redirect or a failure says nothing of what was asked for; what comes
 * before is_sent is a proxy's.
 */
static bool
fetch_is_type_wanted(const struct fetch *f)
{
    const struct fetch_answer *a = &f->answer;
    long status = 0;

    if (!f->wants_types || !a->is_sent)
        return true;
    curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
    return status < 200 || status > 299 ||
           media_types_take(&f->fetcher->config->accept_types,
                            fetch_header(a, STR("content-type")));
}

static size_t
fetch_on_header(char *bytes, size_t one, size_t n, void *arg)
{
    struct fetch *f = arg;
    struct fetch_answer *a = &f->answer;

    (void)one;
    assert(f->magic == FETCH_MAGIC);
    /* the header of a 1xx answer, or a proxy's: what counts comes last */
    if (f->is_header_whole && n > 5 && memcmp(bytes, "HTTP/", 5) == 0) {
        buf_reset(&a->headers); /* but lines are counted through */
        f->is_header_whole = false;
    }
    if (n > 11 && (bytes[0] | 0x20) == 's' &&
        str_starts_nocase((struct str){bytes, n}, STR("set-cookie:")))
        f->has_set_cookie = true;
    if (++f->header_lines > FETCH_HEADER_LINES_MAX ||
        (!f->is_header_whole && buf_add(&a->headers, bytes, n) != ERR_OK)) {
        a->outcome = OUTCOME_HEADERS_BIG;
        return 0;
    }
    if (f->is_header_whole || n > 2 || bytes[n - 1] != '\n' || bytes[0] > '\r')
        return n; /* a trailer's line is none of the header, and goes */
    f->is_header_whole = true;
    if (a->is_sent)
        fetch_keep_judge(f);
    if (fetch_is_type_wanted(f))
        return n;
    a->outcome = OUTCOME_BAD_TYPE;
    return 0;
}

bool
fetch_take_body(struct fetch *f, const char *bytes, size_t n)
{
    struct buf *body = &f->answer.body;
    size_t room = f->max_body - body->n;
    bool fits = n <= room;

    if (buf_add(body, bytes, fits ? n : room) != ERR_OK || !fits) {
        f->answer.outcome = OUTCOME_TOO_BIG;
        f->answer.is_cut = true;
        fits = false;
    }
    bodies_grow(&f->fetcher->bodies, &f->held, body->cap);
    if (fits && n > 0 && fetch_rate_bytes_s(f->fetcher) > 0)
        fetch_rate_take(f, n);
    return fits;
}

static size_t
fetch_on_body(char *bytes, size_t one, size_t n, void *arg)
{
    struct fetch *f = arg;

    (void)one;
    assert(f->magic == FETCH_MAGIC);
    if (fetch_pause_for_memory(f, n))
        return CURL_WRITEFUNC_PAUSE; /* and curl comes with them again */
    return fetch_take_body(f, bytes, n) ? n : 0;
}

/* The last word on where we connect: after every look-up, on every hop. */
bool
fetch_may_connect(struct fetch *f, const struct sockaddr *address)
{
    const struct config *c = f->fetcher->config;

    /* --resolve, and addresses in URLs: look-ups gave no others */
    if ((c->ipv4 && address->sa_family != AF_INET) ||
        (c->ipv6 && address->sa_family != AF_INET6))
        return false;
    if (c->allow_private || f->proxy || address_is_public(address))
        return true;
    f->is_refused = true;
    return false;
}

static curl_socket_t
fetch_on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct fetch *f = arg;
    struct fetcher *fetcher = f->fetcher;
    int fd;

    (void)purpose;
    if (!fetch_may_connect(f, &address->addr))
        return CURL_SOCKET_BAD;
    fd = socket(address->family, address->socktype | SOCK_CLOEXEC,
                address->protocol);
    if (fd >= 0)
        fetch_loop_add(fetcher, fd, f->parts.scheme == URL_HTTPS);
    if (fd >= 0)
        fetch_rate_socket(fetch_rate_bytes_s(fetcher), fd);
    return fd;
}

static int
fetch_on_close(void *arg, curl_socket_t fd)
{
    struct fetcher *fetcher = arg;

    fetch_loop_drop(fetcher, fd);
    return close(fd);
}

/* Connected; the request is about to go out. */
static int
fetch_on_ready(void *arg, char *peer, char *local, int peer_port,
               int local_port)
{
    struct fetch *f = arg;
    struct fetcher *fetcher = f->fetcher;

    (void)peer;
    (void)local;
    (void)peer_port;
    (void)local_port;
    assert(f->magic == FETCH_MAGIC);
    if (fetcher->gate == NULL || fetcher->gate(fetcher->gate_arg)) {
        f->answer.is_sent = true;
        return CURL_PREREQFUNC_OK;
    }
    f->answer.is_withheld = true;
    return CURL_PREREQFUNC_ABORT;
}

/* --- the settings --- */

/* Settings that are the same for every transfer of this handle. */
static void
fetch_easy_setup(struct fetch *f)
{
    const struct fetcher *fetcher = f->fetcher;
    const struct config *c = fetcher->config;
    CURL *e = f->easy;

#define SET(option, value) curl_easy_setopt(e, CURLOPT_##option, value)
    SET(PRIVATE, f);
    SET(NOSIGNAL, 1L);
    /* ftp: for proxies of HTTP; what else is such is not curl's */
    SET(PROTOCOLS_STR, c->ftp ? "http,https,ftp" : "http,https");
    SET(FOLLOWLOCATION, 0L);
    SET(HTTPHEADER, fetcher->headers);
    SET(HTTP_CONTENT_DECODING, 0L);
    SET(HTTP_VERSION, (long)(fetch_uses_http2(c) ? CURL_HTTP_VERSION_2TLS
                                                 : CURL_HTTP_VERSION_1_1));
    SET(PATH_AS_IS, 1L);
    SET(HEADERFUNCTION, fetch_on_header);
    SET(HEADERDATA, f);
    SET(WRITEFUNCTION, fetch_on_body);
    SET(WRITEDATA, f);
    SET(OPENSOCKETFUNCTION, fetch_on_open);
    SET(OPENSOCKETDATA, f);
    SET(CLOSESOCKETFUNCTION, fetch_on_close);
    SET(CLOSESOCKETDATA, f->fetcher); /* it may outlive the handle */
    SET(PREREQFUNCTION, fetch_on_ready);
    SET(PREREQDATA, f);
    SET(ERRORBUFFER, f->answer.error);
    fetch_curl_trace(e, &fetcher->tracer);
    SET(CONNECTTIMEOUT_MS, (long)c->connect_timeout);
    SET(TIMEOUT_MS, (long)c->timeout);
    SET(LOW_SPEED_LIMIT, fetch_rate_least(fetcher));
    f->is_slowed = false;
    SET(LOW_SPEED_TIME, (long)((c->speed_time + 999) / 1000));
    SET(PROXY, ""); /* worker/proxies.h knows which, and for whom */
    SET(NOPROXY, "");
    if (fetcher->proxies && (c->ipv4 || c->ipv6)) /* libcurl looks them up */
        SET(IPRESOLVE, (long)(c->ipv4 ? CURL_IPRESOLVE_V4 : CURL_IPRESOLVE_V6));
    SET(CONNECT_TO, fetcher->connect_to);
    if (c->cookies)
        SET(COOKIEFILE, ""); /* the engine, and no file */
    /* with a CApath set, libcurl reads every root for each connection */
    SET(CAPATH, NULL);
    if (c->cacert)
        SET(CAINFO, c->cacert);
    SET(SSL_VERIFYPEER, c->check_certificate ? 1L : 0L);
    SET(SSL_VERIFYHOST, c->check_certificate ? 2L : 0L);
#undef SET
}

/* --- the handle's life --- */

void
fetch_easy_make(struct fetch *f)
{
    if (f->easy)
        return;
    f->easy = curl_easy_init();
    if (f->easy == NULL)
        fatalx("out of memory: curl handle");
    fetch_easy_setup(f);
}

void
fetch_easy_aim(struct fetch *f)
{
    size_t usual = f->parts.scheme == URL_HTTPS ? FETCH_BUFFER_TLS_BYTES
                                                : FETCH_BUFFER_BYTES;

    curl_easy_setopt(
        f->easy, CURLOPT_BUFFERSIZE,
        (long)fetch_rate_buffer(fetch_rate_bytes_s(f->fetcher), usual));
    curl_easy_setopt(f->easy, CURLOPT_URL, f->url.p);
}

/*
 * libcurl before 8.1.1 (Debian 12 has 7.88) forgets to forget a transfer's
 * last header line when it frees it.  When the next answer on the same handle
 * begins with a folded line, which is for its server to decide, libcurl writes
 * into what is not its own any more.  So there a handle serves one transfer;
 * a new one costs 2 us.
 */
static bool
fetch_easy_is_sound(void)
{
    return curl_version_info(CURLVERSION_NOW)->version_num >= 0x080101;
}

void
fetch_easy_unmake(struct fetch *f)
{
    if (fetch_easy_is_sound()) {
        if (f->fetcher->config->cookies)
            jar_wash(f->easy);
        return;
    }
    curl_easy_cleanup(f->easy);
    f->easy = NULL;
    f->has_secrets = false;
}

void
fetch_easy_renew(struct fetch *f)
{
    CURL *easy;

    if (fetch_easy_is_sound())
        return;
    easy = curl_easy_duphandle(f->easy);
    if (easy == NULL)
        fatalx("out of memory: curl handle");
    curl_easy_cleanup(f->easy);
    f->easy = easy;
}

enum err
fetch_headers_make(struct fetcher *f, const char *user_agent)
{
    const struct config *c = f->config;
    char agent[4200], referer[4200];
    const char *lines[] = {agent, "Accept: */*",
                           c->compression ? "Accept-Encoding: gzip, br, zstd"
                                          : NULL};
    enum err e = ERR_OK;

    snprintf(agent, sizeof(agent), "User-Agent: %s", user_agent);
    snprintf(referer, sizeof(referer), "Referer: %s",
             c->referer ? c->referer : "");
    if (c->referer && !fetch_header_is_given(c, referer))
        f->headers = curl_slist_append(f->headers, referer);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]) && lines[i]; i++)
        if (!fetch_header_is_given(c, lines[i]))
            f->headers = curl_slist_append(f->headers, lines[i]);
    for (size_t i = 0; i < c->header.n; i++)
        if (!credentials_is_secret_line(str_from(c->header.v[i])))
            f->headers = curl_slist_append(f->headers, c->header.v[i]);
    for (size_t i = 0; i < c->connect_to.n; i++)
        f->connect_to = curl_slist_append(f->connect_to, c->connect_to.v[i]);
    for (struct curl_slist *h = f->headers; h && e == ERR_OK; h = h->next)
        e = buf_addf(&f->request_head, "%s\r\n", h->data);
    return e;
}
