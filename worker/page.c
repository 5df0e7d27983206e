/* SPDX-License-Identifier: MIT */
#include "worker/page.h"

#include "worker/guess.h"

const char PAGE_UTF8[] = "UTF-8";
const char PAGE_UTF16LE[] = "UTF-16LE";
const char PAGE_UTF16BE[] = "UTF-16BE";
const char PAGE_ISO2022JP[] = "ISO-2022-JP";
const char PAGE_WINDOWS1252[] = "windows-1252";
static const char PAGE_USER_DEFINED[] = "x-user-defined";

enum {
    SNIFF_BYTES = 1445, /* MIME Sniffing 5.2: the resource header */
    LABEL_MAX = 24      /* the longest label has 19 bytes */
};

/*
 * WHATWG Encoding 4.2 "Names and labels".  Right of each charset stand its
 * labels, each with a blank on both sides.
 */
/* clang-format off */
static const struct {
    const char *name;
    const char *labels;
} page_labels[] = {
    {PAGE_UTF8,
     " unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 "
     "x-unicode20utf8 "},
    {PAGE_WINDOWS1252,
     " ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 "
     "iso-ir-100 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 l1 latin1 "
     "us-ascii windows-1252 x-cp1252 "},
    {PAGE_USER_DEFINED,
     " x-user-defined "},
    {"IBM866",
     " 866 cp866 csibm866 ibm866 "},
    {"ISO-8859-2",
     " csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 "
     "iso_8859-2:1987 l2 latin2 "},
    {"ISO-8859-3",
     " csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 "
     "iso_8859-3:1988 l3 latin3 "},
    {"ISO-8859-4",
     " csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 "
     "iso_8859-4:1988 l4 latin4 "},
    {"ISO-8859-5",
     " csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 "
     "iso_8859-5 iso_8859-5:1988 "},
    {"ISO-8859-6",
     " arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 "
     "iso-8859-6 iso-8859-6-e iso-8859-6-i iso-ir-127 iso8859-6 iso88596 "
     "iso_8859-6 iso_8859-6:1987 "},
    {"ISO-8859-7",
     " csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 "
     "iso8859-7 iso88597 iso_8859-7 iso_8859-7:1987 sun_eu_greek "},
    {"ISO-8859-8",
     " csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e "
     "iso-ir-138 iso8859-8 iso88598 iso_8859-8 iso_8859-8:1988 visual "},
    {"ISO-8859-8-I",
     " csiso88598i iso-8859-8-i logical "},
    {"ISO-8859-10",
     " csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6 "},
    {"ISO-8859-13",
     " iso-8859-13 iso8859-13 iso885913 "},
    {"ISO-8859-14",
     " iso-8859-14 iso8859-14 iso885914 "},
    {"ISO-8859-15",
     " csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9 "},
    {"ISO-8859-16",
     " iso-8859-16 "},
    {"KOI8-R",
     " cskoi8r koi koi8 koi8-r koi8_r "},
    {"KOI8-U",
     " koi8-ru koi8-u "},
    {"macintosh",
     " csmacintosh mac macintosh x-mac-roman "},
    {"windows-874",
     " dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874 "},
    {"windows-1250",
     " cp1250 windows-1250 x-cp1250 "},
    {"windows-1251",
     " cp1251 windows-1251 x-cp1251 "},
    {"windows-1253",
     " cp1253 windows-1253 x-cp1253 "},
    {"windows-1254",
     " cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 "
     "iso_8859-9 iso_8859-9:1989 l5 latin5 windows-1254 x-cp1254 "},
    {"windows-1255",
     " cp1255 windows-1255 x-cp1255 "},
    {"windows-1256",
     " cp1256 windows-1256 x-cp1256 "},
    {"windows-1257",
     " cp1257 windows-1257 x-cp1257 "},
    {"windows-1258",
     " cp1258 windows-1258 x-cp1258 "},
    {"x-mac-cyrillic",
     " x-mac-cyrillic x-mac-ukrainian "},
    {"GBK",
     " chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk "
     "iso-ir-58 x-gbk "},
    {"gb18030",
     " gb18030 "},
    {"Big5",
     " big5 big5-hkscs cn-big5 csbig5 x-x-big5 "},
    {"EUC-JP",
     " cseucpkdfmtjapanese euc-jp x-euc-jp "},
    {PAGE_ISO2022JP,
     " csiso2022jp iso-2022-jp "},
    {"Shift_JIS",
     " csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis"
     " "},
    {"EUC-KR",
     " cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 "
     "ks_c_5601-1989 ksc5601 ksc_5601 windows-949 "},
    {PAGE_UTF16BE,
     " unicodefffe utf-16be "},
    {PAGE_UTF16LE,
     " csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le "},
};
/* clang-format on */

const char *
page_charset_label(struct str label)
{
    char key[LABEL_MAX + 2];

    label = str_trim(label);
    if (str_equal_nocase(label, STR("utf-8")))
        return PAGE_UTF8;
    if (label.n == 0 || label.n > LABEL_MAX)
        return NULL;
    key[0] = key[label.n + 1] = ' ';
    for (size_t i = 0; i < label.n; i++) {
        if (label.p[i] <= ' ')
            return NULL;
        key[i + 1] = str_lower(label.p[i]);
    }
    for (size_t i = 0; i < sizeof(page_labels) / sizeof(page_labels[0]); i++)
        if (memmem(page_labels[i].labels, strlen(page_labels[i].labels), key,
                   label.n + 2) != NULL)
            return page_labels[i].name;
    return NULL;
}

const char *
page_charset_meta_label(struct str label)
{
    const char *name = page_charset_label(label);

    if (name == PAGE_USER_DEFINED)
        return PAGE_WINDOWS1252;
    return name == PAGE_UTF16LE || name == PAGE_UTF16BE ? PAGE_UTF8 : name;
}

/* RFC 9110 5.6.2: what a type, a subtype and a parameter's name consist of. */
static bool
page_is_token(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (!str_is_alpha(c) && !str_is_digit(c) &&
            (c == '\0' || strchr("!#$%&'*+-.^_`|~", c) == NULL))
            return false;
    }
    return s.n > 0;
}

/*
 * MIME Sniffing 4.4 "Parsing a MIME type", the parameters: "name=value" or
 * "name=\"value\"" between semicolons; the first charset counts.
 */
static struct str
page_charset_param(struct str rest)
{
    if (rest.n > 0)
        str_cut(&rest, ';'); /* the type itself */
    while (rest.n > 0) {
        struct str name, value;
        size_t n = 0;

        while (n < rest.n && rest.p[n] != '=' && rest.p[n] != ';')
            n++;
        name = str_trim((struct str){rest.p, n});
        if (n == rest.n || rest.p[n] == ';') { /* a name without a value */
            str_cut(&rest, ';');
            continue;
        }
        rest.p += n + 1;
        rest.n -= n + 1;
        if (rest.n > 0 && rest.p[0] == '"') {
            rest.p++;
            rest.n--;
            value = str_cut(&rest, '"');
            str_cut(&rest, ';');
        } else {
            value = str_trim(str_cut(&rest, ';'));
        }
        if (str_equal_nocase(name, STR("charset")) && value.n > 0)
            return value;
    }
    return STR_NONE;
}

/* "type/subtype" of the header; empty when it is no MIME type. */
static struct str
page_mime(struct str content_type)
{
    struct str type, sub, head;

    if (content_type.n == 0)
        return STR_NONE;
    sub = type = str_trim(str_cut(&content_type, ';'));
    head = str_cut(&sub, '/');
    return page_is_token(head) && page_is_token(sub) ? type : STR_NONE;
}

/* MIME Sniffing 7.1: the patterns of HTML, all but the comment before a TT. */
static bool
page_starts_html(struct str s)
{
    static const char *const tags[] = {
        "<!DOCTYPE HTML",
        "<HTML",
        "<HEAD",
        "<SCRIPT",
        "<IFRAME",
        "<H1",
        "<DIV",
        "<FONT",
        "<TABLE",
        "<A",
        "<STYLE",
        "<TITLE",
        "<B",
        "<BODY",
        "<BR",
        "<P",
    };

    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
        struct str tag = str_from(tags[i]);

        if (s.n > tag.n && str_starts_nocase(s, tag) &&
            (s.p[tag.n] == ' ' || s.p[tag.n] == '>'))
            return true;
    }
    return str_starts(s, STR("<!--"));
}

/* MIME Sniffing 7.1 "Identifying a resource with an unknown MIME type". */
static enum page_kind
page_sniff(struct str body)
{
    struct str s = body;

    while (s.n > 0 && str_is_space(s.p[0])) {
        s.p++;
        s.n--;
    }
    if (page_starts_html(s))
        return PAGE_HTML;
    if (str_starts(s, STR("<?xml")))
        return PAGE_XML;
    if (str_starts(body, STR("%PDF-")) || str_starts(body, STR("%!PS-Adobe-")))
        return PAGE_OTHER;
    if (str_starts(body, STR("\xfe\xff")) ||
        str_starts(body, STR("\xff\xfe")) ||
        str_starts(body, STR("\xef\xbb\xbf")))
        return PAGE_TEXT;
    /* 3: binary data bytes; 7.1 step 9 */
    for (size_t i = 0; i < body.n && i < SNIFF_BYTES; i++) {
        unsigned char c = (unsigned char)body.p[i];

        if (c <= 0x08 || c == 0x0b || (c >= 0x0e && c <= 0x1a) ||
            (c >= 0x1c && c <= 0x1f))
            return PAGE_OTHER;
    }
    return PAGE_TEXT;
}

enum page_kind
page_kind(struct str content_type, struct str body)
{
    struct str mime = page_mime(content_type);

    /* MIME Sniffing 7, step 1: types by which servers say "I do not know" */
    if (mime.n == 0 || str_equal_nocase(mime, STR("unknown/unknown")) ||
        str_equal_nocase(mime, STR("application/unknown")) ||
        str_equal(mime, STR("*/*")))
        return page_sniff(body);
    if (str_equal_nocase(mime, STR("text/html")) ||
        str_equal_nocase(mime, STR("application/xhtml+xml")))
        return PAGE_HTML;
    if (str_equal_nocase(mime, STR("text/xml")) ||
        str_equal_nocase(mime, STR("application/xml")) ||
        (mime.n > 4 &&
         str_equal_nocase((struct str){mime.p + mime.n - 4, 4}, STR("+xml"))))
        return PAGE_XML;
    return str_starts_nocase(mime, STR("text/")) ? PAGE_TEXT : PAGE_OTHER;
}

/* Where the prescan stands. */
struct prescan {
    const char *p;
    const char *end;
};

static void
prescan_skip_space(struct prescan *s)
{
    while (s->p < s->end && str_is_space(*s->p))
        s->p++;
}

/*
 * HTML 13.2.3.2 "get an attribute", the value: steps 9 to 13.  False when the
 * bytes end inside of it.
 */
static bool
prescan_value(struct prescan *s, struct str *value)
{
    const char *start;

    prescan_skip_space(s);
    if (s->p == s->end)
        return false;
    if (*s->p == '"' || *s->p == '\'') {
        char quote = *s->p++;

        start = s->p;
        s->p = memchr(start, quote, (size_t)(s->end - start));
        if (s->p == NULL) {
            s->p = s->end;
            return false;
        }
        *value = (struct str){start, (size_t)(s->p++ - start)};
        return true;
    }
    start = s->p;
    while (s->p < s->end && !str_is_space(*s->p) && *s->p != '>')
        s->p++;
    *value = (struct str){start, (size_t)(s->p - start)};
    return s->p < s->end;
}

/* "get an attribute": false when there is none left or the bytes end. */
static bool
prescan_attr(struct prescan *s, struct str *name, struct str *value)
{
    const char *start;

    while (s->p < s->end && (str_is_space(*s->p) || *s->p == '/'))
        s->p++;
    if (s->p == s->end || *s->p == '>')
        return false;
    start = s->p;
    while (s->p < s->end && !str_is_space(*s->p) && *s->p != '/' &&
           *s->p != '>' && (*s->p != '=' || s->p == start))
        s->p++;
    *name = (struct str){start, (size_t)(s->p - start)};
    *value = STR("");
    prescan_skip_space(s);
    if (s->p == s->end)
        return false;
    if (*s->p != '=')
        return true;
    s->p++;
    return prescan_value(s, value);
}

/* HTML 13.2.3.2, step 4, "<meta": the charset it declares, or NULL. */
static const char *
prescan_meta(struct prescan *s)
{
    bool has_equiv = false, has_content = false, has_charset = false;
    bool got_pragma = false, need_pragma = false;
    const char *charset = NULL;
    struct str name, value;

    while (prescan_attr(s, &name, &value)) {
        if (str_equal_nocase(name, STR("http-equiv")) && !has_equiv) {
            has_equiv = true;
            got_pragma = str_equal_nocase(value, STR("content-type"));
        } else if (str_equal_nocase(name, STR("content")) && !has_content) {
            has_content = true;
            if (charset == NULL && !has_charset) {
                charset = page_charset_meta_content(value);
                need_pragma = charset != NULL;
            }
        } else if (str_equal_nocase(name, STR("charset")) && !has_charset) {
            has_charset = true;
            charset = page_charset_meta_label(value);
            need_pragma = false;
        }
    }
    if (s->p == s->end) /* ran out of bytes: the prescan is over */
        return NULL;
    return need_pragma && !got_pragma ? NULL : charset;
}

/* HTML 13.2.3.2 "get an XML encoding": <?xml ... encoding="label" ... > */
static const char *
prescan_xml(struct str body)
{
    const char *end = memchr(body.p, '>', body.n);
    const char *found;
    struct str s, label;
    char quote;

    if (end == NULL || !str_starts(body, STR("<?xml")))
        return NULL;
    found = memmem(body.p, (size_t)(end - body.p), "encoding", 8);
    if (found == NULL)
        return NULL;
    found += 8;
    s = str_trim((struct str){found, (size_t)(end - found)});
    if (s.n == 0 || s.p[0] != '=')
        return NULL;
    s = str_trim((struct str){s.p + 1, s.n - 1});
    if (s.n == 0 || (s.p[0] != '"' && s.p[0] != '\''))
        return NULL;
    quote = s.p[0];
    s.p++;
    s.n--;
    label = str_cut(&s, quote);
    return label.p + label.n == end ? NULL : page_charset_meta_label(label);
}

/* Step 4 at a '<' that opens no meta: moves on to the last byte of it. */
static void
prescan_markup(struct prescan *s)
{
    struct str rest = {s->p, (size_t)(s->end - s->p)};
    struct str name, value;

    if (str_starts(rest, STR("<!--"))) {
        /* to the first "-->"; its dashes may be those of "<!--" */
        const char *close = memmem(s->p + 2, rest.n - 2, "-->", 3);

        s->p = close ? close + 2 : s->end;
    } else if (rest.n > 1 &&
               (str_is_alpha(rest.p[1]) ||
                (rest.n > 2 && rest.p[1] == '/' && str_is_alpha(rest.p[2])))) {
        while (s->p < s->end && !str_is_space(*s->p) && *s->p != '>')
            s->p++;
        while (prescan_attr(s, &name, &value))
            continue;
    } else if (rest.n > 1 && strchr("!/?", rest.p[1]) && rest.p[1] != '\0') {
        s->p = memchr(s->p, '>', rest.n);
        if (s->p == NULL)
            s->p = s->end;
    }
}

const char *
page_charset_prescan(struct str body, size_t limit, bool *is_xml)
{
    struct prescan s = {body.p, body.p + (body.n < limit ? body.n : limit)};
    struct str all = {s.p, (size_t)(s.end - s.p)};

    if (is_xml)
        *is_xml = false;
    if (all.n == 0)
        return NULL;
    /* step 3: an XML declaration in UTF-16 */
    if (str_starts(all, STR("<\0?\0x\0")))
        return PAGE_UTF16LE;
    if (str_starts(all, STR("\0<\0?\0x")))
        return PAGE_UTF16BE;
    for (; s.p < s.end; s.p++) {
        struct str rest;

        s.p = memchr(s.p, '<', (size_t)(s.end - s.p));
        if (s.p == NULL)
            break;
        rest = (struct str){s.p, (size_t)(s.end - s.p)};
        if (str_starts_nocase(rest, STR("<meta")) && rest.n > 5 &&
            (str_is_space(rest.p[5]) || rest.p[5] == '/')) {
            const char *charset;

            s.p += 5;
            charset = prescan_meta(&s);
            if (charset != NULL)
                return charset;
        } else {
            prescan_markup(&s);
        }
        if (s.p == s.end)
            break;
    }
    if (is_xml)
        *is_xml = true;
    return prescan_xml(all);
}

const char *
page_charset_meta_content(struct str content)
{
    /* HTML 2.5 "extracting a character encoding from a meta element" */
    for (;;) {
        size_t at = str_find_nocase(content, STR("charset"));
        char quote;

        if (at == content.n)
            return NULL;
        content.p += at + 7;
        content.n -= at + 7;
        while (content.n > 0 && str_is_space(content.p[0])) {
            content.p++;
            content.n--;
        }
        if (content.n == 0)
            return NULL;
        if (content.p[0] != '=')
            continue;
        content = str_trim((struct str){content.p + 1, content.n - 1});
        if (content.n == 0)
            return NULL;
        quote = content.p[0];
        if (quote == '"' || quote == '\'') {
            struct str rest = {content.p + 1, content.n - 1};
            struct str label = str_cut(&rest, quote);

            /* an opening quote that nothing closes: no label */
            return label.p + label.n == content.p + content.n
                       ? NULL
                       : page_charset_meta_label(label);
        }
        for (at = 0; at < content.n; at++)
            if (str_is_space(content.p[at]) || content.p[at] == ';')
                break;
        return page_charset_meta_label((struct str){content.p, at});
    }
}

const char *
page_charset_sure(struct str content_type, struct str body,
                  enum page_charset_how *how)
{
    enum page_charset_how unused;
    struct str label;

    if (how == NULL)
        how = &unused;
    *how = PAGE_CHARSET_BOM;
    if (str_starts(body, STR("\xef\xbb\xbf")))
        return PAGE_UTF8;
    if (str_starts(body, STR("\xfe\xff")))
        return PAGE_UTF16BE;
    if (str_starts(body, STR("\xff\xfe")))
        return PAGE_UTF16LE;
    *how = PAGE_CHARSET_HEADER;
    label = page_charset_param(content_type);
    return label.n > 0 ? page_charset_label(label) : NULL;
}

const char *
page_charset(struct str content_type, struct str body, struct str url,
             enum page_charset_how *how)
{
    enum page_charset_how unused;
    bool is_xml, is_default;
    const char *name;

    if (how == NULL)
        how = &unused;
    name = page_charset_sure(content_type, body, how);
    if (name != NULL)
        return name;
    name = page_charset_prescan(body, PAGE_PRESCAN_BYTES, &is_xml);
    *how = is_xml ? PAGE_CHARSET_XML : PAGE_CHARSET_META;
    if (name != NULL)
        return name;
    name = guess_charset(body, url, &is_default);
    *how = is_default ? PAGE_CHARSET_FALLBACK : PAGE_CHARSET_GUESS;
    return name;
}
