-- Runs before every script of the log. KEYS: meta, stream, marks. ARGV: 1 cluster, 2 an epoch never used before, 3 and 4
-- the epoch and the newest position the caller knows, 5 age (ms) and 6 bytes to keep, 7 channel.
local meta, stream, marks = KEYS[1], KEYS[2], KEYS[3]
local m = redis.call('HMGET', meta, 'cluster', 'epoch', 'rid', 'seq', 'from', 'born', 'bytes', 'gone')
if m[1] and m[1] ~= ARGV[1] then
  return redis.error_reply('BEEPCLUSTER ' .. m[1])
end
local rid = string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)') or ''
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local epoch = m[2]
local seq, from, born = tonumber(m[4] or 0), tonumber(m[5] or 0), tonumber(m[6] or 0)
local bytes, gone = tonumber(m[7] or 0), tonumber(m[8] or 0)

local function int(n) return string.format('%.0f', n) end

-- A new epoch: what the stream holds cannot be trusted to be what was told. HSET comes first: it is what fails when
-- memory is short.
local function begin()
  epoch, from, born, bytes, gone = ARGV[2], seq, now, 0, 0
  redis.call('HSET', meta, 'cluster', ARGV[1], 'epoch', epoch, 'rid', rid, 'seq', int(seq), 'from', int(seq),
    'born', int(born), 'bytes', 0, 'gone', 0)
  redis.call('UNLINK', stream, marks)
end

-- The replication id is new after every restart and every promotion, which may both have lost writes. A position behind
-- what the caller was told is such a loss on a server that kept its id.
if not epoch or m[3] ~= rid or (epoch == ARGV[3] and seq < tonumber(ARGV[4])) then begin() end

-- Marks say "everything up to this position is at least this old, and was this many bytes in all": one a second or a
-- 64th of the bytes, so trimming by age and by bytes costs a look at the first one. At most 16 a call.
local function trim()
  local keep, step = tonumber(ARGV[6]), tonumber(ARGV[6]) / 64
  local function mark(i)
    local ms, s, b = string.match(redis.call('LINDEX', marks, i) or '', '(%d+) (%d+) (%d+)')
    return tonumber(ms), tonumber(s), tonumber(b)
  end
  local ms, s, b = mark(-1)
  if seq > (s or from) and (now - (ms or 0) >= 1000 or bytes - (b or 0) >= step) then
    redis.call('RPUSH', marks, int(now) .. ' ' .. int(seq) .. ' ' .. int(bytes))
  end
  for _ = 1, 16 do
    ms, s, b = mark(0)
    if not ms or (now - ms < tonumber(ARGV[5]) and bytes - gone <= keep) then return end
    redis.call('XTRIM', stream, 'MINID', '=', int(s + 1))
    redis.call('LPOP', marks)
    gone = b
    redis.call('HSET', meta, 'gone', int(gone))
  end
end

