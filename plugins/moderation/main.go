// Command moderation is Beep's own moderation plugin: it judges every message by the rules that a server chose in the form of
// plugin.json. docs/plugins/moderation.md explains them to the owners of servers; package rules holds them.
//
// It owns the way between the hooks and the rules, and nothing else. Its state is "none": compiled configurations are kept by
// server, and of a message nothing is.
package main

import (
	"encoding/json"

	"github.com/beep-chat/beep/plugins/moderation/rules"
	beep "github.com/beep-chat/beep/pluginsdk"
)

// keptConfigs bounds the compiled configurations of an instance: one at the limits of its rules takes up to 1 MiB of the 32 MiB, of
// which Go's collector wants half for itself.
const keptConfigs = 12

var judges = beep.NewConfig(compile).Keep(keptConfigs)

func init() {
	beep.Register(beep.Plugin{MessageWillBeSent: judge, ConfigWillChange: check})
}

func main() {} // never runs: a node calls the hooks

// judge is called before a message is stored and before an edit is.
func judge(ctx *beep.Context, m beep.Message) (beep.Verdict, error) {
	j, err := judges.Get(ctx)
	if err != nil {
		return beep.Verdict{}, err
	}
	v := j.Judge(m.Channel, m.Content)
	switch v.Action {
	case rules.Reject:
		return beep.Reject(beep.Text(v.Reason)).Because(v.Rule, v.Excerpt), nil
	case rules.Redact:
		return beep.Replace(v.Content, beep.Text(v.Reason)).Because(v.Rule, v.Excerpt), nil
	case rules.Flag:
		return beep.Flag(beep.Text(v.Reason)).Because(v.Rule, v.Excerpt), nil
	}
	return beep.Allow(), nil
}

// compile prepares a stored configuration. Its problems were told when it was stored; one that only this version finds leaves
// out what it concerns, and the other rules stand.
func compile(raw []byte) (*rules.Judge, error) {
	c, err := read(raw)
	if err != nil {
		return nil, err
	}
	j, _ := rules.Compile(c)
	return j, nil
}

func read(raw []byte) (rules.Config, error) {
	var c rules.Config
	if len(raw) == 0 {
		return c, nil
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return c, &beep.Error{Code: "bad_config", Message: "read the configuration: " + err.Error()}
	}
	return c, nil
}

// check tells what is wrong with a configuration that the schema cannot say: expressions that do not compile, too many words.
func check(_ *beep.Context, change beep.ConfigChange) (beep.Problems, error) {
	c, err := read(change.Config)
	if err != nil {
		return nil, err
	}
	_, found := rules.Compile(c)
	var problems beep.Problems
	for _, p := range found {
		problems = append(problems, beep.Problem{Pointer: p.Pointer, Message: beep.Text(p.Message)})
	}
	return problems, nil
}
