package local

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

const (
	saltBytes = 16
	keyBytes  = 32
)

// Bounds of stored hashes. One beyond them was not written by Beep; computing it could take the machine down.
const (
	maxMemoryKiB = 256 * 1024
	maxTime      = 16
	maxThreads   = 16
	maxPHC       = 256
)

var errBadPHC = errors.New("not an argon2id hash within bounds")

// params are the cost of a hash.
type params struct {
	memoryKiB, time uint32
	threads         uint8
}

// phc is a stored hash, $argon2id$v=19$m=19456,t=2,p=1$salt$key.
type phc struct {
	params
	salt, key []byte
}

// derive computes the key of a password.
func (p params) derive(password string, salt []byte, size int) []byte {
	return argon2.IDKey([]byte(password), salt, p.time, p.memoryKiB, p.threads, uint32(size))
}

func (h phc) String() string {
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memoryKiB, h.time, h.threads,
		enc.EncodeToString(h.salt), enc.EncodeToString(h.key))
}

// parsePHC reads a stored hash of argon2id version 19 within the bounds.
func parsePHC(s string) (phc, error) {
	fields := strings.Split(s, "$")
	if len(s) > maxPHC || len(fields) != 6 || fields[0] != "" || fields[1] != "argon2id" || fields[2] != "v="+strconv.Itoa(argon2.Version) {
		return phc{}, errBadPHC
	}
	costs := strings.Split(fields[3], ",")
	if len(costs) != 3 {
		return phc{}, errBadPHC
	}
	memory, ok1 := number(costs[0], "m=", 8, maxMemoryKiB)
	passes, ok2 := number(costs[1], "t=", 1, maxTime)
	threads, ok3 := number(costs[2], "p=", 1, maxThreads)
	if !ok1 || !ok2 || !ok3 {
		return phc{}, errBadPHC
	}
	enc := base64.RawStdEncoding.Strict()
	salt, err1 := enc.DecodeString(fields[4])
	key, err2 := enc.DecodeString(fields[5])
	if err1 != nil || err2 != nil || len(salt) < 8 || len(salt) > 64 || len(key) < 16 || len(key) > 64 {
		return phc{}, errBadPHC
	}
	return phc{params{memory, passes, uint8(threads)}, salt, key}, nil
}

func number(s, prefix string, low, high uint32) (uint32, bool) {
	digits, ok := strings.CutPrefix(s, prefix)
	n, err := strconv.ParseUint(digits, 10, 32)
	return uint32(n), ok && err == nil && n >= uint64(low) && n <= uint64(high)
}
