-- Takes back a binding that is still the caller's own. KEYS[1]: the binding. ARGV[1]: the id.
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
