#!/bin/sh
# SPDX-License-Identifier: MIT
# e_proxy - every request goes through --proxy, which also resolves the names:
# nothing is looked up or connected to beside it, and the environment's proxy
# is not asked.
. "$(dirname "$0")/lib.sh"
need redis-server

web --hosts 10 --pages 5
proxy=127.0.0.1:$port
port= # no --connect-to: the names are nobody's but the proxy's
crawl_args='--no-progress'
http_proxy=http://127.0.0.1:9 https_proxy=http://127.0.0.1:9 \
    crawl --procs 2 --delay 0 --proxy "http://$proxy" seeds.csv
expect_complete
expect_once
expect_stat dns_lookups 0
expect_stat pages "$(wc -l <expect.txt)"

# A proxy that is not there: each URL fails and is tried again.
port=
want=0
crawl --restart --procs 1 --delay 0 --tries 2 --waitretry 0.2 --max-seeds 1 \
    --proxy http://127.0.0.1:9 seeds.csv
expect_stat outcome_NO_PROXY 2
expect_stat pages 0
