/*
 * bare - the limit a crawler on libcurl can be compared with.
 *
 * Fetches a list of URLs over kept-alive connections and forgets the bodies:
 * no robots.txt, no delays, no seen-set, no log, nothing stored.  With --parse
 * each body goes through libxml2's SAX parser and the links in it are counted,
 * not even resolved: what a plain crawler on libcurl and libxml2 costs at
 * least.  One thread; libcurl's socket action on epoll, as in the worker.
 *
 * It reads its own benchmark's URLs from loopback: a body above BARE_BODY_MAX
 * or a broken transfer is an error of the benchmark and counted as failed.
 *
 * SPDX-License-Identifier: MIT
 */
#include <curl/curl.h>
#include <errno.h>
#include <getopt.h>
#include <libxml/HTMLparser.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/log.h"
#include "common/mem.h"

enum {
    BARE_BODY_MAX = 64 << 20,
    BARE_EVENTS = 64,
    BARE_SLOTS_MAX = 10000,
    BARE_URL_BYTES = 8192
};

struct bare {
    CURLM *multi;
    FILE *urls;
    int epoll;
    int64_t timer_ms; /* when libcurl wants to be called; -1: never */
    size_t running;
    htmlSAXHandler sax;
    /* options */
    bool has_parser, is_insecure, is_compressed, is_following;
    const char *ca_file;
    size_t slots;
    struct curl_slist *connect_to;
    /* what came of it */
    size_t requests, pages, failed, links, bytes;
};

struct bare_slot {
    struct bare *bare;
    CURL *easy;
    struct buf body;
};

static int64_t
bare_now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- parsing --- */

static bool
bare_is_link(const char *element, const char *attribute)
{
    static const struct {
        const char *element, *attribute;
    } links[] = {{"a", "href"},      {"area", "href"}, {"link", "href"},
                 {"base", "href"},   {"frame", "src"}, {"iframe", "src"},
                 {"meta", "content"}};

    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
        if (strcmp(links[i].element, element) == 0)
            return strcmp(links[i].attribute, attribute) == 0;
    return false;
}

static void
bare_on_element(void *arg, const xmlChar *name, const xmlChar **attributes)
{
    struct bare *b = ((htmlParserCtxtPtr)arg)->_private;

    for (; attributes && attributes[0]; attributes += 2)
        if (attributes[1] &&
            bare_is_link((const char *)name, (const char *)attributes[0]))
            b->links++;
}

static void
bare_parse(struct bare *b, const struct buf *body)
{
    htmlParserCtxtPtr c = htmlCreateMemoryParserCtxt(body->p, (int)body->n);

    if (c == NULL)
        fatalx("out of memory: parser");
    c->_private = b;
    *c->sax = b->sax;
    htmlCtxtUseOptions(c, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR |
                              HTML_PARSE_NOWARNING | HTML_PARSE_NONET);
    htmlParseDocument(c);
    htmlFreeParserCtxt(c);
}

/* --- transfers --- */

static size_t
bare_on_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct bare_slot *s = arg;

    s->bare->bytes += size * count;
    if (!s->bare->has_parser)
        return size * count;
    return buf_add(&s->body, bytes, size * count) == ERR_OK ? count : 0;
}

static bool
bare_next_url(struct bare *b, char line[BARE_URL_BYTES])
{
    while (fgets(line, BARE_URL_BYTES, b->urls)) {
        line[strcspn(line, "\r\n")] = '\0';
        if (line[0] != '\0')
            return true;
    }
    return false;
}

static void
bare_start(struct bare_slot *s)
{
    char url[BARE_URL_BYTES];

    if (!bare_next_url(s->bare, url))
        return;
    buf_reset(&s->body);
    curl_easy_setopt(s->easy, CURLOPT_URL, url);
    if (curl_multi_add_handle(s->bare->multi, s->easy) != CURLM_OK)
        fatalx("libcurl refused %s", url);
    s->bare->running++;
}

static void
bare_finish(struct bare *b, struct bare_slot *s, CURLcode code)
{
    long status = 0;
    char *type = NULL;

    b->running--;
    b->requests++;
    curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(s->easy, CURLINFO_CONTENT_TYPE, &type);
    curl_multi_remove_handle(b->multi, s->easy);
    if (code != CURLE_OK) {
        b->failed++;
    } else if (status == 200 && type &&
               strncasecmp(type, "text/html", 9) == 0) {
        b->pages++;
        if (b->has_parser && s->body.n > 0)
            bare_parse(b, &s->body);
    }
    bare_start(s);
}

static void
bare_collect(struct bare *b)
{
    CURLMsg *m;
    int left;

    while ((m = curl_multi_info_read(b->multi, &left))) {
        CURLcode code = m->data.result;
        char *slot = NULL;

        if (m->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &slot);
        bare_finish(b, (struct bare_slot *)(void *)slot, code);
    }
}

static struct bare_slot *
bare_slot_new(struct bare *b)
{
    struct bare_slot *s = xcalloc(1, sizeof(*s));

    s->bare = b;
    buf_init(&s->body, BARE_BODY_MAX);
    s->easy = curl_easy_init();
    if (s->easy == NULL)
        fatalx("out of memory: curl handle");
    curl_easy_setopt(s->easy, CURLOPT_PRIVATE, s);
    curl_easy_setopt(s->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(s->easy, CURLOPT_PROXY, "");
    curl_easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, bare_on_body);
    curl_easy_setopt(s->easy, CURLOPT_WRITEDATA, s);
    curl_easy_setopt(s->easy, CURLOPT_CONNECT_TO, b->connect_to);
    curl_easy_setopt(s->easy, CURLOPT_CAPATH, NULL);
    if (b->is_insecure) {
        curl_easy_setopt(s->easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(s->easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (b->ca_file)
        curl_easy_setopt(s->easy, CURLOPT_CAINFO, b->ca_file);
    if (b->is_following)
        curl_easy_setopt(s->easy, CURLOPT_FOLLOWLOCATION, 1L);
    if (b->is_compressed)
        curl_easy_setopt(s->easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    return s;
}

static void
bare_slot_free(struct bare_slot *s)
{
    curl_easy_cleanup(s->easy);
    buf_fini(&s->body);
    free(s);
}

/* --- the loop --- */

static int
bare_on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
    struct bare *b = arg;
    struct epoll_event e = {.data.fd = fd};

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(b->epoll, EPOLL_CTL_DEL, fd, NULL); /* may be closed */
        return 0;
    }
    if (what & CURL_POLL_IN)
        e.events |= EPOLLIN;
    if (what & CURL_POLL_OUT)
        e.events |= EPOLLOUT;
    if (epoll_ctl(b->epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &e))
        fatal("epoll_ctl");
    curl_multi_assign(b->multi, fd, b); /* so that it is known next time */
    return 0;
}

static int
bare_on_timer(CURLM *multi, long timeout_ms, void *arg)
{
    struct bare *b = arg;

    (void)multi;
    b->timer_ms = timeout_ms < 0 ? -1 : bare_now_ms() + timeout_ms;
    return 0;
}

static int
bare_wait_ms(const struct bare *b)
{
    int64_t left;

    if (b->timer_ms < 0)
        return 1000;
    left = b->timer_ms - bare_now_ms();
    return left < 0 ? 0 : left > 1000 ? 1000 : (int)left;
}

static void
bare_turn(struct bare *b)
{
    struct epoll_event events[BARE_EVENTS];
    int running, n;

    n = epoll_wait(b->epoll, events, BARE_EVENTS, bare_wait_ms(b));
    if (n < 0 && errno != EINTR)
        fatal("epoll_wait");
    for (int i = 0; i < n; i++) {
        int what = 0;

        if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
            what |= CURL_CSELECT_IN;
        if (events[i].events & EPOLLOUT)
            what |= CURL_CSELECT_OUT;
        curl_multi_socket_action(b->multi, events[i].data.fd, what, &running);
    }
    if (b->timer_ms >= 0 && b->timer_ms <= bare_now_ms()) {
        b->timer_ms = -1;
        curl_multi_socket_action(b->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    bare_collect(b);
}

static void
bare_open(struct bare *b)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
    xmlInitParser();
    b->sax.startElement = bare_on_element;
    b->timer_ms = -1;
    b->epoll = epoll_create1(EPOLL_CLOEXEC);
    b->multi = curl_multi_init();
    if (b->epoll < 0 || b->multi == NULL)
        fatal("epoll or libcurl");
    curl_multi_setopt(b->multi, CURLMOPT_SOCKETFUNCTION, bare_on_socket);
    curl_multi_setopt(b->multi, CURLMOPT_SOCKETDATA, b);
    curl_multi_setopt(b->multi, CURLMOPT_TIMERFUNCTION, bare_on_timer);
    curl_multi_setopt(b->multi, CURLMOPT_TIMERDATA, b);
}

static void
bare_run(struct bare *b)
{
    struct bare_slot **slots = xcalloc(b->slots, sizeof(struct bare_slot *));

    for (size_t i = 0; i < b->slots; i++) {
        slots[i] = bare_slot_new(b);
        bare_start(slots[i]);
    }
    while (b->running > 0)
        bare_turn(b);
    for (size_t i = 0; i < b->slots; i++)
        bare_slot_free(slots[i]);
    free(slots);
}

static void
bare_usage(void)
{
    fprintf(stderr,
            "usage: bare [--parse] [--connections N] [--insecure] [--gzip]\n"
            "            [--connect-to HOST:PORT:HOST:PORT] [--cacert FILE]\n"
            "            [--follow] URLS\n");
    exit(2);
}

static void
bare_options(struct bare *b, int argc, char **argv)
{
    static const struct option options[] = {
        {"parse", no_argument, NULL, 'p'},
        {"insecure", no_argument, NULL, 'k'},
        {"gzip", no_argument, NULL, 'z'},
        {"follow", no_argument, NULL, 'f'},
        {"cacert", required_argument, NULL, 'a'},
        {"connections", required_argument, NULL, 'c'},
        {"connect-to", required_argument, NULL, 't'},
        {NULL, 0, NULL, 0}};
    uint64_t n;
    int c;

    b->slots = 64;
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 'p')
            b->has_parser = true;
        else if (c == 'k')
            b->is_insecure = true;
        else if (c == 'z')
            b->is_compressed = true;
        else if (c == 'f')
            b->is_following = true;
        else if (c == 'a')
            b->ca_file = optarg;
        else if (c == 't')
            b->connect_to = curl_slist_append(b->connect_to, optarg);
        else if (c == 'c' && str_to_u64(str_from(optarg), BARE_SLOTS_MAX, &n) &&
                 n > 0)
            b->slots = (size_t)n;
        else
            bare_usage();
    }
    if (argc - optind != 1)
        bare_usage();
    b->urls = fopen(argv[optind], "r");
    if (b->urls == NULL)
        fatal("%s", argv[optind]);
}

int
main(int argc, char **argv)
{
    struct bare b = {0};

    log_init("bare", LOG_INFO);
    bare_options(&b, argc, argv);
    bare_open(&b);
    bare_run(&b);
    printf("requests %zu pages %zu failed %zu bytes %zu links %zu\n",
           b.requests, b.pages, b.failed, b.bytes, b.links);
    fclose(b.urls);
    close(b.epoll);
    curl_multi_cleanup(b.multi);
    curl_slist_free_all(b.connect_to);
    curl_global_cleanup();
    xmlCleanupParser();
    return b.failed > 0;
}
