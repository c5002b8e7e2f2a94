package cql_test

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/beep-chat/beep/storage/cql"
	"github.com/beep-chat/beep/storage/cql/cqltest"
	"github.com/beep-chat/beep/storage/wide"
)

// pageRow is the shape of a message, as far as a page of history feels it.
type pageRow struct {
	Channel int64  `wide:"channel_id,partition"`
	Bucket  int64  `wide:"bucket,partition"`
	ID      int64  `wide:"message_id,desc"`
	Author  int64  `wide:"author_id,1,mandatory"`
	Content string `wide:"content,2"`
	HTML    string `wide:"html,3"`
	Version int64  `wide:"version,4,mandatory"`
}

var (
	pages   = wide.Define[pageRow](wide.Spec{ID: 1, Name: "bench_pages"})
	content = strings.Repeat("word ", 40)
)

func page(id int64) pageRow {
	return pageRow{Channel: 1, ID: id, Author: 7, Content: content, HTML: "<p>" + content + "</p>", Version: 1}
}

func benchEngine(b *testing.B) *cql.Engine {
	return cqltest.Open(b, wide.NewSchema(pages, lates))
}

// BenchmarkInsert writes rows into one partition, each alone, from several goroutines.
func BenchmarkInsert(b *testing.B) {
	e := benchEngine(b)
	var n atomic.Int64
	b.SetParallelism(8)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := e.Commit(b.Context(), wide.Commit{Writes: []wide.Write{pages.Insert(page(n.Add(1)))}}); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// BenchmarkCAS takes rows of their own by conditional commits, one after the other.
func BenchmarkCAS(b *testing.B) {
	e := benchEngine(b)
	row := lateRow{Name: "bench"}
	next := func(cond *wide.Condition) {
		if ok, err := e.Commit(b.Context(), wide.Commit{If: cond, Writes: []wide.Write{lates.Insert(row)}}); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
	next(lates.IfAbsent(row))
	b.ResetTimer()
	for b.Loop() {
		before := row
		row.N++
		next(lates.IfEqual(before, lateN))
	}
}

// BenchmarkPage reads the 50 newest rows of a partition of 10,000.
func BenchmarkPage(b *testing.B) {
	e := benchEngine(b)
	for i := int64(0); i < 10_000; i += 500 {
		var c wide.Commit
		for j := range int64(500) {
			c.Writes = append(c.Writes, pages.Insert(page(i+j)))
		}
		if _, err := e.Commit(b.Context(), c); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	for b.Loop() {
		rows, err := pages.Range(b.Context(), e, wide.Query[pageRow]{Partition: pageRow{Channel: 1}, Limit: 50})
		if err != nil || len(rows) != 50 {
			b.Fatal(len(rows), err)
		}
	}
}
