package core

import (
	"slices"
	"time"
)

// MessageType is what a message is; only MessageText is written by people.
type MessageType string

// The types on the wire. A system message's author is the person who acted.
const (
	MessageText          MessageType = "message"
	MessagePinnedNote    MessageType = "message_pinned"
	MessageThreadCreated MessageType = "thread_created"
	MessageCallStarted   MessageType = "call_started"
	MessageMemberJoined  MessageType = "member_joined"
)

// Message is a message as clients see it.
type Message struct {
	ID          MessageID     `json:"id"`
	ChannelID   ChannelID     `json:"channel_id"`
	ServerID    ServerID      `json:"server_id"`
	Type        MessageType   `json:"type"`
	Author      PublicUser    `json:"author"`
	Content     string        `json:"content"`
	HTML        string        `json:"html"`
	Mentions    Mentions      `json:"mentions"`
	ReplyTo     *ReplyExcerpt `json:"reply_to"`
	Attachments []Attachment  `json:"attachments"`
	Embeds      []Embed       `json:"embeds"`
	Reactions   []Reaction    `json:"reactions"`
	Pinned      bool          `json:"pinned"`
	Flags       int64         `json:"flags"`
	CreatedAt   Time          `json:"created_at"`
	EditedAt    Time          `json:"edited_at"`
	Version     int64         `json:"version"`
	Nonce       string        `json:"nonce,omitempty"`
}

// Mentions are the people, roles and channels that a message names, each once, ascending.
type Mentions struct {
	Users    []UserID    `json:"users"`
	Roles    []RoleID    `json:"roles"`
	Channels []ChannelID `json:"channels"`
	Everyone bool        `json:"everyone"`
}

// Called is whom a message called when it was sent; mention counts go by it, so that an edit calls nobody.
type Called struct {
	Users    []UserID
	Everyone bool
}

// Calls tells whether a user was called.
func (c Called) Calls(user UserID) bool { return c.Everyone || slices.Contains(c.Users, user) }

// ReplyExcerpt shows what a message answers. Excerpt is plain text; it is empty when the original is gone.
type ReplyExcerpt struct {
	ID       MessageID `json:"id"`
	AuthorID UserID    `json:"author_id"`
	Excerpt  string    `json:"excerpt"`
}

// Attachment, Embed and Reaction have their place in the wire form from the first day; their areas fill them.
type (
	// Attachment is a file of a message.
	Attachment struct {
		ID       string `json:"id"`
		Filename string `json:"filename"`
		MimeType string `json:"mimetype"`
		Size     int64  `json:"size"`
		URL      string `json:"url"`
	}
	// Embed is a preview of a link.
	Embed struct {
		URL         string `json:"url"`
		Title       string `json:"title"`
		Description string `json:"description"`
	}
	// Reaction is an emoji with the number of people who chose it.
	Reaction struct {
		Emoji string `json:"emoji"`
		Count int    `json:"count"`
		Me    bool   `json:"me"`
	}
)

// StoredMessage is a message as it is kept: ids instead of faces.
type StoredMessage struct {
	ID            MessageID
	Channel       ChannelID
	Author        UserID
	Type          MessageType
	Content       string
	HTML          string
	RenderVersion int64
	Mentions      Mentions // of the content as it is now
	Called        Called   // of the content as it was sent
	ReplyTo       MessageID
	ReplyAuthor   UserID
	ReplyExcerpt  string
	Pinned        bool
	Flags         int64
	EditedAt      time.Time
	Version       int64
	Nonce         string
}

// NewMessage is the request to send.
type NewMessage struct {
	Channel ChannelID
	Content string
	Nonce   string
	ReplyTo MessageID
}

// MessageQuery asks for a page of history, newest first. At most one of Before, After and Around is set.
type MessageQuery struct {
	Channel ChannelID
	Before  MessageID
	After   MessageID
	Around  MessageID
	Limit   int
}

// ReadState is how far a user has read a channel. UnreadCount counts the messages of others after LastReadID, MentionCount
// those of them that mention the user; both stop at UnreadCap.
type ReadState struct {
	ChannelID    ChannelID `json:"channel_id"`
	LastReadID   MessageID `json:"last_read_id"`
	UnreadCount  int       `json:"unread_count"`
	MentionCount int       `json:"mention_count"`
	Version      int64     `json:"version"`
}

// BucketWidth is the time one partition of messages spans unless the channel's bucket log says otherwise.
const BucketWidth = 10 * 24 * time.Hour

// MessageBucket is the partition a message belongs to under the default width: the number of widths since Epoch.
func MessageBucket(id MessageID) int64 {
	return int64(id) >> TimeShift / BucketWidth.Milliseconds()
}
