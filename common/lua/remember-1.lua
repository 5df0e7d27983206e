-- remember - what a re-crawl is to know of some URLs.
--
-- KEYS  1 cache, a prefix: the bucket follows, the fingerprint's low 16 bits
-- ARGV  1 now_ms or '' (not used)  then pairs: a fingerprint, 8 bytes, the
--       low byte first; its value, '' to forget it
-- Returns how many pairs there were.
-- Twice: the same values again.
-- Cost  O(pairs), one HSET each in a bucket of a few.

local call = redis.call

for i = 2, #ARGV - 1, 2 do
  local low, high = string.byte(ARGV[i], 1, 2)
  local key = KEYS[1] .. (high * 256 + low)

  if ARGV[i + 1] == '' then
    call('HDEL', key, ARGV[i])
  else
    call('HSET', key, ARGV[i], ARGV[i + 1])
  end
end
return (#ARGV - 1) / 2
