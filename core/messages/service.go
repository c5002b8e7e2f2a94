// Package messages owns the life of a message: send, edit, delete, history, how far a user has read, and typing.
//
// It decides every rule of that life in the order consistency.md fixes (docs/flows/send-a-message.md shows it) and refuses
// to know how messages are stored, delivered or rendered: those are ports. A Service is safe for concurrent use and
// starts no goroutine.
//
//	msg, created, err := service.Send(ctx, actor, core.NewMessage{Channel: id, Content: "hello", Nonce: "n1"})
package messages

import (
	"context"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/internal/cache"
	"github.com/beep-chat/beep/internal/keylock"
)

// Store keeps messages. What it acknowledges is durable, and its events with it.
type Store interface {
	// Put stores a new message. It is idempotent by id: repeating it neither doubles nor undoes a later edit or deletion.
	Put(ctx context.Context, m core.StoredMessage, events ...core.Event) error
	// Replace stores an edit; the higher version wins, a deletion wins over any edit.
	Replace(ctx context.Context, m core.StoredMessage, events ...core.Event) error
	// Delete removes a message for good; of m its channel, id, author and nonce count.
	Delete(ctx context.Context, m core.StoredMessage, events ...core.Event) error
	// Get gives one message or CodeNotFound.
	Get(ctx context.Context, channel core.ChannelID, id core.MessageID) (core.StoredMessage, error)
	// List gives a page, newest first; core.MessageQuery says which.
	List(ctx context.Context, q core.MessageQuery) ([]core.StoredMessage, error)
	// ByNonce gives the message a nonce stands for, 0 when unknown; what it gives is durable. One that was not deleted and
	// cannot be read is of a Put that did not end yet.
	ByNonce(ctx context.Context, key NonceKey) (id core.MessageID, deleted bool, err error)
	// LastID is the newest id the channel ever held, deleted messages included; 0 for an empty channel.
	LastID(ctx context.Context, channel core.ChannelID) (core.MessageID, error)
}

// NonceKey is the scope of a nonce: one author in one channel.
type NonceKey struct {
	Channel core.ChannelID
	Author  core.UserID
	Nonce   string
}

// ReadStates keeps how far users have read.
type ReadStates interface {
	GetReadState(ctx context.Context, user core.UserID, channel core.ChannelID) (core.MessageID, error)
	ListReadStates(ctx context.Context, user core.UserID) (map[core.ChannelID]core.MessageID, error)
	PutReadState(ctx context.Context, user core.UserID, channel core.ChannelID, read core.MessageID, events ...core.Event) error
}

// Places resolves a channel before anything else is read; CodeNotFound when it does not exist.
type Places interface {
	Channel(ctx context.Context, id core.ChannelID) (core.Channel, error)
	Layout(ctx context.Context, server core.ServerID) (core.Layout, error)
}

// People gives public faces and finds members by name.
type People interface {
	Face(ctx context.Context, id core.UserID) (core.PublicUser, error)
	// MemberByUsername gives the member of a server with a folded username; CodeNotFound when there is none.
	MemberByUsername(ctx context.Context, server core.ServerID, username string) (core.UserID, error)
	IsMember(ctx context.Context, server core.ServerID, user core.UserID) (bool, error)
}

// Options are what a Service works with.
type Options struct {
	Store      Store
	ReadStates ReadStates
	Places     Places
	People     People
	Access     core.Authorizer
	Limiter    core.RateLimiter
	Hooks      core.MessageHooks
	Claims     NonceClaims
	Broadcast  core.Broadcaster
	Events     core.EventMaker
	Limits     core.Limits
	// NextVersion gives the version of an edit, above the stored one. Where nodes share a store each has versions of its
	// own, so that of two edits at the same moment the same one wins everywhere. nil: the next number.
	NextVersion func(stored int64) int64
	Trusted     func() bool // whether this node hears of every message; nil: always
}

// Service is the one way to messages: REST, and later webhooks and bots, enter here.
type Service struct {
	Options
	edits *keylock.Striped[core.MessageID]
	reads *keylock.Striped[readKey]
	tips  *cache.Loading[core.ChannelID, tip]
}

type readKey struct {
	user    core.UserID
	channel core.ChannelID
}

// New makes a Service.
func New(o Options) *Service {
	if o.NextVersion == nil {
		o.NextVersion = func(stored int64) int64 { return stored + 1 }
	}
	return &Service{Options: o, edits: keylock.New[core.MessageID](), reads: keylock.New[readKey](), tips: newTips(o.Store, o.Trusted)}
}

// textChannel resolves a channel and requires rights in it, besides the one to see it; the order keeps foreign ids at 404.
func (s *Service) textChannel(ctx context.Context, actor core.Actor, id core.ChannelID, want core.Permission) (core.Channel, error) {
	ch, err := s.Places.Channel(ctx, id)
	if err != nil {
		return core.Channel{}, err
	}
	if err := s.Access.Require(ctx, actor, ch.ServerID, ch.ID, want|core.ViewChannel); err != nil {
		return core.Channel{}, err
	}
	if ch.Type != core.TextChannel {
		return core.Channel{}, core.E(core.CodeChannelNotText, "resolve channel").With("type", string(ch.Type))
	}
	return ch, nil
}

// holding is textChannel where a message is named: a channel of another type holds none, so the message does not exist.
func (s *Service) holding(ctx context.Context, actor core.Actor, id core.ChannelID, want core.Permission) (core.Channel, error) {
	ch, err := s.textChannel(ctx, actor, id, want)
	if core.CodeOf(err) == core.CodeChannelNotText {
		err = core.E(core.CodeNotFound, "resolve channel of a message")
	}
	return ch, err
}

// view turns a stored message into what clients see.
func (s *Service) view(ctx context.Context, server core.ServerID, m core.StoredMessage) (core.Message, error) {
	author, err := s.People.Face(ctx, m.Author)
	if err != nil {
		return core.Message{}, err
	}
	if !s.Hooks.RenderIsCurrent(m.RenderVersion) {
		m.HTML = s.Hooks.Render(ctx, server, m.Content).HTML
	}
	v := core.Message{
		ID: m.ID, ChannelID: m.Channel, ServerID: server, Type: m.Type, Author: author, Content: m.Content, HTML: m.HTML,
		Mentions:    wireMentions(m.Mentions),
		Attachments: []core.Attachment{}, Embeds: []core.Embed{}, Reactions: []core.Reaction{},
		Pinned: m.Pinned, Flags: m.Flags, CreatedAt: core.Time{Time: m.ID.Time()}, EditedAt: core.Time{Time: m.EditedAt},
		Version: m.Version, Nonce: m.Nonce,
	}
	if m.ReplyTo != 0 {
		v.ReplyTo = &core.ReplyExcerpt{ID: m.ReplyTo, AuthorID: m.ReplyAuthor, Excerpt: m.ReplyExcerpt}
	}
	return v, nil
}

// wireMentions has empty lists where the store has none, so that clients never meet null.
func wireMentions(m core.Mentions) core.Mentions {
	if m.Users == nil {
		m.Users = []core.UserID{}
	}
	if m.Roles == nil {
		m.Roles = []core.RoleID{}
	}
	if m.Channels == nil {
		m.Channels = []core.ChannelID{}
	}
	return m
}

func (s *Service) views(ctx context.Context, server core.ServerID, list []core.StoredMessage) ([]core.Message, error) {
	if err := s.unquoteAll(ctx, list); err != nil {
		return nil, err
	}
	page := make([]core.Message, 0, len(list))
	for _, m := range list {
		v, err := s.view(ctx, server, m)
		if err != nil {
			return nil, err
		}
		page = append(page, v)
	}
	return page, nil
}

func (s *Service) channelAudience(ch core.Channel) core.Audience {
	return core.Audience{Server: ch.ServerID, Channel: ch.ID}
}
