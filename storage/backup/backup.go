// Package backup is the archive format of Beep's backups: one file that holds a data folder, and says of itself what it is
// and whether it is whole.
//
// A backup is a tar of "manifest.json" (what this is), the files, and "files.json" (size and SHA-256 of each); compressed
// with zstd and followed by the SHA-256 of everything before it, in a frame that zstd tools skip, so that `tar --zstd -tf`
// reads it. With a key the whole of that is sealed with AES-256-GCM (DARE 2.0) under a key derived for this file alone.
// Reading checks everything: a flipped bit, a missing end or a wrong key is an error, before the caller is told that all
// went well.
//
// The package owns the format and its checks. It refuses to know what is inside the files, to open a store, and to decide
// where things go; it never writes outside of the folder it is given. Functions keep no state: any number may run at once
// on different files.
//
//	info, err := backup.Write(ctx, out, backup.Source{Dir: checkpoint, About: about}, backup.Options{Key: key})
//	info, err = backup.Read(ctx, in, "restored", backup.Options{Key: key})
package backup

import (
	"errors"
	"time"
)

// Format is the version of the archive that this package writes; it reads this one and older ones.
const Format = 1

// What reading refuses. The texts are for operators.
var (
	// ErrNotABackup: the file does not begin like a backup.
	ErrNotABackup = errors.New("this is not a Beep backup")
	// ErrDamaged: the file is cut short or was changed.
	ErrDamaged = errors.New("the backup is damaged or incomplete; use another one")
	// ErrWrongKey: the file was sealed with another key, or its first bytes are damaged.
	ErrWrongKey = errors.New("the key does not open this backup")
	// ErrKeyNeeded: the file is encrypted and no key was given.
	ErrKeyNeeded = errors.New("the backup is encrypted; give its key")
	// ErrNewerFormat: a newer Beep made it.
	ErrNewerFormat = errors.New("the backup was made by a newer Beep; restore it with that version")
)

// About says what is in a backup.
type About struct {
	Format   int       `json:"format"`
	Beep     string    `json:"beep"`   // the version that made it
	Engine   string    `json:"engine"` // of the store: "embedded"
	Schema   uint64    `json:"schema"` // version of the tables
	Time     time.Time `json:"time"`   // of the copy
	Epoch    string    `json:"epoch"`  // identity of the event sequence
	Position uint64    `json:"position"`
}

// File is one file of a backup. Name uses slashes and stays inside of the folder.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"` // hexadecimal
}

// Manifest is a backup's whole description.
type Manifest struct {
	About
	Files []File `json:"files"`
}

// Bytes is the size of the files together.
func (m Manifest) Bytes() int64 {
	total := int64(0)
	for _, f := range m.Files {
		total += f.Size
	}
	return total
}

// Options are what writing and reading share.
type Options struct {
	Key      []byte          // the secret, at least MinKeyBytes; nil: not encrypted
	Progress func(bytes int) // told of every piece: of the files when writing, of the archive when reading; nil: nobody
}

// MinKeyBytes is the length of the shortest key, such as 32 hexadecimal digits (128 bits of chance) or more.
const MinKeyBytes = 32

// CheckKey says what is wrong with a key; nil stands for none.
func CheckKey(key []byte) error {
	if key != nil && len(key) < MinKeyBytes {
		return errors.New("the key is too short: give at least 32 characters, for example of: openssl rand -hex 32")
	}
	return nil
}

// Bounds of what a reader accepts, so that a made-up archive cannot exhaust it.
const (
	maxFiles        = 1 << 20
	maxNameBytes    = 512
	maxDescription  = 256 << 20 // of files.json
	maxWindowBytes  = 64 << 20  // of the decompressor
	aboutName       = "manifest.json"
	listName        = "files.json"
	folderMode      = 0o700
	fileMode        = 0o600
	copyBufferBytes = 256 << 10
)
