package main

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/beep-chat/beep/pluginhost/guest/guesttest"
	"github.com/beep-chat/beep/plugins/moderation/rules"
	"github.com/beep-chat/beep/plugins/moderation/rules/rulestest"
	beep "github.com/beep-chat/beep/pluginsdk"
	"github.com/beep-chat/beep/pluginsdk/sdktest"
)

// pieces are what generated messages are made of.
var pieces = []string{
	"hello", "vile", "v1l3", "rude", "odd", "so", "bad", "free", "coins", " ", " ", " ", ".", "-", "é", "ß", "a\u0301", "\u200b", "@", "$", "!", "7",
	"<@1>", "<@2>", "<@3>", "@here", "http://", "www.", "evil.example", "good.example", "/x", "discord.gg/abc", "discord.gg/ours", "SHOUT", "LOUD",
	"Ж", "人", "🍆", "\n", "`", "\\", "&#58;", "\"", "\u2028", "███",
}

// TestTheBuiltPlugin builds the plugin and runs it in WebAssembly, with the memory of a node.
func TestTheBuiltPlugin(t *testing.T) {
	guest := guesttest.Start(t, guesttest.ForTest(t, "."))
	t.Run("agrees", func(t *testing.T) { testAgrees(t, guest) })
	t.Run("many servers", func(t *testing.T) { testManyServers(t, guest) })
}

// testAgrees asks the plugin and the native rules for the same judgements.
func testAgrees(t *testing.T, guest *guesttest.Instance) {
	guest.Config = config
	native := sdktest.New(t)
	native.Configure(config)
	random := rand.New(rand.NewPCG(1, 2))
	const messages = 1500
	met := 0
	for range messages {
		var b strings.Builder
		for range random.IntN(15) {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		content := b.String()
		input, err := json.Marshal(map[string]string{"server": "1", "channel": "2", "content": content, "config": "1"})
		if err != nil {
			t.Fatal(err)
		}
		out, code, err := guest.Call(guesttest.Moderate, input)
		if err != nil || code != 0 {
			t.Fatalf("%q: code %d, %v", content, code, err)
		}
		got := beep.Verdict{Action: beep.ActionAllow}
		if len(out) > 0 {
			met++
			var v struct {
				Action                 beep.Action
				Reason                 beep.Text
				Content, Rule, Excerpt string
			}
			if err := json.Unmarshal(out, &v); err != nil {
				t.Fatalf("%q: %v in %s", content, err, out)
			}
			got = beep.Verdict{Action: v.Action, Reason: v.Reason, Content: v.Content, Rule: v.Rule, Excerpt: v.Excerpt}
		}
		if want := native.Send(beep.Message{Content: content}); !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: the built plugin says %+v, the native one %+v", content, got, want)
		}
	}
	if met == 0 || met == messages {
		t.Errorf("%d of %d messages met a rule: the test compares nothing", met, messages)
	}
	if guest.Asked != 1 {
		t.Errorf("the configuration was fetched %d times", guest.Asked)
	}
	if len(guest.Log) > 0 || guest.Stderr.Len() > 0 {
		t.Errorf("log %q, printed %q", guest.Log, guest.Stderr.String())
	}
}

// testManyServers: more servers than an instance keeps, each with a configuration at the limits, judged with all their
// expressions compiled, fit in the memory of a plugin.
func testManyServers(t *testing.T, guest *guesttest.Instance) {
	largest, err := json.Marshal(rulestest.Largest(rules.Reject))
	if err != nil {
		t.Fatal(err)
	}
	c := rulestest.Largest(rules.Redact)
	c.Words = nil
	for i := range 80 { // the most letters
		word := strings.Repeat(string(rune('a'+i%26))+string(rune('a'+i/26)), 50)
		c.Words = append(c.Words[:min(len(c.Words), rules.MaxLists-1)], rules.WordList{Words: []string{word}})
		c.Words[0].Words = append(c.Words[0].Words, word)
	}
	longest, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for round := range 2 * keptConfigs {
		guest.Config = string(largest)
		if round%2 == 0 {
			guest.Config = string(longest)
		}
		input, err := json.Marshal(map[string]string{
			"server": strconv.Itoa(10 + round%(keptConfigs+5)), "channel": "2", "content": strings.Repeat("free coin gift ", 60), "config": "1",
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, code, err := guest.Call(guesttest.Moderate, input); err != nil || code != 0 {
			t.Fatalf("round %d: code %d, %v; memory %d bytes", round, code, err, guest.MemoryBytes())
		}
	}
}
