package redis

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/internal/redisdb/redistest"
)

// stuck is a follower that does not return until released.
type stuck struct {
	*witness
	once    atomic.Bool
	inside  chan struct{}
	release chan struct{}
}

func (s *stuck) Events(batch []core.LoggedEvent) {
	if s.once.CompareAndSwap(false, true) {
		close(s.inside)
		<-s.release
	}
	s.witness.Events(batch)
}

// TestSlowFollower: the connection is read on, the inbox runs over, health says so, and everything arrives in the end.
func TestSlowFollower(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	var gaps, overflows atomic.Int32
	l := openAt(t, server.Open(t), func(o *Options) {
		o.Metrics.Gap = func(reason string) {
			gaps.Add(1)
			if reason == "overflow" {
				overflows.Add(1)
			}
		}
	})
	s := &stuck{witness: follow(openAt(t, server.Open(t)), "another log"), inside: make(chan struct{}), release: make(chan struct{})}
	w := s.witness
	s.witness = newWitness("the log", l.Epoch())
	_, stop := l.Follow(s)
	defer stop()
	appendTo(t, l, run(1, 1)...)
	<-s.inside
	const n = inboxFrames + 100
	writer := openAt(t, server.Open(t))
	for id := 2; id <= n; id++ { // one message each
		appendTo(t, writer, run(id, 1)...)
	}
	w.await(t, "the last event", func(x note) bool { return x.id == n })
	for begun := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		if ok, _ := l.Health(); !ok {
			break
		} else if time.Since(begun) > patience {
			t.Fatal("healthy though nothing is handed over")
		}
	}
	close(s.release)
	s.await(t, "the last event", func(x note) bool { return x.id == n })
	for begun := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		if ok, _ := l.Health(); ok {
			break
		} else if time.Since(begun) > patience {
			t.Fatal("not healthy again")
		}
	}
	if s.resets() > 0 || overflows.Load() != 1 {
		t.Errorf("%d resets, %d gaps, %d of them overflows", s.resets(), gaps.Load(), overflows.Load())
	}
	for _, complaint := range s.checkOrder(make(map[string]core.EventID)) {
		t.Error(complaint)
	}
}

// TestCloseEnds: also while Redis answers nobody.
func TestCloseEnds(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	proxy := redistest.NewProxy(t, server.Addr())
	l := openAt(t, proxy.Open(t))
	b, err := NewBus(l, BusOptions{})
	if err != nil {
		t.Fatal(err)
	}
	w := follow(l, "log")
	proxy.Silence(true)
	w.await(t, "bad news", func(n note) bool { return n.health && !n.healthy })
	done := make(chan struct{})
	go func() {
		b.Close()
		l.Close()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(patience):
		t.Error("close does not end")
	}
	proxy.Silence(false)
}

// TestProbeTellsDrift: this test runs on the machine of its server, so the clocks agree.
func TestProbeTellsDrift(t *testing.T) {
	t.Parallel()
	told := make(chan time.Duration, 1000)
	l := openAt(t, redistest.Start(t).Open(t), func(o *Options) {
		o.Metrics.Probe = func(_, drift time.Duration) { told <- drift }
		o.Clock = func() time.Time { return time.Now().Add(time.Hour) }
	})
	if drift := <-told; drift > -59*time.Minute || drift < -61*time.Minute {
		t.Errorf("a node one hour ahead sees redis at %v", drift)
	}
	if since := time.Since(l.Born()); since < 0 || since > time.Minute {
		t.Errorf("the epoch was born %v ago", since)
	}
}
