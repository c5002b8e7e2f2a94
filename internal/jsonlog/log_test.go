package jsonlog_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/beep-chat/beep/internal/jsonlog"
	"github.com/beep-chat/beep/internal/pii"
)

var (
	when = time.Date(2026, 11, 22, 8, 9, 10, 11_987_654, time.FixedZone("CET", 3600))
	key  = pii.NewKey([]byte("0123456789abcdef0123456789abcdef"), func() time.Time { return when })
)

// written runs fn with a log and gives what it wrote.
func written(t *testing.T, o jsonlog.Options, fn func(*jsonlog.Log)) string {
	t.Helper()
	var out bytes.Buffer
	o.Service, o.ContainerID, o.Output = "app", "host-1", &out
	o.Now = func() time.Time { return when }
	l := jsonlog.New(o)
	fn(l)
	if err := l.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// lines parses what was written.
func lines(t *testing.T, text string) (out []map[string]any) {
	t.Helper()
	for line := range strings.Lines(text) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		out = append(out, m)
	}
	return out
}

func someEntry() jsonlog.AccessEntry {
	return jsonlog.AccessEntry{Time: when, Method: "GET", Path: "/things/42", Route: "/things/:id", RawQuery: "limit=50&q=hello", Status: 200,
		Duration: 12_345 * time.Microsecond, BytesIn: 3, BytesOut: 1234, User: key.User("7"), ClientIP: key.IP(netip.MustParseAddr("192.0.2.1")),
		Protocol: "HTTP/1.1", TraceID: "0af7651916cd43dd8448eb211c80319c", RequestID: "r-1"}
}

// emitEverything writes each kind in as many shapes as there are.
func emitEverything(l *jsonlog.Log) {
	log := l.Logger()
	log.Debug("debug", "n", 1)
	log.Info("info", "took", 3*time.Second, "who", key.User("7"), slog.Group("g", "a", 1))
	log.Warn("warn", "level", "fake", "timestamp", "fake", "message", "fake", "service", "fake", "time", 1, "msg", "fake")
	log.Error("failed", "error", io.ErrUnexpectedEOF, "level", "fake", "action", "FAKE")
	log.With("component", "store").WithGroup("g").With("a", 1).Error("in a group", "b", 2)
	log.WithGroup("g").Info("in a group too", "b", 2)
	log.Error("recovered", "stack_trace", "given by the one who recovered")
	l.Access().Log(someEntry())
	l.Access().Log(jsonlog.AccessEntry{Method: "GET", Path: "/x", Status: 404})
	e := someEntry()
	e.Stream, e.Status = "open", 0
	l.Access().Log(e)
	e.Stream, e.Events, e.Reason = "close", 17, "client went away"
	l.Access().Log(e)
	_ = l.Audit(context.Background(), jsonlog.AuditEntry{Action: "USER_CREATED"})
	_ = l.Audit(context.Background(), jsonlog.AuditEntry{Action: "MEMBER_BANNED", User: key.User("7"), ActorType: "user", Target: key.User("8"),
		TargetType: "user", Result: "ok", Reason: "spam", Details: []slog.Attr{slog.Any("mail", pii.Email("jo@example.org"))},
		Fields: []slog.Attr{slog.Int("seq", 4), slog.String("prev_hash", "ab")}})
}

func TestEveryLineFitsItsSchema(t *testing.T) {
	text := written(t, jsonlog.Options{Level: slog.LevelDebug, FromContext: func(context.Context) []slog.Attr {
		return []slog.Attr{slog.String("trace_id", "0af7651916cd43dd8448eb211c80319c")}
	}}, emitEverything)
	kinds := map[string]int{}
	for i, line := range lines(t, text) {
		kind := kindOf(line)
		kinds[kind]++
		for _, p := range readSchema(t, kind).problems(kind, line) {
			t.Errorf("line %d: %s\n%s", i+1, p, strings.Split(text, "\n")[i])
		}
	}
	if want := (map[string]int{"application": 4, "error": 3, "access": 4, "audit": 2}); fmt.Sprint(kinds) != fmt.Sprint(want) {
		t.Errorf("kinds %v, want %v", kinds, want)
	}
	if !strings.Contains(text, `"container_id":"host-1","trace_id":"0af7651916cd43dd8448eb211c80319c","g":{"b":2}}`) {
		t.Errorf("the trace does not stand outside of the group:\n%s", text)
	}
	for line := range strings.Lines(text) { // encoding/json accepts doubled members; a collector may not
		for _, name := range []string{`"level":`, `"timestamp":`, `"message":`, `"service":`, `"action":`} {
			if strings.Count(line, name) > 1 {
				t.Errorf("%s stands twice in %s", name, line)
			}
		}
	}
}

func TestSchemaCheckCanFail(t *testing.T) {
	good := written(t, jsonlog.Options{}, func(l *jsonlog.Log) { l.Access().Log(someEntry()) })
	for name, spoil := range map[string]func(map[string]any){
		"a member is missing":  func(m map[string]any) { delete(m, "response_time") },
		"a member is new":      func(m map[string]any) { m["ip"] = "192.0.2.1" },
		"a type is wrong":      func(m map[string]any) { m["response_status"] = "200" },
		"a time has no millis": func(m map[string]any) { m["timestamp"] = "2026-11-22T07:09:10Z" },
		"a person is raw":      func(m map[string]any) { m["user"] = "7" },
	} {
		t.Run(name, func(t *testing.T) {
			line := lines(t, good)[0]
			spoil(line)
			if readSchema(t, "access").problems("access", line) == nil {
				t.Error("the schema let it through")
			}
		})
	}
}

func TestExactLines(t *testing.T) {
	got := written(t, jsonlog.Options{}, func(l *jsonlog.Log) {
		l.Access().Log(someEntry())
		_ = l.Audit(t.Context(), jsonlog.AuditEntry{Action: "CONFIG_CHANGED"})
	})
	want := `{"timestamp":"2026-11-22T07:09:10.011Z","service":"app","container_id":"host-1","request_method":"GET","request_url":"/things/42?limit=&q=","response_status":200,"response_time":12.345,"bytes_in":3,"bytes_out":1234,"route":"/things/:id","user":"` +
		key.User("7").String() + `","client_ip":"` + key.IP(netip.MustParseAddr("192.0.2.1")).String() + `","protocol":"HTTP/1.1","trace_id":"0af7651916cd43dd8448eb211c80319c","request_id":"r-1"}
{"timestamp":"2026-11-22T07:09:10.011Z","service":"app","container_id":"host-1","action":"CONFIG_CHANGED","user":"system","details":{}}
`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestRequestURLKeepsIDsOnly(t *testing.T) {
	for _, c := range []struct{ name, route, path, query, want string }{
		{"an id", "/api/v1/channels/:channel_id/messages", "/api/v1/channels/42/messages", "", "/api/v1/channels/42/messages"},
		{"braces", "/channels/{channel_id}", "/channels/42", "", "/channels/42"},
		{"a token", "/webhooks/:id/:token", "/webhooks/42/s3cret-token", "", "/webhooks/42/:token"},
		{"a literal", "/users/@me", "/users/@me", "", "/users/@me"},
		{"a mail for an id", "/users/:user_id", "/users/alice@example.org", "", "/users/:user_id"},
		{"the rest of a path", "/files/*path", "/files/alice/cv.pdf", "", "/files/*path"},
		{"too long for an id", "/users/:id", "/users/" + strings.Repeat("1", 40), "", "/users/:id"},
		{"values of the query", "/search", "/search", "q=alice&limit=5", "/search?q=&limit="},
		{"a query that is a value", "/search", "/search", "alice@example.org", "/search"},
		{"a name that is a value", "/search", "/search", "alice@example.org=1", "/search"},
		{"no route: plain words", "", "/wp-login.php", "a=b", "/wp-login.php?a="},
		{"no route: a mail", "", "/x/alice@example.org", "", "/x/*"},
		{"no route: a token", "", "/x/AbCdEf0123456789", "", "/x/*"},
		{"no route: a long word", "", "/" + strings.Repeat("a", 40), "", "/*"},
		{"root", "/", "/", "", "/"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := written(t, jsonlog.Options{}, func(l *jsonlog.Log) {
				l.Access().Log(jsonlog.AccessEntry{Route: c.route, Path: c.path, RawQuery: c.query})
			})
			if got := lines(t, text)[0]["request_url"]; got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestErrorLineTellsWhere(t *testing.T) {
	text := written(t, jsonlog.Options{}, func(l *jsonlog.Log) {
		l.Logger().With("component", "store").WithGroup("op").Error("failed", "error", io.ErrUnexpectedEOF)
	})
	line := lines(t, text)[0]
	stack, _ := line["stack_trace"].(string)
	if first, _, _ := strings.Cut(stack, "\n"); !strings.Contains(first, "TestErrorLineTellsWhere") {
		t.Errorf("the stack begins with %q", first)
	}
	ctx, _ := line["context"].(map[string]any)
	op, _ := ctx["op"].(map[string]any)
	if ctx["component"] != "store" || op["error"] != "unexpected EOF" {
		t.Errorf("context %v", ctx)
	}
	if source, _ := ctx["source"].(string); !strings.Contains(source, "log_test.go:") {
		t.Errorf("source %v of context %v", ctx["source"], ctx)
	}
}

func TestLevelsAndText(t *testing.T) {
	text := written(t, jsonlog.Options{Level: slog.LevelWarn, NoAccess: true}, emitEverything)
	if strings.Contains(text, "INFO") || strings.Contains(text, "request_method") || !strings.Contains(text, "CONFIG") && !strings.Contains(text, "USER_CREATED") {
		t.Errorf("level and access switch: %s", text)
	}
	text = written(t, jsonlog.Options{Text: true}, emitEverything)
	for _, part := range []string{"level=WARNING", "level=ERROR", " 200 GET /things/42?limit=&q= 12.35ms", "level=AUDIT action=USER_CREATED", "stream close 17 events"} {
		if !strings.Contains(text, part) {
			t.Errorf("text lacks %q:\n%s", part, text)
		}
	}
	for word, want := range map[string]bool{"debug": true, "info": true, "warning": true, "error": true, "warn": false, "": false} {
		if _, ok := jsonlog.ParseLevel(word); ok != want {
			t.Errorf("level %q: %v", word, ok)
		}
	}
}

func TestBadActionIsRefused(t *testing.T) {
	text := written(t, jsonlog.Options{}, func(l *jsonlog.Log) {
		for _, action := range []string{"", "user_created", "USER-CREATED", "_USER", "USER__X"} {
			if err := l.Audit(t.Context(), jsonlog.AuditEntry{Action: action}); !errors.Is(err, jsonlog.ErrBadAction) {
				t.Errorf("%q: %v", action, err)
			}
		}
	})
	if text != "" {
		t.Errorf("written: %s", text)
	}
}

func TestHostileTextStaysOneValidLine(t *testing.T) {
	e := someEntry()
	e.Method, e.RequestID, e.Reason, e.Stream = "G\"\n", "\x00\x7f\xff\u2028\\\"é"+strings.Repeat("é", 200), "r", "close"
	text := written(t, jsonlog.Options{}, func(l *jsonlog.Log) { l.Access().Log(e) })
	line := lines(t, text)[0]
	if id, _ := line["request_id"].(string); !strings.HasPrefix(id, "\x00\x7f\ufffd\u2028\\\"é") || len(id) > 140 {
		t.Errorf("request_id %q", id)
	}
	if strings.Count(text, "\n") != 1 || strings.Contains(text, "\u2028") {
		t.Errorf("more than one line: %q", text)
	}
}

func TestTooLongLineIsTold(t *testing.T) {
	text := written(t, jsonlog.Options{}, func(l *jsonlog.Log) {
		l.Logger().Info("long", "x", strings.Repeat("x", jsonlog.MaxLineBytes))
	})
	if len(text) > 1000 || lines(t, text)[0]["message"] != "log line left out: too long" {
		t.Errorf("%d bytes: %.200s", len(text), text)
	}
}

// gate is an output that lets nothing through until it is opened.
type gate struct {
	entered chan struct{} // one for each write that begins
	open    chan struct{}

	mu  sync.Mutex
	out bytes.Buffer
}

func newGate() *gate { return &gate{entered: make(chan struct{}, 1000), open: make(chan struct{})} }

func (g *gate) Write(b []byte) (int, error) {
	g.entered <- struct{}{}
	<-g.open
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.out.Write(b)
}

// TestFullQueue blocks the output and fills the queue: access and INFO lines are dropped and told of, audit, WARNING and
// ERROR lines wait and arrive.
func TestFullQueue(t *testing.T) { synctest.Test(t, testFullQueue) }

func testFullQueue(t *testing.T) {
	g := newGate()
	l := jsonlog.New(jsonlog.Options{Service: "app", ContainerID: "h", Output: g, QueueBytes: 1})
	l.Logger().Info("first")
	<-g.entered // the writer is stuck with it
	const many = 5000
	for range many {
		l.Access().Log(someEntry())
	}
	long := strings.Repeat("x", 2000) // longer than any room that is left
	l.Logger().Info("dropped", "x", long)
	dropped := l.Stats().Dropped
	if dropped == 0 || dropped > many {
		t.Fatalf("%d dropped of %d", dropped, many)
	}
	var waiting sync.WaitGroup
	waiting.Go(func() { // one after the other: the two share a handler, whose lock synctest.Wait would not see through
		l.Logger().Warn("kept warning", "x", long)
		l.Logger().Error("kept error")
	})
	waiting.Go(func() { _ = l.Audit(t.Context(), jsonlog.AuditEntry{Action: "KEPT", Reason: long}) })
	synctest.Wait() // they stand before the full queue
	close(g.open)
	waiting.Wait()
	if err := l.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	text := g.out.String()
	for _, part := range []string{"kept warning", "kept error", `"action":"KEPT"`, fmt.Sprintf(`"message":"log lines dropped: the output does not keep up","dropped":%d}`, dropped)} {
		if !strings.Contains(text, part) {
			t.Errorf("lacks %s", part)
		}
	}
	if strings.Contains(text, `"message":"dropped"`) {
		t.Error("an INFO line found room where there was none")
	}
	if s := l.Stats(); s.Dropped != dropped || s.Written != uint64(strings.Count(text, "\n")) || s.Failed != 0 {
		t.Errorf("stats %+v, %d lines", s, strings.Count(text, "\n"))
	}
	if err := l.Audit(t.Context(), jsonlog.AuditEntry{Action: "LATE"}); !errors.Is(err, jsonlog.ErrClosed) {
		t.Errorf("audit after close: %v", err)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestBrokenOutputIsCounted(t *testing.T) {
	l := jsonlog.New(jsonlog.Options{Output: broken{}})
	for range 10 {
		l.Logger().Warn("lost")
	}
	if err := l.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := l.Stats(); s.Failed != 10 || s.Written != 0 {
		t.Errorf("stats %+v", s)
	}
}

func TestCloseGivesUpWithItsContext(t *testing.T) {
	g := newGate()
	l := jsonlog.New(jsonlog.Options{Output: g})
	l.Logger().Info("stuck")
	<-g.entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("close: %v", err)
	}
	close(g.open)
}

func TestConcurrentLinesStayWhole(t *testing.T) {
	const writers, each = 8, 300
	text := written(t, jsonlog.Options{}, func(l *jsonlog.Log) {
		var wait sync.WaitGroup
		for range writers {
			wait.Go(func() {
				for range each {
					l.Access().Log(someEntry())
					l.Logger().Info("x")
				}
			})
		}
		wait.Wait()
	})
	if n := len(lines(t, text)); n != 2*writers*each {
		t.Errorf("%d lines, want %d", n, 2*writers*each)
	}
}

func BenchmarkAccess(b *testing.B) {
	l := jsonlog.New(jsonlog.Options{Service: "app", ContainerID: "host-1", Output: io.Discard})
	e := someEntry()
	b.ReportAllocs()
	for b.Loop() {
		e.User = key.User("417283462183612416") // the pseudonyms are part of the cost
		e.ClientIP = key.IP(netip.AddrFrom4([4]byte{192, 0, 2, 1}))
		l.Access().Log(e)
	}
	if err := l.Close(b.Context()); err != nil && b.Context().Err() == nil {
		b.Fatal(err)
	}
}

func BenchmarkAccessParallel(b *testing.B) {
	l := jsonlog.New(jsonlog.Options{Service: "app", ContainerID: "host-1", Output: io.Discard})
	e := someEntry()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			l.Access().Log(e)
		}
	})
	_ = l.Close(context.Background())
}
