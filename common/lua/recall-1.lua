-- recall - what a re-crawl remembers of some URLs.
--
-- KEYS  1 cache, a prefix: the bucket follows, the fingerprint's low 16 bits
-- ARGV  1 now_ms or '' (not used)  then fingerprints, 8 bytes each, the low
--       byte first
-- Returns a value or nil for each, in their order.
-- Twice: changes nothing.
-- Cost  O(fingerprints), one HGET each in a bucket of a few.

local call = redis.call
local found = {}

for i = 2, #ARGV do
  local low, high = string.byte(ARGV[i], 1, 2)
  found[i - 1] = call('HGET', KEYS[1] .. (high * 256 + low), ARGV[i])
end
return found
