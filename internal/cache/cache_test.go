package cache_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/beep-chat/beep/internal/cache"
)

func TestOneLoadServesAllWaiters(t *testing.T) {
	var loads atomic.Int32
	gate := make(chan struct{})
	c := cache.New(10, 0, func(context.Context, int) (int, error) {
		loads.Add(1)
		<-gate
		return 7, nil
	})
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if v, err := c.Get(t.Context(), 1); v != 7 || err != nil {
				t.Errorf("got %d, %v", v, err)
			}
		})
	}
	close(gate)
	wg.Wait()
	if n := loads.Load(); n != 1 {
		t.Fatalf("%d loads", n)
	}
}

func TestAValueLoadedBeforeForgetIsNeverSeenAfterIt(t *testing.T) {
	var truth atomic.Int32
	truth.Store(1)
	read := make(chan struct{})
	hold := make(chan struct{})
	first := true
	c := cache.New(10, 0, func(context.Context, string) (int32, error) {
		v := truth.Load()
		if first {
			first = false
			close(read)
			<-hold
		}
		return v, nil
	})
	old := make(chan int32)
	go func() {
		v, _ := c.Get(context.Background(), "k")
		old <- v
	}()
	<-read
	truth.Store(2)
	c.Forget("k")
	if v, _ := c.Get(t.Context(), "k"); v != 2 {
		t.Fatalf("stale value %d after Forget", v)
	}
	close(hold)
	<-old
	if v, _ := c.Get(t.Context(), "k"); v != 2 {
		t.Fatalf("the stale load came back: %d", v)
	}
}

func TestErrorsAreNotKept(t *testing.T) {
	fail := true
	c := cache.New(10, 0, func(context.Context, int) (string, error) {
		if fail {
			return "", errors.New("no")
		}
		return "yes", nil
	})
	if _, err := c.Get(t.Context(), 1); err == nil {
		t.Fatal("want the error")
	}
	fail = false
	if v, err := c.Get(t.Context(), 1); v != "yes" || err != nil {
		t.Fatalf("got %q, %v", v, err)
	}
}

func TestSizeAndAgeAreBounded(t *testing.T) {
	loads := 0
	c := cache.New(5, time.Hour, func(_ context.Context, k int) (int, error) { loads++; return k, nil })
	for k := range 100 {
		if v, _ := c.Get(t.Context(), k); v != k {
			t.Fatal(v)
		}
	}
	if c.Len() > 5 {
		t.Fatalf("%d entries", c.Len())
	}
	short := cache.New(5, time.Nanosecond, func(_ context.Context, k int) (int, error) { loads++; return loads, nil })
	a, _ := short.Get(t.Context(), 1)
	b, _ := short.Get(t.Context(), 1)
	if a == b {
		t.Fatal("an expired entry was served")
	}
}
