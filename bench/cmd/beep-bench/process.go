package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	startLimit = 60 * time.Second // a node with a million messages, cold, or one that makes all tables
	stopLimit  = 20 * time.Second
	ticks      = 100 // of /proc/PID/stat a second, on every Linux
)

// process is a child: a Beep, a Redis or the anchor.
type process struct {
	cmd   *exec.Cmd
	log   *tail
	ended chan error
	addr  string // of its public listener
	admin string
}

// tail keeps the end of what a process said, for when it fails.
type tail struct{ bytes.Buffer }

func (t *tail) Write(p []byte) (int, error) {
	if t.Len() > 64<<10 {
		t.Next(t.Len() / 2)
	}
	return t.Buffer.Write(p)
}

// freeAddress finds a port of this machine that is free now.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// httpReady asks an address for 200.
func httpReady(url string) func(context.Context) bool {
	client := &http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	return func(ctx context.Context) bool {
		ask, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return false
		}
		answer, err := client.Do(ask)
		if err != nil {
			return false
		}
		_ = answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	}
}

// launch starts a command and asks until it is ready.
func launch(ctx context.Context, cmd *exec.Cmd, ready func(context.Context) bool) (*process, time.Duration, error) {
	p := &process{cmd: cmd, log: &tail{}, ended: make(chan error, 1)}
	cmd.Stderr = p.log
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopLimit
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, 0, err
	}
	go func() { p.ended <- cmd.Wait() }()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(startLimit)
	for {
		if ready(ctx) {
			return p, time.Since(began), nil
		}
		select {
		case err := <-p.ended:
			return nil, 0, fmt.Errorf("%s ended at once: %w\n%s", cmd.Path, err, p.log)
		case <-ctx.Done():
			return nil, 0, errors.Join(ctx.Err(), p.stop())
		case <-limit:
			return nil, 0, errors.Join(errors.New("it did not become ready"), p.stop())
		case <-tick.C:
		}
	}
}

// stop ends the process, by force when it does not end by itself.
func (p *process) stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case err := <-p.ended:
		return err
	case <-time.After(stopLimit):
		return errors.Join(errors.New("it did not stop in time"), p.cmd.Process.Kill())
	}
}

// cpu is the processor time the process has used.
func (p *process) cpu() time.Duration { return cpuOf(p.cmd.Process.Pid) }

func cpuOf(pid int) time.Duration {
	text := line(fmt.Sprintf("/proc/%d/stat", pid))
	_, after, _ := strings.Cut(text, ") ") // the name before may hold spaces
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * time.Second / ticks
}

// ownCPU is the processor time of the load generator.
func ownCPU() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// usage is the processor time of both sides and of the whole machine at a moment.
type usage struct {
	at                time.Time
	node, own, system time.Duration
}

func (p *process) usage() usage {
	return usage{time.Now(), p.cpu(), ownCPU(), systemCPU()}
}

// systemCPU is the time all processors were busy with anything; idle and waiting for the disk are not.
func systemCPU() time.Duration {
	var busy int64
	for i, f := range strings.Fields(line("/proc/stat")) {
		if n, err := strconv.ParseInt(f, 10, 64); err == nil && i != 4 && i != 5 && i < 9 {
			busy += n
		}
	}
	return time.Duration(busy) * time.Second / ticks
}

// rss is the resident memory in KB.
func (p *process) rss() float64 {
	value, _, _ := strings.Cut(field(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid), "VmRSS"), " ")
	kb, _ := strconv.ParseFloat(value, 64)
	return kb
}

// checkout is the folder of the sources that are measured.
func checkout(ctx context.Context) (string, error) {
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/beep-chat/beep").Output()
	if err != nil {
		return "", fmt.Errorf("find the checkout: %w; run this in bench/ or name a binary with -beep", err)
	}
	return strings.TrimSpace(string(root)), nil
}

// build makes a binary of this checkout.
func build(ctx context.Context, into string) (string, error) {
	root, err := checkout(ctx)
	if err != nil {
		return "", err
	}
	binary := filepath.Join(into, "beep")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/beep")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build beep: %w\n%s", err, out)
	}
	return binary, nil
}
