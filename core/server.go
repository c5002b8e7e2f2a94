package core

import "time"

// Visibility says who may find and join a server.
type Visibility string

// A public server can be seen as a card and joined by anyone; a private one only by invite.
const (
	Public  Visibility = "public"
	Private Visibility = "private"
)

// Template is the set of rights a plain member of a new server starts with.
type Template string

// The templates of the requirements.
const (
	OpenTemplate  Template = "open"
	QuietTemplate Template = "quiet"
)

// Permissions are the rights the template grants to a plain member.
func (t Template) Permissions(v Visibility) Permission {
	quiet := ViewChannel | ReadHistory | Connect
	if t == QuietTemplate {
		return quiet
	}
	open := quiet | SendMessages | AddReactions | AttachFiles | EmbedLinks | CreateThreads | SendInThreads | Speak | Stream | ChangeNickname
	if v == Public {
		open |= CreateInvites
	}
	return open
}

// Server is a community, the tenant.
type Server struct {
	ID          ServerID   `json:"id"`
	Name        string     `json:"name"`
	Description string     `json:"description"`
	OwnerID     UserID     `json:"owner_id"`
	Visibility  Visibility `json:"visibility"`
	Template    Template   `json:"template"`
	CreatedAt   Time       `json:"created_at"`
	Version     int64      `json:"version"`
	Deleted     bool       `json:"-"` // being deleted: absent for everyone but the job
}

// ServerCard is what a person who is not a member sees of a public server or through an invite.
type ServerCard struct {
	ID           ServerID   `json:"id"`
	Name         string     `json:"name"`
	Description  string     `json:"description"`
	Visibility   Visibility `json:"visibility"`
	MemberCount  int        `json:"member_count"`
	ChannelCount int        `json:"channel_count"`
}

// ChannelType is the kind of a channel.
type ChannelType string

// The kinds a server's channel can have; threads and direct messages come with their areas.
const (
	TextChannel     ChannelType = "text"
	VoiceChannel    ChannelType = "voice"
	CategoryChannel ChannelType = "category"
)

// Channel is a place of a server.
type Channel struct {
	ID        ChannelID   `json:"id"`
	ServerID  ServerID    `json:"server_id"`
	Type      ChannelType `json:"type"`
	Name      string      `json:"name"`
	Topic     string      `json:"topic"`
	ParentID  *ChannelID  `json:"parent_id"`
	Position  int         `json:"position"`
	CreatedAt Time        `json:"created_at"`
	Version   int64       `json:"version"`
}

// Layout is everything of a server that permissions are computed from, read as one partition, with its epoch.
type Layout struct {
	Server   Server
	Epoch    int64
	Channels []Channel // by position, then id
}

// Channel finds a channel of the layout.
func (l Layout) Channel(id ChannelID) (Channel, bool) {
	for _, c := range l.Channels {
		if c.ID == id {
			return c, true
		}
	}
	return Channel{}, false
}

// Member is a user in a server.
type Member struct {
	ServerID ServerID   `json:"server_id"`
	User     PublicUser `json:"user"`
	RoleIDs  []RoleID   `json:"role_ids"`
	JoinedAt Time       `json:"joined_at"`
	Version  int64      `json:"version"`
}

// Membership is the stored part of a Member: the person's public face is looked up when it is read.
type Membership struct {
	Server   ServerID
	User     UserID
	Roles    []RoleID
	JoinedAt time.Time
	Version  int64
}

// Invite lets people join a server by a code.
type Invite struct {
	Code      string     `json:"code"`
	Server    ServerCard `json:"server"`
	CreatorID UserID     `json:"creator_id"`
	MaxUses   *int       `json:"max_uses"`
	Uses      int        `json:"uses"`
	ExpiresAt Time       `json:"expires_at"`
	CreatedAt Time       `json:"created_at"`
}
