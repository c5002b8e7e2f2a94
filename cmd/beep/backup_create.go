package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/beep-chat/beep/storage"
	"github.com/beep-chat/beep/storage/backup"
	"github.com/beep-chat/beep/storage/embedded"
)

// backupWorkspace is the folder in data_dir where a backup in the making stands: on the same disk, so that the copy is links
// to the store's files and costs no space. A file lock in it keeps two backups apart and tells leftovers from work.
const backupWorkspace = "backup.tmp"

// storeDir is the store's folder in data_dir and in a backup.
const storeDir = "store"

// createBackup makes a backup of the configured data folder at out, which must not exist.
func createBackup(ctx context.Context, cfg Config, out string, key []byte, p byteProgress) (backup.Manifest, error) {
	if _, err := os.Stat(filepath.Join(cfg.DataDir, storeDir)); err != nil {
		return backup.Manifest{}, fmt.Errorf("there is no Beep data in %s; say where it is with BEEP_DATA_DIR or --config", cfg.DataDir)
	}
	if _, err := os.Lstat(out); !errors.Is(err, fs.ErrNotExist) {
		return backup.Manifest{}, errors.Join(fmt.Errorf("%s exists already; choose another name with --output", out), err)
	}
	copied, done, err := openWorkspace(cfg.DataDir)
	if err != nil {
		return backup.Manifest{}, err
	}
	m, err := copyAndWrite(ctx, cfg, copied, out, key, p)
	return m, errors.Join(err, done())
}

// openWorkspace gives an empty folder in the workspace, and what removes it again.
func openWorkspace(dataDir string) (copied string, done func() error, err error) {
	base, err := filepath.Abs(filepath.Join(dataDir, backupWorkspace))
	if err != nil {
		return "", nil, err
	}
	if err := os.MkdirAll(base, 0o700); err != nil {
		return "", nil, fmt.Errorf("make room for the copy: %w", err)
	}
	lock, err := vfs.Default.Lock(filepath.Join(base, "lock"))
	if err != nil {
		return "", nil, fmt.Errorf("another backup is being made in %s; wait for it (%w)", base, err)
	}
	copied = filepath.Join(base, "copy")
	if err = os.RemoveAll(copied); err == nil { // of a backup that was killed
		err = os.Mkdir(copied, 0o700)
	}
	if err != nil {
		return "", nil, errors.Join(fmt.Errorf("make room for the copy: %w", err), lock.Close())
	}
	return copied, func() error { return errors.Join(os.RemoveAll(copied), lock.Close(), os.RemoveAll(base)) }, nil
}

func copyAndWrite(ctx context.Context, cfg Config, copied, out string, key []byte, p byteProgress) (backup.Manifest, error) {
	about, err := checkpoint(ctx, cfg, filepath.Join(copied, storeDir))
	if err != nil {
		return backup.Manifest{}, err
	}
	if err := copyPseudonymKey(cfg.DataDir, copied); err != nil {
		return backup.Manifest{}, err
	}
	p.begin(folderBytes(copied))
	defer p.end()
	return writeBackup(ctx, out, backup.Source{Dir: copied, About: about}, backup.Options{Key: key, Progress: p.add})
}

// checkpoint has the store copied into dir, by the running node or by opening it, and says what the copy is. The copy is
// opened for that, so a backup whose store does not open is never made.
func checkpoint(ctx context.Context, cfg Config, dir string) (backup.About, error) {
	about := backup.About{Beep: readVersion().Version, Engine: cfg.Store.Engine, Schema: storage.SchemaVersion, Time: time.Now().UTC()}
	asked, err := askRunning(ctx, cfg, "/checkpoint", order{Dir: dir})
	if !asked {
		err = checkpointOffline(cfg, dir)
	}
	if err != nil {
		return about, fmt.Errorf("copy the store: %w", err)
	}
	about.Epoch, about.Position, err = lookInside(dir)
	return about, err
}

func checkpointOffline(cfg Config, dir string) error {
	engine, err := embedded.Open(storeOptions(filepath.Join(cfg.DataDir, storeDir)))
	if err != nil {
		return err
	}
	return errors.Join(engine.Checkpoint(dir), engine.Close())
}

// storeOptions open a store without trimming its events: a copy is kept as it was.
func storeOptions(dir string) embedded.Options {
	return embedded.Options{Dir: dir, Schema: storage.Schema(), SchemaVersion: storage.SchemaVersion,
		EventWindow: 100 * 365 * 24 * time.Hour, MaxEvents: math.MaxInt32, MaxEventBytes: math.MaxInt64}
}

// lookInside opens a store and gives the identity of its event sequence and the newest position.
func lookInside(dir string) (epoch string, position uint64, err error) {
	engine, err := embedded.Open(storeOptions(dir))
	if err != nil {
		return "", 0, err
	}
	epoch = engine.Epoch()
	_, position = engine.Bounds()
	return epoch, position, engine.Close()
}

func copyPseudonymKey(from, to string) error {
	secret, err := os.ReadFile(filepath.Join(from, pseudonymKeyFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(to, pseudonymKeyFile), secret, 0o600)
	}
	if err != nil {
		return fmt.Errorf("copy the pseudonym key: %w", err)
	}
	return nil
}

// folderBytes is for the progress only: what cannot be read ends the count here and is reported when it is copied.
func folderBytes(dir string) int64 {
	total := int64(0)
	_ = fs.WalkDir(os.DirFS(dir), ".", func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	return total
}

// writeBackup writes the file under another name and renames it when it is whole and on the disk.
func writeBackup(ctx context.Context, out string, src backup.Source, o backup.Options) (m backup.Manifest, err error) {
	f, err := os.CreateTemp(filepath.Dir(out), ".beep-backup-*")
	if err != nil {
		return m, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	m, err = backup.Write(ctx, f, src, o)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return m, err
	}
	if err := os.Rename(f.Name(), out); err != nil {
		return m, err
	}
	return m, syncFolder(filepath.Dir(out))
}

// syncFolder makes the names in a folder durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
