package api

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/beep-chat/beep/core"
)

// Lang is a language of the product's texts.
type Lang string

// The languages of the product.
const (
	English Lang = "en"
	French  Lang = "fr"
)

// text is one text in both languages.
type text struct{ en, fr string }

func (t text) in(lang Lang) string {
	if lang == French {
		return t.fr
	}
	return t.en
}

// entry is one error of the catalogue.
type entry struct {
	code      core.Code
	status    int
	retryable bool
	title     text
	detail    text
}

// find gives the entry of a code; a code outside the catalogue counts as an internal error.
func find(code core.Code) entry {
	i, ok := place(code)
	if !ok {
		i, _ = place(core.CodeInternal)
	}
	return catalogue[i]
}

// Codes lists the catalogue in its order.
func Codes() []core.Code {
	codes := make([]core.Code, len(catalogue))
	for i, e := range catalogue {
		codes[i] = e.code
	}
	return codes
}

// Known tells whether a code is in the catalogue.
func Known(code core.Code) bool {
	_, ok := place(code)
	return ok
}

// Status is the HTTP status of a code; 500 for one outside the catalogue.
func Status(code core.Code) int { return find(code).status }

// Retryable tells whether the same request may succeed later, unchanged.
func Retryable(code core.Code) bool { return find(code).retryable }

// Title is the short text of a code.
func Title(code core.Code, lang Lang) string { return find(code).title.in(lang) }

// Detail is the text that tells what happened and what to do. A param may be a core.Text. Where a param of the text is missing the title stands in.
func Detail(code core.Code, params map[string]any, lang Lang) string {
	e := find(code)
	if s, ok := fill(e.detail.in(lang), inLanguage(params, lang)); ok {
		return s
	}
	return e.title.in(lang)
}

// fill puts params into {name}; false where one is missing.
func fill(template string, params map[string]any) (string, bool) {
	if !strings.Contains(template, "{") {
		return template, true
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(template, "{")
		b.WriteString(before)
		if !found {
			return b.String(), true
		}
		name, after, _ := strings.Cut(rest, "}")
		value, ok := paramText(params, name)
		if !ok {
			return "", false
		}
		b.WriteString(value)
		template = after
	}
}

// paramText formats one param. retry_after_s is made from retry_after_ms, rounded up, because people count in seconds.
func paramText(params map[string]any, name string) (string, bool) {
	v, ok := params[name]
	if !ok && name == "retry_after_s" {
		ms, ok := params["retry_after_ms"].(int64)
		return strconv.FormatInt(int64(math.Ceil(float64(ms)/1000)), 10), ok
	}
	if !ok || v == nil {
		return "", false
	}
	if list, isList := v.([]string); isList {
		return strings.Join(list, ", "), true
	}
	return fmt.Sprint(v), true
}
