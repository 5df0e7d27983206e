#!/usr/bin/env python3
# exec_titles.py [PATTERN] - a page callback: the title of each page is stored,
# and links in which PATTERN is found are followed, whatever marks them.
#
#   master --exec 'python3 examples/exec_titles.py "/docs/"' LIST
#
# One line of JSON in for each page, exactly one line out, until the input
# ends.  Needs nothing but Python 3.
#
# SPDX-License-Identifier: MIT
import json
import re
import sys
from html.parser import HTMLParser


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.title = ""
        self.links = []
        self.is_title = False

    def handle_starttag(self, tag, attributes):
        if tag == "title":
            self.is_title = not self.title
        for name, value in attributes:
            if name in ("href", "data-href") and value:
                self.links.append(value)

    def handle_endtag(self, tag):
        if tag == "title":
            self.is_title = False

    def handle_data(self, data):
        if self.is_title:
            self.title += data


pattern = re.compile(sys.argv[1]) if len(sys.argv) > 1 else None
for line in sys.stdin.buffer:
    page = json.loads(line)
    html = Page()
    html.feed(page.get("body", ""))
    answer = {"record": {"title": " ".join(html.title.split()),
                         "depth": page["depth"]}}
    if pattern:
        answer["links"] = [x for x in html.links if pattern.search(x)]
    print(json.dumps(answer), flush=True)
