-- An exact sliding window. KEYS[1]: what was accepted. ARGV: count, per (us), step (us), now (us; empty: Redis's clock).
-- The value is doubles in network order: how many were accepted before the first pair, then pairs, oldest first, of a
-- time and how many were accepted up to and at it.
local count, per, step = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local now = tonumber(ARGV[4])
if not now then
  local t = redis.call('TIME')
  now = t[1] * 1000000 + t[2]
end
local row = redis.call('GET', KEYS[1])
local n, base, newest, total = 0, 0, 0, 0
local function put(life)
  redis.call('SET', KEYS[1], row, 'PX', math.ceil(life / 1000) + 1 + (ARGV[4] ~= '' and 60000 or 0))
end
local function pair(i) return struct.unpack('>dd', row, 16 * i - 7) end
if row then
  n, base = (#row - 8) / 16, struct.unpack('>d', row)
  newest, total = pair(n)
end

-- A clock that stepped back by more than a window would refuse until it had caught up. All that counts is taken to be of
-- this moment instead: never too much, and over after one window.
if newest > now + per + step then
  newest = now
  row = struct.pack('>ddd', base, newest, total)
  n = 1
  put(per)
end

-- first is the oldest pair that counts.
local function search(holds)
  local lo, hi = 1, n + 1
  while lo < hi do
    local mid = math.floor((lo + hi) / 2)
    if holds(pair(mid)) then hi = mid else lo = mid + 1 end
  end
  return lo
end
local first = search(function(at) return now - at < per end)
if first > 1 then
  local _, before = pair(first - 1)
  base = before
end
local used = total - base
if used >= count then
  local frees = pair(search(function(_, upto) return upto > total - count end))
  return {0, 0, frees + per - now, newest + per - now}
end

-- Times are rounded up to whole steps, so that a large count takes few pairs; equal times share one.
local at = math.max(math.ceil(now / step) * step, newest)
local last = n
if n >= first and newest == at then last = n - 1 end
local kept = row and string.sub(row, 16 * first - 7, 16 * last + 8) or ''
row = struct.pack('>d', base) .. kept .. struct.pack('>dd', at, total + 1)
put(at + per - now)
return {1, count - used - 1, 0, at + per - now}
