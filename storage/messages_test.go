package storage_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/messages"
	"github.com/beep-chat/beep/storage"
	"github.com/beep-chat/beep/storage/embedded"
	"github.com/beep-chat/beep/storage/wide"
)

// slowPages is an engine whose pages of messages are read at once and handed over when they are let through.
type slowPages struct {
	wide.Engine
	hold  atomic.Bool
	pages atomic.Int64
	pass  chan struct{}
}

// Range implements wide.Engine.
func (e *slowPages) Range(ctx context.Context, q wide.RawQuery) ([]wide.Row, error) {
	rows, err := e.Engine.Range(ctx, q)
	if q.Meta.Name == "messages" && e.hold.Load() {
		e.pages.Add(1)
		<-e.pass
	}
	return rows, err
}

func openMessages(t *testing.T) (*storage.Messages, *slowPages) {
	t.Helper()
	db, err := embedded.Open(embedded.Options{Dir: "store", FS: vfs.NewMem(), Schema: storage.Schema(), SchemaVersion: storage.SchemaVersion})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	slow := &slowPages{Engine: db, pass: make(chan struct{})}
	return storage.New(slow, time.Now).Messages, slow
}

func putMessage(t *testing.T, s *storage.Messages, n int) core.StoredMessage {
	t.Helper()
	at := time.Date(2026, 1, 2, 3, 4, n, 0, time.UTC)
	m := core.StoredMessage{ID: core.MessageID(core.FirstIDAt[any](at)), Channel: 7, Author: 8, Type: core.MessageText, Content: strings.Repeat("x", n), Version: 1}
	if err := s.Put(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestPagesAreShared has many ask for the newest page while it is read, and a message come in between: those who asked
// after it share one page, which has it, and what one of them does to its page the others do not see.
func TestPagesAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, slow := openMessages(t)
		putMessage(t, s, 1)
		slow.hold.Store(true)
		ask := func(page *[]core.StoredMessage) {
			go func() {
				list, err := s.List(t.Context(), core.MessageQuery{Channel: 7, Limit: 50})
				if err != nil {
					t.Error(err)
				}
				*page = list
			}()
		}
		var first []core.StoredMessage
		ask(&first)
		synctest.Wait()
		newest := putMessage(t, s, 2)
		pages := make([][]core.StoredMessage, 100)
		for i := range pages {
			ask(&pages[i])
		}
		synctest.Wait()
		slow.pass <- struct{}{}
		slow.pass <- struct{}{}
		synctest.Wait()
		if len(first) != 1 || slow.pages.Load() != 2 {
			t.Errorf("the first page has %d messages and there were %d reads; want 1 and 2", len(first), slow.pages.Load())
		}
		for i, p := range pages {
			if len(p) != 2 || p[0].ID != newest.ID || p[0].Content != newest.Content {
				t.Fatalf("reader %d, who asked after the message was acknowledged, was given %+v", i, p)
			}
			p[0].Content = "changed by a reader"
		}
	})
}

// TestPagesDiffer reads pages that look alike together: each gets its own.
func TestPagesDiffer(t *testing.T) {
	s, _ := openMessages(t)
	var ids []core.MessageID
	for n := range 9 {
		ids = append(ids, putMessage(t, s, n+1).ID)
	}
	cases := []struct {
		name  string
		query core.MessageQuery
		first core.MessageID
		count int
	}{
		{"newest", core.MessageQuery{Limit: 3}, ids[8], 3},
		{"longer", core.MessageQuery{Limit: 5}, ids[8], 5},
		{"before", core.MessageQuery{Before: ids[4], Limit: 3}, ids[3], 3},
		{"after", core.MessageQuery{After: ids[4], Limit: 3}, ids[7], 3},
		{"around", core.MessageQuery{Around: ids[4], Limit: 3}, ids[5], 3},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.query.Channel = 7
			for range 200 {
				page, err := s.List(t.Context(), c.query)
				if err != nil || len(page) != c.count || page[0].ID != c.first {
					t.Fatalf("%v, %d messages %+v", err, len(page), page)
				}
			}
		})
	}
}

// TestNonceOfADeletedMessage: a nonce tells that its message was deleted for as long as it counts, in whichever window of nonces
// it lies, whatever is stored again under the id, and not of another message that has it by then.
func TestNonceOfADeletedMessage(t *testing.T) {
	db, err := embedded.Open(embedded.Options{Dir: "store", FS: vfs.NewMem(), Schema: storage.Schema(), SchemaVersion: storage.SchemaVersion})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := time.Date(2026, 1, 2, 3, 58, 0, 0, time.UTC)
	s := storage.New(db, func() time.Time { return now }).Messages
	made := func() core.StoredMessage {
		return core.StoredMessage{ID: core.MessageID(core.FirstIDAt[any](now)), Channel: 7, Author: 8, Nonce: "n", Type: core.MessageText, Content: "x", Version: 1}
	}
	put := func(m core.StoredMessage) {
		t.Helper()
		if err := s.Put(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	remove := func(m core.StoredMessage) {
		t.Helper()
		if err := s.Delete(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(m core.StoredMessage, gone bool) {
		t.Helper()
		id, deleted, err := s.ByNonce(t.Context(), messages.NonceKey{Channel: 7, Author: 8, Nonce: "n"})
		if err != nil || id != m.ID || deleted != gone {
			t.Errorf("at %s: %d deleted %v, %v; want %d %v", now.Format(time.TimeOnly), id, deleted, err, m.ID, gone)
		}
	}
	m := made()
	now = now.Add(5 * time.Minute) // made in one window, stored in the next
	put(m)
	expect(m, false)
	remove(m)
	expect(m, true)
	put(m)
	expect(m, true)
	now = now.Add(15 * time.Minute)
	second := made()
	put(second)
	put(m) // late
	remove(m)
	expect(second, false)
	remove(second)
	remove(m)
	expect(second, true)

	now = now.Add(38 * time.Minute) // 4:56
	third := made()
	third.Nonce = "m"
	put(third)
	now = now.Add(6 * time.Minute) // in the next window, while it still counts
	remove(third)
	if id, deleted, err := s.ByNonce(t.Context(), messages.NonceKey{Channel: 7, Author: 8, Nonce: "m"}); id != third.ID || !deleted || err != nil {
		t.Errorf("%d deleted %v, %v; want %d", id, deleted, err, third.ID)
	}
}
