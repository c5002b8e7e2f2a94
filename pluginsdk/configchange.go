package beep

import "github.com/beep-chat/beep/pluginsdk/internal/wire"

// MaxProblems bounds how many problems of a configuration are reported; the rest is left out.
const MaxProblems = 50

// ConfigChange is a configuration that a server wants to store.
type ConfigChange struct {
	Server string
	Config []byte // JSON, valid by the schema in plugin.json; only good until the hook returns
}

// Problem is one thing that is wrong with a configuration.
type Problem struct {
	// Pointer is the field as a JSON pointer (RFC 6901), like "/expressions/0/pattern"; empty for the whole.
	Pointer string
	Message Text // for the person who fills in the form
}

// Problems are what is wrong with a configuration. As an error of the function of NewConfig they reach the form by themselves.
type Problems []Problem

// Error is the first problem in English.
func (p Problems) Error() string {
	if len(p) == 0 {
		return "no problem"
	}
	if p[0].Pointer == "" {
		return p[0].Message["en"]
	}
	return p[0].Pointer + ": " + p[0].Message["en"]
}

// appendProblems writes problems; nothing at all if there are none.
func appendProblems(b []byte, problems Problems) []byte {
	if len(problems) == 0 {
		return b
	}
	b = append(b, `{"errors":[`...)
	for i, p := range problems[:min(len(problems), MaxProblems)] {
		if i > 0 {
			b = append(b, ',')
		}
		b = wire.AppendString(append(b, `{"pointer":`...), p.Pointer)
		b = appendText(append(b, `,"message":`...), p.Message, MaxReason)
		b = append(b, '}')
	}
	return append(b, `]}`...)
}
