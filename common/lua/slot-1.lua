-- slot - when may this address be asked?  One clock for the whole crawl.
--
-- KEYS  1 ip
-- ARGV  1 now_ms, '': Redis's TIME  2 address  3 ms between two requests
--       4 the longest wait in ms that is worth being promised a slot
-- Returns {wait_ms, is_promised}: after wait_ms it may be asked; without a
--       promise (1) the caller comes back then and asks anew.
-- Twice: the second call gets the next slot, the first one is not used.
-- Cost  O(log addresses); forgets addresses whose time has passed.

local call = redis.call

local now = tonumber(ARGV[1])
if not now then
  local time = call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local free = tonumber(call('ZSCORE', KEYS[1], ARGV[2])) or now
local wait = math.max(0, math.ceil(free - now))
if wait > tonumber(ARGV[4]) then
  return {wait, 0}
end
call('ZADD', KEYS[1], now + wait + tonumber(ARGV[3]), ARGV[2])
return {wait, 1}
