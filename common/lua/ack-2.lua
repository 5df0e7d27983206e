-- ack - entries are finished.
--
-- KEYS  1 stats  2 the worker's flight
-- ARGV  1 now_ms or '' (not used)  2 how many of them were pages
--       3 '1': bare lines, which count neither as known nor as finished
--       then the entries
-- Returns how many were in flight and are no more.
-- Twice: guarded by flight, the second time nothing happens.
-- Cost  O(entries), one HDEL for each 1,000.

local call = redis.call
local pages, is_raw = tonumber(ARGV[2]), ARGV[3] == '1'
local count = 0

for i = 4, #ARGV, 1000 do
  count = count +
    call('HDEL', KEYS[2], unpack(ARGV, i, math.min(i + 999, #ARGV)))
end
if count == 0 then
  return 0
end
call('HINCRBY', KEYS[1], 'flight', -count)
if not is_raw then
  call('HINCRBY', KEYS[1], 'finished', count)
  pages = math.min(pages, count) -- a reap may have taken a part
  if pages > 0 then
    call('HINCRBY', KEYS[1], 'pages', pages)
  end
  if count > pages then -- what was no page makes room for another
    call('HINCRBY', KEYS[1], 'charged', pages - count)
  end
end
return count
