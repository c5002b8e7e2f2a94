package client

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/beep-chat/beep/core"
)

// lawPage is an opened page as the fixtures write it.
type lawPage struct {
	Messages []core.Message `json:"messages"`
	Complete bool           `json:"complete"`
}

// law is one fixture of testdata/law, which every client of Beep must satisfy.
type law struct {
	Name     string                     `json:"name"`
	Doc      string                     `json:"doc"`
	Snapshot core.Snapshot              `json:"snapshot"`
	Pages    map[core.ChannelID]lawPage `json:"pages"`
	Events   []json.RawMessage          `json:"events"`
	Want     json.RawMessage            `json:"want"`
}

// lawState is a state as the fixtures write it.
type lawState struct {
	Snapshot core.Snapshot              `json:"snapshot"`
	Pages    map[core.ChannelID]lawPage `json:"pages"`
	Stale    []core.ServerID            `json:"stale"`
}

func laws(t *testing.T) []law {
	t.Helper()
	files, err := filepath.Glob("../../testdata/law/*.json")
	if err != nil || len(files) < 25 {
		t.Fatalf("%d fixtures, %v", len(files), err)
	}
	var list []law
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		d := json.NewDecoder(bytes.NewReader(raw))
		d.DisallowUnknownFields()
		var l law
		if err := d.Decode(&l); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if want := strings.ReplaceAll(strings.TrimSuffix(filepath.Base(file), ".json"), "_", " "); l.Name != want {
			t.Fatalf("%s is named %q", file, l.Name)
		}
		list = append(list, l)
	}
	return list
}

func (l law) start() *State {
	s := NewState(l.Snapshot)
	for id, p := range l.Pages {
		s.Open(id, p.Messages, p.Complete)
	}
	return s
}

// describe writes a state in the fixtures' form.
func describe(s *State, opened map[core.ChannelID]lawPage) lawState {
	st := lawState{Snapshot: s.Snapshot(), Pages: map[core.ChannelID]lawPage{}, Stale: s.Stale()}
	for id := range opened {
		if p := s.Page(id); p != nil {
			st.Pages[id] = lawPage{append([]core.Message{}, p.Messages...), p.Complete}
		}
	}
	if st.Stale == nil {
		st.Stale = []core.ServerID{}
	}
	return st
}

// text writes a value with its members sorted, so that two descriptions can be compared.
func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var plain any
	if err := json.Unmarshal(b, &plain); err != nil {
		t.Fatal(err)
	}
	if b, err = json.MarshalIndent(plain, "", " "); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// describeText leaves the cursor out: a state has none of its own, and core.Snapshot always writes one.
func describeText(t *testing.T, s *State, opened map[core.ChannelID]lawPage) string {
	t.Helper()
	return strings.Replace(text(t, describe(s, opened)), "  \"cursor\": \"\",\n", "", 1)
}

func TestLaw(t *testing.T) {
	for _, l := range laws(t) {
		for _, run := range []struct {
			name  string
			times int
		}{{"once", 1}, {"every event twice", 2}} {
			t.Run(l.Name+"/"+run.name, func(t *testing.T) {
				s := l.start()
				for _, raw := range l.Events {
					e, err := ParseEvent(raw)
					if err != nil {
						t.Fatal(err)
					}
					for range run.times {
						s.Apply(e)
					}
				}
				if got, want := describeText(t, s, l.Pages), text(t, l.Want); got != want {
					t.Errorf("%s\ngot  %s\nwant %s", l.Doc, got, want)
				}
			})
		}
	}
}
