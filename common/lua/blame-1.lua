-- blame - a worker died while it worked on this URL's page.
--
-- KEYS  1 suspects
-- ARGV  1 now_ms or '' (not used)  2 the dead worker  3 URL
-- Returns of how many deaths the URL stands accused: 'last' becomes 'dead'
--       and counts as one more than claim lets pass.
-- Twice: a worker accuses once, the second time only the count is told.
-- Cost  O(1).

local call = redis.call
local DEAD = 4

call('HDEL', KEYS[1], '') -- allowed when memory is full, then the rest is too

local count = call('HGET', KEYS[1], ARGV[3])
if call('HSETNX', KEYS[1], 'worker ' .. ARGV[2], ARGV[3]) == 1 then
  if count == 'last' or count == 'dead' then
    count = 'dead'
  else
    count = (tonumber(count) or 0) + 1
  end
  call('HSET', KEYS[1], ARGV[3], count)
end
if count == 'last' or count == 'dead' then
  return DEAD
end
return tonumber(count) or 0
