package irc

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCorpus reads the real conversations: every line has its form, and the annotations lead from person to person.
func TestCorpus(t *testing.T) {
	files, err := filepath.Glob("../../testdata/ubuntu-irc/*.raw.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no conversations", err)
	}
	var messages, actions, replies int
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		annotation, err := os.ReadFile(strings.TrimSuffix(file, ".raw.txt") + ".annotation.txt")
		if err != nil {
			t.Fatal(err)
		}
		lines := Parse(raw)
		links, err := ParseLinks(annotation)
		if err != nil {
			t.Fatal(file, err)
		}
		for i, l := range lines {
			switch {
			case l.Kind == Message:
				messages++
			case l.Kind == Action:
				actions++
			case !strings.HasPrefix(l.Text, "==="):
				t.Errorf("%s:%d is no line we know: %q", file, i+1, l.Text)
			}
		}
		for i, from := range Replies(links, len(lines)) {
			if from >= 0 && lines[i].Kind != System && lines[from].Kind != System {
				replies++
			}
		}
	}
	t.Logf("%d messages, %d actions, %d replies", messages, actions, replies)
	if messages < 14_000 || actions < 30 || replies < 4000 {
		t.Errorf("%d messages, %d actions, %d replies", messages, actions, replies)
	}
}
