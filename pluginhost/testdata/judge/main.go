// Command judge is a plugin for tests: each message tells it what to do.
package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	beep "github.com/beep-chat/beep/pluginsdk"
)

var served int

func init() {
	beep.Register(beep.Plugin{MessageWillBeSent: judge, Render: render, ConfigWillChange: check})
}

func main() {}

func judge(ctx *beep.Context, m beep.Message) (beep.Verdict, error) {
	served++
	word, rest, _ := strings.Cut(m.Content, " ")
	switch word {
	case "reject":
		return beep.Reject(beep.Text{"en": rest, "fr": "fr " + rest}).Because("rule", "met"), nil
	case "replace":
		return beep.Replace(rest, beep.Text{"en": "covered"}), nil
	case "flag":
		return beep.Flag(beep.Text{"en": rest}).Because(strings.Repeat("r", 300), "a\x00\u202eb"), nil
	case "fail":
		return beep.Verdict{}, &beep.Error{Code: "no_idea", Message: rest, Retryable: true}
	case "other":
		return beep.Verdict{Action: "hold"}, nil
	case "panic":
		panic("as it was told")
	case "loop":
		for served >= 0 {
			served = served&1023 + 1
		}
	case "eat":
		var all [][]byte
		for {
			all = append(all, make([]byte, 1<<20))
		}
	case "sleep":
		time.Sleep(time.Minute)
		return beep.Flag(beep.Text{"en": "slept"}), nil
	case "config":
		raw, err := ctx.RawConfig()
		return beep.Flag(beep.Text{"en": string(raw)}), err
	case "served":
		return beep.Flag(beep.Text{"en": fmt.Sprint(served)}), nil
	case "whole":
		return beep.Flag(beep.Text{"en": fmt.Sprintf("%+v", m)}), nil
	case "left":
		return beep.Flag(beep.Text{"en": fmt.Sprint(ctx.Left() > 0 && ctx.Left() <= time.Second)}), nil
	case "log":
		for i := range 100 {
			ctx.Log(beep.LevelInfo, fmt.Sprintf("line %d\x1b[31m\n", i))
		}
	}
	return beep.Allow(), nil
}

func render(_ *beep.Context, content string) (string, error) {
	served++
	if content == "fail" {
		return "", errors.New("it was told to")
	}
	return "<p onclick=x>" + content + "</p>", nil
}

func check(_ *beep.Context, change beep.ConfigChange) (beep.Problems, error) {
	var p beep.Problems
	if strings.Contains(string(change.Config), "forbidden") {
		p = append(p, beep.Problem{Pointer: "/word", Message: beep.Text{"en": "This word is taken.", "fr": "Ce mot est pris."}})
	}
	if strings.Contains(string(change.Config), "explode") {
		panic("as it was told")
	}
	return p, nil
}
