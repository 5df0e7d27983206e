/*
 * SPDX-License-Identifier: MIT
 *
 * The cursor always rests on the line below the block, at its beginning; to
 * draw is to go up as many lines as the block has, and clear from there.  No
 * mode of the terminal is changed, so a killed master leaves it usable.
 */
#include "master/display.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/log.h"

enum { DISPLAY_BYTES = 1 << 16, DISPLAY_WIDTH = 80, DISPLAY_HEIGHT = 24 };

static struct {
    pthread_mutex_t mtx; /* log lines come from the seeding thread too */
    bool is_open;
    int fd;
    struct buf block; /* as shown */
    int lines;        /* of it on the screen; 0: it is off */
} display = {.mtx = PTHREAD_MUTEX_INITIALIZER, .fd = -1};

bool
display_is_possible(int fd)
{
    const char *term = getenv("TERM");

    return isatty(fd) && term && term[0] != '\0' && strcmp(term, "dumb") != 0;
}

static void
display_size(int *columns, int *rows)
{
    struct winsize size;

    *columns = DISPLAY_WIDTH;
    *rows = DISPLAY_HEIGHT;
    if (ioctl(display.fd, TIOCGWINSZ, &size) != 0)
        return;
    if (size.ws_col > 0)
        *columns = size.ws_col;
    if (size.ws_row > 0)
        *rows = size.ws_row;
}

static void
display_write(const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(display.fd, bytes, len);

        if (n <= 0)
            return; /* the terminal is gone: nobody looks */
        bytes += n;
        len -= (size_t)n;
    }
}

/* Under the lock. */
static void
display_hide(void)
{
    char text[32];
    int n;

    if (display.lines == 0)
        return;
    n = snprintf(text, sizeof(text), "\r\033[%dA\033[J", display.lines);
    display_write(text, (size_t)n);
    display.lines = 0;
}

/* Under the lock; as many lines as the terminal has room for. */
static void
display_show(void)
{
    struct str rest = buf_str(&display.block);
    int columns, rows;

    display_size(&columns, &rows);
    while (rest.n > 0 && display.lines + 1 < rows) {
        struct str line = str_cut(&rest, '\n');

        display.lines++;
        display_write(line.p, line.n);
        display_write("\n", 1);
    }
}

static void
display_around(int is_after)
{
    if (!is_after) {
        pthread_mutex_lock(&display.mtx);
        display_hide();
    } else {
        display_show();
        pthread_mutex_unlock(&display.mtx);
    }
}

void
display_open(int fd)
{
    display.fd = fd;
    display.is_open = true;
    buf_init(&display.block, DISPLAY_BYTES);
    log_around(display_around);
}

int
display_width(void)
{
    int columns, rows;

    display_size(&columns, &rows);
    return columns - 1; /* a full last column makes some terminals wrap */
}

void
display_draw(struct str block)
{
    struct buf screen;
    struct str rest = block;
    int columns, rows, lines = 0;
    enum err e = ERR_OK;

    pthread_mutex_lock(&display.mtx);
    display_size(&columns, &rows);
    buf_init(&screen, DISPLAY_BYTES);
    if (display.lines > 0)
        e = buf_addf(&screen, "\r\033[%dA", display.lines);
    /* Each line over the old one, the rest of it cleared: no flicker. */
    while (e == ERR_OK && rest.n > 0 && lines + 1 < rows) {
        struct str line = str_cut(&rest, '\n');

        e = buf_add_str(&screen, line);
        if (e == ERR_OK)
            e = buf_addf(&screen, "\033[K\n");
        lines++;
    }
    if (e == ERR_OK)
        e = buf_addf(&screen, "\033[J");
    if (e == ERR_OK) {
        display_write(screen.p, screen.n);
        display.lines = lines;
        buf_reset(&display.block);
        if (buf_add_str(&display.block, block) != ERR_OK)
            display.block.n = 0;
    }
    buf_fini(&screen);
    pthread_mutex_unlock(&display.mtx);
}

void
display_print(const char *bytes, size_t len)
{
    pthread_mutex_lock(&display.mtx);
    display_hide();
    display_write(bytes, len);
    if (len > 0 && bytes[len - 1] != '\n')
        display_write("\n", 1);
    display_show();
    pthread_mutex_unlock(&display.mtx);
}

void
display_close(void)
{
    if (!display.is_open)
        return;
    log_around(NULL);
    pthread_mutex_lock(&display.mtx);
    display_hide();
    display.is_open = false;
    buf_fini(&display.block);
    pthread_mutex_unlock(&display.mtx);
}
