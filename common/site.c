/*
 * libpsl takes 2 us a host, which 75 links a page would make the dearest part
 * of the page; pages link to few hosts, so each thread remembers what it was
 * told, a place a host in a small table.
 *
 * SPDX-License-Identifier: MIT
 */
#include "common/site.h"

#include <assert.h>
#include <libpsl.h>
#include <xxhash.h>

#include "common/host.h"
#include "common/log.h"

enum {
    /*
     * Labels that are put before libpsl, which looks at a name once a label:
     * the longest rules of the list have five.
     */
    SITE_LABELS_MAX = 8,
    SITE_MEMO_PLACES = 256, /* 16 KiB a thread */
    SITE_MEMO_HOST = 62,    /* longer hosts are asked for each time */
};

/* What libpsl said of a host: its site are the last site_n bytes. */
struct site_memo {
    uint8_t host_n; /* 0: an empty place */
    uint8_t site_n;
    char host[SITE_MEMO_HOST];
};

static struct {
    enum site_by by;
    psl_ctx_t *latest;    /* from the system's file, or NULL; ours to free */
    const psl_ctx_t *psl; /* the one in use */
} site;

static _Thread_local struct site_memo site_memos[SITE_MEMO_PLACES];

void
site_init(enum site_by by)
{
    site_fini();
    site.by = by;
    if (by == SITE_BY_HOST)
        return;
    site.latest = psl_latest(NULL);
    site.psl = site.latest != NULL ? site.latest : psl_builtin();
    if (site.psl == NULL)
        fatalx("site: libpsl has no public suffix list");
}

void
site_fini(void)
{
    psl_free(site.latest);
    site.latest = NULL;
    site.psl = NULL;
    site.by = SITE_BY_DOMAIN;
}

/* The last labels of host, as many as libpsl is to see. */
static struct str
site_tail(struct str host)
{
    size_t labels = 0;

    for (size_t i = host.n; i > 0; i--)
        if (host.p[i - 1] == '.' && ++labels == SITE_LABELS_MAX)
            return (struct str){host.p + i, host.n - i};
    return host;
}

/* How many bytes at the end of host are its registrable domain. */
static size_t
site_ask(struct str host)
{
    struct str tail = site_tail(host);
    char name[HOST_MAX + 1];
    const char *domain;

    memcpy(name, tail.p, tail.n);
    name[tail.n] = '\0';
    domain = psl_registrable_domain(site.psl, name);
    if (domain == NULL || *domain == '\0')
        return host.n; /* a public suffix itself, or no dot in it */
    return tail.n - (size_t)(domain - name);
}

struct str
site_of_host(struct str host)
{
    struct site_memo *memo;
    size_t n;

    /* "a.test." is the server that "a.test" is */
    if (host.n > 1 && host.p[host.n - 1] == '.')
        host.n--;
    if (site.by == SITE_BY_HOST || host.n > HOST_MAX || host_is_address(host))
        return host;
    assert(site.psl != NULL); /* site_init() comes first */
    if (host.n == 0 || host.n > SITE_MEMO_HOST) {
        n = host.n > 0 ? site_ask(host) : 0;
    } else {
        memo = &site_memos[XXH3_64bits(host.p, host.n) % SITE_MEMO_PLACES];
        if (memo->host_n != host.n || memcmp(memo->host, host.p, host.n) != 0) {
            memcpy(memo->host, host.p, host.n);
            memo->host_n = (uint8_t)host.n;
            memo->site_n = (uint8_t)site_ask(host);
        }
        n = memo->site_n;
    }
    return (struct str){host.p + host.n - n, n};
}
