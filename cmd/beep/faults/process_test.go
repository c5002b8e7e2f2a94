package faults

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// built is the binary, made once for all tests.
var built struct {
	once sync.Once
	dir  string
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

func binary(t testing.TB) string {
	t.Helper()
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "beep-faults"); built.err != nil {
			return
		}
		out, err := exec.Command("go", "build", "-buildvcs=false", "-o", filepath.Join(built.dir, "beep"), "..").CombinedOutput()
		if err != nil {
			built.err = fmt.Errorf("build: %w\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return filepath.Join(built.dir, "beep")
}

// process is a node with its data folder and the port it is started on again and again.
type process struct {
	t       testing.TB
	name    string
	binary  string
	env     []string
	address string
	log     string // file
	cmd     *exec.Cmd
	ended   chan struct{}
}

func newProcess(t testing.TB, name string, env []string) *process {
	t.Helper()
	address := freeAddress(t)
	p := &process{t: t, name: name, binary: binary(t), address: address, log: filepath.Join(t.TempDir(), name+".log")}
	p.env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "BEEP_DATA_DIR=" + t.TempDir(),
		"BEEP_HTTP_LISTEN=" + address, "BEEP_ADMIN_LISTEN=" + freeAddress(t), "BEEP_LOG_ACCESS=false", "BEEP_LOG_LEVEL=info",
		"BEEP_STREAM_HEARTBEAT=" + heartbeat.String()}, env...)
	for _, rate := range []string{"MESSAGE", "REQUEST", "REGISTER", "LOGIN", "CREATE", "JOIN"} {
		p.env = append(p.env, "BEEP_LIMITS_"+rate+"_RATE=0")
	}
	p.env = append(p.env, "BEEP_LIMITS_STREAMS_PER_USER=1000", "BEEP_LIMITS_STREAMS_PER_ADDRESS=0")
	t.Cleanup(func() {
		p.end()
		if t.Failed() {
			t.Logf("the end of the log of %s:\n%s", p.name, p.tail())
		}
	})
	return p
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// launch starts the process and does not wait for it.
func (p *process) launch() {
	p.t.Helper()
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		p.t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command(p.binary, "serve")
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = p.env, p.t.TempDir(), log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { // ends with the process
		_ = cmd.Wait()
		close(ended)
	}()
	p.cmd, p.ended = cmd, ended
}

// start starts the process and waits until its port answers; it gives that moment.
func (p *process) start() time.Time {
	p.t.Helper()
	p.launch()
	return p.awaitPort()
}

func (p *process) awaitPort() time.Time {
	p.t.Helper()
	client := http.Client{Timeout: time.Second}
	for begun := time.Now(); time.Since(begun) < patience; time.Sleep(20 * time.Millisecond) {
		if answer, err := client.Get("http://" + p.address + "/api/v1/instance"); err == nil {
			_ = answer.Body.Close()
			return time.Now()
		}
		select {
		case <-p.ended:
			p.t.Fatalf("%s ended at its start:\n%s", p.name, p.tail())
		default:
		}
	}
	p.t.Fatalf("%s did not start:\n%s", p.name, p.tail())
	return time.Time{}
}

// kill is kill -9.
func (p *process) kill() {
	p.t.Helper()
	select {
	case <-p.ended:
		p.t.Fatalf("%s ended by itself:\n%s", p.name, p.tail())
	default:
	}
	p.end()
}

func (p *process) end() {
	if p.cmd != nil {
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// freeze stops the process without its knowing; thaw lets it go on.
func (p *process) freeze() { p.signal(syscall.SIGSTOP) }
func (p *process) thaw()   { p.signal(syscall.SIGCONT) }

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatalf("%v to %s: %v", s, p.name, err)
	}
}

// awaitEnd waits until the process ends by itself, with some last words.
func (p *process) awaitEnd(words string) {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Fatalf("%s goes on:\n%s", p.name, p.tail())
	}
	if tail := p.tail(); !strings.Contains(tail, words) {
		p.t.Errorf("%s ended without %q:\n%s", p.name, words, tail)
	}
}

// alive tells whether the process runs.
func (p *process) alive() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

func (p *process) tail() string {
	const lines = 40
	text, _ := os.ReadFile(p.log)
	all := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	return strings.TrimSpace(string(bytes.Join(all[max(0, len(all)-lines):], []byte("\n"))))
}
