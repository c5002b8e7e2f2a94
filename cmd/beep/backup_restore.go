package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/beep-chat/beep/storage/backup"
	"github.com/beep-chat/beep/storage/embedded"
)

// restoreStaging is where a backup is unpacked and checked, in the folder it is for: that one may be a mounted volume.
const restoreStaging = ".beep-restore"

// verifyBackup reads a backup and opens its store in a temporary folder below temp.
func verifyBackup(ctx context.Context, file, temp string, key []byte, p byteProgress) (m backup.Manifest, err error) {
	dir, err := os.MkdirTemp(temp, "beep-verify-*")
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if m, err = unpack(ctx, file, dir, key, p); err != nil {
		return m, err
	}
	return m, checkStore(dir, m)
}

// unpack reads a backup file into an empty folder.
func unpack(ctx context.Context, file, dir string, key []byte, p byteProgress) (backup.Manifest, error) {
	f, err := os.Open(file)
	if err != nil {
		return backup.Manifest{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return backup.Manifest{}, err
	}
	p.begin(info.Size())
	defer p.end()
	m, err := backup.Read(ctx, f, dir, backup.Options{Key: key, Progress: p.add})
	switch {
	case errors.Is(err, backup.ErrKeyNeeded):
		return m, fmt.Errorf("%w with --key-file or $%s", err, envBackupKey)
	case err != nil:
		return m, fmt.Errorf("%s: %w", file, err)
	case m.Engine != "embedded":
		return m, fmt.Errorf("%s is of a %q store, which this version cannot restore", file, m.Engine)
	}
	return m, nil
}

// checkStore opens the store that was unpacked and holds it against what the backup says of it.
func checkStore(dir string, m backup.Manifest) error {
	epoch, position, err := lookInside(filepath.Join(dir, storeDir))
	if err != nil {
		return fmt.Errorf("open the store of the backup: %w", err)
	}
	if epoch != m.Epoch || position != m.Position {
		return fmt.Errorf("the store ends at event %d of %s, the backup says %d of %s: %w", position, epoch, m.Position, m.Epoch, backup.ErrDamaged)
	}
	return nil
}

// restoreBackup makes the data folder dir from a backup. After an error dir is as it was.
func restoreBackup(ctx context.Context, file, dir string, key []byte, p byteProgress) (m backup.Manifest, err error) {
	made, err := makeTarget(dir)
	if err != nil {
		return m, err
	}
	staging := filepath.Join(dir, restoreStaging)
	defer func() {
		if err = errors.Join(err, os.RemoveAll(staging)); err != nil && made {
			err = errors.Join(err, os.Remove(dir))
		}
	}()
	if err := errors.Join(os.RemoveAll(staging), os.Mkdir(staging, 0o700)); err != nil {
		return m, err
	}
	if m, err = unpack(ctx, file, staging, key, p); err != nil {
		return m, err
	}
	if err := errors.Join(checkStore(staging, m), ctx.Err()); err != nil {
		return m, err
	}
	if err := newEpoch(filepath.Join(staging, storeDir)); err != nil {
		return m, err
	}
	return m, moveIn(staging, dir)
}

// makeTarget makes the folder, or takes an empty one; made tells which. What a file system or a restore that was killed
// left in it does not count.
func makeTarget(dir string) (made bool, err error) {
	if err := os.MkdirAll(filepath.Dir(filepath.Clean(dir)), 0o700); err != nil {
		return false, err
	}
	err = os.Mkdir(dir, 0o700)
	if err == nil {
		return true, nil
	}
	if !errors.Is(err, fs.ErrExist) {
		return false, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false, err
	}
	for _, e := range entries {
		if name := e.Name(); name != restoreStaging && name != "lost+found" {
			return false, fmt.Errorf("%s is not empty (%s); restore into a new folder with --data-dir, then move it", dir, name)
		}
	}
	return false, nil
}

// newEpoch gives the restored event sequence an identity of its own: positions after the backup will be used again.
func newEpoch(dir string) error {
	engine, err := embedded.Open(storeOptions(dir))
	if err != nil {
		return fmt.Errorf("open the restored store: %w", err)
	}
	return errors.Join(engine.NewEpoch(), engine.Close())
}

// moveIn puts what was unpacked in its place, the store last: a folder without it is not taken for data.
func moveIn(staging, dir string) error {
	entries, err := os.ReadDir(staging)
	if err != nil {
		return err
	}
	var moved []string
	move := func(name string) error {
		to := filepath.Join(dir, name)
		if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
			return errors.Join(fmt.Errorf("%s appeared meanwhile: is a Beep running there?", to), err)
		}
		if err := os.Rename(filepath.Join(staging, name), to); err != nil {
			return err
		}
		moved = append(moved, to)
		return nil
	}
	for _, e := range entries {
		if err == nil && e.Name() != storeDir {
			err = move(e.Name())
		}
	}
	if err == nil {
		err = move(storeDir)
	}
	if err == nil {
		return errors.Join(syncFolder(dir), syncFolder(filepath.Dir(filepath.Clean(dir))))
	}
	for _, path := range moved {
		err = errors.Join(err, os.RemoveAll(path))
	}
	return err
}
