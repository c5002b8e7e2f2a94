package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/term"

	"github.com/beep-chat/beep/internal/jsonlog"
	"github.com/beep-chat/beep/internal/pii"
	"github.com/beep-chat/beep/internal/telemetry"
)

// serviceName stands in every log line and trace.
const serviceName = "beep"

// pseudonymKeyFile is where a node without log.pseudonym_key keeps the one it made, in data_dir.
const pseudonymKeyFile = "pseudonym.key"

// openLogs makes the node's log over out, as a rule os.Stdout. The caller closes it last.
func openLogs(cfg Config, out io.Writer) *jsonlog.Log {
	level, _ := jsonlog.ParseLevel(cfg.Log.Level) // the enum of the setting allows no other word
	return jsonlog.New(jsonlog.Options{
		Service: serviceName, ContainerID: containerID(), Output: out, Level: level,
		Text: textLogs(cfg.Log.Format, out), NoAccess: !cfg.Log.Access, FromContext: telemetry.LogAttrs,
	})
}

// textLogs decides the format: auto is text for a person who looks at a terminal.
func textLogs(format string, out io.Writer) bool {
	if format != "auto" {
		return format == "text"
	}
	f, ok := out.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// containerID is the host's name, which in a container is the container's and in a pod the pod's.
func containerID() string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "unknown"
	}
	return name
}

// openPseudonyms gives the key of the pseudonyms in logs: the configured one, or one that is made at the first start and
// kept in data_dir, which must exist.
func openPseudonyms(cfg Config) (*pii.Key, error) {
	if cfg.Log.PseudonymKey != "" {
		return pii.NewKey([]byte(cfg.Log.PseudonymKey), time.Now), nil
	}
	path := filepath.Join(cfg.DataDir, pseudonymKeyFile)
	secret, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		secret, err = makePseudonymKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("pseudonym key: %w", err)
	}
	if len(secret) < minPseudonymKey {
		return nil, fmt.Errorf("pseudonym key: %s is too short; remove it to have a new one made", path)
	}
	return pii.NewKey(secret, time.Now), nil
}

// makePseudonymKey writes a new key so that a crash leaves either no file or the whole of it.
func makePseudonymKey(path string) ([]byte, error) {
	secret := make([]byte, 0, 64)
	secret = append(secret, rand.Text()...)
	secret = append(secret, rand.Text()...)
	tmp, err := os.CreateTemp(filepath.Dir(path), pseudonymKeyFile+".*")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // gone already when all went well
	_, err = tmp.Write(secret)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err != nil {
		return nil, err
	}
	return secret, os.Rename(tmp.Name(), path)
}
