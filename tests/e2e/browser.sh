# browser.sh - Debian's chromium, driven by chromedriver over the WebDriver
# protocol, which curl speaks; behind lib.sh: . "$root/tests/e2e/browser.sh"
#
#   browser_start             or skips: no chromium, chromedriver, jq or curl
#   browser_open URL          and waits until it is loaded
#   browser_size W H [DPR]    of the page, as on a phone, whatever the window
#   browser_look light|dark   what the reader prefers
#   browser_js SCRIPT         prints what it returns: a text as such, else JSON
#   browser_is SCRIPT         it returns true; as in: wait_for browser_is '...'
#   browser_text CSS          text of the first such element
#   browser_click CSS         by the mouse: what is covered or hidden fails
#   browser_type CSS TEXT     into a field, which is emptied before
#   browser_accept            the dialog that is open
#   browser_console           what was said on the console since it was asked
#                             last: "LEVEL TEXT" each (scripts' errors too)
#   browser_requests          URLs that were asked for since then
#   browser_fits              no sideways scrolling, nothing beyond the edge
#   browser_shot FILE         what is seen, PNG
# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: MIT

# jq takes a tenth of a second to start on a busy machine: it is asked only
# where no plain text will do.

# browser_text_of TEXT: as a JSON string, with its quotes
browser_text_of() {
    printf '"'
    printf '%s\n' "$1" | sed 's/[\\"]/\\&/g' |
        awk 'NR > 1 { printf "\\n" } { gsub(/\t/, "\\t"); printf "%s", $0 }'
    printf '"'
}

# browser_ask METHOD PATH [JSON]: its answer is in browser.json
browser_ask() {
    curl -sS --max-time 30 -X "$1" -H 'Content-Type: application/json' \
        ${3:+--data-binary "$3"} -o browser.json "$driver$2" ||
        fail "chromedriver: $1 $2: $?"
    ! grep -q '^{"value":{"error":' browser.json || {
        jq -r '.value.error + ": " + .value.message' browser.json >browser.why
        return 1
    }
}

# A request that must go well.
browser_do() {
    browser_ask "$@" || fail "browser: $1 $2 ${3:-}: $(head -n 3 browser.why)"
}

browser_up() {
    driver=$(sed -n 's|.*started successfully on port \([0-9]*\).*|\1|p' \
        driver.out)
    [ -n "$driver" ] && driver=http://127.0.0.1:$driver
}

browser_start() {
    need jq curl
    browser=
    for program in chromium chromium-browser google-chrome; do
        ! command -v $program >/dev/null 2>&1 ||
            browser=${browser:-$(command -v $program)}
    done
    [ -n "$browser" ] || skip "no chromium here"
    need chromedriver
    mkdir -p browser
    HOME=$work/browser spawn chromedriver --port=0 >driver.out 2>&1
    wait_for browser_up
    browser_do POST /session "$(jq -nc --arg binary "$browser" \
        --arg home "$work/browser/profile" '{capabilities: {alwaysMatch: {
        "goog:loggingPrefs": {browser: "ALL", performance: "ALL"},
        "goog:chromeOptions": {binary: $binary, args: ["--headless=new",
            "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--no-first-run", "--disable-extensions", "--disable-sync",
            "--disable-background-networking", "--disable-component-update",
            "--no-proxy-server", "--window-size=1400,1000",
            ("--user-data-dir=" + $home)]}}}}')"
    driver=$driver/session/$(jq -r .value.sessionId browser.json)
    # It outlives its driver.
    pids="$pids $(jq -r '.value.capabilities["goog:processID"]' browser.json)"
}

browser_open() {
    browser_do POST /url "{\"url\": $(browser_text_of "$1")}"
}

browser_cdp() { # COMMAND PARAMETERS
    browser_do POST /goog/cdp/execute \
        "{\"cmd\": \"$1\", \"params\": $2}"
}

browser_size() {
    browser_cdp Emulation.setDeviceMetricsOverride "{\"width\": $1,
        \"height\": $2, \"deviceScaleFactor\": ${3:-1}, \"mobile\": true}"
}

browser_look() {
    browser_cdp Emulation.setEmulatedMedia "{\"features\":
        [{\"name\": \"prefers-color-scheme\", \"value\": \"$1\"}]}"
}

# SCRIPT: what it returns is in browser.json
browser_run() {
    browser_do POST /execute/sync \
        "{\"script\": $(browser_text_of "$1"), \"args\": []}"
}

browser_js() {
    browser_run "$1"
    case $(head -c 10 browser.json) in
    '{"value":"' | '{"value":{' | '{"value":[') jq -r .value browser.json ;;
    *) sed 's/^{"value":\(.*\)}$/\1/' browser.json ;;
    esac
}

browser_is() {
    browser_run "return ($1)"
    [ "$(cat browser.json)" = '{"value":true}' ]
}

browser_find() { # CSS: $element
    browser_do POST /element \
        "{\"using\": \"css selector\", \"value\": $(browser_text_of "$1")}"
    element=$(sed 's/.*:"\([^"]*\)"}}$/\1/' browser.json)
}

browser_text() {
    browser_find "$1"
    browser_do GET "/element/$element/text"
    jq -r .value browser.json
}

browser_click() {
    browser_find "$1"
    browser_do POST "/element/$element/click" '{}'
}

browser_type() {
    browser_find "$1"
    browser_do POST "/element/$element/clear" '{}'
    browser_do POST "/element/$element/value" \
        "{\"text\": $(browser_text_of "$2")}"
}

browser_accept() {
    wait_for browser_ask GET /alert/text
    browser_do POST /alert/accept '{}'
}

browser_console() {
    browser_do POST /se/log '{"type": "browser"}'
    jq -r '.value[] | .level + " " + .message' browser.json
}

browser_requests() {
    browser_do POST /se/log '{"type": "performance"}'
    jq -r '.value[].message | fromjson.message |
        select(.method == "Network.requestWillBeSent") |
        .params.request.url' browser.json
}

# What scrolls by itself may be wider than what holds it.
browser_fits() {
    browser_is '(() => {
        const w = document.documentElement.clientWidth;
        const over = [...document.body.querySelectorAll("*")].filter((x) =>
            !x.closest(".scroll, svg, .unseen, .chart") &&
            x.getBoundingClientRect().right > w + 0.5);
        return document.documentElement.scrollWidth <= w && over.length === 0;
    })()'
}

browser_shot() {
    browser_do GET /screenshot
    jq -r .value browser.json | base64 -d >"$1"
}
