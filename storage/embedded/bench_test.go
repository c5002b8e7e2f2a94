package embedded

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/storage/wide"
)

// postRow has the shape of a message: the benchmark's commit writes one, two small rows beside it and a nonce.
type postRow struct {
	Channel core.ChannelID `wide:"channel_id,partition"`
	Bucket  int64          `wide:"bucket,partition"`
	ID      core.MessageID `wide:"message_id,desc"`
	Author  core.UserID    `wide:"author_id,1,mandatory"`
	Content string         `wide:"content,2"`
	HTML    string         `wide:"html,3"`
	Edited  time.Time      `wide:"edited_at,4"`
	Version int64          `wide:"version,5"`
	Pinged  []core.UserID  `wide:"pinged,6"`
}

type lastRow struct {
	Channel core.ChannelID `wide:"channel_id,partition"`
	ID      core.MessageID `wide:"message_id,1,mandatory"`
}

type nonceRow struct {
	Channel core.ChannelID `wide:"channel_id,partition"`
	Author  core.UserID    `wide:"author_id,partition"`
	Nonce   string         `wide:"nonce,asc"`
	ID      core.MessageID `wide:"message_id,1,mandatory"`
}

type benchTables struct {
	posts  *wide.Table[postRow]
	lasts  *wide.Table[lastRow]
	seens  *wide.Table[lastRow]
	nonces *wide.Table[nonceRow]
}

func newBenchTables() benchTables {
	return benchTables{
		posts:  wide.Define[postRow](wide.Spec{ID: 1, Name: "posts"}),
		lasts:  wide.Define[lastRow](wide.Spec{ID: 2, Name: "lasts"}),
		seens:  wide.Define[lastRow](wide.Spec{ID: 3, Name: "seens"}),
		nonces: wide.Define[nonceRow](wide.Spec{ID: 4, Name: "nonces", TTL: 10 * time.Minute}),
	}
}

func (b *benchTables) commit(n int64) wide.Commit {
	channel := core.ChannelID(n%50 + 1)
	id := core.MessageID(n + 1)
	return wide.Commit{
		Writes: []wide.Write{
			b.posts.Insert(postRow{Channel: channel, ID: id, Author: 7, Content: "a message of about a hundred characters, as people write them in a chat on an ordinary day, more or less",
				HTML: "<p>a message of about a hundred characters, as people write them in a chat on an ordinary day, more or less</p>", Version: 1}),
			b.lasts.Insert(lastRow{Channel: channel, ID: id}),
			b.seens.Insert(lastRow{Channel: channel, ID: id}),
			b.nonces.Insert(nonceRow{Channel: channel, Author: 7, Nonce: fmt.Sprint(n), ID: id}),
		},
		Events: []core.Event{{ID: core.EventID(id), Type: "message.created", Audience: core.Audience{Server: 1, Channel: channel}, Actor: 7,
			At: time.UnixMilli(1_700_000_000_000), Data: make([]byte, 400)}},
	}
}

// BenchmarkCommit makes durable commits of 4 writes and 1 event on the disk.
func BenchmarkCommit(b *testing.B) {
	for _, writers := range []int{1, 8, 64, 256} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			tables := newBenchTables()
			var batches atomic.Int64
			e, err := Open(Options{Dir: b.TempDir(), Schema: wide.NewSchema(tables.posts, tables.lasts, tables.seens, tables.nonces),
				OnCommit: func(CommitStats) { batches.Add(1) }})
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = e.Close() }()
			var n atomic.Int64
			b.SetParallelism(max(1, writers/2))
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := e.Commit(b.Context(), tables.commit(n.Add(1))); err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
			b.ReportMetric(float64(b.N)/float64(max(1, batches.Load())), "commits/batch")
		})
	}
}

// BenchmarkPage reads the newest 50 of 100,000 posts of a channel.
func BenchmarkPage(b *testing.B) {
	tables := newBenchTables()
	e := openTest(b, Options{Schema: wide.NewSchema(tables.posts)})
	for id := core.MessageID(0); id < 100_000; {
		var c wide.Commit
		for range 1000 {
			id++
			c.Writes = append(c.Writes, tables.posts.Insert(postRow{Channel: 1, ID: id, Author: 7, Content: "a message of about a hundred characters", HTML: "<p>a message of about a hundred characters</p>"}))
		}
		if _, err := e.Commit(b.Context(), c); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		rows, err := tables.posts.Range(b.Context(), e, wide.Query[postRow]{Partition: postRow{Channel: 1}, Limit: 50})
		if err != nil || len(rows) != 50 {
			b.Fatal(len(rows), err)
		}
	}
}
