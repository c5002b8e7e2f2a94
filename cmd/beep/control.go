package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/beep-chat/beep/cmd/beep/node"
	"github.com/beep-chat/beep/core"
)

// controlSocket is where a running node takes orders from the operator's commands, in data_dir. Whoever may open the file
// (mode 0600: the user Beep runs as, and root) owns the data anyway, so it asks for no password.
const controlSocket = "control.sock"

// maxSocketPath is what the systems Beep runs on allow for a socket's path.
const maxSocketPath = 100

// control serves the operator's commands on a running node.
type control struct {
	server *http.Server
	path   string
}

func openControl(dataDir string, n *node.Node, logger *slog.Logger) (*control, error) {
	path := filepath.Join(dataDir, controlSocket)
	if len(path) > maxSocketPath {
		logger.Warn("no control socket: the path of data_dir is too long; operator commands need the node to be stopped", "limit", maxSocketPath)
		return nil, nil
	}
	// The data folder is ours alone (its lock is held), so a socket that is there is a leftover.
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	c := &control{path: path, server: &http.Server{Handler: controlHandler(n), ReadHeaderTimeout: 5 * time.Second}}
	go func() {
		if err := c.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			logger.Error("control socket ended", "error", err)
		}
	}()
	return c, nil
}

func (c *control) close() error {
	if c == nil {
		return nil
	}
	return c.server.Close()
}

// order is the body of an operator's command.
type order struct {
	Login    string            `json:"login,omitempty"`
	Password string            `json:"password,omitempty"`
	Role     core.PlatformRole `json:"role,omitempty"`
	Dir      string            `json:"dir,omitempty"`
}

// orders are what operators can have done, by path.
func orders(n *node.Node) map[string]func(context.Context, order) error {
	return map[string]func(context.Context, order) error{
		"/user/reset-password": func(ctx context.Context, o order) error { return n.Accounts.ResetPassword(ctx, o.Login, o.Password) },
		"/user/grant":          func(ctx context.Context, o order) error { return n.Accounts.Grant(ctx, o.Login, o.Role) },
		"/user/validate":       func(ctx context.Context, o order) error { return n.Accounts.Validate(ctx, o.Login) },
		"/checkpoint": func(_ context.Context, o order) error {
			if n.Engine == nil {
				return errors.New("this node keeps its data in a cluster: back the cluster up with its own snapshots (docs/operators/cluster.md)")
			}
			return n.Engine.Checkpoint(o.Dir)
		},
	}
}

func controlHandler(n *node.Node) http.Handler {
	mux := http.NewServeMux()
	for path, do := range orders(n) {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			var o order
			if err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&o); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			if err := do(r.Context(), o); err != nil {
				http.Error(w, explain(err), http.StatusUnprocessableEntity)
				return
			}
			w.WriteHeader(http.StatusNoContent)
		})
	}
	return mux
}

// command has an order carried out: by the running node of the data folder, or, when none runs, by opening the folder.
func command(ctx context.Context, cfg Config, path string, o order) error {
	done, err := askRunning(ctx, cfg, path, o)
	if done {
		return err
	}
	if _, err := os.Stat(filepath.Join(cfg.DataDir, "store")); err != nil && cfg.Store.Engine == engineEmbedded {
		return fmt.Errorf("there is no Beep data in %s; say where it is with BEEP_DATA_DIR or --config", cfg.DataDir)
	}
	options, err := nodeOptions(cfg)
	if err != nil {
		return err
	}
	n, err := node.Open(ctx, options)
	if err != nil {
		return err
	}
	if err := orders(n)[path](ctx, o); err != nil {
		return errors.Join(errors.New(explain(err)), n.Close(ctx))
	}
	return n.Close(ctx)
}

// askRunning hands an order to the running node; done is false when there is none.
func askRunning(ctx context.Context, cfg Config, path string, o order) (done bool, err error) {
	socket := filepath.Join(cfg.DataDir, controlSocket)
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}}
	body, err := json.Marshal(o)
	if err != nil {
		return true, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://beep"+path, bytes.NewReader(body))
	if err != nil {
		return true, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return false, nil // nobody listens: a leftover socket, or none
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusNoContent {
		return true, nil
	}
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
	return true, errors.New(string(bytes.TrimSpace(text)))
}
