package pluginhost

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/beep-chat/beep/core"
)

// hook is what the ABI fixes for a hook: its number, limits, and the fields of its input.
type hook struct {
	number uint64
	wall   time.Duration
	fuel   int64
	output int
	fields []string
}

// Limits of a call; docs/plugins/abi.md has the table.
const (
	moderateWall  = 50 * time.Millisecond
	chainWall     = 120 * time.Millisecond // of all plugins that judge one message
	configWall    = time.Second
	startWall     = 2 * time.Second // of _initialize
	shortFuel     = 5_000_000
	longFuel      = 100_000_000
	outputBytes   = 64 << 10
	renderBytes   = 512 << 10
	memoryPages   = 512 // 32 MiB an instance
	pageBytes     = 64 << 10
	sliceFuel     = 4_000  // points between two ticks: under 10 ms of the dearest code, some 20 µs of the usual
	maxHostCalls  = 10_000 // of a call, to functions of the host
	maxRandom     = 64 << 10
	maxRecycle    = 10_000 // calls until an instance is replaced
	maxLinesACall = 20
)

var hooks = map[core.Hook]hook{
	core.HookModerate: {number: 1, wall: moderateWall, fuel: shortFuel, output: outputBytes,
		fields: []string{"server", "channel", "author", "message", "edit", "content", "config"}},
	core.HookRender:        {number: 2, wall: moderateWall, fuel: shortFuel, output: renderBytes, fields: []string{"content"}},
	core.HookConfigChanged: {number: 9, wall: configWall, fuel: longFuel, output: outputBytes, fields: []string{"server", "config"}},
}

// prefilters are the conditions a manifest may name. They let most messages pass a guest by.
var prefilters = map[string]func(h *Host, content string) bool{
	"link": func(_ *Host, s string) bool { return strings.Contains(s, "://") || containsFold(s, "www.") },
	"mention": func(_ *Host, s string) bool {
		return strings.Contains(s, "<@") || strings.Contains(s, "@everyone") || strings.Contains(s, "@here")
	},
	"mark": func(h *Host, s string) bool {
		_, plain := h.o.Native.Plain(s)
		return !plain
	},
	"upper": func(_ *Host, s string) bool { return capitals(s) >= minCapitals },
}

const minCapitals = 4

// containsFold looks for an ASCII text in small letters, whatever the case it has in s.
func containsFold(s, lower string) bool {
	for i := 0; i+len(lower) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(lower)], lower) {
			return true
		}
	}
	return false
}

func capitals(s string) int {
	n := 0
	for _, c := range s {
		if c < utf8.RuneSelf && 'A' <= c && c <= 'Z' || c >= utf8.RuneSelf && unicode.IsUpper(c) {
			n++
		}
	}
	return n
}

// passes tells whether a content meets one of the conditions; without conditions every content does.
func (h *Host) passes(names []string, content string) bool {
	for _, name := range names {
		if prefilters[name](h, content) {
			return true
		}
	}
	return len(names) == 0
}
