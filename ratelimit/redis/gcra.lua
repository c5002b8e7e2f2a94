-- GCRA, the virtual scheduling algorithm of ITU-T I.371. KEYS[1]: the theoretical arrival time. ARGV: interval (us),
-- burst (us), now (us; empty: Redis's clock).
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local now = tonumber(ARGV[3])
if not now then
  local t = redis.call('TIME')
  now = t[1] * 1000000 + t[2]
end
local function put(arrival)
  local ms = math.ceil((arrival - now) / 1000) + 1 + (ARGV[3] ~= '' and 60000 or 0)
  redis.call('SET', KEYS[1], string.format('%.0f', arrival), 'PX', ms)
end
local arrival = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
-- Never more than a whole burst ahead, so that a clock that stepped back locks nobody out.
if arrival > now + burst then
  arrival = now + burst
  put(arrival)
end
local after = arrival + interval
local wait = after - burst - now
if wait > 0 then
  return {0, 0, wait, arrival - now}
end
put(after)
return {1, math.floor((now + burst - after) / interval), 0, after - now}
