package jsonlog

import (
	"context"
	"errors"
	"log/slog"
	"regexp"
	"time"

	"github.com/beep-chat/beep/internal/pii"
)

// AuditEntry is one act that somebody may have to answer for.
type AuditEntry struct {
	Time       time.Time   // zero: now
	Action     string      // UPPER_SNAKE, "USER_CREATED"
	User       pii.User    // who did it; zero for the program itself
	ActorType  string      // "user", "bot", "system"
	Target     any         // what it was done to: an id, or a value of package pii for a person
	TargetType string      // "user", "channel", ...
	Result     string      // "ok", "refused", "failed"
	Reason     string      // as given by the actor
	Details    []slog.Attr // everything else, for example before and after
	Fields     []slog.Attr // further members of the line itself, for example the place in a chain
}

// ErrBadAction is returned for an action that is not UPPER_SNAKE.
var ErrBadAction = errors.New("audit action is not UPPER_SNAKE")

var actionForm = regexp.MustCompile(`^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$`)

// Audit queues an audit line; when the queue is full it waits, since an audit line is never dropped. The line on the
// output is a copy for collectors: an act whose audit must not be lost keeps it in a store first.
func (l *Log) Audit(ctx context.Context, e AuditEntry) error {
	if !actionForm.MatchString(e.Action) {
		return ErrBadAction
	}
	if e.Time.IsZero() {
		e.Time = l.now()
	}
	r := slog.NewRecord(e.Time, slog.LevelInfo, "", 0)
	user := e.User.String()
	if e.User.IsZero() {
		user = "system"
	}
	r.AddAttrs(slog.String(fieldAction, e.Action), slog.String(fieldUser, user))
	for _, f := range []struct{ name, value string }{
		{"actor_type", e.ActorType}, {"target_type", e.TargetType}, {"result", e.Result}, {"reason", e.Reason},
	} {
		if f.value != "" {
			r.AddAttrs(slog.String(f.name, f.value))
		}
	}
	if e.Target != nil {
		r.AddAttrs(slog.Any("target", e.Target))
	}
	r.AddAttrs(renameReserved(e.Fields)...)
	r.AddAttrs(slog.Any(fieldDetails, details(e.Details)))
	return l.audit.Handle(ctx, r)
}

// details is an object even when it is empty, which slog would leave out.
func details(attrs []slog.Attr) slog.Value {
	if len(attrs) == 0 {
		return slog.AnyValue(struct{}{})
	}
	return slog.GroupValue(attrs...)
}

func newAuditHandler(l *Log, o Options) slog.Handler {
	out := lineWriter{l, false}
	if o.Text {
		return slog.NewTextHandler(out, &slog.HandlerOptions{ReplaceAttr: auditTextAttr})
	}
	return slog.NewJSONHandler(out, &slog.HandlerOptions{ReplaceAttr: auditAttr}).
		WithAttrs([]slog.Attr{slog.String(fieldService, o.Service), slog.String(fieldContainer, o.ContainerID)})
}

// auditAttr leaves level and message out: the kind has neither.
func auditAttr(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && (a.Key == slog.LevelKey || a.Key == slog.MessageKey) {
		return slog.Attr{}
	}
	return contractAttr(groups, a)
}

func auditTextAttr(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.LevelKey {
		return slog.String(slog.LevelKey, "AUDIT")
	}
	if len(groups) == 0 && a.Key == slog.MessageKey {
		return slog.Attr{}
	}
	return textAttr(groups, a)
}
