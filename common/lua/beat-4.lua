-- beat - a worker lives, and tells what it counted since its last beat.
--
-- KEYS  1 crawl  2 stats  3 workers  4 the worker's own key
-- ARGV  1 now_ms, '': Redis's TIME  2 worker  3 seq, from 1
--       4 its report, for displays
--       then for each counter: name, delta
-- Returns {state, is_reaped, now_ms, live_delay, live_connections,
--       live_limit_rate, live_rest}; the last four as change wrote them, ''
--       for none.  is_reaped 1: it was taken for dead; nothing was written, and
--       nothing will be under this identity.
-- Twice: seq is remembered; the second time only the time is noted.
-- Cost  O(counters + log workers).
--
-- EXPIRE comes first because Redis allows it when its memory is full, and
-- then the rest of the script too: a full Redis must not look like death.

local call = redis.call
local DAY = 86400

local now = tonumber(ARGV[1])
if not now then
  local time = call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local seq = tonumber(ARGV[3])

local crawl = call('HMGET', KEYS[1], 'state', 'live_delay', 'live_connections',
  'live_limit_rate', 'live_rest')
local function answer(is_reaped)
  local reply = {crawl[1] or '', is_reaped, now}
  for i = 2, 5 do -- of what stands there by mistake, no more than a number has
    reply[i + 2] = string.sub(crawl[i] or '', 1, 32)
  end
  return reply
end
if not crawl[1] then -- another Redis, or an empty one: leave it as it is
  return answer(0)
end
local beat = call('ZSCORE', KEYS[3], ARGV[2])
if beat == '0' or (seq > 1 and not beat) then
  return answer(1)
end
local stored = tonumber(call('HGET', KEYS[4], 'seq')) or 0
call('EXPIRE', KEYS[4], DAY)
call('ZADD', KEYS[3], now, ARGV[2])
if seq > stored then
  for i = 5, #ARGV, 2 do
    call('HINCRBY', KEYS[2], ARGV[i], ARGV[i + 1])
  end
  call('HSET', KEYS[4], 'seq', seq, 'info', ARGV[4])
  call('EXPIRE', KEYS[4], DAY)
end
return answer(0)
