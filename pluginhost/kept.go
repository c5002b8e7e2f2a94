package pluginhost

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
)

// keptModule is a rewritten module as it is kept beside its native code: rewriting and verifying cost as much as reading that.
type keptModule struct {
	wasm               []byte
	minPages, maxPages uint32
}

// moduleFile holds: a SHA-256 of the rest, two numbers of pages, the module.
const moduleFile = "module"

const moduleHead = sha256.Size + 8

// readModule gives a module whose checksum holds. Whoever may write to the folder may write native code there too, so the sum is
// against accidents and not against people.
func readModule(dir string) (m keptModule, ok bool) {
	if dir == "" {
		return m, false
	}
	b, err := os.ReadFile(filepath.Join(dir, moduleFile))
	if err != nil || len(b) <= moduleHead {
		return m, false
	}
	if sum := sha256.Sum256(b[sha256.Size:]); !bytes.Equal(sum[:], b[:sha256.Size]) {
		return m, false
	}
	numbers := b[sha256.Size:]
	return keptModule{wasm: b[moduleHead:], minPages: binary.LittleEndian.Uint32(numbers), maxPages: binary.LittleEndian.Uint32(numbers[4:])}, true
}

// write keeps the module, whole or not at all.
func (m keptModule) write(dir string) error {
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("plugin cache: %w", err)
	}
	b := make([]byte, sha256.Size, moduleHead+len(m.wasm))
	b = binary.LittleEndian.AppendUint32(b, m.minPages)
	b = binary.LittleEndian.AppendUint32(b, m.maxPages)
	b = append(b, m.wasm...)
	sum := sha256.Sum256(b[sha256.Size:])
	copy(b, sum[:])
	file, err := os.CreateTemp(dir, moduleFile+".*")
	if err != nil {
		return fmt.Errorf("plugin cache: %w", err)
	}
	_, err = file.Write(b)
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(file.Name(), filepath.Join(dir, moduleFile))
	}
	if err != nil {
		_ = os.Remove(file.Name())
		return fmt.Errorf("plugin cache: %w", err)
	}
	return nil
}
