package realtime

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/beep-chat/beep/core"
)

func TestLimitsAreExact(t *testing.T) {
	for _, c := range []struct {
		name    string
		tune    func(*Options)
		request func(n int) StreamRequest
		limit   int
		code    core.Code
	}{
		{"a person", func(o *Options) { o.StreamsPerUser = 8 },
			func(n int) StreamRequest { return StreamRequest{User: 7, Address: fmt.Sprint(n)} }, 8, core.CodeTooManyStreams},
		{"an address", func(o *Options) { o.StreamsPerAddress = 30 },
			func(n int) StreamRequest { return StreamRequest{User: core.UserID(n + 1), Address: "::1"} }, 30, core.CodeTooManyStreams},
		{"connects a second", func(o *Options) { o.ConnectRate = core.Rate{Count: 20, Per: time.Second} },
			func(n int) StreamRequest { return StreamRequest{User: core.UserID(n + 1)} }, 20, core.CodeBusy},
		{"none", nil, func(int) StreamRequest { return StreamRequest{User: 7} }, 100, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, c.tune)
				clients := make([]*client, 100)
				var wg sync.WaitGroup
				for i := range clients {
					wg.Go(func() { clients[i] = r.connect(c.request(i)) })
				}
				wg.Wait()
				open := 0
				for _, client := range clients {
					if !client.ended() {
						open++
						continue
					}
					if core.CodeOf(client.err) != c.code || len(client.raw) > 0 {
						t.Errorf("refused with %v after %q", client.err, client.raw)
					}
				}
				if open != c.limit || r.hub.Stats().Streams != c.limit {
					t.Errorf("%d streams, want %d", open, c.limit)
				}
			})
		})
	}
}

func TestLimitSaysWhatItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(o *Options) {
			o.StreamsPerUser = 1
			o.ConnectRate = core.Rate{Count: 2, Per: time.Second}
		})
		first := r.connect(StreamRequest{User: 7})
		synctest.Wait()
		refused := func(user core.UserID) *core.Error {
			var err *core.Error
			if !errors.As(r.hub.Serve(context.Background(), StreamRequest{User: user}, nil), &err) {
				t.Fatal("not refused with an error of the catalogue")
			}
			return err
		}
		if err := refused(7); err.Params["limit"] != 1 {
			t.Errorf("params %v", err.Params)
		}
		r.connect(StreamRequest{User: 8})
		synctest.Wait()
		if err := refused(9); err.Code != core.CodeBusy || err.Params["retry_after_ms"] != int64(500) {
			t.Errorf("%v, params %v", err, err.Params)
		}
		time.Sleep(500 * time.Millisecond)
		first.leave()
		if c := r.connect(StreamRequest{User: 7}); c.ended() {
			t.Errorf("the place is not free again: %v", c.err)
		}
		if n := len(r.hub.index.users); n != 2 {
			t.Errorf("%d people are known", n)
		}
	})
}

func TestNothingIsLeftOfAStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		for server := range core.ServerID(50) {
			r.world.set(server+1, 7, true)
		}
		for range 3 {
			a, b := r.connect(StreamRequest{User: 7, Address: "::1"}), r.connect(StreamRequest{User: 7, Address: "::1"})
			synctest.Wait()
			if n := len(r.hub.index.servers); n != 50 {
				t.Errorf("the index knows %d servers", n)
			}
			a.leave()
			b.leave()
		}
		h := r.hub
		if len(h.index.servers)+len(h.index.users)+len(h.streams)+len(h.addresses) != 0 {
			t.Errorf("left: %v %v %v %v", h.index.servers, h.index.users, h.streams, h.addresses)
		}
		if r.world.loads < 3 || r.world.loads > 6 {
			t.Errorf("%d loads for 6 streams", r.world.loads)
		}
	})
}

func TestWindowIsBounded(t *testing.T) {
	now := time.UnixMilli(1_790_000_000_000)
	entryAt := func(p uint64, at time.Time) *entry {
		return newEntry("e", core.LoggedEvent{Position: p, Event: core.Event{ID: core.EventID(p), Type: "x", At: at, Data: make([]byte, 1000)}})
	}
	for _, c := range []struct {
		name   string
		window Window
		max    int
	}{
		{"events", Window{Events: 100}, 100},
		{"bytes", Window{Bytes: 123_000}, 100},
		{"age", Window{Age: 10 * time.Second}, 11},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRing("e", 0, c.window.orDefault())
			for p := range uint64(5000) {
				at := now.Add(time.Duration(p) * time.Second)
				r.add([]*entry{entryAt(p+1, at)}, at)
			}
			events, bytes := r.size()
			if events > c.max || events < c.max-3 || bytes > events*1300 || len(r.ids) != events || len(r.entries) > 2200 {
				t.Errorf("%d events, %d bytes, %d ids, %d slots", events, bytes, len(r.ids), len(r.entries))
			}
			if _, ok := r.after(5000-uint64(events)-1, 7, nil); ok {
				t.Error("reads what is gone")
			}
			got, ok := r.after(5000-uint64(events), 7, nil)
			if !ok || len(got) != min(7, events) || got[0].position != 5000-uint64(events)+1 {
				t.Errorf("read %d, %v", len(got), ok)
			}
		})
	}
}
