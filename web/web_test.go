package web

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// inline is script or style inside a page, which the content policy would refuse, and leads to other hosts.
var inline = regexp.MustCompile(`<script>|<script [^>]*>[^<]|<style|\sstyle=|\son[a-z]+=|javascript:|(src|href)="(https?:)?//`)

// pages are the entry as it is written, the page that stands in for the client, and the entry of the client in this binary.
func pages(t *testing.T) map[string]string {
	t.Helper()
	source, err := os.ReadFile("index.html")
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{"source": string(source), "unbuilt": read(t, folder(unbuilt, "unbuilt")), "served": read(t, FS())}
}

func read(t *testing.T, files fs.FS) string {
	t.Helper()
	b, err := fs.ReadFile(files, "index.html")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestPagesHaveNothingInline(t *testing.T) {
	for name, page := range pages(t) {
		if found := inline.FindString(page); found != "" {
			t.Errorf("%s holds %q", name, found)
		}
	}
	for _, bad := range []string{"<script>x</script>", `<p style="x">`, `<a onclick="x">`, `<img src="//x">`, `<script src="a">x`} {
		if !inline.MatchString(bad) {
			t.Errorf("%s would pass", bad)
		}
	}
}

// TestReferencesExist: what a served page names is served.
func TestReferencesExist(t *testing.T) {
	reference := regexp.MustCompile(`(?:src|href)="/([^"#]+\.[a-z0-9]+)"`)
	for name, files := range map[string]fs.FS{"unbuilt": folder(unbuilt, "unbuilt"), "served": FS()} {
		found := reference.FindAllStringSubmatch(read(t, files), -1)
		if len(found) < 2 {
			t.Errorf("%s names %d files", name, len(found))
		}
		for _, m := range found {
			if _, err := fs.Stat(files, m[1]); err != nil {
				t.Errorf("%s names %s: %v", name, m[1], err)
			}
		}
	}
}

// TestUnbuiltPageRunsNoScript: it has to say what is missing wherever it is opened.
func TestUnbuiltPageRunsNoScript(t *testing.T) {
	page := read(t, folder(unbuilt, "unbuilt"))
	if strings.Contains(page, "<script") || !strings.Contains(page, "make build") || !strings.Contains(page, `href="/docs/"`) {
		t.Error(page)
	}
}

// TestBuilt: the client is what FS serves exactly when it is in the binary.
func TestBuilt(t *testing.T) {
	if got := strings.Contains(read(t, FS()), `<div id="app">`); got != Built() {
		t.Errorf("built %t, serves the client %t", Built(), got)
	}
}
