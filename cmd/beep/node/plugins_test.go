package node_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/beep-chat/beep/cmd/beep/node"
	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/pluginhost"
	"github.com/beep-chat/beep/pluginhost/guest/guesttest"
	"github.com/beep-chat/beep/pluginhost/meter/hostile"
	"github.com/beep-chat/beep/render"
)

const moderation = "chat.beep.moderation"

// guestPatience keeps guests from being stopped because the machine is busy with other tests.
const guestPatience = 40

// calls counts the calls of plugins, by plugin and outcome.
type calls struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *calls) add(call pluginhost.Call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int{}
	}
	c.n[string(call.Plugin)+" "+string(call.Outcome)+" "+string(call.Fault)]++
}

func (c *calls) of(start string) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, count := range c.n {
		if strings.HasPrefix(key, start) {
			n += count
		}
	}
	return n
}

// withGuests opens a node with the built-in plugins and others, and waits until all are in service. Compiled code is kept in cache.
func withGuests(t *testing.T, c *calls, cache string, more ...[]byte) *world {
	t.Helper()
	packages := []pluginhost.Package{{Wasm: guesttest.ForTest(t, "../../../plugins/moderation")}, {Wasm: guesttest.ForTest(t, "../../../plugins/markdown")}}
	for _, wasm := range more {
		packages = append(packages, pluginhost.Package{Wasm: wasm})
	}
	ready := make(chan error, len(packages))
	w := open(t, func(o *node.Options) {
		o.Plugins = &node.Plugins{Packages: packages, CacheDir: cache, TimeFactor: guestPatience, OnCall: c.add, OnProgress: func(p pluginhost.Progress) {
			if p.State != core.PluginCompiling {
				ready <- p.Err
			}
		}}
	})
	for range packages {
		if err := <-ready; err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// configure sets a plugin of a server.
func (p *person) configure(server core.ServerID, plugin string, body map[string]any) {
	p.w.t.Helper()
	p.must("PATCH", "/servers/"+server.String()+"/plugins/"+plugin, body, nil)
}

func (p *person) say(channel core.ChannelID, content string) (core.Message, error) {
	var m core.Message
	err := p.call("POST", "/channels/"+channel.String()+"/messages", map[string]any{"content": content}, &m)
	return m, err
}

// A rule that the owner sets holds for the next message and for edits; in another server it does not.
func TestModerationByTheGuest(t *testing.T) {
	var c calls
	w := withGuests(t, &c, t.TempDir())
	ada := w.register("ada")
	server, other := ada.server("Den"), ada.server("Yard")
	channel, elsewhere := ada.channel(server, "talk"), ada.channel(other, "talk")
	if _, err := ada.say(channel, "a badword here"); err != nil {
		t.Fatal(err)
	}
	rules := func(action string) map[string]any {
		return map[string]any{"enabled": true, "config": map[string]any{"words": []any{map[string]any{"words": []string{"badword"}, "action": action}}}}
	}
	ada.configure(server, moderation, rules("reject"))
	_, err := ada.say(channel, "a b4dword here")
	if err == nil || !strings.Contains(err.Error(), "422") || !strings.Contains(err.Error(), "message_rejected") {
		t.Errorf("a word on the list: %v", err)
	}
	if _, err := ada.say(elsewhere, "a badword here"); err != nil {
		t.Errorf("in another server: %v", err)
	}
	m, err := ada.say(channel, "nothing wrong **here**")
	if err != nil || m.HTML != render.New(render.Options{}).HTML("nothing wrong **here**") {
		t.Errorf("%+v, %v", m, err)
	}
	edit := ada.call("PATCH", "/channels/"+channel.String()+"/messages/"+m.ID.String(), map[string]any{"content": "badword after all"}, nil)
	if edit == nil || !strings.Contains(edit.Error(), "message_rejected") {
		t.Errorf("an edit: %v", edit)
	}
	ada.configure(server, moderation, rules("redact"))
	if m, err = ada.say(channel, "a badword here"); err != nil || strings.Contains(m.Content, "badword") || !strings.Contains(m.Content, "here") {
		t.Errorf("redacted: %q, %v", m.Content, err)
	}
	var verdicts struct {
		Verdicts []struct {
			Action string `json:"action"`
			Rule   string `json:"rule"`
			Edit   bool   `json:"edit"`
		} `json:"verdicts"`
	}
	for len(verdicts.Verdicts) < 3 { // they are written beside the sends
		ada.must("GET", "/servers/"+server.String()+"/plugins/"+moderation+"/verdicts", nil, &verdicts)
	}
	if v := verdicts.Verdicts; v[0].Action != "replace" || !v[1].Edit || v[2].Action != "reject" || v[2].Rule != "words[0]" {
		t.Errorf("verdicts %+v", v)
	}
	if c.of("chat.beep.markdown answer") == 0 || c.of("chat.beep.markdown fault") != 0 {
		t.Errorf("calls %v", c.n)
	}
}

// Sixty-four people send with both guests on, while in their own server a third plugin does the worst it can.
func TestSendsGoOnBesideHostileGuests(t *testing.T) {
	const id = "com.example.hostile"
	cache := t.TempDir()
	for _, m := range hostile.All() {
		if testing.Short() && m.Kind != hostile.Endless {
			continue
		}
		t.Run(m.Name, func(t *testing.T) {
			var c calls
			w := withGuests(t, &c, cache, m.Make(hostile.Manifest(id, string(core.HookModerate))))
			ada := w.register("ada")
			server := ada.server("Den")
			channel := ada.channel(server, "talk")
			ada.configure(server, moderation, map[string]any{"enabled": true})
			ada.configure(server, id, map[string]any{"enabled": true})
			const senders, each = 64, 5
			var wg sync.WaitGroup
			var mu sync.Mutex
			var failed []error
			for i := range senders {
				wg.Go(func() {
					for k := range each {
						if _, err := ada.say(channel, fmt.Sprintf("message %d of **%d**", k, i)); err != nil {
							mu.Lock()
							failed = append(failed, err)
							mu.Unlock()
						}
					}
				})
			}
			wg.Wait()
			if len(failed) > 0 && m.Name != "Accuse" {
				t.Fatalf("%d sends failed, first %v", len(failed), failed[0])
			}
			page := ada.history(channel)
			if want := senders*each - len(failed); page != want {
				t.Errorf("%d messages are there, %d were acknowledged", page, want)
			}
			if m.Kind == hostile.Endless && c.of(id+" fault resting") == 0 {
				t.Errorf("the breaker did not open: %v", c.n)
			}
			if n := c.of("chat.beep.moderation fault trap"); n != 0 {
				t.Errorf("the plugin beside it failed %d times", n)
			}
		})
	}
}

// history counts the messages of a channel.
func (p *person) history(channel core.ChannelID) (n int) {
	p.w.t.Helper()
	before := ""
	for {
		var page []core.Message
		p.must("GET", "/channels/"+channel.String()+"/messages?limit=100"+before, nil, &page)
		n += len(page)
		if len(page) < 100 {
			return n
		}
		before = "&before=" + page[len(page)-1].ID.String()
	}
}

// While a guest compiles the node answers, and what it rendered natively stays as it is.
func TestNativeUntilTheGuestIsReady(t *testing.T) {
	gate := make(chan struct{})
	ready := make(chan struct{})
	w := open(t, func(o *node.Options) {
		o.Plugins = &node.Plugins{Packages: []pluginhost.Package{{Wasm: guesttest.ForTest(t, "../../../plugins/markdown")}}, TimeFactor: guestPatience,
			OnProgress: func(p pluginhost.Progress) {
				if p.State == core.PluginCompiling {
					<-gate
				} else {
					close(ready)
				}
			}}
	})
	ada := w.register("ada")
	channel := ada.channel(ada.server("Den"), "talk")
	first, err := ada.say(channel, "**early** <@1> ||x||")
	if err != nil {
		t.Fatal(err)
	}
	close(gate)
	select {
	case <-ready:
	case <-time.After(time.Minute):
		t.Fatal("the guest is not ready after a minute")
	}
	second, err := ada.say(channel, "**early** <@1> ||x||")
	if err != nil || second.HTML != first.HTML {
		t.Errorf("%q natively, %q by the guest, %v", first.HTML, second.HTML, err)
	}
}
