/*
 * sieve - finds the tags of an HTML page that can carry a link.
 *
 * A byte scanner that walks the page by the rules of the WHATWG HTML standard
 * (13.2.5 "Tokenization", scripting off) and keeps, of a few tags, where the
 * values of a few attributes stand: nothing is copied and nothing decoded.
 * It sees what querySelectorAll('a[href]') would see, so not what stands in
 * comments, in raw text (script, style, textarea, title, iframe, ...) or in a
 * <template> without shadowrootmode.  Linear in the bytes, whatever they are;
 * pure.
 *
 * The charset must be one in which the bytes of ASCII mean ASCII wherever
 * they could be markup: all that browsers know but UTF-16 and ISO-2022-JP.
 *
 * Where it is wider than a tree builder: it keeps a <frame> outside of a
 * frameset or behind it, an <a> in a frameset that follows more than a head,
 * and a <form> in a form.  It keeps what stands in a <select>, as the standard
 * has it since 2025.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_SIEVE_H
#define WORKER_SIEVE_H

#include "common/str.h"

enum {
    /* A value beyond this is no URL we could use: the longest is 2,083 bytes
     * (common/url.h), each written as "&#x41;" at worst.  Its tag is dropped.
     */
    SIEVE_VALUE_MAX = 16384
};

enum sieve_kind {
    SIEVE_A,
    SIEVE_AREA,
    SIEVE_LINK,
    SIEVE_FRAME,
    SIEVE_IFRAME,
    SIEVE_BASE,
    SIEVE_META,
    /* These with has_requisites only: */
    SIEVE_SRC,   /* src of audio, embed, script and track, data of object,
                    background of body and of a table's parts */
    SIEVE_IMG,   /* and source */
    SIEVE_VIDEO, /* also with a poster */
    SIEVE_INPUT, /* of every type */
    SIEVE_FORM   /* of every method */
};

/* The values of a tag by their place in sieve_tag.value. */
enum sieve_slot {
    SIEVE_URL = 0,     /* href, src, data, action; always there but in meta, and
                          where     slot 2 has a URL too */
    SIEVE_REL = 1,     /* rel of a, area, link and form */
    SIEVE_SRCSET = 2,  /* of img and source; imagesrcset of link */
    SIEVE_POSTER = 2,  /* of video */
    SIEVE_TYPE = 1,    /* of input */
    SIEVE_METHOD = 3,  /* of form */
    SIEVE_TEXT = 3,    /* with has_texts: alt of area; of a, its text, when
                          --parser full has read it */
    SIEVE_CONTENT = 0, /* these four: of meta */
    SIEVE_HTTP_EQUIV = 1,
    SIEVE_NAME = 2,
    SIEVE_CHARSET = 3,
    SIEVE_SLOTS = 4
};

enum sieve_flag {
    SIEVE_HAS_REF = 1,  /* a kept value holds a '&' */
    SIEVE_HAS_HIGH = 2, /* a kept value holds a byte above 0x7f, or a NUL */
    SIEVE_IS_MOVED = 4, /* the user's: the values stand elsewhere */
    SIEVE_IS_KNOWN = 8  /* the user's: nothing more to do */
};

/* The first of attributes with one name counts (13.2.5.33). */
struct sieve_tag {
    struct {
        uint32_t at; /* offset in the page; SIEVE_ABSENT: no such attribute */
        uint32_t n;
    } value[SIEVE_SLOTS];
    uint64_t hash; /* the user's */
    uint32_t end;  /* offset of what stands behind its '>' */
    uint8_t kind;  /* enum sieve_kind */
    uint8_t flags; /* enum sieve_flag */
};
#define SIEVE_ABSENT UINT32_MAX

/* Open: the tags in the order of the page, read and changed by its user. */
struct sieve {
    struct sieve_tag *tags;
    size_t n;
    size_t cap;
    size_t max;          /* how many there may be */
    bool has_requisites; /* set it: images, scripts, forms ... are found too */
    bool has_texts;      /* set it: what an area says is kept */
    size_t most_attrs;   /* of a tag of 2 KB or more: libxml2 takes their square
                            in time */
    bool is_cut;         /* the page has more tags than max */
    bool is_frameset;    /* it has a frameset where others have a body */
};

void sieve_init(struct sieve *s);
void sieve_fini(struct sieve *s);

/* Forget the last page's tags and find those of html, at most max_tags. */
void sieve_run(struct sieve *s, struct str html, size_t max_tags);

/* A place for one more tag, all of its values absent; NULL when cut. */
struct sieve_tag *sieve_add(struct sieve *s, enum sieve_kind kind);

/* A stretch of a page, for who reads more of it than its links. */
struct sieve_piece {
    enum {
        SIEVE_PIECE_TEXT,
        SIEVE_PIECE_START, /* a start tag, with its content when that is raw
                              text, up to its end tag */
        SIEVE_PIECE_END,   /* an end tag */
        SIEVE_PIECE_OTHER  /* a comment, a doctype, a tag that is cut off */
    } kind;
    struct str text;  /* its text, as it stands there, or the tag's name */
    struct str value; /* of the attribute that was asked for; p NULL: none */
};

/*
 * Read the piece that begins at p, before end, by the same rules, but that
 * every element is an HTML one.  Returns where the next one begins.
 */
const char *sieve_read_piece(const char *p, const char *end, struct str attr,
                             struct sieve_piece *piece);

/* The value in a slot, borrowed from bytes; p is NULL when it is absent. */
static inline struct str
sieve_value(const struct sieve_tag *t, const char *bytes, enum sieve_slot slot)
{
    if (t->value[slot].at == SIEVE_ABSENT)
        return STR_NONE;
    return (struct str){bytes + t->value[slot].at, t->value[slot].n};
}

#endif
