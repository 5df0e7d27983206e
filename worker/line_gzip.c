/*
 * libdeflate compresses; zlib reads a file back, since libdeflate wants all
 * of a member at once.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/line_gzip.h"

#include <errno.h>
#include <libdeflate.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "common/log.h"
#include "common/mem.h"

enum {
    LINE_GZIP_LEVEL = 6,
    LINE_GZIP_KEEP = 1 << 20, /* of memory, from member to member */
    LINE_GZIP_READ_BYTES = 65536
};

/* What one thread compresses with; as many as ever did so at a time. */
struct line_pack {
    struct libdeflate_compressor *deflate;
    char *bytes;
    size_t cap;
    struct line_pack *next;
};

struct line_gzip {
    pthread_mutex_t mtx;
    struct line_pack *idle; /* guarded by mtx */
};

struct line_gzip *
line_gzip_new(void)
{
    struct line_gzip *g = xcalloc(1, sizeof(*g));

    pthread_mutex_init(&g->mtx, NULL);
    return g;
}

void
line_gzip_free(struct line_gzip *g)
{
    struct line_pack *pack, *next;

    if (g == NULL)
        return;
    for (pack = g->idle; pack != NULL; pack = next) {
        next = pack->next;
        libdeflate_free_compressor(pack->deflate);
        free(pack->bytes);
        free(pack);
    }
    pthread_mutex_destroy(&g->mtx);
    free(g);
}

static struct line_pack *
line_gzip_take(struct line_gzip *g)
{
    struct line_pack *pack;

    pthread_mutex_lock(&g->mtx);
    pack = g->idle;
    if (pack != NULL)
        g->idle = pack->next;
    pthread_mutex_unlock(&g->mtx);
    if (pack != NULL)
        return pack;
    pack = xcalloc(1, sizeof(*pack));
    pack->deflate = libdeflate_alloc_compressor(LINE_GZIP_LEVEL);
    if (pack->deflate == NULL)
        fatalx("out of memory for compressing lines");
    return pack;
}

struct line_pack *
line_gzip_pack(struct line_gzip *g, struct str lines, struct str *member)
{
    struct line_pack *pack = line_gzip_take(g);
    size_t most = libdeflate_gzip_compress_bound(pack->deflate, lines.n);

    if (pack->cap < most) {
        free(pack->bytes);
        pack->bytes = xmalloc(most);
        pack->cap = most;
    }
    member->p = pack->bytes;
    member->n = libdeflate_gzip_compress(pack->deflate, lines.p, lines.n,
                                         pack->bytes, most);
    return pack;
}

void
line_gzip_done(struct line_gzip *g, struct line_pack *pack)
{
    if (pack->cap > LINE_GZIP_KEEP) {
        free(pack->bytes);
        pack->bytes = NULL;
        pack->cap = 0;
    }
    pthread_mutex_lock(&g->mtx);
    pack->next = g->idle;
    g->idle = pack;
    pthread_mutex_unlock(&g->mtx);
}

/* --- reading back --- */

/*
 * Inflate what z has got: false at the first member that is none.  *at counts
 * bytes of the file, *end where the last whole member ended.
 */
static bool
line_gzip_walk(z_stream *z, off_t *at, off_t *end)
{
    unsigned char out[LINE_GZIP_READ_BYTES];

    do {
        uInt before = z->avail_in;
        int result;

        z->next_out = out;
        z->avail_out = sizeof(out);
        result = inflate(z, Z_NO_FLUSH);
        *at += before - z->avail_in;
        if (result == Z_STREAM_END) {
            *end = *at;
            if (inflateReset(z) != Z_OK)
                return false;
        } else if (result == Z_BUF_ERROR && z->avail_in == 0) {
            return true; /* it had given all and waits for more */
        } else if (result != Z_OK) {
            return false;
        }
    } while (z->avail_in > 0 || z->avail_out == 0);
    return true;
}

off_t
line_gzip_whole(int fd)
{
    unsigned char bytes[LINE_GZIP_READ_BYTES];
    z_stream z = {.next_in = NULL};
    off_t from = 0, at = 0, end = 0;

    if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK) /* 16: gzip only */
        fatalx("out of memory for reading compressed lines");
    for (;;) {
        ssize_t n = pread(fd, bytes, sizeof(bytes), from);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            end = -1;
        if (n <= 0)
            break;
        from += n;
        z.next_in = bytes;
        z.avail_in = (uInt)n;
        if (!line_gzip_walk(&z, &at, &end))
            break;
    }
    inflateEnd(&z);
    return end;
}
