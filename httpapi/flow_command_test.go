package httpapi_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/httpapi/apitest"
	"github.com/beep-chat/beep/storage/wide"
)

// do runs one command of a device and gives its refusal, "" where it succeeded.
func (f *flow) do(who, command string) string {
	verb, rest, _ := strings.Cut(command, " ")
	p := f.people[who]
	switch {
	case verb == "register", verb == "login":
		return f.enter(who, verb)
	case p == nil:
		return "nobody of this name"
	case verb == "stream", verb == "reconnect", verb == "disconnect":
		return f.connect(who, verb)
	case strings.HasPrefix(rest, "#"), strings.HasPrefix(rest, `"`):
		return f.speak(p, verb, rest)
	}
	return f.act(p, verb, strings.Fields(rest))
}

func refusalOf(a *apitest.Answer) string {
	if a.Status < 400 {
		return ""
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s %s", a.Status, a.Code(), strings.Join(a.Problems(), ", ")))
}

// enter registers or signs in: `alice: register`, `alice@phone: login`.
func (f *flow) enter(who, verb string) string {
	name, _, _ := strings.Cut(who, "@")
	p := f.kit.Guest()
	p.Name = name
	a := p.Post("/auth/login", M{"login": name, "password": apitest.Password})
	if verb == "register" {
		a = p.Post("/auth/register", apitest.RegisterBody(name))
	}
	if refusal := refusalOf(a); refusal != "" {
		return refusal
	}
	p.ID, p.Token, p.Refresh = a.Text("user.id"), a.Text("access_token"), a.Text("refresh_token")
	if clustered(f.t) {
		p = p.On(1 + len(f.people)%2)
	}
	f.people[who], f.labels[p.ID] = p, name
	return ""
}

// connect opens, opens again where it ended, or closes the stream of a device.
func (f *flow) connect(who, verb string) string {
	s := f.streams[who]
	switch {
	case verb == "disconnect" && s != nil:
		s.stream.Close()
		s.stream.Ended()
		s.last, s.stream = s.stream.LastID(), nil
		return ""
	case verb == "stream":
		s = &flowStream{}
	case s == nil:
		return "no stream"
	}
	var with []apitest.With
	if s.last != "" {
		with = append(with, apitest.Header("Last-Event-ID", s.last))
	}
	if a := f.people[who].Get("/users/@me"); a.Status >= 400 {
		return refusalOf(a)
	}
	p := f.people[who]
	if clustered(f.t) {
		p = p.On(3 - p.Node())
	}
	s.stream = p.Stream("", with...)
	f.streams[who] = s
	resumed := ""
	if s.stream.Ready["resumed"] == true {
		resumed = ", resumed"
	}
	f.print(who + " sees ready" + resumed)
	return ""
}

// act runs what concerns servers and sessions.
func (f *flow) act(p *apitest.Person, verb string, args []string) string {
	arg := func(i int) string {
		if i < len(args) {
			return args[i]
		}
		return ""
	}
	server := "/servers/" + f.servers[arg(0)]
	switch verb {
	case "create": // create Chess public
		a := p.Post("/servers", M{"name": arg(0), "visibility": arg(1)})
		f.servers[arg(0)], f.labels[a.Text("id")], f.current = a.Text("id"), arg(0), a.Text("id")
		return refusalOf(a)
	case "channel": // channel Chess openings
		return refusalOf(p.Post(server+"/channels", M{"name": arg(1), "type": "text"}))
	case "join": // join Chess
		return refusalOf(p.Post(server+"/join", nil))
	case "invite": // invite Chess
		a := p.Post(server+"/invites", nil)
		f.invites[arg(0)] = a.Text("code")
		return refusalOf(a)
	case "accept": // accept Chess: joins by the invite made last
		return refusalOf(p.Post("/invites/"+f.invites[arg(0)]+"/join", nil))
	case "leave": // leave Chess
		return refusalOf(p.Delete(server + "/members/@me"))
	case "rename": // rename Chess Checkers
		return refusalOf(p.Patch(server, M{"name": arg(1)}))
	case "remove": // remove Chess: deletes the server
		a := p.Delete(server)
		f.settle()
		return refusalOf(a)
	case "wait": // wait 11m
		d, err := time.ParseDuration(arg(0))
		if err != nil {
			return err.Error()
		}
		f.kit.Advance(d)
		return ""
	}
	return f.session(p, verb, arg(0))
}

// session runs what concerns the person's own account.
func (f *flow) session(p *apitest.Person, verb, arg string) string {
	switch verb {
	case "refresh":
		a := p.Kit.Guest().Post("/auth/refresh", M{"refresh_token": p.Refresh})
		if a.Status < 400 {
			p.Token, p.Refresh = a.Text("access_token"), a.Text("refresh_token")
		}
		return refusalOf(a)
	case "logout":
		return refusalOf(p.Post("/auth/logout", nil))
	case "logout-all":
		return refusalOf(p.Post("/auth/logout-all", nil))
	case "revoke": // revoke alice@phone
		id := f.people[arg].Get("/auth/sessions")
		for i := range id.Len("items") {
			if id.At(fmt.Sprintf("items.%d.current", i)) == true {
				return refusalOf(p.Delete("/auth/sessions/" + id.Text(fmt.Sprintf("items.%d.id", i))))
			}
		}
		return refusalOf(id)
	case "step-up":
		return refusalOf(p.Post("/auth/step-up", M{"password": apitest.Password}))
	case "call": // call Robert: changes the first name
		return refusalOf(p.Patch("/users/@me", M{"first_name": arg}))
	case "whoami":
		return refusalOf(p.Get("/users/@me"))
	}
	return "no command " + verb
}

// speak runs what concerns a #channel of the current server or a "message" said before.
func (f *flow) speak(p *apitest.Person, verb, rest string) string {
	if strings.HasPrefix(rest, `"`) {
		return f.change(p, verb, rest)
	}
	name, text, _ := strings.Cut(rest[1:], " ")
	id := f.channel(name)
	if id == "" {
		return "no #" + name
	}
	path := "/channels/" + id
	switch verb {
	case "send": // send #general hi
		a := p.Post(path+"/messages", M{"content": text})
		f.labels[a.Text("id")] = a.Text("content")
		return refusalOf(a)
	case "reply": // reply #general "hi" yes
		quoted, text, _ := strings.Cut(text[1:], `" `)
		_, original := f.message(quoted)
		a := p.Post(path+"/messages", M{"content": text, "reply_to": original})
		f.labels[a.Text("id")] = a.Text("content")
		return refusalOf(a)
	case "read": // read #general: as far as there is
		return refusalOf(p.Put(path+"/read", M{"message_id": "8999999999999999999"}))
	case "type": // type #general
		return refusalOf(p.Post(path+"/typing", nil))
	case "remove": // remove #general
		return refusalOf(p.Delete(path))
	}
	return "no command " + verb
}

// change edits or deletes a message: edit "hi" hello; delete "hi".
func (f *flow) change(p *apitest.Person, verb, rest string) string {
	quoted, text, _ := strings.Cut(rest[1:], `"`)
	channel, id := f.message(quoted)
	path := "/channels/" + channel + "/messages/" + id
	switch verb {
	case "edit":
		a := p.Patch(path, M{"content": strings.TrimSpace(text)})
		if a.Status < 400 {
			f.labels[id] = a.Text("content")
		}
		return refusalOf(a)
	case "delete":
		return refusalOf(p.Delete(path))
	}
	return "no command " + verb
}

// channel finds a channel of the current server, whoever may see it.
func (f *flow) channel(name string) string {
	l, err := f.kit.Node.Stores.Servers.Layout(context.Background(), core.ServerID(number(f.current)))
	if err != nil {
		return ""
	}
	for _, c := range l.Channels {
		if c.Name == name {
			f.labels[c.ID.String()] = "#" + name
			return c.ID.String()
		}
	}
	return ""
}

// message finds a message of the current server by what it says.
func (f *flow) message(content string) (channel, id string) {
	l, _ := f.kit.Node.Stores.Servers.Layout(context.Background(), core.ServerID(number(f.current)))
	for _, c := range l.Channels {
		list, _ := f.kit.Node.Stores.Messages.List(context.Background(), core.MessageQuery{Channel: c.ID, Limit: core.MaxPage})
		for _, m := range list {
			if m.Content == content || f.plain(m.Content) == content {
				return c.ID.String(), m.ID.String()
			}
		}
	}
	return nothing, nothing
}

func (f *flow) settle() {
	w := world{Kit: f.kit}
	w.settled(f.t)
}

// look prints what every open stream gives up to a mark: an event that all of them hear after everything before it.
func (f *flow) look() {
	id, err := f.kit.Node.IDs.Next()
	if err != nil {
		f.t.Fatal(err)
	}
	f.marks++ // each mark names a server of its own, that nobody has: who resumes is given the earlier ones too
	place := core.ServerID(f.marks)
	mark := core.NewEvent(core.EventID(id), core.Audience{All: true}, 0, f.kit.Clock.Now(), core.AccessChanged{ServerID: place})
	f.kit.Heard() // what came before, whichever node announces it
	if err := f.kit.Commit(wide.Commit{Events: []core.Event{mark}}); err != nil {
		f.t.Fatal(err)
	}
	for _, who := range slices.Sorted(maps.Keys(f.streams)) {
		s := f.streams[who]
		for s.stream != nil {
			event, data, ok := s.stream.Next()
			if !ok {
				f.print(who + " sees the end")
				s.last, s.stream = s.stream.LastID(), nil
				break
			}
			if event == "access.changed" && data["server_id"] == place.String() {
				break
			}
			if event == "access.changed" {
				continue
			}
			f.print(strings.TrimSpace(who + " sees " + event + " " + f.describe(event, data)))
		}
	}
}
