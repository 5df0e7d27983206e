-- claim - take sites that may be visited now, and some of their entries.
--
-- KEYS  1 crawl  2 stats  3 queue  4 due  5 retry  6 held  7 workers
--       8 the worker's hold  9 the worker's flight  10 prefix of back queues
--       11 pace  12 orders  13 suspects  14 quarantine  15 asked
-- ARGV  1 now_ms, '': Redis's TIME  2 worker  3 visits wanted, 1 to 64
--       4 entries a visit, 1 to 64  5 holders a site may have
-- Returns {state, wait_ms, {raw ...},
--       {{site, pace, order, grants, entry ...} ...}}
--       pace, order: what pace and orders have of the site, '' for nothing;
--       grants: how many of the entries, the first ones, may be asked by
--       max_pages_per_site; '' without it.
--       wait_ms: 0, ask again at once; else until something is due.
-- Twice: the second claim gives other entries; those of a lost reply stay in
--       hold and flight, where the worker finds them.
-- Cost  O(visits log sites in play); at most 64 retries, 256 due sites and
--       256 entries of the front queue.
--
-- Sources in this order: retries whose time has come, sites whose time has
-- come, the front queue.  A popped entry whose site is in play (in due, or
-- with all its holders) goes to the site's back queue.  Whatever has entries
-- in a back queue is in due or held, so it comes up again.  An entry whose
-- page killed three workers goes to the quarantine instead of to a worker.
--
-- With max_pages_per_site asked counts the entries of each site that may be
-- asked or were: a claim grants while there is room, its value in flight is
-- '1' then.  Entries beyond go out too, for the worker to finish unasked.

local call = redis.call
local min, max, ceil = math.min, math.max, math.ceil
local find, sub, match = string.find, string.sub, string.match

local STATS, QUEUE, DUE, RETRY = KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local HELD, HOLD, FLIGHT, BACK = KEYS[6], KEYS[8], KEYS[9], KEYS[10]
local SUSPECTS, QUARANTINE, ASKED = KEYS[13], KEYS[14], KEYS[15]
local ENTRY_MAX = 8192    -- ENTRY_MAX_BYTES of common/entry.h
local SITE_MAX = 255      -- a host name has 253 bytes, an address fewer
local RAW_MAX = 64        -- FRONTIER_VISITS_MAX of common/frontier.h
local REPLY_MAX = 1048576 -- bytes of entries, behind which no visit begins
local POPS_MAX = 256
local FREE = 0            -- in place: the site is not in play
local HEAD = 4            -- what stands in a visit before its entries
local ENTRIES_MAX = 64    -- FRONTIER_ENTRIES_MAX of common/frontier.h
local ACCUSED_MAX = 3     -- crashes a page may stand accused of

local now = tonumber(ARGV[1])
if not now then
  local time = call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local visits_max, entries_max = tonumber(ARGV[3]), tonumber(ARGV[4])
local per_site = tonumber(ARGV[5])

local crawl = call('HMGET', KEYS[1], 'state', 'max_pages',
  'max_pages_per_site')
local state = crawl[1] or ''
if state ~= 'seeding' and state ~= 'running' then
  return {state, 1000, {}, {}}
end
-- Who has not beaten yet, or was reaped, holds nothing: nobody would ever
-- take it back.
local beat = call('ZSCORE', KEYS[7], ARGV[2])
if not beat or beat == '0' then
  return {state, 100, {}, {}}
end
local room = math.huge -- entries that --max-pages still allows
local max_pages = tonumber(crawl[2]) or 0
if max_pages > 0 then
  room = max_pages - (tonumber(call('HGET', STATS, 'charged')) or 0)
  if room <= 0 then
    return {state, 250, {}, {}}
  end
end

-- A fair share: what there is, divided by the workers there are.  A site that
-- is due may have that many holders.
local front = call('LLEN', QUEUE)
local share = ceil((front + call('ZCOUNT', DUE, '-inf', now) * per_site +
  call('ZCOUNT', RETRY, '-inf', now)) / max(1, call('ZCARD', KEYS[7])))
local want = max(1, min(visits_max, share))

-- site -> entries of it that max_pages_per_site still allows.
local site_max = tonumber(crawl[3]) or 0
local grants = {}
local function grants_of(site)
  if not grants[site] then
    grants[site] = max(0, site_max - (tonumber(call('HGET', ASKED, site)) or 0))
  end
  return grants[site]
end

local visits, raws, flight = {}, {}, {}
local place = {} -- site -> its visit here, false: in play, FREE, nil: unknown
local heads, tails = {}, {} -- site -> entries for the ends of its back queue
local given, bytes, back, bad = 0, 0, 0, 0
local has_moved = false

local function open(site)
  local visit = {site, '', '', site_max > 0 and 0 or ''}
  visits[#visits + 1] = visit
  place[site] = visit
  if per_site > 1 then
    call('HINCRBY', HELD, site, 1)
    call('HINCRBY', HOLD, site, 1)
  end
  return visit
end

local function give(visit, entry)
  visit[#visit + 1] = entry
  flight[#flight + 1] = entry
  flight[#flight + 1] = '0'
  if site_max > 0 and grants_of(visit[1]) > 0 then
    grants[visit[1]] = grants[visit[1]] - 1
    visit[4] = visit[4] + 1
    flight[#flight] = '1'
  end
  given = given + 1
  bytes = bytes + #entry
end

-- The site and 'r' flag of 'DEPTH[rHOPS][tTRIES][sSITEMAP] SITE URL', or nil.
local function parse(line)
  local first = find(line, ' ', 1, true)
  if not first or first > 20 then
    return nil
  end
  local flags = match(sub(line, 1, first - 1), '^%d+([rts%d]*)$')
  local second = flags and find(line, ' ', first + 1, true)
  if not second or second == first + 1 or second - first > SITE_MAX + 1 or
    second == #line then
    return nil
  end
  return sub(line, first + 1, second - 1), sub(flags, 1, 1) == 'r'
end

-- Whether its page killed too many workers; then it is set aside.
local has_suspects = call('HLEN', SUSPECTS) > 0
local function set_aside(line)
  if not has_suspects then
    return false
  end
  local first = find(line, ' ', find(line, ' ', 1, true) + 1, true)
  local last = find(line, ' ', first + 1, true)
  local count = call('HGET', SUSPECTS, sub(line, first + 1, (last or 0) - 1))
  if count ~= 'dead' and (tonumber(count) or 0) < ACCUSED_MAX then
    return false
  end
  call('RPUSH', QUARANTINE, line)
  return true
end

-- Fill place for sites not looked at yet.
local function look_up(sites)
  if #sites == 0 then
    return
  end
  local held = call('HMGET', HELD, unpack(sites))
  local due = call('ZMSCORE', DUE, unpack(sites))
  for i, site in ipairs(sites) do
    local is_full = (tonumber(held[i]) or 0) >= per_site
    place[site] = not is_full and not due[i] and FREE
  end
end

-- Entries from the front queue or the retries: into a visit, or to the back
-- queue of a site in play, its head for a retry and a redirect's target.
-- The caller passes no more than there is room for.
local function sort(lines, is_retry)
  local entries, sites, firsts, unknown = {}, {}, {}, {}
  for _, line in ipairs(lines) do
    if #line > ENTRY_MAX then
      bad = bad + 1
    else
      local site, is_redirect = parse(line)
      if not site then
        raws[#raws + 1] = line
      elseif not set_aside(line) then
        entries[#entries + 1] = line
        sites[#entries] = site
        firsts[#entries] = is_retry or is_redirect
        if place[site] == nil then
          place[site] = false
          unknown[#unknown + 1] = site
        end
      end
    end
  end
  look_up(unknown)
  local joint = max(1, ceil(entries_max / per_site))
  for i, entry in ipairs(entries) do
    local site = sites[i]
    local at = place[site]
    if at == FREE then
      give(open(site), entry)
    elseif at and #at - HEAD < joint then
      give(at, entry)
    else
      local ends = firsts[i] and heads or tails
      ends[site] = ends[site] or {}
      table.insert(ends[site], entry)
    end
  end
end

-- Push what sort() put aside.
local function flush()
  for site, list in pairs(heads) do
    for i = #list, 1, -1 do
      call('LPUSH', BACK .. site, list[i])
    end
    back = back + #list
  end
  for site, list in pairs(tails) do
    call('RPUSH', BACK .. site, unpack(list))
    back = back + #list
  end
  if per_site > 1 then -- another holder may help with them
    for _, ends in ipairs({heads, tails}) do
      for site in pairs(ends) do
        if (tonumber(call('HGET', HELD, site)) or 0) < per_site then
          call('ZADD', DUE, 'NX', now, site)
        end
      end
    end
  end
  heads, tails = {}, {}
end

-- 1. Retries whose time has come.
local lines = call('ZRANGEBYSCORE', RETRY, '-inf', now, 'LIMIT', 0,
  min(want, room))
if #lines > 0 then
  call('ZREM', RETRY, unpack(lines))
  has_moved = true
  sort(lines, true)
  flush() -- now: below, a site without a back queue leaves play
end

-- 2. Sites whose time has come; those with nothing to do leave play.
local sites = call('ZRANGEBYSCORE', DUE, '-inf', now, 'LIMIT', 0,
  min(256, 2 * want + 16))
local held = #sites > 0 and call('HMGET', HELD, unpack(sites))
local leave = {}
local function is_full()
  return #visits >= want or given >= room or bytes >= REPLY_MAX
end

-- A visit of the site, of up to limit entries that wait in its back queue;
-- returns how many went, and the visit, nil when all were set aside.
local function serve(site, limit)
  local lines, visit = call('LPOP', BACK .. site, limit), nil
  for _, entry in ipairs(lines or {}) do
    if not set_aside(entry) then
      visit = visit or open(site)
      give(visit, entry)
    end
  end
  has_moved = has_moved or lines ~= false
  back = back - #(lines or {})
  return #(lines or {}), visit
end

for i, site in ipairs(sites) do
  if is_full() then
    break
  end
  local holders = tonumber(held[i]) or 0
  local limit = entries_max
  if site_max > 0 and grants_of(site) == 0 then
    limit = ENTRIES_MAX -- no delay is between what is not asked
  end
  if per_site == 1 then
    local count, visit = 0, nil
    if holders == 0 then
      count, visit = serve(site, min(limit, room - given))
    end
    if visit or count == 0 then -- else all were set aside: it may have more
      leave[#leave + 1] = site
    end
    place[site] = visit
  else
    -- Each holder gets its part, and as many of them as are wanted.  A site
    -- with all its holders comes back to due when one releases it.
    local left = holders < per_site and call('LLEN', BACK .. site) or 0
    local part = min(limit, max(1, ceil(left / per_site)))
    while left > 0 and holders < per_site and not is_full() do
      local count, visit = serve(site, min(part, room - given))
      left = left - count
      if visit then
        holders = holders + 1
      end
      if count == 0 then
        break
      end
    end
    if left <= 0 or holders >= per_site then
      leave[#leave + 1] = site
      place[site] = place[site] or nil -- no visit: it is not in play now
    end
  end
end
if #leave > 0 then
  call('ZREM', DUE, unpack(leave))
  has_moved = true
end

-- 3. The front queue, never more at once than there is room for.
local pops = min(POPS_MAX, 4 * want)
while pops > 0 and front > 0 and bytes < REPLY_MAX do
  local count = min(pops, front, want - #visits, room - given, RAW_MAX - #raws)
  lines = count > 0 and call('RPOP', QUEUE, count)
  if not lines then
    break
  end
  pops = pops - #lines
  front = front - #lines
  has_moved = true
  sort(lines, false)
end
flush()

-- Into the worker's hands.
if per_site == 1 and #visits > 0 then
  local holds = {}
  for i, visit in ipairs(visits) do
    holds[2 * i - 1] = visit[1]
    holds[2 * i] = '1'
  end
  call('HSET', HELD, unpack(holds))
  call('HSET', HOLD, unpack(holds))
end
if site_max > 0 then
  for _, visit in ipairs(visits) do
    if visit[4] > 0 then
      call('HINCRBY', ASKED, visit[1], visit[4])
    end
    visit[4] = tostring(visit[4])
  end
end
-- HSET tells how many were not there: a line twice in the queue counts once.
local charged, raw_flight = 0, 0
for i = 1, #flight, 1000 do
  charged = charged + call('HSET', FLIGHT,
    unpack(flight, i, min(i + 999, #flight)))
end
for _, line in ipairs(raws) do
  raw_flight = raw_flight + call('HSET', FLIGHT, line, 'raw')
end
local function count(name, delta)
  if delta ~= 0 then
    call('HINCRBY', STATS, name, delta)
  end
end
count('flight', charged + raw_flight)
count('charged', charged)
count('back', back)
count('bad_entries', bad)

local wait = 1000
if given >= room then
  wait = 250 -- only what comes back uncharged makes room
elseif has_moved and front > 0 then
  wait = 0
else
  for _, key in ipairs({DUE, RETRY}) do
    local first = call('ZRANGE', key, 0, 0, 'WITHSCORES')
    if first[2] then
      wait = min(wait, ceil(tonumber(first[2]) - now))
    end
  end
  wait = max(wait, has_moved and 0 or 1)
end

-- What is known of the sites, and what an operator ordered: of the site, or
-- else of all of them, '*'.
for i, key in ipairs({KEYS[11], KEYS[12]}) do
  if #visits > 0 and call('HLEN', key) > 0 then
    local names = {}
    for j, visit in ipairs(visits) do
      names[j] = visit[1]
    end
    local texts = call('HMGET', key, '*', unpack(names))
    for j, visit in ipairs(visits) do
      visit[1 + i] = texts[1 + j] or texts[1] or ''
    end
  end
end
return {state, wait, raws, visits}
