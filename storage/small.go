package storage

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/ids"
	"github.com/beep-chat/beep/core/jobs"
	"github.com/beep-chat/beep/storage/wide"
)

// ReadStates keeps how far users have read.
type ReadStates struct{ db wide.Engine }

// GetReadState implements messages.ReadStates; 0 when nothing was read.
func (s *ReadStates) GetReadState(ctx context.Context, user core.UserID, channel core.ChannelID) (core.MessageID, error) {
	r, err := readStates.Get(ctx, s.db, readStateRow{User: user, Channel: channel})
	if err = translate("get read state", err); core.CodeOf(err) == core.CodeNotFound {
		return 0, nil
	}
	return r.Read, err
}

// ListReadStates implements messages.ReadStates.
func (s *ReadStates) ListReadStates(ctx context.Context, user core.UserID) (map[core.ChannelID]core.MessageID, error) {
	all := make(map[core.ChannelID]core.MessageID)
	q := wide.Query[readStateRow]{Partition: readStateRow{User: user}, Limit: wide.MaxRangeLimit, FromExclusive: true}
	for {
		rows, err := readStates.Range(ctx, s.db, q)
		if err != nil {
			return nil, translate("list read states", err)
		}
		for _, r := range rows {
			all[r.Channel] = r.Read
		}
		if len(rows) < q.Limit {
			return all, nil
		}
		q.From = &rows[len(rows)-1]
	}
}

// PutReadState implements messages.ReadStates. The write time is that of the message: marks move forward only, whichever
// node wrote last.
func (s *ReadStates) PutReadState(ctx context.Context, user core.UserID, channel core.ChannelID, read core.MessageID, events ...core.Event) error {
	w := readStates.Insert(readStateRow{User: user, Channel: channel, Read: read}).At(insertTime(read))
	return put(ctx, s.db, "store read state", wide.Commit{Writes: []wide.Write{w}, Events: events})
}

// dropBatch is how many read states one commit removes.
const dropBatch = 1000

// DropReadStates removes what users have read of channels that are gone: one partition, and so one commit or more, a user.
func (s *ReadStates) DropReadStates(ctx context.Context, users []core.UserID, channels []core.ChannelID) error {
	for _, user := range users {
		marks, err := s.ListReadStates(ctx, user)
		if err != nil {
			return err
		}
		var writes []wide.Write
		for _, channel := range channels {
			if _, read := marks[channel]; read {
				writes = append(writes, readStates.Delete(readStateRow{User: user, Channel: channel}))
			}
		}
		for batch := range slices.Chunk(writes, dropBatch) {
			if err := put(ctx, s.db, "drop read states", wide.Commit{Writes: batch, Reclaim: true}); err != nil {
				return err
			}
		}
	}
	return nil
}

// Leases keeps the claims on worker ids.
type Leases struct{ db wide.Engine }

func leaseName(worker int) string { return "worker-" + strconv.Itoa(worker) }

// GetLease implements ids.Leases.
func (s *Leases) GetLease(ctx context.Context, worker int) (ids.Lease, error) {
	r, err := leases.Get(ctx, s.db, leaseRow{Name: leaseName(worker)})
	if err = translate("get lease", err); core.CodeOf(err) == core.CodeNotFound {
		return ids.Lease{Worker: worker}, nil
	}
	return ids.Lease{Worker: worker, Holder: r.Holder, Until: r.Until, HighWater: r.HighWater, Version: r.Version}, err
}

// PutLease implements ids.Leases.
func (s *Leases) PutLease(ctx context.Context, old, next ids.Lease) (bool, error) {
	row := leaseRow{Name: leaseName(next.Worker), Holder: next.Holder, Until: next.Until, HighWater: next.HighWater, Version: next.Version}
	cond := leases.IfEqual(leaseRow{Name: row.Name, Version: old.Version}, leaseVersion)
	if old.Version == 0 {
		cond = leases.IfAbsent(row)
	}
	return cas(ctx, s.db, "store lease", wide.Commit{If: cond, Writes: []wide.Write{leases.Update(row, leaseColumns)}, Reclaim: true})
}

// Turns lets one node at a time do what all could do. A turn is a lease that is taken again without waiting by its holder.
type Turns struct {
	db    wide.Engine
	clock core.Clock
}

// Take implements jobs.Turns.
func (s *Turns) Take(ctx context.Context, name, holder string, life time.Duration) (bool, error) {
	return s.swap(ctx, name, holder, s.clock().Add(life))
}

// Give implements jobs.Turns.
func (s *Turns) Give(ctx context.Context, name, holder string) error {
	_, err := s.swap(ctx, name, holder, s.clock())
	return err
}

// swap sets the end of a turn that is free or the holder's own.
func (s *Turns) swap(ctx context.Context, name, holder string, until time.Time) (bool, error) {
	const op = "take a turn"
	old, err := leases.Get(ctx, s.db, leaseRow{Name: name})
	absent := core.CodeOf(translate(op, err)) == core.CodeNotFound
	if err != nil && !absent {
		return false, translate(op, err)
	}
	if old.Holder != holder && s.clock().Before(old.Until) {
		return false, nil
	}
	next := leaseRow{Name: name, Holder: holder, Until: until, Version: old.Version + 1}
	cond := leases.IfEqual(leaseRow{Name: name, Version: old.Version}, leaseVersion)
	if absent {
		cond = leases.IfAbsent(next)
	}
	return cas(ctx, s.db, op, wide.Commit{If: cond, Writes: []wide.Write{leases.Update(next, leaseColumns)}, Reclaim: true})
}

// Jobs keeps planned work.
type Jobs struct {
	db    wide.Engine
	clock core.Clock
}

// PutJob implements jobs.Store.
func (s *Jobs) PutJob(ctx context.Context, j jobs.Job) error {
	now := s.clock().Truncate(time.Millisecond)
	w := jobTable.Insert(jobRow{Kind: j.Kind, Subject: j.Subject, At: now}).At(now.UnixMicro())
	return put(ctx, s.db, "store job", wide.Commit{Writes: []wide.Write{w}, Reclaim: true})
}

// ListJobs implements jobs.Store.
func (s *Jobs) ListJobs(ctx context.Context, limit int) ([]jobs.Job, error) {
	rows, err := jobTable.Range(ctx, s.db, wide.Query[jobRow]{Limit: limit})
	if err != nil {
		return nil, translate("list jobs", err)
	}
	list := make([]jobs.Job, 0, len(rows))
	for _, r := range rows {
		list = append(list, jobs.Job{Kind: r.Kind, Subject: r.Subject, Planned: r.At})
	}
	return list, nil
}

// DeleteJob implements jobs.Store. It removes the plan that was listed, not one that was made meanwhile.
func (s *Jobs) DeleteJob(ctx context.Context, j jobs.Job) error {
	w := jobTable.Delete(jobRow{Kind: j.Kind, Subject: j.Subject}).At(j.Planned.UnixMicro())
	return put(ctx, s.db, "delete job", wide.Commit{Writes: []wide.Write{w}, Reclaim: true})
}
