-- notetwin - these records have these bodies.
--
-- KEYS  1 twins, a prefix: the bucket follows
-- ARGV  1 now_ms or '' (not used)  2 how many buckets there are  3 bytes that
--       one may have  then texts: two bytes 255, a digest of 20 bytes, and
--       what findtwin is to give for it
-- Returns how many were new: the first record of a body stays the one.
-- Twice: none is new.
-- Cost  O(texts), one GET and SET each of a bucket of some 4 KB.
--
-- A bucket is its texts one behind the other, the oldest first; what is over
-- the bound is cut off there, and half a text is none, without its 255s: no
-- URL has such bytes, and a digest that happens to have them is not followed
-- by another one.

local call = redis.call
local byte, find, sub = string.byte, string.find, string.sub
local buckets, most = tonumber(ARGV[2]), tonumber(ARGV[3])
local added = 0

for i = 4, #ARGV do
  local a, b, c = byte(ARGV[i], 3, 5)
  local key = KEYS[1] .. ((c * 65536 + b * 256 + a) % buckets)
  local twins = call('GET', key) or ''

  if not find(twins, sub(ARGV[i], 1, 22), 1, true) then
    call('SET', key, sub(twins .. ARGV[i], -most))
    added = added + 1
  end
end
return added
