/* SPDX-License-Identifier: MIT */
#include "worker/agent.h"

#include "common/log.h"

struct str
agent_token(struct str user_agent)
{
    size_t n = 0;

    while (n < user_agent.n &&
           (str_is_alpha(user_agent.p[n]) || user_agent.p[n] == '-' ||
            user_agent.p[n] == '_'))
        n++;
    return (struct str){user_agent.p, n};
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
