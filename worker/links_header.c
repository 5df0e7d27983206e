/* SPDX-License-Identifier: MIT */
#include "worker/links_header.h"

#include "worker/link_header.h"
#include "worker/refresh.h"
#include "worker/rel.h"

/* One call of links_header_find(). */
struct links_header_run {
    size_t count, max;
    bool has_requisites;
    links_fn *fn;
    void *arg;
};

/*
 * The next line off *rest, cut into name and value; false at the end.  A line
 * that is none, as the status line, has an empty name.
 */
static bool
links_header_line(struct str *rest, struct str *name, struct str *value)
{
    const char *colon;

    if (rest->n == 0)
        return false;
    *value = str_cut(rest, '\n');
    *name = STR_NONE;
    colon = value->n > 0 ? memchr(value->p, ':', value->n) : NULL;
    if (colon == NULL)
        return true;
    *name = (struct str){value->p, (size_t)(colon - value->p)};
    value->n -= name->n + 1;
    value->p += name->n + 1;
    *value = str_trim(*value);
    return true;
}

struct links_header
links_header_read(struct str lines, struct str agent)
{
    struct links_header h = {.lines = lines};
    struct str name, value;

    while (links_header_line(&lines, &name, &value)) {
        if (name.n == 0)
            continue;
        switch (str_lower(name.p[0])) {
        case 'x':
            if (str_equal_nocase(name, STR("x-robots-tag")))
                robots_tag_header(&h.robots, value, agent);
            break;
        case 'l':
            h.has_links |= str_equal_nocase(name, STR("link"));
            break;
        case 'r':
            h.has_links |= str_equal_nocase(name, STR("refresh"));
            break;
        default:
            break;
        }
    }
    return h;
}

static void
links_header_give(struct links_header_run *run, enum link_kind kind,
                  struct str href, struct str rel)
{
    struct link link = {.kind = kind,
                        .is_nofollow = rel_has(rel, STR("nofollow")),
                        .is_of_header = true,
                        .href = href,
                        .rel = rel};

    if (href.p == NULL || run->count == run->max)
        return;
    run->count++;
    run->fn(run->arg, &link);
}

size_t
links_header_find(const struct links_header *h, bool has_requisites, size_t max,
                  links_fn *fn, void *arg)
{
    struct links_header_run run = {0, max, has_requisites, fn, arg};
    struct str lines = h->lines, name, value;
    struct link_header link;

    if (!h->has_links)
        return 0;
    while (links_header_line(&lines, &name, &value)) {
        if (str_equal_nocase(name, STR("refresh")))
            links_header_give(&run, LINK_REFRESH, refresh_url(value), STR_NONE);
        if (!str_equal_nocase(name, STR("link")))
            continue;
        while (link_header_next(&value, &link)) {
            enum rel_class class = rel_class(link.rel);

            if (link.has_anchor || class == REL_OTHER)
                continue;
            if (class == REL_LINK)
                links_header_give(&run, LINK_REL, link.target, link.rel);
            else if (run.has_requisites)
                links_header_give(&run, LINK_REQUISITE, link.target, link.rel);
        }
    }
    return run.count;
}
