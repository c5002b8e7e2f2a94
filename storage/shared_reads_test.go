package storage

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// gate is a read that waits to be let through, as often as it is told, and tells how often it ran.
type gate struct {
	reads atomic.Int64
	pass  chan error
}

func (g *gate) read(ctx context.Context) (int64, error) {
	n := g.reads.Add(1)
	select {
	case err := <-g.pass:
		return n, err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// asked is one caller of do.
type asked struct {
	value int64
	err   error
	stop  context.CancelFunc
}

// ask starts callers and waits until none can go on.
func (g *gate) ask(t *testing.T, s *sharedReads[string, int64], callers int) []*asked {
	all := make([]*asked, callers)
	for i := range all {
		ctx, cancel := context.WithCancel(t.Context())
		a := &asked{value: -1, stop: cancel}
		all[i] = a
		go func() {
			a.value, _, a.err = s.do(ctx, "key", g.read)
		}()
		synctest.Wait()
	}
	return all
}

func wantAll(t *testing.T, all []*asked, value int64, err error) {
	t.Helper()
	for i, a := range all {
		if a.value != value || !errors.Is(a.err, err) {
			t.Errorf("caller %d was given %d, %v; want %d, %v", i, a.value, a.err, value, err)
		}
	}
}

// wantAnew is for two callers who ask again: who is first is not said.
func wantAnew(t *testing.T, two []*asked, one, other int64) {
	t.Helper()
	got := []int64{two[0].value, two[1].value}
	slices.Sort(got)
	if !slices.Equal(got, []int64{one, other}) || two[0].err != nil || two[1].err != nil {
		t.Errorf("given %v, %v, %v; want %d and %d", got, two[0].err, two[1].err, one, other)
	}
}

func (s *sharedReads[K, V]) empty(t *testing.T) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.lines) != 0 {
		t.Errorf("%d lines are left", len(s.lines))
	}
}

// TestSharedReads holds who gets which read.
func TestSharedReads(t *testing.T) {
	broken := errors.New("broken")
	cases := []struct {
		name string
		run  func(t *testing.T, s *sharedReads[string, int64], g *gate)
	}{
		{"a hundred at once cost two reads", func(t *testing.T, s *sharedReads[string, int64], g *gate) {
			first := g.ask(t, s, 1)
			late := g.ask(t, s, 99)
			g.pass <- nil
			g.pass <- nil
			synctest.Wait()
			wantAll(t, first, 1, nil)
			wantAll(t, late, 2, nil)
		}},
		{"who comes while the second read runs has a third", func(t *testing.T, s *sharedReads[string, int64], g *gate) {
			g.ask(t, s, 1)
			second := g.ask(t, s, 2)
			g.pass <- nil
			synctest.Wait()
			third := g.ask(t, s, 2)
			g.pass <- nil
			g.pass <- nil
			synctest.Wait()
			wantAll(t, second, 2, nil)
			wantAll(t, third, 3, nil)
		}},
		{"one after the other read anew", func(t *testing.T, s *sharedReads[string, int64], g *gate) {
			for i := range int64(3) {
				a := g.ask(t, s, 1)
				g.pass <- nil
				synctest.Wait()
				wantAll(t, a, i+1, nil)
			}
		}},
		{"an error is everybody's", func(t *testing.T, s *sharedReads[string, int64], g *gate) {
			g.ask(t, s, 1)
			late := g.ask(t, s, 3)
			g.pass <- nil
			g.pass <- broken
			synctest.Wait()
			wantAll(t, late, 2, broken)
		}},
		{"who leads and gives up while it waits is replaced", func(t *testing.T, s *sharedReads[string, int64], g *gate) {
			first := g.ask(t, s, 1)
			late := g.ask(t, s, 3)
			late[0].stop()
			synctest.Wait()
			wantAll(t, late[:1], 0, context.Canceled)
			g.pass <- nil
			g.pass <- nil
			synctest.Wait()
			wantAll(t, first, 1, nil)
			wantAll(t, late[1:], 2, nil)
		}},
		{"who leads and gives up while it reads is replaced", func(t *testing.T, s *sharedReads[string, int64], g *gate) {
			first := g.ask(t, s, 1)
			late := g.ask(t, s, 3)
			g.pass <- nil
			synctest.Wait()
			wantAll(t, first, 1, nil)
			late[0].stop()
			synctest.Wait()
			wantAll(t, late[:1], 0, context.Canceled)
			g.pass <- nil // the first of the others reads at once, the second may not join that
			g.pass <- nil
			synctest.Wait()
			wantAnew(t, late[1:], 3, 4)
		}},
		{"who follows and gives up disturbs nobody", func(t *testing.T, s *sharedReads[string, int64], g *gate) {
			g.ask(t, s, 1)
			late := g.ask(t, s, 3)
			late[1].stop()
			synctest.Wait()
			wantAll(t, late[1:2], 0, context.Canceled)
			g.pass <- nil
			g.pass <- nil
			synctest.Wait()
			wantAll(t, []*asked{late[0], late[2]}, 2, nil)
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, g := newSharedReads[string, int64](), &gate{pass: make(chan error)}
				c.run(t, s, g)
				s.empty(t)
			})
		})
	}
}

// TestSharedReadPanics leaves nobody waiting behind a read that panicked.
func TestSharedReadPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, g := newSharedReads[string, int64](), &gate{pass: make(chan error)}
		g.ask(t, s, 1)
		go func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was lost")
				}
			}()
			_, _, _ = s.do(t.Context(), "key", func(context.Context) (int64, error) { panic("read") })
		}()
		synctest.Wait()
		late := g.ask(t, s, 2)
		for range 3 {
			g.pass <- nil
		}
		synctest.Wait()
		wantAnew(t, late, 2, 3)
		s.empty(t)
	})
}

// TestSharedReadsAreNeverOld hunts for a reader who is given what was read before it asked: what was acknowledged when it
// asked must be there.
func TestSharedReadsAreNeverOld(t *testing.T) {
	const readers, rounds = 16, 3000
	s := newSharedReads[string, int64]()
	var acknowledged, reads atomic.Int64
	stop := make(chan struct{})
	var writer, wg sync.WaitGroup
	writer.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				acknowledged.Add(1)
				runtime.Gosched()
			}
		}
	})
	for range readers {
		wg.Go(func() {
			for range rounds {
				least := acknowledged.Load()
				got, _, err := s.do(t.Context(), "key", func(context.Context) (int64, error) {
					reads.Add(1)
					v := acknowledged.Load()
					for range 5 { // the way back, on which writes go on
						runtime.Gosched()
					}
					return v, nil
				})
				if err != nil || got < least {
					t.Errorf("read %d, %v; %d was acknowledged before it asked", got, err, least)
					return
				}
			}
		})
	}
	wg.Wait()
	close(stop)
	writer.Wait()
	if n := reads.Load(); n >= readers*rounds {
		t.Errorf("%d reads for %d readers: nothing was shared", n, readers*rounds)
	}
	s.empty(t)
}
