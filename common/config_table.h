/*
 * config_table - every option once.
 *
 * From this table come struct config, the defaults, the flags of master and
 * worker, the keys of the config file, the environment names (WEFT_ and the
 * name in capitals), --help, the manual's section and config/weft.conf.
 *
 *   OPT(field, type, letter, default, min, max, who, group, "ARG", "Text.")
 *
 * type   BOOL  --name and --no-name
 *        INT   a whole number
 *        INTS  the same; for a command that takes lists, several: 1,5,10; where
 *              ARG ends in |auto that word too, which is 0
 *        MS    seconds with decimals (or 500ms, 2m, 1h, 1d), kept in ms
 *        BYTES a number with k, m or g behind it
 *        TEXT  a string, NULL when empty; --no-name too where ARG ends in |no
 *        LIST  may be given several times
 *        FILE  a file's name; what counts, and travels, is what stands in it
 * who    MASTER, WORKER: that program only; BOTH: each on its own;
 *        CRAWL: a setting of the crawl, kept in Redis, the same for all
 *
 * SPDX-License-Identifier: MIT
 */
/* clang-format off */

/* --- seeds --- */
OPT(max_seeds,      INT,  0,  "0",    0, 1e12, MASTER, SEEDS, "N", "Take only the first N good rows of the lists; 0: all.")
OPT(seed_scheme,    TEXT, 0,  "http", 0, 0,    MASTER, SEEDS, "SCHEME", "What a bare domain becomes: http or https.")
OPT(dry_run,        BOOL, 0,  "no",   0, 1,    MASTER, SEEDS, "", "Show what would be crawled: the seed URLs, one a line, and why others would not; fetch and write nothing.")

/* --- the crawl --- */
OPT(name,           TEXT, 0,  "",     0, 0,    BOTH,   CRAWL_JOB, "NAME", "The crawl's name; master's default: the first list's base name.")
OPT(output,         TEXT, 'P',"",     0, 0,    BOTH,   CRAWL_JOB, "DIR", "Where everything goes; default: ./NAME/.")
OPT(restart,        BOOL, 0,  "no",   0, 1,    MASTER, CRAWL_JOB, "", "Drop an unfinished or finished crawl of this name and begin anew.")
OPT(max_pages,      INT,  0,  "0",    0, 1e15, CRAWL,  CRAWL_JOB, "N", "Stop after N pages; 0: no limit.")
OPT(max_time,       MS,   0,  "0",    0, 1e12, MASTER, CRAWL_JOB, "SECONDS", "Stop after this time; 0: no limit.")

/* --- processes and threads --- */
OPT(procs,          INTS, 'p',"-1",  -1, 1024, MASTER, FLEET, "N", "Worker processes here; -1: one for each CPU, with --hosts none; 0: seed and watch only.")
OPT(threads,        INTS, 'j',"5",    1, 1024, BOTH,   FLEET, "N|auto", "Threads of each worker, each an event loop; auto: as many as there are CPUs for, each with as many connections as pay.")
OPT(share,          INT,  0,  "1",    1, 1024, WORKER, FLEET, "N", "With --threads auto: so many workers share the CPUs of this machine.")
OPT(connections,    INTS, 'c',"64",   1, 10000,BOTH,   FLEET, "N", "Transfers at a time in each thread; with --threads auto the first number.")
OPT(sample,         INT,  0,  "500",  1, 1e6,  MASTER, FLEET, "N", "With the command tune: crawl N sites, evenly drawn from the lists.")
OPT(rest,           MS,   0,  "30",   0, 8.64e7, MASTER, FLEET, "SECONDS", "With the command tune: wait between two runs, which ask the same sites; --delay at least.")
OPT(standby,        TEXT, 0,  "no",   0, 0,    WORKER, FLEET, "WHEN", "Wait for the crawl instead of ending: no; begin: until it is there; always: for the next one too.")
OPT(worker_program, TEXT, 0,  "",     0, 0,    MASTER, FLEET, "FILE", "The worker to start; default: beside the master.")
OPT(hosts,          TEXT, 0,  "",     0, 0,    MASTER, FLEET, "FILE", "Start workers on these machines by ssh: HOST [PROCS [THREADS]] a line.")
OPT(ssh,            TEXT, 0,  "ssh",  0, 0,    MASTER, FLEET, "COMMAND", "OpenSSH's client for --hosts, with options: \"ssh -p 2222 -i key\".")
OPT(remote_worker,  TEXT, 0,  "worker", 0, 0,  MASTER, FLEET, "FILE", "The worker program on the machines of --hosts.")
OPT(remote_output,  TEXT, 0,  "",     0, 0,    MASTER, FLEET, "DIR", "Where workers there write; default: NAME in the home folder.")
OPT(until_eof,      BOOL, 0,  "no",   0, 1,    WORKER, FLEET, "", "A line on standard input, and its end, stop as a signal does.")

/* --- Redis --- */
OPT(redis,          TEXT, 0,  "",     0, 0,    BOTH,   REDIS, "URL", "redis://[user:password@]host[:port][,...][/db] or unix:///path; none: master starts a private one.")
OPT(redis_password_file, TEXT, 0, "", 0, 0,    BOTH,   REDIS, "FILE", "Read the password from the first line of FILE, again at each connect.")
OPT(redis_server,   TEXT, 0,  "redis-server", 0, 0, MASTER, REDIS, "FILE", "The redis-server to start as the private one.")
OPT(redis_conf,     TEXT, 0,  "",     0, 0,    MASTER, REDIS, "FILE", "The private Redis's configuration; default: config/redis.conf.")
OPT(heartbeat_limit,MS,   0,  "30",   1000, 3.6e6, CRAWL, REDIS, "SECONDS", "A worker silent for this long is taken for dead.")

/* --- politeness --- */
OPT(delay,          MS,   'w',"1",    0, 8.64e7, CRAWL, POLITE, "SECONDS", "Least time from one request to a site to the next, start to start.")
OPT(random_wait,    BOOL, 0,  "no",   0, 1,    CRAWL,  POLITE, "", "Vary the delay between 0.5 and 1.5 times, as wget does.")
OPT(delay_factor,   INT,  0,  "1",    0, 1000, CRAWL,  POLITE, "N", "Wait at least N times the last response time.")
OPT(per_site,       INT,  0,  "1",    1, 10000,CRAWL,  POLITE, "N", "Transfers per site at a time; above 1 only for your own servers.")
OPT(polite_by,      TEXT, 0,  "domain", 0, 0,  CRAWL,  POLITE, "UNIT", "A site is a registrable domain, or a host: domain or host.")
OPT(ip_delay,       MS,   0,  "0",    0, 8.64e7, CRAWL, POLITE, "SECONDS", "Least time from one page of an address to the next, whatever the site; 0: none.")
OPT(robots,         BOOL, 0,  "yes",  0, 1,    CRAWL,  POLITE, "", "Obey robots.txt (RFC 9309).")
OPT(max_crawl_delay,MS,   0,  "30",   0, 8.64e7, CRAWL, POLITE, "SECONDS", "Honour a Crawl-delay up to this.")
OPT(max_retry_after,MS,   0,  "3600", 0, 8.64e7, CRAWL, POLITE, "SECONDS", "Honour a Retry-After up to this.")
OPT(max_failures,   INT,  0,  "10",   0, 1000, CRAWL,  POLITE, "N", "Give a site up after N failures in a row (429, 503, no answer); 0: never.")

/* --- fetching --- */
OPT(user_agent,     TEXT, 'U',"",     0, 0,    CRAWL,  FETCH, "TEXT", "The User-Agent; default: weft/VERSION (+CONTACT).")
OPT(contact,        TEXT, 0,  "",     0, 0,    CRAWL,  FETCH, "URL", "Who runs the crawl: a page or mailto: that site owners can use.")
OPT(header,         LIST, 'H',"",     0, 0,    CRAWL,  FETCH, "LINE", "Send this header line too.")
OPT(referer,        TEXT, 0,  "",     0, 0,    CRAWL,  FETCH, "URL", "Send this Referer; default: none.")
OPT(cookies,        BOOL, 0,  "yes",  0, 1,    CRAWL,  FETCH, "", "Keep a site's cookies while the site is being visited.")
OPT(load_cookies,   FILE, 0,  "",     0, 0,    CRAWL,  FETCH, "FILE", "Begin with the cookies of FILE (Netscape's cookies.txt).")
OPT(auth_hosts,     LIST, 0,  "",     0, 0,    CRAWL,  FETCH, "LIST", "Where --user, --certificate and secret --header lines go: [https://]HOST[:PORT],...")
OPT(user,           TEXT, 0,  "",     0, 0,    CRAWL,  FETCH, "NAME", "Log in at --auth-hosts by this name (basic).")
OPT(password,       TEXT, 0,  "",     0, 0,    CRAWL,  FETCH, "TEXT", "The password of --user; better in a file.")
OPT(password_file,  FILE, 0,  "",     0, 0,    CRAWL,  FETCH, "FILE", "The password of --user is the first line of FILE.")
OPT(netrc,          BOOL, 0,  "no",   0, 1,    BOTH,   FETCH, "", "Log in as .netrc in the home folder says.")
OPT(netrc_file,     FILE, 0,  "",     0, 0,    CRAWL,  FETCH, "FILE", "Log in as this file of .netrc's kind says.")
OPT(certificate,    FILE, 0,  "",     0, 0,    CRAWL,  FETCH, "FILE", "Show this client certificate to --auth-hosts that ask for one.")
OPT(certificate_type, TEXT, 0, "PEM", 0, 0,    CRAWL,  FETCH, "KIND", "What --certificate and --private-key are: PEM, DER or P12.")
OPT(private_key,    FILE, 0,  "",     0, 0,    CRAWL,  FETCH, "FILE", "The key of --certificate; default: in the same file.")
OPT(connect_timeout,MS,   0,  "10",   1, 3.6e6,CRAWL,  FETCH, "SECONDS", "Give up connecting after this.")
OPT(timeout,        MS,   'T',"60",   1, 3.6e6,CRAWL,  FETCH, "SECONDS", "Give up a whole transfer after this.")
OPT(speed_limit,    BYTES,0,  "1k",   0, 4e9,  CRAWL,  FETCH, "BYTES", "Give up a transfer slower than this, a second, for --speed-time; 0: never.")
OPT(speed_time,     MS,   0,  "15",   1000, 3.6e6, CRAWL, FETCH, "SECONDS", "How long a transfer may be slower than --speed-limit, or silent.")
OPT(limit_rate,     BYTES,0,  "0",    0, 1e12, CRAWL,  FETCH, "BYTES", "Receive at most so many bytes a second in a worker process; 0: no limit.")
OPT(tries,          INT,  't',"3",    1, 100,  CRAWL,  FETCH, "N", "Fetches of a URL before its failure is final.")
OPT(waitretry,      MS,   0,  "10",   0, 8.64e7, CRAWL, FETCH, "SECONDS", "Wait before the first retry; doubled for each further one.")
OPT(outage_wait,    MS,   0,  "86400", 0, 6.048e8, CRAWL, FETCH, "SECONDS", "When nothing answers any more, wait for the network up to this before sites are to blame; 0: at once.")
OPT(max_redirect,   INT,  0,  "20",   0, 100,  CRAWL,  FETCH, "N", "Redirects in a row before the last one counts as failed.")
OPT(max_filesize,   BYTES,0,  "5m",   1, 4e9,  CRAWL,  FETCH, "BYTES", "Cut bodies at this size, before and after decoding.")
OPT(accept_types,   LIST, 0,  "",     0, 0,    CRAWL,  FETCH, "LIST", "Take only bodies of these types (text/html,image/*), of others the header; default: all.")
OPT(body_memory,    BYTES,0,  "256m", 1048576, 1e13, CRAWL, FETCH, "BYTES", "Memory for bodies in a worker process: over it no transfer begins, and bodies grow one at a time.")
OPT(compression,    BOOL, 0,  "yes",  0, 1,    CRAWL,  FETCH, "", "Ask for gzip, br and zstd bodies.")
OPT(http2,          BOOL, 0,  "yes",  0, 1,    CRAWL,  FETCH, "", "Use HTTP/2 where a TLS server offers it (never used with --per-site 1).")
OPT(ipv4,           BOOL, '4',"no",   0, 1,    CRAWL,  FETCH, "", "Connect to IPv4 addresses only.")
OPT(ipv6,           BOOL, '6',"no",   0, 1,    CRAWL,  FETCH, "", "Connect to IPv6 addresses only.")
OPT(proxy,          LIST, 0,  "",     0, 0,    CRAWL,  FETCH, "LIST", "Fetch through these proxies (http, https, socks4, socks4a, socks5, socks5h), each site through one.")
OPT(proxy_file,     TEXT, 0,  "",     0, 0,    BOTH,   FETCH, "FILE", "More proxies for --proxy, a line each.")
OPT(no_proxy,       LIST, 0,  "",     0, 0,    CRAWL,  FETCH, "LIST", "No proxy for these domains, addresses and blocks (10.0.0.0/8); *: for none.")
OPT(cacert,         TEXT, 0,  "",     0, 0,    CRAWL,  FETCH, "FILE", "Trust the certificates in FILE instead of the system's.")
OPT(check_certificate, BOOL, 0, "yes",0, 1,    CRAWL,  FETCH, "", "Verify TLS certificates.")
OPT(resolve,        LIST, 0,  "",     0, 0,    CRAWL,  FETCH, "HOST:PORT:ADDR", "Use ADDR for HOST and PORT (* for any host).")
OPT(connect_to,     LIST, 0,  "",     0, 0,    CRAWL,  FETCH, "HOST1:PORT1:HOST2:PORT2", "Connect to HOST2:PORT2 instead (an empty one stands for any).")
OPT(dns_servers,    TEXT, 0,  "",     0, 0,    CRAWL,  FETCH, "ADDR[:PORT],...", "Ask these name servers instead of the system's.")
OPT(dns_timeout,    MS,   0,  "10",   100, 3.6e5, CRAWL, FETCH, "SECONDS", "Give up a name look-up after this.")
OPT(dns_rate,       INT,  0,  "0",    0, 1e6,  CRAWL,  FETCH, "N", "Begin at most N name look-ups a second in each worker; 0: no limit.")
OPT(allow_private,  BOOL, 0,  "no",   0, 1,    CRAWL,  FETCH, "", "Allow private, loopback and link-local addresses.")

/* --- what to follow --- */
OPT(level,          INT,  'l',"-1",  -1, 1e6,  CRAWL,  SCOPE, "N", "Follow links N deep; 0: seeds only; -1: without end.")
OPT(accept_regex,   LIST, 0,  "",     0, 0,    CRAWL,  SCOPE, "REGEX", "Follow only links that match one of these (PCRE2, whole URL).")
OPT(reject_regex,   LIST, 0,  "",     0, 0,    CRAWL,  SCOPE, "REGEX", "Follow no link that matches one of these.")
OPT(domains,        LIST, 'D',"",     0, 0,    CRAWL,  SCOPE, "LIST", "Follow only links into these domains (comma separated).")
OPT(exclude_domains,LIST, 0,  "",     0, 0,    CRAWL,  SCOPE, "LIST", "Follow no link into these domains.")
OPT(span_hosts,     BOOL, 0,  "yes",  0, 1,    CRAWL,  SCOPE, "", "Follow links to other hosts than the seeds'.")
OPT(nofollow,       BOOL, 0,  "yes",  0, 1,    CRAWL,  SCOPE, "", "Obey rel=nofollow and meta robots nofollow.")
OPT(max_url_length, INT,  0,  "2083", 64, 4000,CRAWL,  SCOPE, "BYTES", "Drop longer URLs.")
OPT(max_links,      INT,  0,  "10000",1, 1e6,  CRAWL,  SCOPE, "N", "Take only the first N links of a page.")
OPT(page_requisites,BOOL, 0,  "no",   0, 1,    CRAWL,  SCOPE, "", "Fetch what pages are shown with too: images, style sheets, scripts, frames; and forms.")
OPT(ftp,            BOOL, 0,  "no",   0, 1,    CRAWL,  SCOPE, "", "Take ftp:// seeds and follow ftp:// links, too: files, and folders with what they list.")
OPT(sitemaps,       BOOL, 0,  "no",   0, 1,    CRAWL,  SCOPE, "", "Follow the sitemaps that robots.txt names, too.")
OPT(parser,         TEXT, 0,  "sieve",0, 0,    CRAWL,  SCOPE, "KIND", "How links are found: sieve looks at the tags that can carry one; full: libxml2 reads the whole page.")
OPT(strip_params,   TEXT, 0,  "default", 0, 0, CRAWL,  SCOPE, "LIST", "Strip these parameters (utm_*,sid=#16) off URLs; default: the usual ones of tracking and sessions, empty: none.")
OPT(sort_params,    BOOL, 0,  "no",   0, 1,    CRAWL,  SCOPE, "", "Sort the parameters of URLs by name.")
OPT(trailing_slash, TEXT, 0,  "keep", 0, 0,    CRAWL,  SCOPE, "KIND", "The slash at the end of a path: keep, strip or add.")
OPT(index_pages,    TEXT, 0,  "",     0, 0,    CRAWL,  SCOPE, "LIST", "Drop these names (index.html,index.php) off the end of paths.")
OPT(max_path_segments, INT, 0, "20",  0, 4000, CRAWL,  SCOPE, "N", "Follow no URL with more than N segments in its path; 0: no limit.")
OPT(max_repeats,    INT,  0,  "3",    0, 4000, CRAWL,  SCOPE, "N", "Follow no URL in which segments, or a parameter with its value, come more than N times in a row; 0: no limit.")
OPT(max_same_param, INT,  0,  "10",   0, 4000, CRAWL,  SCOPE, "N", "Follow no URL that gives one parameter more than N times; 0: no limit.")
OPT(max_years_ahead, INT, 0,  "2",   -1, 100,  CRAWL,  SCOPE, "N", "Follow no URL with a date more than N years ahead, nor, deep in a crawl, before 1990; -1: any date.")
OPT(max_chain,      INT,  0,  "1000", 0, 1e6,  CRAWL,  SCOPE, "N", "More than N links from a seed, follow no link that differs from its page's URL in digits only; 0: no limit.")
OPT(max_pages_per_site, INT, 0, "0",  0, 1e12, CRAWL,  SCOPE, "N", "Ask one site for at most N URLs, by all workers together; 0: no limit.")

/* --- what to keep --- */
OPT(save,           TEXT, 0,  "warc", 0, 0,    CRAWL,  STORE, "WHAT", "Keep pages as warc (WARC/1.1 files), as files (files/HOST/PATH, as wget does), both or none.")
OPT(warc,           BOOL, 0,  "yes",  0, 1,    CRAWL,  STORE, "", "Write WARC/1.1 files: warc in --save.")
OPT(warc_max_size,  BYTES,0,  "1g",   1e5, 1e12, CRAWL, STORE, "BYTES", "Begin a new WARC file at this size.")
OPT(default_page,   TEXT, 0,  "index.html", 0, 0, CRAWL, STORE, "NAME", "With --save files: the name of what ends with a slash.")
OPT(adjust_extension, BOOL, 'E', "no", 0, 1,   CRAWL,  STORE, "", "With --save files: let HTML end in .html and style sheets in .css.")
OPT(upload,         TEXT, 0,  "",     0, 0,    CRAWL,  STORE, "s3://BUCKET/PREFIX", "Upload each finished WARC file there, with AWS_ACCESS_KEY_ID and the like from the environment.")
OPT(s3_endpoint,    TEXT, 0,  "",     0, 0,    CRAWL,  STORE, "URL", "The S3 server for --upload; default: AWS_ENDPOINT_URL, else Amazon's.")
OPT(upload_delete,  BOOL, 0,  "no",   0, 1,    CRAWL,  STORE, "", "Remove a WARC file here once its upload is confirmed.")
OPT(warc_compress,  TEXT, 0,  "gzip", 0, 0,    CRAWL,  STORE, "KIND", "Each WARC record is compressed by gzip, zstd, or not at all: none.")
OPT(warc_digest,    TEXT, 0,  "sha1", 0, 0,    CRAWL,  STORE, "KIND", "WARC's digests of records and bodies: sha1 or sha256.")
OPT(warc_metadata,  BOOL, 0,  "no",   0, 1,    CRAWL,  STORE, "", "Write a metadata record for each page too: its links, how it was found, how long it took.")
OPT(warc_dns,       BOOL, 0,  "no",   0, 1,    CRAWL,  STORE, "", "Write a dns record to WARC for each name that was looked up.")
OPT(dedup,          BOOL, 0,  "yes",  0, 1,    CRAWL,  STORE, "", "Let WARC refer to the record of a body that any worker has stored already.")
OPT(dedup_memory,   BYTES,0,  "256m", 65536, 1e11, CRAWL, STORE, "BYTES", "Memory in Redis for the digests and URLs of stored bodies; the oldest are forgotten.")
OPT(links,          BOOL, 0,  "no",   0, 1,    CRAWL,  STORE, "", "Write the link graph, links/*.tsv.gz: page, target, text and rel of each link.")
OPT(extract,        LIST, 0,  "",     0, 0,    CRAWL,  STORE, "NAME=EXPR", "Write what this XPath, or css:SELECTOR, finds on each page to DIR/extract; NAME[] takes all it finds.")
OPT(extract_each,   TEXT, 0,  "",     0, 0,    CRAWL,  STORE, "EXPR", "A line for each node that this finds, with --extract relative to it.")
OPT(extract_from,   FILE, 0,  "",     0, 0,    CRAWL,  STORE, "FILE", "Extract as FILE says: sections [URL pattern] of NAME = EXPR lines.")
OPT(extract_format, TEXT, 0,  "json", 0, 0,    CRAWL,  STORE, "KIND", "What is extracted is written as json (a line each) or csv.")
OPT(extract_max,    BYTES,0,  "1m",   1024, 33554432, CRAWL, STORE, "BYTES", "Take at most so much of one page's values.")
OPT(text,           BOOL, 0,  "no",   0, 1,    CRAWL,  STORE, "", "Extract each page's title, description and readable text.")
OPT(durability,     TEXT, 0,  "process", 0, 0, CRAWL,  STORE, "KIND", "A page is done when its record outlives the process, or the machine's power: process or power.")
OPT(cache,          BOOL, 0,  "no",   0, 1,    CRAWL,  STORE, "", "Remember ETag, Last-Modified and digest of each page; the same command again asks only for what changed.")
OPT(revisit,        MS,   0,  "0",    0, 1e13, CRAWL,  STORE, "AGE", "With --cache: ask for no page again that was asked for less than AGE ago (12h, 7d).")
OPT(exec,           TEXT, 0,  "",     0, 0,    BOTH,   STORE, "COMMAND", "Give each page as a line of JSON to this command, kept running; it answers with links and records; see PAGE CALLBACK in worker(8).")
OPT(exec_types,     LIST, 0,  "",     0, 0,    CRAWL,  STORE, "LIST", "Give --exec pages of these types (text/html,application/pdf,*/*); default: HTML.")
OPT(exec_body,      TEXT, 0,  "text", 0, 0,    CRAWL,  STORE, "KIND", "How --exec gets the body: text (UTF-8, base64 of what is no text), base64, or none.")
OPT(exec_timeout,   MS,   0,  "60",   1, 8.64e7, CRAWL, STORE, "SECONDS", "Kill and restart the command of --exec when a page's answer takes longer.")
OPT(seen_cache,     INT,  0,  "1048576", 1024, 1e9, CRAWL, STORE, "N", "Fingerprints each worker process remembers.")

/* --- messages --- */
OPT(config,         TEXT, 0,  "",     0, 0,    BOTH,   TALK, "FILE", "Read options from FILE (NAME = VALUE a line); default /etc/weft.conf if there.")
OPT(progress,       BOOL, 0,  "yes",  0, 1,    MASTER, TALK, "", "Show progress: a live block on a terminal, else a line every 10 s.")
OPT(json,           BOOL, 0,  "no",   0, 1,    MASTER, TALK, "", "Commands that tell something print JSON.")
OPT(report_file,    TEXT, 'o', "",    0, 0,    MASTER, TALK, "FILE", "Where the command report writes; - is standard output; default: report.html in the folder.")
OPT(once,           BOOL, 0,  "no",   0, 1,    MASTER, TALK, "", "With the command top: print one snapshot and end.")
OPT(quiet,          BOOL, 'q',"no",   0, 1,    BOTH,   TALK, "", "Warnings only, no progress.")
OPT(verbose,        BOOL, 'v',"no",   0, 1,    BOTH,   TALK, "", "Debug lines too.")
OPT(log_file,       TEXT, 0,  "",     0, 0,    BOTH,   TALK, "FILE", "Messages go to FILE instead of the terminal.")
OPT(log_format,     TEXT, 0,  "text", 0, 0,    BOTH,   TALK, "KIND", "Messages are lines of text, or of json: an object each.")
OPT(color,          TEXT, 0,  "auto", 0, 0,    BOTH,   TALK, "WHEN", "Colours on the terminal: auto (as NO_COLOR and TERM say), always or never.")
OPT(health_file,    TEXT, 0,  "",     0, 0,    BOTH,   TALK, "FILE", "Touch FILE each second as long as all threads turn.")
OPT(http,           TEXT, 0,  "127.0.0.1:8900", 0, 0, MASTER, HTTP, "HOST:PORT|no", "Dashboard, /metrics and API; a free port if the default one is taken; beyond loopback only with http-token; --no-http for none.")
OPT(http_token,     TEXT, 0,  "",     0, 0,    MASTER, HTTP, "TOKEN", "What steers the crawl over HTTP, 16 characters or more; default: a new one, shown at the start.")

/* --- other names that people know: ALIAS(name, option, letter) --- */
ALIAS("wait",           "delay",        0)
ALIAS("max-urls",       "max-seeds",    0)
ALIAS("link-regex",     "accept-regex", 0)
ALIAS("directory-prefix", "output",     0)
ALIAS("max-depth",      "level",        0)
ALIAS("max-redirs",     "max-redirect", 0)
ALIAS("retries",        "tries",        0)
ALIAS("processes",      "procs",        0)
ALIAS("http-user",      "user",         0)
ALIAS("http-password",  "password",     0)
ALIAS("cert",           "certificate",  0)
ALIAS("cert-type",      "certificate-type", 0)
ALIAS("key",            "private-key",  0)
ALIAS("read-timeout",   "speed-time",   0)
ALIAS("noproxy",        "no-proxy",     0)
ALIAS("colour",         "color",        0)
ALIAS("insecure",       "no-check-certificate", 'k')
/* clang-format on */
