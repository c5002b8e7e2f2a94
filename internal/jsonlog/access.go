package jsonlog

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/beep-chat/beep/internal/pii"
)

// Bounds of the parts of an access line; what is longer is cut.
const (
	maxURLBytes   = 1024
	maxFieldBytes = 128
	maxQueryNames = 16
)

// AccessEntry is one answered request, or the opening or the end of a stream.
type AccessEntry struct {
	Time      time.Time     // when it was answered; zero: now
	Method    string        // "GET"
	Path      string        // as it was asked, without the query
	RawQuery  string        // only the names of its parameters are written
	Route     string        // the pattern that matched, "/things/:id" or "/things/{id}"; "" when none did
	Status    int           // 0 while a stream is open
	Duration  time.Duration // from the request's head to the answer's end
	BytesIn   int64
	BytesOut  int64
	User      pii.User // zero: nobody was signed in
	ClientIP  pii.IP
	Protocol  string // "HTTP/1.1"
	TraceID   string
	RequestID string

	Stream string // "open" or "close" for a stream of events, "" otherwise
	Events int64  // events sent, at the end of a stream
	Reason string // why a stream ended
}

// AccessLogger writes access lines.
type AccessLogger struct {
	log  *Log
	pool sync.Pool
}

// Log queues one line; it never waits.
func (a *AccessLogger) Log(e AccessEntry) {
	if a.log.access == nil {
		return
	}
	if e.Time.IsZero() {
		e.Time = a.log.now()
	}
	buf := a.pool.Get().(*[]byte)
	*buf = a.log.access((*buf)[:0], &e)
	_ = a.log.queue.put(*buf, true) // a closed log has nowhere to tell that it is closed
	a.pool.Put(buf)
}

func (l *Log) appendAccess(b []byte, e *AccessEntry) []byte {
	b = append(b, `{"timestamp":"`...)
	b = appendTime(b, e.Time)
	b = append(b, l.identity...) // ","service":"...","container_id":"..."
	b = append(b, `,"request_method":`...)
	b = appendString(b, e.Method, 16)
	b = append(b, `,"request_url":`...)
	var url [256]byte
	b = appendString(b, string(appendURL(url[:0], e)), maxURLBytes)
	b = append(b, `,"response_status":`...)
	b = strconv.AppendInt(b, int64(e.Status), 10)
	b = append(b, `,"response_time":`...)
	b = appendMillis(b, e.Duration)
	b = append(b, `,"bytes_in":`...)
	b = strconv.AppendInt(b, e.BytesIn, 10)
	b = append(b, `,"bytes_out":`...)
	b = strconv.AppendInt(b, e.BytesOut, 10)
	b = appendField(b, "route", e.Route)
	b = appendField(b, "user", e.User.String())
	b = appendField(b, "client_ip", e.ClientIP.String())
	b = appendField(b, "protocol", e.Protocol)
	b = appendField(b, "trace_id", e.TraceID)
	b = appendField(b, "request_id", e.RequestID)
	if e.Stream != "" {
		b = appendField(b, "stream", e.Stream)
		b = append(b, `,"events":`...)
		b = strconv.AppendInt(b, e.Events, 10)
		b = appendField(b, "reason", e.Reason)
	}
	return append(b, '}', '\n')
}

// appendField writes a member, or nothing when it has no value.
func appendField(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	b = append(b, ',', '"')
	b = append(b, name...)
	b = append(b, '"', ':')
	return appendString(b, value, maxFieldBytes)
}

// textAccess is the line for people.
func (l *Log) textAccess(b []byte, e *AccessEntry) []byte {
	b = e.Time.Local().AppendFormat(b, "15:04:05.000")
	if e.Stream != "" {
		return fmt.Appendf(b, " %s %s stream %s %d events %s\n", e.Method, appendURL(nil, e), e.Stream, e.Events, e.Reason)
	}
	return fmt.Appendf(b, " %d %s %s %s\n", e.Status, e.Method, appendURL(nil, e), e.Duration.Round(10*time.Microsecond))
}

// appendURL writes the path with its ids, without anything that may be personal or a key: path parameters that are not
// numbers are written as the route names them, and of the query only the names are kept.
func appendURL(b []byte, e *AccessEntry) []byte {
	if e.Route == "" {
		b = appendUnmatched(b, e.Path)
	} else {
		b = appendMatched(b, e.Path, e.Route)
	}
	return appendQueryNames(b, e.RawQuery)
}

func appendMatched(b []byte, path, route string) []byte {
	for route != "" {
		var want, got string
		want, route = nextSegment(route)
		got, path = nextSegment(path)
		b = append(b, '/')
		switch {
		case !isParameter(want), !isNumber(got):
			b = append(b, want...)
		default:
			b = append(b, got...)
		}
	}
	return b
}

// nextSegment takes "/a/b" apart into "a" and "/b".
func nextSegment(s string) (segment, rest string) {
	s = strings.TrimPrefix(s, "/")
	if i := strings.IndexByte(s, '/'); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

func isParameter(segment string) bool {
	return segment != "" && (segment[0] == ':' || segment[0] == '*' || segment[0] == '{')
}

func isNumber(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != "" && len(s) <= 20
}

// unmatchedKept is how much of a path that no route knows is written.
const unmatchedKept = 2

// appendUnmatched writes a path that no route knows. It may hold anything, so only its first two segments are kept, and of
// them short plain words: an old bookmark stays recognisable and a name, an address or a token does not appear.
func appendUnmatched(b []byte, path string) []byte {
	for n := 0; path != ""; n++ {
		if n == unmatchedKept {
			return append(b, "/*"...)
		}
		var s string
		s, path = nextSegment(path)
		b = append(b, '/')
		if isPlain(s) {
			b = append(b, s...)
		} else {
			b = append(b, '*')
		}
	}
	return b
}

// isPlain tells a word that names a thing rather than a person or a key.
func isPlain(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' && c != '_' {
			return false
		}
	}
	return len(s) <= 24
}

func appendQueryNames(b []byte, query string) []byte {
	sep := byte('?')
	for n := 0; query != "" && n < maxQueryNames; n++ {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		name, _, ok := strings.Cut(pair, "=")
		if !ok || name == "" || !isPlain(name) {
			continue
		}
		b = append(b, sep)
		b = append(b, name...)
		b = append(b, '=')
		sep = '&'
	}
	return b
}
