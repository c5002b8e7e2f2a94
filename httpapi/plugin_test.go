package httpapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/plugins/plugintest"
	"github.com/beep-chat/beep/httpapi/apitest"
)

func (w *world) moderation() string { return "/servers/" + w.public + "/plugins/chat.beep.moderation" }

// TestPluginVersions: who changes settings may ask that they are still those they saw, also that they were never set.
func TestPluginVersions(t *testing.T) {
	w := newWorld(t)
	path := w.moderation()
	match := func(tag string) apitest.With { return apitest.Header("If-Match", tag) }
	if tag := w.ada.Get(path).Is(200).Header.Get("ETag"); tag != `"v0"` {
		t.Errorf("ETag %q", tag)
	}
	counts := atOnce(20, func(i int) *apitest.Answer { return w.ada.Patch(path, M{"dry_run": i%2 == 0}, match(`"v0"`)) })
	expectCounts(t, "20 at once on settings that were never set", counts, "200 ", 1, "412 version_conflict", 19)
	w.Events().Are("plugin.updated")
	w.ada.Patch(path, M{"dry_run": true}, match(`"v0"`)).Is(412, "version_conflict").Has("params.version", 1)
	w.ada.Patch(path, M{"dry_run": true}, match(`W/"v1"`)).Is(412, "version_conflict")
	w.Events().Are()
	if tag := w.ada.Patch(path, M{"dry_run": true}, match(`"v1"`)).Is(200).Header.Get("ETag"); tag != `"v2"` {
		t.Errorf("ETag %q", tag)
	}
	w.ada.Patch(path, M{"enabled": true}, match("*")).Is(200)
	expectCounts(t, "20 at once", atOnce(20, func(int) *apitest.Answer { return w.ada.Patch(path, M{"enabled": true}) }), "200 ", 20)
	w.ada.Get(path).Is(200).Has("revision", 23).Has("dry_run", true).Has("enabled", true)
	if tag := w.ada.Get(strings.Replace(path, "moderation", "plain", 1)).Is(200).Header.Get("ETag"); tag != `"v0"` {
		t.Errorf("another plugin has %q", tag)
	}
}

// TestPluginEvent: members hear that settings changed, and nothing of what they are.
func TestPluginEvent(t *testing.T) {
	w := newWorld(t)
	s := w.bob.Stream("")
	w.ada.Patch(w.moderation(), M{"enabled": true, "config": M{"words": []string{"hush-hush"}}}).Is(200)
	e := s.Until("plugin.updated", nil)
	if e["server_id"] != w.public || e["plugin_id"] != "chat.beep.moderation" || fmt.Sprint(e["version"]) != "1" {
		t.Errorf("%v", e)
	}
	for _, event := range w.Events().Take() {
		if strings.Contains(string(event.Data), "hush-hush") {
			t.Errorf("%s", event.Data)
		}
	}
}

// TestSchemaKeepsItsOrder: the form is drawn in the order of the schema's properties.
func TestSchemaKeepsItsOrder(t *testing.T) {
	w := newWorld(t)
	body := string(w.ada.Get(w.moderation()).Is(200).Body)
	if !strings.Contains(body, plugintest.Schema) {
		t.Errorf("%s", body)
	}
}

// TestPluginSettingsFollow: what the path of messages sees is new when the change is answered.
func TestPluginSettingsFollow(t *testing.T) {
	w := newWorld(t)
	server := core.ServerID(number(w.public))
	settings := func() []core.PluginSettings {
		list, err := w.Node.Plugins.Settings(t.Context(), server)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	if list := settings(); len(list) != 0 {
		t.Errorf("at first %+v", list)
	}
	w.ada.Patch(w.moderation(), M{"enabled": true, "on_failure": "closed", "config": M{"words": []string{"a"}}}).Is(200)
	if list := settings(); len(list) != 1 || list[0].Version != 1 || list[0].OnFailure != core.FailClosed || string(list[0].Config) != `{"words":["a"]}` {
		t.Errorf("enabled: %+v", list)
	}
	if n := testing.AllocsPerRun(100, func() { settings() }); n > 0 {
		t.Errorf("%v allocations", n)
	}
	w.ada.Patch(w.moderation(), M{"enabled": false}).Is(200)
	if list := settings(); len(list) != 0 {
		t.Errorf("disabled: %+v", list)
	}
	w.ada.Get(w.moderation()).Is(200).Has("config.words.0", "a")
}

// TestHeardPluginChanges: a change that another node made is known when its event is heard.
func TestHeardPluginChanges(t *testing.T) {
	w := newWorld(t)
	server := core.ServerID(number(w.public))
	enabled := func() int {
		list, err := w.Node.Plugins.Settings(t.Context(), server)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	s := w.bob.Stream("")
	if n := enabled(); n != 0 {
		t.Fatalf("%d enabled at first", n)
	}
	maker := core.EventMaker{IDs: w.Node.IDs, Clock: w.Clock.Now}
	event, err := maker.New(core.Audience{Server: server}, 1, core.PluginUpdated{PluginID: plugintest.Plain, Version: 1})
	if err != nil {
		t.Fatal(err)
	}
	set := core.PluginSettings{Server: server, Plugin: plugintest.Plain, Enabled: true, OnFailure: core.FailOpen, Version: 1}
	if ok, err := w.Node.Stores.Plugins.Put(t.Context(), set, 0, event); !ok || err != nil {
		t.Fatal(ok, err)
	}
	s.Until("plugin.updated", nil)
	if n := enabled(); n != 1 {
		t.Errorf("%d enabled after the event", n)
	}
}

// TestTrialsHaveNamesOfTheirOwn: a plugin keeps what it read of a configuration under its version, so one that is only tried
// must never have the version of another.
func TestTrialsHaveNamesOfTheirOwn(t *testing.T) {
	catalog := plugintest.New()
	w := newWorld(t, func(o *apitest.Options) { o.Catalog = catalog })
	w.ada.Post(w.moderation()+"/try", M{"content": "x"}).Is(200)
	w.ada.Patch(w.moderation(), M{"config": M{"words": []string{"a"}}}).Is(200)
	w.ada.Post(w.moderation()+"/try", M{"content": "x"}).Is(200)
	for range 2 {
		w.ada.Post(w.moderation()+"/try", M{"content": "x", "config": M{"words": []string{"b"}}}).Is(200)
	}
	asked := catalog.Asked()
	if len(asked) != 4 || asked[0].Settings.Version != 0 || asked[1].Settings.Version != 1 {
		t.Fatalf("%+v", asked)
	}
	if a, b := asked[2].Settings, asked[3].Settings; a.Version >= 0 || b.Version >= 0 || a.Version == b.Version || string(a.Config) != `{"words":["b"]}` {
		t.Errorf("tried under %d and %d", a.Version, b.Version)
	}
	if d := asked[0].Draft; d.Author.String() != w.ada.ID || d.Server.String() != w.public || d.Content != "x" || d.Edit {
		t.Errorf("%+v", d)
	}
	w.ada.Get(w.moderation()).Is(200).Has("revision", 1).Has("config.words.0", "a")
}

// TestTryNeedsTheChannel: nobody learns by trying what a plugin does in a channel that they may not view.
func TestTryNeedsTheChannel(t *testing.T) {
	w := newWorld(t)
	hidden := core.ChannelID(number(w.nested))
	w.Probe.Change(func(a apitest.Ask, p core.Permission) core.Permission {
		if a.Channel == hidden {
			return p &^ core.ViewChannel
		}
		return p
	})
	w.ada.Post(w.moderation()+"/try", M{"content": "x", "channel_id": w.nested}).Is(404, "not_found")
	w.ada.Post(w.moderation()+"/try", M{"content": "x", "channel_id": w.general}).Is(200)
}

// TestTryReadsMentions: a tried text is what would be stored, with the ids of whom it mentions, in a channel and in none.
func TestTryReadsMentions(t *testing.T) {
	catalog := plugintest.New()
	w := newWorld(t, func(o *apitest.Options) { o.Catalog = catalog })
	text := "@" + w.bob.Name + " and @nobody.known, in #general"
	w.ada.Post(w.moderation()+"/try", M{"content": text}).Is(200)
	w.ada.Post(w.moderation()+"/try", M{"content": text, "channel_id": w.general}).Is(200)
	asked := catalog.Asked()
	want := "<@" + w.bob.ID + "> and @nobody.known, in <#" + w.general + ">"
	if len(asked) != 2 || asked[0].Draft.Content != want || asked[1].Draft.Content != want {
		t.Errorf("%+v, want %q", asked, want)
	}
}

// TestPluginRate: trying is limited, and so is making a plugin check a configuration; a switch is not.
func TestPluginRate(t *testing.T) {
	rate := core.DefaultLimits().PluginRate
	w := newWorld(t, func(o *apitest.Options) { o.Limits.PluginRate = rate })
	for range 5 { // what is refused costs nothing
		w.ada.Post(w.moderation()+"/try", M{"content": " "}).Is(422, "validation_failed")
		w.bob.Post(w.moderation()+"/try", M{"content": "x"}).Is(403, "forbidden")
	}
	try := func(int) *apitest.Answer { return w.ada.Post(w.moderation()+"/try", M{"content": "x"}) }
	expectCounts(t, "tried", atOnce(rate.Count+20, try), "200 ", rate.Count, limited, 20)
	try(0).Is(429, "rate_limited").Has("params.policy", "plugin_try").Has("params.limit", rate.Count)
	configure := func(int) *apitest.Answer { return w.ada.Patch(w.moderation(), M{"config": M{}}) }
	expectCounts(t, "configured", atOnce(rate.Count+20, configure), "200 ", rate.Count, limited, 20)
	configure(0).Is(429, "rate_limited").Has("params.policy", "plugin_update")
	w.ada.Patch(w.moderation(), M{"enabled": false}).Is(200)
	w.Advance(rate.Per)
	try(0).Is(200)
}

// awaitRecords waits until so many verdicts are kept.
func (w *world) awaitRecords(t *testing.T, n int64) {
	t.Helper()
	for deadline := time.Now().Add(apitest.Patience); w.Node.Plugins.RecordStats().Kept < n; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%+v, want %d kept", w.Node.Plugins.RecordStats(), n)
		}
	}
}

// TestVerdicts: moderators see what a plugin did, newest first, page by page.
func TestVerdicts(t *testing.T) {
	w := newWorld(t)
	record := func(plugin core.PluginID, server string, n int64) core.VerdictRecord {
		return core.VerdictRecord{Server: core.ServerID(number(server)), Channel: core.ChannelID(number(w.general)), Author: core.UserID(number(w.bob.ID)),
			Message: core.MessageID(1000 + n), Edit: n == 2, Verdict: core.Verdict{Plugin: plugin, Action: core.ActionReject, Reason: plugintest.Reason,
				Rule: fmt.Sprint("words[", n, "]"), Excerpt: "spam", DryRun: n == 1}}
	}
	before := w.Node.Plugins.RecordStats().Kept
	for n := range int64(3) {
		w.Node.Plugins.Record(record(plugintest.Moderation, w.public, n))
		w.awaitRecords(t, before+n+1)
	}
	w.Node.Plugins.Record(record(plugintest.Moderation, w.private, 9))
	w.Node.Plugins.Record(record(plugintest.Slow, w.public, 9))
	w.awaitRecords(t, before+5)
	a := w.ada.Get(w.moderation() + "/verdicts").Is(200)
	a.Has("verdicts.0.rule", "words[2]").Has("verdicts.0.edit", true).Has("verdicts.0.author.username", "bob").Has("verdicts.0.channel_id", w.general)
	a.Has("verdicts.0.message_id", "1002").Has("verdicts.0.action", "reject").Has("verdicts.0.reason.fr", plugintest.Reason["fr"])
	a.Has("verdicts.0.failed", false).Has("verdicts.1.dry_run", true).Has("verdicts.2.rule", "words[0]").Has("verdicts.3", nil)
	page := w.ada.Get(w.moderation()+"/verdicts?limit=2").Is(200).Has("verdicts.2", nil)
	w.ada.Get(w.moderation()+"/verdicts?limit=2&before="+page.Text("verdicts.1.id")).Is(200).Has("verdicts.0.rule", "words[0]").Has("verdicts.1", nil)
	w.Events().Are()
}

// TestDeletedServersHaveNoSettings: the settings go with the server.
func TestDeletedServersHaveNoSettings(t *testing.T) {
	w := newWorld(t)
	w.ada.Patch(w.moderation(), M{"enabled": true}).Is(200)
	w.ada.Patch("/servers/"+w.private+"/plugins/chat.beep.moderation", M{"enabled": true}).Is(200)
	w.ada.Delete("/servers/" + w.public).Is(204)
	w.settled(t)
	if n := w.Rows()["server_plugins"]; n != 1 {
		t.Errorf("%d rows of settings", n)
	}
	if list, err := w.Node.Plugins.Settings(t.Context(), core.ServerID(number(w.public))); err != nil || len(list) > 0 {
		t.Errorf("%+v %v", list, err)
	}
}

// audits notes what is audited.
type audits struct{ entries chan core.AuditEntry }

// Record implements core.Auditor.
func (a audits) Record(_ context.Context, e core.AuditEntry) {
	if e.Action == "PLUGIN_CONFIGURED" {
		a.entries <- e
	}
}

// TestPluginAudit: a change is audited by the names of what changed, without the configuration.
func TestPluginAudit(t *testing.T) {
	log := audits{make(chan core.AuditEntry, 10)}
	w := newWorld(t, func(o *apitest.Options) { o.Audit = log })
	w.ada.Patch(w.moderation(), M{"enabled": true, "config": M{"words": []string{"hush-hush"}}}).Is(200)
	w.ada.Patch(w.moderation(), M{"config": M{"strict": 1}}).Is(422)
	w.bob.Patch(w.moderation(), M{"enabled": true}).Is(403)
	close(log.entries)
	var got []core.AuditEntry
	for e := range log.entries {
		got = append(got, e)
	}
	if len(got) != 1 || got[0].User.String() != w.ada.ID || got[0].Target != "server:"+w.public {
		t.Fatalf("%+v", got)
	}
	details, _ := json.Marshal(got[0].Details)
	const want = `{"changed":["enabled","config"],"dry_run":false,"enabled":true,"on_failure":"open","plugin":"chat.beep.moderation","version":1}`
	if string(details) != want {
		t.Errorf("%s", details)
	}
}

// TestProblemsOfAPluginInTwoLanguages: what a plugin finds wrong is told in the language of who asks.
func TestProblemsOfAPluginInTwoLanguages(t *testing.T) {
	w := newWorld(t)
	for language, want := range map[string]string{"fr-CA": plugintest.RefusedText["fr"], "de": plugintest.RefusedText["en"]} {
		w.ada.Patch(w.moderation(), M{"config": M{"words": []string{plugintest.Refused}}}, apitest.Header("Accept-Language", language)).
			Is(422, "validation_failed").Has("errors.0.detail", want)
	}
}
