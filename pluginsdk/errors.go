package beep

import (
	"errors"

	"github.com/beep-chat/beep/pluginsdk/internal/port"
	"github.com/beep-chat/beep/pluginsdk/internal/wire"
)

// MaxErrorMessage bounds the message of an Error, in bytes; what is longer is cut.
const MaxErrorMessage = 1 << 10

// Error is how a hook says that it cannot answer. Operators read it; the author of a message does not.
type Error struct {
	Code      string // for programs, like "bad_config"; empty: "failed"
	Message   string // for people, in English
	Retryable bool   // the same call may succeed later
}

// Error is the code and the message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Codes of the errors that the SDK itself answers with.
const (
	CodeFailed         = "failed"           // a hook returned an error that is not an *Error
	CodeInvalidInput   = "invalid_input"    // the node's input is not what this SDK knows
	CodeOutputTooLarge = "output_too_large" // the node takes no answer of this size
)

// Errno is why the node did not do what it was asked.
type Errno int32

// The errnos of the ABI.
const (
	ErrNotPermitted = Errno(port.NotPermitted)
	ErrNotFound     = Errno(port.NotFound)
	ErrTryAgain     = Errno(port.TryAgain)
	ErrOutOfTime    = Errno(port.OutOfTime)
	ErrOverLimit    = Errno(port.OverLimit)
	ErrInvalid      = Errno(port.Invalid)
	ErrUnknown      = Errno(port.Unknown)
)

// Error says it in words.
func (e Errno) Error() string {
	switch e {
	case ErrNotPermitted:
		return "the plugin is not permitted to do this"
	case ErrNotFound:
		return "the node does not have it"
	case ErrTryAgain:
		return "the node cannot do it now; try again"
	case ErrOutOfTime:
		return "the time of this call is used up"
	case ErrOverLimit:
		return "it is over a limit of the node"
	case ErrInvalid:
		return "the node cannot read the request"
	case ErrUnknown:
		return "the node does not know this operation; it is older than the plugin"
	}
	return "an errno that this SDK does not know"
}

// appendError writes any error as what the ABI calls a failure on purpose.
func appendError(b []byte, err error) []byte {
	e := &Error{Code: CodeFailed, Message: err.Error()}
	var own *Error
	if errors.As(err, &own) {
		e = &Error{Code: own.Code, Message: own.Message, Retryable: own.Retryable}
		if e.Code == "" {
			e.Code = CodeFailed
		}
	}
	b = wire.AppendString(append(b, `{"code":`...), e.Code)
	b = wire.AppendString(append(b, `,"message":`...), cutBytes(e.Message, MaxErrorMessage))
	if e.Retryable {
		b = append(b, `,"retryable":true`...)
	}
	return append(b, '}')
}
