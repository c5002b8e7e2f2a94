package api

import (
	"encoding/json"
	"maps"
	"strconv"
	"strings"

	"github.com/beep-chat/beep/core"
)

// ProblemType is the media type of errors (RFC 9457).
const ProblemType = "application/problem+json"

// docsErrors is where problem types link to: the page of the catalogue in DocsFS.
const docsErrors = "/docs/errors#"

// problem is the wire form; the order of its members is the order on the wire.
type problem struct {
	Type     string            `json:"type"`
	Title    string            `json:"title"`
	Status   int               `json:"status"`
	Detail   string            `json:"detail"`
	Instance string            `json:"instance"`
	Code     core.Code         `json:"code"`
	Params   map[string]any    `json:"params,omitempty"`
	Errors   []core.FieldError `json:"errors,omitempty"`
}

// Problem writes an error in a language, as application/problem+json, and gives its status. The cause and the operation
// stay behind: they are for the log. A code outside the catalogue becomes internal.
func Problem(err *core.Error, lang Lang, requestID string) (body []byte, status int) {
	e := find(err.Code)
	p := problem{Type: docsErrors + string(e.code), Title: e.title.in(lang), Status: e.status, Instance: requestID,
		Code: e.code, Detail: Detail(e.code, err.Params, lang), Params: inLanguage(err.Params, lang)}
	if e.code == core.CodeInternal {
		p.Params = nil // whatever they are, they are not for people
	}
	for _, f := range err.Fields {
		if f.Detail == "" {
			f.Detail = Detail(f.Code, f.Params, lang)
		}
		p.Errors = append(p.Errors, f)
	}
	body, failure := json.Marshal(p)
	if failure != nil { // a param that JSON cannot say; the text already has it
		p.Params = nil
		body, _ = json.Marshal(p)
	}
	return body, e.status
}

// inLanguage gives params in which a core.Text is its string in one language; those of the error are left as they are.
func inLanguage(params map[string]any, lang Lang) map[string]any {
	var out map[string]any
	for name, value := range params {
		t, ok := value.(core.Text)
		if !ok {
			continue
		}
		if out == nil {
			out = maps.Clone(params)
		}
		out[name] = t.In(string(lang))
	}
	if out == nil {
		return params
	}
	return out
}

// maxLanguages bounds how much of an Accept-Language header is read.
const maxLanguages = 32

// AcceptLanguage chooses between English and French by an Accept-Language header (RFC 9110, 12.5.4); English where it names
// neither, and where both weigh the same the one named first.
func AcceptLanguage(header string) Lang {
	best, weight := English, 0.0
	for _, part := range strings.SplitN(header, ",", maxLanguages) { // a longer rest is no language
		tag, params, _ := strings.Cut(part, ";")
		lang, ok := language(strings.TrimSpace(tag))
		if q := quality(params); ok && q > weight {
			best, weight = lang, q
		}
	}
	return best
}

// language maps en, fr-CA and the like; * is English.
func language(tag string) (Lang, bool) {
	primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
	switch primary {
	case "fr":
		return French, true
	case "en", "*":
		return English, true
	}
	return "", false
}

// quality reads ;q=0.8; 1 where it is absent, 0 where it is not a number from 0 to 1.
func quality(params string) float64 {
	name, value, ok := strings.Cut(strings.TrimSpace(params), "=")
	if !ok || !strings.EqualFold(strings.TrimSpace(name), "q") {
		return 1
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil || !(q >= 0 && q <= 1) {
		return 0
	}
	return q
}

// ETag is the entity tag of a version.
func ETag(version int64) string { return `"v` + strconv.FormatInt(version, 10) + `"` }

// ParseETag reads what ETag wrote, as it comes back in If-Match. ok is false for anything else; a weak tag, which may not
// be used with If-Match, is something else.
func ParseETag(s string) (version int64, ok bool) {
	digits, found := strings.CutPrefix(strings.TrimSpace(s), `"v`)
	digits, closed := strings.CutSuffix(digits, `"`)
	if !found || !closed {
		return 0, false
	}
	version, err := strconv.ParseInt(digits, 10, 64)
	return version, err == nil && version >= 0
}
