-- pace - what the holder of a site learnt of it.
--
-- KEYS  1 crawl  2 pace
-- ARGV  1 now_ms or '' (not used)  2 site  3 text, '0': nothing to be known
-- Returns 1, or 0 when there is no such crawl: a Redis that came back empty
--       must stay empty.
-- Twice: the same again.
-- Cost  O(1).  The first write is one that a full Redis allows.

local call = redis.call

if call('EXISTS', KEYS[1]) == 0 then
  return 0
end
call('HDEL', KEYS[2], ARGV[2])
if ARGV[3] ~= '0' then
  call('HSET', KEYS[2], ARGV[2], ARGV[3])
end
return 1
