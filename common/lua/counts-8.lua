-- counts - what a master and a display need, of one moment.
--
-- KEYS  1 crawl  2 stats  3 queue  4 due  5 retry  6 held  7 workers
--       8 quarantine
-- ARGV  1 now_ms, '': Redis's TIME
-- Returns {state, added, finished, queue, back, flight, retry, held, due,
--       workers, next_due_ms, next_retry_ms, seed_row, charged, long_site,
--       long_entries, long_ms, quarantined}; next_*_ms -1: none.
-- Cost  O(1).

local call = redis.call

local now = tonumber(ARGV[1])
if not now then
  local time = call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end

local function until_first(key)
  local first = call('ZRANGE', key, 0, 0, 'WITHSCORES')
  return first[2] and math.max(0, math.ceil(tonumber(first[2]) - now)) or -1
end

local crawl = call('HMGET', KEYS[1], 'state', 'seed_row', 'long_site',
  'long_entries', 'long_ms')
local stats = call('HMGET', KEYS[2], 'added', 'finished', 'back', 'flight',
  'charged')
for i = 1, 5 do
  stats[i] = tonumber(stats[i]) or 0
end
return {
  crawl[1] or '', stats[1], stats[2], call('LLEN', KEYS[3]), stats[3],
  stats[4], call('ZCARD', KEYS[5]), call('HLEN', KEYS[6]),
  call('ZCARD', KEYS[4]), call('ZCARD', KEYS[7]), until_first(KEYS[4]),
  until_first(KEYS[5]), tonumber(crawl[2]) or 0, stats[5], crawl[3] or '',
  tonumber(crawl[4]) or 0, tonumber(crawl[5]) or 0, call('LLEN', KEYS[8]),
}
