/* SPDX-License-Identifier: MIT */
#include "worker/warc_sum.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "common/log.h"
#include "common/mem.h"

struct warc_summer {
    EVP_MD *how; /* fetched once: SHA1() looks it up anew at each call */
    EVP_MD_CTX *md;
};

struct warc_summer *
warc_summer_new(enum warc_hash hash)
{
    struct warc_summer *s = xcalloc(1, sizeof(*s));
    const char *name = hash == WARC_SHA256 ? "SHA256" : "SHA1";

    s->how = EVP_MD_fetch(NULL, name, NULL);
    s->md = EVP_MD_CTX_new();
    if (s->how == NULL)
        fatalx("libcrypto has no %s: WARC digests need it", name);
    if (s->md == NULL)
        fatalx("out of memory for WARC digests");
    return s;
}

void
warc_summer_free(struct warc_summer *s)
{
    if (s == NULL)
        return;
    EVP_MD_CTX_free(s->md);
    EVP_MD_free(s->how);
    free(s);
}

bool
warc_sum(struct warc_summer *s, struct str a, struct str c,
         struct warc_sum *out)
{
    return EVP_DigestInit_ex(s->md, s->how, NULL) &&
           EVP_DigestUpdate(s->md, a.p, a.n) &&
           EVP_DigestUpdate(s->md, c.p, c.n) &&
           EVP_DigestFinal_ex(s->md, out->bytes, NULL);
}

/* RFC 4648: 5 bytes are 8 letters. */
static void
warc_sum_base32(const unsigned char *sum, char *at)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    for (int five = 0; five < 20; five += 5) {
        uint64_t bits = 0;

        for (int i = 0; i < 5; i++)
            bits = bits << 8 | sum[five + i];
        for (int shift = 35; shift >= 0; shift -= 5)
            *at++ = letters[bits >> shift & 31];
    }
    *at = '\0';
}

void
warc_sum_text(enum warc_hash hash, const struct warc_sum *sum,
              char out[WARC_DIGEST_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    char *at = out;

    if (hash == WARC_SHA1) {
        memcpy(out, "sha1:", 5);
        warc_sum_base32(sum->bytes, out + 5);
        return;
    }
    memcpy(at, "sha256:", 7);
    at += 7;
    for (int i = 0; i < WARC_SUM_MAX; i++) {
        *at++ = digits[sum->bytes[i] >> 4];
        *at++ = digits[sum->bytes[i] & 15];
    }
    *at = '\0';
}
