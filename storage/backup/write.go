package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/zstd"
)

// Source is what goes into a backup: every regular file below Dir, which must not change meanwhile.
type Source struct {
	Dir   string
	About About // Format is filled in
}

// Write makes a backup. What was written is a backup only if the error is nil; the caller makes it durable.
func Write(ctx context.Context, w io.Writer, src Source, o Options) (Manifest, error) {
	if err := CheckKey(o.Key); err != nil {
		return Manifest{}, err
	}
	src.About.Format = Format
	if o.Key == nil {
		return writePlain(ctx, w, src, o)
	}
	sealed, err := seal(w, o.Key)
	if err != nil {
		return Manifest{}, err
	}
	m, err := writePlain(ctx, sealed, src, o)
	if err != nil {
		return Manifest{}, err
	}
	if err := sealed.Close(); err != nil {
		return Manifest{}, fmt.Errorf("encrypt: %w", err)
	}
	return m, nil
}

// writePlain writes the compressed archive and its digest.
func writePlain(ctx context.Context, w io.Writer, src Source, o Options) (Manifest, error) {
	hash := sha256.New()
	packed, err := zstd.NewWriter(io.MultiWriter(w, hash), zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(true))
	if err != nil {
		return Manifest{}, fmt.Errorf("compress: %w", err)
	}
	a := archiver{tar: tar.NewWriter(packed), about: src.About, progress: o.Progress}
	err = a.all(ctx, src.Dir)
	err = errors.Join(err, a.tar.Close(), packed.Close())
	if err != nil {
		return Manifest{}, err
	}
	if _, err := w.Write(hash.Sum(bytes.Clone(digestFrame))); err != nil {
		return Manifest{}, fmt.Errorf("write digest: %w", err)
	}
	return Manifest{About: src.About, Files: a.files}, nil
}

type archiver struct {
	tar      *tar.Writer
	about    About
	files    []File
	progress func(int)
}

func (a *archiver) all(ctx context.Context, dir string) error {
	if err := a.describe(aboutName, a.about); err != nil {
		return err
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if !d.Type().IsRegular() {
			return fmt.Errorf("%s is neither a file nor a folder", path)
		}
		return a.file(ctx, dir, path)
	})
	if err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	return a.describe(listName, a.files)
}

func (a *archiver) describe(name string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("describe: %w", err)
	}
	if err := a.head(name, int64(len(text))); err != nil {
		return err
	}
	_, err = a.tar.Write(text)
	return err
}

func (a *archiver) head(name string, size int64) error {
	return a.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: fileMode,
		ModTime: a.about.Time.Truncate(time.Second), Format: tar.FormatPAX})
}

func (a *archiver) file(ctx context.Context, dir, path string) error {
	rel, err := filepath.Rel(dir, path)
	if err != nil {
		return err
	}
	name := filepath.ToSlash(rel)
	if len(a.files) == maxFiles || len(name) > maxNameBytes || name == aboutName || name == listName {
		return fmt.Errorf("%s does not fit into a backup", name)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := a.head(name, info.Size()); err != nil {
		return err
	}
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(a.tar, hash), &meter{ctx: ctx, r: io.LimitReader(f, info.Size()), progress: a.progress})
	if err != nil {
		return err
	}
	a.files = append(a.files, File{Name: name, Size: n, SHA256: hex.EncodeToString(hash.Sum(nil))})
	return nil
}

// meter tells of what is read, and ends with its context.
type meter struct {
	ctx      context.Context
	r        io.Reader
	progress func(int)
}

func (m *meter) Read(p []byte) (int, error) {
	if err := m.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := m.r.Read(p)
	if n > 0 && m.progress != nil {
		m.progress(n)
	}
	return n, err
}
