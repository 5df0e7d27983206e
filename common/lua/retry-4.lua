-- retry - try entries again later.
--
-- KEYS  1 stats  2 retry  3 the worker's flight  4 asked
-- ARGV  1 now_ms, '': Redis's TIME
--       then for each: entry as claimed, entry with its tries raised, wait_ms
-- Returns how many were in flight and wait for their next try now.
-- Twice: guarded by flight, the second time nothing happens.
-- Cost  O(entries log retries).
--
-- What was granted by max_pages_per_site (see claim) is so no more: the next
-- claim of the entry grants it anew.

local call = redis.call
local count = 0
local has_grants = call('EXISTS', KEYS[4]) == 1

local function give_back(line)
  local site = string.match(line, '^%S+ (%S+)')
  if site then
    call('HINCRBY', KEYS[4], site, -1)
  end
end

local now = tonumber(ARGV[1])
if not now then
  local time = call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
for i = 2, #ARGV, 3 do
  local is_granted = has_grants and call('HGET', KEYS[3], ARGV[i]) == '1'
  if call('HDEL', KEYS[3], ARGV[i]) == 1 then
    if is_granted then
      give_back(ARGV[i])
    end
    call('ZADD', KEYS[2], now + tonumber(ARGV[i + 2]), ARGV[i + 1])
    count = count + 1
  end
end
if count > 0 then
  call('HINCRBY', KEYS[1], 'flight', -count)
  call('HINCRBY', KEYS[1], 'charged', -count)
end
return count
