package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/centrifugal/centrifuge"
)

// anchorCommand makes this binary serve the anchor, in a process of its own, so that its processor time is told apart.
const anchorCommand = "anchor-serve"

const (
	anchorAddress = "BENCH_ANCHOR_ADDRESS"
	anchorChannel = "bench"
)

// serveAnchor runs a Centrifuge node that publishes what is posted to /publish to everybody on /sse.
func serveAnchor() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	n, err := centrifuge.New(centrifuge.Config{})
	if err != nil {
		return err
	}
	n.OnConnecting(func(context.Context, centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
		return centrifuge.ConnectReply{Credentials: &centrifuge.Credentials{UserID: "listener"},
			Subscriptions: map[string]centrifuge.SubscribeOptions{anchorChannel: {}}}, nil
	})
	if err := n.Run(); err != nil {
		return err
	}
	defer func() { _ = n.Shutdown(context.Background()) }() // the process ends anyway
	mux := http.NewServeMux()
	mux.Handle("GET /sse", centrifuge.NewSSEHandler(n, centrifuge.SSEConfig{}))
	mux.HandleFunc("GET /ready", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST /publish", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
		if err == nil {
			_, err = n.Publish(anchorChannel, body)
		}
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, err.Error()) // the bench has gone
		}
	})
	l, err := net.Listen("tcp", os.Getenv(anchorAddress))
	if err != nil {
		return err
	}
	server := &http.Server{Handler: mux}
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// measureAnchor gives Centrifuge the load of the fan-out: as many streams, a JSON body of the size of our event, without a
// store, rules or rendering, so it is what fan-out alone costs.
func measureAnchor(ctx context.Context, b *bench) (err error) {
	addr, err := freeAddress()
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, self, anchorCommand)
	cmd.Env = append(os.Environ(), anchorAddress+"="+addr)
	p, _, err := launch(ctx, cmd, httpReady("http://"+addr+"/ready"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	before := p.rss()
	var c crowd
	path := "/sse?cf_connect=" + url.QueryEscape(`{"id":1,"connect":{}}`)
	if err := c.open(addr, b.audience, `"pub":`, func(int) (string, string) { return path, "" }); err != nil {
		c.close()
		return err
	}
	b.report.add("anchor", "memory of an idle stream", (p.rss()-before)/float64(b.audience), "KB", "RSS, one subscription")
	publisher, err := dial(addr)
	if err != nil {
		c.close()
		return err
	}
	defer publisher.Close()
	return b.fanout(ctx, "anchor", p, &c, func(text string) error {
		body, err := json.Marshal(likeOurs(text))
		if err != nil {
			return err
		}
		status, answer, err := publisher.do("POST", "/publish", "", body)
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("publish was answered %d %s", status, answer)
		}
		return err
	})
}

// likeOurs is a body with the fields and so the size of message.created.
func likeOurs(text string) any {
	const id = "1573963347223642113"
	return map[string]any{"v": 1, "id": id, "type": "message.created", "server_id": id, "channel_id": id, "actor_id": id,
		"at": "2026-01-01T00:00:00.000Z", "message": map[string]any{"id": id, "channel_id": id, "server_id": id, "type": "message",
			"author":  map[string]any{"id": id, "username": "member0", "display_name": "Bench member0", "avatar_url": nil},
			"content": text, "html": "<p>" + text + "</p>", "mentions": map[string]any{"users": []string{}, "roles": []string{}, "channels": []string{}, "everyone": false},
			"reply_to": nil, "attachments": []string{}, "embeds": []string{}, "reactions": []string{}, "pinned": false, "flags": 0,
			"created_at": "2026-01-01T00:00:00.000Z", "edited_at": nil, "version": 1}}
}
