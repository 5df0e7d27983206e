-- findtwin - which records have the bodies of these digests?
--
-- KEYS  1 twins, a prefix: the bucket follows
-- ARGV  1 now_ms or '' (not used)  2 how many buckets there are  then
--       digests: two bytes 255 and 20 bytes each
-- Returns for each digest what notetwin noted behind it, or nil: 7 bytes and
-- an URL, which ends where the next text's 255 or the bucket does.
-- Twice: changes nothing.
-- Cost  O(digests), one GET each of a bucket of some 4 KB.

local call = redis.call
local byte, find, sub = string.byte, string.find, string.sub
local buckets = tonumber(ARGV[2])
local found = {}

for i = 3, #ARGV do
  local a, b, c = byte(ARGV[i], 3, 5)
  local key = KEYS[1] .. ((c * 65536 + b * 256 + a) % buckets)
  local twins = call('GET', key) or ''
  local _, at = find(twins, ARGV[i], 1, true)

  found[i - 2] = false
  if at then
    local _, last = find(twins, '^[\33-\126]+', at + 8)

    found[i - 2] = sub(twins, at + 1, last or at)
  end
end
return found
