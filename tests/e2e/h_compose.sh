#!/bin/sh
# SPDX-License-Identifier: MIT
# h_compose - docker-compose.yml with the test web: tests/compose.sh, where
# there is an engine and a base image; some 3 minutes.
exec sh "$(dirname "$0")/../compose.sh"
