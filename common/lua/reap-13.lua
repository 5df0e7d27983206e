-- reap - take back what a dead worker held.
--
-- KEYS  1 stats  2 queue  3 due  4 held  5 workers
--       6 its hold  7 its flight  8 its own key  9 prefix of back queues
--       10 pace  11 deaths  12 asked  13 crawl
-- ARGV  1 now_ms, '': Redis's TIME  2 worker  3 wait_ms: how long its sites
--       rest at least (longer where pace says so, or the crawl's live_rest:
--       see change), it may just have asked them
-- Returns how much is left: call again until 0.
-- Twice: takes what is there; with nothing there it does nothing.
-- Cost  at most 500 entries and 500 sites a call.
--
-- From the first call on the worker's beat has the score 0: it can claim no
-- more and its beats tell it so, but any master still finds it in workers.

local call = redis.call
local BATCH = 500
local STATS, QUEUE, DUE, HELD = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local WORKERS, HOLD, FLIGHT, BACK = KEYS[5], KEYS[6], KEYS[7], KEYS[9]
local find, sub = string.find, string.sub

local now = tonumber(ARGV[1])
if not now then
  local time = call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local rest = math.max(tonumber(ARGV[3]),
  tonumber(call('HGET', KEYS[13], 'live_rest')) or 0)
local has_paces = call('HLEN', KEYS[10]) > 0

-- When a site may be asked again: pace has 'SPACING_MS FAILURES'.
local function again(site)
  local pace = has_paces and call('HGET', KEYS[10], site)
  local spacing = pace and tonumber(string.match(pace, '^%d+')) or 0
  return now + math.max(rest, spacing)
end

call('EXPIRE', KEYS[8], 86400) -- allowed when memory is full, see beat
call('ZADD', WORKERS, 'XX', 0, ARGV[2])

local function site_of(line)
  local first = find(line, ' ', 1, true)
  return sub(line, first + 1, find(line, ' ', first + 1, true) - 1)
end

-- Entries: to the heads of their sites' back queues; bare lines to the pop
-- end of the front queue.
local entries, raws = 0, 0
local pairs_found = call('HRANDFIELD', FLIGHT, BATCH, 'WITHVALUES')
for i = 1, #pairs_found, 2 do
  local line = pairs_found[i]
  call('HDEL', FLIGHT, line)
  if pairs_found[i + 1] == 'raw' then
    call('RPUSH', QUEUE, line)
    raws = raws + 1
  else
    local site = site_of(line)
    call('LPUSH', BACK .. site, line)
    entries = entries + 1
    if pairs_found[i + 1] == '1' then -- it may be asked once more: see claim
      call('HINCRBY', KEYS[12], site, -1)
    end
    if call('HEXISTS', HELD, site) == 0 then
      call('ZADD', DUE, 'NX', again(site), site)
    end
  end
end

-- Sites: held no more, and not before they had their rest.
local holds = call('HRANDFIELD', HOLD, BATCH, 'WITHVALUES')
for i = 1, #holds, 2 do
  local site = holds[i]
  call('HDEL', HOLD, site)
  if call('HINCRBY', HELD, site, -tonumber(holds[i + 1])) <= 0 then
    call('HDEL', HELD, site)
    call('ZADD', DUE, 'GT', again(site), site)
  end
end

if entries + raws > 0 then
  call('HINCRBY', STATS, 'flight', -entries - raws)
end
if entries > 0 then
  call('HINCRBY', STATS, 'charged', -entries)
  call('HINCRBY', STATS, 'back', entries)
end
if entries + raws + #holds > 0 then
  call('HINCRBY', KEYS[11], ARGV[2], entries + raws)
end
local left = call('HLEN', FLIGHT) + call('HLEN', HOLD)
if left == 0 then
  call('DEL', KEYS[8])
  call('ZREM', WORKERS, ARGV[2])
end
return left
