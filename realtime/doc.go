// Package realtime gives people the events they may hear, live, as Server-Sent Events.
//
// # The model
//
// There is one totally ordered log (Log): every event has a position, and a position belongs to an epoch. A node follows
// the log from one place, keeps the last minutes of it in memory (the window), and serves every stream from there. A
// stream is a cursor, not a queue: it holds where it is, at most 256 references to what is next, and a flag that says
// that was not enough; then it reads the window from its cursor. So a slow reader costs the node nothing but its cursor,
// a reconnect costs no read of the log or the store, and any node can resume any stream.
//
//	log --Events--> feed --ring.add--> ring <--scan (behind, resuming)--+
//	                  |                                                 |
//	                  +--fanOut: index --> stream.pending --take--> stream.fill --> Sink
//
// # The law of order
//
// Events are fanned out one after another, in the log's order, under one lock; memberships change between them, where the
// log says so. What a stream is given is decided by who was in the audience at that position; what it is told is decided
// by the permissions at the moment of writing (Access). Named people, and events that end access (core.EndsAccess), pass
// without asking, so that no client keeps a ghost. What is read from the window, to resume or to catch up, goes by
// current permissions only. The id of a block says: everything up to here was delivered to you or was not for you. A
// client that comes back with it gets what follows, once and in order, or an explicit resync; never a silent hole.
//
// Nodes of a cluster announce on their own, so the log may hold the event of a message or channel behind that of its
// deletion. Such an event keeps its position and goes to nobody.
//
// A stream registers before it loads the person's memberships from the store, and what the log tells meanwhile wins; then
// it reads the window from its cursor. Nothing falls between.
//
// # What it owns, what it refuses
//
// It owns the window, the index of who listens to what, the streams and their bounds. It refuses to decide permissions
// (Access), to know sessions or tickets (the caller authenticates), to store anything, and to read an event's data: only
// the envelope, session.revoked, and which message an event is about.
//
// # Bounds
//
// Window: 10 minutes, 200,000 events or 128 MB; the oldest go first. Deletions remembered: 65,536. Streams a person and an
// address: refused. Connects a second: refused with a time to come back. Pending: 256 references, then the window.
// Ephemeral events: dropped from half of that. One write: 64 KB, 10 s. Lagging: 30 s, or as far as the window reaches, then
// bye "slow". Loads from the store at once: 64, others wait 10 s.
//
// # Concurrency
//
// A Hub is safe for concurrent use and starts no goroutine: Serve runs in its caller's, the log calls the feed from its
// own. Locks are taken in the order feed, hub, then ring or stream; none is held across a write, a store call or Access.
//
//	hub := realtime.NewHub(realtime.Options{Log: realtime.NewMemoryLog(engine), Access: authz, Members: members})
//	if err := hub.Start(ctx); err != nil { ... }
//	err := hub.Serve(r.Context(), realtime.StreamRequest{User: me, Session: s, LastEventID: last}, realtime.HTTPSink(w))
package realtime
