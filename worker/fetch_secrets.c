/*
 * What a transfer carries for its URL alone: log-in, secret header lines, the
 * client certificate, cookies.  Handles are used again for other sites, so
 * each of these is set or taken away for every transfer.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/fetch_parts.h"

#include <string.h>

#define SET(option, value) curl_easy_setopt(f->easy, CURLOPT_##option, value)

/* libcurl takes a blob without copying: the settings outlive the handles. */
static void
fetch_secrets_certificate(struct fetch *f, bool is_on)
{
    const struct config *c = f->fetcher->config;
    const struct config_file *key =
        c->private_key.bytes ? &c->private_key : &c->certificate;
    struct curl_blob cert_blob = {c->certificate.bytes, c->certificate.n, 0};
    struct curl_blob key_blob = {key->bytes, key->n, 0};

    if (c->certificate.bytes == NULL)
        return;
    SET(SSLCERT_BLOB, is_on ? &cert_blob : NULL);
    SET(SSLKEY_BLOB, is_on ? &key_blob : NULL);
    SET(SSLCERTTYPE, is_on ? c->certificate_type : NULL);
    SET(SSLKEYTYPE, is_on ? c->certificate_type : NULL);
    SET(KEYPASSWD, is_on ? "" : NULL); /* never ask the terminal */
}

void
fetch_secrets_set(struct fetch *f)
{
    struct fetcher *fetcher = f->fetcher;
    struct credential mine = credentials_find(fetcher->credentials, &f->parts);

    f->has_login = mine.user != NULL;
    if (!f->has_login && !mine.is_auth_host && !f->has_secrets)
        return; /* and neither had the last one */
    f->has_secrets = f->has_login || mine.is_auth_host;
    /* preemptive: one request less than waiting for a 401 */
    SET(HTTPAUTH, (long)CURLAUTH_BASIC);
    SET(USERNAME, mine.user);
    SET(PASSWORD, mine.password);
    SET(HTTPHEADER,
        mine.is_auth_host ? fetcher->own_headers : fetcher->headers);
    fetch_secrets_certificate(f, mine.is_auth_host);
    if (f->has_login)
        stats_add(fetcher->stats, STAT_logins_sent, 1);
}

#undef SET

enum err
fetch_secrets_make(struct fetcher *f, char why[CONFIG_WHY_BYTES])
{
    const struct config *c = f->config;
    enum err e = credentials_new(c, &f->credentials, why);

    for (struct curl_slist *h = f->headers; h; h = h->next)
        f->own_headers = curl_slist_append(f->own_headers, h->data);
    for (size_t i = 0; i < c->header.n; i++)
        if (credentials_is_secret_line(str_from(c->header.v[i])))
            f->own_headers = curl_slist_append(f->own_headers, c->header.v[i]);
    return e;
}

void
fetch_lend_jar(struct fetch *f, const struct jar *jar)
{
    jar_lend(jar, f->easy);
}

struct jar_news
fetch_take_jar(struct fetch *f, struct jar *jar)
{
    struct jar_news news = {0};

    if (f->has_set_cookie)
        news = jar_take(jar, f->easy);
    return news;
}
