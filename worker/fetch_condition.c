/*
 * If-None-Match and If-Modified-Since of one request.
 *
 * SPDX-License-Identifier: MIT
 *
 * curl takes a list of lines.  The few of this request stand before those of
 * all, which stay the fetcher's: nothing is copied but the few.
 */
#include <stdio.h>

#include "common/cache_value.h"
#include "common/log.h"
#include "worker/fetch_parts.h"

enum { FETCH_CONDITION_BYTES = 64 + CACHE_ETAG_MAX + CACHE_MODIFIED_MAX };

static void
fetch_condition_add(struct fetch *f, const char *name, struct str value)
{
    char line[FETCH_CONDITION_BYTES];
    struct curl_slist *more;
    int n = snprintf(line, sizeof(line), "%s: %.*s", name, STR_ARG(value));

    if (value.n == 0 || n < 0 || (size_t)n >= sizeof(line) ||
        fetch_header_is_given(f->fetcher->config, line))
        return;
    more = curl_slist_append(f->condition, line);
    if (more == NULL)
        fatalx("out of memory: a header line");
    f->condition = more;
}

/* The last of the lines that are this request's own. */
static struct curl_slist *
fetch_condition_last(const struct fetch *f)
{
    struct curl_slist *last = f->condition;

    while (last->next && last->next != f->fetcher->headers)
        last = last->next;
    return last;
}

/*
 * Both when both are known: a server that understands entity tags ignores the
 * date (RFC 9110 section 13.1.3), an old one has it.
 */
void
fetch_condition_set(struct fetch *f, const struct fetch_condition *c)
{
    fetch_condition_add(f, "If-None-Match", c->etag);
    fetch_condition_add(f, "If-Modified-Since", c->modified);
    if (f->condition == NULL)
        return;
    fetch_condition_last(f)->next = f->fetcher->headers;
    curl_easy_setopt(f->easy, CURLOPT_HTTPHEADER, f->condition);
}

void
fetch_condition_end(struct fetch *f)
{
    if (f->condition == NULL)
        return;
    fetch_condition_last(f)->next = NULL;
    curl_slist_free_all(f->condition);
    f->condition = NULL;
    curl_easy_setopt(f->easy, CURLOPT_HTTPHEADER, f->fetcher->headers);
}

enum err
fetch_condition_write(const struct fetch *f, struct buf *out)
{
    enum err e = ERR_OK;

    for (const struct curl_slist *h = f->condition;
         h && h != f->fetcher->headers && e == ERR_OK; h = h->next)
        e = buf_addf(out, "%s\r\n", h->data);
    return e;
}
