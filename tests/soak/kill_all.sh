#!/bin/sh
# SPDX-License-Identifier: MIT
# kill_all - f_chaos at its full size: the master five times and Redis five
# times, beside 100 workers, in a crawl of 20,000 pages; some 2 minutes.
WEFT_SITES=400 WEFT_DELAY=2 WEFT_PAUSE=0.7 WEFT_TWICE=6 \
    WEFT_KILLS="worker:100 master:5 redis:5" \
    exec sh "$(dirname "$0")/../e2e/f_chaos.sh"
