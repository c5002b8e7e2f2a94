package httpapi_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/beep-chat/beep/httpapi/apitest"
)

var update = flag.Bool("update", false, "write what the flows of testdata/flows give")

// TestFlows holds the conversations of testdata/flows. A file is a list of commands, each followed by what came of it: the
// answer where it is a refusal, and what everybody with an open stream saw.
//
//	alice: send #general hi
//	bob sees message.created #general alice "hi"
//	eve: send #general hi
//	-> 404 not_found
//
// A line "name: command" is a command of a person (alice) or of one of a person's devices (alice@phone); flow_command_test.go
// lists them. "#" begins a comment. -update writes the outcomes anew. In a cluster every device speaks to one node and has its
// stream at another.
func TestFlows(t *testing.T) {
	files, err := filepath.Glob("../testdata/flows/*.txt")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d flows, err %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want := string(text)
			if !clustered(t) {
				t.Parallel()
			} else if at := waits.FindStringIndex(want); at != nil {
				want = want[:at[0]] // as far as the real clock goes
			}
			got := newFlow(t).play(want)
			if *update && !clustered(t) {
				err = os.WriteFile(file, []byte(got), 0o644)
			} else if got != want {
				t.Errorf("another outcome; -update writes it:\n%s", difference(want, got))
			}
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

var waits = regexp.MustCompile(`(?m)^\S+: wait `)

// TestFlowsBite: an outcome that is not what happened is found, one that is missing too.
func TestFlowsBite(t *testing.T) {
	const good = "alice: register\nalice: stream\nalice sees ready\nalice: send #general hi\n-> no #general\n"
	if got := newFlow(t).play(good); got != good {
		t.Errorf("played %q", got)
	}
	if got := newFlow(t).play(strings.Replace(good, "alice sees ready\n", "", 1)); got != good {
		t.Errorf("a missing outcome was not added: %q", got)
	}
}

func difference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	var out bytes.Buffer
	for i := range max(len(a), len(b)) {
		x, y := line(a, i), line(b, i)
		if x != y {
			fmt.Fprintf(&out, "line %d\n- %s\n+ %s\n", i+1, x, y)
		}
	}
	return out.String()
}

func line(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}

// flow is one conversation under way.
type flow struct {
	t       *testing.T
	kit     *apitest.Kit
	people  map[string]*apitest.Person
	streams map[string]*flowStream
	labels  map[string]string // id -> the name it has in the flow
	servers map[string]string // name -> id
	invites map[string]string // server's name -> code
	current string            // the server made last, where #names are looked up
	marks   int64
	out     strings.Builder
}

// flowStream is a stream of a device; nil stream: it was closed, and last is where to go on.
type flowStream struct {
	stream *apitest.Stream
	last   string
}

func newFlow(t *testing.T) *flow {
	return &flow{t: t, kit: start(t), people: map[string]*apitest.Person{}, streams: map[string]*flowStream{},
		labels: map[string]string{}, servers: map[string]string{}, invites: map[string]string{}}
}

// play runs the commands of a text and gives the text with what came of them.
func (f *flow) play(text string) string {
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if isOutcome(line) {
			continue
		}
		f.print(line)
		who, command, ok := strings.Cut(line, ": ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		if refusal := f.do(who, command); refusal != "" {
			f.print("-> " + refusal)
		}
		f.look()
	}
	return f.out.String()
}

// isOutcome tells `-> 404 not_found` and `bob sees message.created #general alice "a: b"` from commands.
func isOutcome(line string) bool {
	words := strings.Fields(line)
	return len(words) > 1 && (words[0] == "->" || words[1] == "sees" && words[0] != "#")
}

func (f *flow) print(line string) { f.out.WriteString(line + "\n") }
