//go:build race

package guest_test

// calls of a test that makes many: the race detector makes each some thirty times slower, and has nothing to find in a guest.
const calls = 50_000
