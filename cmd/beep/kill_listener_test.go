package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/beep-chat/beep/api/client"
	"github.com/beep-chat/beep/core"
)

// listener is one stream through all kills, and what it heard.
type listener struct {
	w     *killWorld
	token string
	heard []core.MessageID // written by the goroutine that follows
	count atomic.Int64     // length of heard

	began  bool // it was connected once
	online bool
}

func (l *listener) hear(id core.MessageID) {
	l.heard = append(l.heard, id)
	if l.count.Add(1)%16 == 0 || l.w.stop.Load() {
		l.w.note(func() {})
	}
}

func (l *listener) connected(resumed bool) {
	l.w.note(func() {
		if l.began && !resumed {
			l.w.resyncs.Add(1)
		}
		l.began, l.online = true, true
		l.w.connected++
	})
}

func (l *listener) broken() {
	l.w.note(func() {
		if l.online {
			l.online = false
			l.w.connected--
		}
	})
}

func (l *listener) sign(_ context.Context, r *http.Request) error {
	r.Header.Set("Authorization", "Bearer "+l.token)
	return nil
}

// followAsClient is what a program that uses the Go client does. A resync is an error: the window covers the restart.
func (l *listener) followAsClient(ctx context.Context) error {
	return client.Stream(ctx, client.StreamOptions{URL: l.w.base + "/events", HTTP: l.w.http, Edit: l.sign,
		Ready:  func(r core.Ready) { l.connected(r.Resumed) },
		Broken: func(error, time.Duration) { l.broken() },
		Event: func(_ string, e client.Event) {
			if e.Type == core.EventMessageCreated {
				l.hear(e.Message.ID)
			}
		},
		Resync: func(context.Context, core.Resync) (string, error) {
			l.w.resyncs.Add(1)
			return "", errors.New("told to resync")
		},
	})
}

// follow reads the stream itself, strictly: positions only rise, the epoch stays, nothing is said that a resumed stream
// would not say.
func (l *listener) follow(ctx context.Context) error {
	s := strictStream{l: l}
	for ctx.Err() == nil {
		err := s.connect(ctx)
		l.broken()
		var bad badStream
		if errors.As(err, &bad) {
			return err
		}
		l.w.awaitUp()
	}
	return ctx.Err()
}

// badStream is an answer that breaks a promise; other errors are the kill.
type badStream string

func (b badStream) Error() string { return string(b) }

type strictStream struct {
	l        *listener
	cursor   string
	epoch    string
	position uint64
}

func (s *strictStream) connect(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.l.w.base+"/events", nil)
	if err != nil {
		return err
	}
	_ = s.l.sign(ctx, req)
	if s.cursor != "" {
		req.Header.Set("Last-Event-ID", s.cursor)
	}
	resp, err := s.l.w.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("answered %d", resp.StatusCode)
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(make([]byte, 0, 4096), 1<<20)
	var event, id, data string
	for lines.Scan() {
		if len(lines.Bytes()) > 0 {
			switch name, value, _ := strings.Cut(lines.Text(), ": "); name {
			case "event":
				event = value
			case "id":
				id = value
			case "data":
				data = value
			}
			continue
		}
		if err := errors.Join(s.block(event, data), s.moveTo(id)); err != nil { // what the kill cut off never comes here
			return err
		}
		event, id, data = "", "", ""
	}
	return lines.Err()
}

func (s *strictStream) block(event, data string) error {
	switch core.EventType(event) {
	case core.EventReady:
		s.l.connected(strings.Contains(data, `"resumed":true`))
	case core.EventResync:
		s.l.w.resyncs.Add(1)
		return badStream("told to resync: " + data)
	case core.EventMessageCreated:
		_, rest, found := strings.Cut(data, `"message":{"id":"`)
		digits, _, _ := strings.Cut(rest, `"`)
		id, err := core.ParseID[any](digits)
		if !found || err != nil {
			return badStream("an event without a message: " + data)
		}
		s.l.hear(core.MessageID(id))
	}
	return nil
}

func (s *strictStream) moveTo(id string) error {
	if id == "" {
		return nil
	}
	epoch, text, _ := strings.Cut(id, ".")
	position, err := strconv.ParseUint(text, 10, 64)
	switch {
	case err != nil:
		return badStream("an id that is no cursor: " + id)
	case s.epoch != "" && epoch != s.epoch:
		return badStream("the epoch changed from " + s.epoch + " to " + epoch)
	case position < s.position:
		return badStream(fmt.Sprintf("position %d follows %d", position, s.position))
	}
	s.cursor, s.epoch, s.position = id, epoch, position
	return nil
}
