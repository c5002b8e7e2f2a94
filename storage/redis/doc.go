// Package redis keeps what the nodes of a cluster must agree on for a short time: which id a nonce stands for, and which
// tickets for the event stream were not used yet.
//
// It owns the scripts, the form of a ticket and what happens while Redis is away. It refuses to keep anything that must
// last, and to know what a message or a session is. Redis must not evict (maxmemory-policy noeviction): an evicted claim
// is one that never was. Its user needs the commands GET, SET, DEL, GETDEL, HSET, HMGET, INFO, TIME, EVAL and EVALSHA.
//
// # Claims
//
// A claim binds (channel, author, nonce) to an id before the message exists. Attempts on one node meet in the inner
// claims, where they wait for each other; attempts on several nodes meet in Redis, in one call of one script. Whoever
// comes first brings the id; whoever comes later runs under it and reads the store, and the binding lives for another
// core.NonceLife. The way an attempt ends decides what is left:
//
//	outcome   binding in Redis                                inner claim
//	Failed    removed, if no other attempt has found it       Failed
//	Stored    stays until it expires                          Stored
//	Unknown   stays until it expires                          Unknown
//
// A binding that another attempt has found is never removed, since that attempt may store under its id.
//
// When Redis fails or takes longer than 250 ms, the inner claims decide, and nobody vouches. Redis is tried again at most
// every 250 ms, by one call, while the others do not wait. What remains possible: two attempts on two nodes that overlap
// while one of them has no Redis may both be stored.
//
// Vouching (ClaimsOptions.Vouch) says that no attempt with the key was made within core.NonceLife, so that the store need
// not be read. Redis vouches when it has run under one replication id, hence without restart, failover or loss, for longer
// than that, and no node has told of attempts without Redis; a node tells with its next claim that Redis answers. A node
// cut off from Redis cannot tell, nor one that has not claimed again since: a message it stored meanwhile, sent again to
// another node, is then stored twice. So vouching is only for where that double is bearable; without it the store is read
// for every nonce and nothing is doubled that way. It also asks Redis for INFO with every new nonce.
//
// Bounds: one binding takes about 150 bytes of Redis, so 333 messages a second, each bound for 10 minutes, take 30 MB.
// In this process there is one entry for each attempt under way.
//
// # Tickets
//
// A ticket is stored under the hash of its text until its time is over and is taken with GETDEL, so it works once on all
// nodes together. Redis away, or slower than 1 s: CodeUnavailable, nobody gets in. A ticket takes about 250 bytes of Redis:
// 50,000 that wait take 12 MB. Their number is not bounded here; they are gone after accounts.TicketLife and only signed-in
// people, under their request rate, get any.
//
// Claims and Tickets are safe for concurrent use, have no goroutine and do not close the connection they are given.
//
//	claims := redis.NewClaims(db, local, redis.ClaimsOptions{Changed: func(shared bool, err error) { ... }})
//	tickets := redis.NewTickets(db, clock)
package redis
