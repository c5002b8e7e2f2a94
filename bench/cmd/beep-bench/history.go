package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/beep-chat/beep/cmd/beep/node"
	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/render"
	"github.com/beep-chat/beep/storage"
)

const (
	importers   = 256                  // who write at once, so that they share their syncs
	historySpan = 180 * 24 * time.Hour // over which the messages of a channel lie
	readers     = 8
	pageSize    = 50
	sizeable    = 100_000 // messages from which their size on disk, told in megabytes, means something
)

// measureHistory reads pages of a short and of a long channel.
func measureHistory(ctx context.Context, b *bench) error {
	for _, length := range b.history {
		if err := b.measureHistory(ctx, length); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) measureHistory(ctx context.Context, length int) (err error) {
	s, err := b.open(ctx, fmt.Sprintf("history-%d", length))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	name := fmt.Sprintf("%d messages", length)
	channel, ids, err := s.prepare(ctx, length)
	if err != nil {
		return err
	}
	if err := s.reportSize(ctx, name, length); err != nil {
		return err
	}
	p, ready, err := s.start(ctx, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	people, err := register(p.addr, "reader", readers)
	defer hangUp(people)
	if err != nil {
		return err
	}
	b.report.add("history", name+": start", ready.Seconds()*1000, "ms", "until ready; "+filled(b.engine))
	base := "/api/v1/channels/" + channel.String() + "/messages?limit=50"
	for _, kind := range []struct {
		name string
		path func() string
	}{
		{"newest page", func() string { return base }},
		{"page anywhere", func() string { return base + "&before=" + ids[rand.IntN(len(ids))].String() }},
	} {
		if err := b.readPages(ctx, s, p, people, name+": "+kind.name, kind.path); err != nil {
			return err
		}
	}
	b.report.add("history", name+": memory after", p.rss()/1024, "MB", "RSS")
	return nil
}

// filled says how the messages came to be there.
func filled(engine string) string {
	return fmt.Sprintf("filled through the storage layer on %s, %d writers", engine, importers)
}

// reportSize tells what a message takes on Cassandra's disks.
func (s *site) reportSize(ctx context.Context, name string, length int) error {
	if s.cassandra == nil || length < sizeable {
		return nil
	}
	bytes, err := s.cassandra.bytesOnDisk(ctx, "messages", "message_buckets")
	if err != nil {
		return err
	}
	s.b.report.add("history", name+": disk a message", bytes/float64(length), "B", "all copies; compressed, before compaction has ended; without outbox and nonces, which expire")
	return nil
}

// prepare makes the channel over the API and then fills it through the stores while no node runs.
func (s *site) prepare(ctx context.Context, length int) (core.ChannelID, []core.MessageID, error) {
	p, _, err := s.start(ctx, 1)
	if err != nil {
		return 0, nil, err
	}
	people, err := register(p.addr, "reader", readers)
	var channels []string
	if err == nil {
		channels, err = community(people, "history", 1)
	}
	var me created
	if err == nil {
		err = people[0].call("GET", "/users/@me", nil, &me)
	}
	hangUp(people)
	if err := errors.Join(err, p.stop()); err != nil {
		return 0, nil, err
	}
	channel, err := core.ParseID[any](channels[0])
	if err != nil {
		return 0, nil, err
	}
	author, err := core.ParseID[any](me.ID)
	if err != nil {
		return 0, nil, err
	}
	ids, err := s.fill(ctx, core.ChannelID(channel), core.UserID(author), length)
	return core.ChannelID(channel), ids, err
}

// stores are the product's own, for writing what the API would take too long for; close ends them.
func (s *site) stores(ctx context.Context) (*storage.Stores, func() error, error) {
	if s.cassandra != nil {
		return s.cassandra.stores(ctx)
	}
	n, err := node.Open(ctx, node.Options{DataDir: s.folder(1) + "/store", CacheBytes: 64 << 20})
	if err != nil {
		return nil, nil, err
	}
	return n.Stores, func() error { return n.Close(context.Background()) }, nil
}

// fill writes messages spread over half a year.
func (s *site) fill(ctx context.Context, channel core.ChannelID, author core.UserID, length int) (ids []core.MessageID, err error) {
	stores, closeStores, err := s.stores(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, closeStores()) }()
	r := render.New(render.Options{})
	texts := s.b.texts
	bodies := make([]string, len(texts))
	for i, text := range texts {
		bodies[i] = r.Render(ctx, 0, text).HTML
	}
	first := time.Now().Add(-historySpan)
	ids = make([]core.MessageID, length)
	for i := range ids {
		ids[i] = core.MessageID(core.FirstIDAt[any](first.Add(historySpan * time.Duration(i) / time.Duration(length))))
	}
	var next atomic.Int64
	began := time.Now()
	g, ctx := errgroup.WithContext(ctx)
	for range importers {
		g.Go(func() error {
			for i := next.Add(1) - 1; i < int64(length) && ctx.Err() == nil; i = next.Add(1) - 1 {
				t := int(i) % len(texts)
				m := core.StoredMessage{ID: ids[i], Channel: channel, Author: author, Type: core.MessageText, Content: texts[t],
					HTML: bodies[t], RenderVersion: render.Version, Version: 1}
				if err := stores.Messages.Put(ctx, m); err != nil {
					return err
				}
			}
			return ctx.Err()
		})
	}
	err = g.Wait()
	fmt.Fprintf(os.Stderr, "    put %d messages in %.1f s\n", length, time.Since(began).Seconds())
	return ids, err
}

// readPages has readers ask for pages until the time is up.
func (b *bench) readPages(ctx context.Context, s *site, p *process, people []*person, name string, path func() string) error {
	var mu sync.Mutex
	all := newHistogram()
	var size int
	tally, err := s.tally(ctx)
	if err != nil {
		return err
	}
	end := time.Now().Add(b.duration / 2)
	before := p.usage()
	var g errgroup.Group
	for _, reader := range people {
		g.Go(func() error {
			h := newHistogram()
			bytes := 0
			for time.Now().Before(end) && ctx.Err() == nil {
				asked := time.Now()
				status, answer, err := reader.conn.do("GET", path(), people[0].token, nil)
				if err != nil {
					return err
				}
				if status != http.StatusOK {
					return fmt.Errorf("a page was answered %d %s", status, answer)
				}
				if err := h.RecordValue(max(1, time.Since(asked).Microseconds())); err != nil {
					return err
				}
				bytes += len(answer)
			}
			mu.Lock()
			defer mu.Unlock()
			all.Merge(h)
			size += bytes
			return nil
		})
	}
	if err := errors.Join(g.Wait(), ctx.Err()); err != nil {
		return err
	}
	after := p.usage()
	b.report.add("history", name, float64(all.TotalCount())/after.at.Sub(before.at).Seconds(), "pages/s",
		fmt.Sprintf("%d messages a page, %d readers", pageSize, len(people)))
	b.report.busy("history "+name, before, after)
	b.report.add("history", name+": node's processor time a page", float64((after.node-before.node).Microseconds())/float64(all.TotalCount()), "µs", "")
	b.report.add("history", name+": bytes a page", float64(size)/float64(max(1, all.TotalCount())), "B", "the body, not compressed")
	b.report.latencies("history", name, all)
	return tally.reportReads(ctx, "history", name, float64(all.TotalCount()))
}
