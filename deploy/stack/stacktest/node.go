package stacktest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// node is one process of a ring and its folder, which outlives it.
type node struct {
	folder string

	mu   sync.Mutex
	cmd  *exec.Cmd     // nil before the first start
	done chan struct{} // closed when cmd has ended
}

var errDown = errors.New("the node does not run")

// start runs a command in the foreground; it becomes the node. It dies with this process.
func (n *node) start(env []string, command ...string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.live() {
		return errors.New("the node runs already")
	}
	if err := os.MkdirAll(n.folder, 0o755); err != nil {
		return err
	}
	log, err := os.OpenFile(n.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env, cmd.Stdout, cmd.Stderr = env, log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return err
	}
	done := make(chan struct{})
	go func() { // ends with the process, which kill ends
		_ = cmd.Wait()
		close(done)
	}()
	n.cmd, n.done = cmd, done
	return nil
}

// live is runs for who holds mu.
func (n *node) live() bool {
	if n.cmd == nil {
		return false
	}
	select {
	case <-n.done:
		return false
	default:
		return true
	}
}

func (n *node) runs() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.live()
}

func (n *node) signal(sig syscall.Signal) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.live() {
		return errDown
	}
	return n.cmd.Process.Signal(sig)
}

// kill ends the process and waits until it is gone.
func (n *node) kill() error {
	if err := n.signal(syscall.SIGKILL); errors.Is(err, errDown) || errors.Is(err, os.ErrProcessDone) {
		return nil
	} else if err != nil {
		return err
	}
	n.mu.Lock()
	done := n.done
	n.mu.Unlock()
	select {
	case <-done:
		return nil
	case <-time.After(endTimeout):
		return fmt.Errorf("not gone after %v", endTimeout)
	}
}

func (n *node) logFile() string { return filepath.Join(n.folder, "node.log") }

// logTail is the end of the log, for a message of failure.
func (n *node) logTail() string {
	const lines = 25
	text, _ := os.ReadFile(n.logFile())
	all := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	return string(bytes.Join(all[max(0, len(all)-lines):], []byte("\n")))
}
