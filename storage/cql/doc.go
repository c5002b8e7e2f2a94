// Package cql is the engine of a cluster: wide.Engine on Apache Cassandra (5.0 and later) or ScyllaDB (2025.4 and later),
// through one driver and one set of statements.
//
// # What it owns
//
// The translation of the layer's operations into CQL, the session with the cluster, the retries, the settling of commits
// whose answer was lost, and the tables themselves: Open makes the keyspace and brings the tables up to date, one node at
// a time. Every statement is generated from a table's declaration when the engine opens; what can be sent is finite, and a
// test holds all of it against what the two servers do differently.
//
// # Plain commits
//
// Every write names its write time, so it may arrive twice without harm: it is tried again, on other nodes, for up to
// three seconds. A commit in one partition is one unlogged batch and atomic; one in several is a logged batch, which the
// cluster completes even when this process dies. The write times of a process grow strictly.
//
// # Conditional commits
//
// One conditional batch (Paxos) holds the condition and the writes. The condition is a statement of its own that also puts
// the number of the commit into the hidden column commit_id of the row it asks about. When the answer is lost, the row is
// read in the serial order: the number says whether the commit happened. Only where the server itself gave up, the
// condition still holds, and the commit would have ended it, is it tried again. What cannot be told is ErrUnknownOutcome.
// A conditional commit is never repeated blindly, neither here nor by the driver. LWT tables are read in the serial order.
//
// A commit that deletes the row it is conditional on leaves no number behind. When its answer was lost and the row is gone,
// it counts as applied, although another commit may have deleted the row at the same moment.
//
// # What it refuses
//
// It keeps no event log: a commit with events is ErrInvalid (storage/outbox wraps the engine and keeps them). It filters
// nothing, counts nothing and joins nothing on the server. A range over several clustering columns may take several
// statements, and a page several answers: rows written meanwhile may be seen or not, each row is whole.
//
// A commit with nothing in it is a barrier. What a read has shown is held by a quorum already, since a read at quorum
// repairs what it shows before it answers; so the barrier only asks whether the cluster works: a read in the serial order,
// for which a quorum of the replicas of one partition has to write down a promise. It goes round sixteen partitions.
//
// # Concurrency and bounds
//
// An Engine is safe for concurrent use and starts no goroutine; the driver keeps its connections. Each call ends after
// Options.Timeout at the latest. Close waits for calls under way. Batches keep the bounds of the layer (wide.Max...), which
// are below what both servers refuse by default.
//
//	engine, err := cql.Open(ctx, cql.Options{Hosts: []string{"10.0.0.1", "10.0.0.2"}, Keyspace: "beep",
//		Schema: storage.Schema(), SchemaVersion: storage.SchemaVersion})
package cql
