// Package redistest starts real Redis servers for tests: on loopback, on a port of their own, with data in the test's
// folder, ended with the test. Where redis-server is not installed a test is skipped, unless BEEP_REQUIRE_SERVICES is set,
// as it is in CI: then it fails.
//
//	server := redistest.Start(t)
//	db := server.Open(t)
package redistest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/beep-chat/beep/internal/redisdb"
)

// Server is a running redis-server.
type Server struct {
	Port  int
	dir   string
	words []string // of the command line
	cmd   *exec.Cmd
	done  chan struct{}
}

// startTimeout is how long a server may take to answer.
const startTimeout = 10 * time.Second

// Start runs a server without persistence; args are added to its command line, for example "--appendonly", "yes".
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("BEEP_REQUIRE_SERVICES") != "" {
			t.Fatal("redis-server is not installed: make stack-up installs it")
		}
		t.Skip("redis-server is not installed: make stack-up installs it")
	}
	s := &Server{Port: freePort(t), dir: t.TempDir()}
	s.words = append([]string{"--bind", "127.0.0.1", "--port", strconv.Itoa(s.Port), "--save", "", "--appendonly", "no",
		"--dir", s.dir, "--daemonize", "no"}, args...)
	s.Run(t)
	t.Cleanup(s.Kill)
	return s
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// Addr is host:port.
func (s *Server) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port)) }

// Run starts the server again on its port, with what its data folder holds.
func (s *Server) Run(t testing.TB) {
	t.Helper()
	log, err := os.OpenFile(filepath.Join(s.dir, "redis.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	s.cmd = exec.Command("redis-server", s.words...)
	s.cmd.Stdout, s.cmd.Stderr = log, log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.done = make(chan struct{})
	go func(cmd *exec.Cmd, done chan struct{}) {
		_ = cmd.Wait()
		close(done)
	}(s.cmd, s.done)
	s.await(t)
}

func (s *Server) await(t testing.TB) {
	t.Helper()
	for begun := time.Now(); time.Since(begun) < startTimeout; time.Sleep(10 * time.Millisecond) {
		if answers(s.Addr()) {
			return
		}
	}
	text, _ := os.ReadFile(filepath.Join(s.dir, "redis.log"))
	t.Fatalf("redis-server did not answer at %s:\n%s", s.Addr(), text)
}

// answers tells whether a server there answers PING (an error answer counts: it is up).
func answers(addr string) bool {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return false
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	fmt.Fprint(conn, "PING\r\n")
	var b [1]byte
	_, err = conn.Read(b[:])
	return err == nil
}

// Kill ends the server like kill -9 and waits for its end. It may be called again.
func (s *Server) Kill() {
	_ = s.cmd.Process.Signal(syscall.SIGKILL)
	<-s.done
}

// LoseTail takes the last bytes off the append-only file of a killed server, as a power cut may. Call Run afterwards.
func (s *Server) LoseTail(t testing.TB, n int64) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(s.dir, "appendonlydir", "*.incr.aof"))
	if err != nil || len(files) != 1 {
		t.Fatalf("append-only files %q: %v", files, err)
	}
	info, err := os.Stat(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(files[0], max(info.Size()-n, 0)); err != nil {
		t.Fatal(err)
	}
}

// Stop freezes the server: it answers nobody, its connections stay open.
func (s *Server) Stop(t testing.TB) { s.signal(t, syscall.SIGSTOP) }

// Continue thaws a frozen server.
func (s *Server) Continue(t testing.TB) { s.signal(t, syscall.SIGCONT) }

func (s *Server) signal(t testing.TB, sig syscall.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}

// Open connects to the server; the connection ends with the test.
func (s *Server) Open(t testing.TB) *redisdb.DB {
	t.Helper()
	db, err := redisdb.Open(redisdb.Options{Addrs: []string{s.Addr()}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}
