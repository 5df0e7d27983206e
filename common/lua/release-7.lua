-- release - give sites back, with the entries that were not fetched.
--
-- KEYS  1 crawl  2 stats  3 due  4 held  5 the worker's hold
--       6 the worker's flight  7 prefix of back queues
-- ARGV  1 now_ms, '': Redis's TIME  2 holders a site may have
--       then for each site: site, wait_ms until it may be visited again,
--       count of entries, entries in their order
-- Returns how many sites this worker held and holds once less now.
-- Twice: guarded by hold and flight, the second time nothing happens (with
--       per_site 1; a second hold of the same site would go as well).
-- Cost  O(sites log sites in play + entries).
--
-- The first write is one that Redis allows when its memory is full (HDEL);
-- then it allows the rest of the script too.

local call = redis.call
local STATS, DUE, HELD = KEYS[2], KEYS[3], KEYS[4]
local HOLD, FLIGHT = KEYS[5], KEYS[6]

local now = tonumber(ARGV[1])
if not now then
  local time = call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local per_site = tonumber(ARGV[2])
local returned, released = 0, 0

-- The site with the most work left: a register of one, which each release of
-- that site corrects and each release of a longer one takes over.
local long, is_longer = nil, false
local function note_long(site, left, wait)
  if not long then
    local r = call('HMGET', KEYS[1], 'long_site', 'long_ms')
    long = {site = r[1] or '', entries = 0, ms = tonumber(r[2]) or 0}
  end
  local ms = math.floor(left * wait / per_site)
  if site == long.site or (left > 0 and ms >= long.ms) then
    long = {site = site, entries = left, ms = ms}
    is_longer = true
  end
end

-- Entries still in flight go to the head, in their order.
local function put_back(back, first, last)
  local count = 0
  for i = last, first, -1 do
    if call('HDEL', FLIGHT, ARGV[i]) == 1 then
      call('LPUSH', back, ARGV[i])
      count = count + 1
    end
  end
  return count
end

-- One hold of the site less; its remaining holders, nil when it had no hold.
local function let_go(site)
  local mine = tonumber(call('HGET', HOLD, site))
  if not mine then
    return nil
  end
  call('HDEL', HOLD, site)
  if mine > 1 then
    call('HSET', HOLD, site, mine - 1)
  end
  local holders = call('HINCRBY', HELD, site, -1)
  if holders <= 0 then
    call('HDEL', HELD, site)
  end
  return math.max(0, holders)
end

local at = 3
while ARGV[at] do
  local site, wait = ARGV[at], tonumber(ARGV[at + 1])
  local count = tonumber(ARGV[at + 2])
  local back = KEYS[7] .. site
  local put = put_back(back, at + 3, at + 2 + count)
  local holders = let_go(site)
  at = at + 3 + count
  returned = returned + put
  if holders then
    local left = call('LLEN', back)
    released = released + 1
    if holders < per_site and (left > 0 or wait > 0) and
      (holders == 0 or per_site > 1) then
      if per_site == 1 then
        call('ZADD', DUE, now + wait, site)
      else -- the earliest of its holders' times
        call('ZADD', DUE, 'LT', now + wait, site)
      end
    end
    note_long(site, left, wait)
  elseif put > 0 and call('HEXISTS', HELD, site) == 0 then
    call('ZADD', DUE, 'NX', now + wait, site)
  end
end

if returned > 0 then
  call('HINCRBY', STATS, 'flight', -returned)
  call('HINCRBY', STATS, 'charged', -returned)
  call('HINCRBY', STATS, 'back', returned)
end
if is_longer then
  call('HSET', KEYS[1], 'long_site', long.site, 'long_entries', long.entries,
    'long_ms', long.ms)
end
return released
