package storage

import (
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/storage/outbox"
	"github.com/beep-chat/beep/storage/wide"
)

// Schema is every table of Beep. Ids and column numbers are part of the embedded format: they are never reused.
func Schema() wide.Schema {
	return wide.NewSchema(append(outbox.Tables(), users, claims, credentials, settings, sessions, sessionsByUser, layout,
		channelLookup, memberTable, membersByUser, slots, invites, invitesByServer, messageTable, messageBuckets, nonces, readStates,
		leases, migrations, jobTable, idempotency, serverPlugins, pluginVerdicts)...)
}

// SchemaVersion counts the changes of Schema; a binary refuses data of a newer one.
const SchemaVersion = 4

type userRow struct {
	ID        core.UserID `wide:"user_id,partition"`
	Username  string      `wide:"username,1,mandatory"`
	FirstName string      `wide:"first_name,2"`
	LastName  string      `wide:"last_name,3"`
	Email     string      `wide:"email,4"`
	Locale    string      `wide:"locale,5"`
	Provider  string      `wide:"provider,6"`
	Platform  string      `wide:"platform_role,7"`
	Validated bool        `wide:"validated,8"`
	Suspended bool        `wide:"suspended,9"`
	Version   int64       `wide:"version,10,mandatory"`
}

var users = wide.Define[userRow](wide.Spec{ID: 1, Name: "users", Doc: "accounts"})

var userColumns = users.Columns("username", "first_name", "last_name", "email", "locale", "provider", "platform_role",
	"validated", "suspended", "version")

type claimRow struct {
	Kind  string      `wide:"kind,partition"`
	Value string      `wide:"value,partition"`
	User  core.UserID `wide:"user_id,1,mandatory"`
	At    time.Time   `wide:"claimed_at,2"`
}

var claims = wide.Define[claimRow](wide.Spec{ID: 2, Name: "unique_claims", LWT: true,
	Doc: "who holds a unique name: claimed first, then the row it names is written; orphans are taken over"})

var (
	claimHolder  = claims.Columns("user_id")
	claimColumns = claims.Columns("user_id", "claimed_at")
)

type credentialRow struct {
	User     core.UserID `wide:"user_id,partition"`
	Password string      `wide:"password_hash,1,mandatory"`
}

var credentials = wide.Define[credentialRow](wide.Spec{ID: 3, Name: "credentials", LWT: true, Doc: "password hashes of local accounts (PHC strings)"})

var credentialPassword = credentials.Columns("password_hash")

type settingRow struct {
	Name  string `wide:"name,partition"`
	Value string `wide:"value,1,mandatory"`
}

var settings = wide.Define[settingRow](wide.Spec{ID: 4, Name: "settings", LWT: true, Doc: "values of the instance that change at run time"})

var settingValue = settings.Columns("value")

type sessionRow struct {
	ID         core.SessionID `wide:"session_id,partition"`
	User       core.UserID    `wide:"user_id,1,mandatory"`
	Kind       string         `wide:"kind,2,mandatory"`
	Generation int64          `wide:"generation,3,mandatory"`
	Access     []byte         `wide:"access_hash,4"`
	AccessEnd  time.Time      `wide:"access_until,5"`
	Refresh    []byte         `wide:"refresh_hash,6"`
	Previous   []byte         `wide:"previous_hash,7"`
	RotatedAt  time.Time      `wide:"rotated_at,8"`
	GraceUsed  bool           `wide:"grace_used,9"`
	CreatedAt  time.Time      `wide:"created_at,10"`
	LastUsedAt time.Time      `wide:"last_used_at,11"`
	SteppedUp  time.Time      `wide:"stepped_up_at,12"`
	UserAgent  string         `wide:"user_agent,13"`
	Address    string         `wide:"address,14"`
}

var sessions = wide.Define[sessionRow](wide.Spec{ID: 5, Name: "sessions", LWT: true, TTL: 31 * 24 * time.Hour,
	Doc: "sign-ins; every change grows the generation"})

var (
	sessionGeneration = sessions.Columns("generation")
	sessionColumns    = sessions.Columns("user_id", "kind", "generation", "access_hash", "access_until", "refresh_hash",
		"previous_hash", "rotated_at", "grace_used", "created_at", "last_used_at", "stepped_up_at", "user_agent", "address")
)

type sessionByUserRow struct {
	User core.UserID    `wide:"user_id,partition"`
	ID   core.SessionID `wide:"session_id,desc"`
}

var sessionsByUser = wide.Define[sessionByUserRow](wide.Spec{ID: 6, Name: "sessions_by_user", TTL: 31 * 24 * time.Hour,
	Doc: "the sessions of a user; a row without its session is a leftover"})

// The kinds of rows in server_layout.
const (
	layoutServer  = 0
	layoutChannel = 1
)

// layoutRow is a row of any kind; each kind uses its part of the columns. Roles and overwrites get kinds 2 and 3.
type layoutRow struct {
	Server      core.ServerID  `wide:"server_id,partition"`
	Kind        int64          `wide:"kind,asc"`
	ID          int64          `wide:"id,asc"`
	Name        string         `wide:"name,1,mandatory"`
	Version     int64          `wide:"version,2,mandatory"`
	Epoch       int64          `wide:"epoch,3"` // of the server row: grows with every change of the partition
	Description string         `wide:"description,4"`
	Owner       core.UserID    `wide:"owner_id,5"`
	Visibility  string         `wide:"visibility,6"`
	Template    string         `wide:"template,7"`
	Deleted     bool           `wide:"deleted,8"`
	ChannelType string         `wide:"channel_type,9"`
	Topic       string         `wide:"topic,10"`
	Parent      core.ChannelID `wide:"parent_id,11"`
	Position    int64          `wide:"position,12"`
}

var layout = wide.Define[layoutRow](wide.Spec{ID: 7, Name: "server_layout", LWT: true,
	Doc: "a server with its channels, roles and overwrites; every change is conditional on the epoch of the server's row"})

var (
	layoutEpoch          = layout.Columns("epoch")
	layoutServerColumns  = layout.Columns("name", "version", "epoch", "description", "owner_id", "visibility", "template", "deleted")
	layoutChannelColumns = layout.Columns("name", "version", "channel_type", "topic", "parent_id", "position")
)

type channelLookupRow struct {
	Channel core.ChannelID `wide:"channel_id,partition"`
	Server  core.ServerID  `wide:"server_id,1,mandatory"`
}

var channelLookup = wide.Define[channelLookupRow](wide.Spec{ID: 8, Name: "channel_lookup", Doc: "the server of a channel; never changes"})

// memberShards is into how many partitions the members of a server are spread, from the first day.
const memberShards = 16

type memberRow struct {
	Server   core.ServerID `wide:"server_id,partition"`
	Shard    int64         `wide:"shard,partition"`
	User     core.UserID   `wide:"user_id,asc"`
	JoinedAt time.Time     `wide:"joined_at,1,mandatory"`
	Roles    []core.RoleID `wide:"role_ids,2"`
	Version  int64         `wide:"version,3,mandatory"`
}

var memberTable = wide.Define[memberRow](wide.Spec{ID: 9, Name: "members", Doc: "members of a server, in 16 shards by user"})

type memberByUserRow struct {
	User     core.UserID   `wide:"user_id,partition"`
	Server   core.ServerID `wide:"server_id,asc"`
	JoinedAt time.Time     `wide:"joined_at,1,mandatory"`
}

var membersByUser = wide.Define[memberByUserRow](wide.Spec{ID: 10, Name: "members_by_user", Doc: "servers of a user"})

type slotRow struct {
	User   core.UserID   `wide:"user_id,partition"`
	Slot   int64         `wide:"slot,asc"`
	Server core.ServerID `wide:"server_id,1,mandatory"`
}

var slots = wide.Define[slotRow](wide.Spec{ID: 11, Name: "server_slots", LWT: true, Doc: "makes the limit of servers a user exact"})

var slotServer = slots.Columns("server_id")

// inviteRow is the invite itself (User 0) or one use of it.
type inviteRow struct {
	Code      string        `wide:"code,partition"`
	User      core.UserID   `wide:"user_id,asc"`
	Server    core.ServerID `wide:"server_id,1,mandatory"`
	Creator   core.UserID   `wide:"creator_id,2"`
	MaxUses   int64         `wide:"max_uses,3"`
	Uses      int64         `wide:"uses,4"`
	ExpiresAt time.Time     `wide:"expires_at,5"`
	CreatedAt time.Time     `wide:"created_at,6"`
}

var invites = wide.Define[inviteRow](wide.Spec{ID: 12, Name: "invites", LWT: true,
	Doc: "an invite (user_id 0) and one row a user who used it, in one partition, so that the count is exact"})

var (
	inviteUses    = invites.Columns("uses")
	inviteColumns = invites.Columns("server_id", "creator_id", "max_uses", "uses", "expires_at", "created_at")
)

type inviteByServerRow struct {
	Server core.ServerID `wide:"server_id,partition"`
	Code   string        `wide:"code,asc"`
}

var invitesByServer = wide.Define[inviteByServerRow](wide.Spec{ID: 13, Name: "invites_by_server", Doc: "codes of a server's invites"})

type messageRow struct {
	Channel       core.ChannelID   `wide:"channel_id,partition"`
	Bucket        int64            `wide:"bucket,partition"`
	ID            core.MessageID   `wide:"message_id,desc"`
	Author        core.UserID      `wide:"author_id,1,mandatory"`
	Type          string           `wide:"type,2"`
	Content       string           `wide:"content,3"`
	HTML          string           `wide:"html,4"`
	RenderVersion int64            `wide:"render_version,5"`
	Users         []core.UserID    `wide:"mention_users,6"`
	Roles         []core.RoleID    `wide:"mention_roles,7"`
	Channels      []core.ChannelID `wide:"mention_channels,8"`
	Everyone      bool             `wide:"mention_everyone,9"`
	ReplyTo       core.MessageID   `wide:"reply_to,10"`
	ReplyAuthor   core.UserID      `wide:"reply_author_id,11"`
	ReplyExcerpt  string           `wide:"reply_excerpt,12"`
	Pinned        bool             `wide:"pinned,13"`
	Flags         int64            `wide:"flags,14"`
	EditedAt      time.Time        `wide:"edited_at,15"`
	Version       int64            `wide:"version,16,mandatory"`
	Nonce         string           `wide:"nonce,17"`
	Called        []core.UserID    `wide:"called_users,18"`
	CalledAll     bool             `wide:"called_everyone,19"`
}

var messageTable = wide.Define[messageRow](wide.Spec{ID: 14, Name: "messages", Doc: "messages by channel and time bucket"})

// messageEditColumns are those an edit writes.
var messageEditColumns = messageTable.Columns("content", "html", "render_version", "mention_users", "mention_roles",
	"mention_channels", "mention_everyone", "pinned", "flags", "edited_at", "version")

type messageBucketRow struct {
	Channel     core.ChannelID `wide:"channel_id,partition"`
	Bucket      int64          `wide:"bucket,desc"`
	Since       int64          `wide:"since,1,mandatory"`
	LastDeleted core.MessageID `wide:"last_deleted_id,2"`
}

var messageBuckets = wide.Define[messageBucketRow](wide.Spec{ID: 15, Name: "message_buckets",
	Doc: "the buckets of a channel that hold messages, so that quiet times are never probed"})

var bucketLastDeleted = messageBuckets.Columns("last_deleted_id")

// nonceWindow is the span of one partition window of nonces; a look-up asks for the current and the one before.
const nonceWindow = time.Hour

type nonceRow struct {
	Window  int64          `wide:"window,partition"`
	Channel core.ChannelID `wide:"channel_id,partition"`
	Author  core.UserID    `wide:"author_id,partition"`
	Nonce   string         `wide:"nonce,asc"`
	Message core.MessageID `wide:"message_id,1,mandatory"`
	Deleted core.MessageID `wide:"deleted_id,2"` // the highest that was deleted of the messages the nonce stood for
}

var nonces = wide.Define[nonceRow](wide.Spec{ID: 16, Name: "message_nonces", TTL: 2 * nonceWindow, Window: nonceWindow, TimeSeries: true,
	Doc: "which message a nonce stands for"})

var nonceDeleted = nonces.Columns("deleted_id")

type readStateRow struct {
	User    core.UserID    `wide:"user_id,partition"`
	Channel core.ChannelID `wide:"channel_id,asc"`
	Read    core.MessageID `wide:"last_read_id,1,mandatory"`
}

var readStates = wide.Define[readStateRow](wide.Spec{ID: 17, Name: "read_states", Doc: "how far a user has read"})

type leaseRow struct {
	Name      string    `wide:"name,partition"`
	Holder    string    `wide:"holder,1,mandatory"`
	Until     time.Time `wide:"held_until,2"`
	HighWater int64     `wide:"high_water,3"`
	Version   int64     `wide:"version,4,mandatory"`
}

var leases = wide.Define[leaseRow](wide.Spec{ID: 18, Name: "leases", LWT: true, Doc: "worker ids and jobs held by nodes"})

var (
	leaseVersion = leases.Columns("version")
	leaseColumns = leases.Columns("holder", "held_until", "high_water", "version")
)

type migrationRow struct {
	Name string    `wide:"name,partition"`
	At   time.Time `wide:"applied_at,1,mandatory"`
}

var migrations = wide.Define[migrationRow](wide.Spec{ID: 20, Name: "schema_migrations", Doc: "schema changes that were applied"})

// jobRow lists jobs in one partition: they are few.
type jobRow struct {
	Queue   int64     `wide:"queue,partition"`
	Kind    string    `wide:"kind,asc"`
	Subject int64     `wide:"subject,asc"`
	At      time.Time `wide:"planned_at,1,mandatory"`
}

var jobTable = wide.Define[jobRow](wide.Spec{ID: 21, Name: "jobs", Doc: "work that outlives a restart"})

type idempotencyRow struct {
	User   core.UserID `wide:"user_id,partition"`
	Route  string      `wide:"route,partition"`
	Key    string      `wide:"key,partition"`
	Digest []byte      `wide:"digest,1,mandatory"`
	Status int64       `wide:"status,2"`
	Body   string      `wide:"body,3"`
	ETag   string      `wide:"etag,4"`
	Begun  time.Time   `wide:"begun_at,5"`
	ID     int64       `wide:"reserved_id,6"`
	Code   string      `wide:"reserved_code,7"`
}

// An Idempotency-Key is remembered for idempotencyLife; an attempt that never ended blocks its repetition for
// replayPatience.
const (
	idempotencyLife = 24 * time.Hour
	replayPatience  = 30 * time.Second
)

var idempotency = wide.Define[idempotencyRow](wide.Spec{ID: 22, Name: "idempotency_keys", LWT: true, TTL: idempotencyLife,
	Doc: "answers of creations that were asked for with an Idempotency-Key"})

var (
	idempotencyBegun  = idempotency.Columns("begun_at", "status")
	idempotencyAnswer = idempotency.Columns("digest", "status", "body", "etag", "begun_at")
)

type serverPluginRow struct {
	Server    core.ServerID `wide:"server_id,partition"`
	Plugin    core.PluginID `wide:"plugin_id,asc"`
	Enabled   bool          `wide:"enabled,1"`
	DryRun    bool          `wide:"dry_run,2"`
	OnFailure string        `wide:"on_failure,3"`
	Config    string        `wide:"config,4"`
	Version   int64         `wide:"version,5,mandatory"`
}

var serverPlugins = wide.Define[serverPluginRow](wide.Spec{ID: 24, Name: "server_plugins", LWT: true,
	Doc: "a server's choices for its plugins; every change is conditional on the version before"})

var (
	serverPluginVersion = serverPlugins.Columns("version")
	serverPluginColumns = serverPlugins.Columns("enabled", "dry_run", "on_failure", "config", "version")
)

// Verdicts are kept for verdictLife, in partitions of a day, so that a server under a flood has no partition without bound.
const (
	verdictLife = 30 * 24 * time.Hour
	verdictDay  = 24 * time.Hour
)

type pluginVerdictRow struct {
	Day     int64          `wide:"day,partition"`
	Server  core.ServerID  `wide:"server_id,partition"`
	Plugin  core.PluginID  `wide:"plugin_id,partition"`
	ID      core.EventID   `wide:"verdict_id,desc"`
	Channel core.ChannelID `wide:"channel_id,1"`
	Author  core.UserID    `wide:"author_id,2"`
	Message core.MessageID `wide:"message_id,3"`
	Edit    bool           `wide:"edit,4"`
	Action  string         `wide:"action,5,mandatory"`
	Reason  string         `wide:"reason,6"` // a core.Text as JSON
	Rule    string         `wide:"rule,7"`
	Excerpt string         `wide:"excerpt,8"`
	DryRun  bool           `wide:"dry_run,9"`
	Failed  bool           `wide:"failed,10"`
}

var pluginVerdicts = wide.Define[pluginVerdictRow](wide.Spec{ID: 25, Name: "plugin_verdicts", TTL: verdictLife, Window: verdictDay, TimeSeries: true,
	Doc: "what plugins did with messages, for moderators"})
