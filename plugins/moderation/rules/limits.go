package rules

// Bounds of a configuration. Together with the length of a message they bound the work of judging it; see work.
const (
	MaxLists           = 10
	MaxWords           = 500 // in all lists together
	MaxWordRunes       = 100
	MaxLetters         = 8000 // of all words together; the memory of a judge grows with it, some 60 bytes each
	MaxExpressions     = 30
	MaxPatternRunes    = 500
	MaxExpressionSteps = 1500 // instructions of all expressions together, once compiled
	MaxHosts           = 200
	MaxCodes           = 100
	MaxMentions        = 100
	MaxChannels        = 100
	MaxReasonRunes     = 300
)

// Bounds of judging one message.
const (
	// maxWork is how many letters are compared with those of words after the search has found candidates. A text that needs
	// more is made to: its further candidates count as met without a look.
	maxWork = 50_000
	// maxScan is how many bytes are searched for the places where expressions are met, in all of one message: a message of 4,000
	// bytes 20 times. Searching for all places of some expressions takes a time that grows with the square of the text. What
	// is not searched any more counts as met.
	maxScan = 80_000
	// minDisguised is the number of letters a word needs to be looked for in disguise: of fewer, "5$" would be "ss".
	minDisguised = 3
	// stretched is how often a letter must follow itself to count as a stretched one: "goood" may be "god" or "good", but
	// "good" is not "god".
	stretched = 3
	// maxExcerpt is how many characters of what was met moderators see.
	maxExcerpt = 200
	// maxRuleNames is the length of the names of all rules that were met.
	maxRuleNames = 100
)
