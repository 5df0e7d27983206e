/* SPDX-License-Identifier: MIT */
#include "common/save.h"

static const char *const save_words[] = {[0] = "none",
                                         [SAVE_WARC] = "warc",
                                         [SAVE_FILES] = "files",
                                         [SAVE_WARC | SAVE_FILES] = "both"};

bool
save_parse(struct str text, unsigned *what)
{
    bool is_none = str_equal(text, STR("none"));

    *what = 0;
    if (is_none || text.n == 0)
        return is_none;
    while (text.n > 0) {
        struct str word = str_trim(str_cut(&text, ','));
        unsigned w = SAVE_WARC;

        while (w <= (SAVE_WARC | SAVE_FILES) &&
               !str_equal(word, str_from(save_words[w])))
            w++;
        if (w > (SAVE_WARC | SAVE_FILES))
            return false;
        *what |= w;
    }
    return true;
}

const char *
save_word(unsigned what)
{
    return save_words[what & (SAVE_WARC | SAVE_FILES)];
}
