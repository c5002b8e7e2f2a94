// Package stacktest starts real Cassandra rings for tests that hurt them: nodes are killed, frozen and started again. A ring
// lives on loopback addresses of its own, keeps its data in the test's folder and ends with the test, also when the test
// process is killed.
//
//	ring := stacktest.StartCassandra(t, stacktest.Options{Nodes: 3, Durable: true})
//	session := open(t, ring.Hosts())
//	ring.Kill(2)    // kill -9
//	write(session)  // two of three are a quorum
//	ring.Restart(2)
//	ring.WaitUp(2)  // it answers, and every running node sees every other
//
// It owns the processes it starts and nothing else: it refuses addresses on which anybody listens, and the stack of `make
// stack-up` is none of its business. The nodes are those of that stack: deploy/stack/cassandra-node starts them.
//
// It needs Linux, a JDK 17 and Cassandra's jars. Without them a test is skipped with the advice to run make stack-up; with
// BEEP_REQUIRE_SERVICES set, as in CI, what is missing is fetched, and what cannot be fetched fails the test.
//
// Bounds: at most MaxNodes nodes of 0.8 GB of memory each; a node may take startTimeout to answer. The methods may be called
// from any goroutine while the test runs; they report what fails with t.Errorf.
//
// Redis for tests: internal/redisdb/redistest.
package stacktest
