package realtime

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/beep-chat/beep/core"
)

func TestGoldenBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.world.set(1, 7, true)
		c := r.connect(StreamRequest{User: 7})
		synctest.Wait()
		id := c.got()[0].data[len(`{"session_id":"`):][:26]
		at := time.Now()
		r.source.Append(core.NewEvent(99, core.Audience{Server: 1, Channel: 2}, 8, at, core.MessageDeleted{MessageID: 5, AuthorID: 8}))
		synctest.Wait()
		time.Sleep(25 * time.Second)
		synctest.Wait()
		r.hub.CloseSession(7, 0)
		<-c.done
		want := ":\n\n" +
			"retry: 1000\nid: e1.0\nevent: ready\n" +
			`data: {"session_id":"` + id + `","resumed":false,"heartbeat_ms":25000,"cursor":"e1.0"}` + "\n\n" +
			"id: e1.1\nevent: message.deleted\n" +
			`data: {"v":1,"id":"99","type":"message.deleted","server_id":"1","channel_id":"2","actor_id":"8",` +
			`"at":"2000-01-01T00:00:00.000Z","message_id":"5","author_id":"8","mentioned":[],"everyone":false}` + "\n\n" +
			"id: e1.1\nevent: heartbeat\n" + `data: {"at":"2000-01-01T00:00:25.000Z"}` + "\n\n" +
			"retry: 10000\nid: e1.1\nevent: bye\n" + `data: {"reason":"signed_out","reconnect":false}` + "\n\n"
		if string(c.raw) != want {
			t.Errorf("got\n%s\nwant\n%s", c.raw, want)
		}
	})
}

func TestOtherControlEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.world.set(1, 7, true)
		c := r.connect(StreamRequest{User: 7, LastEventID: "old.5"})
		c.want("ready@e1.0 resync@e1.0")
		if got := c.last().data; got != `{"reason":"epoch","after_ms":0}` {
			t.Errorf("resync: %s", got)
		}
		r.log.fallSick("log_unreachable")
		c.want("ready@e1.0 resync@e1.0 degraded@e1.0")
		if got := c.last().data; got != `{"reason":"log_unreachable"}` {
			t.Errorf("degraded: %s", got)
		}
		late := r.connect(StreamRequest{User: 7})
		late.want("ready@e1.0 degraded@e1.0")
		r.say(1, 2)
		r.log.fallSick("")
		c.want("ready@e1.0 resync@e1.0 degraded@e1.0 message.deleted@e1.1 healed@e1.1")
		if got := c.last().data; got != `{}` {
			t.Errorf("healed: %s", got)
		}
	})
}

func TestParseCursor(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     Cursor
		ok       bool
	}{
		{"plain", "k3-_Z.42", Cursor{"k3-_Z", 42}, true},
		{"zero", "e.0", Cursor{"e", 0}, true},
		{"largest", "e.18446744073709551615", Cursor{"e", 1<<64 - 1}, true},
		{"too large", "e.18446744073709551616", Cursor{}, false},
		{"huge", "e." + strings.Repeat("9", 10_000), Cursor{}, false},
		{"empty", "", Cursor{}, false},
		{"no epoch", ".1", Cursor{}, false},
		{"no position", "e.", Cursor{}, false},
		{"no point", "e1", Cursor{}, false},
		{"two points", "e.1.2", Cursor{}, false},
		{"leading zero", "e.01", Cursor{}, false},
		{"sign", "e.+1", Cursor{}, false},
		{"underscore", "e.1_0", Cursor{}, false},
		{"blank", "e.1 ", Cursor{}, false},
		{"line break", "e.1\nretry: 1", Cursor{}, false},
		{"foreign letters", "é.1", Cursor{}, false},
		{"long epoch", strings.Repeat("e", 65) + ".1", Cursor{}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseCursor(c.in)
			if got != c.want || (err == nil) != c.ok {
				t.Errorf("%q: %v, %v", c.in, got, err)
			}
			if !c.ok && core.CodeOf(err) != core.CodeBadLastEventID {
				t.Errorf("code %s", core.CodeOf(err))
			}
		})
	}
}

func FuzzParseCursor(f *testing.F) {
	f.Add("e1.7")
	f.Add("e1.07")
	f.Fuzz(func(t *testing.T, in string) {
		if c, err := ParseCursor(in); err == nil && c.String() != in {
			t.Errorf("%q is read as %q", in, c)
		}
	})
}

// FuzzBlock: whatever the data is, a block is one event with that data, white space aside.
func FuzzBlock(f *testing.F) {
	f.Add(`{"a":"b"}`)
	f.Add("{\r\n\"a\":1}\n\nid: x\n\n")
	f.Add("\ufeff{\u2028\x00}\r")
	breaks := strings.NewReplacer("\r", "\n")
	f.Fuzz(func(t *testing.T, data string) {
		raw := appendBlock(nil, &Cursor{"e", 1}, "message.created", []byte(data))
		blocks, err := parseSSE(string(raw))
		if err != nil || len(blocks) != 1 || blocks[0].id != "e.1" || blocks[0].event != "message.created" {
			t.Fatalf("%q became %v, %v", data, blocks, err)
		}
		// A field's first blank is dropped by readers and data lines are joined, so compare without either.
		squeeze := func(s string) string { return strings.NewReplacer("\n", "", " ", "").Replace(s) }
		if squeeze(blocks[0].data) != squeeze(breaks.Replace(data)) {
			t.Errorf("%q became %q", data, blocks[0].data)
		}
	})
}

func TestBadTypeIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		c := r.connect(StreamRequest{User: 7})
		synctest.Wait()
		ev := r.event(core.Audience{All: true}, core.ServerDeleted{})
		bad := ev
		bad.ID, bad.Type = 1, "x\nretry: 1"
		r.source.Append(bad, ev)
		c.want("ready@e1.0 server.deleted@e1.2")
	})
}

func TestHTTPSink(t *testing.T) {
	world, source := newWorld(), NewFakeSource("e1")
	world.set(1, 7, true)
	hub := NewHub(Options{
		Log: NewMemoryLog(source), Access: world, Members: world, StreamsPerUser: 1, Heartbeat: 200 * time.Millisecond,
	})
	if err := hub.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := hub.Serve(r.Context(), StreamRequest{User: 7, LastEventID: r.Header.Get("Last-Event-ID")}, HTTPSink(w)); err != nil {
			http.Error(w, string(core.CodeOf(err)), http.StatusConflict)
		}
	}))
	web.Config.ReadTimeout, web.Config.WriteTimeout = 50*time.Millisecond, 50*time.Millisecond // a stream outlives them
	web.Start()
	defer web.Close()
	res, err := web.Client().Get(web.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	for name, want := range map[string]string{
		"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store", "X-Accel-Buffering": "no",
	} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	source.Append(core.NewEvent(1, core.Audience{Users: []core.UserID{7}}, 0, time.Now(), core.AccessChanged{}))
	var text strings.Builder
	for buf := make([]byte, 512); !strings.Contains(text.String(), "event: heartbeat") && err == nil; {
		var n int
		n, err = res.Body.Read(buf)
		text.Write(buf[:n])
	}
	if !strings.HasPrefix(text.String(), ":\n\nretry: ") || !strings.Contains(text.String(), "id: e1.1\nevent: access.changed\n") || err != nil {
		t.Errorf("got %q", text.String())
	}
	if refused, err := web.Client().Get(web.URL); err != nil || refused.StatusCode != http.StatusConflict {
		t.Errorf("a second stream: %v, %v", refused, err)
	} else {
		refused.Body.Close()
	}
	if err := hub.Drain(context.Background(), time.Second); err != nil {
		t.Error(err)
	}
	if err := hub.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

// A client that asks and never reads: the write deadline of the connection ends it.
func TestHTTPSinkGivesUp(t *testing.T) {
	world, source := newWorld(), NewFakeSource("e1")
	world.set(1, 7, true)
	opened, closed := make(chan struct{}), make(chan string, 1)
	hub := NewHub(Options{
		Log: NewMemoryLog(source), Access: world, Members: world, WriteTimeout: 50 * time.Millisecond,
		Metrics: Metrics{Opened: func() { close(opened) }, Closed: func(reason string) { closed <- reason }},
	})
	if err := hub.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := hub.Serve(r.Context(), StreamRequest{User: 7}, HTTPSink(w)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("serve: %v", err)
		}
	}))
	defer web.Close()
	conn, err := net.Dial("tcp", web.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("GET / HTTP/1.1\r\nHost: beep\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	<-opened
	text := core.Server{Name: strings.Repeat("x", 100_000)}
	for range 200 { // more than socket buffers hold
		source.Append(core.NewEvent(0, core.Audience{Server: 1}, 0, time.Now(), core.ServerUpdated{Server: text}))
	}
	if reason := <-closed; reason != "slow" {
		t.Errorf("closed as %q", reason)
	}
	if err := hub.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestReadyIsTheStreamsHandle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.world.set(1, 7, true)
		r.world.set(2, 7, true)
		c := r.connect(StreamRequest{User: 7})
		var ready core.Ready
		decode(t, c.got()[0].data, &ready)
		set := func(user core.UserID, id string, level Interest) core.Code {
			return core.CodeOf(r.hub.SetInterest(user, id, map[core.ServerID]Interest{1: level}))
		}
		for _, c := range []struct {
			name  string
			user  core.UserID
			id    string
			level Interest
			want  core.Code
		}{
			{"another's stream", 8, ready.SessionID, InterestNone, core.CodeNotFound},
			{"no such stream", 7, "x", InterestNone, core.CodeNotFound},
			{"unknown level", 7, ready.SessionID, "passive", core.CodeValidationFailed},
			{"none", 7, ready.SessionID, InterestNone, ""},
		} {
			if got := set(c.user, c.id, c.level); got != c.want {
				t.Errorf("%s: %q, want %q", c.name, got, c.want)
			}
		}
		r.say(1, 2)
		r.say(2, 3)
		c.want("ready@e1.0 message.deleted@e1.2")
		set(7, ready.SessionID, InterestActive)
		r.say(1, 2)
		synctest.Wait()
		set(7, ready.SessionID, InterestNone)
		r.leaves(1, 7)
		c.want("ready@e1.0 message.deleted@e1.2 message.deleted@e1.3 member.removed@e1.4")
	})
}
