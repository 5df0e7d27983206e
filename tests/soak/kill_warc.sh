#!/bin/sh
# SPDX-License-Identifier: MIT
# kill_warc - j_torn at its full size: 50 kills in the middle of a record for
# each of gzip, zstd and plain files, with --dedup and without; some 3 minutes.
WEFT_KILLS=${WEFT_KILLS:-50} WEFT_SITES=${WEFT_SITES:-400} \
    WEFT_WAYS='--dedup --no-dedup' \
    exec sh "$(dirname "$0")/../e2e/j_torn.sh"
