#!/bin/sh
# SPDX-License-Identifier: MIT
# k_many - more than 512 connections of a thread are used: sites are claimed 64
# at a time, and not only when nothing is left to do.
. "$(dirname "$0")/lib.sh"
need redis-server

web --hosts 600 --pages 0 --latency 1500
crawl --procs 1 --threads 1 --connections 600 --delay 0 --level 0
expect_complete
expect_once
web_settle
# Before the first answer can have come: what was begun without it.
n=$(sort -n web.log | awk 'NR == 1 { first = $1 } $1 < first + 1500000' | wc -l)
[ "$n" -gt 128 ] || fail "$n requests at a time, of 600 connections"
