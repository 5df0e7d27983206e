# scrapy_docs.py - what Scrapy needs to crawl the benchmark's pages:
#   scrapy runspider scrapy_docs.py -a url=http://127.0.0.1:PORT/
#
# The same work as Weft's: every page of the host, links from the tags Weft
# looks at, no delay, no robots.txt, nothing stored.
#
# SPDX-License-Identifier: MIT
from urllib.parse import urlsplit

from scrapy.linkextractors import LinkExtractor
from scrapy.spiders import CrawlSpider, Rule


class DocsSpider(CrawlSpider):
    name = "docs"
    custom_settings = {
        "CONCURRENT_REQUESTS": 64,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 64,
        "COOKIES_ENABLED": False,
        "LOG_LEVEL": "ERROR",
        "RETRY_ENABLED": False,
        "ROBOTSTXT_OBEY": False,
        "TELNETCONSOLE_ENABLED": False,
    }
    rules = [Rule(LinkExtractor(tags=("a", "area", "frame", "iframe"),
                                attrs=("href", "src")), follow=True)]

    def __init__(self, url, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.start_urls = [url]
        self.allowed_domains = [urlsplit(url).hostname]
