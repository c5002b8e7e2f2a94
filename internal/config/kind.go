package config

import (
	"cmp"
	"errors"
	"math"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ByteSize is a number of bytes, written "512MB". KB, MB, GB and TB are powers of 1000, KiB, MiB, GiB and TiB of 1024.
type ByteSize int64

// The units of ByteSize.
const (
	KB  ByteSize = 1000
	MB           = 1000 * KB
	GB           = 1000 * MB
	TB           = 1000 * GB
	KiB ByteSize = 1024
	MiB          = 1024 * KiB
	GiB          = 1024 * MiB
	TiB          = 1024 * GiB
)

var byteUnits = []struct {
	name string
	size ByteSize
}{{"TiB", TiB}, {"TB", TB}, {"GiB", GiB}, {"GB", GB}, {"MiB", MiB}, {"MB", MB}, {"KiB", KiB}, {"KB", KB}, {"B", 1}}

// String writes the largest unit that divides the size.
func (b ByteSize) String() string {
	for _, u := range byteUnits {
		if b != 0 && b%u.size == 0 {
			return strconv.FormatInt(int64(b/u.size), 10) + u.name
		}
	}
	return "0B"
}

// ParseByteSize reads "512MB", "64 KiB" or plain bytes.
func ParseByteSize(s string) (ByteSize, error) {
	digits := strings.TrimRight(s, "TGMKiBtgmkb ")
	unit := ByteSize(1)
	if name := strings.TrimSpace(s[len(digits):]); name != "" {
		i := slices.IndexFunc(byteUnits, func(u struct {
			name string
			size ByteSize
		}) bool {
			return strings.EqualFold(u.name, name)
		})
		if i < 0 {
			return 0, errNotASize
		}
		unit = byteUnits[i].size
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/int64(unit) {
		return 0, errNotASize
	}
	return ByteSize(n) * unit, nil
}

// Rate is so many in any so long, written "10/10s"; the zero value is no limit, written "0".
type Rate struct {
	Count int
	Per   time.Duration
}

// Off tells whether there is no limit.
func (r Rate) Off() bool { return r.Count == 0 }

// String is the form ParseRate reads.
func (r Rate) String() string {
	if r.Off() {
		return "0"
	}
	return strconv.Itoa(r.Count) + "/" + shortDuration(r.Per)
}

// ParseRate reads "10/10s", "5/m" (one minute) or "0".
func ParseRate(s string) (Rate, error) {
	if s == "0" {
		return Rate{}, nil
	}
	count, per, ok := strings.Cut(s, "/")
	if ok && per != "" && (per[0] < '0' || per[0] > '9') {
		per = "1" + per
	}
	n, err := strconv.Atoi(count)
	d, err2 := time.ParseDuration(per)
	if !ok || err != nil || err2 != nil || n < 1 || d <= 0 {
		return Rate{}, errNotARate
	}
	return Rate{Count: n, Per: d}, nil
}

var (
	errNotASize     = errors.New("is not a size in bytes")
	errNotARate     = errors.New("is not a rate")
	errNotABool     = errors.New("is neither true nor false")
	errNotANumber   = errors.New("is not a number")
	errNotAnInt     = errors.New("is not a whole number")
	errNotADuration = errors.New("is not a duration")
	errNotANetwork  = errors.New("is not an address or a network")
	errOneValue     = errors.New("is a list; one value is wanted")
)

// kind is how one Go type is read and written. Words are the scalars of a YAML list, or the parts between the commas of a
// variable; kinds that are not lists want exactly one.
type kind struct {
	list    bool
	quote   bool   // strings are quoted when printed
	example string // completes "use ..."
	parse   func(t reflect.Type, words []string) (reflect.Value, error)
	format  func(v reflect.Value) []string
	compare func(a, b reflect.Value) int // nil when there is no order
}

// shortDuration is Duration.String without the trailing zeros: "10m", not "10m0s".
func shortDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// scalar builds the kind of a type that is read from one word.
func scalar[T any](example string, parse func(string) (T, error), format func(T) string, compare func(a, b T) int) kind {
	k := kind{example: example,
		parse: func(t reflect.Type, words []string) (reflect.Value, error) {
			if len(words) != 1 {
				return reflect.Value{}, errOneValue
			}
			v, err := parse(words[0])
			if err != nil {
				return reflect.Value{}, err
			}
			return reflect.ValueOf(v).Convert(t), nil
		},
		format: func(v reflect.Value) []string {
			return []string{format(v.Convert(reflect.TypeFor[T]()).Interface().(T))}
		},
	}
	if compare != nil {
		k.compare = func(a, b reflect.Value) int {
			to := reflect.TypeFor[T]()
			return compare(a.Convert(to).Interface().(T), b.Convert(to).Interface().(T))
		}
	}
	return k
}

// listOf builds the kind of a slice from the kind of its elements.
func listOf(element kind, example string) kind {
	return kind{list: true, quote: element.quote, example: example,
		parse: func(t reflect.Type, words []string) (reflect.Value, error) {
			out := reflect.MakeSlice(t, 0, len(words))
			for _, w := range words {
				v, err := element.parse(t.Elem(), []string{w})
				if err != nil {
					return reflect.Value{}, err
				}
				out = reflect.Append(out, v)
			}
			return out, nil
		},
		format: func(v reflect.Value) []string {
			words := make([]string, 0, v.Len())
			for i := range v.Len() {
				words = append(words, element.format(v.Index(i))...)
			}
			return words
		},
	}
}

func or(fallback error) func(error) error {
	return func(err error) error {
		if err != nil {
			return fallback
		}
		return nil
	}
}

// kindOf gives the kind of a type: the table of everything a setting can be.
func kindOf(t reflect.Type) (kind, bool) {
	switch t {
	case reflect.TypeFor[time.Duration]():
		return scalar("a duration such as 30s or 10m", func(s string) (time.Duration, error) {
			d, err := time.ParseDuration(s)
			return d, or(errNotADuration)(err)
		}, shortDuration, cmp.Compare[time.Duration]), true
	case reflect.TypeFor[ByteSize]():
		return scalar("a size such as 64MB or 1GiB", ParseByteSize, ByteSize.String, cmp.Compare[ByteSize]), true
	case reflect.TypeFor[Rate]():
		return scalar("a rate such as 10/10s, or 0 for none", ParseRate, Rate.String, nil), true
	case reflect.TypeFor[netip.Prefix]():
		return scalar("a network such as 10.0.0.0/8 or an address", parsePrefix, netip.Prefix.String, nil), true
	}
	switch t.Kind() {
	case reflect.String:
		k := scalar("text", func(s string) (string, error) { return s, nil }, func(s string) string { return s }, nil)
		k.quote = true
		return k, true
	case reflect.Bool:
		return scalar("true or false", parseBool, strconv.FormatBool, nil), true
	case reflect.Int:
		return scalar("a whole number", func(s string) (int, error) {
			n, err := strconv.Atoi(s)
			return n, or(errNotAnInt)(err)
		}, strconv.Itoa, cmp.Compare[int]), true
	case reflect.Float64:
		return scalar("a number", parseFloat, func(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }, cmp.Compare[float64]), true
	case reflect.Slice:
		if element, ok := kindOf(t.Elem()); ok && !element.list {
			return listOf(element, "a list; each entry is "+element.example), true
		}
	}
	return kind{}, false
}

func parseBool(s string) (bool, error) {
	switch s {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, errNotABool
}

func parseFloat(s string) (float64, error) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, errNotANumber
	}
	return f, nil
}

// parsePrefix reads a network, or a lone address as the network of itself.
func parsePrefix(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return p, errNotANetwork
	}
	return p.Masked(), nil
}
