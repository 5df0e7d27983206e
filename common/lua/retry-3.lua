-- retry - try entries again later.
--
-- KEYS  1 stats  2 retry  3 the worker's flight
-- ARGV  1 now_ms, '': Redis's TIME
--       then for each: entry as claimed, entry with its tries raised, wait_ms
-- Returns how many were in flight and wait for their next try now.
-- Twice: guarded by flight, the second time nothing happens.
-- Cost  O(entries log retries).

local call = redis.call
local count = 0

local now = tonumber(ARGV[1])
if not now then
  local time = call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
for i = 2, #ARGV, 3 do
  if call('HDEL', KEYS[3], ARGV[i]) == 1 then
    call('ZADD', KEYS[2], now + tonumber(ARGV[i + 2]), ARGV[i + 1])
    count = count + 1
  end
end
if count > 0 then
  call('HINCRBY', KEYS[1], 'flight', -count)
  call('HINCRBY', KEYS[1], 'charged', -count)
end
return count
