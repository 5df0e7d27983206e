/* SPDX-License-Identifier: MIT */
#include "worker/name_servers.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

enum {
    NAME_SERVERS_REST_MS = 2000, /* the first rest; doubled each time */
    NAME_SERVERS_REST_MAX_MS = 60 * 1000,
    NAME_SERVERS_PROBE_MS = 2000,       /* for its one question, after a rest */
    NAME_SERVERS_SOCKET_BYTES = 1 << 20 /* answers may come in a burst */
};

/* A socket of c-ares on the loop. */
struct name_servers_poll {
    uv_poll_t handle;
    struct name_server *server;
    ares_socket_t fd;
    struct name_servers_poll *next;
};

struct name_server {
    struct name_servers *all;
    ares_channel channel;
    struct name_servers_poll *polls;
    uint64_t answered_ms;
    uint64_t rest_ms; /* the last rest; 0: it answers */
    uint64_t rests_until_ms;
    bool is_probed; /* one question is to show whether it is back */
    char address[INET6_ADDRSTRLEN];
};

struct name_servers {
    uv_loop_t *loop;
    unsigned count, turn;
    struct name_server server[NAME_SERVERS_MAX];
};

struct name_servers_question {
    struct name_server *server;
    name_servers_fn *fn;
    void *arg;
};

/* --- c-ares on the loop --- */

static void
name_servers_on_poll(uv_poll_t *handle, int status, int events)
{
    struct name_servers_poll *p = handle->data;
    ares_channel channel = p->server->channel;
    ares_socket_t fd = p->fd;

    if (status < 0)
        events = UV_READABLE | UV_WRITABLE;
    ares_process_fd(channel, events & UV_READABLE ? fd : ARES_SOCKET_BAD,
                    events & UV_WRITABLE ? fd : ARES_SOCKET_BAD);
}

static void
name_servers_on_poll_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void
name_servers_poll_end(struct name_server *server, ares_socket_t fd)
{
    for (struct name_servers_poll **p = &server->polls; *p; p = &(*p)->next)
        if ((*p)->fd == fd) {
            struct name_servers_poll *gone = *p;

            *p = gone->next;
            uv_poll_stop(&gone->handle);
            uv_close((uv_handle_t *)&gone->handle, name_servers_on_poll_closed);
            return;
        }
}

/* c-ares wants to know of fd's being readable, writable, or of nothing. */
static void
name_servers_on_socket(void *arg, ares_socket_t fd, int readable, int writable)
{
    struct name_server *server = arg;
    struct name_servers_poll *p = server->polls;
    int events = (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0);

    if (events == 0) {
        name_servers_poll_end(server, fd);
        return;
    }
    while (p && p->fd != fd)
        p = p->next;
    if (p == NULL) {
        p = xcalloc(1, sizeof(*p));
        p->server = server;
        p->fd = fd;
        p->handle.data = p;
        uv_poll_init_socket(server->all->loop, &p->handle, fd);
        p->next = server->polls;
        server->polls = p;
    }
    uv_poll_start(&p->handle, events, name_servers_on_poll);
}

/* --- how they fare --- */

static void
name_servers_rest(struct name_server *server)
{
    uint64_t now = uv_now(server->all->loop);

    if (server->rests_until_ms > now && !server->is_probed)
        return; /* many questions, one trouble */
    server->is_probed = false;
    server->rest_ms =
        server->rest_ms == 0 ? NAME_SERVERS_REST_MS : server->rest_ms * 2;
    if (server->rest_ms > NAME_SERVERS_REST_MAX_MS)
        server->rest_ms = NAME_SERVERS_REST_MAX_MS;
    server->rests_until_ms = now + server->rest_ms;
}

void
name_servers_is_late(struct name_servers *s, unsigned server, uint64_t asked_ms)
{
    if (s->server[server].answered_ms < asked_ms)
        name_servers_rest(&s->server[server]);
}

unsigned
name_servers_pick(struct name_servers *s, unsigned asked)
{
    uint64_t now = uv_now(s->loop);
    unsigned found = s->count, first = s->turn++;

    if (asked == (1u << s->count) - 1) /* all have been: once more */
        asked = 0;
    for (unsigned i = 0; i < s->count && found == s->count; i++) {
        unsigned at = (first + i) % s->count;

        if ((asked & 1u << at) == 0 && s->server[at].rests_until_ms <= now)
            found = at;
    }
    for (unsigned i = 0; i < s->count && found == s->count; i++) {
        unsigned at = (first + i) % s->count;

        if ((asked & 1u << at) == 0)
            found = at;
    }
    if (s->server[found].rest_ms > 0 &&
        s->server[found].rests_until_ms <= now) {
        s->server[found].rests_until_ms = now + NAME_SERVERS_PROBE_MS;
        s->server[found].is_probed = true;
    }
    return found;
}

bool
name_servers_are_up(const struct name_servers *s, unsigned set)
{
    for (unsigned i = 0; i < s->count; i++)
        if ((set & 1u << i) != 0 &&
            s->server[i].rests_until_ms <= uv_now(s->loop))
            return true;
    return false;
}

const char *
name_servers_address(const struct name_servers *s, unsigned server)
{
    return s->server[server].address;
}

/* --- questions --- */

static void
name_servers_on_answer(void *arg, int status, int timeouts,
                       unsigned char *bytes, int n)
{
    struct name_servers_question question =
        *(struct name_servers_question *)arg;
    struct name_server *server = question.server;

    (void)timeouts;
    free(arg);
    if (bytes != NULL) {
        server->answered_ms = uv_now(server->all->loop);
        server->rest_ms = server->rests_until_ms = 0;
        server->is_probed = false;
    } else if (status == ARES_ECONNREFUSED) {
        name_servers_rest(server);
    }
    question.fn(question.arg, status, bytes, n);
}

void
name_servers_ask(struct name_servers *s, unsigned server, const char *name,
                 enum name_servers_type type, name_servers_fn *fn, void *arg)
{
    struct name_servers_question *question = xcalloc(1, sizeof(*question));

    *question = (struct name_servers_question){&s->server[server], fn, arg};
    ares_query(s->server[server].channel, name, 1 /* Internet */, (int)type,
               name_servers_on_answer, question);
}

void
name_servers_tick(struct name_servers *s)
{
    for (unsigned i = 0; i < s->count; i++)
        ares_process_fd(s->server[i].channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

/* --- birth and end --- */

/* The addresses as c-ares reads them, from csv or the system's files. */
static int
name_servers_list(const char *csv, struct ares_addr_port_node **out)
{
    ares_channel channel;
    int status = ares_init(&channel);

    *out = NULL;
    if (status != ARES_SUCCESS)
        return status;
    if (csv)
        status = ares_set_servers_ports_csv(channel, csv);
    if (status == ARES_SUCCESS)
        status = ares_get_servers_ports(channel, out);
    ares_destroy(channel);
    return status == ARES_SUCCESS && *out == NULL ? ARES_ENODATA : status;
}

/*
 * One server, one try: what comes next is decided by the caller.  No search
 * list, or a page could ask for names of this network by short ones.
 */
static int
name_servers_add(struct name_servers *s, const struct ares_addr_port_node *at,
                 int64_t timeout_ms)
{
    struct name_server *server = &s->server[s->count];
    struct ares_addr_port_node one = *at;
    char lookups[] = "b";
    struct ares_options options = {
        .flags =
            ARES_FLAG_NOCHECKRESP | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES,
        .timeout = (int)timeout_ms,
        .tries = 1,
        .lookups = lookups,
        .socket_receive_buffer_size = NAME_SERVERS_SOCKET_BYTES,
        .sock_state_cb = name_servers_on_socket,
        .sock_state_cb_data = server};
    int status =
        ares_init_options(&server->channel, &options,
                          ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
                              ARES_OPT_LOOKUPS | ARES_OPT_DOMAINS |
                              ARES_OPT_SOCK_RCVBUF | ARES_OPT_SOCK_STATE_CB);

    if (status != ARES_SUCCESS)
        return status;
    server->all = s;
    inet_ntop(at->family, &at->addr, server->address, sizeof(server->address));
    one.next = NULL;
    s->count++;
    return ares_set_servers_ports(server->channel, &one);
}

enum err
name_servers_new(uv_loop_t *loop, const char *csv, int64_t timeout_ms,
                 struct name_servers **out, char why[CONFIG_WHY_BYTES])
{
    struct name_servers *s = xcalloc(1, sizeof(*s));
    struct ares_addr_port_node *list;
    int status = name_servers_list(csv, &list);

    *out = NULL;
    s->loop = loop;
    for (struct ares_addr_port_node *at = list;
         at && status == ARES_SUCCESS && s->count < NAME_SERVERS_MAX;
         at = at->next)
        status = name_servers_add(s, at, timeout_ms);
    if (list)
        ares_free_data(list);
    if (status != ARES_SUCCESS) {
        snprintf(why, CONFIG_WHY_BYTES, "dns-servers: %.100s: %s",
                 csv ? csv : "the system's", ares_strerror(status));
        name_servers_close(s);
        return ERR_INVALID;
    }
    *out = s;
    return ERR_OK;
}

/* c-ares takes its sockets off the loop, in name_servers_on_socket(). */
void
name_servers_close(struct name_servers *s)
{
    if (s == NULL)
        return;
    for (unsigned i = 0; i < s->count; i++)
        ares_destroy(s->server[i].channel);
    free(s);
}
