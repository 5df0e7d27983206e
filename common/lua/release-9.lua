-- release - give sites back, with the entries that were not fetched.
--
-- KEYS  1 crawl  2 stats  3 due  4 held  5 the worker's hold
--       6 the worker's flight  7 prefix of back queues  8 pace  9 asked
-- ARGV  1 now_ms, '': Redis's TIME  2 holders a site may have
--       then for each site: site, wait_ms until it may be visited again,
--       its pace ('': leave it, '0': none, else the text), grants that were
--       not used (see claim), count of entries, entries in their order
-- Returns how many sites this worker held and holds once less now.
-- Twice: guarded by hold and flight, the second time nothing happens (where a
--       worker holds a site twice, its second hold would go as well).
-- Cost  O(sites log sites in play + entries).
--
-- The first write is one that Redis allows when its memory is full (HDEL);
-- then it allows the rest of the script too.

local call, max = redis.call, math.max
local STATS, DUE, HELD = KEYS[2], KEYS[3], KEYS[4]
local HOLD, FLIGHT, BACK, PACE = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local ASKED = KEYS[9]

local now = tonumber(ARGV[1])
if not now then
  local time = call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local per_site = tonumber(ARGV[2])
local returned, released = 0, 0
local PART = 1000 -- arguments at once: Lua unpacks fewer than 8,000

-- Where each site stands in ARGV, and what is held now.
local starts, sites = {}, {}
local at = 3
while ARGV[at] do
  starts[#starts + 1] = at
  sites[#sites + 1] = ARGV[at]
  at = at + 5 + tonumber(ARGV[at + 4])
end
local function look_up(key)
  local counts = {}
  for first = 1, #sites, PART do
    local last = math.min(first + PART - 1, #sites)
    local found = call('HMGET', key, unpack(sites, first, last))
    for i = first, last do
      counts[sites[i]] = tonumber(found[i - first + 1]) or 0
    end
  end
  return counts
end
local mine, holders = look_up(HOLD), look_up(HELD)

-- The site with the most work left: a register of one, which each release of
-- that site corrects and each release of a longer one takes over.
local long = call('HMGET', KEYS[1], 'long_site', 'long_ms')
local long_site, long_ms, long_entries = long[1], tonumber(long[2]) or 0, nil
local function note_long(site, left, wait)
  local ms = math.floor(left * wait / per_site)
  if site == long_site or (left > 0 and ms >= long_ms) then
    long_site, long_ms, long_entries = site, ms, left
  end
end

-- Entries still in flight go to the head, in their order.
local function put_back(site, first, last)
  local count = 0
  for i = last, first, -1 do
    if call('HDEL', FLIGHT, ARGV[i]) == 1 then
      call('LPUSH', BACK .. site, ARGV[i])
      count = count + 1
    end
  end
  return count
end

local changed, is_changed, due, unused, paces = {}, {}, {}, {}, {}
for i, site in ipairs(sites) do
  local start = starts[i]
  local wait, count = tonumber(ARGV[start + 1]), tonumber(ARGV[start + 4])
  local put = count > 0 and put_back(site, start + 5, start + 4 + count) or 0
  returned = returned + put
  if mine[site] > 0 then
    released = released + 1
    mine[site] = mine[site] - 1
    holders[site] = max(0, holders[site] - 1)
    if not is_changed[site] then
      is_changed[site] = true
      changed[#changed + 1] = site
    end
    if ARGV[start + 2] ~= '' then
      paces[site] = ARGV[start + 2]
    end
    unused[site] = (unused[site] or 0) + tonumber(ARGV[start + 3])
    local left = call('LLEN', BACK .. site)
    -- Another holder, where there may be one only, gives it back itself.
    if (left > 0 or wait > 0) and (holders[site] == 0 or per_site > 1) then
      due[#due + 1] = now + wait
      due[#due + 1] = site
    end
    note_long(site, left, wait)
  elseif put > 0 and holders[site] == 0 then
    call('ZADD', DUE, 'NX', now + wait, site)
  end
end

for first = 1, #changed, PART do
  local last = math.min(first + PART - 1, #changed)
  call('HDEL', HOLD, unpack(changed, first, last))
  call('HDEL', HELD, unpack(changed, first, last))
end
local gone, paced = {}, {}
for site, text in pairs(paces) do
  gone[#gone + 1] = site
  if text ~= '0' then
    paced[#paced + 1] = site
    paced[#paced + 1] = text
  end
end
for first = 1, #gone, PART do
  call('HDEL', PACE, unpack(gone, first, math.min(first + PART - 1, #gone)))
end
for first = 1, #paced, PART do
  call('HSET', PACE,
    unpack(paced, first, math.min(first + PART - 1, #paced)))
end
for site, count in pairs(unused) do
  if count > 0 then
    call('HINCRBY', ASKED, site, -count)
  end
end
local function put_counts(key, counts)
  local pairs_of = {}
  for _, site in ipairs(changed) do
    if counts[site] > 0 then
      pairs_of[#pairs_of + 1] = site
      pairs_of[#pairs_of + 1] = counts[site]
    end
  end
  for first = 1, #pairs_of, PART do
    call('HSET', key,
      unpack(pairs_of, first, math.min(first + PART - 1, #pairs_of)))
  end
end
put_counts(HOLD, mine)
put_counts(HELD, holders)
for first = 1, #due, PART do -- with more holders, the earliest of their times
  call('ZADD', DUE, per_site > 1 and 'LT' or 'GT',
    unpack(due, first, math.min(first + PART - 1, #due)))
end
if returned > 0 then
  call('HINCRBY', STATS, 'flight', -returned)
  call('HINCRBY', STATS, 'charged', -returned)
  call('HINCRBY', STATS, 'back', returned)
end
if long_entries then
  call('HSET', KEYS[1], 'long_site', long_site, 'long_entries', long_entries,
    'long_ms', long_ms)
end
return released
