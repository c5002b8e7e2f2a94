//go:build !unix

package main

import "errors"

var errNotMeasured = errors.New("not measured on this system")

func freeDisk(string) (uint64, error) { return 0, errNotMeasured }

func openFileLimit() (uint64, error) { return 0, errNotMeasured }
