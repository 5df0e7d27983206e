/* SPDX-License-Identifier: MIT */
#include "worker/etc_hosts.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum {
    ETC_HOSTS_LINES_MAX = 100000, /* lists of blocked hosts are that long */
    ETC_HOSTS_LINE_BYTES = 4096,
    ETC_HOSTS_NAME_MAX = 253 /* RFC 1035 section 2.3.4, as text */
};

/* The next word; what is left stands in *rest. */
static struct str
etc_hosts_word(struct str *rest)
{
    struct str word;

    while (rest->n > 0 && str_is_space(rest->p[0])) {
        rest->p++;
        rest->n--;
    }
    word = (struct str){rest->p, 0};
    while (rest->n > 0 && !str_is_space(rest->p[0])) {
        rest->p++;
        rest->n--;
        word.n++;
    }
    return word;
}

/* 0: no address; one with a scope ("fe80::1%eth0") is of no use here. */
static int
etc_hosts_family(struct str address)
{
    char text[INET6_ADDRSTRLEN];
    unsigned char bytes[16];

    if (address.n == 0 || address.n >= sizeof(text))
        return 0;
    memcpy(text, address.p, address.n);
    text[address.n] = '\0';
    if (inet_pton(AF_INET, text, bytes) == 1)
        return AF_INET;
    return inet_pton(AF_INET6, text, bytes) == 1 ? AF_INET6 : 0;
}

static void
etc_hosts_line(char *line, etc_hosts_fn *fn, void *arg)
{
    struct str rest = {line, strcspn(line, "#\r\n")};
    struct str address = etc_hosts_word(&rest), name;
    int family = etc_hosts_family(address);

    if (family == 0)
        return;
    for (char *c = line + address.n; c < rest.p + rest.n; c++)
        *c = str_lower(*c);
    while ((name = etc_hosts_word(&rest)).n > 0)
        if (name.n <= ETC_HOSTS_NAME_MAX)
            fn(arg, name, address, family);
}

void
etc_hosts_read(const char *path, etc_hosts_fn *fn, void *arg)
{
    FILE *file = fopen(path, "re");
    char line[ETC_HOSTS_LINE_BYTES];
    bool is_rest = false; /* of a line that is too long */

    if (file == NULL)
        return;
    for (int n = 0; n < ETC_HOSTS_LINES_MAX && fgets(line, sizeof(line), file);
         n++) {
        if (!is_rest)
            etc_hosts_line(line, fn, arg);
        is_rest = strchr(line, '\n') == NULL;
    }
    fclose(file);
}
