package local

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"runtime"
	"sync/atomic"

	"golang.org/x/text/unicode/norm"

	"github.com/beep-chat/beep/core"
)

// HasherOptions are the cost of a hash and the bounds of hashing. Zero fields take the default in parentheses.
type HasherOptions struct {
	MemoryKiB uint32 // memory of one hash (19456, with Time 2 the OWASP minimum for argon2id)
	Time      uint32 // passes over it (2)
	Threads   uint8  // lanes (1)
	Parallel  int    // hashes at once (number of CPUs)
	Queue     int    // callers that may wait (64)
}

func (o HasherOptions) withDefaults() HasherOptions {
	if o.MemoryKiB == 0 {
		o.MemoryKiB = 19456
	}
	if o.Time == 0 {
		o.Time = 2
	}
	if o.Threads == 0 {
		o.Threads = 1
	}
	if o.Parallel <= 0 {
		o.Parallel = runtime.NumCPU()
	}
	if o.Queue <= 0 {
		o.Queue = 64
	}
	// Within the bounds of parsePHC: otherwise nobody could sign in with what this wrote.
	o.Threads = min(o.Threads, maxThreads)
	o.Time = min(o.Time, maxTime)
	o.MemoryKiB = min(max(o.MemoryKiB, 8*uint32(o.Threads)), maxMemoryKiB)
	return o
}

// Hasher hashes passwords, a bounded number at a time.
type Hasher struct {
	cost   params
	queue  int64
	slots  chan struct{}
	using  atomic.Int64 // callers that hash or wait
	hashed atomic.Uint64
}

// NewHasher makes a Hasher.
func NewHasher(o HasherOptions) *Hasher {
	o = o.withDefaults()
	return &Hasher{cost: params{o.MemoryKiB, o.Time, o.Threads}, queue: int64(o.Queue), slots: make(chan struct{}, o.Parallel)}
}

// Hashes is the number of hashes computed so far.
func (h *Hasher) Hashes() uint64 { return h.hashed.Load() }

// Hash gives the PHC string of a password under a fresh salt. CodeBusy when too many wait.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails: documented to end the process instead
	key, err := h.derive(ctx, h.cost, password, salt, keyBytes)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return phc{h.cost, salt, key}.String(), nil
}

// Verify tells whether a password is the one of a stored hash, and if so, whether the hash should be made again because
// the cost has changed since. CodeBusy when too many wait.
func (h *Hasher) Verify(ctx context.Context, stored, password string) (ok, needsRehash bool, err error) {
	want, err := parsePHC(stored)
	if err != nil {
		return false, false, fmt.Errorf("verify password: %w", err)
	}
	got, err := h.derive(ctx, want.params, password, want.salt, len(want.key))
	if err != nil {
		return false, false, fmt.Errorf("verify password: %w", err)
	}
	ok = subtle.ConstantTimeCompare(got, want.key) == 1
	return ok, ok && (want.params != h.cost || len(want.key) != keyBytes || len(want.salt) != saltBytes), nil
}

// VerifyDummy costs what Verify costs and is never right; it answers for people who do not exist.
func (h *Hasher) VerifyDummy(ctx context.Context, password string) error {
	if _, err := h.derive(ctx, h.cost, password, make([]byte, saltBytes), keyBytes); err != nil {
		return fmt.Errorf("verify password: %w", err)
	}
	return nil
}

// derive waits for a slot and computes a key. The password is brought to NFC first: the same letters typed on different
// systems arrive composed or not.
func (h *Hasher) derive(ctx context.Context, cost params, password string, salt []byte, size int) ([]byte, error) {
	if err := h.acquire(ctx); err != nil {
		return nil, err
	}
	defer h.release()
	h.hashed.Add(1)
	return cost.derive(norm.NFC.String(password), salt, size), nil
}

func (h *Hasher) acquire(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if h.using.Add(1) > h.queue+int64(cap(h.slots)) {
		h.using.Add(-1)
		return core.E(core.CodeBusy, "wait for a hasher").With("retry_after_ms", 1000)
	}
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		h.using.Add(-1)
		return ctx.Err()
	}
}

func (h *Hasher) release() {
	<-h.slots
	h.using.Add(-1)
}
