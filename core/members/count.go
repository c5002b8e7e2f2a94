package members

import (
	"context"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/internal/cache"
)

// counts keeps the number of members of servers that people look at: counted once by reading the list, dropped when
// members come and go. The number is for people to read; nothing is decided by it.
type counts struct {
	cached *cache.Loading[core.ServerID, int]
}

const (
	maxCounts  = 10_000
	countLife  = time.Minute
	countBatch = 1000
)

func newCounts(store Store) *counts {
	return &counts{cached: cache.New(maxCounts, countLife, func(ctx context.Context, id core.ServerID) (int, error) {
		n, cursor := 0, ""
		for {
			list, next, err := store.ListMembers(ctx, id, cursor, countBatch)
			if err != nil {
				return 0, err
			}
			n += len(list)
			if next == "" {
				return n, nil
			}
			cursor = next
		}
	})}
}

func (c *counts) get(ctx context.Context, id core.ServerID) (int, error) {
	return c.cached.Get(ctx, id)
}

func (c *counts) forget(id core.ServerID) { c.cached.Forget(id) }
