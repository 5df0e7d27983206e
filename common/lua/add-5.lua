-- add - seen-test and queueing of entries in one step.
--
-- KEYS  1 crawl  2 stats  3 queue  4 prefix of the seen-set's buckets
--       5 prefix of the buckets of the seeds' hosts
-- ARGV  1 now_ms or '' (not used)  2 seed_row, 0: leave it
--       then parts, each of them: the bucket of a host's pages, or '' for
--       URLs that have buckets of their own; kind: 1 next (pop end of the
--       queue) + 2 check the host + 4 note the host; count; then
--         of a host: with 2 or 4 its fingerprint and bucket; the pages'
--           fingerprints; their entries
--         else for each URL: entry, fingerprint, bucket; with 2 or 4 its
--           host's fingerprint and bucket
--       Fingerprints are signed decimal.
-- Returns how many entries were new.  An error NOCRAWL when there is no such
--       crawl: a Redis that came back empty must stay empty.
-- Twice: the second time nothing is new.
-- Cost  three commands for the pages of a host, one for each other URL; one
--       push for all.
--
-- The seen-set.  The links of a page mostly lead to the same host, and one
-- command with many members costs far less than one for each.  So the bucket
-- of a page is its host's, 'h' before it; a home page, of which a host has but
-- one, has that of its own fingerprint.  So have a host's pages, too, once the
-- bucket is full: it must stay an intset, and intsets are sorted.  A bucket
-- never gets smaller, so what is not in a full one may be in its own, and what
-- is not in one with room is nowhere.

local call, byte = redis.call, string.byte
local sub, match = string.sub, string.match
local seen, hosts = KEYS[4], KEYS[5]
local HOST_FULL = 4096 -- FRONTIER_HOST_FULL of common/frontier_key.h
local last, next_up = {}, {}

if call('EXISTS', KEYS[1]) == 0 then
  return redis.error_reply('NOCRAWL no such crawl in this Redis')
end

local function queue(entry, kind)
  if kind % 2 == 1 then
    next_up[#next_up + 1] = entry
  else
    last[#last + 1] = entry
  end
end

-- Whether its URLs are wanted; at: where the host stands, with kind 2 or more.
local function is_host_wanted(at, kind)
  if kind >= 4 then
    call('SADD', hosts .. ARGV[at + 1], ARGV[at])
  elseif kind >= 2 then
    return call('SISMEMBER', hosts .. ARGV[at + 1], ARGV[at]) == 1
  end
  return true
end

-- The bucket of a fingerprint: the low 16 bits of a number of 64, in two
-- halves that are exact in Lua; 10^10 is 58368 in 16 bits.
local function own_bucket(fingerprint)
  local digits = match(fingerprint, '%d+')
  local bits = (tonumber(sub(digits, 1, -11)) or 0) % 65536 * 58368 +
    tonumber(sub(digits, -10))
  if byte(fingerprint) == 45 then -- '-'
    bits = -bits
  end
  return seen .. bits % 65536
end

local function add_each(at, kind, count)
  local size = kind >= 2 and 5 or 3
  for i = at, at + (count - 1) * size, size do
    if is_host_wanted(i + 3, kind) and
      call('SADD', seen .. ARGV[i + 2], ARGV[i + 1]) == 1 then
      queue(ARGV[i], kind)
    end
  end
  return at + count * size
end

local function add_pages(at, kind, count, bucket)
  local is_wanted = is_host_wanted(at, kind)
  at = at + (kind >= 2 and 2 or 0)
  local behind = at + 2 * count
  if not is_wanted then
    return behind
  end
  local key, known = seen .. 'h' .. bucket, 0
  local has = call('SMISMEMBER', key, unpack(ARGV, at, at + count - 1))
  local is_full = call('SCARD', key) >= HOST_FULL
  for i = 1, count do
    known = known + has[i]
  end
  if known == 0 and not is_full and
    call('SADD', key, unpack(ARGV, at, at + count - 1)) == count then
    for i = at + count, behind - 1 do
      queue(ARGV[i], kind)
    end
    return behind
  end
  -- Some are known, or there twice.
  local met, new = {}, {}
  for i = 0, count - 1 do
    local fingerprint = ARGV[at + i]
    if has[i + 1] == 0 and not met[fingerprint] and not (is_full and
      call('SADD', own_bucket(fingerprint), fingerprint) == 0) then
      met[fingerprint] = true
      new[#new + 1] = fingerprint
      queue(ARGV[at + count + i], kind)
    end
  end
  if #new > 0 and not is_full then
    call('SADD', key, unpack(new))
  end
  return behind
end

local at = 3
while ARGV[at] do
  local bucket, kind = ARGV[at], tonumber(ARGV[at + 1])
  local count = tonumber(ARGV[at + 2])
  if bucket == '' then
    at = add_each(at + 3, kind, count)
  else
    at = add_pages(at + 3, kind, count, bucket)
  end
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
