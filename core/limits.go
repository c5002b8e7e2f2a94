package core

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Rate is "Count in any Per". The zero value means no limit.
type Rate struct {
	Count int
	Per   time.Duration
}

// Off tells whether the rate limits nothing.
func (r Rate) Off() bool { return r.Count == 0 }

// String is the form ParseRate reads, e.g. "10/10s" or "0".
func (r Rate) String() string {
	if r.Off() {
		return "0"
	}
	per := r.Per.String()
	per = strings.TrimSuffix(strings.TrimSuffix(per, "0s"), "0m")
	if per == "" || strings.HasSuffix(r.Per.String(), "0s") && r.Per < time.Minute {
		per = r.Per.String()
	}
	return strconv.Itoa(r.Count) + "/" + per
}

var errBadRate = errors.New(`want "COUNT/DURATION", such as 10/10s or 100/1m, or 0 for no limit`)

// ParseRate reads "10/10s"; "0" is no limit.
func ParseRate(s string) (Rate, error) {
	if s == "0" {
		return Rate{}, nil
	}
	count, per, ok := strings.Cut(s, "/")
	n, err := strconv.Atoi(count)
	if !ok || err != nil || n < 1 || n > 1_000_000 {
		return Rate{}, errBadRate
	}
	d, err := time.ParseDuration(per)
	if err != nil || d < time.Millisecond || d > 30*24*time.Hour {
		return Rate{}, errBadRate
	}
	return Rate{Count: n, Per: d}, nil
}

// RateVerdict is a limiter's answer. RetryAfter is the exact wait until one more would be allowed, 0 when Allowed; Reset
// is the time until the limit is whole again.
type RateVerdict struct {
	Allowed    bool
	Remaining  int
	RetryAfter time.Duration
	Reset      time.Duration
}

// RateLimiter decides whether one more is allowed under a key. Exact asks for a sliding window (never more than Count in
// any Per); otherwise GCRA with a burst of Count is enough. What is refused consumes nothing. Safe for concurrent use.
type RateLimiter interface {
	Allow(ctx context.Context, key RateKey, rate Rate, exact bool) (RateVerdict, error)
}

// RateKey names what is limited: a policy and whom it concerns. ID serves principals, Text addresses and logins; the
// other one is zero.
type RateKey struct {
	Policy string
	ID     int64
	Text   string
}

// RateLimited is the error of a refused attempt, with the true wait.
func RateLimited(policy string, rate Rate, v RateVerdict) *Error {
	ms := (v.RetryAfter + time.Millisecond - 1).Milliseconds()
	return &Error{Code: CodeRateLimited, Op: policy, Params: map[string]any{
		"policy": policy, "limit": rate.Count, "window_s": rate.Per.Seconds(), "retry_after_ms": ms,
	}}
}

// Fixed bounds of shapes; those an operator may change are in Limits.
const (
	MaxNameRunes        = 100
	MaxDescriptionRunes = 1000
	MaxTopicRunes       = 1024
	MaxPersonNameRunes  = 64
	MaxEmailRunes       = 254
	MaxNonceRunes       = 36
	MaxPage             = 100
	DefaultPage         = 50
	MaxInviteUses       = 10_000
	MaxInviteLife       = 365 * 24 * time.Hour
	UnreadCap           = 100
	StepUpLife          = 10 * time.Minute
	NonceLife           = 10 * time.Minute
)

// Limits are the bounds an operator may change (config limits.*); 0 means off.
type Limits struct {
	MessageRate       Rate
	RequestRate       Rate
	RegisterRate      Rate
	LoginRate         Rate
	CreateRate        Rate
	JoinRate          Rate
	TypingRate        Rate
	PluginRate        Rate // making a plugin work outside of a send: trying it, checking a configuration; each
	StreamsPerUser    int
	StreamsPerAddress int
	ServersPerUser    int
	MessageCharacters int
	ChannelsPerServer int
	RolesPerServer    int
	InvitesPerServer  int
}

// DefaultLimits are the figures of the requirements.
func DefaultLimits() Limits {
	return Limits{
		MessageRate:       Rate{10, 10 * time.Second},
		RequestRate:       Rate{100, time.Second},
		RegisterRate:      Rate{20, time.Hour},
		LoginRate:         Rate{10, time.Minute},
		CreateRate:        Rate{60, time.Minute},
		JoinRate:          Rate{30, time.Minute},
		TypingRate:        Rate{1, 4 * time.Second},
		PluginRate:        Rate{60, time.Minute},
		StreamsPerUser:    8,
		StreamsPerAddress: 1000,
		ServersPerUser:    50,
		MessageCharacters: 4000,
		ChannelsPerServer: 500,
		RolesPerServer:    250,
		InvitesPerServer:  1000,
	}
}

// Exceeded is the error of a count limit.
func Exceeded(code Code, op string, limit int) *Error {
	return &Error{Code: code, Op: op, Params: map[string]any{"limit": limit}, Err: fmt.Errorf("limit %d", limit)}
}
