package main

import (
	"net/netip"
	"time"

	"github.com/beep-chat/beep/internal/config"
)

// Config is everything an operator can set. A field's doc says what it is for and why its default is what it is; `beep
// config` prints them all. The fixed bounds of the wire, such as the 64 KB of a request body, are not settings.
type Config struct {
	HTTP     HTTPConfig     `config:"http" doc:"The API and the web client."`
	Admin    AdminConfig    `config:"admin" doc:"Health, metrics and profiles, for operators only."`
	DataDir  string         `config:"data_dir" doc:"Folder of everything this node keeps: the embedded store, files and keys. In the working directory by default, so that trying Beep leaves nothing elsewhere; give a service an absolute path."`
	Store    StoreConfig    `config:"store" doc:"Where messages live."`
	CQL      CQLConfig      `config:"cql" doc:"ScyllaDB or Cassandra, where the nodes of a cluster keep everything (store.engine: cql)."`
	Redis    RedisConfig    `config:"redis" doc:"The event log that the nodes of a cluster share, with their rate limits. It holds nothing that could not be lost."`
	Accounts AccountsConfig `config:"accounts" doc:"Who may have an account."`
	Limits   LimitsConfig   `config:"limits" doc:"Limits of use. A rate is COUNT/TIME, for example 10/10s; 0 turns a limit off."`
	Plugins  PluginsConfig  `config:"plugins" doc:"Plugins: WebAssembly in the path of messages."`
	Stream   StreamConfig   `config:"stream" doc:"Event streams, and the window of events from which a client that comes back is served."`
	Drain    DrainConfig    `config:"drain" doc:"Stopping."`
	Log      LogConfig      `config:"log" doc:"Logs, on the standard output."`
	Trace    TraceConfig    `config:"trace" doc:"OpenTelemetry traces."`
}

// HTTPConfig is the public listener.
type HTTPConfig struct {
	Listen            string         `config:"listen" doc:"Address and port. All interfaces, so that the first try from another device works."`
	PublicURL         string         `config:"public_url" doc:"The address people type, for example https://chat.example.org; links in mails and the checks of cross-origin requests use it. Empty: the address of each request."`
	TrustedProxies    []netip.Prefix `config:"trusted_proxies" doc:"Networks of reverse proxies whose X-Forwarded-For is believed. Nobody by default: otherwise anyone could choose the address that limits and logs see."`
	ReadHeaderTimeout time.Duration  `config:"read_header_timeout" min:"1s" max:"1m" doc:"How long a client may take to send its request's head. Short, since slow heads are how idle connections are piled up."`
}

// AdminConfig is the operators' listener.
type AdminConfig struct {
	Listen string `config:"listen" doc:"Address and port of /livez, /readyz and /metrics. This machine only: none of it asks for a password."`
	Pprof  bool   `config:"pprof" doc:"Serve /debug/pprof on the admin port. Off, since a profile slows the node and tells about it."`
}

// The store engines.
const (
	engineEmbedded = "embedded"
	engineCQL      = "cql"
)

// StoreConfig chooses and bounds the store.
type StoreConfig struct {
	Engine  string          `config:"engine" enum:"embedded|cql" doc:"embedded keeps everything in data_dir and needs nothing else; cql is for communities that outgrow one machine, and needs cql.hosts and redis.addrs."`
	MinFree config.ByteSize `config:"min_free" min:"16MB" doc:"Free disk below which writes are refused with storage_full while reading goes on. Enough for the store to compact and to shut down cleanly."`
	Cache   config.ByteSize `config:"cache" min:"8MB" doc:"Memory for recently read blocks of the embedded store. Keeps an idle node under 120 MB."`
}

// CQLConfig is the cluster of the cql engine.
type CQLConfig struct {
	Hosts       []string `config:"hosts" doc:"Contact points, HOST or HOST:PORT; the others are learned from them. Two or three, so that one may be away when a node starts."`
	Datacenter  string   `config:"datacenter" doc:"The local data centre; queries stay in it. Empty: that of the first contact point."`
	Keyspace    string   `config:"keyspace" doc:"Name of the keyspace. It is made when it is not there."`
	Replication int      `config:"replication" min:"1" max:"9" doc:"Copies of each row in a keyspace that is made. Three: one machine may be away and a majority is left."`
	Username    string   `config:"username" doc:"User of the cluster. Empty: none is asked for."`
	Password    string   `config:"password" secret:"true" doc:"Its password."`
	TLS         bool     `config:"tls" doc:"Speak TLS with the cluster. Off, since a private network is usual; turn it on everywhere else."`
	CAFile      string   `config:"ca_file" doc:"PEM file of the authority that signed the cluster's certificates. Empty: those the system trusts."`
}

// RedisConfig is the shared event log.
type RedisConfig struct {
	Addrs    []string `config:"addrs" doc:"Address of Redis or Valkey, HOST:PORT; with redis.master, those of its sentinels."`
	Master   string   `config:"master" doc:"Name of the master set, when redis.addrs are sentinels. Empty: redis.addrs is the one Redis."`
	Username string   `config:"username" doc:"User of Redis (ACL). Empty: the default one."`
	Password string   `config:"password" secret:"true" doc:"Its password."`
	Database int      `config:"database" min:"0" max:"1000000" doc:"Number of the database."`
	Prefix   string   `config:"prefix" doc:"First part of all keys. Two Beeps can share one Redis with different prefixes, though a Redis of its own is better."`
	TLS      bool     `config:"tls" doc:"Speak TLS with Redis. Off, since a private network is usual; turn it on everywhere else."`
	CAFile   string   `config:"ca_file" doc:"PEM file of the authority that signed Redis's certificate. Empty: those the system trusts."`
}

// AccountsConfig is who may sign up.
type AccountsConfig struct {
	Registration      string `config:"registration" enum:"open|invite|closed" doc:"Who may make an account: anyone, those who hold an invite, or nobody. Open, so that a new community can fill."`
	RequireValidation string `config:"require_validation" enum:"auto|always|never" doc:"Whether an account must be validated by mail before use. auto: when a mail sender is configured."`
	PasswordHashers   int    `config:"password_hashers" min:"0" max:"256" doc:"Passwords hashed at the same time. Hashing is slow on purpose and would take every processor; 0 is one for each processor."`
}

// LimitsConfig is the named limits; api/errors.yaml holds the code of each.
type LimitsConfig struct {
	MessageRate       config.Rate `config:"message_rate" doc:"Messages of a user: exactly so many in any such span. The product's requirement."`
	RequestRate       config.Rate `config:"request_rate" doc:"Requests of a user, or of an address without one. Far above what a client needs."`
	RegisterRate      config.Rate `config:"register_rate" doc:"New accounts of an address. A class room behind one address can sign up within the hour."`
	LoginRate         config.Rate `config:"login_rate" doc:"Tries to sign in to one account from one address. Enough for slips, too few for guessing."`
	CreateRate        config.Rate `config:"create_rate" doc:"Servers, channels, invites and roles a user makes."`
	JoinRate          config.Rate `config:"join_rate" doc:"Servers a user joins."`
	StreamsPerUser    int         `config:"streams_per_user" min:"0" max:"1000" doc:"Event streams a user holds open: a few devices with a few tabs each. 0: no limit."`
	StreamsPerAddress int         `config:"streams_per_address" min:"0" max:"1000000" doc:"Event streams from one address; a campus may share one. 0: no limit."`
	ServersPerUser    int         `config:"servers_per_user" min:"0" max:"500" doc:"Servers a user is a member of. The product's requirement. A change of name is told to all of them at once, so 0, no limit of its own, is 500."`
	ChannelsPerServer int         `config:"channels_per_server" min:"0" max:"900" doc:"Channels of a server, categories included. They are held in memory and may be deleted together, so 0, no limit of its own, is 900."`
	RolesPerServer    int         `config:"roles_per_server" min:"0" max:"1000" doc:"Roles of a server. Every permission check looks at them, so 0, no limit of its own, is 1000."`
	InvitesPerServer  int         `config:"invites_per_server" min:"0" max:"4000" doc:"Living invites of a server. They are listed together, so 0, no limit of its own, is 4000."`
	MessageCharacters int         `config:"message_characters" min:"1" max:"8000" doc:"Length of a message in characters (code points). The largest still fits a request body whatever its script; this one cannot be turned off."`
}

// PluginsConfig is the plugin host.
type PluginsConfig struct {
	Enabled    bool            `config:"enabled" doc:"Run the built-in plugins, moderation and markdown. Off: nothing is moderated, and the native renderer renders."`
	Memory     config.ByteSize `config:"memory" min:"64MB" doc:"Memory of all instances of all plugins together; one takes 3 to 10 MB, at most 32. Beyond it calls fail as busy."`
	TimeFactor int             `config:"time_factor" min:"1" max:"100" doc:"Multiplies the time limits of plugins (50 ms to judge or render a message). One: raise it on a machine so slow that healthy plugins are stopped."`
	CacheDir   string          `config:"cache_dir" doc:"Folder of compiled plugins. It holds native code, so only this user may write to it; never share it. Empty: the folder plugins in data_dir."`
}

// StreamConfig is the event streams and their window.
type StreamConfig struct {
	Heartbeat    time.Duration   `config:"heartbeat" min:"5s" max:"55s" doc:"A sign of life on a quiet stream. Below the 30 s and 60 s after which proxies give a silent connection up."`
	WindowAge    time.Duration   `config:"window_age" min:"10s" max:"24h" doc:"How far back a client that reconnects is served without fetching everything again. Longer than a restart or a tunnel."`
	WindowEvents int             `config:"window_events" min:"1000" max:"10000000" doc:"Events kept for that at most."`
	WindowBytes  config.ByteSize `config:"window_bytes" min:"1MB" max:"16GB" doc:"Memory they take at most. Whichever of the three is reached first ends the window."`
}

// DrainConfig is how a node stops.
type DrainConfig struct {
	Max time.Duration `config:"max" min:"1s" max:"10m" doc:"Longest time over which open streams are closed on SIGTERM, so that their clients do not all return at once. A node with few streams stops in a second. Keep it below the orchestrator's grace."`
}

// LogConfig is what is written to the standard output.
type LogConfig struct {
	Level        string `config:"level" enum:"debug|info|warning|error" doc:"Least level that is written."`
	Format       string `config:"format" enum:"auto|json|text" doc:"json is one object a line, for collectors; text is for people. auto: text on a terminal, otherwise json."`
	Access       bool   `config:"access" doc:"One line a request. On: without it an incident cannot be walked through."`
	PseudonymKey string `config:"pseudonym_key" secret:"true" doc:"Key of the pseudonyms that stand for people and addresses in the logs, at least 32 characters; the same on every node. Empty: made at the first start and kept in data_dir."`
}

// TraceConfig is where traces go.
type TraceConfig struct {
	Endpoint string  `config:"endpoint" doc:"URL of an OTLP/HTTP collector, for example http://127.0.0.1:4318. Empty: no tracing."`
	Sample   float64 `config:"sample" min:"0" max:"1" doc:"Share of requests that are traced when the caller did not decide. One in twenty shows the shape and costs little."`
}

// DefaultConfig is what a node does when nobody says anything.
func DefaultConfig() Config {
	return Config{
		HTTP:    HTTPConfig{Listen: ":8080", ReadHeaderTimeout: 5 * time.Second},
		Admin:   AdminConfig{Listen: "127.0.0.1:9090"},
		DataDir: "./beep-data",
		Store:   StoreConfig{Engine: engineEmbedded, MinFree: 512 * config.MB, Cache: 64 * config.MB},
		CQL:     CQLConfig{Keyspace: "beep", Replication: 3},
		Redis:   RedisConfig{Prefix: "beep"},
		Accounts: AccountsConfig{
			Registration: "open", RequireValidation: "auto",
		},
		Limits: LimitsConfig{
			MessageRate:  config.Rate{Count: 10, Per: 10 * time.Second},
			RequestRate:  config.Rate{Count: 100, Per: time.Second},
			RegisterRate: config.Rate{Count: 20, Per: time.Hour},
			LoginRate:    config.Rate{Count: 10, Per: time.Minute},
			CreateRate:   config.Rate{Count: 60, Per: time.Minute},
			JoinRate:     config.Rate{Count: 30, Per: time.Minute},

			StreamsPerUser: 8, StreamsPerAddress: 1000, ServersPerUser: 50,
			ChannelsPerServer: 500, RolesPerServer: 250, InvitesPerServer: 1000,
			MessageCharacters: 4000,
		},
		Plugins: PluginsConfig{Enabled: true, Memory: 512 * config.MB, TimeFactor: 1},
		Stream:  StreamConfig{Heartbeat: 25 * time.Second, WindowAge: 10 * time.Minute, WindowEvents: 200_000, WindowBytes: 128 * config.MB},
		Drain:   DrainConfig{Max: 45 * time.Second},
		Log:     LogConfig{Level: "info", Format: "auto", Access: true},
		Trace:   TraceConfig{Sample: 0.05},
	}
}
