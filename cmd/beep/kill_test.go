package main

import (
	"bufio"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	killRounds  = 2 // of a run of the test suite; BEEP_KILL_ROUNDS asks for more
	killUsers   = 8
	killSenders = 32
	killStreams = 100
	killStart   = 30 * time.Second // a start or a reconnection that takes longer fails the test
)

// TestKill ends the real process with SIGKILL while 32 senders write and 100 streams listen, and starts it again on the same
// data. It holds: 0 acknowledged messages lost or doubled, and every stream goes on where it was, without a gap, a
// repetition or a resync.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the binary and kills it under load")
	}
	rounds := killRounds
	if s := os.Getenv("BEEP_KILL_ROUNDS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			t.Fatalf("BEEP_KILL_ROUNDS=%s is not a number of rounds", s)
		}
		rounds = n
	}
	p := newProcess(t)
	p.start(t)
	w := newKillWorld(t, p.base)
	w.start(t)
	total := int64(0)
	for round := 1; round <= rounds; round++ {
		acked, flying, took := killRound(t, p, w)
		total += acked
		t.Logf("kill: round %d: %d acknowledged, %d in flight, ready after %d ms", round, acked, flying, took.Milliseconds())
		if flying == 0 {
			t.Errorf("round %d: nothing was in flight when the process was killed", round)
		}
		if t.Failed() {
			break
		}
	}
	w.finish(t)
	v := w.check(t)
	t.Logf("kill: %d rounds, %d acknowledged, %d streams, %d lost, %d doubled, %d resyncs, %d gaps",
		rounds, total, killStreams, v.lost, v.doubled, w.resyncs.Load(), v.gaps)
}

// killRound lets people write for a while, kills the process, starts it again and waits until every stream is back.
func killRound(t *testing.T, p *process, w *killWorld) (acked, flying int64, took time.Duration) {
	w.awaitStreams(t)
	before := w.acked.Load()
	w.awaitAcks(t, before+150+rand.Int64N(250))
	w.until(t, "a send to be under way", func() bool { return w.flying.Load() > 0 })
	flying = w.flying.Load()
	w.down() // before the kill: whoever loses the connection waits for up
	p.kill(t)
	w.until(t, "the streams to break", func() bool { return w.connected == 0 })
	acked = w.acked.Load() - before
	took = p.start(t)
	w.up()
	return acked, flying, took
}

// process is the binary with its data folder and the port it is started on again and again.
type process struct {
	binary string
	env    []string
	base   string
	cmd    *exec.Cmd
	log    *strings.Builder // of the current run
	ended  chan error
}

func newProcess(t *testing.T) *process {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "beep")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	address, admin := freeAddress(t), freeAddress(t)
	p := &process{binary: binary, base: "http://" + address, env: []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(),
		"BEEP_DATA_DIR=" + t.TempDir(), "BEEP_HTTP_LISTEN=" + address, "BEEP_ADMIN_LISTEN=" + admin, "BEEP_STORE_MIN_FREE=16MB",
		"BEEP_LOG_ACCESS=false", "BEEP_LOG_LEVEL=warning", "BEEP_LIMITS_MESSAGE_RATE=0", "BEEP_LIMITS_REQUEST_RATE=0",
		"BEEP_LIMITS_REGISTER_RATE=0", "BEEP_LIMITS_CREATE_RATE=0", "BEEP_LIMITS_JOIN_RATE=0",
		"BEEP_LIMITS_STREAMS_PER_USER=1000", "BEEP_LIMITS_STREAMS_PER_ADDRESS=1000"}}
	t.Cleanup(func() {
		if p.cmd != nil {
			_ = p.cmd.Process.Kill()
			<-p.ended
		}
	})
	return p
}

// start runs the process and gives the time until it answered a request.
func (p *process) start(t *testing.T) time.Duration {
	t.Helper()
	begun := time.Now()
	cmd := exec.Command(p.binary, "serve")
	cmd.Env, cmd.Dir = p.env, t.TempDir()
	notes, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	log := &strings.Builder{}
	cmd.Stdout = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.cmd, p.log, p.ended = cmd, log, make(chan error, 1)
	running := make(chan bool, 1)
	go func(ended chan error) {
		lines := bufio.NewScanner(notes)
		for lines.Scan() {
			if strings.Contains(lines.Text(), "is running") {
				running <- true
			}
		}
		ended <- cmd.Wait()
		close(ended)
	}(p.ended)
	select {
	case <-running:
	case err := <-p.ended:
		t.Fatalf("the node ended at its start: %v\n%s", err, log)
	case <-time.After(killStart):
		t.Fatal("the node did not start")
	}
	resp, err := http.Get(p.base + "/api/v1/instance")
	if err != nil {
		t.Fatalf("the node does not answer: %v", err)
	}
	_, err = io.Copy(io.Discard, resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("the node answers %d: %v", resp.StatusCode, err)
	}
	return time.Since(begun)
}

// kill is kill -9.
func (p *process) kill(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatalf("kill: %v: had the node ended by itself?\n%s", err, p.log)
	}
	if err := <-p.ended; err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the node ended by itself: %v\n%s", err, p.log)
	}
}
