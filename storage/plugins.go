package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/storage/wide"
)

// Plugins keeps what servers chose for their plugins, and what plugins did.
type Plugins struct {
	db    wide.Engine
	clock core.Clock
}

// List implements plugins.Store.
func (s *Plugins) List(ctx context.Context, server core.ServerID) ([]core.PluginSettings, error) {
	rows, err := serverPlugins.Range(ctx, s.db, wide.Query[serverPluginRow]{Partition: serverPluginRow{Server: server}, Limit: wide.MaxRangeLimit})
	if err != nil {
		return nil, translate("list plugin settings", err)
	}
	list := make([]core.PluginSettings, 0, len(rows))
	for _, r := range rows {
		list = append(list, settingsFromRow(r))
	}
	return list, nil
}

// Put implements plugins.Store.
func (s *Plugins) Put(ctx context.Context, set core.PluginSettings, wasVersion int64, events ...core.Event) (bool, error) {
	row := serverPluginRow{Server: set.Server, Plugin: set.Plugin, Enabled: set.Enabled, DryRun: set.DryRun,
		OnFailure: string(set.OnFailure), Config: string(set.Config), Version: set.Version}
	cond := serverPlugins.IfEqual(serverPluginRow{Server: row.Server, Plugin: row.Plugin, Version: wasVersion}, serverPluginVersion)
	if wasVersion == 0 {
		cond = serverPlugins.IfAbsent(row)
	}
	return cas(ctx, s.db, "store plugin settings", wide.Commit{If: cond,
		Writes: []wide.Write{serverPlugins.Update(row, serverPluginColumns)}, Events: events})
}

// DropPlugins removes the settings of a deleted server. Verdicts go by themselves: a time series has no deletes.
func (s *Plugins) DropPlugins(ctx context.Context, server core.ServerID) error {
	w := serverPlugins.DeletePartition(serverPluginRow{Server: server}).Final()
	return put(ctx, s.db, "drop plugin settings", wide.Commit{Writes: []wide.Write{w}, Reclaim: true})
}

func settingsFromRow(r serverPluginRow) core.PluginSettings {
	set := core.PluginSettings{Server: r.Server, Plugin: r.Plugin, Enabled: r.Enabled, DryRun: r.DryRun,
		OnFailure: core.OnFailure(r.OnFailure), Version: r.Version}
	if r.Config != "" {
		set.Config = json.RawMessage(r.Config)
	}
	return set
}

// clockSlack is how far the clock that made an id may be ahead of this node's.
const clockSlack = time.Minute

// dayOf is the partition a moment belongs to.
func dayOf(at time.Time) int64 { return at.Unix() / int64(verdictDay/time.Second) }

// AppendVerdict implements plugins.Store.
func (s *Plugins) AppendVerdict(ctx context.Context, v core.VerdictRecord) error {
	const op = "store verdict"
	row := pluginVerdictRow{Day: dayOf(v.ID.Time()), Server: v.Server, Plugin: v.Plugin, ID: v.ID, Channel: v.Channel, Author: v.Author,
		Message: v.Message, Edit: v.Edit, Action: string(v.Action), Rule: v.Rule, Excerpt: v.Excerpt, DryRun: v.DryRun, Failed: v.Failed}
	if len(v.Reason) > 0 {
		reason, err := json.Marshal(v.Reason)
		if err != nil {
			return fmt.Errorf("%s: %w", op, err)
		}
		row.Reason = string(reason)
	}
	return put(ctx, s.db, op, wide.Commit{Writes: []wide.Write{pluginVerdicts.Insert(row)}})
}

// ListVerdicts implements plugins.Store. It reads day after day, newest first, until the page is full; a plugin that did
// nothing costs a read for each day that is kept.
func (s *Plugins) ListVerdicts(ctx context.Context, server core.ServerID, plugin core.PluginID, before core.EventID, limit int) ([]core.VerdictRecord, error) {
	const op = "list verdicts"
	now := s.clock()
	newest, oldest := dayOf(now.Add(clockSlack)), dayOf(now.Add(-verdictLife))
	if before != 0 {
		newest = min(newest, dayOf(before.Time()))
	}
	list := make([]core.VerdictRecord, 0, limit)
	for day := newest; day >= oldest && len(list) < limit; day-- {
		q := wide.Query[pluginVerdictRow]{Partition: pluginVerdictRow{Day: day, Server: server, Plugin: plugin}, Limit: limit - len(list)}
		if before != 0 {
			q.From, q.FromExclusive = &pluginVerdictRow{ID: before}, true
		}
		rows, err := pluginVerdicts.Range(ctx, s.db, q)
		if err != nil {
			return nil, translate(op, err)
		}
		for _, r := range rows {
			v, err := verdictFromRow(r)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", op, err)
			}
			list = append(list, v)
		}
	}
	return list, nil
}

func verdictFromRow(r pluginVerdictRow) (core.VerdictRecord, error) {
	v := core.VerdictRecord{ID: r.ID, Server: r.Server, Channel: r.Channel, Author: r.Author, Message: r.Message, Edit: r.Edit,
		Verdict: core.Verdict{Plugin: r.Plugin, Action: core.Action(r.Action), Rule: r.Rule, Excerpt: r.Excerpt, DryRun: r.DryRun, Failed: r.Failed}}
	if r.Reason == "" {
		return v, nil
	}
	return v, json.Unmarshal([]byte(r.Reason), &v.Reason)
}
