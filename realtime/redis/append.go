package redis

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/beep-chat/beep/core"
)

// ErrEventTooLarge is returned for an event over MaxBatchBytes.
var ErrEventTooLarge = errors.New("event over 1 MB")

// Append logs events in this order and pushes them to every node. Those whose ids were logged in the last 10 minutes are
// skipped. After an error, also after a time-out, some or all of them may be logged: append them again, they will not
// appear twice. Appends that run at the same time are logged in either order.
func (l *Log) Append(ctx context.Context, events []core.Event) error {
	for len(events) > 0 {
		b, err := l.batch(events)
		if err != nil {
			return fmt.Errorf("append to the log: %w", err)
		}
		if err := l.appendBatch(ctx, b); err != nil {
			return fmt.Errorf("append to the log: %w", err)
		}
		events = events[len(b.data):]
	}
	return nil
}

// batch is what one script call appends.
type batch struct{ keys, data []string }

// batch takes as many events as one call may append, at least one.
func (l *Log) batch(events []core.Event) (batch, error) {
	b := batch{keys: l.keys()}
	size := 0
	for _, e := range events[:min(len(events), MaxBatchEvents)] {
		data, err := encode(e)
		switch {
		case err != nil:
			return batch{}, fmt.Errorf("event %d (%s): %w", e.ID, e.Type, err)
		case e.ID == 0:
			return batch{}, fmt.Errorf("event %s has no id, so it could appear twice", e.Type)
		case len(data) > MaxBatchBytes:
			return batch{}, fmt.Errorf("event %d (%s), %d bytes: %w", e.ID, e.Type, len(data), ErrEventTooLarge)
		}
		if size += len(data); size > MaxBatchBytes {
			break
		}
		b.keys = append(b.keys, l.opt.DB.Key("log", "id", strconv.FormatInt(int64(e.ID), 10)))
		b.data = append(b.data, data)
	}
	return b, nil
}

func (l *Log) appendBatch(ctx context.Context, b batch) error {
	if l.isClosed() {
		return ErrClosed
	}
	ctx, cancel := context.WithTimeout(ctx, appendTimeout)
	defer cancel()
	args := l.args(append([]string{strconv.Itoa(int(idRemembered.Seconds())), strconv.Itoa(l.opt.MaxEvents)}, b.data...)...)
	s, err := l.parseState(l.scripts.append.Exec(ctx, l.opt.DB.Client, b.keys, args))
	if err != nil {
		return err
	}
	l.opt.Metrics.Appended(s.added, len(b.data)-s.added)
	l.noteAppended(s)
	return nil
}

func (l *Log) isClosed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed
}

// noteAppended remembers how far the log is, or wakes the tail when it is another epoch.
func (l *Log) noteAppended(s state) {
	l.mu.Lock()
	same := s.epoch == l.epoch
	if same {
		l.appended = max(l.appended, s.seq)
	}
	l.mu.Unlock()
	if same {
		return
	}
	select {
	case l.moved <- struct{}{}:
	default:
	}
}
