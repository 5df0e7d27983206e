/*
 * The form of a line is told by its first words.  A name may have blanks, so
 * it is what stands one blank behind the date, to the line's end.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/ftp_listing.h"

#include <string.h>

enum { FTP_WORDS_BEFORE_DATE = 8 };

/* The next word, *rest being put behind it; empty at the end. */
static struct str
ftp_word(struct str *rest)
{
    struct str word;

    while (rest->n > 0 && rest->p[0] == ' ') {
        rest->p++;
        rest->n--;
    }
    word = (struct str){rest->p, 0};
    while (word.n < rest->n && rest->p[word.n] != ' ')
        word.n++;
    rest->p += word.n;
    rest->n -= word.n;
    return word;
}

/* Whether word is of the form: 9 stands for a digit, A for a letter. */
static bool
ftp_is_form(struct str word, const char *form)
{
    if (word.n != strlen(form))
        return false;
    for (size_t i = 0; i < word.n; i++) {
        bool fits = form[i] == '9'   ? str_is_digit(word.p[i])
                    : form[i] == 'A' ? str_is_alpha(word.p[i])
                                     : form[i] == word.p[i];

        if (!fits)
            return false;
    }
    return true;
}

static bool
ftp_is_number(struct str word)
{
    for (size_t i = 0; i < word.n; i++)
        if (!str_is_digit(word.p[i]))
            return false;
    return word.n > 0;
}

static bool
ftp_is_clock(struct str word)
{
    return ftp_is_form(word, "99:99") || ftp_is_form(word, "9:99") ||
           (word.n >= 8 && ftp_is_form((struct str){word.p, 8}, "99:99:99"));
}

static bool
ftp_is_month(struct str word)
{
    static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";

    for (size_t i = 0; word.n == 3 && i + 3 < sizeof(months); i += 3)
        if (str_equal_nocase(word, (struct str){months + i, 3}))
            return true;
    return false;
}

static bool
ftp_is_day(struct str word)
{
    return word.n <= 2 && ftp_is_number(word);
}

/* --- ls --- */

/* "drwxr-xr-x", "-rw-r--r--+", NetWare's "d [RWCEAFMS]". */
static bool
ftp_is_mode(struct str line)
{
    size_t n = 1;

    if (line.n < 10 || memchr("-dlbcpsD", line.p[0], 8) == NULL)
        return false;
    if (line.p[1] == ' ' && line.p[2] == '[')
        return true;
    while (n < line.n && memchr("-rwxsStTlL", line.p[n], 10) != NULL)
        n++;
    return n >= 10;
}

/*
 * Behind owners and sizes, of which some servers leave out some: "Nov 21
 * 10:00", "Nov 21 2025", "21 Nov 2025", "2026-11-21 10:00".  What follows its
 * one blank is the name; false: there is no date.
 */
static bool
ftp_skip_to_name(struct str *rest)
{
    struct str a = ftp_word(rest), b = ftp_word(rest);

    for (int i = 0; i < FTP_WORDS_BEFORE_DATE && b.n > 0; i++) {
        struct str behind_b = *rest, c = ftp_word(rest);
        bool is_iso = ftp_is_form(a, "9999-99-99") && ftp_is_clock(b);

        if (is_iso)
            *rest = behind_b;
        if (is_iso || (((ftp_is_month(a) && ftp_is_day(b)) ||
                        (ftp_is_day(a) && ftp_is_month(b))) &&
                       (ftp_is_clock(c) || ftp_is_form(c, "9999")))) {
            if (rest->n < 2)
                return false;
            rest->p++;
            rest->n--;
            return true;
        }
        a = b;
        b = c;
    }
    return false;
}

/* "../..", ".": a walk through such links would not end. */
static bool
ftp_is_above(struct str target)
{
    while (target.n > 0) {
        struct str part = str_cut(&target, '/');

        if (part.n > 0 && !str_equal(part, STR(".")) &&
            !str_equal(part, STR("..")))
            return false;
    }
    return true;
}

enum ftp_line { FTP_LINE_ENTRY, FTP_LINE_NONE, FTP_LINE_ODD };

static enum ftp_line
ftp_read_ls(struct str line, struct ftp_entry *out)
{
    static const struct str arrow = {" -> ", 4};
    char kind = line.p[0];
    const char *found;

    ftp_word(&line);
    if (!ftp_skip_to_name(&line))
        return FTP_LINE_ODD;
    out->name = line;
    out->kind = kind == 'd' ? FTP_FOLDER : kind == 'l' ? FTP_LINK : FTP_FILE;
    if (memchr("bcpsD", kind, 5) != NULL)
        return FTP_LINE_NONE;
    found = kind == 'l' ? memmem(line.p, line.n, arrow.p, arrow.n) : NULL;
    if (found) {
        const char *target = found + arrow.n;

        out->name.n = (size_t)(found - line.p);
        if (ftp_is_above(
                (struct str){target, (size_t)(line.p + line.n - target)}))
            return FTP_LINE_NONE;
    }
    return FTP_LINE_ENTRY;
}

/* --- others --- */

/* "11-21-26  10:00AM       <DIR>          name", "... 1234 name". */
static enum ftp_line
ftp_read_dos(struct str line, struct ftp_entry *out)
{
    struct str date = ftp_word(&line), clock = ftp_word(&line);
    struct str size = ftp_word(&line);

    if (!(ftp_is_form(date, "99-99-99") || ftp_is_form(date, "99-99-9999") ||
          ftp_is_form(date, "9999-99-99")) ||
        !(ftp_is_form(clock, "99:99AA") || ftp_is_form(clock, "99:99")) ||
        line.n < 2)
        return FTP_LINE_ODD;
    out->kind = FTP_FILE;
    if (size.p[0] == '<') {
        /* "<DIR>", or "<JUNCTION>" and "<SYMLINKD>", whose target follows */
        out->kind = str_equal(size, STR("<DIR>")) ? FTP_FOLDER : FTP_LINK;
        while (line.n > 1 && line.p[0] == ' ' && line.p[1] == ' ') {
            line.p++;
            line.n--;
        }
    } else if (!ftp_is_number(size)) {
        return FTP_LINE_ODD;
    }
    out->name = (struct str){line.p + 1, line.n - 1};
    return FTP_LINE_ENTRY;
}

/* Easily Parsed LIST Format: "+i8388621.48594,m825718503,r,s280,\tname". */
static enum ftp_line
ftp_read_eplf(struct str line, struct ftp_entry *out)
{
    struct str facts = str_cut(&line, '\t'), fact;
    bool is_file = false, is_folder = false;

    facts.p++;
    facts.n--;
    while (facts.n > 0) {
        fact = str_cut(&facts, ',');
        is_file = is_file || str_equal(fact, STR("r"));
        is_folder = is_folder || str_equal(fact, STR("/"));
    }
    out->name = line;
    out->kind = is_folder ? FTP_FOLDER : FTP_FILE;
    return line.n == 0              ? FTP_LINE_ODD
           : (is_file || is_folder) ? FTP_LINE_ENTRY
                                    : FTP_LINE_NONE;
}

/* --- all of them --- */

static enum ftp_line
ftp_read_line(struct str line, struct ftp_entry *out)
{
    enum ftp_line what = FTP_LINE_ODD;
    struct str rest = line;

    if (line.n == 0 || (str_equal_nocase(ftp_word(&rest), STR("total")) &&
                        ftp_is_number(ftp_word(&rest))))
        return FTP_LINE_NONE;
    if (line.p[0] == '+')
        what = ftp_read_eplf(line, out);
    else if (str_is_digit(line.p[0]))
        what = ftp_read_dos(line, out);
    else if (ftp_is_mode(line))
        what = ftp_read_ls(line, out);
    if (what != FTP_LINE_ENTRY)
        return what;
    if (str_equal(out->name, STR(".")) || str_equal(out->name, STR("..")))
        return FTP_LINE_NONE;
    if (out->name.n == 0)
        return FTP_LINE_ODD;
    for (size_t i = 0; i < out->name.n; i++) {
        unsigned char c = (unsigned char)out->name.p[i];

        if (c < 0x20 || c == 0x7f || c == '/')
            return FTP_LINE_ODD;
    }
    return FTP_LINE_ENTRY;
}

bool
ftp_listing_next(struct str *rest, struct ftp_entry *out, size_t *odd)
{
    while (rest->n > 0) {
        struct str line = str_cut(rest, '\n');
        enum ftp_line what;

        if (line.n > 0 && line.p[line.n - 1] == '\r')
            line.n--;
        what = ftp_read_line(line, out);
        if (what == FTP_LINE_ENTRY)
            return true;
        *odd += what == FTP_LINE_ODD;
    }
    return false;
}

/*
 * ";" too: ";type=a" behind a name means something else (RFC 1738 3.2.2).
 * What stays is what a URL's path has as it is.
 */
enum err
ftp_entry_write(const struct ftp_entry *entry, struct buf *out)
{
    /* "./" so that no name can be read as a scheme */
    enum err e = buf_add_str(out, STR("./"));

    for (size_t i = 0; i < entry->name.n && e == ERR_OK; i++) {
        char c = entry->name.p[i];

        if (str_is_alpha(c) || str_is_digit(c) ||
            memchr("-._~!$&'()*+,=:@", c, 16) != NULL)
            e = buf_add_char(out, c);
        else
            e = buf_addf(out, "%%%02X", (unsigned)(unsigned char)c);
    }
    if (e == ERR_OK && entry->kind == FTP_FOLDER)
        e = buf_add_char(out, '/');
    return e;
}

bool
ftp_listing_is_type(struct str content_type)
{
    return str_equal_nocase(content_type, STR(FTP_LISTING_TYPE));
}

void
ftp_listing_links(struct str body, size_t max, links_fn *fn, void *arg,
                  struct ftp_listing_said *said)
{
    struct link link = {.kind = LINK_A};
    struct ftp_entry entry;
    struct buf ref;

    *said = (struct ftp_listing_said){0};
    buf_init(&ref, body.n * 3 + 4); /* one name, percent-encoded */
    while (ftp_listing_next(&body, &entry, &said->odd)) {
        if (said->count == max) {
            said->is_cut = true;
            break;
        }
        buf_reset(&ref);
        if (ftp_entry_write(&entry, &ref) != ERR_OK)
            break;
        link.href = buf_str(&ref);
        fn(arg, &link);
        said->count++;
    }
    buf_fini(&ref);
}
