package rules

// Config is what a server chose: the form of plugin.json. Its zero value allows everything.
type Config struct {
	Words          []WordList   `json:"words"`
	Expressions    []Expression `json:"expressions"`
	Links          Links        `json:"links"`
	Invites        Invites      `json:"invites"`
	Mentions       Mentions     `json:"mentions"`
	Capitals       Capitals     `json:"capitals"`
	ExemptChannels []string     `json:"exempt_channels"`
}

// Response is what a rule does when it is met.
type Response struct {
	Action Action `json:"action"` // empty: reject
	Reason string `json:"reason"` // for the author; empty: the rule's own text
}

// WordList is a list of words and phrases.
type WordList struct {
	Words     []string `json:"words"`
	Match     Match    `json:"match"`     // empty: whole words
	Disguises *bool    `json:"disguises"` // nil: true
	Response
}

// Match says where a word is looked for.
type Match string

// The places: whole words, or inside of words too.
const (
	MatchWord     Match = "word"
	MatchAnywhere Match = "anywhere"
)

// Expression is a regular expression in RE2 syntax.
type Expression struct {
	Pattern string `json:"pattern"`
	Response
}

// Links says which sites may be linked to.
type Links struct {
	Mode  LinkMode `json:"mode"`  // empty: off
	Hosts []string `json:"hosts"` // "example.org", or "*.example.org" for all below it too
	Response
}

// LinkMode says what the hosts of Links are.
type LinkMode string

// All links are welcome; those to the hosts only; all but those to the hosts.
const (
	LinksOff   LinkMode = "off"
	LinksAllow LinkMode = "allow"
	LinksDeny  LinkMode = "deny"
)

// Invites stops links that invite to other servers.
type Invites struct {
	Enabled      bool     `json:"enabled"`
	AllowedCodes []string `json:"allowed_codes"` // codes, or links that end in one
	Response
}

// Mentions bounds how many different users and roles a message calls.
type Mentions struct {
	Enabled bool `json:"enabled"`
	Limit   *int `json:"limit"` // nil: DefaultMentions
	Response
}

// Capitals bounds the share of capital letters.
type Capitals struct {
	Enabled bool `json:"enabled"`
	Percent *int `json:"percent"` // nil: DefaultPercent
	Letters *int `json:"letters"` // shorter messages are not looked at; nil: DefaultLetters
	Response
}

// The figures of a rule that was switched on and not told any.
const (
	DefaultMentions = 8
	DefaultPercent  = 70
	DefaultLetters  = 15
)

// or is what v points to, or what stands in for nothing.
func or[T any](v *T, otherwise T) T {
	if v == nil {
		return otherwise
	}
	return *v
}
