/* SPDX-License-Identifier: MIT */
#include "common/err.h"

const char *
err_str(enum err e)
{
    switch (e) {
    case ERR_OK:
        return "no error";
    case ERR_INVALID:
        return "invalid input";
    case ERR_TOO_BIG:
        return "too big";
    case ERR_NOMEM:
        return "out of memory";
    case ERR_IO:
        return "input/output error";
    case ERR_NO_SPACE:
        return "no space left on the disk";
    case ERR_REDIS:
        return "Redis error";
    case ERR_NOT_FOUND:
        return "not found";
    }
    return "unknown error";
}
