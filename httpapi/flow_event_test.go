package httpapi_test

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/httpapi/apitest"
)

// describe says in a line what an event tells, with names in the place of ids.
func (f *flow) describe(event string, data M) string {
	text := func(path string) string { s, _ := apitest.Dig(data, path).(string); return s }
	label := func(path string) string { return f.labels[text(path)] }
	switch event {
	case "message.created", "message.updated":
		return f.describeMessage(data["message"].(M))
	case "message.deleted":
		return fmt.Sprintf("%s %q", label("channel_id"), f.plain(label("message_id")))
	case "channel.created", "channel.updated":
		f.labels[text("channel.id")] = "#" + text("channel.name")
		return "#" + text("channel.name")
	case "channel.deleted":
		return label("channel_id")
	case "server.updated":
		f.labels[text("server.id")] = text("server.name")
		return text("server.name")
	case "server.deleted", "access.changed":
		return label("server_id")
	case "member.joined", "member.updated":
		return label("member.server_id") + " " + label("member.user.id") + " (" + text("member.user.display_name") + ")"
	case "member.removed":
		return label("server_id") + " " + label("user_id")
	case "typing.started":
		return label("channel_id") + " " + label("user_id")
	case "read_state.updated":
		return fmt.Sprintf("%s %v unread", label("read_state.channel_id"), apitest.Dig(data, "read_state.unread_count"))
	case "user.updated":
		return text("user.display_name")
	case "bye":
		return text("reason")
	case "resync":
		return text("reason")
	}
	return ""
}

func (f *flow) describeMessage(m M) string {
	text := func(path string) string { s, _ := apitest.Dig(m, path).(string); return s }
	out := fmt.Sprintf("%s %s %q", f.labels[text("channel_id")], text("author.username"), f.plain(text("content")))
	if to, ok := m["reply_to"].(M); ok {
		out += fmt.Sprintf(" to %s %q", f.labels[to["author_id"].(string)], f.plain(to["excerpt"].(string)))
	}
	users, _ := apitest.Dig(m, "mentions.users").([]any)
	for _, id := range users {
		out += " calls " + f.labels[id.(string)]
	}
	if apitest.Dig(m, "mentions.everyone") == true {
		out += " calls everyone"
	}
	if v := edition(m["version"]); v != 1 {
		out += fmt.Sprintf(" version %d", v)
	}
	return out
}

// edition counts the versions of a message that was edited by one request after the other. A node of a cluster goes to the
// next multiple of all workers there may be, and some more.
func edition(version any) int {
	v, _ := version.(float64)
	if v > core.MaxWorker {
		return int(v)/(core.MaxWorker+1) + 1
	}
	return int(v)
}

var keptMention = regexp.MustCompile(`<[@#](\d+)>`)

// plain writes the mentions of a content as people type them.
func (f *flow) plain(content string) string {
	return keptMention.ReplaceAllStringFunc(content, func(s string) string {
		name := strings.TrimPrefix(f.labels[s[2:len(s)-1]], "#")
		return s[1:2] + name
	})
}
