-- findtwin - which records have the bodies of these digests?
--
-- KEYS  1 twins, a prefix: the bucket follows
-- ARGV  1 now_ms or '' (not used)  2 how many buckets there are  then
--       digests, 20 bytes each
-- Returns for each digest what notetwin noted behind it, or nil.
-- Twice: changes nothing.
-- Cost  O(digests), one LRANGE each of a bucket of some 4 KB.

local call = redis.call
local byte, sub = string.byte, string.sub
local buckets = tonumber(ARGV[2])
local found = {}

for i = 3, #ARGV do
  local a, b, c = byte(ARGV[i], 1, 3)
  local key = KEYS[1] .. ((c * 65536 + b * 256 + a) % buckets)

  found[i - 2] = false
  for _, twin in ipairs(call('LRANGE', key, 0, -1)) do
    if sub(twin, 1, 20) == ARGV[i] then
      found[i - 2] = sub(twin, 21)
      break
    end
  end
end
return found
