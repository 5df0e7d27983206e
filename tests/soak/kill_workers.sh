#!/bin/sh
# SPDX-License-Identifier: MIT
# kill_workers - f_chaos at its full size: 100 kill -9 of random workers in a
# crawl of 20,000 pages, under 3 % of them twice; some 90 s.
WEFT_SITES=400 WEFT_DELAY=1.5 WEFT_PAUSE=0.6 WEFT_KILLS=worker:100 WEFT_TWICE=3 \
    exec sh "$(dirname "$0")/../e2e/f_chaos.sh"
