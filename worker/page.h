/*
 * page - what a fetched body is: HTML, text, XML or other, and its charset.
 *
 * Pure: looks at the Content-Type header and at the bytes, keeps nothing.
 * Teachers: WHATWG MIME Sniffing, WHATWG Encoding, and the HTML standard,
 * section 13.2.3 "The input byte stream".  Any thread may call it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_PAGE_H
#define WORKER_PAGE_H

#include <stdbool.h>

#include "common/str.h"

enum page_kind { PAGE_HTML, PAGE_TEXT, PAGE_XML, PAGE_OTHER };

/*
 * By the header's MIME type; by HTML's signatures in the body when the header
 * is absent (p NULL or empty), unparsable or says that it does not know.
 */
enum page_kind page_kind(struct str content_type, struct str body);

/* Where a charset was found, the most trusted first. */
enum page_charset_how {
    PAGE_CHARSET_BOM,
    PAGE_CHARSET_HEADER,
    PAGE_CHARSET_META,    /* in the first 1,024 bytes */
    PAGE_CHARSET_XML,     /* an XML declaration there, and no meta */
    PAGE_CHARSET_GUESS,   /* no label: guess.h, UTF-8 if it is valid */
    PAGE_CHARSET_FALLBACK /* windows-1252 */
};

/*
 * The charset of an HTML body that came from url (which may be empty): BOM,
 * header, meta, XML declaration, a guess, else windows-1252.  The names are the
 * Encoding standard's and live for ever; one per charset, so that they may be
 * compared with ==.  how may be NULL.
 */
const char *page_charset(struct str content_type, struct str body,
                         struct str url, enum page_charset_how *how);

/* The same by BOM and header alone; NULL when neither says anything. */
const char *page_charset_sure(struct str content_type, struct str body,
                              enum page_charset_how *how);

/*
 * "Prescan a byte stream to determine its encoding" over the first limit
 * bytes of the body (the standard's number: PAGE_PRESCAN_BYTES); NULL when it
 * finds none.  *is_xml: it was the XML declaration that named it.
 */
enum { PAGE_PRESCAN_BYTES = 1024 };
const char *page_charset_prescan(struct str body, size_t limit,
                                 bool *is_xml); /* may be NULL */

/*
 * The charset that a label stands for ("latin1" -> windows-1252), white space
 * around it and case ignored; NULL for a label the Encoding standard does not
 * know and for those it maps to "replacement", which nobody can decode.
 */
const char *page_charset_label(struct str label);

/*
 * The same for a label from inside the bytes: a meta that could be read at
 * all cannot be UTF-16, so that UTF-16 means UTF-8 there, and x-user-defined
 * means windows-1252.
 */
const char *page_charset_meta_label(struct str label);

/*
 * "Extracting a character encoding from a meta element": the label in the
 * content attribute of a meta http-equiv=content-type; NULL without one.
 */
const char *page_charset_meta_content(struct str content);

/* The names that callers ask for by identity. */
extern const char PAGE_UTF8[];
extern const char PAGE_UTF16LE[];
extern const char PAGE_UTF16BE[];
extern const char PAGE_ISO2022JP[];
extern const char PAGE_WINDOWS1252[];

#endif
