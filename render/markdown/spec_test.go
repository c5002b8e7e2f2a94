package markdown

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
)

// example is one of a specification.
type example struct {
	Example  int
	Section  string
	Markdown string
	HTML     string
}

func examples(t *testing.T, spec string) []example {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + spec + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var list []example
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// differences reads testdata/differences.txt: a reason on a line that ends with a colon, below it the examples it holds
// for, as "commonmark 1 2 3".
func differences(t *testing.T) map[string]string {
	t.Helper()
	file, err := os.Open("testdata/differences.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	reasons, reason := map[string]string{}, ""
	for lines := bufio.NewScanner(file); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if r, ok := strings.CutSuffix(line, ":"); ok {
			reason = r
			continue
		}
		words := strings.Fields(line)
		for _, number := range words[1:] {
			key := words[0] + " " + number
			if reasons[key] != "" || reason == "" {
				t.Fatalf("%s is listed twice, or without a reason", key)
			}
			reasons[key] = reason
		}
	}
	return reasons
}

// Links of the specification lead to places on the same site, which Beep refuses; with a site before them the rest of
// what they show can be compared.
var withSite = strings.NewReplacer("(/url", "(http://a.b/url", "</url", "<http://a.b/url", `"/url`, `"http://a.b/url`, "(/uri", "(http://a.b/uri", `"/uri`, `"http://a.b/uri`,
	"(train.jpg", "(http://a.b/train.jpg", `"train.jpg`, `"http://a.b/train.jpg`, "(moon.jpg", "(http://a.b/moon.jpg", `"moon.jpg`, `"http://a.b/moon.jpg`,
	"](foo", "](http://a.b/foo", "](<foo", "](<http://a.b/foo", `href="foo`, `href="http://a.b/foo`, "](uri", "](http://a.b/uri", `href="uri`, `href="http://a.b/uri`, `src="uri`, `src="http://a.b/uri`,
	"](baz", "](http://a.b/baz", `href="baz`, `href="http://a.b/baz`)

// Every example of CommonMark 0.31.2 and of GitHub's extensions either gives what the specification says, or is listed with the
// reason why not.
func TestSpecifications(t *testing.T) {
	listed := differences(t)
	for spec, want := range map[string]int{"commonmark": 652, "gfm": 44} {
		passed, different := 0, 0
		for _, e := range examples(t, spec) {
			key := fmt.Sprintf("%s %d", spec, e.Example)
			reason := listed[key]
			delete(listed, key)
			in := withSite.Replace(e.Markdown)
			checkHTML(t, in)
			got, expected := canonical(t, HTML(in)), canonical(t, withSite.Replace(e.HTML))
			switch {
			case got == expected && reason == "":
				passed++
			case got == expected:
				t.Errorf("%s (%s) is listed (%s) and gives what the specification says", key, e.Section, reason)
			case reason == "":
				t.Errorf("%s (%s)\n%q\n got %s\nwant %s", key, e.Section, in, got, expected)
			default:
				different++
			}
		}
		t.Logf("%s: %d examples pass, %d differ on purpose", spec, passed, different)
		if passed+different != want && !t.Failed() {
			t.Errorf("%s: %d examples, want %d", spec, passed+different, want)
		}
	}
	for key, reason := range listed {
		t.Errorf("%s is listed (%s) and does not exist", key, reason)
	}
}
