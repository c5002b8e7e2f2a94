//go:build !race

package guest_test

const calls = 1_000_000
