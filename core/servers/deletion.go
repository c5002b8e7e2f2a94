package servers

import (
	"context"

	"github.com/beep-chat/beep/core"
)

// DeletionJob names the kind of job that removes the rows of a deleted server.
const DeletionJob = "delete_server"

// Rows removes what a deleted server leaves behind. Every method is idempotent, so that a job that was cut short begins
// again without harm.
type Rows interface {
	// Layout still reads a server that is being deleted.
	Layout(ctx context.Context, id core.ServerID) (core.Layout, error)
	// DropChannel removes a channel's messages, partition by partition, its read index and its look-up.
	DropChannel(ctx context.Context, channel core.ChannelID) error
	// DropReadStates removes how far some users have read channels.
	DropReadStates(ctx context.Context, users []core.UserID, channels []core.ChannelID) error
	// DropInvites removes the invites of a server.
	DropInvites(ctx context.Context, server core.ServerID) error
	// DropPlugins removes the settings of a server's plugins.
	DropPlugins(ctx context.Context, server core.ServerID) error
	// DropLayout removes the layout, last.
	DropLayout(ctx context.Context, server core.ServerID) error
}

// Leavers removes members in portions.
type Leavers interface {
	// Expel removes up to limit members of a server that is being deleted, frees their slots and tells them; it returns
	// how many it removed, 0 when none are left. before is called with them while they still are members.
	Expel(ctx context.Context, server core.ServerID, limit int, before func([]core.UserID) error) (int, error)
}

// expelPortion is how many members one commit of the deletion covers.
const expelPortion = 40

// RunDeletion removes everything of a server that was marked deleted. A server without the mark is left alone: the
// request is between the plan and the mark, or died there.
func RunDeletion(ctx context.Context, id core.ServerID, rows Rows, members Leavers) error {
	l, err := rows.Layout(ctx, id)
	if core.CodeOf(err) == core.CodeNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	if !l.Server.Deleted {
		return core.ErrNotYet
	}
	gone := make([]core.ChannelID, 0, len(l.Channels))
	for _, c := range l.Channels {
		gone = append(gone, c.ID)
	}
	for {
		n, err := members.Expel(ctx, id, expelPortion, func(users []core.UserID) error { return rows.DropReadStates(ctx, users, gone) })
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
	}
	for _, c := range gone {
		if err := rows.DropChannel(ctx, c); err != nil {
			return err
		}
	}
	if err := rows.DropInvites(ctx, id); err != nil {
		return err
	}
	if err := rows.DropPlugins(ctx, id); err != nil {
		return err
	}
	return rows.DropLayout(ctx, id)
}
