//go:build unix

package pluginhost

import "golang.org/x/sys/unix"

// reserve maps memory that costs nothing until it is touched.
func reserve(n int) ([]byte, error) {
	return unix.Mmap(-1, 0, max(n, 1), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
}

func release(b []byte) { _ = unix.Munmap(b[:cap(b)]) }
