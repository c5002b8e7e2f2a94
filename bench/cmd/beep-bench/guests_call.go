package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	extism "github.com/extism/go-sdk"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/pluginhost"
	"github.com/beep-chat/beep/render/markdown"
)

// Numbers of hooks in the ABI.
const (
	moderateHook = 1
	renderHook   = 2
)

// echoSizes are the payloads of bare calls: a message, a long one, one at the limit.
var echoSizes = []struct {
	name  string
	bytes int
}{{"180 B", 180}, {"2 KB", 2 << 10}, {"20 KB", 20 << 10}}

// measureEcho calls guests that hand back what they were given: Beep's host with all it does for a call, and Extism.
func (b *bench) measureEcho(ctx context.Context) error {
	ours, err := buildEcho(ctx)
	if err != nil {
		return err
	}
	h, err := b.host(ctx, b.guestCache(), nil, ours)
	if err != nil {
		return err
	}
	defer h.Close()
	theirs, err := b.buildExtism(ctx)
	if err != nil {
		return err
	}
	// No timeout: with one, Extism has the engine look at a deadline, which makes it slower by far.
	anchor, err := extism.NewPlugin(ctx, extism.Manifest{Wasm: []extism.Wasm{extism.WasmData{Data: theirs}}}, extism.PluginConfig{EnableWasi: true}, nil)
	if err != nil {
		return fmt.Errorf("extism: %w", err)
	}
	defer anchor.Close(ctx)
	for _, size := range echoSizes {
		payload := []byte(strings.Repeat("hello wor", size.bytes/9+1)[:size.bytes])
		all, err := race(ctx, b.raceTime(), beepEcho(h, payload), extismEcho(anchor, payload))
		if err != nil {
			return fmt.Errorf("%s: %w", size.name, err)
		}
		name := "bare call, " + size.name + " in and out"
		if size.bytes == 2<<10 {
			b.report.atMost("guests", name, all[0].median(), bareCallGoal, "µs", "pooled, metered; "+all[0].note())
		} else {
			b.report.add("guests", name, all[0].median(), "µs", "pooled, metered; "+all[0].note())
		}
		b.report.add("guests", name+", Extism", all[1].median(), "µs", "go-sdk and go-pdk, one instance kept, no timeout; "+all[1].note())
	}
	return nil
}

// Calls of a round: a few milliseconds.
const (
	echoCalls   = 2000
	extismCalls = 50
)

func beepEcho(h *pluginhost.Host, payload []byte) contender {
	var got []byte
	q := pluginhost.Question{Plugin: echoGuest, Hook: core.HookRender, Server: 1, Input: payload, Read: ignore}
	looked := q
	looked.Read = func(out []byte) error { got = bytes.Clone(out); return nil }
	return contender{"beep", echoCalls, func() error {
		if _, err := h.Ask(looked); err != nil || !bytes.Equal(got, payload) {
			return errors.Join(errors.New("it is no echo"), err)
		}
		for range echoCalls - 1 {
			if outcome, err := h.Ask(q); err != nil || outcome != pluginhost.Answered {
				return errors.Join(fmt.Errorf("the call ended as %s", outcome), err)
			}
		}
		return nil
	}}
}

func extismEcho(p *extism.Plugin, payload []byte) contender {
	return contender{"extism", extismCalls, func() error {
		for range extismCalls {
			_, out, err := p.Call("echo", payload)
			if err != nil || len(out) != len(payload) {
				return errors.Join(errors.New("it is no echo"), err)
			}
		}
		return nil
	}}
}

// measureMarkdown renders by the guest in the host, by the same guest without a meter, with the engine's switch, and natively.
func (b *bench) measureMarkdown(ctx context.Context, m module) error {
	h, err := b.host(ctx, b.guestCache(), nil, m.wasm)
	if err != nil {
		return err
	}
	defer h.Close()
	cases := []struct {
		name  string
		texts []string
		times int // that a round goes through them
	}{{"real texts", sample(b.texts, sampleTexts, readsMarkdown), 1}, {"2 KB of Markdown", []string{page()}, 20}}
	for _, c := range cases {
		work := guestWork{module: m, hook: renderHook, times: c.times, same: sameHTML}
		native := contender{"native", c.times * len(c.texts), func() error {
			for range c.times {
				for _, text := range c.texts {
					markdown.HTML(text)
				}
			}
			return nil
		}}
		if err := b.measureGuest(ctx, h, "markdown, "+c.name, work, c.texts, native); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return nil
}

// sameHTML holds that a guest renders as the code it is made of.
func sameHTML(content string, output []byte) error {
	var out struct{ HTML string }
	if err := json.Unmarshal(output, &out); err != nil {
		return err
	}
	if want := markdown.HTML(content); out.HTML != want {
		return fmt.Errorf("%q became %q, natively %q", content, out.HTML, want)
	}
	return nil
}

// measureModeration judges real texts by many rules, and by none.
func (b *bench) measureModeration(ctx context.Context, m module) error {
	h, err := b.host(ctx, b.guestCache(), nil, m.wasm)
	if err != nil {
		return err
	}
	defer h.Close()
	words, err := moderationConfig()
	if err != nil {
		return err
	}
	texts := sample(b.texts, sampleTexts, func(string) bool { return true })
	for _, c := range []struct {
		name   string
		config []byte
	}{{rulesName, words}, {"empty configuration", []byte("{}")}} {
		judge, err := compileRules(c.config)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		work := guestWork{module: m, hook: moderateHook, times: 1, config: h.WithDefaults(m.manifest.ID, c.config), same: passes}
		native := contender{"native", len(texts), func() error {
			for _, text := range texts {
				judge.Judge("2", text)
			}
			return nil
		}}
		if err := b.measureGuest(ctx, h, "moderation, "+c.name, work, texts, native); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return nil
}

// passes holds that a verdict lets the message pass unchanged: what meets a rule is another amount of work.
func passes(content string, output []byte) error {
	var out struct{ Action core.Action }
	if len(output) == 0 {
		return nil
	}
	if err := json.Unmarshal(output, &out); err != nil || out.Action != core.ActionAllow {
		return fmt.Errorf("%q was met: %s %w", content, output, err)
	}
	return nil
}
