-- steer - change a crawl's state, where what it is allows that.
--
-- KEYS  1 crawl
-- ARGV  1 now_ms or '' (not used)
--       2 pause, resume, stop; seeded: all seeds are in, failed: all that
--       could be read
-- Returns {state before, state after}; '' without such a crawl.  A state that
--       does not allow it is left as it is.
-- Twice: the second time nothing changes.
-- Cost  O(1).
--
-- In one step, because the master ends the seeding while people give orders.
-- PERSIST comes first because Redis allows it when its memory is full, and
-- then the rest of the script too: a full crawl must be stoppable.

local call = redis.call
local order = ARGV[2]

local crawl = call('HMGET', KEYS[1], 'state', 'seeded')
local state, seeded = crawl[1], crawl[2]
if not state then
  return {'', ''}
end
local is_going = state == 'seeding' or state == 'running'
local after = state

call('PERSIST', KEYS[1])
if order == 'pause' and is_going then
  after = 'paused'
elseif order == 'resume' and state == 'paused' then
  after = seeded == 'no' and 'seeding' or 'running'
elseif order == 'stop' and (is_going or state == 'paused') then
  after = 'stopping'
elseif order == 'seeded' or order == 'failed' then
  call('HSET', KEYS[1], 'seeded', order == 'seeded' and 'yes' or 'failed')
  after = state == 'seeding' and 'running' or state
end
if after ~= state then
  call('HSET', KEYS[1], 'state', after)
end
return {state, after}
