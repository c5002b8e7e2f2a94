// Package faults is the fault suite: a cluster of real Beep processes on a real Cassandra and a real Redis, people who write
// and listen all the time, one part at a time that is killed, frozen, cut off or emptied, and a judge who says afterwards
// whether anything that was promised was broken. It holds tests only.
//
// # What is promised, and judged
//
//   - A message that was acknowledged exists once, whatever was sent again, and is never two messages for one nonce.
//   - Every stream hears it once, and hears what every other stream hears, in the same order and without a hole; or it was
//     told to resync, and then a fresh snapshot and what it hears from there on agree with the store.
//   - Of several edits the one with the highest version stays; what was deleted stays deleted; the nodes, the store and every
//     client agree at the end.
//   - During a fault a request is refused with 503 or 429 and a Retry-After, or its connection is cut. Nobody is told that
//     something does not exist, or that they may not.
//   - When the port of what failed answers again, everything works again within 5 s. That is measured and printed; the tests
//     fail at 15 s, so that a busy machine does not fail them.
//   - Names and uses of invites are linearizable, with outcomes that nobody learned taken as such.
//
// # How
//
// Senders repeat what was not answered, at the other node, under the same nonce, as any client does. Strict streams read the
// wire themselves and keep an account of every position; every tenth stream is the Go client with its State. The judge
// compares the accounts with each other and with the histories that the nodes give; its own tests show that it sees what is
// lost, doubled or out of order.
//
// # Running it
//
//	make stack-up
//	eval "$(deploy/stack/stack env)"
//	go test -v ./cmd/beep/faults                           # a short form of the faults, with one seed
//	BEEP_REQUIRE_SERVICES=1 go test -v ./cmd/beep/faults   # those of Cassandra too: they start rings of their own
//	BEEP_REQUIRE_SERVICES=1 FAULT_SEEDS=3 FAULT_ROUNDS=20 FAULT_REPORT=faults.txt go test -v -timeout 3h ./cmd/beep/faults
//
// Without BEEP_CQL_HOSTS or redis-server the tests are skipped, and fail where BEEP_REQUIRE_SERVICES is set. The Cassandra
// there is only used, never hurt. FAULT_SEEDS is a number of seeds, FAULT_ROUNDS how often a fault strikes in one run,
// FAULT_REPORT a file to which the line of each fault is added. It needs Linux.
//
// # Bounds
//
// 8 people, 32 senders, 200 streams and 4 channels; a hundred operations a second. 20 rounds of a fault, so that sessions
// outlast them. Nothing is waited for longer than a minute, and the start of a Cassandra no longer than three.
package faults
