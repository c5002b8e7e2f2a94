package pluginhost

import (
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/beep-chat/beep/core"
)

const (
	maxLineBytes    = 1 << 10
	maxLinesAMinute = 300
	levelInfo       = 1
	levelWarning    = 2
	levelError      = 3
)

// guestLog is what a plugin writes, for operators: rate-limited, without control characters, never mistaken for Beep's own lines.
type guestLog struct {
	logger *slog.Logger
	plugin core.PluginID

	mu      sync.Mutex
	minute  time.Time
	lines   int
	dropped int
}

// take counts a line; false when the minute has had enough.
func (l *guestLog) take(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.minute) >= time.Minute {
		if l.dropped > 0 {
			l.logger.Warn("plugin lines dropped", "plugin", l.plugin, "lines", l.dropped)
		}
		l.minute, l.lines, l.dropped = now, 0, 0
	}
	if l.lines >= maxLinesAMinute {
		l.dropped++
		return false
	}
	l.lines++
	return true
}

// line logs one line of a guest.
func (c *call) line(level int32, text []byte) {
	c.lines++
	if c.lines > maxLinesACall || c.log == nil || !c.log.take(time.Now()) {
		return
	}
	l := slog.LevelDebug
	switch level {
	case levelInfo:
		l = slog.LevelInfo
	case levelWarning:
		l = slog.LevelWarn
	case levelError:
		l = slog.LevelError
	}
	c.log.logger.Log(c.Context, l, "plugin says", "plugin", c.log.plugin, "hook", c.hook, "text", tidy(string(text), maxLineBytes))
}

// tidy makes a guest's text safe to show: valid, without control characters, of at most so many characters.
func tidy(s string, runes int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if utf8.RuneCountInString(s) <= runes {
		return s
	}
	for i := range s {
		if runes == 0 {
			return s[:i]
		}
		runes--
	}
	return s
}
