package beep

import "github.com/beep-chat/beep/pluginsdk/internal/port"

// Plugin is what a plugin does: a function for each hook it has. The hooks must be the same as in plugin.json.
type Plugin struct {
	// MessageWillBeSent judges a message before it is stored, and a message's new content before an edit is (hook
	// message.moderate).
	MessageWillBeSent func(ctx *Context, m Message) (Verdict, error)
	// Render gives the HTML of a message's Markdown (hook markdown.render). It must be pure: the node keeps the HTML, and
	// sanitises it before anybody sees it.
	Render func(ctx *Context, content string) (html string, err error)
	// ConfigWillChange checks a server's new configuration before it is stored (hook lifecycle.config_changed). The schema
	// in plugin.json holds already; this is for what a schema cannot say, like whether an expression compiles. No problems:
	// it is stored. Config.Check is one.
	ConfigWillChange func(ctx *Context, change ConfigChange) (Problems, error)
}

// Message is a message on its way into a channel. Fields that plugin.json does not ask for are empty.
type Message struct {
	Server  string // ids are decimal numbers
	Channel string
	Author  string
	ID      string // the id it will be stored under
	Edit    bool   // it replaces the content of a stored message
	// Content is in stored form: <@1> mentions a user, <@&1> a role, <#1> a channel, and @everyone and @here stand for
	// themselves.
	Content string
}

// Hook is a place where a node calls plugins.
type Hook int32

// The hooks, by their numbers in the ABI.
const (
	HookMessageWillBeSent Hook = 1
	HookRender            Hook = 2
	HookConfigWillChange  Hook = 9
)

// String is the hook's name in plugin.json.
func (h Hook) String() string {
	switch h {
	case HookMessageWillBeSent:
		return "message.moderate"
	case HookRender:
		return "markdown.render"
	case HookConfigWillChange:
		return "lifecycle.config_changed"
	}
	return "an unknown hook"
}

var registered *Plugin

// Register makes p the plugin of this program. Call it once, in an init function: main never runs.
func Register(p Plugin) {
	if registered != nil {
		panic("beep.Register: it was called before; a program is one plugin, with a function for each hook")
	}
	if p.MessageWillBeSent == nil && p.Render == nil && p.ConfigWillChange == nil {
		panic("beep.Register: the plugin has no hook; set at least one function")
	}
	registered = &p
}

func init() {
	port.Registered = func() any {
		if registered == nil {
			return nil
		}
		return registered
	}
	port.Handle = func(plugin any, host port.Host, hook int32, input, out []byte) ([]byte, int32) {
		p, _ := plugin.(*Plugin)
		return handle(p, host, Hook(hook), input, out)
	}
}
