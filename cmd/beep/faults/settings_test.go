package faults

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"
)

const (
	users      = 8
	senders    = 32
	streams    = 200
	everyState = 10 // one stream in so many is a whole client

	pace         = 300 * time.Millisecond // between two operations of a sender
	heartbeat    = 5 * time.Second        // of the streams: the least Beep allows
	silence      = 13 * time.Second       // after which a stream is given up, as the Go client does
	callTimeout  = 7 * time.Second        // of one attempt: a little longer than a node works on one
	lineTimeout  = 20 * time.Second       // of a snapshot, for which many wait in line
	patience     = time.Minute            // how long anything may take before a test fails
	beatEvery    = 2 * time.Second        // between the messages by which healing is noticed
	healLimit    = 15 * time.Second       // 5 s are promised; the rest is for busy machines
	settleLimit  = 50 * time.Second       // a dead worker's events are swept 30 s after its last renewal
	maxRounds    = 20
	maxComplains = 20
)

// number reads a setting of the suite.
func number(t testing.TB, name string, otherwise, most int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		t.Fatalf("%s=%s: give a number from 1 to %d", name, text, most)
	}
	return n
}

// rounds is how often a fault strikes in one run: as FAULT_ROUNDS says, but no more than most, for faults that take long.
func rounds(t testing.TB, otherwise, most int) int {
	t.Helper()
	return min(most, number(t, "FAULT_ROUNDS", otherwise, maxRounds))
}

// eachSeed runs a fault once for each seed.
func eachSeed(t *testing.T, run func(t *testing.T, seed uint64)) {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the binary, starts a cluster and breaks it")
	}
	for seed := range uint64(number(t, "FAULT_SEEDS", 1, 1000)) {
		t.Run(fmt.Sprintf("seed=%d", seed+1), func(t *testing.T) { run(t, seed+1) })
	}
}

// report prints the line of a fault and adds it to the file of FAULT_REPORT.
func report(t testing.TB, line string) {
	t.Helper()
	t.Log(line)
	path := os.Getenv("FAULT_REPORT")
	if path == "" {
		return
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatalf("FAULT_REPORT: %v", err)
	}
	defer f.Close()
	if _, err := fmt.Fprintln(f, time.Now().UTC().Format(time.DateOnly), line); err != nil {
		t.Fatalf("FAULT_REPORT: %v", err)
	}
}
