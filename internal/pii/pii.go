// Package pii holds personal data in types that cannot be logged raw: whichever way such a value is printed (slog, fmt,
// JSON), a mask or a pseudonym comes out.
//
// It owns the masks and pseudonyms. It refuses to give the raw value back: who needs it keeps it elsewhere, and turns it
// into one of these types on the way to a log. A pseudonym stands for the same person during a calendar month (UTC), so
// that an incident can be followed and a life cannot; whoever holds the key can compute it again (UserAt) and so find the
// person behind it.
//
// A Key is safe for concurrent use; the other values are immutable.
//
//	key := pii.NewKey(secret, time.Now)
//	logger.Info("signed in", "user", key.User("4211"), "client_ip", key.IP(addr), "email", pii.Email("jo@example.org"))
package pii

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"hash"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"
)

// Pseudonym lengths: 16 characters of base32 are 80 bits, so that two people never share one by chance.
const pseudonymLen = 16

const (
	userPrefix = "u_"
	ipPrefix   = "ip_"
)

// Key makes pseudonyms; a nil Key makes empty ones.
type Key struct {
	secret []byte
	now    func() time.Time
	month  atomic.Pointer[monthKey]
}

// monthKey is the key of one month, with hashers that are keyed already.
type monthKey struct {
	year  int
	month time.Month
	pool  sync.Pool
}

// NewKey makes pseudonyms from a secret of at least 32 bytes; now tells which month it is.
func NewKey(secret []byte, now func() time.Time) *Key {
	return &Key{secret: append([]byte(nil), secret...), now: now}
}

// User is the pseudonym of a person's id.
func (k *Key) User(id string) User {
	if k == nil {
		return User{}
	}
	return k.UserAt(id, k.now())
}

// UserAt is the pseudonym that stood for the person at a moment; it finds the person behind an old line.
func (k *Key) UserAt(id string, at time.Time) User {
	if k == nil || id == "" {
		return User{}
	}
	return User{masked{k.at(at).pseudonym(userPrefix, 'u', []byte(id))}}
}

// IP is the pseudonym of the network of an address: /24 for IPv4, /48 for IPv6. Neighbours share it.
func (k *Key) IP(a netip.Addr) IP {
	if k == nil || !a.IsValid() {
		return IP{}
	}
	a = a.Unmap().WithZone("")
	bits := 48
	if a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	if err != nil { // cannot be: both lengths fit
		return IP{}
	}
	b := p.Addr().As16()
	return IP{masked{k.at(k.now()).pseudonym(ipPrefix, 'i', b[:])}}
}

func (k *Key) at(t time.Time) *monthKey {
	year, month, _ := t.UTC().Date()
	if m := k.month.Load(); m != nil && m.year == year && m.month == month {
		return m
	}
	derive := hmac.New(sha256.New, k.secret)
	fmt.Fprintf(derive, "pseudonyms of %04d-%02d", year, month)
	monthly := derive.Sum(nil)
	m := &monthKey{year: year, month: month}
	m.pool.New = func() any { return hmac.New(sha256.New, monthly) }
	k.month.Store(m) // whoever looks into the past displaces the present for a moment, which costs one derivation
	return m
}

func (m *monthKey) pseudonym(prefix string, kind byte, raw []byte) string {
	h := m.pool.Get().(hash.Hash)
	defer m.pool.Put(h)
	h.Reset()
	var buf [64]byte
	h.Write(append(buf[:0], kind)) // one space of pseudonyms a kind
	h.Write(raw)
	sum := h.Sum(buf[:0])
	var text [56]byte
	base32.StdEncoding.WithPadding(base32.NoPadding).Encode(text[:], sum)
	return prefix + string(text[:pseudonymLen])
}

// masked is text that is safe to show. The raw value is not kept, so that no way of printing can find it.
type masked struct{ shown string }

// String is the mask or pseudonym.
func (m masked) String() string { return m.shown }

// LogValue is what slog writes.
func (m masked) LogValue() slog.Value { return slog.StringValue(m.shown) }

// MarshalText is what JSON and text encoders write.
func (m masked) MarshalText() ([]byte, error) { return []byte(m.shown), nil }

// IsZero tells that there is nobody behind it.
func (m masked) IsZero() bool { return m.shown == "" }

// User stands for a person: "u_" and 16 characters.
type User struct{ masked }

// IP stands for a client's network: "ip_" and 16 characters.
type IP struct{ masked }

// Address is a mail address that shows only two letters.
type Address struct{ masked }

// Email masks a mail address: "jo@example.org" shows as "j***@e***". What has no @ shows as "***".
func Email(raw string) Address {
	local, domain, ok := strings.Cut(raw, "@")
	if !ok || local == "" || domain == "" {
		return Address{masked{"***"}}
	}
	return Address{masked{firstRune(local) + "***@" + firstRune(domain) + "***"}}
}

func firstRune(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return s[:n]
}

// Redacted is what every Secret shows.
const Redacted = "[redacted]"

// Hidden shows nothing of what it was made from.
type Hidden struct{ masked }

// Secret hides a password, token or key: only the fact that there is one is shown.
func Secret(raw string) Hidden {
	if raw == "" {
		return Hidden{}
	}
	return Hidden{masked{Redacted}}
}
