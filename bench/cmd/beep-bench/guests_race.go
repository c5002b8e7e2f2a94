package main

import (
	"context"
	"fmt"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/pluginhost"
)

// guestWork is what a guest is given in a race.
type guestWork struct {
	module module
	hook   uint64
	times  int // that a round goes through the texts
	config []byte
	same   func(content string, output []byte) error // looked at in the first round
}

// measureGuest has the guest do its work in the host, without a meter, and with the engine's switch, beside the same natively.
func (b *bench) measureGuest(ctx context.Context, h *pluginhost.Host, name string, w guestWork, texts []string, native contender) error {
	inputs := make([][]byte, len(texts))
	for i, text := range texts {
		var err error
		inputs[i], err = renderInput(text)
		if w.hook == moderateHook {
			inputs[i], err = w.module.moderateInput(text)
		}
		if err != nil {
			return err
		}
	}
	free, err := startPlain(ctx, b.data("plain-native"), w.module.wasm, w.config, false)
	if err != nil {
		return err
	}
	defer free.close()
	switched, err := startPlain(ctx, b.data("plain-native"), w.module.wasm, w.config, true)
	if err != nil {
		return err
	}
	defer switched.close()
	all, err := race(ctx, b.raceTime(), w.contender("host", texts, inputs, w.asked(h)), w.contender("unmetered", texts, inputs, w.plain(free)),
		w.contender("switch", texts, inputs, w.plain(switched)), native)
	if err != nil {
		return err
	}
	host, unmetered, own := all[0], all[1], all[2]
	add := func(what string, value float64, unit, note string) {
		b.report.add("guests", name+": "+what, value, unit, note)
	}
	add("metered", host.median(), "µs", "a call, in the host; "+host.note())
	add("unmetered", unmetered.median(), "µs", "the same module on the engine alone")
	add("engine's own switch", own.median(), "µs", fmt.Sprintf("a deadline in place of the meter: %.1f times the unmetered", own.over(unmetered)))
	add("native", all[3].median(), "µs", fmt.Sprintf("the same code in Go: the metered guest takes %.1f times as long", host.over(all[3])))
	ratio := host.over(unmetered)
	if w.hook == renderHook {
		b.report.atMost("guests", name+": metered to unmetered", ratio, meteredGoal, "times", "median of the rounds")
	} else {
		add("metered to unmetered", ratio, "times", "median of the rounds")
	}
	return nil
}

// caller calls a guest; read, when there is one, sees the output, empty where the guest changes nothing.
type caller func(input []byte, read func([]byte) error) error

// contender goes through the texts. In the first round it looks at what comes back.
func (w guestWork) contender(name string, texts []string, inputs [][]byte, call caller) contender {
	seen := false
	return contender{name, w.times * len(texts), func() error {
		for n := range w.times {
			for i, input := range inputs {
				read := ignore
				if !seen && n == 0 {
					read = func(out []byte) error { return w.same(texts[i], out) }
				}
				if err := call(input, read); err != nil {
					return err
				}
			}
		}
		seen = true
		return nil
	}}
}

func (w guestWork) asked(h *pluginhost.Host) caller {
	q := pluginhost.Question{Plugin: w.module.manifest.ID, Hook: core.HookRender, Server: 1, Config: w.config}
	if w.hook == moderateHook {
		q.Hook = core.HookModerate
	}
	return func(input []byte, read func([]byte) error) error {
		q.Input, q.Read = input, read
		_, err := h.Ask(q)
		return err
	}
}

func (w guestWork) plain(p *plain) caller {
	return func(input []byte, read func([]byte) error) error {
		out, err := p.call(w.hook, input)
		if err != nil {
			return err
		}
		return read(out)
	}
}
