package storage

import (
	"cmp"
	"context"
	"slices"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/storage/wide"
)

// Servers keeps layouts and the look-up from channels to servers.
type Servers struct{ db wide.Engine }

// maxLayoutRows is more than the limits of a server allow.
const maxLayoutRows = wide.MaxRangeLimit

// Layout implements servers.Store.
func (s *Servers) Layout(ctx context.Context, id core.ServerID) (core.Layout, error) {
	const op = "get layout"
	rows, err := layout.Range(ctx, s.db, wide.Query[layoutRow]{Partition: layoutRow{Server: id}, Limit: maxLayoutRows})
	if err != nil {
		return core.Layout{}, translate(op, err)
	}
	if len(rows) == 0 || rows[0].Kind != layoutServer {
		return core.Layout{}, core.E(core.CodeNotFound, op)
	}
	l := core.Layout{Server: serverFromRow(rows[0]), Epoch: rows[0].Epoch}
	for _, r := range rows[1:] {
		if r.Kind == layoutChannel {
			l.Channels = append(l.Channels, channelFromRow(r))
		}
	}
	slices.SortFunc(l.Channels, func(a, b core.Channel) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.ID, b.ID))
	})
	return l, nil
}

// CreateLayout implements servers.Store. Look-ups come first: they lead nowhere until the layout exists.
func (s *Servers) CreateLayout(ctx context.Context, l core.Layout, events ...core.Event) error {
	const op = "create server"
	for _, c := range l.Channels {
		if err := s.putLookup(ctx, c); err != nil {
			return err
		}
	}
	row := serverToRow(l.Server, l.Epoch)
	writes := []wide.Write{layout.Insert(row)}
	for _, c := range l.Channels {
		writes = append(writes, layout.Insert(channelToRow(c)))
	}
	_, err := cas(ctx, s.db, op, wide.Commit{If: layout.IfAbsent(row), Writes: writes, Events: events})
	return err
}

func (s *Servers) putLookup(ctx context.Context, c core.Channel) error {
	w := channelLookup.Insert(channelLookupRow{Channel: c.ID, Server: c.ServerID})
	return put(ctx, s.db, "store channel look-up", wide.Commit{Writes: []wide.Write{w}})
}

// change commits writes to a layout whose epoch is still the given one.
func (s *Servers) change(ctx context.Context, op string, id core.ServerID, epoch int64, writes []wide.Write, events []core.Event) (bool, error) {
	before := layoutRow{Server: id, Kind: layoutServer, Epoch: epoch}
	next := before
	next.Epoch++
	writes = append(writes, layout.Update(next, layoutEpoch))
	return cas(ctx, s.db, op, wide.Commit{If: layout.IfEqual(before, layoutEpoch), Writes: writes, Events: events})
}

// PutServer implements servers.Store.
func (s *Servers) PutServer(ctx context.Context, srv core.Server, epoch int64, events ...core.Event) (bool, error) {
	before := layoutRow{Server: srv.ID, Kind: layoutServer, Epoch: epoch}
	w := layout.Update(serverToRow(srv, epoch+1), layoutServerColumns)
	return cas(ctx, s.db, "store server", wide.Commit{If: layout.IfEqual(before, layoutEpoch), Writes: []wide.Write{w}, Events: events,
		Reclaim: srv.Deleted})
}

// CreateChannel implements channels.Store.
func (s *Servers) CreateChannel(ctx context.Context, c core.Channel, epoch int64, events ...core.Event) (bool, error) {
	if err := s.putLookup(ctx, c); err != nil {
		return false, err
	}
	return s.change(ctx, "create channel", c.ServerID, epoch, []wide.Write{layout.Insert(channelToRow(c))}, events)
}

// PutChannels implements channels.Store.
func (s *Servers) PutChannels(ctx context.Context, id core.ServerID, changed []core.Channel, epoch int64, events ...core.Event) (bool, error) {
	return s.change(ctx, "store channels", id, epoch, channelUpdates(changed), events)
}

// DeleteChannels implements channels.Store.
func (s *Servers) DeleteChannels(ctx context.Context, id core.ServerID, gone []core.ChannelID, released []core.Channel, epoch int64, events ...core.Event) (bool, error) {
	writes := channelUpdates(released)
	for _, g := range gone {
		writes = append(writes, layout.Delete(layoutRow{Server: id, Kind: layoutChannel, ID: int64(g)}))
	}
	return s.change(ctx, "delete channels", id, epoch, writes, events)
}

func channelUpdates(list []core.Channel) []wide.Write {
	writes := make([]wide.Write, 0, len(list)+2)
	for _, c := range list {
		writes = append(writes, layout.Update(channelToRow(c), layoutChannelColumns))
	}
	return writes
}

// ServerOf implements servers.Lookups.
func (s *Servers) ServerOf(ctx context.Context, channel core.ChannelID) (core.ServerID, error) {
	r, err := channelLookup.Get(ctx, s.db, channelLookupRow{Channel: channel})
	return r.Server, translate("look up channel", err)
}

// DropLayout removes what is left of a deleted server.
func (s *Servers) DropLayout(ctx context.Context, id core.ServerID) error {
	w := layout.DeletePartition(layoutRow{Server: id}).Final()
	return put(ctx, s.db, "drop layout", wide.Commit{Writes: []wide.Write{w}, Reclaim: true})
}

func serverToRow(s core.Server, epoch int64) layoutRow {
	return layoutRow{Server: s.ID, Kind: layoutServer, Name: s.Name, Version: s.Version, Epoch: epoch, Description: s.Description,
		Owner: s.OwnerID, Visibility: string(s.Visibility), Template: string(s.Template), Deleted: s.Deleted}
}

func serverFromRow(r layoutRow) core.Server {
	return core.Server{ID: r.Server, Name: r.Name, Description: r.Description, OwnerID: r.Owner, Visibility: core.Visibility(r.Visibility),
		Template: core.Template(r.Template), CreatedAt: core.Time{Time: r.Server.Time()}, Version: r.Version, Deleted: r.Deleted}
}

func channelToRow(c core.Channel) layoutRow {
	r := layoutRow{Server: c.ServerID, Kind: layoutChannel, ID: int64(c.ID), Name: c.Name, Version: c.Version,
		ChannelType: string(c.Type), Topic: c.Topic, Position: int64(c.Position)}
	if c.ParentID != nil {
		r.Parent = *c.ParentID
	}
	return r
}

func channelFromRow(r layoutRow) core.Channel {
	id := core.ChannelID(r.ID)
	c := core.Channel{ID: id, ServerID: r.Server, Type: core.ChannelType(r.ChannelType), Name: r.Name, Topic: r.Topic,
		Position: int(r.Position), CreatedAt: core.Time{Time: id.Time()}, Version: r.Version}
	if r.Parent != 0 {
		c.ParentID = &r.Parent
	}
	return c
}
