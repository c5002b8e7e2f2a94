package authz_test

import (
	"context"
	"errors"
	"testing"

	"github.com/beep-chat/beep/authz"
	"github.com/beep-chat/beep/core"
)

const (
	club    core.ServerID  = 10
	other   core.ServerID  = 11
	talk    core.ChannelID = 20
	foreign core.ChannelID = 21
	owner   core.UserID    = 1
	member  core.UserID    = 2
	nobody  core.UserID    = 3
)

// state is a server with an owner and a member, and what a broken store answers.
type state struct {
	visibility core.Visibility
	template   core.Template
	members    map[core.UserID]bool
	broken     error
}

func (s *state) Forget(core.ServerID) {}

func (s *state) Layout(_ context.Context, id core.ServerID) (core.Layout, error) {
	if s.broken != nil {
		return core.Layout{}, s.broken
	}
	if id != club && id != other {
		return core.Layout{}, core.E(core.CodeNotFound, "layout")
	}
	return core.Layout{Server: core.Server{ID: id, OwnerID: owner, Visibility: s.visibility, Template: s.template}}, nil
}

func (s *state) Channel(_ context.Context, id core.ChannelID) (core.Channel, error) {
	switch id {
	case talk:
		return core.Channel{ID: id, ServerID: club}, nil
	case foreign:
		return core.Channel{ID: id, ServerID: other}, nil
	}
	return core.Channel{}, core.E(core.CodeNotFound, "channel")
}

func (s *state) GetMember(_ context.Context, _ core.ServerID, user core.UserID) (core.Membership, error) {
	if !s.members[user] {
		return core.Membership{}, core.E(core.CodeNotFound, "member")
	}
	return core.Membership{}, nil
}

func newState() *state {
	return &state{visibility: core.Private, template: core.OpenTemplate, members: map[core.UserID]bool{owner: true, member: true}}
}

func TestRule(t *testing.T) {
	for _, c := range []struct {
		name    string
		change  func(*state)
		user    core.UserID
		server  core.ServerID
		channel core.ChannelID
		want    core.Permission
		code    core.Code
	}{
		{name: "the owner may all", user: owner, server: club, channel: talk, want: core.AllPermissions},
		{name: "a member sends in an open server", user: member, server: club, channel: talk, want: core.SendMessages | core.AddReactions},
		{name: "a member does not manage", user: member, server: club, channel: talk, want: core.ManageMessages, code: core.CodeForbidden},
		{name: "a private server's member does not invite", user: member, server: club, want: core.CreateInvites, code: core.CodeForbidden},
		{name: "a public server's does", change: func(s *state) { s.visibility = core.Public }, user: member, server: club, want: core.CreateInvites},
		{name: "a quiet server is read", change: func(s *state) { s.template = core.QuietTemplate }, user: member, server: club, channel: talk, want: core.ViewChannel | core.ReadHistory},
		{name: "and not written", change: func(s *state) { s.template = core.QuietTemplate }, user: member, server: club, channel: talk, want: core.SendMessages, code: core.CodeForbidden},
		{name: "a stranger sees nothing", user: nobody, server: club, channel: talk, want: core.ViewChannel, code: core.CodeNotFound},
		{name: "nobody is nobody", change: func(s *state) { s.members[0] = true }, user: 0, server: club, want: core.ViewChannel, code: core.CodeNotFound},
		{name: "an unknown server", user: owner, server: 99, want: core.ViewChannel, code: core.CodeNotFound},
		{name: "an unknown channel", user: owner, server: club, channel: 99, want: core.ViewChannel, code: core.CodeNotFound},
		{name: "a channel of another server", user: owner, server: club, channel: foreign, want: core.ViewChannel, code: core.CodeNotFound},
		{name: "a store that fails denies", change: func(s *state) { s.broken = errors.New("no") }, user: owner, server: club, want: core.ViewChannel, code: core.CodeInternal},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newState()
			if c.change != nil {
				c.change(s)
			}
			err := authz.NewRule(authz.Options{Source: s, Members: s}).Require(t.Context(), core.Actor{User: c.user}, c.server, c.channel, c.want)
			if got := core.CodeOf(err); got != c.code {
				t.Fatalf("got %q (%v), want %q", got, err, c.code)
			}
		})
	}
}

func TestRuleForgetsAMember(t *testing.T) {
	s := newState()
	rule := authz.NewRule(authz.Options{Source: s, Members: s})
	ask := func() core.Code {
		return core.CodeOf(rule.Require(t.Context(), core.Actor{User: member}, club, talk, core.ViewChannel))
	}
	if got := ask(); got != "" {
		t.Fatal(got)
	}
	delete(s.members, member)
	rule.Forget(club, member)
	if got := ask(); got != core.CodeNotFound {
		t.Fatalf("a member who left still has rights: %q", got)
	}
}
