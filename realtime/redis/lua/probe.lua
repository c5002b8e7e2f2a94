-- ARGV: 8 what the caller knows its probe by; empty: tell, but publish nothing.
trim()
if ARGV[8] ~= '' then
  redis.call('PUBLISH', ARGV[7], 'p ' .. epoch .. ' ' .. int(seq) .. ' ' .. int(now) .. ' ' .. ARGV[8] .. '\n')
end
return { epoch, seq, from, born, 0 }
