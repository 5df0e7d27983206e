#!/bin/sh
# SPDX-License-Identifier: MIT
# d_slow_dns - the delay counts from when a request went out, not from when
# its host was looked up: else two requests meet behind a slow look-up.
. "$(dirname "$0")/lib.sh"
need redis-server

web --hosts 6 --pages 2 --dns 127.0.0.1:0 --dns-latency 900
web_port=$port
port=
crawl --procs 1 --threads 1 --no-robots --delay 0.6 \
    --dns-servers "$dns" --connect-to "::web.test:$web_port"
expect_complete
expect_spacing 600
