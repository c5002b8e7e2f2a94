package apitest

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/beep-chat/beep/api/client"
)

// Stream is an open stream of events, read over a real connection.
type Stream struct {
	Ready    M             // what the ready event told
	Patience time.Duration // how long the next event may take

	person *Person
	last   string
	blocks chan client.Block // closed when the stream has ended
	cancel context.CancelFunc
}

// maxBlocks is how many events a test may leave unread.
const maxBlocks = 10_000

// Dial asks for a stream, path being below Base, and gives the answer as it is. The caller closes its body.
func (p *Person) Dial(ctx context.Context, path string, with ...With) *http.Response {
	p.Kit.T.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.Kit.URLOf(p.Kit.place(p.node))+Base+path, nil)
	if err != nil {
		p.Kit.T.Fatalf("dial: %v", err)
	}
	q := *p
	q.Address = ""
	q.dress(r, nil)
	for _, f := range with {
		f(r)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		p.Kit.T.Fatalf("dial: %v", err)
	}
	return answer
}

// Stream opens a stream and reads as far as its ready event. query is what follows /events, "" or "?...".
func (p *Person) Stream(query string, with ...With) *Stream {
	p.Kit.T.Helper()
	p.Kit.Heard()
	ctx, cancel := context.WithCancel(context.Background())
	p.Kit.T.Cleanup(cancel)
	answer := p.Dial(ctx, "/events"+query, with...)
	if answer.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		p.Kit.T.Fatalf("%s: the stream answers %d %s", p.Name, answer.StatusCode, body)
	}
	s := &Stream{Patience: Patience, person: p, blocks: make(chan client.Block, maxBlocks), cancel: cancel}
	go s.read(answer.Body)
	s.Ready = s.Until("ready", nil)
	return s
}

// read hands the blocks on until the stream ends; the request's context ends it at the latest.
func (s *Stream) read(body io.ReadCloser) {
	defer close(s.blocks)
	defer body.Close()
	reader := client.NewBlockReader(body)
	for {
		b, err := reader.Next()
		if err != nil {
			return
		}
		s.blocks <- b
	}
}

// Close ends the stream from the client's side.
func (s *Stream) Close() { s.cancel() }

// LastID is the id of the last block that was read: where to go on from.
func (s *Stream) LastID() string { return s.last }

// Next gives the next event, heartbeats left out; ok is false when the stream has ended.
func (s *Stream) Next() (event string, data M, ok bool) {
	s.person.Kit.T.Helper()
	deadline := time.After(s.Patience)
	for {
		select {
		case b, open := <-s.blocks:
			if !open {
				return "", nil, false
			}
			if b.HasID {
				s.last = b.ID
			}
			if b.Data == "" || b.Event == "heartbeat" {
				continue
			}
			if err := json.Unmarshal([]byte(b.Data), &data); err != nil {
				s.person.Kit.T.Errorf("%s: event %s: %v", s.person.Name, b.Event, err)
			}
			return b.Event, data, true
		case <-deadline:
			s.person.Kit.T.Fatalf("%s: the stream is silent", s.person.Name)
		}
	}
}

// Until reads up to the first event of a type that match accepts (nil: any), which must come, and gives it.
func (s *Stream) Until(event string, match func(M) bool) M {
	s.person.Kit.T.Helper()
	var passed []string
	for {
		got, data, ok := s.Next()
		if !ok {
			s.person.Kit.T.Fatalf("%s: the stream ended before %s; it gave %s", s.person.Name, event, strings.Join(passed, " "))
		}
		if got == event && (match == nil || match(data)) {
			return data
		}
		passed = append(passed, got)
	}
}

// Between gives the types of the events up to the answer of mark: a change that this stream hears of when everything
// before it was delivered.
func (s *Stream) Between(mark func(), event string) []string {
	s.person.Kit.T.Helper()
	mark()
	var types []string
	for {
		got, _, ok := s.Next()
		if !ok {
			s.person.Kit.T.Fatalf("%s: the stream ended before %s; it gave %s", s.person.Name, event, strings.Join(types, " "))
		}
		if got == event {
			return types
		}
		types = append(types, got)
	}
}

// Ended reads what is left and gives the types of it; the stream must end.
func (s *Stream) Ended() []string {
	s.person.Kit.T.Helper()
	var types []string
	for {
		event, _, ok := s.Next()
		if !ok {
			return types
		}
		types = append(types, event)
	}
}
