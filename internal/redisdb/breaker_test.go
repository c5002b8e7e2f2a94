package redisdb_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/beep-chat/beep/internal/redisdb"
)

func TestBreakerLetsOneTry(t *testing.T) {
	b := redisdb.NewBreaker(nil)
	var clock atomic.Int64
	b.Now = func() time.Duration { return time.Duration(clock.Load()) }
	for range 2 {
		if !b.Try() {
			t.Fatal("refused while redis is well")
		}
	}
	b.Down(errors.New("no answer"))
	if b.Try() {
		t.Fatal("tried at once after a failure")
	}
	clock.Store(int64(redisdb.RetryPause))
	var tries atomic.Int64
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if b.Try() {
				tries.Add(1)
			}
		})
	}
	wg.Wait()
	if n := tries.Load(); n != 1 {
		t.Fatalf("%d tried at once, want 1", n)
	}
	b.Up()
	if !b.Try() {
		t.Fatal("refused after an answer")
	}
}
