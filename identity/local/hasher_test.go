package local

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/beep-chat/beep/core"
)

func TestHashAndVerify(t *testing.T) {
	ctx := context.Background()
	h := NewHasher(cheap)
	one, err := h.Hash(ctx, secret)
	two, err2 := h.Hash(ctx, secret)
	if err != nil || err2 != nil || one == two {
		t.Fatalf("%q %v, %q %v", one, err, two, err2)
	}
	if !strings.HasPrefix(one, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Fatalf("not a PHC string: %q", one)
	}
	for given, want := range map[string]bool{secret: true, secret + "x": false, "": false} {
		if ok, stale, err := h.Verify(ctx, one, given); ok != want || stale || err != nil {
			t.Errorf("%q: %v %v %v", given, ok, stale, err)
		}
	}
	if err := h.VerifyDummy(ctx, secret); err != nil {
		t.Fatal(err)
	}
	if h.Hashes() != 6 {
		t.Fatalf("%d hashes counted, want 6", h.Hashes())
	}
}

// The hash is a test vector of the reference implementation: what other programs wrote can be imported.
func TestVerifyForeignHash(t *testing.T) {
	const foreign = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	ok, stale, err := NewHasher(cheap).Verify(context.Background(), foreign, "password")
	if !ok || !stale || err != nil {
		t.Fatalf("%v %v %v", ok, stale, err)
	}
}

func TestNeedsRehash(t *testing.T) {
	ctx := context.Background()
	stored, err := NewHasher(cheap).Hash(ctx, secret)
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]HasherOptions{"memory": {MemoryKiB: 128, Time: 1}, "time": {MemoryKiB: 64, Time: 2}, "threads": {MemoryKiB: 64, Time: 1, Threads: 2}} {
		if ok, stale, err := NewHasher(o).Verify(ctx, stored, secret); !ok || !stale || err != nil {
			t.Errorf("other %s: %v %v %v", name, ok, stale, err)
		}
		if ok, stale, err := NewHasher(o).Verify(ctx, stored, "wrong"); ok || stale || err != nil {
			t.Errorf("other %s, wrong password: %v %v %v", name, ok, stale, err)
		}
	}
}

func TestDefaults(t *testing.T) {
	o := HasherOptions{}.withDefaults()
	if o.MemoryKiB != 19456 || o.Time != 2 || o.Threads != 1 || o.Parallel < 1 || o.Queue != 64 {
		t.Fatalf("%+v", o)
	}
	wild := HasherOptions{MemoryKiB: 1 << 31, Time: 1000, Threads: 255}.withDefaults()
	if wild.MemoryKiB != maxMemoryKiB || wild.Time != maxTime || wild.Threads != maxThreads {
		t.Fatalf("%+v", wild)
	}
}

func TestHashingIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHasher(HasherOptions{MemoryKiB: 64, Time: 1, Parallel: 2, Queue: 3})
		ctx, cancel := context.WithCancel(context.Background())
		for range cap(h.slots) {
			if err := h.acquire(ctx); err != nil {
				t.Fatal(err)
			}
		}
		waiting := make(chan error, 3)
		for range cap(waiting) {
			go func() {
				_, err := h.Hash(ctx, secret)
				waiting <- err
			}()
		}
		synctest.Wait()
		if err := h.VerifyDummy(ctx, secret); core.CodeOf(err) != core.CodeBusy {
			t.Fatalf("a sixth caller: %v, want %s", err, core.CodeBusy)
		}
		if h.Hashes() != 0 {
			t.Fatalf("%d hashes while every slot is taken", h.Hashes())
		}
		h.release()
		if err := <-waiting; err != nil {
			t.Fatalf("a waiting caller after a release: %v", err)
		}
		synctest.Wait()
		if h.Hashes() != 3 { // the freed slot serves all three, one after the other
			t.Fatalf("%d hashes, want 3", h.Hashes())
		}
		h.release()
		cancel()
	})
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHasher(HasherOptions{MemoryKiB: 64, Time: 1, Parallel: 1, Queue: 1})
		if err := h.acquire(context.Background()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- h.VerifyDummy(ctx, secret) }()
		synctest.Wait()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		h.release()
		if h.using.Load() != 0 {
			t.Fatalf("%d places not given back", h.using.Load())
		}
		if _, err := h.Hash(context.Background(), secret); err != nil {
			t.Fatal(err)
		}
	})
}

func TestConcurrentHashes(t *testing.T) {
	h := NewHasher(HasherOptions{MemoryKiB: 64, Time: 1, Parallel: 2, Queue: 100})
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if len(h.slots) > 2 {
				t.Error("more hashes at once than slots")
			}
			if _, err := h.Hash(context.Background(), secret); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if h.using.Load() != 0 || len(h.slots) != 0 {
		t.Fatalf("%d using, %d slots taken", h.using.Load(), len(h.slots))
	}
}

func TestParsePHCRefuses(t *testing.T) {
	const salt, key = "c29tZXNhbHQ", "RdescudvJCsgt3ub+b2dWRWJTmaaJObG"
	good := "$argon2id$v=19$m=64,t=2,p=1$" + salt + "$" + key
	if _, err := parsePHC(good); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"empty": "", "bcrypt": "$2a$10$abcdefghijklmnopqrstuv", "argon2i": strings.Replace(good, "2id", "2i", 1),
		"old version": strings.Replace(good, "v=19", "v=16", 1), "no version": strings.Replace(good, "$v=19", "", 1),
		"text before": "x" + good, "text after": good + "$x", "huge memory": strings.Replace(good, "m=64", "m=4194304", 1),
		"huge time": strings.Replace(good, "t=2", "t=4000000000", 1), "no time": strings.Replace(good, "t=2", "t=0", 1),
		"many threads": strings.Replace(good, "p=1", "p=200", 1), "memory overflow": strings.Replace(good, "m=64", "m=4294967360", 1),
		"sign": strings.Replace(good, "m=64", "m=+64", 1), "other order": strings.Replace(good, "m=64,t=2", "t=2,m=64", 1),
		"extra cost": strings.Replace(good, "p=1", "p=1,x=1", 1), "short salt": strings.Replace(good, salt, "c29tZQ", 1),
		"short key": strings.Replace(good, key, "RdescudvJCsgt3ub", 1), "no key": strings.Replace(good, key, "", 1),
		"padding": good + "==", "long": good + strings.Repeat("A", 300),
	} {
		if h, err := parsePHC(bad); !errors.Is(err, errBadPHC) {
			t.Errorf("%s: %+v, %v", name, h, err)
		}
	}
}

func FuzzParsePHC(f *testing.F) {
	f.Add("$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b2dWRWJTmaaJObG")
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$$")
	f.Fuzz(func(t *testing.T, s string) {
		h, err := parsePHC(s)
		if err != nil {
			return
		}
		if h.memoryKiB > maxMemoryKiB || h.time > maxTime || h.threads > maxThreads || h.time == 0 || h.threads == 0 {
			t.Fatalf("%q: beyond the bounds: %+v", s, h.params)
		}
		again, err := parsePHC(h.String())
		if err != nil || again.String() != h.String() {
			t.Fatalf("%q reads as %v, which does not read again: %v", s, h, err)
		}
	})
}

func BenchmarkHash(b *testing.B) {
	h := NewHasher(HasherOptions{})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.Hash(context.Background(), secret); err != nil {
			b.Fatal(err)
		}
	}
}
