// Package nodeid gives a node of a cluster a name of its own that survives restarts, and makes sure that no other process
// bears it: the name lives in the data folder, under a lock.
//
//	self, err := nodeid.Open("/var/lib/beep")
//	defer self.Close()
package nodeid

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// FileName is the file in the data folder.
const FileName = "node-id"

// ErrInUse says that another process bears the name.
var ErrInUse = errors.New("another beep uses this data folder")

// Identity is a name that is held. Close gives it up.
type Identity struct {
	id   string
	file *os.File
}

// maxBytes is more than a name takes.
const maxBytes = 256

// Open takes the name of a data folder, or gives it one.
func Open(dir string) (*Identity, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("name of the node: %w; create the folder or choose another with BEEP_DATA_DIR", err)
	}
	path := filepath.Join(dir, FileName)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("name of the node: %w", err)
	}
	id, err := take(f)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("name of the node, %s: %w", path, err), f.Close())
	}
	return &Identity{id: id, file: f}, nil
}

func take(f *os.File) (string, error) {
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return "", fmt.Errorf("%w; each node needs a data_dir of its own", ErrInUse)
		}
		return "", fmt.Errorf("lock: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxBytes))
	if err != nil {
		return "", err
	}
	if id := strings.TrimSpace(string(text)); id != "" {
		return id, nil
	}
	id := rand.Text()
	if _, err := f.WriteAt([]byte(id+"\n"), 0); err != nil {
		return "", err
	}
	return id, f.Sync()
}

// ID is the name.
func (i *Identity) ID() string { return i.id }

// Close gives the name up.
func (i *Identity) Close() error { return i.file.Close() }
