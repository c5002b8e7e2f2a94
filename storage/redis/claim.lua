-- Binds a nonce to an id. KEYS: the binding, the history of this Redis. ARGV: id, life (ms), vouch (0 or 1), doubt (0 or 1:
-- the caller went on without Redis since it last asked). Answers the id that is bound, and whether Redis can vouch that
-- nobody asked for the nonce within the last life.
local life = tonumber(ARGV[2])
if ARGV[4] == '1' then
  redis.call('DEL', KEYS[2])
end

-- A binding that another attempt finds is marked with a plus: it is shared, and no attempt may take it back alone.
local bound = redis.call('GET', KEYS[1])
if bound then
  local id = string.match(bound, '^%d+')
  redis.call('SET', KEYS[1], id .. '+', 'PX', life)
  return {id, 0}
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', life)
if ARGV[3] ~= '1' then
  return {ARGV[1], 0}
end

-- The replication id changes with every start and every failover: what was not yet written or replicated may be lost.
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local replid = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
local history = redis.call('HMGET', KEYS[2], 'replid', 'born')
local born = tonumber(history[2] or now)
if history[1] ~= replid then
  born = now
  redis.call('HSET', KEYS[2], 'replid', replid, 'born', string.format('%.0f', born))
end
return {ARGV[1], now - born > life and 1 or 0}
