-- workers - who beats, and how long ago.
--
-- KEYS  1 workers
-- ARGV  1 now_ms, '': Redis's TIME
-- Returns {worker, ms since its last beat, ...}, the most silent first; the
--       longest possible time for one whose reaping has begun.
-- Cost  O(workers), at most 10,000 of them.

local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local list = redis.call('ZRANGE', KEYS[1], 0, 9999, 'WITHSCORES')
for i = 2, #list, 2 do
  list[i] = math.max(0, now - tonumber(list[i]))
end
return list
