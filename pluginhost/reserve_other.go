//go:build !unix

package pluginhost

// reserve leaves it to Go's allocator, which takes large pieces from the system untouched.
func reserve(n int) ([]byte, error) { return make([]byte, max(n, 1)), nil }

func release([]byte) {}
