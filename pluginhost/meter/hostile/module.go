package hostile

import (
	"fmt"
	"strings"

	"github.com/beep-chat/beep/pluginhost/meter/asm"
)

// MaxPages is the memory all modules may grow to: what a node allows.
const MaxPages = 512

// Manifest is a valid manifest for a plugin with hooks such as message.moderate.
func Manifest(id string, hooks ...string) []byte {
	described := make([]string, len(hooks))
	for i, h := range hooks {
		described[i] = fmt.Sprintf("%q: {}", h)
		if h == "markdown.render" {
			described[i] = fmt.Sprintf("%q: {\"version\": 1}", h)
		}
	}
	return fmt.Appendf(nil, `{"id": %q, "version": "1.0.0", "abi": "beep/1", "name": {"en": %q}, "description": {"en": "Means harm"}, `+
		`"state": "none", "hooks": {%s}}`, id, id, strings.Join(described, ", "))
}

// module is a module under way. Its imports are the same for all, at these indices.
type module struct{ *asm.Builder }

// The functions of beep_v1 every module here imports.
const (
	inputRead = iota
	outputWrite
	hostCall
	hostRead
	log
	deadline
)

// handleType is the type of beep_handle: the hook is local 0, the length of the input local 1.
const handleType = "ii:i"

// start makes a module with the imports and a memory.
func start(pages uint32) module {
	m := module{asm.New()}
	for _, f := range []struct{ name, signature string }{
		{"input_read", "iii:i"}, {"output_write", "ii:i"}, {"host_call", "iii:i"}, {"host_read", "iii:i"}, {"log", "iii:"}, {"deadline_ms", ":i"},
	} {
		m.Import("beep_v1", f.name, f.signature)
	}
	m.Memory(pages, MaxPages)
	m.Export("memory", asm.KindMemory, 0)
	return m
}

// finish adds beep_handle, whose locals 2 and 3 are i32, and the sections.
func (m module) finish(manifest []byte, body ...asm.Code) []byte {
	handle := m.Func(handleType, "ii", append(body, asm.I32(0))...)
	m.Export("beep_handle", asm.KindFunc, handle)
	m.Custom("beep.abi", []byte("1.0"))
	m.Custom("beep.manifest", manifest)
	return m.Bytes()
}

// forever turns without end.
func forever(body ...asm.Code) asm.Code { return asm.Loop(append(body, asm.Br(0))...) }
