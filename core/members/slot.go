package members

import (
	"context"
	"time"

	"github.com/beep-chat/beep/core"
)

// Slots bound the servers of a user. One that was claimed for a membership that never came to be, or whose server is gone,
// is taken back when it is missed.
type Slots interface {
	// ClaimSlot gives the user one of limit slots for the server; 0 means no limit. A server that has a slot keeps it.
	// CodeServersLimit when none is free.
	ClaimSlot(ctx context.Context, user core.UserID, server core.ServerID, limit int) error
	// FreeSlot gives the slot of a server back; without one it does nothing.
	FreeSlot(ctx context.Context, user core.UserID, server core.ServerID) error
	// ListSlots gives the servers that hold a slot.
	ListSlots(ctx context.Context, user core.UserID) ([]core.ServerID, error)
}

// foundingLife is how long after Found the layout of a server may still be on its way.
const foundingLife = time.Minute

// claim takes a slot for a server; where none is free, those that lead nowhere are given back first. The user's lock is held.
func (s *Service) claim(ctx context.Context, user core.UserID, id core.ServerID) error {
	full := s.Store.ClaimSlot(ctx, user, id, s.Limits.ServersPerUser)
	if core.CodeOf(full) != core.CodeServersLimit {
		return full
	}
	freed, err := s.reclaim(ctx, user)
	if err != nil {
		return err
	}
	if freed == 0 {
		return full
	}
	return s.Store.ClaimSlot(ctx, user, id, s.Limits.ServersPerUser)
}

// reclaim gives the slots back that lead nowhere and tells how many.
func (s *Service) reclaim(ctx context.Context, user core.UserID) (int, error) {
	held, err := s.Store.ListSlots(ctx, user)
	if err != nil {
		return 0, err
	}
	freed := 0
	for _, id := range held {
		used, err := s.slotUsed(ctx, user, id)
		if err != nil {
			return freed, err
		}
		if used {
			continue
		}
		if err := s.Store.FreeSlot(ctx, user, id); err != nil {
			return freed, err
		}
		freed++
	}
	return freed, nil
}

// slotUsed tells whether a slot stands for a membership of a server that exists or is about to. The membership of a server
// that is gone stays for its deletion to find.
func (s *Service) slotUsed(ctx context.Context, user core.UserID, id core.ServerID) (bool, error) {
	m, err := s.Store.GetMember(ctx, id, user)
	if core.CodeOf(err) == core.CodeNotFound {
		return false, nil
	}
	if err != nil || s.Events.Clock().Sub(m.JoinedAt) < foundingLife {
		return true, err
	}
	_, err = s.Servers.Layout(ctx, id)
	if core.CodeOf(err) == core.CodeNotFound {
		return false, nil
	}
	return true, err
}

// freeSlot gives the slot of a server back unless the user is a member after all. The user's lock is held.
func (s *Service) freeSlot(ctx context.Context, user core.UserID, id core.ServerID) error {
	_, err := s.Store.GetMember(ctx, id, user)
	if core.CodeOf(err) != core.CodeNotFound {
		return err
	}
	if err := s.Store.FreeSlot(ctx, user, id); err != nil {
		return err
	}
	if err := s.secure(ctx, user, id); core.CodeOf(err) != core.CodeServersLimit {
		return err
	}
	return nil // neither slot nor membership is left
}

// secure sees to it that a membership has its slot. The lock of a user is this node's: on another node the same user may
// come while they go here, and each of the two must look again after its own last write, or a membership is left that the
// limit does not count. Where no slot is free any more the membership goes.
func (s *Service) secure(ctx context.Context, user core.UserID, id core.ServerID) error {
	_, err := s.Store.GetMember(ctx, id, user)
	if core.CodeOf(err) == core.CodeNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	full := s.claim(ctx, user, id)
	if core.CodeOf(full) != core.CodeServersLimit {
		return full
	}
	event, err := s.removal(user, id, user)
	if err != nil {
		return err
	}
	err = s.Store.RemoveMembers(ctx, id, []core.UserID{user}, event)
	s.Access.Forget(id, user)
	s.counts.forget(id)
	if err != nil {
		return err
	}
	return full
}
