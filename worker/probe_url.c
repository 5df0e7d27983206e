/*
 * worker url BASE REF
 *
 * SPDX-License-Identifier: MIT
 */
#include "common/log.h"
#include "common/site.h"
#include "worker/probe.h"

/*
 * Whether text is absolute with a scheme other than ours, or empty: no base
 * for a relative reference, but a page there may have absolute links.
 */
static bool
probe_base_is_other(struct str text, bool has_ftp)
{
    size_t n = 0;

    text = str_trim(text);
    while (n < text.n && (str_is_alpha(text.p[n]) ||
                          (n > 0 && (str_is_digit(text.p[n]) ||
                                     strchr("+-.", text.p[n]) != NULL))))
        n++;
    if (n == text.n || n == 0 || text.p[n] != ':')
        return text.n == 0;
    text.n = n;
    return !str_equal_nocase(text, STR("http")) &&
           !str_equal_nocase(text, STR("https")) &&
           !(has_ftp && str_equal_nocase(text, STR("ftp")));
}

int
probe_url(struct probe *p)
{
    struct buf base_text, text;
    struct url base, url;
    struct str given;
    bool is_alone;
    enum err e;

    if (p->count != 2)
        probe_usage(p);
    given = str_from(p->words[0]);
    is_alone = probe_base_is_other(given, p->config.ftp);
    buf_init(&base_text, (size_t)p->config.max_url_length);
    buf_init(&text, (size_t)p->config.max_url_length);
    e = is_alone ? ERR_OK
                 : canon_resolve(p->canon, given, NULL, &base_text, &base);
    if (e == ERR_OK)
        e = canon_parse(p->canon, str_from(p->words[1]),
                        is_alone ? NULL : &base, &text, &url, NULL);
    if (e == ERR_OK) {
        printf("%.*s\n", STR_ARG(url.text));
        if (p->flag[PROBE_SITE])
            printf("%.*s\n", STR_ARG(site_of_host(url.host)));
        if (p->flag[PROBE_ORIGIN])
            printf("%.*s\n", STR_ARG(url.origin));
    } else {
        log_debug("%s: %s", LOG_ESC(str_from(p->words[1])), err_str(e));
    }
    buf_fini(&text);
    buf_fini(&base_text);
    return e == ERR_OK ? EXIT_FINISHED : EXIT_ERROR;
}
