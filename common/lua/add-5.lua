-- add - seen-test and queueing of entries in one step.
--
-- KEYS  1 crawl  2 stats  3 queue  4 prefix of the seen-set's buckets
--       5 prefix of the buckets of the seeds' hosts
-- ARGV  1 now_ms or '' (not used)  2 seed_row, 0: leave it
--       3 one digit for each item: 1 next (pop end of the queue)
--         + 2 check its host + 4 note its host
--       then for each item: entry, fingerprint, bucket, and with 2 or 4:
--       host's fingerprint, host's bucket.  Fingerprints are signed decimal.
-- Returns how many entries were new.  An error NOCRAWL when there is no such
--       crawl: a Redis that came back empty must stay empty.
-- Twice: the second time nothing is new.
-- Cost  one SADD each, one push for all.

local call, byte = redis.call, string.byte
local seen, hosts = KEYS[4], KEYS[5]
local kinds = ARGV[3]
local last, next_up = {}, {}
local at = 4

if call('EXISTS', KEYS[1]) == 0 then
  return redis.error_reply('NOCRAWL no such crawl in this Redis')
end

for i = 1, #kinds do
  local kind = byte(kinds, i) - 48
  local entry = ARGV[at]
  local is_wanted = true
  if kind >= 2 then
    local bucket, host = hosts .. ARGV[at + 4], ARGV[at + 3]
    if kind >= 4 then
      call('SADD', bucket, host)
    else
      is_wanted = call('SISMEMBER', bucket, host) == 1
    end
  end
  if is_wanted and call('SADD', seen .. ARGV[at + 2], ARGV[at + 1]) == 1 then
    if kind % 2 == 1 then
      next_up[#next_up + 1] = entry
    else
      last[#last + 1] = entry
    end
  end
  at = at + (kind >= 2 and 5 or 3)
end

if #last > 0 then
  call('LPUSH', KEYS[3], unpack(last))
end
-- The first of them is to be popped first, so it is pushed last.
for i = #next_up, 1, -1 do
  call('RPUSH', KEYS[3], next_up[i])
end
local added = #last + #next_up
if added > 0 then
  call('HINCRBY', KEYS[2], 'added', added)
end
if ARGV[2] ~= '0' then
  call('HSET', KEYS[1], 'seed_row', ARGV[2])
end
return added
