package core

import "context"

// Draft is a message on its way into a channel: what hooks may look at and change. Content is in stored form (mentions
// resolved).
type Draft struct {
	Server  ServerID
	Channel ChannelID
	Author  UserID
	Message MessageID // set when an existing message is edited
	Content string
}

// Rendered is the sanitised HTML of a content and the version of the renderer that made it.
type Rendered struct {
	HTML    string
	Version int64
}

// MessageHooks stand in the path of every message, before it is stored; an edit takes the same road. The native renderer
// implements them now; the plugin host takes its place and keeps it as the fallback.
type MessageHooks interface {
	// MessageWillBeSent may change the content or refuse the message with CodeMessageRejected and the reason the author
	// sees as param "reason".
	MessageWillBeSent(ctx context.Context, draft Draft) (content string, err error)
	// Render gives the HTML of a content. It cannot fail: where a plugin fails, the native renderer answers.
	Render(ctx context.Context, server ServerID, content string) Rendered
	// RenderVersion is the version Render gives now; stored messages with another one are rendered again when read.
	RenderVersion() int64
}
