// Package main is a plugin that does what the message tells it.
package main

import (
	"encoding/json"
	"fmt"
	"strings"

	beep "github.com/beep-chat/beep/pluginsdk"
)

var settings = beep.NewConfig(func(raw []byte) (map[string]string, error) {
	var m map[string]string
	err := json.Unmarshal(raw, &m)
	return m, err
})

var (
	calls int
	left  = make(chan int, 1)
	hold  [][]byte
)

func init() {
	beep.Register(beep.Plugin{MessageWillBeSent: parrot, ConfigWillChange: settings.Check})
}

func parrot(ctx *beep.Context, m beep.Message) (beep.Verdict, error) {
	calls++
	switch m.Content {
	case "fields":
		return say(fmt.Sprintf("%s %s %s %s %v", m.Server, m.Channel, m.Author, m.ID, m.Edit)), nil
	case "config":
		c, err := settings.Get(ctx)
		return say(c["say"]), err
	case "left":
		return say(ctx.Left().String()), nil
	case "calls":
		return say(fmt.Sprint(calls)), nil
	case "fail":
		return beep.Verdict{}, &beep.Error{Code: "busy", Message: "later", Retryable: true}
	case "panic":
		var none []int
		_ = none[calls]
	case "log":
		ctx.Log(beep.LevelWarning, "a line")
		fmt.Println("a printed line")
	case "large":
		return beep.Replace(strings.Repeat("x", 64<<10), nil), nil
	case "hoard":
		for {
			hold = append(hold, make([]byte, 1<<20))
		}
	case "goroutine":
		go func() { left <- calls }()
	case "wait":
		return say(fmt.Sprint(<-left)), nil
	}
	return beep.Allow(), nil
}

func say(s string) beep.Verdict { return beep.Flag(beep.Text{"en": s}) }

func main() {}
