package ids

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/beep-chat/beep/core"
)

// A lease lasts LeaseLife; it is renewed every RenewEvery, and a node stops making ids SafetyMargin before its end, so
// that a slow answer from the store cannot let two nodes hold one worker id. Each renewal reserves the ids of the next
// Reach: a node never makes an id beyond what it has reserved, and a start after a crash goes on above the reservation.
// Reach stays below DriftRefuse, so that such a start need not wait.
const (
	LeaseLife    = 20 * time.Second
	RenewEvery   = 2 * time.Second
	SafetyMargin = 5 * time.Second
	Reach        = 8 * time.Second

	retryRenewal = 500 * time.Millisecond
)

// Lease is a claim on a worker id. HighWater is at or above every id its holders may have made: a new holder starts above
// it and waits until the wall clock has passed it.
type Lease struct {
	Worker    int
	Holder    string
	Until     time.Time
	HighWater int64
	Version   int64
}

// Leases keeps the claims; compare-and-set in the store, on every engine.
type Leases interface {
	// GetLease gives the claim of a worker; the zero Lease (Version 0) when there never was one.
	GetLease(ctx context.Context, worker int) (Lease, error)
	// PutLease stores next when the stored version is still old's; false when it is not.
	PutLease(ctx context.Context, old, next Lease) (bool, error)
}

// KeeperOptions are what Acquire needs. Takeover lets the holder take its own unexpired lease back without waiting: right
// for the embedded engine, where the data folder's lock already fences other processes.
type KeeperOptions struct {
	Leases   Leases
	Clock    core.Clock
	Holder   string
	Takeover bool
	Logger   *slog.Logger
}

// Keeper holds a lease and renews it.
type Keeper struct {
	opts   KeeperOptions
	source *Source
	floor  int64
	cancel context.CancelFunc
	done   chan struct{}
	lost   chan struct{} // closed when another node has the worker id

	mu    sync.Mutex
	lease Lease
}

// Acquire claims a worker id and starts to renew it: the holder's own of an earlier start where Takeover is set, else the
// first that is free.
func Acquire(ctx context.Context, opts KeeperOptions) (*Keeper, error) {
	first, err := opts.formerWorker(ctx)
	if err != nil {
		return nil, fmt.Errorf("claim a worker id: %w", err)
	}
	for worker := first; worker <= core.MaxWorker; worker++ {
		lease, floor, ok, err := claim(ctx, opts, worker)
		if err != nil {
			return nil, fmt.Errorf("claim a worker id: %w", err)
		}
		if ok {
			return newKeeper(opts, lease, floor), nil
		}
	}
	return nil, core.E(core.CodeUnavailable, "claim a worker id: all 1024 are taken")
}

// formerWorker is the worker id this holder had before, or 0. Ids are claimed in order, so the first that never was
// claimed ends the search.
func (o KeeperOptions) formerWorker(ctx context.Context) (int, error) {
	for worker := 0; o.Takeover && worker <= core.MaxWorker; worker++ {
		l, err := o.Leases.GetLease(ctx, worker)
		if err != nil {
			return 0, err
		}
		if l.Version == 0 {
			break
		}
		if l.Holder == o.Holder {
			return worker, nil
		}
	}
	return 0, nil
}

// claim takes one worker id if it is free; floor is what its earlier holders may have used.
func claim(ctx context.Context, opts KeeperOptions, worker int) (lease Lease, floor int64, ok bool, err error) {
	old, err := opts.Leases.GetLease(ctx, worker)
	if err != nil {
		return Lease{}, 0, false, err
	}
	old.Worker = worker
	now := opts.Clock()
	held := old.Version > 0 && now.Before(old.Until)
	if held && !(opts.Takeover && old.Holder == opts.Holder) {
		return Lease{}, 0, false, nil
	}
	next := Lease{Worker: worker, Holder: opts.Holder, Until: now.Add(LeaseLife), HighWater: reserve(now, old.HighWater), Version: old.Version + 1}
	ok, err = opts.Leases.PutLease(ctx, old, next)
	if !ok || err != nil {
		return Lease{}, 0, false, err
	}
	return next, old.HighWater, true, nil
}

// reserve is the mark of a renewal: the ids of the next Reach, and always some room above what was used or reserved
// before (a restart right after a crash begins there).
func reserve(now time.Time, used int64) int64 {
	const room = 200 << core.TimeShift // 200 ms, 800,000 ids
	return max(used+room, int64(core.FirstIDAt[struct{}](now.Add(Reach))))
}

func newKeeper(opts KeeperOptions, lease Lease, floor int64) *Keeper {
	ctx, cancel := context.WithCancel(context.Background())
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	k := &Keeper{opts: opts, lease: lease, floor: floor, cancel: cancel, done: make(chan struct{}), lost: make(chan struct{}),
		source: NewSource(opts.Clock, lease.Worker, floor)}
	k.source.Extend(LeaseLife-SafetyMargin, lease.HighWater)
	go k.renew(ctx)
	return k
}

// Source is where ids come from while the lease holds.
func (k *Keeper) Source() *Source { return k.source }

// Worker is the worker id held.
func (k *Keeper) Worker() int { return k.lease.Worker }

// Floor is at or above every id that earlier holders of the worker id may have made.
func (k *Keeper) Floor() int64 { return k.floor }

// Lost is closed when another node took the worker id, because this one was frozen or cut off for longer than its lease. It
// makes no id any more; the node has to start anew.
func (k *Keeper) Lost() <-chan struct{} { return k.lost }

// Close stops the renewal and gives the lease back, with the true mark, so that the next start does not wait.
func (k *Keeper) Close(ctx context.Context) error {
	k.source.Extend(0, 0)
	k.cancel()
	<-k.done
	k.mu.Lock()
	defer k.mu.Unlock()
	next := k.lease
	next.Until, next.HighWater, next.Version = k.opts.Clock(), k.source.Last(), k.lease.Version+1
	_, err := k.opts.Leases.PutLease(ctx, k.lease, next)
	return err
}

// renew renews the lease every RenewEvery, and at once when the reserved ids come to their end, until Close or the loss.
func (k *Keeper) renew(ctx context.Context) {
	defer close(k.done)
	tick := time.NewTicker(RenewEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-k.lost:
			return
		case <-tick.C:
		case <-k.source.short:
			if !k.source.low() {
				continue
			}
		}
		err := k.Renew(ctx)
		if err == nil || ctx.Err() != nil {
			continue
		}
		k.opts.Logger.Error("renew the worker lease", "error", err)
		select { // while the store is away, every refused request asks for more
		case <-ctx.Done():
		case <-time.After(retryRenewal):
		}
	}
}

// Renew extends the lease now; the keeper does it by itself every RenewEvery.
func (k *Keeper) Renew(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	select {
	case <-k.lost:
		return errTaken()
	default:
	}
	asked := time.Now()
	now := k.opts.Clock()
	next := k.lease
	next.Until, next.Version = now.Add(LeaseLife), k.lease.Version+1
	next.HighWater = reserve(now, k.source.Last())
	ok, err := k.opts.Leases.PutLease(ctx, k.lease, next)
	if err == nil && !ok {
		next.HighWater, err = k.settle(ctx, next)
	}
	if err != nil {
		return err
	}
	k.lease = next
	k.source.Extend(LeaseLife-SafetyMargin-time.Since(asked), next.HighWater)
	k.warnOfDrift()
	return nil
}

func errTaken() error {
	return core.E(core.CodeUnavailable, "the worker id was taken by another node")
}

// settle looks why a renewal was refused. The stored claim may be ours after all, of an earlier renewal whose answer was
// lost: its version is taken over, and what it reserved is at least what the last known one did. Otherwise the worker id is
// lost for good.
func (k *Keeper) settle(ctx context.Context, next Lease) (highWater int64, err error) {
	stored, err := k.opts.Leases.GetLease(ctx, k.lease.Worker)
	if err != nil {
		return 0, err
	}
	if stored.Holder == k.lease.Holder && stored.Version == next.Version {
		return k.lease.HighWater, nil
	}
	k.source.Extend(0, 0)
	close(k.lost)
	return 0, errTaken()
}

func (k *Keeper) warnOfDrift() {
	if d := k.source.Drift(); d > DriftAlarm {
		k.opts.Logger.Warn("the clock of ids runs ahead of the wall clock", "drift_ms", d.Milliseconds())
	}
}
