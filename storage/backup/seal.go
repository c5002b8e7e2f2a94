package backup

import (
	"bytes"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/minio/sio"
)

// An encrypted backup begins with sealMagic, a salt and a check of the key; then comes the DARE stream. Salt and check are
// not secret: both keys come out of HKDF-SHA256 and tell nothing of each other.
const (
	sealMagic  = "BEEPSEAL"
	saltBytes  = 32
	checkBytes = 16
	headBytes  = len(sealMagic) + saltBytes + checkBytes
)

// seal encrypts what is written to it; Close writes the end without which the file does not open.
func seal(w io.Writer, secret []byte) (io.WriteCloser, error) {
	head := make([]byte, 0, headBytes)
	head = append(head, sealMagic...)
	salt := make([]byte, saltBytes)
	rand.Read(salt)
	head = append(head, salt...)
	key, check, err := derive(secret, salt)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(append(head, check...)); err != nil {
		return nil, fmt.Errorf("write head: %w", err)
	}
	out, err := sio.EncryptWriter(struct{ io.Writer }{w}, sealing(key)) // its Close would close a file
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	return out, nil
}

// unseal decrypts what comes after sealMagic.
func unseal(r io.Reader, secret []byte) (io.Reader, error) {
	head := make([]byte, saltBytes+checkBytes)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, damaged(err)
	}
	key, check, err := derive(secret, head[:saltBytes])
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare(check, head[saltBytes:]) != 1 {
		return nil, ErrWrongKey
	}
	in, err := sio.DecryptReader(r, sealing(key))
	if err != nil {
		return nil, fmt.Errorf("decrypt: %w", err)
	}
	return in, nil
}

func derive(secret, salt []byte) (key, check []byte, err error) {
	key, err = hkdf.Key(sha256.New, secret, salt, "beep backup: seal", 32)
	if err == nil {
		check, err = hkdf.Key(sha256.New, secret, salt, "beep backup: check", checkBytes)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("derive key: %w", err)
	}
	return key, check, nil
}

// sealing pins version and cipher, so that no reader can be talked into others.
func sealing(key []byte) sio.Config {
	return sio.Config{MinVersion: sio.Version20, MaxVersion: sio.Version20, CipherSuites: []byte{sio.AES_256_GCM}, Key: key}
}

// A plain backup ends in a skippable zstd frame: magic, length, SHA-256 of all bytes before the frame.
var digestFrame = []byte{0x5b, 0x2a, 0x4d, 0x18, sha256.Size, 0, 0, 0}

const digestBytes = 8 + sha256.Size

// digestReader passes on all but the last frame, and at the end holds it against what was read. zstd's own checks do not
// cover every bit of its headers.
type digestReader struct {
	r    io.Reader
	hash hash.Hash
	buf  []byte
	held []byte // of buf, read and not yet passed on: at least the last digestBytes
	end  bool
}

func newDigestReader(r io.Reader) *digestReader {
	return &digestReader{r: r, hash: sha256.New(), buf: make([]byte, copyBufferBytes)}
}

func (d *digestReader) Read(p []byte) (int, error) {
	for !d.end && len(d.held) <= digestBytes {
		kept := copy(d.buf, d.held)
		n, err := d.r.Read(d.buf[kept:])
		d.held = d.buf[:kept+n]
		if errors.Is(err, io.EOF) {
			d.end = true
		} else if err != nil {
			return 0, err
		}
	}
	ready := len(d.held) - digestBytes
	if ready <= 0 {
		return 0, d.finish()
	}
	n := copy(p, d.held[:ready])
	d.hash.Write(d.held[:n])
	d.held = d.held[n:]
	return n, nil
}

func (d *digestReader) finish() error {
	if len(d.held) != digestBytes || !bytes.Equal(d.held, d.hash.Sum(bytes.Clone(digestFrame))) {
		return fmt.Errorf("%w (its digest is missing or differs)", ErrDamaged)
	}
	return io.EOF
}

// damaged says that a file ends too early or does not hold together, and why.
func damaged(err error) error {
	if errors.Is(err, ErrDamaged) {
		return err
	}
	return fmt.Errorf("%w (%w)", ErrDamaged, err)
}
