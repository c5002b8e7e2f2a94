package node_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/beep-chat/beep/cmd/beep/node"
	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/identity/local"
)

// BenchmarkSend is the CPU of one send through the whole node, without network and disk: 64 senders, 16 channels.
func BenchmarkSend(b *testing.B) {
	limits := core.DefaultLimits()
	limits.RequestRate, limits.RegisterRate, limits.CreateRate = core.Rate{}, core.Rate{}, core.Rate{}
	limits.MessageRate = core.Rate{Count: 1_000_000, Per: core.DefaultLimits().MessageRate.Per} // asked, never met
	n, err := node.Open(b.Context(), node.Options{DataDir: "bench", FS: vfs.NewMem(), Limits: limits,
		Hasher: local.HasherOptions{MemoryKiB: 64, Time: 1}})
	if err != nil {
		b.Fatal(err)
	}
	defer n.Close(context.Background())
	token, channels := benchWorld(b, n.Handler())
	body := func(i int64) []byte {
		return []byte(`{"content":"have you tried apt-get install -f after editing **sources.list**? it worked for me, ` + strconv.FormatInt(i, 10) + `","nonce":"n` + strconv.FormatInt(i, 10) + `"}`)
	}
	var next atomic.Int64
	b.SetParallelism(32)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := next.Add(1)
			req := httptest.NewRequest("POST", "/api/v1/channels/"+channels[i%int64(len(channels))]+"/messages", bytes.NewReader(body(i)))
			req.Header.Set("Authorization", "Bearer "+token)
			req.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			n.Handler().ServeHTTP(w, req)
			if w.Code != http.StatusCreated {
				b.Errorf("%d: %s", w.Code, w.Body)
				return
			}
		}
	})
}

func benchWorld(b *testing.B, h http.Handler) (token string, channels []string) {
	b.Helper()
	call := func(path, body string) map[string]any {
		req := httptest.NewRequest("POST", "/api/v1"+path, bytes.NewReader([]byte(body)))
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+token)
		if token == "" {
			req.Header.Del("Authorization")
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		if w.Code != http.StatusCreated {
			b.Fatalf("%s: %d %s", path, w.Code, w.Body)
		}
		var out map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			b.Fatal(err)
		}
		return out
	}
	token = fmt.Sprint(call("/auth/register", `{"first_name":"A","last_name":"B","username":"ann","email":"a@example.org","password":"correct horse battery"}`)["access_token"])
	server := fmt.Sprint(call("/servers", `{"name":"bench","visibility":"public"}`)["id"])
	for i := range 16 {
		channels = append(channels, fmt.Sprint(call("/servers/"+server+"/channels", fmt.Sprintf(`{"name":"c%d","type":"text"}`, i))["id"]))
	}
	return token, channels
}

// BenchmarkSendHTTP is a durable send as clients see it: over loopback, synced to the disk, 64 senders at once. The load
// generator shares the processors with the node.
func BenchmarkSendHTTP(b *testing.B) {
	limits := core.DefaultLimits()
	limits.RequestRate, limits.RegisterRate, limits.CreateRate = core.Rate{}, core.Rate{}, core.Rate{}
	limits.MessageRate = core.Rate{Count: 1_000_000, Per: core.DefaultLimits().MessageRate.Per}
	n, err := node.Open(b.Context(), node.Options{DataDir: b.TempDir(), Limits: limits, Hasher: local.HasherOptions{MemoryKiB: 64, Time: 1}})
	if err != nil {
		b.Fatal(err)
	}
	defer n.Close(context.Background())
	token, channels := benchWorld(b, n.Handler())
	srv := httptest.NewServer(n.Handler())
	defer srv.Close()
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	defer transport.CloseIdleConnections()
	var next atomic.Int64
	b.SetParallelism(32)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := next.Add(1)
			body := []byte(`{"content":"have you tried apt-get install -f after editing **sources.list**? it worked for me, ` + strconv.FormatInt(i, 10) + `","nonce":"n` + strconv.FormatInt(i, 10) + `"}`)
			req, _ := http.NewRequest("POST", srv.URL+"/api/v1/channels/"+channels[i%int64(len(channels))]+"/messages", bytes.NewReader(body))
			req.Header.Set("Authorization", "Bearer "+token)
			req.Header.Set("Content-Type", "application/json")
			resp, err := transport.RoundTrip(req)
			if err != nil {
				b.Error(err)
				return
			}
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			if resp.StatusCode != http.StatusCreated {
				b.Errorf("status %d", resp.StatusCode)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sends/s")
}
