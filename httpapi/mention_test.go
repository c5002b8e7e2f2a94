package httpapi_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/httpapi/apitest"
)

// mentionCase is a content with what becomes of it; where kept is empty, nothing does.
type mentionCase struct{ name, typed, kept, users, channels string }

// mentionCases is a table: a line a rule.
func mentionCases() []mentionCase {
	return []mentionCase{
		{"alone", "@ada", "<@{ada}>", "{ada}", ""},
		{"another case", "@ADA", "<@{ada}>", "{ada}", ""},
		{"comma", "@ada, hi", "<@{ada}>, hi", "{ada}", ""},
		{"end of a sentence", "hi @ada.", "hi <@{ada}>.", "{ada}", ""},
		{"dots", "hi @ada...", "hi <@{ada}>...", "{ada}", ""},
		{"more dots than a name may have", "@ada" + strings.Repeat(".", 60), "<@{ada}>" + strings.Repeat(".", 60), "{ada}", ""},
		{"question", "@ada?", "<@{ada}>?", "{ada}", ""},
		{"possessive", "@ada's @bob’s", "<@{ada}>'s <@{bob}>’s", "{ada} {bob}", ""},
		{"brackets", "(@ada) [@bob] {@ada}", "(<@{ada}>) [<@{bob}>] {<@{ada}>}", "{ada} {bob}", ""},
		{"French quotes", "« @ada » «@bob»", "« <@{ada}> » «<@{bob}>»", "{ada} {bob}", ""},
		{"emoji before", "👋@ada ❤️@bob", "👋<@{ada}> ❤️<@{bob}>", "{ada} {bob}", ""},
		{"emoji after", "@ada🎉", "<@{ada}>🎉", "{ada}", ""},
		{"dashes", "—@ada—", "—<@{ada}>—", "{ada}", ""},
		{"ellipsis", "@ada…", "<@{ada}>…", "{ada}", ""},
		{"other script around", "，@ada。", "，<@{ada}>。", "{ada}", ""},
		{"line breaks", "@ada\n@bob", "<@{ada}>\n<@{bob}>", "{ada} {bob}", ""},
		{"twice", "@ada @ada", "<@{ada}> <@{ada}>", "{ada}", ""},
		{"dot in the name", "@jean.paul.", "<@{jean}>.", "{jean}", ""},
		{"letters before", "mail@ada é@ada 7@ada _@ada", "", "", ""},
		{"letter made of two before", "e\u0301@ada", "", "", ""},
		{"mail address", "ada@example.org x@ada.org", "", "", ""},
		{"letters after", "@adam @adaé @ada_x", "", "", ""},
		{"a letter whose lower case is within ASCII", "@\u212aate @\u212aat\u0117", "", "", ""},
		{"no member", "@eve @nobody", "", "", ""},
		{"sign alone", "@ # @. #. @@ ##", "", "", ""},
		{"two signs", "@@ada", "@<@{ada}>", "{ada}", ""},
		{"code", "`@ada` @bob", "`@ada` <@{bob}>", "{bob}", ""},
		{"code with two ticks", "``@ada ` @ada`` @bob", "``@ada ` @ada`` <@{bob}>", "{bob}", ""},
		{"block of code", "```\n@ada #openings\n```\n@bob", "```\n@ada #openings\n```\n<@{bob}>", "{bob}", ""},
		{"tick that closes nothing", "` @ada", "` <@{ada}>", "{ada}", ""},
		{"channel", "#openings", "<#{openings}>", "", "{openings}"},
		{"channel in another case", "see #Openings.", "see <#{openings}>.", "", "{openings}"},
		{"voice channel", "#talk", "<#{talk}>", "", "{talk}"},
		{"category", "#rooms", "", "", ""},
		{"channel with an emoji", "#🎲-games!", "<#{games}>!", "", "{games}"},
		{"channel with a letter beyond ASCII", "«#général»", "«<#{general}>»", "", "{general}"},
		{"emoji after a channel", "#openings🎉", "<#{openings}>🎉", "", "{openings}"},
		{"channel of another server", "#den", "", "", ""},
		{"number", "issue#1 #1", "", "", ""},
		{"heading", "# openings", "", "", ""},
		{"kept form", "<@{ada}> <#{openings}>", "<@{ada}> <#{openings}>", "{ada}", "{openings}"},
		{"kept form of others", "<@{eve}> <#{den}> <@1> <#0> <@x>", "", "", ""},
		{"kept form in code", "`<@{ada}>`", "", "", ""},
		{"everyone, by a member", "@everyone @here", "", "", ""},
	}
}

// TestMentions: what is typed, what is kept, and whom it names. {ada} stands for ada's id.
func TestMentions(t *testing.T) {
	w := newWorld(t)
	jean, kate := w.Register("jean.paul"), w.Register("kate")
	for _, p := range []*apitest.Person{jean, kate} {
		p.Post("/servers/"+w.public+"/join", nil).Must(200)
	}
	games := w.newChannel(w.public, M{"name": "🎲-games", "type": "text"})
	general := w.newChannel(w.public, M{"name": "général", "type": "text"})
	ids := strings.NewReplacer("{ada}", w.ada.ID, "{bob}", w.bob.ID, "{eve}", w.eve.ID, "{jean}", jean.ID, "{openings}", w.nested,
		"{games}", games, "{general}", general, "{den}", w.den, "{talk}", w.voice, "{rooms}", w.category)
	for _, c := range mentionCases() {
		t.Run(c.name, func(t *testing.T) {
			typed := ids.Replace(c.typed)
			if c.kept == "" {
				c.kept = c.typed
			}
			a := w.bob.Post("/channels/"+w.general+"/messages", M{"content": typed}).Is(201)
			if got, want := a.Text("content"), ids.Replace(c.kept); got != want {
				t.Errorf("kept %q, want %q", got, want)
			}
			for at, want := range map[string]string{"mentions.users": c.users, "mentions.channels": c.channels} {
				list := strings.Fields(ids.Replace(want))
				slices.SortFunc(list, func(a, b string) int { return int(number(a) - number(b)) })
				a.Has(at, list)
			}
			a.Has("mentions.everyone", false)
			edited := w.bob.Patch("/channels/"+w.general+"/messages/"+a.Text("id"), M{"content": typed}).Is(200)
			if edited.Text("content") != a.Text("content") || fmt.Sprint(edited.At("mentions")) != fmt.Sprint(a.At("mentions")) {
				t.Errorf("edited the same way: %s", edited)
			}
		})
	}
}

func TestMentionEveryone(t *testing.T) {
	w := newWorld(t)
	for typed, want := range map[string]bool{"@everyone": true, "@Here!": true, "«@everyone»": true, "👋@here": true, "@everyone.": true,
		"mail@here": false, "@heretic": false, "@everyoné": false, "`@everyone`": false, "é@here": false} {
		w.ada.Post("/channels/"+w.general+"/messages", M{"content": typed}).Is(201).Has("mentions.everyone", want).Has("content", typed)
		w.bob.Post("/channels/"+w.general+"/messages", M{"content": typed}).Is(201).Has("mentions.everyone", false)
	}
	w.ada.Post("/channels/"+w.general+"/messages", M{"content": "@everyone"}).Is(201)
	w.bob.Get("/sync").Is(200).Has("servers.0.read_states.0.mention_count", 6)
	w.Probe.Change(func(a apitest.Ask, p core.Permission) core.Permission { return p &^ core.MentionEveryone })
	w.ada.Post("/channels/"+w.general+"/messages", M{"content": "@everyone"}).Is(201).Has("mentions.everyone", false)
}

// TestMentionsAreBounded: names beyond the bound stay text.
func TestMentionsAreBounded(t *testing.T) {
	w := newWorld(t)
	a := w.bob.Post("/channels/"+w.general+"/messages", M{"content": strings.Repeat("@nobody ", 50) + "@ada"}).Is(201)
	a.Has("mentions.users", "[]")
	w.bob.Post("/channels/"+w.general+"/messages", M{"content": strings.Repeat("@nobody ", 49) + "@ada"}).Is(201).Has("mentions.users", "["+w.ada.ID+"]")
}
