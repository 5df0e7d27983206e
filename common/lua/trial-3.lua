-- trial - the oldest entry of the quarantine gets its last try.
--
-- For a master that sees nothing else left: the page is then alone.
--
-- KEYS  1 queue  2 suspects  3 quarantine
-- ARGV  1 now_ms or '' (not used)
-- Returns {}: there is none; {entry, 'last'}: it is in the queue; {entry,
--       'dead'}: its last try killed a worker too, it is to be buried.
-- Twice: the next one gets its try as well.
-- Cost  O(1).

local call = redis.call
local find, sub = string.find, string.sub

local line = call('LINDEX', KEYS[3], 0)
if not line then
  return {}
end
local first = find(line, ' ', find(line, ' ', 1, true) + 1, true)
local last = find(line, ' ', first + 1, true)
local url = sub(line, first + 1, (last or 0) - 1)
if call('HGET', KEYS[2], url) == 'dead' then
  return {line, 'dead'}
end
call('LPOP', KEYS[3])
call('HSET', KEYS[2], url, 'last')
call('RPUSH', KEYS[1], line)
return {line, 'last'}
