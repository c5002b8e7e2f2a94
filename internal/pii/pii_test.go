package pii_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/beep-chat/beep/internal/pii"
)

var november = time.Date(2026, 11, 30, 23, 59, 59, 0, time.UTC)

func keyAt(now *time.Time) *pii.Key {
	return pii.NewKey([]byte("0123456789abcdef0123456789abcdef"), func() time.Time { return *now })
}

// TestNothingLeaks prints every type in every way and looks for what it was made from.
func TestNothingLeaks(t *testing.T) {
	now := november
	key := keyAt(&now)
	values := map[string]any{
		"user":    key.User("4211"),
		"address": key.IP(netip.MustParseAddr("203.0.113.77")),
		"v6":      key.IP(netip.MustParseAddr("2001:db8:4211::77")),
		"mail":    pii.Email("alice@example.org"),
		"no mail": pii.Email("alice"),
		"secret":  pii.Secret("hunter2"),
	}
	raw := regexp.MustCompile(`4211|113\.77|203\.0|2001|alice|lice|xample|hunter2`)
	for name, v := range values {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T"} {
				fmt.Fprintf(&out, verb+"\n", v)
				fmt.Fprintf(&out, verb+"\n", struct{ V any }{v})
			}
			logger := slog.New(slog.NewJSONHandler(&out, nil))
			logger.Info("x", "v", v, "in", struct{ V any }{v}, slog.Group("g", "v", v))
			slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v, "in", struct{ V any }{v})
			if err := json.NewEncoder(&out).Encode(map[string]any{"v": v}); err != nil {
				t.Fatal(err)
			}
			if m := raw.FindString(out.String()); m != "" {
				t.Errorf("%q leaked:\n%s", m, out.String())
			}
		})
	}
}

func TestPseudonyms(t *testing.T) {
	now := november
	key := keyAt(&now)
	ip := func(s string) string { return key.IP(netip.MustParseAddr(s)).String() }
	alice := key.User("1").String()
	if !regexp.MustCompile(`^u_[A-Z2-7]{16}$`).MatchString(alice) || !regexp.MustCompile(`^ip_[A-Z2-7]{16}$`).MatchString(ip("192.0.2.1")) {
		t.Errorf("forms %s %s", alice, ip("192.0.2.1"))
	}
	cases := []struct {
		name string
		a, b string
		same bool
	}{
		{"the same person", alice, key.User("1").String(), true},
		{"two people", alice, key.User("2").String(), false},
		{"another secret", alice, pii.NewKey([]byte("another"), func() time.Time { return now }).User("1").String(), false},
		{"neighbours, IPv4", ip("192.0.2.1"), ip("192.0.2.200"), true},
		{"another network, IPv4", ip("192.0.2.1"), ip("192.0.3.1"), false},
		{"the same written as IPv6", ip("192.0.2.1"), ip("::ffff:192.0.2.9"), true},
		{"neighbours, IPv6", ip("2001:db8:1::1"), ip("2001:db8:1:ffff::9"), true},
		{"another site, IPv6", ip("2001:db8:1::1"), ip("2001:db8:2::1"), false},
		{"a zone does not matter", ip("fe80::1%eth0"), ip("fe80::1"), true},
		{"a person and an address", strings.TrimPrefix(key.User("x").String(), "u_"), strings.TrimPrefix(ip("192.0.2.1"), "ip_"), false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if (c.a == c.b) != c.same {
				t.Errorf("%s and %s, want the same: %v", c.a, c.b, c.same)
			}
		})
	}
	now = now.Add(time.Minute) // December
	if key.User("1").String() == alice {
		t.Error("the pseudonym outlived its month")
	}
	if key.UserAt("1", november).String() != alice {
		t.Error("an old pseudonym cannot be found again")
	}
	if december := key.User("1").String(); key.User("1").String() != december {
		t.Error("a look into the past changed the present")
	}
}

func TestMasks(t *testing.T) {
	for raw, want := range map[string]string{
		"jo@example.org": "j***@e***", "é@ü.fr": "é***@ü***", "@x": "***", "x@": "***", "": "***", "a@b@c": "a***@b***",
	} {
		if got := pii.Email(raw).String(); got != want {
			t.Errorf("%q is shown as %q, want %q", raw, got, want)
		}
	}
	if got := pii.Secret("x").String(); got != pii.Redacted {
		t.Errorf("a secret is shown as %q", got)
	}
	var nobody *pii.Key
	if !pii.Secret("").IsZero() || !nobody.User("1").IsZero() || !nobody.IP(netip.MustParseAddr("::1")).IsZero() {
		t.Error("nothing is not shown as nothing")
	}
}

func TestKeyIsSafeForConcurrentUse(t *testing.T) {
	now := november
	key := keyAt(&now)
	want := key.User("1").String()
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for i := range 200 {
				past := november.AddDate(0, -(i % 3), 0)
				if got := key.UserAt("1", past).String(); i%3 == 0 && got != want {
					t.Errorf("%s, want %s", got, want)
				}
			}
		})
	}
	wait.Wait()
}

func BenchmarkUser(b *testing.B) {
	now := november
	key := keyAt(&now)
	for b.Loop() {
		_ = key.User("417283462183612416")
	}
}
