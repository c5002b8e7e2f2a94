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
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
)

var zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}

// Read checks a whole backup and writes its files below dir, synced; dir must exist and be empty. After an error dir holds
// parts that are to be removed.
func Read(ctx context.Context, r io.Reader, dir string, o Options) (Manifest, error) {
	if err := CheckKey(o.Key); err != nil {
		return Manifest{}, err
	}
	metered := &meter{ctx: ctx, r: r, progress: o.Progress}
	plain, err := open(metered, o.Key)
	if err != nil {
		return Manifest{}, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Manifest{}, err
	}
	defer root.Close()
	m, err := readPlain(plain, root)
	switch {
	case ctx.Err() != nil:
		return Manifest{}, ctx.Err()
	case err != nil:
		return Manifest{}, err
	}
	return m, nil
}

// open looks at how a file begins and gives the archive in it.
func open(r io.Reader, key []byte) (io.Reader, error) {
	head := make([]byte, len(sealMagic))
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrNotABackup, err)
	}
	switch {
	case string(head) == sealMagic && key == nil:
		return nil, ErrKeyNeeded
	case string(head) == sealMagic:
		return unseal(r, key)
	case bytes.HasPrefix(head, zstdMagic):
		return io.MultiReader(bytes.NewReader(head), r), nil
	}
	return nil, ErrNotABackup
}

// readPlain reads the compressed archive to the last byte of its digest. Errors of writing stay what they are; all others
// are damage.
func readPlain(r io.Reader, root *os.Root) (Manifest, error) {
	whole := newDigestReader(r)
	packed, err := zstd.NewReader(whole, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindowBytes))
	if err != nil {
		return Manifest{}, fmt.Errorf("decompress: %w", err)
	}
	defer packed.Close()
	x := extractor{tar: tar.NewReader(packed), root: root, folders: map[string]bool{}}
	if err := x.all(); err != nil {
		return Manifest{}, err
	}
	// What follows the tar's end belongs to the file too: padding, the frame's checksum, the digest.
	for _, rest := range []io.Reader{packed, whole} {
		if _, err := io.Copy(io.Discard, rest); err != nil {
			return Manifest{}, damaged(err)
		}
	}
	if err := x.syncFolders(); err != nil {
		return Manifest{}, fmt.Errorf("write files: %w", err)
	}
	return x.manifest, nil
}

type extractor struct {
	tar      *tar.Reader
	root     *os.Root
	manifest Manifest
	found    []File
	folders  map[string]bool
}

func (x *extractor) all() error {
	if err := x.describes(aboutName, &x.manifest.About); err != nil {
		return err
	}
	if f := x.manifest.Format; f > Format {
		return fmt.Errorf("%w (format %d, known is %d)", ErrNewerFormat, f, Format)
	} else if f < 1 {
		return fmt.Errorf("%w (format %d)", ErrDamaged, f)
	}
	for {
		h, err := x.tar.Next()
		if err != nil {
			return damaged(err)
		}
		if h.Name == listName {
			break
		}
		if err := x.file(h); err != nil {
			return err
		}
	}
	if err := x.decode(&x.manifest.Files); err != nil {
		return err
	}
	if !slices.Equal(x.manifest.Files, x.found) {
		return fmt.Errorf("%w (its list of files differs from its files)", ErrDamaged)
	}
	if _, err := x.tar.Next(); !errors.Is(err, io.EOF) {
		return damaged(errors.Join(errors.New("more after the end"), err))
	}
	return nil
}

func (x *extractor) describes(name string, v any) error {
	h, err := x.tar.Next()
	if err != nil {
		return damaged(err)
	}
	if h.Name != name {
		return fmt.Errorf("%w (an archive of something else)", ErrNotABackup)
	}
	return x.decode(v)
}

func (x *extractor) decode(v any) error {
	text, err := io.ReadAll(io.LimitReader(x.tar, maxDescription))
	if err == nil {
		err = json.Unmarshal(text, v)
	}
	if err != nil {
		return damaged(err)
	}
	return nil
}

// file writes one file. os.Root keeps every name inside of the folder, whatever links there may be.
func (x *extractor) file(h *tar.Header) error {
	if h.Typeflag != tar.TypeReg || !validName(h.Name) || len(x.found) == maxFiles {
		return fmt.Errorf("%w (an entry that no backup has)", ErrDamaged)
	}
	path := filepath.FromSlash(h.Name)
	if dir := filepath.Dir(path); !x.folders[dir] {
		if err := x.root.MkdirAll(dir, folderMode); err != nil {
			return fmt.Errorf("write files: %w", err)
		}
		x.folders[dir] = true
	}
	f, err := x.root.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, fileMode)
	if err != nil {
		return fmt.Errorf("write files: %w", err)
	}
	hash := sha256.New()
	in := &readErr{r: x.tar}
	n, err := io.CopyBuffer(io.MultiWriter(f, hash), in, make([]byte, copyBufferBytes))
	if in.err != nil {
		err = damaged(in.err)
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", h.Name, err)
	}
	x.found = append(x.found, File{Name: h.Name, Size: n, SHA256: hex.EncodeToString(hash.Sum(nil))})
	return nil
}

func validName(name string) bool {
	return len(name) <= maxNameBytes && name != aboutName && !strings.ContainsAny(name, "\\\x00") && filepath.IsLocal(name)
}

// syncFolders makes the names of the files durable.
func (x *extractor) syncFolders() error {
	x.folders["."] = true
	for dir := range x.folders {
		for ; ; dir = filepath.Dir(dir) {
			f, err := x.root.Open(dir)
			if err != nil {
				return err
			}
			if err := errors.Join(f.Sync(), f.Close()); err != nil {
				return err
			}
			if dir == "." {
				break
			}
		}
	}
	return nil
}

// readErr tells a failure to read from one to write.
type readErr struct {
	r   io.Reader
	err error
}

func (e *readErr) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		e.err = err
	}
	return n, err
}
