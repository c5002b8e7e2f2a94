package pluginhost

import "golang.org/x/sys/unix"

// populate has the system give memory now, not at its first touch: a guest that touches thousands of pages in a row would wait for each
// where nobody can stop it. Older systems than Linux 5.14 cannot; there the pages come one by one.
func populate(b []byte) {
	if len(b) > 0 {
		_ = unix.Madvise(b, unix.MADV_POPULATE_WRITE)
	}
}
