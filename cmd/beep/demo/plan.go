// Package demo fills a running Beep with an example community made of real conversations, the way people would: over the
// REST interface, with accounts that register, join and write.
//
// It owns the plan (who there is, which channels, what is said in answer to what) and its carrying out, which can be cut off
// anywhere and done again: what is there already is found by the nonces in the history and is not sent twice. It refuses to
// touch a store, and to run a node: it is given the address of one. A Plan is constant once made; a Loader belongs to one
// goroutine, and bounds the requests it has under way.
//
//	plan, err := demo.NewPlan()
//	loader, err := demo.NewLoader(plan, demo.Options{Password: "..."})
//	report, err := loader.Load(ctx, "http://127.0.0.1:8080", 0)
package demo

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/beep-chat/beep/internal/irc"
	ubuntuirc "github.com/beep-chat/beep/testdata/ubuntu-irc"
)

// ServerName and the two accounts that are not out of the conversations.
const (
	ServerName    = "Ubuntu help"
	GuestUsername = "demo"   // whom visitors sign in as
	ownerUsername = "keeper" // who owns the server, so that no visitor deletes it by accident
)

const serverDescription = "Real conversations of the #ubuntu IRC channel, 2004 to 2016 (J. K. Kummerfeld et al., ACL 2019, CC BY 4.0; names, mentions and markup changed)."

// Plan is the whole community.
type Plan struct {
	Owner, Guest Person
	People       []Person // who writes; Line.Author and Line.To are indexes into it
	Channels     []Channel
}

// Person is an account to be made.
type Person struct{ Username, FirstName, LastName string }

// Channel is a place and what is said in it, in order.
type Channel struct {
	Category, Name, Topic string
	Lines                 []Line
}

// Line is a message to be sent. ReplyTo is an index into the channel's lines, To whom the line mentions; -1 is none.
type Line struct {
	Nonce   string
	Author  int
	To      int
	ReplyTo int
	Content string
}

// NewPlan reads the conversations that come with Beep.
func NewPlan() (Plan, error) {
	plan := Plan{
		Owner: Person{Username: ownerUsername, FirstName: "Chan", LastName: "Keeper"},
		Guest: Person{Username: GuestUsername, FirstName: "Demo", LastName: "Guest"},
	}
	conversations := ubuntuirc.Conversations()
	talks := make([]talk, len(conversations))
	var nicks []string
	for i, c := range conversations {
		t, err := readTalk(c)
		if err != nil {
			return Plan{}, err
		}
		talks[i] = t
		for _, l := range t.lines {
			if l.Kind != irc.System {
				nicks = append(nicks, l.Nick)
			}
		}
	}
	people := newCrowd(nicks, GuestUsername, ownerUsername)
	plan.People = people.list
	for i, c := range conversations {
		plan.Channels = append(plan.Channels, Channel{Category: c.Year, Name: c.Name, Topic: c.Subject, Lines: talks[i].plan(c, people)})
	}
	return plan, nil
}

// talk is a conversation as it was read.
type talk struct {
	lines   []irc.Line
	replies []int
}

func readTalk(c ubuntuirc.Conversation) (talk, error) {
	raw, annotation, err := c.Open()
	if err != nil {
		return talk{}, err
	}
	links, err := irc.ParseLinks(annotation)
	if err != nil {
		return talk{}, fmt.Errorf("%s: %w", c.File, err)
	}
	lines := irc.Parse(raw)
	return talk{lines, irc.Replies(links, len(lines))}, nil
}

// plan turns lines into messages; system lines and empty ones are left out.
func (t talk) plan(c ubuntuirc.Conversation, people *crowd) []Line {
	here := map[string]bool{}
	for _, l := range t.lines {
		here[irc.FoldNick(l.Nick)] = l.Kind != irc.System
	}
	present := func(nick string) bool { return here[irc.FoldNick(nick)] }
	place := make([]int, len(t.lines)) // of a line of the transcript in out, -1 if left out
	var out []Line
	for i, l := range t.lines {
		place[i] = -1
		content, to := content(l, present, people)
		if content == "" {
			continue
		}
		line := Line{Nonce: "demo-" + c.Name + "-" + strconv.Itoa(i), Author: people.index(l.Nick), To: to, ReplyTo: -1, Content: content}
		if from := t.replies[i]; from >= 0 {
			line.ReplyTo = place[from]
		}
		place[i] = len(out)
		out = append(out, line)
	}
	return out
}

// content is what is sent for a line, "" for nothing, and whom it mentions.
func content(l irc.Line, present func(string) bool, people *crowd) (string, int) {
	switch l.Kind {
	case irc.Message:
		if nick, rest, ok := irc.Addressee(l.Text, present); ok {
			to := people.index(nick)
			return strings.TrimSpace("@" + people.list[to].Username + " " + rest), to
		}
		return l.Text, -1
	case irc.Action:
		if l.Text != "" {
			return "*" + strings.ReplaceAll(l.Text, "*", `\*`) + "*", -1
		}
	}
	return "", -1
}

// Limit keeps about max messages of the plan, the first ones of every channel; max <= 0 keeps all.
func (p Plan) Limit(limit int) Plan {
	if limit <= 0 {
		return p
	}
	p.Channels = slices.Clone(p.Channels)
	order := make([]int, len(p.Channels)) // shortest first, so that what it does not fill goes to the longer ones
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(len(p.Channels[a].Lines), len(p.Channels[b].Lines)) })
	for done, i := range order {
		left := len(order) - done
		lines := p.Channels[i].Lines
		p.Channels[i].Lines = lines[:min(len(lines), (limit+left-1)/left)]
		limit -= len(p.Channels[i].Lines)
	}
	return p
}

// Total is the number of messages of the plan.
func (p Plan) Total() int {
	n := 0
	for _, c := range p.Channels {
		n += len(c.Lines)
	}
	return n
}
