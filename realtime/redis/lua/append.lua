-- KEYS from 4: one a event, named after its id. ARGV: 8 seconds an id is remembered, 9 events to keep, from 10 the events.
local first, lens, out, fault = seq + 1, {}, {}, nil

local function add(event)
  return redis.pcall('XADD', stream, 'MAXLEN', '~', ARGV[9], int(seq + 1) .. '-0', 'e', event)
end

for i = 4, #KEYS do
  local event = ARGV[i + 6]
  if redis.call('SET', KEYS[i], '', 'NX', 'EX', ARGV[8]) then
    local added = add(event)
    if added.err and #out == 0 and string.find(added.err, 'equal or smaller') then
      begin() -- the stream is ahead of the meta: somebody touched one of them
      first = seq + 1
      added = add(event)
    end
    if added.err then -- not logged, so its id must not look known
      redis.call('DEL', KEYS[i])
      fault = added
      break
    end
    seq = seq + 1
    bytes = bytes + #event
    lens[#lens + 1] = #event
    out[#out + 1] = event
  end
end

if #out > 0 then
  redis.call('HSET', meta, 'seq', int(seq), 'bytes', int(bytes))
  redis.call('PUBLISH', ARGV[7], 'e ' .. epoch .. ' ' .. int(first) .. ' ' .. int(now) .. ' ' .. table.concat(lens, ',')
    .. '\n' .. table.concat(out))
end
trim()
return fault or { epoch, seq, from, born, #out }
