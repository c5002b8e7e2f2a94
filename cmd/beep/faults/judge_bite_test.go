package faults

import (
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
)

// story is a small book with accounts that agree with it, to be spoiled.
type story struct {
	book     *book
	store    map[core.MessageID]core.Message
	accounts [][]run
}

func newStory() *story {
	s := &story{book: newBook(), store: make(map[core.MessageID]core.Message), accounts: [][]run{{{epoch: "e"}}, {{epoch: "e"}}}}
	for i, nonce := range []string{"a", "b", "c"} {
		e := s.book.open(nonce, nonce, 1)
		m := core.Message{ID: core.MessageID(i + 1), Content: nonce, Nonce: nonce, Version: 1}
		s.book.acknowledged(e, m)
		s.store[m.ID] = m
		for a := range s.accounts {
			r := &s.accounts[a][0]
			r.heard = append(r.heard, heard{position: uint64(i + 1), event: int64(i + 1), message: m.ID, kind: core.EventMessageCreated})
		}
	}
	return s
}

// TestTheJudgeSees: a judge that finds nothing is worth as much as what it would have found.
func TestTheJudgeSees(t *testing.T) {
	for _, c := range []struct {
		name                string
		spoil               func(*story)
		lost, doubled, gaps bool
	}{
		{"nothing", func(*story) {}, false, false, false},
		{"a message is gone", func(s *story) { delete(s.store, 2) }, true, false, false},
		{"a nonce made two", func(s *story) { s.store[9] = core.Message{ID: 9, Nonce: "a"} }, false, true, false},
		{"a deletion was undone", func(s *story) { s.book.entries["a"].ending, s.book.entries["a"].ended = true, true }, true, false, false},
		{"an edit was lost", func(s *story) { s.book.entries["a"].version, s.book.entries["a"].content = 2, "later" }, true, false, false},
		{"an edit that nobody made", func(s *story) { s.store[1] = core.Message{ID: 1, Nonce: "a", Version: 2, Content: "?"} }, true, false, false},
		{"an edit of unknown outcome happened", func(s *story) {
			s.store[1] = core.Message{ID: 1, Nonce: "a", Version: 2, Content: "?"}
			s.book.entries["a"].unsure["?"] = true
		}, false, false, false},
		{"a stream has a hole", func(s *story) {
			r := &s.accounts[0][0]
			r.heard = append(r.heard[:1:1], r.heard[2])
		}, true, false, true},
		{"a stream lacks the end", func(s *story) { s.accounts[0][0].heard = s.accounts[0][0].heard[:2] }, true, false, false},
		{"a stream lacks the beginning", func(s *story) { s.accounts[0][0].heard = s.accounts[0][0].heard[1:] }, true, false, true},
		{"nobody heard of one", func(s *story) {
			for a := range s.accounts {
				s.accounts[a][0].heard = s.accounts[a][0].heard[:2]
			}
		}, true, false, false},
		{"a stream hears one twice", func(s *story) {
			r := &s.accounts[0][0]
			r.heard = append(r.heard, r.heard[2])
		}, false, true, false},
		{"an event is logged twice", func(s *story) {
			for a := range s.accounts {
				r := &s.accounts[a][0]
				r.heard = append(r.heard, r.heard[0])
				r.heard[3].position = 4
			}
		}, false, true, false},
		{"two streams hear different things at a position", func(s *story) { s.accounts[0][0].heard[1].event = 7 }, false, false, true},
		{"a snapshot holds what was missed", func(s *story) {
			s.accounts[0] = []run{{epoch: "e", heard: s.accounts[0][0].heard[:1]}, {epoch: "f", since: time.Now().Add(time.Minute)}}
		}, false, false, false},
		{"a snapshot cannot hold what came later", func(s *story) {
			s.accounts[0] = []run{{epoch: "e", heard: s.accounts[0][0].heard[:1]}, {epoch: "f", since: time.Now().Add(-time.Minute)}}
		}, true, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStory()
			c.spoil(s)
			var v verdict
			v.checkStore(s.book, s.store)
			v.checkStreams(s.book, s.accounts)
			if v.lost > 0 != c.lost || v.doubled > 0 != c.doubled || v.gaps > 0 != c.gaps {
				t.Errorf("%d lost, %d doubled, %d gaps: %q", v.lost, v.doubled, v.gaps, v.complaints)
			}
		})
	}
}
