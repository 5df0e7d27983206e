/* SPDX-License-Identifier: MIT */
#include "common/conn_find.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"
#include "common/mem.h"

struct conn_find {
    uv_getaddrinfo_t request;
    size_t number;
    conn_find_fn *fn; /* NULL: cancelled */
    void *arg;
};

static void
conn_find_on_done(uv_getaddrinfo_t *request, int status, struct addrinfo *list)
{
    struct conn_find *f = request->data;
    struct addrinfo *at = list;
    size_t count = 0;
    char address[NI_MAXHOST];
    int e = 0;

    for (struct addrinfo *a = list; a; a = a->ai_next)
        if (count++ <= f->number)
            at = a;
    if (f->fn && at)
        e = getnameinfo(at->ai_addr, at->ai_addrlen, address, sizeof(address),
                        NULL, 0, NI_NUMERICHOST);
    if (f->fn && at && e == 0)
        f->fn(f->arg, address, count, NULL);
    else if (f->fn)
        f->fn(f->arg, NULL, 0,
              status ? uv_strerror(status) : "its name has no address");
    uv_freeaddrinfo(list);
    free(f);
}

struct conn_find *
conn_find(uv_loop_t *loop, const char *host, size_t number, conn_find_fn *fn,
          void *arg)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM};
    struct conn_find *f = xcalloc(1, sizeof(*f));
    int e;

    *f = (struct conn_find){.number = number, .fn = fn, .arg = arg};
    f->request.data = f;
    e = uv_getaddrinfo(loop, &f->request, conn_find_on_done, host, NULL,
                       &hints);
    if (e != 0) /* no memory, or a name beyond 255 bytes: config would not */
        fatalx("cannot look up %s: %s", LOG_ESC(str_from(host)),
               uv_strerror(e));
    return f;
}

void
conn_find_cancel(struct conn_find *f)
{
    if (f == NULL)
        return;
    f->fn = NULL;
    uv_cancel((uv_req_t *)&f->request);
}
