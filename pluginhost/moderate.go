package pluginhost

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/beep-chat/beep/core"
)

// answer is the output of message.moderate.
type answer struct {
	Action  core.Action `json:"action"`
	Reason  core.Text   `json:"reason"`
	Content string      `json:"content"`
	Rule    string      `json:"rule"`
	Excerpt string      `json:"excerpt"`
}

// reasonMissing is what the author is told when the plugin gives no reason.
var reasonMissing = core.Text{
	"en": "A moderation plugin of this server did not accept this message.",
	"fr": "Un module de modération de ce serveur n’a pas accepté ce message.",
}

// notJudged is what moderators are told of a message that passed because its judge failed.
var notJudged = core.Text{
	"en": "The plugin could not judge this message.",
	"fr": "Le module n’a pas pu juger ce message.",
}

// step is one plugin's turn at a message.
type step struct {
	settings core.PluginSettings
	version  *version // nil: not in service
	order    int
}

// MessageWillBeSent implements core.MessageHooks: the plugins of the server judge the message, one after the other; each sees
// what the one before it made of it, and the first that rejects it ends the round.
func (h *Host) MessageWillBeSent(ctx context.Context, d core.Draft) (string, error) {
	settings, err := h.o.Settings.Settings(ctx, d.Server)
	if err != nil || len(settings) == 0 {
		return d.Content, err
	}
	steps := h.round(settings)
	defer func() {
		for _, s := range steps {
			if s.version != nil {
				s.version.release()
			}
		}
	}()
	until := time.Now().Add(chainWall * time.Duration(h.o.TimeFactor))
	for _, s := range steps {
		if d.Content, err = h.turn(s, d, until); err != nil {
			return "", err
		}
	}
	return d.Content, nil
}

// round puts the plugins in their order and holds their versions.
func (h *Host) round(settings []core.PluginSettings) []step {
	steps := make([]step, 0, len(settings))
	for _, s := range settings {
		p := h.find(s.Plugin)
		if p == nil {
			continue // it was removed from this node: nothing to ask, and nobody to blame
		}
		v := p.acquire()
		order := defaultOrder
		if v != nil {
			m, judges := v.Hooks[core.HookModerate]
			if !judges {
				v.release()
				continue
			}
			order = m.order()
		}
		steps = append(steps, step{s, v, order})
	}
	if len(steps) > 1 {
		slices.SortFunc(steps, func(a, b step) int {
			return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.settings.Plugin, b.settings.Plugin))
		})
	}
	return steps
}

// turn lets one plugin judge and does what it says. The content it leaves, or the refusal.
func (h *Host) turn(s step, d core.Draft, until time.Time) (string, error) {
	v, err := h.judge(s, d, until)
	if err != nil {
		return h.failed(s, d, err)
	}
	if v.Action == core.ActionAllow {
		return d.Content, nil
	}
	h.o.Settings.Record(record(d, v))
	switch {
	case v.DryRun:
	case v.Action == core.ActionReject:
		return "", rejected(v)
	case v.Action == core.ActionReplace:
		return v.Content, nil
	}
	return d.Content, nil
}

// judge asks the plugin. The error is a *FaultError or a *Failure.
func (h *Host) judge(s step, d core.Draft, until time.Time) (core.Verdict, error) {
	out := core.Verdict{Plugin: s.settings.Plugin, Action: core.ActionAllow, DryRun: s.settings.DryRun}
	v := s.version
	if v == nil {
		return out, &FaultError{Plugin: s.settings.Plugin, Hook: core.HookModerate, Fault: FaultNotReady}
	}
	m := v.Hooks[core.HookModerate]
	if !h.passes(m.Prefilter, d.Content) {
		return out, nil
	}
	input := inputs.Get().(*[]byte)
	defer inputs.Put(input)
	*input = moderateInput((*input)[:0], m, d, configName(s.settings))
	_, err := v.do(request{hook: core.HookModerate, server: d.Server, input: *input, until: until, settings: &s.settings,
		read: func(b []byte) error { return h.readVerdict(b, &out) }})
	return out, err
}

// readVerdict checks what a plugin answered.
func (h *Host) readVerdict(b []byte, out *core.Verdict) error {
	var a answer
	if err := unmarshal(b, &a); err != nil {
		return fmt.Errorf("the output is not JSON of a verdict: %w", err)
	}
	switch a.Action {
	case core.ActionAllow, core.ActionReject, core.ActionFlag:
	case core.ActionReplace:
		if err := h.checkContent(a.Content); err != nil {
			return err
		}
		out.Content = a.Content
	default:
		return fmt.Errorf("action %.20q is none of allow, reject, replace and flag", a.Action)
	}
	out.Action, out.Rule, out.Excerpt = a.Action, tidy(a.Rule, core.MaxVerdictRule), tidy(a.Excerpt, core.MaxVerdictExcerpt)
	if len(a.Reason) > 0 {
		out.Reason = core.Text{}
	}
	for _, language := range languages {
		if text, ok := a.Reason[language]; ok {
			out.Reason[language] = tidy(text, core.MaxVerdictReason)
		}
	}
	return nil
}

// languages are those the client speaks; texts in others are not kept.
var languages = []string{"en", "fr"}

func (h *Host) checkContent(s string) error {
	n := utf8.RuneCountInString(s)
	switch limit := h.o.MessageCharacters; {
	case !utf8.ValidString(s):
		return errors.New("the content put in place is not UTF-8")
	case strings.TrimSpace(s) == "":
		return errors.New("the content put in place is empty: reject the message instead")
	case limit > 0 && n > limit:
		return fmt.Errorf("the content put in place has %d characters, %d are allowed", n, limit)
	case strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' }):
		return errors.New("the content put in place has control characters")
	}
	return nil
}

// failed does what the server chose for messages whose judge fails.
func (h *Host) failed(s step, d core.Draft, err error) (string, error) {
	var fault *FaultError
	if errors.As(err, &fault) && fault.Fault.called() {
		h.o.Logger.Warn("plugin failed", "plugin", s.settings.Plugin, "hook", core.HookModerate, "fault", fault.Fault, "error", err)
	}
	v := core.Verdict{Plugin: s.settings.Plugin, Action: core.ActionFlag, Reason: notJudged, DryRun: s.settings.DryRun, Failed: true}
	if s.settings.OnFailure == core.FailClosed && !s.settings.DryRun {
		v.Action = core.ActionReject
		h.o.Settings.Record(record(d, v))
		return "", core.E(core.CodePluginUnavailable, "moderate message").With("plugin", string(s.settings.Plugin)).
			With("hook", string(core.HookModerate)).Because(err)
	}
	h.o.Settings.Record(record(d, v))
	return d.Content, nil
}

func rejected(v core.Verdict) error {
	reason := v.Reason
	if reason["en"] == "" {
		reason = reasonMissing
	}
	return core.E(core.CodeMessageRejected, "moderate message").With("reason", reason).With("plugin", string(v.Plugin))
}

func record(d core.Draft, v core.Verdict) core.VerdictRecord {
	v.Content = "" // what was put in place is in the message
	return core.VerdictRecord{Server: d.Server, Channel: d.Channel, Author: d.Author, Message: d.Message, Edit: d.Edit, Verdict: v}
}

// configName names a server's configuration to the plugin, which may keep it decoded under that name.
func configName(s core.PluginSettings) string { return strconv.FormatInt(s.Version, 10) }

// moderateInput writes the fields the plugin asked for.
func moderateInput(b []byte, m HookManifest, d core.Draft, config string) []byte {
	id := func(field string, n int64) {
		b = append(appendName(b, field), '"')
		b = append(strconv.AppendInt(b, n, 10), '"')
	}
	b = append(b, '{')
	// Server and configuration always come: a plugin that kept a configuration without knowing whose would mix two up.
	id("server", int64(d.Server))
	b = appendString(appendName(b, "config"), config)
	if m.wants("channel") {
		id("channel", int64(d.Channel))
	}
	if m.wants("author") {
		id("author", int64(d.Author))
	}
	if m.wants("message") {
		id("message", int64(d.Message))
	}
	if m.wants("edit") {
		b = strconv.AppendBool(appendName(b, "edit"), d.Edit)
	}
	if m.wants("content") {
		b = appendString(appendName(b, "content"), d.Content)
	}
	return append(b, '}')
}

func appendName(b []byte, name string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	b = append(b, '"')
	b = append(b, name...)
	return append(b, '"', ':')
}

// appendString writes a JSON string: what must be escaped is, what is not UTF-8 becomes U+FFFD.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' {
				i++
				continue
			}
			b = append(b, s[from:i]...)
			b = appendEscaped(b, c)
			i++
			from = i
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			b = append(b, s[from:i]...)
			b = append(b, "\uFFFD"...)
			from = i + n
		}
		i += n
	}
	return append(append(b, s[from:]...), '"')
}

func appendEscaped(b []byte, c byte) []byte {
	const hex = "0123456789abcdef"
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, '\\', 'n')
	}
	return append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}
