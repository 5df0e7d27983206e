/* SPDX-License-Identifier: MIT */
#include "worker/agent.h"

#include "common/log.h"

/* A digit is none of RFC 9309's, but MJ12bot and others have one. */
static struct str
agent_head(struct str s)
{
    size_t n = 0;

    while (n < s.n && (str_is_alpha(s.p[n]) || str_is_digit(s.p[n]) ||
                       s.p[n] == '-' || s.p[n] == '_'))
        n++;
    return (struct str){s.p, n};
}

struct str
agent_token(struct str user_agent)
{
    struct str mark = STR("compatible;"), token = agent_head(user_agent);
    size_t at = str_find_nocase(user_agent, mark);

    if (!str_equal_nocase(token, STR("mozilla")) || at == user_agent.n)
        return token;
    at += mark.n;
    return agent_head(
        str_trim((struct str){user_agent.p + at, user_agent.n - at}));
}

struct str
agent_name(const struct config *c, struct buf *user_agent)
{
    buf_init(user_agent, 4096);
    config_user_agent(c, user_agent);
    if (buf_add_char(user_agent, '\0') != ERR_OK)
        fatal_exit(EXIT_USAGE, "--user-agent is too long");
    return agent_token(buf_str(user_agent));
}
