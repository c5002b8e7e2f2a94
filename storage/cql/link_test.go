package cql

import (
	"context"
	"errors"
	"reflect"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gocql/gocql"

	"github.com/beep-chat/beep/storage/wide"
)

// script is a link that answers what the test says, and keeps what was sent.
type script struct {
	t       *testing.T
	writes  []error // the answers to write, one after the other; then nil
	answers []casAnswer
	reads   []readAnswer
	written [][]statement
	logged  []bool
	tried   [][]statement
	asked   []query
}

type casAnswer struct {
	applied bool
	err     error
}

// readAnswer gives rows, then an error.
type readAnswer struct {
	rows func(s *script) []wide.Row
	err  error
}

func (s *script) write(_ context.Context, statements []statement, logged bool) error {
	s.written, s.logged = append(s.written, statements), append(s.logged, logged)
	if n := len(s.written); n <= len(s.writes) {
		return s.writes[n-1]
	}
	return nil
}

func (s *script) cas(_ context.Context, statements []statement) (bool, error) {
	s.tried = append(s.tried, statements)
	if n := len(s.tried); n <= len(s.answers) {
		return s.answers[n-1].applied, s.answers[n-1].err
	}
	s.t.Fatalf("%d conditional commits were sent", len(s.tried))
	return false, nil
}

func (s *script) read(_ context.Context, q query) error {
	s.asked = append(s.asked, q)
	n := len(s.asked)
	if n > len(s.reads) {
		return nil
	}
	if rows := s.reads[n-1].rows; rows != nil {
		for _, r := range rows(s) {
			if !q.row(r) {
				break
			}
		}
	}
	return s.reads[n-1].err
}

func (s *script) close() {}

// heldRow has two mandatory columns, for the conditions.
type heldRow struct {
	Part   int64  `wide:"part,partition"`
	Seq    int64  `wide:"seq,asc"`
	Holder string `wide:"holder,1,mandatory"`
	Epoch  int64  `wide:"epoch,2,mandatory"`
	Note   string `wide:"note,3"`
}

// plainRow is written without conditions.
type plainRow struct {
	Part int64  `wide:"part,partition"`
	Seq  int64  `wide:"seq,asc"`
	Text string `wide:"text,1,mandatory"`
	More string `wide:"more,2"`
}

var (
	helds     = wide.Define[heldRow](wide.Spec{ID: 1, Name: "helds", LWT: true})
	plains    = wide.Define[plainRow](wide.Spec{ID: 2, Name: "plains"})
	heldEpoch = helds.Columns("epoch")
	heldNote  = helds.Columns("note")
	plainMore = plains.Columns("more")
)

func scriptedEngine(s *script, timeout time.Duration) *Engine {
	opt := Options{Schema: wide.NewSchema(helds, plains), Timeout: timeout}.withDefaults()
	return newEngine(opt, s)
}

// answer is a server's error with a code.
type answer struct {
	code    int
	message string
}

func (a answer) Error() string      { return a.message }
func (a answer) GetCode() int       { return a.code }
func (a answer) GetMessage() string { return a.message }

func unavailable(c gocql.Consistency) error {
	e := &gocql.RequestErrUnavailable{Consistency: c}
	e.Code = gocql.ErrCodeUnavailable
	return e
}

var (
	errGaveUp  = answer{gocql.ErrCodeWriteTimeout, "Operation timed out"}
	errInvalid = answer{gocql.ErrCodeInvalid, "Batch too large"}
	errFull    = answer{gocql.ErrCodeInvalid, "Write request failed because disk usage exceeds failure threshold in keyspace"}
	errDenied  = answer{gocql.ErrCodeUnauthorized, "User has no MODIFY permission"}
	errLost    = gocql.ErrConnectionClosed
	errSilent  = gocql.ErrTimeoutNoResponse
	errNobody  = gocql.ErrNoConnections
)

func TestClassify(t *testing.T) {
	limited := &gocql.RequestErrRateLimitReached{}
	limited.Code = 0x4321
	cases := []struct {
		name string
		err  error
		want fate
	}{
		{"write time-out", errGaveUp, fateGaveUp},
		{"conditional write unknown", answer{gocql.ErrCodeCASWriteUnknown, ""}, fateGaveUp},
		{"write failure", answer{gocql.ErrCodeWriteFailure, ""}, fateGaveUp},
		{"overload", answer{gocql.ErrCodeOverloaded, ""}, fateGaveUp},
		{"invalid", errInvalid, fateRefused},
		{"syntax", answer{gocql.ErrCodeSyntax, ""}, fateRefused},
		{"no right", errDenied, fateDenied},
		{"Cassandra's disk", errFull, fateFull},
		{"ScyllaDB's disk", answer{gocql.ErrCodeWriteFailure, "critical disk utilization: rejected write"}, fateFull},
		{"too few replicas for Paxos", unavailable(gocql.LocalSerial), fateNotSent},
		{"too few replicas for the commit", unavailable(gocql.LocalQuorum), fateGaveUp},
		{"starting", answer{gocql.ErrCodeBootstrapping, ""}, fateNotSent},
		{"rate limit", limited, fateNotSent},
		{"server error", answer{gocql.ErrCodeServer, "java.lang.NullPointerException"}, fateUnknown},
		{"read time-out", answer{gocql.ErrCodeReadTimeout, ""}, fateUnknown},
		{"no connection", errNobody, fateNotSent},
		{"connection lost", errLost, fateUnknown},
		{"no answer", errSilent, fateUnknown},
		{"context", context.DeadlineExceeded, fateUnknown},
	}
	for _, c := range cases {
		if got := classify(errors.Join(c.err)); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestPlainRetries(t *testing.T) {
	one := []wide.Write{plains.Insert(plainRow{Part: 1, Seq: 1, Text: "a"})}
	cases := []struct {
		name    string
		answers []error
		want    error
		sends   int // 0: more than one
	}{
		{"at once", nil, nil, 1},
		{"connection lost, then well", []error{errLost, errSilent}, nil, 3},
		{"too few replicas, then well", []error{unavailable(gocql.LocalQuorum)}, nil, 2},
		{"time-outs to the end", repeat(errGaveUp), wide.ErrUnknownOutcome, 0},
		{"nobody there to the end", repeat(errNobody), wide.ErrUnavailable, 0},
		{"too few replicas to the end", repeat(unavailable(gocql.LocalQuorum)), wide.ErrUnavailable, 0},
		{"overload to the end", repeat(answer{gocql.ErrCodeOverloaded, ""}), wide.ErrUnavailable, 0},
		{"one time-out, then nobody", append([]error{errSilent}, repeat(errNobody)...), wide.ErrUnknownOutcome, 0},
		{"refused", []error{errInvalid}, wide.ErrInvalid, 1},
		{"full", []error{errFull}, wide.ErrStorageFull, 1},
		{"no right", []error{errDenied}, wide.ErrUnavailable, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := &script{t: t, writes: c.answers}
			applied, err := scriptedEngine(s, 150*time.Millisecond).Commit(t.Context(), wide.Commit{Writes: one})
			if applied != (c.want == nil) || !errors.Is(err, c.want) {
				t.Errorf("applied %v, error %v, want %v", applied, err, c.want)
			}
			if len(s.written) != c.sends && (c.sends != 0 || len(s.written) < 2) {
				t.Errorf("sent %d times, want %d", len(s.written), c.sends)
			}
			for _, again := range s.written {
				if !reflect.DeepEqual(again, s.written[0]) {
					t.Errorf("a repetition differs: %v and %v", again, s.written[0])
				}
			}
		})
	}
}

func repeat(err error) []error {
	list := make([]error, 1000)
	for i := range list {
		list[i] = err
	}
	return list
}

// TestBatches: several partitions need the server's log, one does not.
func TestBatches(t *testing.T) {
	s := &script{t: t}
	e := scriptedEngine(s, time.Second)
	commits := [][]wide.Write{
		{plains.Insert(plainRow{Part: 1, Seq: 1}), plains.Delete(plainRow{Part: 1, Seq: 2})},
		{plains.Insert(plainRow{Part: 1, Seq: 1}), plains.Delete(plainRow{Part: 2, Seq: 1})},
	}
	for _, writes := range commits {
		if _, err := e.Commit(t.Context(), wide.Commit{Writes: writes}); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(s.logged, []bool{false, true}) {
		t.Errorf("logged %v", s.logged)
	}
}

// TestUnsetAndNull: a column that is not written is unset; one that an update empties is null; neither is on insert.
func TestUnsetAndNull(t *testing.T) {
	s := &script{t: t}
	e := scriptedEngine(s, time.Second)
	e.opt.Clock = func() time.Time { return time.UnixMicro(1000) }
	for _, w := range []wide.Write{plains.Insert(plainRow{Part: 1, Seq: 2}), plains.Update(plainRow{Part: 1, Seq: 2, Text: "ignored"}, plainMore), plains.Insert(plainRow{Part: 1, Seq: 2}).At(7)} {
		if _, err := e.Commit(t.Context(), wide.Commit{Writes: []wide.Write{w}}); err != nil {
			t.Fatal(err)
		}
	}
	unset := gocql.UnsetValue
	want := [][]any{{int64(1), int64(2), "", unset, int64(1000)}, {int64(1001), unset, nil, int64(1), int64(2)}, {int64(1), int64(2), "", unset, int64(7)}}
	for i, w := range want {
		if got := s.written[i][0].values; !reflect.DeepEqual(got, w) {
			t.Errorf("commit %d binds %v, want %v", i, got, w)
		}
	}
}

// TestReadAgain: an answer that breaks off is asked for again, and its rows do not come twice.
func TestReadAgain(t *testing.T) {
	row := plains.Insert(plainRow{Part: 1, Seq: 1, Text: "a"}).Row
	rows := func(*script) []wide.Row { return []wide.Row{row} }
	s := &script{t: t, reads: []readAnswer{{rows, errLost}, {rows, nil}}}
	got, err := plains.Range(t.Context(), scriptedEngine(s, time.Second), wide.Query[plainRow]{Partition: plainRow{Part: 1}, Limit: 5})
	if err != nil || len(got) != 1 || len(s.asked) != 2 {
		t.Errorf("%v %v after %d questions", got, err, len(s.asked))
	}
	s = &script{t: t, reads: []readAnswer{{nil, errInvalid}}}
	if _, err := plains.Get(t.Context(), scriptedEngine(s, time.Second), plainRow{Part: 1}); !errors.Is(err, wide.ErrInvalid) || len(s.asked) != 1 {
		t.Errorf("%v after %d questions", err, len(s.asked))
	}
}

// TestSerialReads: rows written under conditions are read in the serial order, others are not; scans never.
func TestSerialReads(t *testing.T) {
	s := &script{t: t}
	e := scriptedEngine(s, time.Second)
	ctx := t.Context()
	_, _ = helds.Get(ctx, e, heldRow{Part: 1})
	_, _ = helds.Range(ctx, e, wide.Query[heldRow]{Partition: heldRow{Part: 1}, Limit: 1})
	_, _ = helds.Scan(ctx, e, nil, 1)
	_, _ = plains.Get(ctx, e, plainRow{Part: 1})
	_, _ = e.Commit(ctx, wide.Commit{})
	want := []bool{true, true, false, false, true}
	for i, q := range s.asked {
		if q.serial != want[i] {
			t.Errorf("question %d (%s): serial %v", i, q.text, q.serial)
		}
	}
}

func TestClosedAndCancelled(t *testing.T) {
	s := &script{t: t}
	e := scriptedEngine(s, time.Second)
	write := wide.Commit{Writes: []wide.Write{plains.Insert(plainRow{Part: 1})}}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Commit(ctx, write); !errors.Is(err, wide.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: %v", err)
	}
	if err := errors.Join(e.Close(), e.Close()); err != nil {
		t.Error(err)
	}
	if _, err := e.Commit(t.Context(), write); !errors.Is(err, wide.ErrUnavailable) {
		t.Errorf("after Close: %v", err)
	}
	if _, err := plains.Get(t.Context(), e, plainRow{Part: 1}); !errors.Is(err, wide.ErrUnavailable) {
		t.Errorf("after Close: %v", err)
	}
	if len(s.written)+len(s.asked) != 0 {
		t.Errorf("sent %v %v", s.written, s.asked)
	}
}

// stuck is a cluster that never answers.
type stuck struct{ *script }

func (stuck) write(ctx context.Context, _ []statement, _ bool) error { <-ctx.Done(); return ctx.Err() }
func (stuck) cas(ctx context.Context, _ []statement) (bool, error) {
	<-ctx.Done()
	return false, ctx.Err()
}
func (stuck) read(ctx context.Context, _ query) error { <-ctx.Done(); return ctx.Err() }

// TestTimeout: a call without a deadline of its own ends all the same.
func TestTimeout(t *testing.T) {
	e := scriptedEngine(&script{t: t}, 20*time.Millisecond)
	e.link = stuck{}
	ctx := context.Background()
	row := heldRow{Part: 1, Seq: 1, Holder: "a"}
	_, plain := e.Commit(ctx, wide.Commit{Writes: []wide.Write{plains.Insert(plainRow{Part: 1})}})
	_, conditional := e.Commit(ctx, wide.Commit{If: helds.IfPresent(row)})
	_, barrier := e.Commit(ctx, wide.Commit{})
	_, get := plains.Get(ctx, e, plainRow{Part: 1})
	_, scan := plains.Scan(ctx, e, nil, 1)
	for i, err := range []error{plain, conditional, barrier, get, scan} {
		want := wide.ErrUnavailable
		if i < 2 {
			want = wide.ErrUnknownOutcome
		}
		if !errors.Is(err, want) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("call %d: %v", i, err)
		}
	}
}

// busy counts calls under way and tells when the session is closed under one.
type busy struct {
	*script
	calls, hurt atomic.Int64
}

func (b *busy) write(context.Context, []statement, bool) error {
	b.calls.Add(1)
	for range 100 {
		runtime.Gosched()
	}
	b.calls.Add(-1)
	return nil
}

func (b *busy) close() { b.hurt.Add(b.calls.Load()) }

// TestCloseWaits: Close lets calls under way end first.
func TestCloseWaits(t *testing.T) {
	for range 20 {
		b := &busy{script: &script{t: t}}
		e := scriptedEngine(b.script, time.Second)
		e.link = b
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				for {
					if _, err := e.Commit(context.Background(), wide.Commit{Writes: []wide.Write{plains.Insert(plainRow{Part: 1})}}); err != nil {
						return
					}
				}
			})
		}
		for b.calls.Load() == 0 {
			runtime.Gosched()
		}
		_ = e.Close()
		group.Wait()
		if n := b.hurt.Load(); n != 0 {
			t.Fatalf("closed under %d calls", n)
		}
	}
}

// TestConditionalOnce: the driver never repeats a conditional commit, and plain statements only where that helps.
func TestConditionalOnce(t *testing.T) {
	for _, err := range []error{errGaveUp, errLost, errSilent, errNobody} {
		if onceOnly.Attempt(nil) || onceOnly.GetRetryType(err) != gocql.Rethrow {
			t.Errorf("after %v it is repeated", err)
		}
		if (nextNode{}).GetRetryType(err) != gocql.RetryNextHost {
			t.Errorf("a plain statement is not repeated after %v", err)
		}
	}
	if (nextNode{}).GetRetryType(errInvalid) != gocql.Rethrow {
		t.Error("an invalid statement is repeated")
	}
}

// TestWriteClock: times grow when the clock stands still or goes back, from many goroutines.
func TestWriteClock(t *testing.T) {
	var c writeClock
	at := time.UnixMicro(5000)
	if a, b, d := c.next(at), c.next(at), c.next(at.Add(-time.Hour)); a != 5000 || b != 5001 || d != 5002 {
		t.Errorf("%d %d %d", a, b, d)
	}
}

// TestFinalMargin: a deletion job's delete of conditional rows is later than the servers' clocks.
func TestFinalMargin(t *testing.T) {
	s := &script{t: t}
	e := scriptedEngine(s, time.Second)
	e.opt.Clock = func() time.Time { return time.UnixMicro(1000) }
	if _, err := e.Commit(t.Context(), wide.Commit{Writes: []wide.Write{helds.Delete(heldRow{Part: 1}).Final()}}); err != nil {
		t.Fatal(err)
	}
	if got := s.written[0][0].values[0]; got != 1000+finalMargin.Microseconds() {
		t.Errorf("write time %v", got)
	}
}
