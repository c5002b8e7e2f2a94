package outbox

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/storage/wide"
)

// TestEvidence asks, for each kind of write, before it is made, after it, and after what may come later.
func TestEvidence(t *testing.T) {
	note := noteRow{ID: 1, Text: "first", Version: 1}
	edited := noteRow{ID: 1, Text: "second", Version: 2}
	rival := noteRow{ID: 1, Text: "rival", Version: 2}
	leaf := leafRow{Tree: 1, Leaf: "a", N: 5}
	text := notes.Columns("text", "version")
	number := leaves.Columns("n")
	for _, c := range []struct {
		name   string
		before []wide.Write // made by others, earlier
		write  wide.Write   // the commit's first
		later  []wide.Write // made by others, afterwards
		want   bool         // whether the commit is held to have happened then
	}{
		{"inserted", nil, notes.Insert(note), nil, true},
		{"inserted, then edited", nil, notes.Insert(note), []wide.Write{notes.Update(edited, text)}, true},
		{"inserted, then deleted", nil, notes.Insert(note), []wide.Write{notes.Delete(note)}, false}, // the deletion announces itself
		{"updated", []wide.Write{notes.Insert(note)}, notes.Update(edited, text), nil, true},
		{"updated, then by a rival of the same version", []wide.Write{notes.Insert(note)}, notes.Update(edited, text), []wide.Write{notes.Update(rival, text)}, false},
		{"without a version", nil, leaves.Insert(leaf), nil, true},
		{"without a version, written over", nil, leaves.Insert(leaf), []wide.Write{leaves.Update(leafRow{Tree: 1, Leaf: "a", N: 6}, number)}, false},
		{"deleted", []wide.Write{notes.Insert(note)}, notes.Delete(note), nil, true},
		{"deleted, then made again", []wide.Write{notes.Insert(note)}, notes.Delete(note), []wide.Write{notes.Insert(note)}, false},
		{"partition deleted", []wide.Write{leaves.Insert(leaf)}, leaves.DeletePartition(leaf), nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			tables := New(Options{Engine: w.engine, Announcer: w.log, Leases: w.leases, Schema: testSchema()}).tables
			commit := func(writes ...wide.Write) {
				for _, one := range writes {
					if _, err := w.engine.Commit(t.Context(), wide.Commit{Writes: []wide.Write{one}}); err != nil {
						t.Fatal(err)
					}
				}
			}
			commit(c.before...)
			var proof evidence
			if err := proof.decode(evidenceOf([]wide.Write{c.write}).append(nil)); err != nil {
				t.Fatal(err)
			}
			if happened, err := proof.holds(t.Context(), w.engine, tables); err != nil || happened {
				t.Fatalf("before it was made: %v %v", happened, err)
			}
			commit(c.write)
			commit(c.later...)
			if happened, err := proof.holds(t.Context(), w.engine, tables); err != nil || happened != c.want {
				t.Fatalf("afterwards: %v %v", happened, err)
			}
		})
	}
}

func TestEvidenceOfWhatCannotBeAsked(t *testing.T) {
	for name, e := range map[string]evidence{"nothing written": evidenceOf(nil), "a table of a newer version": {table: 60_000, op: wide.OpInsert}} {
		if happened, err := e.holds(t.Context(), nil, nil); err != nil || !happened {
			t.Errorf("%s: %v %v", name, happened, err)
		}
	}
}

func FuzzDecodeEntries(f *testing.F) {
	event := core.NewEvent(5, core.Audience{Server: 1, Users: []core.UserID{2}}, 3, time.UnixMilli(1_790_000_000_000), core.TypingStarted{UserID: 3})
	good, err := appendEntry([]byte{entriesVersion}, entry{proof: evidenceOf([]wide.Write{notes.Insert(noteRow{ID: 1, Text: "t"})}), events: []core.Event{event}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte{entriesVersion})
	f.Add([]byte{entriesVersion, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := decodeEntries(b)
		if err != nil {
			if !errors.Is(err, errBadRow) {
				t.Fatal(err)
			}
			return
		}
		again := []byte{entriesVersion}
		for _, e := range list {
			if again, err = appendEntry(again, e); err != nil {
				t.Fatal(err)
			}
		}
		second, err := decodeEntries(again)
		if err != nil || !reflect.DeepEqual(list, second) {
			t.Fatalf("%v: %v became %v", err, list, second)
		}
		if bytes.Equal(b, good) && len(list) != 1 {
			t.Fatal("the good row was not read")
		}
	})
}
