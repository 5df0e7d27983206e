#!/bin/sh
# SPDX-License-Identifier: MIT
# netns - h_netns with the heartbeat limit that crawls have, 30 s, and a cut
# of a minute; some 2 minutes.
WEFT_BEAT=30 WEFT_CUT=60 WEFT_PAGES=400 exec sh "$(dirname "$0")/../e2e/h_netns.sh"
