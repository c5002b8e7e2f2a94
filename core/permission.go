package core

import "encoding/json"

// Permission is a set of rights. The bits are Discord's where Discord has the right; Beep's own are 56 to 61; 62 and 63
// stay free. On the wire it is an array of names, and beside it the decimal string *_bits.
type Permission uint64

// The rights. Those of later areas (webhooks, voice, ...) are listed so that stored bits never change their meaning.
const (
	CreateInvites     Permission = 1 << 0
	KickMembers       Permission = 1 << 1
	BanMembers        Permission = 1 << 2
	Administrator     Permission = 1 << 3
	ManageChannels    Permission = 1 << 4
	ManageServer      Permission = 1 << 5
	AddReactions      Permission = 1 << 6
	ViewAuditLog      Permission = 1 << 7
	Stream            Permission = 1 << 9
	ViewChannel       Permission = 1 << 10
	SendMessages      Permission = 1 << 11
	ManageMessages    Permission = 1 << 13
	EmbedLinks        Permission = 1 << 14
	AttachFiles       Permission = 1 << 15
	ReadHistory       Permission = 1 << 16
	MentionEveryone   Permission = 1 << 17
	Connect           Permission = 1 << 20
	Speak             Permission = 1 << 21
	MuteMembers       Permission = 1 << 22
	DeafenMembers     Permission = 1 << 23
	MoveMembers       Permission = 1 << 24
	ChangeNickname    Permission = 1 << 26
	ManageNicknames   Permission = 1 << 27
	ManageRoles       Permission = 1 << 28
	ManageWebhooks    Permission = 1 << 29
	UseCommands       Permission = 1 << 31
	CreateThreads     Permission = 1 << 35
	SendInThreads     Permission = 1 << 38
	TimeoutMembers    Permission = 1 << 40
	DeleteServer      Permission = 1 << 56
	ManagePlugins     Permission = 1 << 57
	ManagePermissions Permission = 1 << 58
	ManageInvites     Permission = 1 << 59
)

var permissionNames = []struct {
	bit  Permission
	name string
}{
	{CreateInvites, "create_invites"}, {KickMembers, "kick_members"}, {BanMembers, "ban_members"},
	{Administrator, "administrator"}, {ManageChannels, "manage_channels"}, {ManageServer, "manage_server"},
	{AddReactions, "add_reactions"}, {ViewAuditLog, "view_audit_log"}, {Stream, "stream"}, {ViewChannel, "view_channels"},
	{SendMessages, "send_messages"}, {ManageMessages, "manage_messages"}, {EmbedLinks, "embed_links"},
	{AttachFiles, "attach_files"}, {ReadHistory, "read_history"}, {MentionEveryone, "mention_everyone"},
	{Connect, "connect"}, {Speak, "speak"}, {MuteMembers, "mute_members"}, {DeafenMembers, "deafen_members"},
	{MoveMembers, "move_members"}, {ChangeNickname, "change_nickname"}, {ManageNicknames, "manage_nicknames"},
	{ManageRoles, "manage_roles"}, {ManageWebhooks, "manage_webhooks"}, {UseCommands, "use_commands"},
	{CreateThreads, "create_threads"}, {SendInThreads, "send_in_threads"}, {TimeoutMembers, "timeout_members"},
	{DeleteServer, "delete_server"}, {ManagePlugins, "manage_plugins"}, {ManagePermissions, "manage_permissions"},
	{ManageInvites, "manage_invites"},
}

// AllPermissions is every right there is.
var AllPermissions = func() (all Permission) {
	for _, n := range permissionNames {
		all |= n.bit
	}
	return all
}()

// Has tells whether all of want are held.
func (p Permission) Has(want Permission) bool { return p&want == want }

// Names lists the rights in the order of their bits.
func (p Permission) Names() []string {
	names := make([]string, 0, len(permissionNames))
	for _, n := range permissionNames {
		if p&n.bit != 0 {
			names = append(names, n.name)
		}
	}
	return names
}

// MarshalJSON writes the names.
func (p Permission) MarshalJSON() ([]byte, error) { return json.Marshal(p.Names()) }

// UnmarshalJSON reads names and ignores those of a newer version.
func (p *Permission) UnmarshalJSON(b []byte) error {
	var names []string
	if err := json.Unmarshal(b, &names); err != nil {
		return err
	}
	*p = 0
	for _, name := range names {
		for _, n := range permissionNames {
			if n.name == name {
				*p |= n.bit
			}
		}
	}
	return nil
}
