package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/format"
	"os"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// text is a string in the languages of the product.
type text struct{ En, Fr string }

// failure is one entry of errors.yaml.
type failure struct {
	Code      string
	Status    int
	Retryable bool
	Title     text
	Detail    text
	Doc       string
}

// errorList is errors.yaml.
type errorList struct{ Errors []failure }

var codeForm = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
var placeholder = regexp.MustCompile(`\{([a-z_]+)\}`)

// readErrors reads and checks errors.yaml.
func readErrors(path string) (errorList, error) {
	var list errorList
	b, err := os.ReadFile(path)
	if err != nil {
		return list, err
	}
	dec := yaml.NewDecoder(bytes.NewReader(b))
	dec.KnownFields(true)
	if err := dec.Decode(&list); err != nil {
		return list, fmt.Errorf("%s: %w", path, err)
	}
	seen := map[string]bool{}
	for _, f := range list.Errors {
		if err := f.check(); err != nil {
			return list, fmt.Errorf("%s: %w", path, err)
		}
		if seen[f.Code] {
			return list, fmt.Errorf("%s: %s appears twice", path, f.Code)
		}
		seen[f.Code] = true
	}
	return list, nil
}

// check refuses an entry that is incomplete, or whose languages do not use the same params.
func (f failure) check() error {
	if !codeForm.MatchString(f.Code) {
		return fmt.Errorf("%q is not a code", f.Code)
	}
	if f.Status < 400 || f.Status > 599 {
		return fmt.Errorf("%s: status %d", f.Code, f.Status)
	}
	for _, s := range []string{f.Title.En, f.Title.Fr, f.Detail.En, f.Detail.Fr, f.Doc} {
		if strings.TrimSpace(s) == "" {
			return fmt.Errorf("%s: a text is missing", f.Code)
		}
	}
	if !slices.Equal(placeholders(f.Detail.En), placeholders(f.Detail.Fr)) {
		return fmt.Errorf("%s: en and fr use different params", f.Code)
	}
	return nil
}

func placeholders(s string) []string {
	var names []string
	for _, m := range placeholder.FindAllStringSubmatch(s, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return names
}

// codesGo makes core/codes.gen.go.
func (l errorList) codesGo() (output, error) {
	var b bytes.Buffer
	b.WriteString("// Code generated from api/errors.yaml; DO NOT EDIT.\n\npackage core\n\n" +
		"// The codes of the catalogue; statuses and texts are in api/errors.yaml.\nconst (\n")
	for _, f := range l.Errors {
		fmt.Fprintf(&b, "Code%s Code = %q\n", camel(f.Code), f.Code)
	}
	b.WriteString(")\n")
	src, err := format.Source(b.Bytes())
	return output{"core/codes.gen.go", src}, err
}

// tableGo makes api/errors.gen.go.
func (l errorList) tableGo() (output, error) {
	var b bytes.Buffer
	b.WriteString("// Code generated from api/errors.yaml; DO NOT EDIT.\n\npackage api\n\n" +
		"import \"github.com/beep-chat/beep/core\"\n\n// catalogue is api/errors.yaml in its order.\nvar catalogue = [...]entry{\n")
	for _, f := range l.Errors {
		fmt.Fprintf(&b, "{code: core.Code%s, status: %d, retryable: %t,\ntitle: text{%q, %q},\ndetail: text{%q, %q}},\n",
			camel(f.Code), f.Status, f.Retryable, f.Title.En, f.Title.Fr, f.Detail.En, f.Detail.Fr)
	}
	b.WriteString("}\n\n// place is where a code is in the catalogue.\nfunc place(code core.Code) (int, bool) {\nswitch code {\n")
	for i, f := range l.Errors {
		fmt.Fprintf(&b, "case core.Code%s:\nreturn %d, true\n", camel(f.Code), i)
	}
	b.WriteString("}\nreturn 0, false\n}\n")
	src, err := format.Source(b.Bytes())
	return output{"api/errors.gen.go", src}, err
}

// typeScript makes api/ts/errors.gen.ts.
func (l errorList) typeScript() (output, error) {
	var b bytes.Buffer
	b.WriteString("// Code generated from api/errors.yaml; DO NOT EDIT.\n\n" +
		"/** The catalogue: status, whether the same request may succeed later, and titles. */\nexport const errors = {\n")
	for _, f := range l.Errors {
		en, err := json.Marshal(f.Title.En)
		if err != nil {
			return output{}, err
		}
		fr, err := json.Marshal(f.Title.Fr)
		if err != nil {
			return output{}, err
		}
		fmt.Fprintf(&b, "  %s: { status: %d, retryable: %t, en: %s, fr: %s },\n", f.Code, f.Status, f.Retryable, en, fr)
	}
	b.WriteString("} as const\n\n/** A code of the catalogue. */\nexport type ErrorCode = keyof typeof errors\n")
	return output{"api/ts/errors.gen.ts", b.Bytes()}, nil
}

// reference makes docs/reference/errors.md; the headings are the anchors that problem types link to.
func (l errorList) reference() (output, error) {
	var b bytes.Buffer
	b.WriteString("<!-- Generated from api/errors.yaml; do not edit. -->\n# Errors\n\n" +
		"Errors are `application/problem+json` (RFC 9457). Programs decide by `code`; `title` and `detail` are for people, in the\n" +
		"language of `Accept-Language` (en or fr). *Retryable* means that the same request may succeed later, unchanged: wait for\n" +
		"`Retry-After` where it is given, else back off, and keep the nonce or Idempotency-Key.\n\n" +
		"| code | status | retryable | title |\n|---|---|---|---|\n")
	for _, f := range l.Errors {
		fmt.Fprintf(&b, "| [`%s`](#%s) | %d | %s | %s |\n", f.Code, f.Code, f.Status, yesNo(f.Retryable), f.Title.En)
	}
	for _, f := range l.Errors {
		fmt.Fprintf(&b, "\n## %s\n\n%d · %s · *%s*\n\n%s\n\n> %s\n>\n> %s\n", f.Code, f.Status, f.Title.En, f.Title.Fr, f.Doc,
			f.Detail.En, f.Detail.Fr)
	}
	return output{"docs/reference/errors.md", b.Bytes()}, nil
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
