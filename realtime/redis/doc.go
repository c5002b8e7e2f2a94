// Package redis is the log of a cluster of nodes, carried by one Redis, and its bus for what is not logged.
//
// # The model
//
// Log implements realtime.Log. Redis holds the last minutes of events in a stream, where the position is the entry's id;
// appending to it and pushing to every node is one script (lua/), so the two cannot disagree. The push is fast and may be
// lost; the stream refills.
//
//	Append --> [ script: epoch? ids known? XADD, PUBLISH ] --push--> line --> inbox --> tail --> followers
//	                          |                                                          |
//	                        stream <------------- missing positions are read -----------+
//
// The line is a subscribed connection that is never repaired: when anything is odd it is dropped, and the next one
// subscribes, asks for the state, reads what was missed, and only then goes on. The tail is one goroutine. It takes what is
// next, skips what it has, reads what is missing, and tells followers Reset where that is gone.
//
// An event's id is remembered for 10 minutes, so an append that timed out is repeated without harm. That is the caller's
// business, as nobody else knows whether it still matters.
//
// # Epochs
//
// An epoch is tied to the replication id of Redis, which is new after every restart and every promotion: both may have
// lost writes, and the positions of those would be given out again. Every script compares the two and begins an epoch
// where they differ, where the log is gone, or where it is behind what the caller was told; the old stream is dropped.
// So (epoch, position) means one event for ever. The first replica that joins a Redis, and the last one gone for an hour,
// change the id too: people resync once, nothing is lost.
//
// # Proof
//
// Every half second a node publishes a probe and must hear it, in order, behind everything that came before. A probe
// carries the newest position, so the loss of the last event is noticed without another one. Health means: a probe sent in
// the last 2 s came back, and everything it promised was handed over. A probe that Redis took and that is not heard for
// 1 s ends the line, as its connection may look well while nothing comes.
//
// # When things fail
//
//	what happens                          what followers hear                      health
//	the line or a connection breaks       the missing events                       stays, if back in 2 s
//	a push is lost, the inbox runs over   the missing events                       stays
//	Redis is frozen or cut off            the missing events, afterwards           false from 2 s on
//	pushes stop, all else works           the missing events, over a new line      stays, if back in 2 s
//	the missing events were trimmed       Reset(same epoch)                        stays
//	an event of a newer version           Reset(same epoch) behind it              stays
//	restart, power cut, flush, failover   Reset(new epoch), all events of it       stays, if back in 2 s
//	Redis is that of another Beep         nothing                                  false
//
// Redis answers a script of Append and then fails over without it: the event is in the store and its clients fetch it after
// the Reset. One case needs the caller: a node that goes on appending to a deposed server, after others have moved on.
// When its own Reset with a new epoch comes, what it appended in the last minute must be appended again; known ids are
// skipped. min-replicas-to-write bounds how long that can go on.
//
// # What it owns, what it refuses
//
// It owns the keys log:* of its prefix. A log belongs to one Beep, by the name of the cluster; another one is refused, also
// while running. It refuses to be the truth: the store is, and Redis may lose everything. It repeats no append, and reads
// nothing of an event.
//
// # Bounds
//
// Redis keeps 200,000 events, 10 minutes or 128 MB, whichever is least (MaxEvents, MaxAge, MaxBytes). One script call: 256
// events, 1 MB, 2 s. Read: 5,000 events, 2 s. Inbox: 8,192 messages or 32 MB, then they count as lost and are read from
// the stream. A refill reads pages of 1,000. Dialling again: after 50 ms, up to 1 s, half of it random. The bus: 1,024
// messages each way, 16 KB each, then dropped.
//
// # Concurrency
//
// Log and Bus are safe for concurrent use. A Log has two goroutines, and one while it dials; a Bus has two; Close ends
// them. Followers are called by the tail, one call at a time, without a lock; a slow one delays the others, and health
// says so. Needs Redis 6.2 or newer, or Valkey.
//
//	l, err := redis.Open(ctx, redis.Options{DB: db, Cluster: id, Logger: logger})
//	defer l.Close()
//	err = l.Append(ctx, events) // on an error: again, with the same events
//	hub := realtime.NewHub(realtime.Options{Log: l, ...})
//	bus, err := redis.NewBus(l, redis.BusOptions{Deliver: hub.PublishEphemeral})
package redis
