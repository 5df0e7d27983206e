/* SPDX-License-Identifier: MIT */
#include "common/config_words.h"

#include "common/config_rows.h"
#include "common/log.h"
#include "common/near.h"
#include "common/save.h"

static const struct {
    const char *name, *words;
} config_choices[] = {
    {"seed_scheme", "http https"},        {"polite_by", "domain host"},
    {"certificate_type", "PEM DER P12"},  {"parser", "sieve full"},
    {"trailing_slash", "keep strip add"}, {"save", "warc files both none"},
    {"warc_compress", "gzip zstd none"},  {"warc_digest", "sha1 sha256"},
    {"extract_format", "json csv"},       {"durability", "process power"},
    {"exec_body", "text base64 none"},    {"standby", "no begin always"},
    {"log_format", "text json"},          {"color", "auto always never"},
};

const char *
config_words(const char *name)
{
    for (size_t i = 0; i < sizeof(config_choices) / sizeof(config_choices[0]);
         i++)
        if (config_name_equal(str_from(name), config_choices[i].name))
            return config_choices[i].words;
    return NULL;
}

static bool
config_words_have(const char *name, const char *words, struct str value)
{
    struct str rest = str_from(words);
    unsigned what;

    if (config_name_equal(str_from(name), "save")) /* "warc,files" too */
        return save_parse(value, &what);
    while (rest.n > 0)
        if (str_equal(str_cut(&rest, ' '), value))
            return true;
    return false;
}

/* "gzip zstd none" -> "gzip, zstd or none" */
static void
config_words_list(const char *words, char out[128])
{
    struct str rest = str_from(words);
    size_t n = 0;

    while (rest.n > 0 && n < 128) {
        struct str word = str_cut(&rest, ' ');
        const char *behind = rest.n == 0                   ? ""
                             : memchr(rest.p, ' ', rest.n) ? ", "
                                                           : " or ";

        n +=
            (size_t)snprintf(out + n, 128 - n, "%.*s%s", STR_ARG(word), behind);
    }
}

bool
config_words_check(const char *name, struct str value,
                   char why[CONFIG_WHY_BYTES])
{
    const char *words = config_words(name);
    struct str meant = near_of_words(value, str_from(words));
    char list[128];
    struct str shown = {value.p, value.n > 40 ? 40 : value.n};

    if (words == NULL || config_words_have(name, words, value))
        return true;
    config_words_list(words, list);
    snprintf(why, CONFIG_WHY_BYTES, "%s: \"%s\" is not %s%s%.*s%s", name,
             LOG_ESC(shown), list, meant.n > 0 ? ": did you mean " : "",
             STR_ARG(meant), meant.n > 0 ? "?" : "");
    return false;
}
