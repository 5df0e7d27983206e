-- notetwin - these records have these bodies.
--
-- KEYS  1 twins, a prefix: the bucket follows
-- ARGV  1 now_ms or '' (not used)  2 how many buckets there are  3 bytes that
--       one may have  then texts: a digest of 20 bytes, and what findtwin is
--       to give for it
-- Returns how many were new: the first record of a body stays the one.
-- Twice: none is new.
-- Cost  O(texts), one LRANGE each of a bucket of some 4 KB; what is over the
--       bound goes, the oldest first.

local call = redis.call
local byte, sub = string.byte, string.sub
local buckets, most = tonumber(ARGV[2]), tonumber(ARGV[3])
local added = 0

for i = 4, #ARGV do
  local digest = sub(ARGV[i], 1, 20)
  local a, b, c = byte(digest, 1, 3)
  local key = KEYS[1] .. ((c * 65536 + b * 256 + a) % buckets)
  local bytes, known = #ARGV[i], false
  local twins = call('LRANGE', key, 0, -1)

  for _, twin in ipairs(twins) do
    bytes = bytes + #twin
    known = known or sub(twin, 1, 20) == digest
  end
  if not known then
    call('RPUSH', key, ARGV[i])
    added = added + 1
    for _, twin in ipairs(twins) do
      if bytes <= most then
        break
      end
      bytes = bytes - #twin
      call('LPOP', key)
    end
  end
end
return added
