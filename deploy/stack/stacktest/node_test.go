package stacktest

import (
	"bufio"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

const orphanFolder = "BEEP_STACKTEST_ORPHAN"

// TestMain is, when asked, a test process with a node, which waits to be killed.
func TestMain(m *testing.M) {
	folder := os.Getenv(orphanFolder)
	if folder == "" {
		os.Exit(m.Run())
	}
	n := node{folder: folder}
	if err := n.start(os.Environ(), "sleep", "600"); err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println(n.cmd.Process.Pid)
	<-n.done
}

// A test process that is killed runs no cleanup; its nodes end all the same.
func TestNodeDiesWithItsTest(t *testing.T) {
	parent := osexec.Command(os.Args[0])
	parent.Env = append(os.Environ(), orphanFolder+"="+t.TempDir())
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	_ = parent.Process.Kill()
	_ = parent.Wait()
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatalf("the test process said %q", line)
	}
	for begun := time.Now(); alive(pid); time.Sleep(10 * time.Millisecond) {
		if time.Since(begun) > endTimeout {
			_ = osexec.Command("kill", "-9", strconv.Itoa(pid)).Run()
			t.Fatalf("process %d outlives the test process that started it", pid)
		}
	}
}

// alive tells whether the sleep of that number lives; a corpse that nobody collected does not.
func alive(pid int) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	return err == nil && strings.Contains(string(stat), "(sleep)") && !strings.Contains(string(stat), ") Z ")
}

func TestNodeEndsAndStartsAgain(t *testing.T) {
	n := node{folder: t.TempDir()}
	if err := n.kill(); err != nil {
		t.Errorf("killing what never ran: %v", err)
	}
	for range 2 {
		if err := n.start(os.Environ(), "sleep", "600"); err != nil {
			t.Fatal(err)
		}
		if err := n.start(os.Environ(), "sleep", "600"); err == nil {
			t.Error("a second process was started over the first")
		}
		if err := n.kill(); err != nil || n.runs() {
			t.Errorf("after kill it runs: %v, %v", n.runs(), err)
		}
	}
	if err := n.start(os.Environ(), "sh", "-c", "seq 100; echo the end >&2; exit 3"); err != nil {
		t.Fatal(err)
	}
	<-n.done
	if tail := n.logTail(); n.runs() || !strings.HasSuffix(tail, "\n100\nthe end") || strings.Contains(tail, "\n50\n") {
		t.Errorf("runs %v, the end of its log:\n%s", n.runs(), tail)
	}
}
