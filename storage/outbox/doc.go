// Package outbox lets an engine without an event log of its own (CQL) keep the promise of wide.Commit: events become known
// if and only if their writes happened.
//
// # How
//
// The events of a commit are written to the table outbox before its rows, with evidence by which anybody can tell later
// whether the commit happened. When it did, the events are handed to the relay, which appends them to the shared log in
// the order of completion and repeats until the log has them; the log drops event ids it knows. A mark per worker says up
// to where everything is announced or came to nothing. After a crash the rows above the mark are read again, by the next
// holder of the worker id or, once its lease and all time-outs have passed, by another node (the sweep): events whose
// evidence holds are announced, the others are not.
//
//	Commit --row--> outbox --rows--> object --done--> queue --relay--> Announcer (the log)
//	                  ^                                  |full, log away
//	                  +------- read again <--- spilled --+
//
// When the log begins anew (Repeat), the events of the last minute are appended again: the new log may be a copy that lacks
// what the old one took last.
//
// A commit whose outcome is unknown is settled in the background: plain writes have fixed write times and are repeated
// until they succeed, conditional ones are read back.
//
// # What it owns, what it refuses
//
// It owns the tables outbox and outbox_marks, the relay and the sweep. It refuses to know what events mean, to filter or
// to reorder them, and to delete rows: they expire after 48 hours. It acknowledges nothing without a live lease.
//
// # Bounds
//
// Rows: at most 64 commits or 256 KB, eight being written at a time; a commit alone may be larger. The queue in memory: 20,000
// events or 32 MB, then only the places of rows are kept and the events are read from the table. Rows not announced yet:
// 1,000,000, above which commits with events are refused (wide.ErrUnavailable). Commits of unknown outcome under
// settlement: 10,000; those above are left to the next start. Announced events kept for a repetition: one minute, 50,000 or
// 64 MB.
//
// An Outbox is safe for concurrent use. Begin starts four goroutines and one for each row being written; Close ends them.
//
//	box := outbox.New(outbox.Options{Engine: engine, Announcer: log, Leases: leases, Schema: storage.Schema()})
//	stores := storage.New(box, clock)             // leases and reads work at once
//	err := box.Begin(ctx, outbox.Term{Worker: 3, Floor: floor, NextID: source.Next, Live: source.Valid})
//	defer box.Close()
package outbox
