package faults

import (
	"context"
	"fmt"
	"time"
)

// begin lets people listen and then write.
func (w *world) begin() {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.t.Context()))
	w.cancel = cancel
	w.t.Cleanup(func() {
		w.stop.Store(true)
		cancel()
		w.writers.Wait()
		w.group.Wait()
		w.calls.CloseIdleConnections()
		w.lines.CloseIdleConnections()
	})
	for i := range streams {
		if i%everyState == 0 {
			c := w.newWhole(i)
			w.clients = append(w.clients, c)
			w.group.Go(func() { c.follow(ctx) })
			continue
		}
		l := w.newListener(i)
		w.listeners = append(w.listeners, l)
		w.group.Go(func() { l.follow(ctx) })
	}
	w.until("the streams", func() bool {
		for _, l := range w.listeners {
			if !l.online {
				return false
			}
		}
		return true
	})
	for i := range senders {
		s := w.newSender(i)
		w.writers.Go(func() { s.run(ctx) })
	}
	w.talk(20)
}

// talk waits until some more messages were acknowledged.
func (w *world) talk(more int) {
	w.t.Helper()
	want := w.book.count() + more
	for begun := time.Now(); w.book.count() < want; time.Sleep(20 * time.Millisecond) {
		if time.Since(begun) > patience {
			w.t.Fatalf("nobody can write any more; complaints: %q", w.complained())
		}
	}
}

// everyNode are the numbers of the nodes.
func (w *world) everyNode() []int {
	list := make([]int, len(w.nodes))
	for i := range list {
		list[i] = i
	}
	return list
}

// finish lets the senders end what they began, waits until what is under way has arrived, judges, and prints the line.
func (w *world) finish(rounds int) {
	w.t.Helper()
	w.stop.Store(true)
	ended := make(chan struct{})
	go func() { // ends with the writers, which the world's own end stops at the latest
		w.writers.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(patience):
		w.t.Fatal("the senders cannot end what they began")
	}
	w.heal(time.Now(), w.everyNode()...)
	v := w.settle()
	w.mu.Lock()
	healed := w.healed
	w.mu.Unlock()
	for _, c := range append(w.complained(), v.complaints...) {
		w.t.Error(c)
	}
	report(w.t, fmt.Sprintf("fault %s: seed %d, %d rounds, %d acknowledged, %d lost, %d doubled, %d gaps, %d resyncs, %d refused, %d cut, healed max %.1f s",
		w.fault, w.seed, rounds, w.book.count(), v.lost, v.doubled, v.gaps, w.resyncs.Load(), w.refused.Load(), w.cut.Load(), healed.Seconds()))
}

// settle judges again and again until nothing is to be complained about, or for as long as events may be under way.
func (w *world) settle() verdict {
	w.t.Helper()
	for begun := time.Now(); ; time.Sleep(500 * time.Millisecond) {
		v := w.judge()
		if len(v.complaints) == 0 || time.Since(begun) > settleLimit {
			return v
		}
	}
}
