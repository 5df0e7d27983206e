/* SPDX-License-Identifier: MIT */
#include "master/top_tty.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "master/display.h"

enum { TOP_TTY_COLUMNS = 80, TOP_TTY_LINES = 24, TOP_TTY_WRITE_MS = 5000 };

static struct {
    bool is_open, has_exit;
    struct termios before;
} top_tty;

bool
top_tty_is_possible(void)
{
    return isatty(STDIN_FILENO) && display_is_possible(STDOUT_FILENO);
}

bool
top_tty_write(struct str bytes)
{
    while (bytes.n > 0) {
        ssize_t n = write(STDOUT_FILENO, bytes.p, bytes.n);
        struct pollfd p = {.fd = STDOUT_FILENO, .events = POLLOUT};

        if (n > 0) {
            bytes.p += n;
            bytes.n -= (size_t)n;
        } else if (n < 0 && errno == EAGAIN) { /* set so by somebody else */
            if (poll(&p, 1, TOP_TTY_WRITE_MS) <= 0)
                return false;
        } else if (n < 0 && errno != EINTR) {
            return false;
        }
    }
    return true;
}

/* Alternate screen, no cursor, no wrapping at the last column. */
enum err
top_tty_open(void)
{
    struct termios raw;

    if (tcgetattr(STDIN_FILENO, &top_tty.before) != 0)
        return ERR_IO;
    raw = top_tty.before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_iflag &= ~(tcflag_t)(IXON | ICRNL);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    raw.c_cc[VQUIT] = _POSIX_VDISABLE; /* a core file helps nobody here */
    if (!top_tty.has_exit)
        atexit(top_tty_close);
    top_tty.has_exit = true;
    top_tty.is_open = true;
    if (tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) != 0) {
        top_tty.is_open = false;
        return ERR_IO;
    }
    if (top_tty_write(STR("\033[?1049h\033[?25l\033[?7l")))
        return ERR_OK;
    top_tty_close();
    return ERR_IO;
}

void
top_tty_close(void)
{
    if (!top_tty.is_open)
        return;
    top_tty.is_open = false;
    top_tty_write(STR("\033[0m\033[?7h\033[?25h\033[?1049l"));
    /* what was typed and not read is not the shell's */
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &top_tty.before);
}

void
top_tty_size(int *columns, int *lines)
{
    struct winsize size;

    *columns = TOP_TTY_COLUMNS;
    *lines = TOP_TTY_LINES;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
        return;
    if (size.ws_col > 0)
        *columns = size.ws_col;
    if (size.ws_row > 0)
        *lines = size.ws_row;
}
