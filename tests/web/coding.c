/* SPDX-License-Identifier: MIT */
#include "tests/web/coding.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <zlib.h>

#include "common/mem.h"
#include "tests/web/put.h"

enum { BOMB_ZEROS = 1 << 20, BOMB_MAX = 1 << 16, BOMB_TAIL = 10 };

void
coding_gzip(struct str plain, struct buf *out)
{
    struct libdeflate_compressor *c = libdeflate_alloc_compressor(6);
    size_t bound, n;

    if (c == NULL)
        fatalx("no memory for gzip");
    bound = libdeflate_gzip_compress_bound(c, plain.n);
    if (buf_reserve(out, bound) != ERR_OK)
        fatalx("a gzip body outgrew its buffer");
    n = libdeflate_gzip_compress(c, plain.p, plain.n, out->p + out->n, bound);
    libdeflate_free_compressor(c);
    if (n == 0)
        fatalx("gzip failed");
    out->n += n;
}

/*
 * RFC 7932 section 9: WBITS 16 is the bit 0; a block of up to 65536 bytes is
 * ISLAST 0, MNIBBLES 00 (four nibbles), MLEN - 1 in 16 bits, ISUNCOMPRESSED 1,
 * zeros up to the byte, then its bytes.  The end is ISLAST 1, ISLASTEMPTY 1.
 * Bits fill a byte from its lowest on.  WBITS stands before the first block
 * only, so that block's fields lie one bit higher.
 */
void
coding_brotli_stored(struct str plain, struct buf *out)
{
    unsigned shift = 1; /* the bit of WBITS */

    while (plain.n > 0) {
        size_t n = plain.n < 65536 ? plain.n : 65536;
        uint32_t bits = ((uint32_t)(n - 1) << 3 | 1u << 19) << shift;
        unsigned char bytes[3] = {(unsigned char)bits,
                                  (unsigned char)(bits >> 8),
                                  (unsigned char)(bits >> 16)};

        put_bytes(out, bytes, sizeof(bytes));
        put_bytes(out, plain.p, n);
        plain.p += n;
        plain.n -= n;
        shift = 0;
    }
    put_bytes(out, shift ? "\x06" : "\x03", 1);
}

/*
 * A full flush ends on a byte and forgets what was before it, so the bytes up
 * to it stand for 1 MiB of zeros wherever they are put.
 */
struct str
coding_bomb(void)
{
    static char bomb[BOMB_MAX];
    static size_t n;
    z_stream z = {.zalloc = NULL};
    void *zeros;

    if (n > 0)
        return (struct str){bomb, n};
    zeros = xcalloc(1, BOMB_ZEROS);
    if (deflateInit2(&z, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        fatalx("no memory for zlib");
    z.next_in = zeros;
    z.avail_in = BOMB_ZEROS;
    z.next_out = (unsigned char *)bomb;
    z.avail_out = sizeof(bomb);
    if (deflate(&z, Z_FULL_FLUSH) != Z_OK || z.avail_in > 0 || z.avail_out == 0)
        fatalx("the gzip bomb does not fit");
    n = sizeof(bomb) - z.avail_out;
    deflateEnd(&z);
    free(zeros);
    return (struct str){bomb, n};
}

static void
little_endian(char *out, uint32_t n)
{
    for (int i = 0; i < 4; i++)
        out[i] = (char)(n >> (8 * i) & 0xff);
}

struct str
coding_bomb_tail(unsigned size)
{
    static char tails[CODING_BOMBS][BOMB_TAIL];
    char *tail = tails[size];
    unsigned long one, crc = crc32(0, NULL, 0);
    uint64_t mb = 1;
    void *zeros;

    if (tail[0] != '\0')
        return (struct str){tail, BOMB_TAIL};
    while (size-- > 0)
        mb *= 10;
    zeros = xcalloc(1, BOMB_ZEROS);
    one = crc32(0, zeros, BOMB_ZEROS);
    free(zeros);
    for (uint64_t i = 0; i < mb; i++)
        crc = crc32_combine(crc, one, BOMB_ZEROS);
    tail[0] = 3; /* RFC 1951: an empty last block of fixed codes */
    tail[1] = 0;
    little_endian(tail + 2, (uint32_t)crc);
    little_endian(tail + 6, (uint32_t)(mb * BOMB_ZEROS));
    return (struct str){tail, BOMB_TAIL};
}
