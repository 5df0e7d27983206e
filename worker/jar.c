/* SPDX-License-Identifier: MIT */
#include "worker/jar.h"

#include <string.h>

#include "common/cookie_line.h"

void
jar_init(struct jar *j)
{
    *j = (struct jar){0};
    buf_init(&j->text, JAR_BYTES_MAX);
}

void
jar_fini(struct jar *j)
{
    if (j->text.p)
        explicit_bzero(j->text.p, j->text.cap);
    buf_fini(&j->text);
}

/* Another line at the end; false when there is no room for it. */
static bool
jar_add(struct buf *text, struct str line, size_t *count)
{
    if (*count == JAR_COOKIES_MAX || text->n + line.n + 1 > text->max ||
        buf_reserve(text, line.n + 1) != ERR_OK)
        return false;
    ++*count;
    return buf_add_str(text, line) == ERR_OK &&
           buf_add_char(text, '\n') == ERR_OK;
}

void
jar_fill(struct jar *j, struct str text, struct str site)
{
    struct cookie_line cookie;
    struct str line;
    size_t number = 0, count = 0;

    buf_reset(&j->text);
    while ((line = cookie_line_next(&text, &number)).n > 0)
        if (cookie_line_parse(line, &cookie) == NULL &&
            cookie_line_is_of_site(&cookie, site))
            jar_add(&j->text, line, &count);
    j->is_filled = true;
    j->is_changed = false;
}

void
jar_lend(const struct jar *j, CURL *easy)
{
    struct str rest = buf_str(&j->text), line;
    char text[COOKIE_LINE_MAX + 1];
    size_t number = 0;

    while ((line = cookie_line_next(&rest, &number)).n > 0) {
        memcpy(text, line.p, line.n);
        text[line.n] = '\0';
        curl_easy_setopt(easy, CURLOPT_COOKIELIST, text);
    }
}

void
jar_wash(CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_COOKIELIST, "ALL");
}

/* Whether text has the cookie; that it lasts longer by now is nothing new. */
static bool
jar_has(struct str text, const struct cookie_line *cookie)
{
    struct cookie_line other;
    struct str line;
    size_t number = 0;

    while ((line = cookie_line_next(&text, &number)).n > 0)
        if (cookie_line_parse(line, &other) == NULL &&
            str_equal(other.name, cookie->name) &&
            str_equal(other.value, cookie->value) &&
            str_equal(other.domain, cookie->domain) &&
            str_equal(other.path, cookie->path))
            return true;
    return false;
}

static size_t
jar_count(struct str text)
{
    size_t number = 0, count = 0;

    while (cookie_line_next(&text, &number).n > 0)
        count++;
    return count;
}

struct jar_news
jar_take(struct jar *j, CURL *easy)
{
    struct curl_slist *all = NULL;
    struct jar_news news = {0};
    struct cookie_line cookie;
    struct buf text;
    size_t count = 0;

    buf_init(&text, JAR_BYTES_MAX);
    curl_easy_getinfo(easy, CURLINFO_COOKIELIST, &all);
    for (struct curl_slist *one = all; one; one = one->next) {
        struct str line = str_from(one->data);

        if (cookie_line_parse(line, &cookie) != NULL ||
            !jar_add(&text, line, &count)) {
            news.dropped++;
            continue;
        }
        news.is_new = news.is_new || !jar_has(buf_str(&j->text), &cookie);
    }
    curl_slist_free_all(all);
    news.is_new = news.is_new || count != jar_count(buf_str(&j->text));
    buf_fini(&j->text);
    j->text = text;
    j->is_changed = true;
    return news;
}
