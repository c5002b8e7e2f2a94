package jsonlog

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"strconv"
	"strings"
)

// Fields of the kinds.
const (
	fieldLevel     = "level"
	fieldTimestamp = "timestamp"
	fieldService   = "service"
	fieldContainer = "container_id"
	fieldMessage   = "message"
	fieldStack     = "stack_trace"
	fieldContext   = "context"
	fieldAction    = "action"
	fieldUser      = "user"
	fieldDetails   = "details"
)

// maxStackFrames bounds the stack of an error line.
const maxStackFrames = 32

// step is one With or WithGroup of a logger.
type step func(slog.Handler) slog.Handler

// handler is the slog.Handler of application and error lines. Attributes and groups are kept as steps and replayed where
// something has to stand before them: for an error line, whose attributes stand under context, and for the attributes of
// ctx when a group is open. Both are rare, so that the common line pays nothing.
type handler struct {
	log         *Log
	level       slog.Level
	fromContext func(context.Context) []slog.Attr
	plain       slog.Handler // DEBUG and INFO lines, which may be dropped; with the steps applied
	firm        slog.Handler // WARNING lines (in text form ERROR too); with the steps applied
	rootPlain   slog.Handler // the same two without the steps
	rootFirm    slog.Handler
	text        bool
	grouped     bool // a group is open
	steps       []step
}

func newHandler(l *Log, o Options) slog.Handler {
	h := &handler{log: l, level: o.Level, fromContext: o.FromContext, text: o.Text}
	plain, firm := lineWriter{l, true}, lineWriter{l, false}
	if o.Text {
		options := &slog.HandlerOptions{Level: o.Level, ReplaceAttr: textAttr}
		h.rootPlain, h.rootFirm = slog.NewTextHandler(plain, options), slog.NewTextHandler(firm, options)
		h.plain, h.firm = h.rootPlain, h.rootFirm
		return h
	}
	identity := []slog.Attr{slog.String(fieldService, o.Service), slog.String(fieldContainer, o.ContainerID)}
	options := &slog.HandlerOptions{Level: o.Level, ReplaceAttr: contractAttr}
	h.rootPlain = slog.NewJSONHandler(plain, options).WithAttrs(identity)
	h.rootFirm = slog.NewJSONHandler(firm, options).WithAttrs(identity)
	h.plain, h.firm = h.rootPlain, h.rootFirm
	return h
}

// Enabled implements slog.Handler.
func (h *handler) Enabled(_ context.Context, level slog.Level) bool { return level >= h.level }

// WithAttrs implements slog.Handler.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	attrs = renameReserved(attrs)
	return h.with(func(to slog.Handler) slog.Handler { return to.WithAttrs(attrs) })
}

// WithGroup implements slog.Handler.
func (h *handler) WithGroup(name string) slog.Handler {
	c := h.with(func(to slog.Handler) slog.Handler { return to.WithGroup(name) })
	c.grouped = c.grouped || name != ""
	return c
}

func (h *handler) with(s step) *handler {
	c := *h
	c.plain, c.firm = s(h.plain), s(h.firm)
	c.steps = append(append([]step(nil), h.steps...), s)
	return &c
}

// Handle implements slog.Handler.
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	var outer []slog.Attr // stand outside of the logger's groups
	if h.fromContext != nil {
		outer = h.fromContext(ctx)
	}
	inner := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	var stack string
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == fieldStack && r.Level >= slog.LevelError {
			stack = a.Value.Resolve().String()
			return true
		}
		inner.AddAttrs(renameReserved([]slog.Attr{a})...)
		return true
	})
	if r.Level >= slog.LevelError && !h.text {
		if stack == "" {
			stack = callers()
		}
		outer = append(outer, slog.String("source", source(r.PC)))
		to := h.rootFirm.WithAttrs([]slog.Attr{slog.String(fieldStack, stack)}).WithGroup(fieldContext).WithAttrs(outer)
		return h.replay(to).Handle(ctx, inner)
	}
	to, root := h.plain, h.rootPlain
	if r.Level >= slog.LevelWarn {
		to, root = h.firm, h.rootFirm
	}
	switch {
	case len(outer) > 0 && h.grouped:
		to = h.replay(root.WithAttrs(outer))
	case len(outer) > 0:
		inner.AddAttrs(outer...)
	}
	return to.Handle(ctx, inner)
}

func (h *handler) replay(to slog.Handler) slog.Handler {
	for _, s := range h.steps {
		to = s(to)
	}
	return to
}

// contractAttr gives slog's own members the names and forms of the contract.
func contractAttr(groups []string, a slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return plainError(a)
	}
	switch a.Key {
	case slog.TimeKey:
		if a.Value.Kind() == slog.KindTime {
			return slog.String(fieldTimestamp, string(appendTime(nil, a.Value.Time())))
		}
	case slog.LevelKey:
		if level, ok := a.Value.Any().(slog.Level); ok {
			return slog.String(fieldLevel, levelName(level))
		}
	case slog.MessageKey:
		return slog.Attr{Key: fieldMessage, Value: a.Value}
	}
	return plainError(a)
}

// plainError writes durations as people read them.
func plainError(a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		return slog.String(a.Key, a.Value.Duration().String())
	}
	return a
}

func levelName(l slog.Level) string {
	switch {
	case l < slog.LevelInfo:
		return "DEBUG"
	case l < slog.LevelWarn:
		return "INFO"
	case l < slog.LevelError:
		return "WARNING"
	}
	return "ERROR"
}

// renameReserved keeps an attribute from doubling a member of the contract.
func renameReserved(attrs []slog.Attr) []slog.Attr {
	out := attrs
	for i, a := range attrs {
		switch a.Key {
		case fieldLevel, fieldTimestamp, fieldService, fieldContainer, fieldMessage, fieldStack, fieldContext, fieldAction,
			slog.TimeKey, slog.MessageKey:
			if &out[0] == &attrs[0] {
				out = append([]slog.Attr(nil), attrs...)
			}
			out[i].Key = "attr_" + a.Key
		}
	}
	return out
}

func textAttr(groups []string, a slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return a
	}
	switch a.Key {
	case slog.TimeKey:
		if a.Value.Kind() == slog.KindTime {
			return slog.String(a.Key, a.Value.Time().Local().Format("15:04:05.000"))
		}
	case slog.LevelKey:
		if level, ok := a.Value.Any().(slog.Level); ok {
			return slog.String(a.Key, levelName(level))
		}
	}
	return a
}

// callers is the stack above slog, one "function file:line" a line.
func callers() string {
	var pcs [maxStackFrames + 8]uintptr
	n := runtime.Callers(3, pcs[:])
	frames := runtime.CallersFrames(pcs[:n])
	var b strings.Builder
	for kept := 0; kept < maxStackFrames; {
		f, more := frames.Next()
		if f.Function != "" && !strings.HasPrefix(f.Function, "log/slog.") {
			fmt.Fprintf(&b, "%s %s:%d\n", f.Function, f.File, f.Line)
			kept++
		}
		if !more {
			break
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func source(pc uintptr) string {
	if pc == 0 {
		return "unknown"
	}
	f, _ := runtime.CallersFrames([]uintptr{pc}).Next()
	return f.File + ":" + strconv.Itoa(f.Line)
}

// lineWriter takes the lines slog makes.
type lineWriter struct {
	log       *Log
	droppable bool
}

// Write implements io.Writer with exactly one line.
func (w lineWriter) Write(line []byte) (int, error) {
	n := len(line)
	if n > MaxLineBytes {
		line = w.log.appendTooLong(nil, n)
	}
	return n, w.log.queue.put(line, w.droppable)
}
