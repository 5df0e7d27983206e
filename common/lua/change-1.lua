-- change - settings of a crawl that count from now on, while it runs.
--
-- KEYS  1 crawl
-- ARGV  1 now_ms or '' (not used)
--       2 delay in ms  3 connections of a thread  4 bytes a second of a worker
--       process: '' as it is, '-' what the options say again, else the value
--       5 delay in ms that the options say
--       6 max_pages, '' as it is
-- Returns {state, live_delay, live_connections, live_limit_rate, live_rest},
--       '' for what is not there.  Of a crawl that is finished, or not there,
--       nothing is changed.
-- Twice: the second time nothing changes.
-- Cost  O(1).
--
-- live_rest is the longest delay that ever counted since the first change: a
-- site that a dead worker asked by an earlier, longer one rests that long (see
-- reap).  PERSIST comes first because Redis allows it when its memory is full,
-- and then the rest of the script too.

local call = redis.call
local names = {'live_delay', 'live_connections', 'live_limit_rate'}

local state = call('HGET', KEYS[1], 'state')
if state and state ~= 'finished' then
  call('PERSIST', KEYS[1])
  for i, name in ipairs(names) do
    local value = ARGV[i + 1]
    if value == '-' then
      call('HDEL', KEYS[1], name)
    elseif value ~= '' then
      call('HSET', KEYS[1], name, value)
    end
  end
  if tonumber(ARGV[2]) then
    call('HSET', KEYS[1], 'live_rest', math.max(tonumber(ARGV[2]),
      tonumber(ARGV[5]), tonumber(call('HGET', KEYS[1], 'live_rest')) or 0))
  end
  if ARGV[6] ~= '' then
    call('HSET', KEYS[1], 'max_pages', ARGV[6])
  end
end
local now = call('HMGET', KEYS[1], 'live_delay', 'live_connections',
  'live_limit_rate', 'live_rest')
return {state or '', now[1] or '', now[2] or '', now[3] or '', now[4] or ''}
