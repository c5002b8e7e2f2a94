package core

import (
	"context"
	"strings"
	"unicode/utf8"
)

// Checks gathers every problem of a request before it is refused.
type Checks struct{ fields []FieldError }

// Add notes a problem.
func (c *Checks) Add(pointer string, code Code, params map[string]any) {
	c.fields = append(c.fields, FieldError{Pointer: pointer, Code: code, Params: params})
}

// Name trims a one-line name in place and checks that it is not empty, has no line break and at most limit code points.
func (c *Checks) Name(pointer string, s *string, limit int) {
	*s = strings.TrimSpace(*s)
	if *s == "" {
		c.Add(pointer, CodeEmpty, nil)
	}
	if strings.ContainsAny(*s, "\n\t") {
		c.Add(pointer, CodeControlCharacter, nil)
	}
	c.length(pointer, *s, limit)
}

// Text checks a text that may be empty.
func (c *Checks) Text(pointer string, s *string, limit int) { c.length(pointer, *s, limit) }

func (c *Checks) length(pointer, s string, limit int) {
	if n := utf8.RuneCountInString(s); n > limit {
		c.Add(pointer, CodeTooLong, map[string]any{"max": limit, "length": n})
	}
}

// Err is nil when nothing was noted.
func (c *Checks) Err(op string) error {
	if c.fields == nil {
		return nil
	}
	return &Error{Code: CodeValidationFailed, Op: op, Fields: c.fields}
}

// Limit asks a limiter about a user (GCRA), notes the verdict for the edge and turns a refusal into its error.
func Limit(ctx context.Context, l RateLimiter, policy string, user UserID, rate Rate) error {
	return LimitKey(ctx, l, RateKey{Policy: policy, ID: int64(user)}, rate, false)
}

// LimitKey is Limit for any key, exact or not.
func LimitKey(ctx context.Context, l RateLimiter, key RateKey, rate Rate, exact bool) error {
	if rate.Off() {
		return nil
	}
	v, err := l.Allow(ctx, key, rate, exact)
	if err != nil {
		return err
	}
	NoteRate(ctx, key.Policy, rate, v)
	if !v.Allowed {
		return RateLimited(key.Policy, rate, v)
	}
	return nil
}
