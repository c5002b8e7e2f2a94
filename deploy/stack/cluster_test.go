package stack_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// fakeBeep names what the test binary does when it is run as Beep: "ready" answers /readyz until TERM, "refuse" ends at once.
const fakeBeep = "BEEP_STACK_TEST_AS"

func TestMain(m *testing.M) {
	switch os.Getenv(fakeBeep) {
	case "":
		os.Exit(m.Run())
	case "refuse":
		fmt.Println("cannot read the moon")
		os.Exit(3)
	default:
		serveReady()
	}
}

// serveReady is a node as far as run-cluster sees one.
func serveReady() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	fmt.Println("pid", os.Getpid(), os.Getenv("BEEP_STORE_ENGINE"), os.Getenv("BEEP_DATA_DIR"), os.Getenv("BEEP_HTTP_LISTEN"))
	server := &http.Server{Addr: os.Getenv("BEEP_ADMIN_LISTEN"), ReadHeaderTimeout: time.Second}
	http.HandleFunc("/readyz", func(http.ResponseWriter, *http.Request) {})
	go func() {
		<-ctx.Done()
		server.Close()
	}()
	_ = server.ListenAndServe()
	fmt.Println("goodbye")
}

// cluster is a run-cluster of fake nodes over servers nobody asks.
func cluster(t *testing.T, as string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "./run-cluster")
	cmd.WaitDelay = 5 * time.Second
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // so that it ends its nodes
	cmd.Env = append(clean(os.Environ()), fakeBeep+"="+as, "CLUSTER_BEEP="+os.Args[0], "CLUSTER_TIMEOUT=30", "STACK_DIR="+t.TempDir(),
		"CLUSTER_HTTP="+freePorts(t), "CLUSTER_ADMIN="+freePorts(t), "BEEP_CQL_HOSTS=127.0.0.9", "BEEP_REDIS_ADDRS=127.0.0.9:6379")
	return cmd
}

// freePorts are two ports free on 127.0.0.1.
func freePorts(t *testing.T) string {
	t.Helper()
	a, b := listen(t), listen(t) // both at once, so they differ
	defer a.Close()
	defer b.Close()
	return port(a) + " " + port(b)
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func port(l net.Listener) string { return strconv.Itoa(l.Addr().(*net.TCPAddr).Port) }

func TestClusterRunsUntilInterrupted(t *testing.T) {
	cmd := cluster(t, "ready")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	var pids []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		line := lines.Text()
		text.WriteString(line + "\n")
		if _, said, ok := strings.Cut(line, " | pid "); ok {
			pids = append(pids, strings.Fields(said)[0])
		}
		switch {
		case strings.Contains(line, "kill a node to see"): // both are ready: kill the first
			kill(t, pids[0], syscall.SIGKILL)
		case strings.Contains(line, "the other node goes on"):
			_ = cmd.Process.Signal(syscall.SIGINT)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	for _, want := range []string{"node 1 is ready", "node 2 is ready", "node 1 ended with status 137", "node 2 | goodbye",
		"the nodes ended; the servers were not touched", " cql ", filepath.Join("cluster", "node2")} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, text.String())
		}
	}
	for _, pid := range pids {
		if runs(pid) {
			t.Errorf("node %s still runs", pid)
		}
	}
	if len(pids) != 2 {
		t.Errorf("nodes: %v", pids)
	}
}

func kill(t *testing.T, pid string, sig syscall.Signal) {
	t.Helper()
	number, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(number, sig); err != nil {
		t.Fatal(err)
	}
}

func TestClusterShowsWhyANodeRefuses(t *testing.T) {
	out, err := cluster(t, "refuse").CombinedOutput()
	if err == nil {
		t.Error("it worked")
	}
	for _, want := range []string{"node 1 | cannot read the moon", "status 3", "BEEP_CQL_HOSTS=127.0.0.9"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
}

func TestClusterRefusesAPortInUse(t *testing.T) {
	busy := listen(t)
	defer busy.Close()
	cmd := cluster(t, "ready")
	cmd.Env = append(cmd.Env, "CLUSTER_HTTP="+port(busy)+" 1")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "port "+port(busy)+" is in use") {
		t.Errorf("%v\n%s", err, out)
	}
}
