package web

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := fs.ReadFile(FS(), name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// inline is script or style inside a page, which the content policy would refuse, and leads to other hosts.
var inline = regexp.MustCompile(`<script>|<script [^>]*>[^<]|<style|\sstyle=|\son[a-z]+=|javascript:|(src|href)="(https?:)?//`)

func TestPageHasNothingInline(t *testing.T) {
	if found := inline.FindString(read(t, "index.html")); found != "" {
		t.Errorf("index.html holds %q", found)
	}
	for _, bad := range []string{"<script>x</script>", `<p style="x">`, `<a onclick="x">`, `<img src="//x">`, `<script src="a">x`} {
		if !inline.MatchString(bad) {
			t.Errorf("%s would pass", bad)
		}
	}
}

// TestScriptsNeverInsertMarkup: the only way from markup to nodes is the allow-list, which parses in a document of its own.
func TestScriptsNeverInsertMarkup(t *testing.T) {
	forbidden := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setHTML`)
	err := fs.WalkDir(FS(), "js", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text := read(t, name)
		if found := forbidden.FindString(text); found != "" {
			t.Errorf("%s uses %s", name, found)
		}
		if strings.Contains(text, "DOMParser") && name != "js/dom.js" {
			t.Errorf("%s parses markup", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestReferencesExist: what a page, a style or a script names is there.
func TestReferencesExist(t *testing.T) {
	exists := func(from, target string) {
		if _, err := fs.Stat(FS(), target); err != nil {
			t.Errorf("%s names %s: %v", from, target, err)
		}
	}
	for _, m := range regexp.MustCompile(`(?:src|href)="/([^"#]+\.[a-z0-9]+)"`).FindAllStringSubmatch(read(t, "index.html"), -1) {
		exists("index.html", m[1])
	}
	for _, m := range regexp.MustCompile(`url\(([^)]+)\)`).FindAllStringSubmatch(read(t, "tokens.css"), -1) {
		exists("tokens.css", m[1])
	}
	scripts, _ := fs.Glob(FS(), "js/*.js")
	for _, name := range scripts {
		for _, m := range regexp.MustCompile(`from '\./([^']+)'`).FindAllStringSubmatch(read(t, name), -1) {
			exists(name, "js/"+m[1])
		}
	}
	if len(scripts) < 6 {
		t.Errorf("only %d scripts", len(scripts))
	}
}

func TestEveryWordInBothLanguages(t *testing.T) {
	text := read(t, "js/texts.js")
	english, french, ok := strings.Cut(text, "\n  fr: {")
	if !ok {
		t.Fatal("no French")
	}
	french, _, _ = strings.Cut(french, "\n  },\n}")
	en, fr := keys(english), keys(french)
	if len(en) < 50 || !slices.Equal(en, fr) {
		t.Errorf("en %d, fr %d; they differ in %q", len(en), len(fr), difference(en, fr))
	}
	used := regexp.MustCompile(`data-[tl]="([a-z_]+)"|\bt\('([a-z_]+)'`)
	sources := read(t, "index.html")
	scripts, _ := fs.Glob(FS(), "js/*.js")
	for _, name := range scripts {
		sources += read(t, name)
	}
	for _, m := range used.FindAllStringSubmatch(sources, -1) {
		if key := m[1] + m[2]; !strings.HasSuffix(key, "_") && !slices.Contains(en, key) {
			t.Errorf("no text for %q", key)
		}
	}
}

func keys(block string) []string {
	var out []string
	for _, m := range regexp.MustCompile(`(?:^|[\s,])([a-z_]+): '`).FindAllStringSubmatch(block, -1) {
		out = append(out, m[1])
	}
	slices.Sort(out)
	return out
}

func difference(a, b []string) []string {
	var out []string
	for _, k := range append(slices.Clone(a), b...) {
		if !slices.Contains(a, k) || !slices.Contains(b, k) {
			out = append(out, k)
		}
	}
	return out
}
