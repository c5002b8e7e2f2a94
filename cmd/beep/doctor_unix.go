//go:build unix

package main

import "golang.org/x/sys/unix"

// freeDisk is what a program that is not root may still write on the disk of a folder, in bytes.
func freeDisk(dir string) (uint64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return uint64(s.Bavail) * uint64(s.Bsize), nil //nolint:unconvert // the types differ between systems
}

// openFileLimit is how many files and connections this process may hold.
func openFileLimit() (uint64, error) {
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
		return 0, err
	}
	return uint64(l.Cur), nil //nolint:unconvert // the types differ between systems
}
