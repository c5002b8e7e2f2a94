package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"golang.org/x/sync/errgroup"
)

const (
	hotReaders = 100
	hotRounds  = 10
	hotLength  = 1000 // messages in the channel
)

// historyTables are what a page of history is read from.
var historyTables = []string{"messages", "message_buckets"}

// measureHot has many open the same channel: one after the other, where nothing can be shared, and all at once. The store's
// own counters say what that took.
func measureHot(ctx context.Context, b *bench) (err error) {
	s, err := b.open(ctx, "hot")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	channel, _, err := s.prepare(ctx, hotLength)
	if err != nil {
		return err
	}
	p, _, err := s.start(ctx, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	people, err := register(p.addr, "reader", readers)
	defer hangUp(people)
	if err != nil {
		return err
	}
	crowd, err := dialAll(p.addr, hotReaders)
	defer crowd.close()
	if err != nil {
		return err
	}
	path := "/api/v1/channels/" + channel.String() + "/messages?limit=50"
	read := func(reader int, h *hdrhistogram.Histogram) error {
		began := time.Now()
		status, answer, err := crowd[reader].do("GET", path, people[reader%len(people)].token, nil)
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("a page was answered %d %s", status, answer)
		}
		if err != nil {
			return err
		}
		return h.RecordValue(max(1, time.Since(began).Microseconds()))
	}
	for _, way := range []struct {
		name string
		run  func(func(int, *hdrhistogram.Histogram) error) (*hdrhistogram.Histogram, error)
	}{{"one after the other", inTurn}, {"at once", atOnce}} {
		if err := read(0, newHistogram()); err != nil { // what is read once a while is read now
			return err
		}
		before, err := s.tally(ctx)
		if err != nil {
			return err
		}
		h, err := way.run(read)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("%d readers %s", hotReaders, way.name)
		b.report.latencies("hot", name+": newest page", h)
		if err := before.reportHot(ctx, name, float64(h.TotalCount())/hotReaders); err != nil {
			return err
		}
	}
	return nil
}

// connections are kept open, one for each of a crowd of readers.
type connections []*conn

func dialAll(addr string, count int) (connections, error) {
	var all connections
	for range count {
		c, err := dial(addr)
		if err != nil {
			return all, err
		}
		all = append(all, c)
	}
	return all, nil
}

func (all connections) close() {
	for _, c := range all {
		_ = c.Close()
	}
}

func inTurn(read func(int, *hdrhistogram.Histogram) error) (*hdrhistogram.Histogram, error) {
	h := newHistogram()
	for i := range hotReaders {
		if err := read(i, h); err != nil {
			return h, err
		}
	}
	return h, nil
}

// atOnce lets all go at the same moment, round after round.
func atOnce(read func(int, *hdrhistogram.Histogram) error) (*hdrhistogram.Histogram, error) {
	all := newHistogram()
	var mu sync.Mutex
	for range hotRounds {
		start := make(chan struct{})
		var g errgroup.Group
		for i := range hotReaders {
			g.Go(func() error {
				h := newHistogram()
				<-start
				err := read(i, h)
				mu.Lock()
				defer mu.Unlock()
				all.Merge(h)
				return err
			})
		}
		close(start)
		if err := g.Wait(); err != nil {
			return all, err
		}
	}
	return all, nil
}

// reportHot tells what a round of all readers asked of the store.
func (t tally) reportHot(ctx context.Context, name string, rounds float64) error {
	if t.s.cassandra == nil {
		return nil
	}
	now, err := t.s.tally(ctx)
	if err != nil {
		return err
	}
	q := now.queries.since(t.queries)
	pages := float64(total(q.reads, historyTables...)) / rounds
	t.s.b.report.add("hot", name+": CQL reads of history", pages, "", fmt.Sprintf("by the replicas, for all %d; of all tables: %s", hotReaders, perTable(q.reads, rounds)))
	return nil
}
