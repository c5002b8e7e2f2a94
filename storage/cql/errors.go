package cql

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/gocql/gocql"

	"github.com/beep-chat/beep/storage/wide"
)

// ErrNewerSchema means the keyspace was brought up to date by a newer version of Beep.
var ErrNewerSchema = errors.New("keyspace was written by a newer version of Beep")

var errClosed = errors.New("closed")

// fate says what an error tells about a statement.
type fate uint8

const (
	fateUnknown fate = iota // it may have been carried out
	fateGaveUp              // the server gave up on a write: it may have been carried out, but nobody works on it any more
	fateNotSent             // nothing was carried out; another attempt may do better
	fateRefused             // the server refused it and always will
	fateDenied              // the role lacks a right
	fateFull                // the servers' disks are full
)

// hopeless tells whether another attempt would end the same way.
func (f fate) hopeless() bool { return f == fateRefused || f == fateDenied || f == fateFull }

// diskFull are how the servers say that their disks are full; neither has a code for it. The first is Cassandra's guardrail
// (data_disk_usage_percentage_fail_threshold), the second ScyllaDB's critical disk utilisation.
var diskFull = []string{"disk usage exceeds failure threshold", "critical disk utilization"}

// notSent are the driver's errors for a statement that no node was given.
var notSent = []error{gocql.ErrNoConnections, gocql.ErrNoConnectionsInPool, gocql.ErrNoConnectionsStarted, gocql.ErrHostDown,
	gocql.ErrNoPool, gocql.ErrNoHosts, gocql.ErrUnavailable, gocql.ErrNoStreams, gocql.ErrSessionClosed, gocql.ErrSessionNotReady, errClosed}

// serverAnswer is every error that came from a server. (gocql.RequestError is meant to be that, but the driver's own errors
// do not have its methods.)
type serverAnswer interface {
	error
	GetCode() int
	GetMessage() string
}

// classify tells what a driver's error says about the statement.
func classify(err error) fate {
	var answer serverAnswer
	if errors.As(err, &answer) {
		return classifyAnswer(err, answer)
	}
	var attempt *gocql.QueryError
	if errors.As(err, &attempt) && attempt.PotentiallyExecuted() {
		return fateUnknown
	}
	for _, e := range notSent {
		if errors.Is(err, e) {
			return fateNotSent
		}
	}
	return fateUnknown
}

func classifyAnswer(err error, answer serverAnswer) fate {
	for _, text := range diskFull {
		if strings.Contains(strings.ToLower(answer.GetMessage()), text) {
			return fateFull
		}
	}
	switch answer.GetCode() {
	case gocql.ErrCodeSyntax, gocql.ErrCodeInvalid, gocql.ErrCodeConfig, gocql.ErrCodeAlreadyExists, gocql.ErrCodeProtocol:
		return fateRefused
	case gocql.ErrCodeUnauthorized, gocql.ErrCodeCredentials:
		return fateDenied
	case gocql.ErrCodeBootstrapping, gocql.ErrCodeUnprepared:
		return fateNotSent
	case gocql.ErrCodeWriteTimeout, gocql.ErrCodeCASWriteUnknown, gocql.ErrCodeWriteFailure, gocql.ErrCodeOverloaded:
		return fateGaveUp
	case gocql.ErrCodeUnavailable:
		return classifyUnavailable(err)
	}
	var limited *gocql.RequestErrRateLimitReached
	if errors.As(err, &limited) {
		return fateNotSent
	}
	return fateUnknown
}

// classifyUnavailable: too few replicas live, so nothing was tried; but a conditional commit can also find so after its
// writes were agreed on, and then it names the level of the commit, not of the agreement. For plain writes see unwritten.
func classifyUnavailable(err error) fate {
	var e *gocql.RequestErrUnavailable
	if errors.As(err, &e) && !e.Consistency.IsSerial() {
		return fateGaveUp
	}
	return fateNotSent
}

// unwritten tells whether a plain write was certainly not carried out. Too few live replicas and overload are found before
// anything is sent to a replica; but when overload meets a logged batch, its log may be written and finish it later.
func unwritten(err error, logged bool) bool {
	var answer serverAnswer
	if errors.As(err, &answer) {
		switch answer.GetCode() {
		case gocql.ErrCodeUnavailable:
			return true
		case gocql.ErrCodeOverloaded:
			return !logged
		}
	}
	return classify(err) == fateNotSent
}

// readError translates the error of a read.
func readError(op string, err error) error {
	switch classify(err) {
	case fateRefused:
		return fmt.Errorf("%s: %w: %w", op, wide.ErrInvalid, err)
	case fateDenied:
		return fmt.Errorf("%s: the role needs SELECT on the keyspace: %w: %w", op, wide.ErrUnavailable, err)
	}
	return fmt.Errorf("%s: %w: %w", op, wide.ErrUnavailable, err)
}

// writeError translates the error of a write after all attempts; sent tells whether any of them may have been carried out.
func writeError(op string, err error, sent bool) error {
	switch classify(err) {
	case fateRefused:
		return fmt.Errorf("%s: %w: %w", op, wide.ErrInvalid, err)
	case fateFull:
		return fmt.Errorf("%s: %w: %w", op, wide.ErrStorageFull, err)
	case fateDenied:
		return fmt.Errorf("%s: the role needs MODIFY on the keyspace: %w: %w", op, wide.ErrUnavailable, err)
	}
	if sent {
		return fmt.Errorf("%s: %w: %w", op, wide.ErrUnknownOutcome, err)
	}
	return fmt.Errorf("%s: %w: %w", op, wide.ErrUnavailable, err)
}

// ended is the error of a call whose context was over before anything was sent.
func ended(ctx context.Context, op string) error {
	return fmt.Errorf("%s: %w: %w", op, wide.ErrUnavailable, context.Cause(ctx))
}
