package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

var (
	aKey  = []byte("0123456789abcdef0123456789abcdef")
	about = About{Beep: "1.2.3", Engine: "embedded", Schema: 1, Time: time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC), Epoch: "E", Position: 7}
)

// contents are files as a store has them: empty, small, and one that spans many packages of the cipher.
func contents() map[string]string {
	rng := rand.New(rand.NewPCG(1, 2))
	big := make([]byte, 300_000)
	for i := range big {
		big[i] = byte(rng.Uint32())
	}
	return map[string]string{"store/CURRENT": "MANIFEST-1\n", "store/empty": "", "store/deep/er/000001.sst": string(big),
		"pseudonym.key": strings.Repeat("k", 64), "store/text": strings.Repeat("have you tried apt-get? ", 2000)}
}

func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func readFolder(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		files[filepath.ToSlash(rel)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func write(t testing.TB, files map[string]string, key []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := Write(t.Context(), &b, Source{Dir: folder(t, files), About: about}, Options{Key: key}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(t testing.TB, b, key []byte) (Manifest, error) {
	t.Helper()
	return Read(t.Context(), bytes.NewReader(b), t.TempDir(), Options{Key: key})
}

func TestRoundTrip(t *testing.T) {
	for name, key := range map[string][]byte{"plain": nil, "encrypted": aKey} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			told := 0
			wrote, err := Write(t.Context(), &b, Source{Dir: folder(t, contents()), About: about}, Options{Key: key, Progress: func(n int) { told += n }})
			if err != nil || int64(told) != wrote.Bytes() || wrote.Format != Format || len(wrote.Files) != len(contents()) {
				t.Fatalf("wrote %+v, told of %d bytes: %v", wrote.About, told, err)
			}
			if key != nil && bytes.Contains(b.Bytes(), []byte(aboutName)) {
				t.Error("the encrypted backup shows its description")
			}
			dir, told, size := t.TempDir(), 0, b.Len()
			got, err := Read(t.Context(), &b, dir, Options{Key: key, Progress: func(n int) { told += n }})
			if err != nil || told != size {
				t.Fatalf("told of %d of %d bytes: %v", told, size, err)
			}
			if !maps.Equal(readFolder(t, dir), contents()) || got.Epoch != "E" || got.Position != 7 || !got.Time.Equal(about.Time) {
				t.Errorf("read %+v", got.About)
			}
		})
	}
}

// TestEveryBitCounts flips bits, cuts and extends: whatever is done to a backup, reading it fails.
func TestEveryBitCounts(t *testing.T) {
	small := map[string]string{"store/CURRENT": "MANIFEST-1\n", "store/text": strings.Repeat("have you tried apt-get? ", 300)}
	for name, key := range map[string][]byte{"plain": nil, "encrypted": aKey} {
		t.Run(name, func(t *testing.T) {
			whole := write(t, small, key)
			if _, err := read(t, whole, key); err != nil {
				t.Fatal(err)
			}
			refused := func(what string, at int, b []byte) {
				t.Helper()
				_, err := read(t, b, key)
				if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNotABackup) && !errors.Is(err, ErrWrongKey) && !errors.Is(err, ErrNewerFormat) {
					t.Errorf("%s at %d of %d: %v", what, at, len(whole), err)
				}
			}
			rng := rand.New(rand.NewPCG(3, 4))
			for i := range 200 {
				at := rng.IntN(len(whole))
				if i < 60 { // heads and ends are where formats have bits that matter to nobody
					at = []int{i / 2, len(whole) - 1 - i/2}[i%2]
				}
				flipped := bytes.Clone(whole)
				flipped[at] ^= 1 << rng.IntN(8)
				refused("a flipped bit", at, flipped)
			}
			for range 40 {
				at := rng.IntN(len(whole))
				refused("a cut", at, whole[:at])
			}
			refused("one byte less", len(whole)-1, whole[:len(whole)-1])
			refused("one byte more", len(whole), append(bytes.Clone(whole), 0))
			refused("itself again", len(whole), append(bytes.Clone(whole), whole...))
		})
	}
}

func TestKeys(t *testing.T) {
	plain, sealed := write(t, contents(), nil), write(t, contents(), aKey)
	other := []byte("another key, also of 32 characters")
	for _, c := range []struct {
		name string
		file []byte
		key  []byte
		want error
	}{
		{"the right key", sealed, aKey, nil},
		{"another key", sealed, other, ErrWrongKey},
		{"no key", sealed, nil, ErrKeyNeeded},
		{"a key for a plain backup", plain, aKey, nil},
	} {
		if _, err := read(t, c.file, c.key); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := Write(t.Context(), io.Discard, Source{Dir: t.TempDir()}, Options{Key: []byte("short")}); err == nil {
		t.Error("a short key was taken")
	}
	if bytes.Equal(write(t, contents(), aKey)[:headBytes], sealed[:headBytes]) {
		t.Error("two backups share a salt")
	}
}

// made is an archive with right digests and entries of the test's choice.
func made(t *testing.T, description string, entries ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	packed, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(packed)
	entries = append([]tar.Header{{Name: aboutName, Size: int64(len(description)), Typeflag: tar.TypeReg}}, entries...)
	for i, h := range entries {
		text := strings.Repeat("[]", int(h.Size/2))
		if i == 0 {
			text = description
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), packed.Close()); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b.Bytes())
	return append(append(b.Bytes(), digestFrame...), sum[:]...)
}

func TestRefuses(t *testing.T) {
	good := `{"format":1}`
	file := func(name string) tar.Header { return tar.Header{Name: name, Typeflag: tar.TypeReg} }
	for _, c := range []struct {
		name string
		file []byte
		want error
	}{
		{"nothing", nil, ErrNotABackup},
		{"a text", []byte("this is a text about backups"), ErrNotABackup},
		{"a newer format", made(t, `{"format":2,"files":"elsewhere"}`), ErrNewerFormat},
		{"no format", made(t, `{}`), ErrDamaged},
		{"no list of files", made(t, good), ErrDamaged},
		{"a file that is not in the list", made(t, good, file("a"), tar.Header{Name: listName, Typeflag: tar.TypeReg, Size: 2}), ErrDamaged},
		{"nothing at all, rightly", made(t, good, tar.Header{Name: listName, Typeflag: tar.TypeReg, Size: 2}), nil},
		{"a way up", made(t, good, file("../a")), ErrDamaged},
		{"a way out", made(t, good, file("/tmp/a")), ErrDamaged},
		{"a link", made(t, good, tar.Header{Name: "a", Linkname: "/etc/passwd", Typeflag: tar.TypeSymlink}), ErrDamaged},
		{"a file twice", made(t, good, file("a"), file("a")), os.ErrExist},
	} {
		if _, err := read(t, c.file, nil); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Write(ctx, io.Discard, Source{Dir: folder(t, contents())}, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("write: %v", err)
	}
	if _, err := Read(ctx, bytes.NewReader(write(t, contents(), nil)), t.TempDir(), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("read: %v", err)
	}
	dir := folder(t, contents())
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(t.Context(), io.Discard, Source{Dir: dir}, Options{}); err == nil {
		t.Error("a link was archived")
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(sealMagic), true)
	f.Add(append(bytes.Clone(zstdMagic), digestFrame...), false)
	var b bytes.Buffer
	if _, err := Write(f.Context(), &b, Source{Dir: folder(f, map[string]string{"a": "b"}), About: about}, Options{}); err != nil {
		f.Fatal(err)
	}
	whole := b.Bytes()
	f.Add(whole, false)
	f.Fuzz(func(t *testing.T, in []byte, withKey bool) {
		var key []byte
		if withKey {
			key = aKey
		}
		if _, err := read(t, in, key); err == nil && !bytes.Equal(in, whole) {
			t.Logf("read another backup of %d bytes", len(in)) // possible: a digest keeps out chance, not intent
		}
	})
}
