-- bury - an entry of the quarantine is finished: its page kills workers.
--
-- KEYS  1 stats  2 quarantine
-- ARGV  1 now_ms or '' (not used)  2 entry
-- Returns 1, or 0 when it is not there.
-- Twice: the second time it is not there.
-- Cost  O(quarantine).

local count = redis.call('LREM', KEYS[2], 1, ARGV[2])
if count > 0 then
  redis.call('HINCRBY', KEYS[1], 'finished', count)
  redis.call('HINCRBY', KEYS[1], 'outcome_CRASH', count)
end
return count
