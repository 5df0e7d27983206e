/*
 * worker fetch URL
 *
 * The steps of a visit (visit*.c) for one URL, without its queue: look-up,
 * robots.txt, the request, what came of it.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <uv.h>

#include "common/address.h"
#include "common/connect_to.h"
#include "common/cookie_line.h"
#include "common/credentials.h"
#include "common/log.h"
#include "common/robots.h"
#include "common/site.h"
#include "common/userinfo.h"
#include "worker/decode.h"
#include "worker/fetch.h"
#include "worker/page.h"
#include "worker/polite.h"
#include "worker/probe.h"
#include "worker/resolve.h"
#include "worker/robots_cache.h"

struct probe_steps {
    struct probe *p;
    FILE *out; /* of the steps */
    struct url url;
    uv_loop_t loop;
    struct stats stats;
    struct bodies bodies;
    struct proxies *proxies;
    struct rate rate;
    struct resolve *resolve;
    struct fetcher *fetcher;
    struct decoder *decoder;
    struct robots_cache *robots;
    bool is_page; /* not robots.txt: its header lines are shown */
    bool is_done;
    enum outcome outcome;
    int status; /* of the page; 0: none came */
};

/* "request  GET / HTTP/1.1": what the step is, and a line from outside. */
static void
probe_say(const struct probe_steps *r, const char *step, struct str text)
{
    fprintf(r->out, "%-9s ", step);
    probe_put(r->out, text);
    fputc('\n', r->out);
}

/* --- what libcurl tells --- */

static void
probe_on_text(const struct probe_steps *r, struct str line)
{
    static const struct {
        const char *begin, *step;
    } shown[] = {
        {"Trying ", "connect"},
        {"Connected to ", "connect"},
        {"Established connection to ", "connect"},
        {"Re-using existing ", "connect"},
        {"Reusing existing ", "connect"},
        {"connect to ", "connect"},
        {"Uses proxy ", "proxy"},
        {"CONNECT tunnel", "proxy"},
        {"SSL connection using ", "tls"},
        {"ALPN: server ", "tls"},
        {"subject: ", "tls"},
        {"issuer: ", "tls"},
        {"start date: ", "tls"},
        {"expire date: ", "tls"},
        {"SSL certificate ", "tls"},
        {"SSL: ", "tls"},
    };

    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
        if (str_starts(line, str_from(shown[i].begin))) {
            probe_say(r, shown[i].step, line);
            return;
        }
    if (r->p->config.verbose && line.n > 0)
        probe_say(r, "libcurl", line);
}

/* That a secret was sent, and which, but not what it is. */
static void
probe_say_secret(const struct probe_steps *r, struct str line)
{
    struct str rest = line, name = str_cut(&rest, ':');

    fprintf(r->out, "%-9s %.*s: ", "request", STR_ARG(name));
    if (str_equal_nocase(name, STR("cookie"))) {
        while (rest.n > 0) {
            struct str pair = str_cut(&rest, ';');

            probe_put(r->out, str_trim(str_cut(&pair, '=')));
            fputs(rest.n > 0 ? ", " : " ", r->out);
        }
        fputs("(values hidden)\n", r->out);
    } else {
        rest = str_trim(rest);
        probe_put(r->out, str_cut(&rest, ' '));
        fprintf(r->out, " (%zu bytes hidden)\n", rest.n);
    }
}

/* libcurl's own words about cookies and HTTP/2 headers repeat them. */
static bool
probe_is_secret_text(struct str line)
{
    return str_find_nocase(line, STR("authorization")) < line.n ||
           str_find_nocase(line, STR("cookie")) < line.n;
}

static void
probe_on_trace(void *arg, enum fetch_trace what, struct str line)
{
    struct probe_steps *r = arg;

    if (what == FETCH_TRACE_TEXT) {
        if (!probe_is_secret_text(line))
            probe_on_text(r, line);
        return;
    }
    if (line.n == 0 || (!r->is_page && !r->p->config.verbose))
        return;
    if (what == FETCH_TRACE_SENT && credentials_is_secret_line(line)) {
        probe_say_secret(r, line);
        return;
    }
    probe_say(r,
              what == FETCH_TRACE_SENT         ? "request"
              : str_starts(line, STR("HTTP/")) ? "status"
              : r->url.scheme == URL_FTP       ? "reply"
                                               : "header",
              line);
}

/* --- one transfer --- */

static void
probe_on_fetched(void *arg, struct fetch *f)
{
    struct probe_steps *r = arg;

    (void)f;
    r->is_done = true;
}

static void
probe_lend_cookies(struct probe_steps *r, struct fetch *f)
{
    const struct config_file *file = &r->p->config.load_cookies;
    struct jar jar;

    jar_init(&jar);
    jar_fill(&jar, (struct str){file->bytes, file->n},
             site_of_host(r->url.host));
    fetch_lend_jar(f, &jar);
    jar_fini(&jar);
}

static struct fetch *
probe_transfer(struct probe_steps *r, const struct url *url, size_t max_body)
{
    struct fetch *f;

    r->is_done = false;
    f = fetch_start(r->fetcher, url, STR_NONE, max_body, probe_on_fetched, r);
    if (r->is_page && r->p->config.cookies)
        probe_lend_cookies(r, f);
    while (!r->is_done && uv_run(&r->loop, UV_RUN_ONCE) != 0)
        continue;
    return f;
}

static void
probe_say_times(const struct probe_steps *r, const struct fetch *f)
{
    struct fetch_times t;

    fetch_times(f, &t);
    fprintf(r->out,
            "%-9s connect %.1f ms, tls %.1f ms, first byte %.1f ms, rest %.1f "
            "ms; %" PRId64 " ms in all\n",
            "time", (double)t.connect_us / 1e3, (double)t.tls_us / 1e3,
            (double)t.first_byte_us / 1e3, (double)t.rest_us / 1e3,
            fetch_answer(f)->took_ms);
}

/* --- DNS --- */

static void
probe_on_addresses(void *arg, const struct resolve_answer *answer)
{
    struct probe_steps *r = arg;

    r->outcome = answer->outcome;
    r->is_done = true;
    probe_say(r, "dns",
              answer->outcome == OUTCOME_OK ? answer->addresses
                                            : str_from(answer->reason));
}

/* The resolver remembers, so that the transfers ask nobody again. */
static bool
probe_look_up(struct probe_steps *r)
{
    struct connect_to_target target;
    uint64_t begun = uv_hrtime();

    connect_to_find(&r->p->config, &r->url, &target);
    if (proxies_apply(r->proxies, &r->url)) {
        probe_say(r, "dns", STR("left to the proxy"));
        return true;
    }
    if (url_host_is_address(target.host))
        return true;
    if (target.addresses.n > 0) {
        fprintf(r->out, "%-9s %.*s, by --resolve\n", "dns",
                STR_ARG(target.addresses));
        return true;
    }
    r->is_done = false;
    resolve_host(r->resolve, target.host, probe_on_addresses, r);
    while (!r->is_done && uv_run(&r->loop, UV_RUN_ONCE) != 0)
        continue;
    fprintf(r->out, "%-9s look-up %.1f ms\n", "time",
            (double)(uv_hrtime() - begun) / 1e6);
    return r->outcome == OUTCOME_OK;
}

/* --- robots.txt --- */

/* Where its redirect leads, as visit_robots_redirect(); false: nowhere. */
static bool
probe_robots_moves(const struct probe_steps *r, const struct fetch_answer *a,
                   unsigned hops, struct buf *at)
{
    struct str location = fetch_header(a, STR("location"));
    struct url from, to;
    struct buf text;
    bool is_moved;

    buf_init(&text, (size_t)r->p->config.max_url_length);
    is_moved = a->outcome == OUTCOME_OK && a->status >= 300 &&
               a->status < 400 && location.n > 0 && hops < ROBOTS_CACHE_HOPS &&
               url_split(buf_str(at), &from) == ERR_OK &&
               url_parse(location, &from, &text, &to) == ERR_OK &&
               (r->p->config.allow_private || address_host_is_public(to.host));
    if (is_moved) {
        buf_reset(at);
        is_moved = buf_add_str(at, to.text) == ERR_OK;
    }
    buf_fini(&text);
    return is_moved;
}

static void
probe_fetch_rules(struct probe_steps *r)
{
    struct buf at, stored;
    struct url url;
    int64_t ttl_ms;
    bool is_moved = true;

    buf_init(&at, 8192);
    buf_init(&stored, 2 * ROBOTS_MAX_BYTES);
    if (buf_addf(&at, "%.*s/robots.txt", STR_ARG(r->url.origin)) != ERR_OK)
        is_moved = false;
    for (unsigned hops = 0; is_moved && url_split(buf_str(&at), &url) == ERR_OK;
         hops++) {
        struct fetch *f;
        const struct fetch_answer *a;

        probe_say(r, "robots", url.text);
        f = probe_transfer(r, &url, ROBOTS_MAX_BYTES + 1);
        a = fetch_answer(f);
        fprintf(r->out, "%-9s status %d, %zu bytes%s%s\n", "robots", a->status,
                a->body.n, a->error[0] ? ": " : "",
                LOG_ESC(str_from(a->error)));
        probe_say_times(r, f);
        is_moved = probe_robots_moves(r, a, hops, &at);
        if (!is_moved && robots_cache_judge(r->robots, a, hops > 0, r->decoder,
                                            &stored, &ttl_ms) == ERR_OK)
            robots_cache_take(r->robots, r->url.origin, buf_str(&stored), false,
                              0);
        fetch_end(f);
    }
    buf_fini(&stored);
    buf_fini(&at);
}

static bool
probe_may_fetch(struct probe_steps *r)
{
    struct robots_answer known;
    struct robots_match why;
    bool is_allowed;

    if (!r->p->config.robots) {
        probe_say(r, "robots", STR("not asked (--no-robots)"));
        return true;
    }
    probe_fetch_rules(r);
    r->outcome = OUTCOME_ROBOTS_ERROR;
    if (!robots_cache_find(r->robots, r->url.origin, 0, &known))
        return false;
    r->outcome = known.failure;
    if (known.failure != OUTCOME_OK)
        return false;
    is_allowed = robots_allows(known.rules, r->url.target, &why);
    fprintf(r->out, "%-9s %s %.*s", "robots", is_allowed ? "allow" : "disallow",
            STR_ARG(r->p->agent));
    if (why.line > 0) {
        fputs(why.is_allow ? " by Allow: " : " by Disallow: ", r->out);
        probe_put(r->out, why.pattern);
    }
    fputc('\n', r->out);
    if (robots_crawl_delay_ms(known.rules) >= 0)
        fprintf(r->out, "%-9s Crawl-delay %.3g s\n", "robots",
                (double)robots_crawl_delay_ms(known.rules) / 1e3);
    if (!is_allowed)
        r->outcome = OUTCOME_ROBOTS;
    return is_allowed;
}

/* --- the page --- */

static void
probe_say_redirect(struct probe_steps *r, const struct fetch_answer *a)
{
    struct str location = fetch_header(a, STR("location"));
    struct url to;
    struct buf text;

    buf_init(&text, (size_t)r->p->config.max_url_length);
    r->outcome = OUTCOME_BAD_REDIRECT;
    if (location.n > 0 && url_parse(location, &r->url, &text, &to) == ERR_OK) {
        r->outcome = OUTCOME_REDIRECT;
        fprintf(r->out, "%-9s %.*s, not followed\n", "redirect",
                STR_ARG(to.text));
    }
    buf_fini(&text);
}

static void
probe_say_page(struct probe_steps *r, const struct fetch_answer *a,
               struct str body)
{
    struct str content_type = fetch_header(a, STR("content-type"));
    static const char *const kinds[] = {[PAGE_HTML] = "HTML",
                                        [PAGE_TEXT] = "text",
                                        [PAGE_XML] = "XML",
                                        [PAGE_OTHER] = "other"};
    struct probe_page page = {.url = &r->url,
                              .content_type = content_type,
                              .headers = buf_str(&a->headers),
                              .body = body};
    enum page_kind kind = page_kind(content_type, body);
    struct probe_found found;

    probe_find_links(r->p, &page, &found);
    fprintf(r->out, "%-9s %s, by %s\n", "type",
            found.is_listing ? "folder" : kinds[kind],
            r->url.scheme == URL_FTP ? "ftp"
            : content_type.n > 0     ? "its header"
                                     : "its bytes");
    if (kind != PAGE_OTHER)
        fprintf(r->out, "%-9s %s (%s)\n", "charset", found.charset, found.how);
    if (found.sitemap)
        fprintf(r->out, "%-9s %s%s\n", "sitemap", found.sitemap,
                found.is_broken ? ", with an error" : "");
    if ((found.is_html || found.is_listing || found.sitemap ||
         found.followed + found.others > 0) && /* of others none is followed */
        (r->outcome == OUTCOME_OK || r->outcome == OUTCOME_TOO_BIG))
        fprintf(r->out, "%-9s %zu followed, %zu others%s\n", "links",
                found.followed, found.others,
                !found.is_cut   ? ""
                : found.sitemap ? ", cut"
                                : ", more than --max-links");
}

static void
probe_save(const struct probe_steps *r, struct str body)
{
    const char *path = r->p->flag[PROBE_SAVE];
    bool is_stdout, is_good;
    FILE *to;

    if (path == NULL)
        return;
    is_stdout = strcmp(path, "-") == 0;
    to = is_stdout ? stdout : fopen(path, "wbe");
    is_good =
        to != NULL && fwrite(body.p ? body.p : "", 1, body.n, to) == body.n;
    if (to != NULL && (is_stdout ? fflush(to) : fclose(to)) != 0)
        is_good = false;
    if (!is_good)
        fatal_exit(EXIT_DISK, "-O %s: %s", LOG_ESC(str_from(path)),
                   strerror(errno));
    fprintf(r->out, "%-9s %s\n", "saved",
            is_stdout ? "standard output" : LOG_ESC(str_from(path)));
}

/* The body without its content coding, as visit_decode() has it. */
static struct str
probe_decode(struct probe_steps *r, const struct fetch_answer *a,
             struct buf *decoded)
{
    struct str coding = fetch_header(a, STR("content-encoding"));
    enum decode_result result;

    fprintf(r->out, "%-9s %zu bytes%s", "body", a->body.n,
            a->is_cut ? ", cut" : "");
    if (coding.n == 0 || a->body.n == 0) {
        fputc('\n', r->out);
        return buf_str(&a->body);
    }
    result =
        decode_body(r->decoder, coding, buf_str(&a->body), a->is_cut, decoded);
    fprintf(r->out, ", %zu decoded (%s%s%s)\n", decoded->n, LOG_ESC(coding),
            result == DECODE_OK ? "" : ": ",
            result == DECODE_OK ? "" : decode_result_str(result));
    if (result == DECODE_BROKEN && decoded->n == 0)
        return buf_str(&a->body);
    if (result == DECODE_TOO_BIG)
        r->outcome = OUTCOME_TOO_BIG;
    else if (result == DECODE_BOMB || result == DECODE_UNKNOWN)
        r->outcome = OUTCOME_BAD_ENCODING;
    return buf_str(decoded);
}

static void
probe_take_page(struct probe_steps *r, const struct fetch_answer *a)
{
    struct buf decoded;
    struct str body;

    r->outcome = a->outcome;
    r->status = a->status;
    if (a->error[0] != '\0')
        probe_say(r, "error", str_from(a->error));
    if (a->status == 0)
        return;
    buf_init(&decoded, (size_t)r->p->config.max_filesize);
    if (r->outcome == OUTCOME_OK || r->outcome == OUTCOME_TOO_BIG) {
        if (a->status >= 400)
            r->outcome = outcome_of_status(a->status);
        else if (a->status >= 300)
            probe_say_redirect(r, a);
    }
    body = probe_decode(r, a, &decoded);
    probe_say_page(r, a, body);
    probe_save(r, body);
    buf_fini(&decoded);
}

/* The names of the cookies that a crawl would send next. */
static void
probe_say_cookies(const struct probe_steps *r, struct fetch *f)
{
    struct str rest, line;
    struct cookie_line cookie;
    struct jar jar;
    size_t number = 0;

    jar_init(&jar);
    if (fetch_take_jar(f, &jar).dropped > 0)
        probe_say(r, "cookie", STR("more than a crawl keeps"));
    for (rest = buf_str(&jar.text);
         (line = cookie_line_next(&rest, &number)).n > 0;)
        if (cookie_line_parse(line, &cookie) == NULL) {
            fprintf(r->out, "%-9s ", "cookie");
            probe_put(r->out, cookie.name);
            fputs(" kept for ", r->out);
            probe_put(r->out, cookie.domain);
            probe_put(r->out, cookie.path);
            fputs(cookie.is_for_subdomains ? " and subdomains\n" : "\n",
                  r->out);
        }
    jar_fini(&jar);
}

static void
probe_visit(struct probe_steps *r)
{
    struct fetch *f;

    probe_say(r, "url", r->url.text);
    probe_say(r, "site", site_of_host(r->url.host));
    if (!r->p->config.allow_private && !address_host_is_public(r->url.host)) {
        r->outcome = OUTCOME_PRIVATE;
        return;
    }
    if (!probe_look_up(r) || !probe_may_fetch(r))
        return;
    r->is_page = true;
    f = probe_transfer(r, &r->url, (size_t)r->p->config.max_filesize);
    probe_take_page(r, fetch_answer(f));
    probe_say_cookies(r, f);
    probe_say_times(r, f);
    fetch_end(f);
}

/* --- birth and end --- */

static void
probe_open(struct probe_steps *r)
{
    const struct config *c = &r->p->config;
    char why[CONFIG_WHY_BYTES];

    uv_loop_init(&r->loop);
    if (proxies_new(c, &r->proxies, why) != ERR_OK ||
        resolve_new(&r->loop, c, &r->stats, &r->resolve, why) != ERR_OK ||
        fetcher_new(&r->loop, c, r->p->user_agent.p, r->resolve, &r->stats,
                    &r->fetcher, why) != ERR_OK)
        fatal_exit(EXIT_USAGE, "%s", why);
    bodies_init(&r->bodies, (size_t)c->body_memory);
    fetcher_set_bounds(r->fetcher, &r->bodies, 0);
    fetcher_set_proxies(r->fetcher, r->proxies);
    rate_init(&r->rate, c->limit_rate);
    fetcher_set_rate(r->fetcher, &r->rate);
    fetcher_set_trace(r->fetcher, probe_on_trace, r);
    r->decoder = decoder_new();
    r->robots = robots_cache_new(r->p->agent, polite_failure_ms(c));
}

static void
probe_close(struct probe_steps *r)
{
    fetcher_close(r->fetcher);
    resolve_close(r->resolve);
    uv_run(&r->loop, UV_RUN_DEFAULT);
    uv_loop_close(&r->loop);
    decoder_free(r->decoder);
    robots_cache_free(r->robots);
    proxies_free(r->proxies);
}

int
probe_fetch(struct probe *p)
{
    const char *path = p->flag[PROBE_SAVE];
    static struct probe_steps r; /* its counters want a line of their own */
    struct buf text;

    if (p->count != 1)
        probe_usage(p);
    buf_init(&text, (size_t)p->config.max_url_length);
    r.p = p;
    r.out = path && strcmp(path, "-") == 0 ? stderr : stdout;
    if (userinfo_is_in(str_from(p->words[0])))
        fatal_exit(EXIT_USAGE, "%s", USERINFO_WRONG);
    if (canon_resolve(p->canon, str_from(p->words[0]), NULL, &text, &r.url) !=
        ERR_OK)
        fatal_exit(EXIT_USAGE, "\"%s\" is no http or https URL%s",
                   LOG_ESC(str_from(p->words[0])),
                   str_starts_nocase(str_from(p->words[0]), STR("ftp:"))
                       ? "; ftp URLs want --ftp"
                       : "");
    probe_open(&r);
    probe_visit(&r);
    fprintf(r.out, "%-9s %s: %s%s\n", "outcome", outcome_name(r.outcome),
            outcome_words(r.outcome),
            r.outcome == OUTCOME_PRIVATE ? " (--allow-private asks it)"
            : outcome_is_retried(r.outcome, r.status) ? "; a crawl tries again"
                                                      : "");
    probe_close(&r);
    buf_fini(&text);
    return r.outcome == OUTCOME_OK || r.outcome == OUTCOME_TOO_BIG ||
                   r.outcome == OUTCOME_REDIRECT
               ? EXIT_FINISHED
               : EXIT_ERROR;
}
