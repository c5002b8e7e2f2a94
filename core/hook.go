package core

import "context"

// Draft is a message on its way into a channel: what hooks may look at and change. Content is in stored form (mentions
// resolved).
type Draft struct {
	Server  ServerID
	Channel ChannelID
	Author  UserID
	Message MessageID // the id it will be stored under
	Edit    bool      // it replaces the content of a stored message
	Content string
}

// Rendered is the sanitised HTML of a content and the version of the renderer that made it.
type Rendered struct {
	HTML    string
	Version int64
}

// MessageHooks stand in the path of every message, before it is stored; an edit takes the same road. The plugin host
// implements them, with the native renderer behind it; where there are no plugins the renderer stands alone.
type MessageHooks interface {
	// MessageWillBeSent may change the content or refuse the message: with CodeMessageRejected and the reason the author
	// sees as param "reason" (a Text), or with CodePluginUnavailable where a server wants no message that was not judged.
	MessageWillBeSent(ctx context.Context, draft Draft) (content string, err error)
	// Render gives the HTML of a content. It cannot fail: where a plugin fails, the native renderer answers.
	Render(ctx context.Context, server ServerID, content string) Rendered
	// RenderIsCurrent tells whether HTML made by a version of the renderer may still be shown; what may not is rendered
	// again when it is read.
	RenderIsCurrent(version int64) bool
}
