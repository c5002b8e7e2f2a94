package api

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
)

func TestDocsPages(t *testing.T) {
	docs := DocsFS()
	for _, page := range []string{"index.html", "errors/index.html"} {
		b, err := fs.ReadFile(docs, page)
		if err != nil {
			t.Fatal(err)
		}
		text := string(b)
		if regexp.MustCompile(`(src|href)="(https?:)?//`).MatchString(text) {
			t.Errorf("%s points to another host", page)
		}
		if regexp.MustCompile(`<script>|<script [^s]| on[a-z]+="|style="`).MatchString(text) {
			t.Errorf("%s has inline script or style", page)
		}
	}
	b, _ := fs.ReadFile(docs, "errors/index.html")
	for _, code := range Codes() {
		if !strings.Contains(string(b), `id="`+string(code)+`"`) {
			t.Errorf("the error page has no anchor %s", code)
		}
	}
}
