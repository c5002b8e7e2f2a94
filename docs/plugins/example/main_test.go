package main

import (
	"testing"

	beep "github.com/beep-chat/beep/pluginsdk"
	"github.com/beep-chat/beep/pluginsdk/sdktest"
)

const config = `{"percent": 70, "letters": 12, "action": "reject", "allowed": ["NASA", "README"]}`

func TestJudge(t *testing.T) {
	cases := map[string]struct {
		content string
		want    beep.Action
	}{
		"ordinary":         {"Did you see what NASA did today?", beep.ActionAllow},
		"shouting":         {"DID YOU SEE THIS?", beep.ActionReject},
		"short":            {"OK LOL WOW", beep.ActionAllow},
		"two thirds":       {"ABCDEFGH ijkl", beep.ActionAllow},
		"three quarters":   {"ABCDEFGHI jkl", beep.ActionReject},
		"accents":          {"ÇA ALORS, C’EST VRAI", beep.ActionReject},
		"no case":          {"هذه رسالة عادية تماما ABC", beep.ActionAllow},
		"mentions":         {"<@111111111111> <@&222222222222> @everyone", beep.ActionAllow},
		"words allowed":    {"NASA, README! (NASA) README NASA.", beep.ActionAllow},
		"others with them": {"NASA IS SO GREAT, README TOO", beep.ActionReject},
		"empty":            {"", beep.ActionAllow},
	}
	p := sdktest.New(t)
	p.Configure(config)
	for name, c := range cases {
		v := p.Send(beep.Message{Content: c.content})
		if v.Action != c.want {
			t.Errorf("%s: %s, want %s", name, v.Action, c.want)
		}
		if v.Action == beep.ActionReject && (v.Reason["fr"] == "" || v.Rule != "capitals" || v.Excerpt != c.content) {
			t.Errorf("%s: the verdict is %+v", name, v)
		}
	}
}

func TestFlagInstead(t *testing.T) {
	p := sdktest.New(t)
	p.Configure(`{"percent": 10, "letters": 4, "action": "flag"}`)
	if v := p.Send(beep.Message{Content: "Hello"}); v.Action != beep.ActionFlag {
		t.Errorf("%+v", v)
	}
}

func TestServersHaveTheirOwnRules(t *testing.T) {
	p := sdktest.New(t)
	p.ConfigureServer("1", `{"percent": 70, "letters": 4, "action": "reject"}`)
	p.ConfigureServer("2", `{"percent": 70, "letters": 400, "action": "reject"}`)
	for range 2 {
		if v := p.Send(beep.Message{Server: "1", Content: "SHOUT"}); v.Action != beep.ActionReject {
			t.Errorf("server 1: %+v", v)
		}
		if v := p.Send(beep.Message{Server: "2", Content: "SHOUT"}); v.Action != beep.ActionAllow {
			t.Errorf("server 2: %+v", v)
		}
	}
}

func TestConfigurationsAreChecked(t *testing.T) {
	p := sdktest.New(t)
	if problems := p.Check(config); problems != nil {
		t.Error(problems)
	}
	problems := p.Check(`{"allowed": ["NASA", "two words"]}`)
	if len(problems) != 1 || problems[0].Pointer != "/allowed/1" {
		t.Errorf("%v", problems)
	}
}
