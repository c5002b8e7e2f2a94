// Package stack_test holds the scripts of this folder to what they promise: one stack however often it is started, and never
// a signal to a process they did not start.
package stack_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// stack is a stack of the test's own: a folder, addresses and a port that nothing else uses.
type stack struct {
	t    *testing.T
	dir  string
	port int
	env  []string
}

const testNet = "127.1.252"

func newStack(t *testing.T, env ...string) *stack {
	t.Helper()
	s := &stack{t: t, dir: t.TempDir(), port: freePort(t)}
	s.env = append(s.env, "STACK_DIR="+s.dir, "STACK_NET="+testNet, "STACK_REDIS_PORT="+strconv.Itoa(s.port))
	s.env = append(s.env, env...)
	t.Cleanup(func() { s.ok("down", "--wipe") })
	return s
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", testNet+".1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func needRedis(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err == nil {
		return
	}
	if os.Getenv("BEEP_REQUIRE_SERVICES") != "" {
		t.Fatal("redis-server is not installed: make stack-up installs it")
	}
	t.Skip("redis-server is not installed: make stack-up installs it")
}

// run calls the script; a call that hangs, for example on a lock that a server inherited, is cut off.
func (s *stack) run(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "./stack", args...)
	cmd.WaitDelay = time.Second
	cmd.Env = append(clean(os.Environ()), s.env...)
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		err = fmt.Errorf("hangs: %w", ctx.Err())
	}
	return string(out), err
}

// clean drops settings of the shell that runs the tests.
func clean(env []string) []string {
	var out []string
	for _, e := range env {
		if !strings.HasPrefix(e, "STACK") && !strings.HasPrefix(e, "BEEP_CQL") && !strings.HasPrefix(e, "CLUSTER_") {
			out = append(out, e)
		}
	}
	return out
}

func (s *stack) ok(args ...string) string {
	s.t.Helper()
	out, err := s.run(args...)
	if err != nil {
		s.t.Fatalf("stack %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// fails wants a failure that says each of words.
func (s *stack) fails(command string, words ...string) {
	s.t.Helper()
	out, err := s.run(strings.Fields(command)...)
	if err == nil {
		s.t.Errorf("stack %s worked:\n%s", command, out)
	}
	for _, w := range words {
		if !strings.Contains(out, w) {
			s.t.Errorf("stack %s does not say %q:\n%s", command, w, out)
		}
	}
}

func (s *stack) pidFile() string { return filepath.Join(s.dir, "run", "redis.pid") }

func (s *stack) pid() string {
	s.t.Helper()
	text, err := os.ReadFile(s.pidFile())
	if err != nil {
		s.t.Fatal(err)
	}
	pid, _, _ := strings.Cut(string(text), " ")
	return pid
}

func runs(pid string) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

func TestStartTwiceIsOneServer(t *testing.T) {
	needRedis(t)
	s := newStack(t)
	s.fails("env", "make stack-up")
	s.ok("redis", "start")
	pid := s.pid()
	s.ok("redis", "start")
	if s.pid() != pid {
		t.Error("a second start made a second server")
	}
	if out := s.ok("env"); !strings.Contains(out, fmt.Sprintf("export BEEP_REDIS_ADDRS=%s.1:%d\n", testNet, s.port)) ||
		!strings.Contains(out, "export BEEP_CQL_HOSTS="+testNet+".1\n") || !strings.Contains(out, "export BEEP_CQL_REPLICATION=1\n") {
		t.Errorf("env:\n%s", out)
	}
	if out, err := s.run("status"); err == nil || !strings.Contains(out, pid) || !strings.Contains(out, "cassandra-1") {
		t.Errorf("status with Cassandra down: %v\n%s", err, out)
	}
	s.ok("down", "--wipe")
	if runs(pid) {
		t.Error("down left the server")
	}
	if _, err := os.Stat(filepath.Join(s.dir, "data")); !os.IsNotExist(err) {
		t.Errorf("data after down --wipe: %v", err)
	}
}

func TestRedisIsHurt(t *testing.T) {
	needRedis(t)
	s := newStack(t)
	s.fails("redis pause", "stack redis start")
	s.ok("redis", "start")
	first := s.pid()
	s.ok("redis", "pause")
	s.fails("status", "paused: stack redis resume")
	s.fails("redis start", "stack redis resume")
	s.ok("redis", "resume")
	s.ok("redis", "start")
	s.ok("redis", "kill")
	if runs(first) {
		t.Error("kill left the server")
	}
	s.fails("env", "no stack runs")
	s.ok("redis", "start")
	s.ok("redis", "pause")
	second := s.pid()
	if out := s.ok("redis", "stop"); strings.Contains(out, "killing it") {
		t.Errorf("a frozen server was not woken to end by itself:\n%s", out)
	}
	if first == second || runs(second) {
		t.Errorf("servers %s and %s; the second runs: %v", first, second, runs(second))
	}
}

// A pid file may outlive its process, and the number may be another's by now.
func TestPidOfAnotherProcessIsLeftAlone(t *testing.T) {
	other := exec.Command("sleep", "600")
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = other.Process.Kill()
		_ = other.Wait()
	}()
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		t.Fatal(err)
	}
	pid := strconv.Itoa(other.Process.Pid)
	for name, born := range map[string]string{"other time": "1 " + strings.TrimSpace(string(boot)), "other boot": born(t, pid) + " 0000", "nothing": ""} {
		s := newStack(t)
		if err := os.MkdirAll(filepath.Dir(s.pidFile()), 0o755); err != nil {
			t.Fatal(err)
		}
		for _, verb := range []string{"kill", "stop"} {
			write(t, s.pidFile(), pid+" "+born+"\n")
			s.ok("redis", verb)
		}
		write(t, s.pidFile(), pid+" "+born+"\n")
		s.fails("redis pause", "does not run")
		s.ok("down")
		if !runs(pid) {
			t.Fatalf("%s: a process the stack did not start was ended", name)
		}
	}
}

// A server may have ended before its pid file could say when it began.
func TestServerThatEndedBeforeItWasOwned(t *testing.T) {
	ended := exec.Command("true")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	s := newStack(t)
	if err := os.MkdirAll(filepath.Dir(s.pidFile()), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, s.pidFile(), fmt.Sprintf("%d \n", ended.Process.Pid))
	s.fails("redis pause", "does not run")
	if out := s.ok("redis", "stop"); strings.Contains(out, "killing it") {
		t.Errorf("waited for a process that had ended:\n%s", out)
	}
}

// born is when a process began, in ticks since the boot.
func born(t *testing.T, pid string) string {
	t.Helper()
	stat, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
	if err != nil {
		t.Fatal(err)
	}
	_, fields, _ := strings.Cut(string(stat), ") ")
	return strings.Fields(fields)[19]
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o755); err != nil { //nolint:gosec // some are scripts
		t.Fatal(err)
	}
}

func TestForeignServerIsReported(t *testing.T) {
	needRedis(t)
	s := newStack(t)
	foreign, err := net.Listen("tcp", fmt.Sprintf("%s.1:%d", testNet, s.port))
	if err != nil {
		t.Fatal(err)
	}
	defer foreign.Close()
	s.fails("redis start", "in use by a server that this stack did not start", "STACK_NET=127.0.1")
	if _, err := os.Stat(s.pidFile()); !os.IsNotExist(err) {
		t.Errorf("a pid file for a foreign server: %v", err)
	}
	s.ok("down")
	if conn, err := net.Dial("tcp", foreign.Addr().String()); err != nil {
		t.Errorf("the foreign server was ended: %v", err)
	} else {
		conn.Close()
	}
}

// A folder whose pid files were removed, by a clean for example, still knows its servers.
func TestLostServerIsFoundAgain(t *testing.T) {
	needRedis(t)
	s := newStack(t)
	s.ok("redis", "start")
	pid := s.pid()
	remove := func() {
		if err := os.RemoveAll(filepath.Join(s.dir, "run")); err != nil {
			t.Fatal(err)
		}
	}
	remove()
	s.ok("redis", "start")
	if s.pid() != pid {
		t.Error("a second server was started")
	}
	remove()
	s.ok("down")
	if runs(pid) {
		t.Error("down left a server of its folder")
	}
}

func TestRunningStackKeepsItsSettings(t *testing.T) {
	needRedis(t)
	s := newStack(t)
	s.ok("redis", "start")
	port := strconv.Itoa(s.port)
	s.env = []string{"STACK_DIR=" + s.dir, "STACK_REDIS_PORT=1"}
	s.fails("up", "runs with STACK_REDIS_PORT="+port, "stack down")
	for range 2 { // with another port in the environment, and with nothing in it
		if out := s.ok("env"); !strings.Contains(out, ".1:"+port+"\n") {
			t.Errorf("env is not that of the running stack:\n%s", out)
		}
		s.env = s.env[:1]
	}
}

func TestSettingsAreChecked(t *testing.T) {
	for setting, word := range map[string]string{
		"STACK=two": "ring", "STACK_NET=10.0.0": "loopback", "STACK_REDIS_PORT=0": "1 to 65535", "STACK_CQL_PORT=70000": "1 to 65535",
		"STACK_DURABLE=yes": "STACK_DURABLE", "STACK_HEAP=1 G": "512m", "STACK_DIR=/tmp/a b": "space",
	} {
		(&stack{t: t, env: []string{"STACK_DIR=" + t.TempDir(), setting}}).fails("status", word)
	}
	s := &stack{t: t, env: []string{"STACK_DIR=" + t.TempDir(), "STACK_LIB=/nonexistent"}}
	s.fails("check cassandra", "make stack-up")
	s.fails("check postgres", "there are: cassandra redis")
	s.fails("cassandra kill 2", "1 to 1", "STACK=ring")
	s.fails("cassandra break 1", "start, stop, kill, pause or resume")
	s.fails("dwon", "unknown command")
	if out := s.ok("--help"); !strings.Contains(out, "stack up") {
		t.Errorf("help:\n%s", out)
	}
}

// A server that ends, or never answers, is a failure that shows its log, and nothing is left of it.
func TestServerThatDoesNotStart(t *testing.T) {
	for name, c := range map[string]struct{ script, word string }{
		"ends":   {"#!/bin/sh\necho cannot read the moon; exit 1\n", "ended while it was starting"},
		"silent": {"#!/bin/sh\necho cannot read the moon; exec sleep 600\n", "did not answer within 1 s"},
	} {
		t.Run(name, func(t *testing.T) {
			bin := t.TempDir()
			write(t, filepath.Join(bin, "redis-server"), c.script)
			s := newStack(t, "PATH="+bin+":"+os.Getenv("PATH"), "STACK_TIMEOUT=1")
			s.fails("redis start", c.word, "cannot read the moon", "redis.log")
			if _, err := os.Stat(s.pidFile()); !os.IsNotExist(err) {
				t.Errorf("its pid file: %v", err)
			}
		})
	}
}

// Servers end with `down`, not with a terminal: they are in sessions of their own.
func TestServerOutlivesItsTerminal(t *testing.T) {
	needRedis(t)
	s := newStack(t)
	s.ok("redis", "start")
	pid, _ := strconv.Atoi(s.pid())
	if group, err := syscall.Getpgid(pid); err != nil || group != pid {
		t.Errorf("the server %d is in the process group %d: %v", pid, group, err)
	}
}

func TestScriptsAreClean(t *testing.T) {
	scripts := []string{"stack", "cassandra-node", "run-cluster"}
	if _, err := exec.LookPath("shellcheck"); err == nil {
		if out, err := exec.Command("shellcheck", append([]string{"-x", "-a"}, scripts...)...).CombinedOutput(); err != nil {
			t.Errorf("shellcheck: %v\n%s", err, out)
		}
		return
	}
	libs, _ := filepath.Glob("lib/*.sh")
	for _, script := range append(scripts, libs...) {
		if out, err := exec.Command("bash", "-n", script).CombinedOutput(); err != nil {
			t.Errorf("%s: %s", script, out)
		}
	}
}

// What a node promises is decided by how it is started: durable ones sync each write, and the others never.
func TestProfilesOfCassandra(t *testing.T) {
	jdk, lib, pom := t.TempDir(), t.TempDir(), read(t, "pom.xml")
	_, version, _ := strings.Cut(pom, "<cassandra.version>")
	version, _, _ = strings.Cut(version, "<")
	write(t, filepath.Join(lib, "cassandra-all-"+version+".jar"), "")
	if err := os.Mkdir(filepath.Join(jdk, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(jdk, "bin", "java"), "#!/bin/sh\n[ \"$1\" != -version ] || { echo 'openjdk version \"17.0.1\"'; exit; }\necho \"$@\"\n")
	for durable, c := range map[string]struct {
		skips bool
		sync  string
	}{"1": {false, "commitlog_sync: batch\n"}, "0": {true, "commitlog_sync: periodic\n"}} {
		folder := t.TempDir()
		cmd := exec.Command("./cassandra-node", "2", "3", testNet, folder)
		cmd.Env = append(clean(os.Environ()), "JAVA17_HOME="+jdk, "STACK_LIB="+lib, "STACK_DURABLE="+durable)
		line, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, line)
		}
		for _, word := range []string{"-Dcassandra.skip_sync=true", "-Dcassandra.unsafesystem=true", "flush_local_schema_changes=false"} {
			if strings.Contains(string(line), word) != c.skips {
				t.Errorf("STACK_DURABLE=%s: %s is there: %v\n%s", durable, word, !c.skips, line)
			}
		}
		if yaml := read(t, filepath.Join(folder, "cassandra.yaml")); !strings.Contains(yaml, c.sync) || !strings.Contains(yaml, "listen_address: "+testNet+".2\n") {
			t.Errorf("STACK_DURABLE=%s:\n%s", durable, yaml)
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
