/* SPDX-License-Identifier: MIT */
#include "master/verify_files.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/mem.h"
#include "common/save_name.h"

enum { FILES_PATH_BYTES = SAVE_PATH_MAX + 2 * SAVE_NAME_MAX };

struct verify_files {
    int *folders; /* files/ of each */
    size_t folders_count;
    struct verify_files_counts counts;
    struct buf text;
};

struct verify_files *
verify_files_new(void)
{
    struct verify_files *f = xcalloc(1, sizeof(*f));

    buf_init(&f->text, FILES_PATH_BYTES);
    return f;
}

void
verify_files_free(struct verify_files *f)
{
    if (f == NULL)
        return;
    for (size_t i = 0; i < f->folders_count; i++)
        close(f->folders[i]);
    free(f->folders);
    buf_fini(&f->text);
    free(f);
}

void
verify_files_add_folder(struct verify_files *f, const char *path)
{
    int above = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;

    if (above < 0)
        return;
    fd = openat(above, "files", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    close(above);
    if (fd < 0)
        return;
    f->folders =
        xreallocarray(f->folders, f->folders_count + 1, sizeof(*f->folders));
    f->folders[f->folders_count++] = fd;
}

/* Whether a folder has the file, or, of a host, the folder. */
static bool
files_have(const struct verify_files *f, const char *name, bool is_folder)
{
    struct stat st;

    for (size_t i = 0; i < f->folders_count; i++)
        if (fstatat(f->folders[i], name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            (is_folder || S_ISREG(st.st_mode)))
            return true;
    return false;
}

/* The text is made a C string in f->text. */
static bool
files_text(struct verify_files *f, struct str name, const char *mark)
{
    enum err e;

    buf_reset(&f->text);
    e = mark ? save_name_marked(name, mark, &f->text)
             : buf_add_str(&f->text, name);
    return e == ERR_OK && buf_add_char(&f->text, '\0') == ERR_OK;
}

/* Each part is one of a name: what a line says is not looked at elsewhere. */
static bool
files_is_name(struct str name)
{
    if (name.n == 0 || name.n > FILES_PATH_BYTES - SAVE_NAME_MAX ||
        memchr(name.p, '\0', name.n) != NULL)
        return false;
    while (name.n > 0) {
        struct str part = str_cut(&name, '/');

        if (part.n == 0 || part.n > SAVE_NAME_MAX ||
            str_equal(part, STR(".")) || str_equal(part, STR("..")))
            return false;
    }
    return true;
}

enum verify_file
verify_files_check(struct verify_files *f, struct str name)
{
    struct str rest = name;

    if (!files_is_name(name))
        return VERIFY_FILE_BAD;
    f->counts.files++;
    if ((files_text(f, name, NULL) && files_have(f, f->text.p, false)) ||
        (files_text(f, name, SAVE_MARK_ASIDE) &&
         files_have(f, f->text.p, false)))
        return VERIFY_FILE_THERE;
    if (files_text(f, str_cut(&rest, '/'), NULL) &&
        files_have(f, f->text.p, true))
        return VERIFY_FILE_NONE;
    f->counts.files--;
    f->counts.away++;
    return VERIFY_FILE_AWAY;
}

struct verify_files_counts
verify_files_counts(const struct verify_files *f)
{
    return f->counts;
}
