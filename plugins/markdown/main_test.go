package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/beep-chat/beep/pluginhost/guest/guesttest"
	"github.com/beep-chat/beep/render/markdown"
)

// The node renders again what was made by another version, so the manifest must tell the syntax's.
func TestManifest(t *testing.T) {
	raw, err := os.ReadFile("plugin.json")
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct {
		ID    string
		Hooks map[string]struct {
			Version   int64
			Input     []string
			Prefilter []string
		}
	}
	if err := json.Unmarshal(raw, &manifest); err != nil {
		t.Fatal(err)
	}
	hook := manifest.Hooks["markdown.render"]
	if manifest.ID != "chat.beep.markdown" || hook.Version != markdown.Version || len(manifest.Hooks) != 1 {
		t.Errorf("%+v, want version %d", manifest, markdown.Version)
	}
	if strings.Join(hook.Input, " ") != "content" || strings.Join(hook.Prefilter, " ") != "mark" {
		t.Errorf("%+v", hook)
	}
}

// maxCompressed bounds what the plugin adds to the binary.
const maxCompressed = 3 << 20

func TestSize(t *testing.T) {
	wasm := guesttest.ForTest(t, ".")
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Write(wasm); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes, %d compressed", len(wasm), b.Len())
	if b.Len() > maxCompressed {
		t.Errorf("%d bytes compressed, want %d at most", b.Len(), maxCompressed)
	}
}

// ask has the plugin render a content.
func ask(t testing.TB, plugin *guesttest.Instance, content string) string {
	t.Helper()
	input, err := json.Marshal(map[string]string{"content": content})
	if err != nil {
		t.Fatal(err)
	}
	output, code, err := plugin.Call(guesttest.Render, input)
	if err != nil || code != 0 {
		t.Fatalf("%q: code %d, %v, %s", content, code, err, output)
	}
	var answer struct{ HTML *string }
	if err := json.Unmarshal(output, &answer); err != nil || answer.HTML == nil {
		t.Fatalf("%q: %v: %s", content, err, output)
	}
	return *answer.HTML
}

func start(t testing.TB) *guesttest.Instance {
	plugin := guesttest.Start(t, guesttest.ForTest(t, "."))
	plugin.MaxOutput = 512 << 10 // the ABI's for this hook
	return plugin
}

// The plugin gives what the same code gives natively, byte for byte.
func TestPluginIsTheNativeRenderer(t *testing.T) {
	plugin := start(t)
	contents := append(examples(t), known...)
	random := rand.New(rand.NewPCG(1, 2))
	for len(contents) < 11_000 {
		contents = append(contents, talk(random))
	}
	long := 0
	for _, in := range contents {
		want := markdown.HTML(in)
		if got := ask(t, plugin, in); got != want {
			t.Fatalf("%q\nplugin %s\nnative %s", in, got, want)
		}
		if _, plain := markdown.Plain(in); !plain {
			long++
		}
	}
	if long < 10_000 {
		t.Errorf("only %d of %d contents reach the parser", long, len(contents))
	}
	t.Logf("%d contents, %d of them by the parser; %d KiB of memory", len(contents), long, plugin.MemoryBytes()>>10)
}

// examples are those of the specifications.
func examples(t *testing.T) []string {
	t.Helper()
	var contents []string
	for _, file := range []string{"commonmark.json", "gfm.json"} {
		raw, err := os.ReadFile("../../render/markdown/testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		var list []struct{ Markdown string }
		if err := json.Unmarshal(raw, &list); err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			contents = append(contents, e.Markdown)
		}
	}
	return contents
}

// known are contents at the bounds, and of characters that encodings like to break.
var known = []string{"", "\n", strings.Repeat("*a* ", 4000), strings.Repeat("> ", 8000), strings.Repeat("|a|\n|-|\n", 2000), strings.Repeat("<@1>", 250), strings.Repeat("&\"", 8000), strings.Repeat("[a](", 4000),
	"\u2028*\u2029*", "*\"\\u0041\\\"*", "*\x00\x1b*", "*👋🏽 ﷽ \U0010FFFF*", "`\ufeff`", "*é́*", "</script>*", strings.Repeat("👋*", 3000)}

// pieces are what messages are made of.
var pieces = []string{"hello", "on se retrouve à 18h", "c'est", "the build", "fails", "again", "**important**", "*vraiment*", "_snake_case_", "~~non~~", "||spoiler||", "`go test ./...`", "<@1234567890123456789>", "<@&7>", "<#5>", "@everyone", "@here",
	"https://example.org/a_b?c=d&e=f#g", "www.example.org/x", "(see http://a.b/c_(d))", "[docs](https://example.org \"t\")", "![cat](https://example.org/c.png)", "[no](javascript:x)", "👋🏽", "日本語", "<b>html</b>", "&amp;", "1 < 2 && 3 > 2", "\\*", "|", "||", "*", "**", "_", "`", "```", "~~",
	"\n", "\n\n", "\n- ", "\n- [x] ", "\n- [ ] ", "\n1. ", "\n> ", "\n# ", "\n### ", "\n---\n", "\n```go\nif a < b {\n\treturn \"x\"\n}\n```\n", "\n|a|b|\n|:-|-:|\n|1|*2*|\n", "\n    ", "\t", "  \n", "\\\n", "[", "]", "](", "<", ">", "@", "#", ":", ".", "!", "'", "\"", "…", "«", "»"}

// talk makes a content of 1 to 40 pieces.
func talk(random *rand.Rand) string {
	var b strings.Builder
	for range 1 + random.IntN(40) {
		b.WriteString(pieces[random.IntN(len(pieces))])
		if random.IntN(3) > 0 {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// Messages of 200 bytes and 2 KB, as people write them.
var (
	short = "**Release 1.4** is out, see https://example.org/notes/1.4 :\n- faster *search* and `beep doctor`\n- thanks <@1234567890123456789> for the fix of the nasty thing from yesterday evening, it was a hard one!"
	large = strings.Repeat(short+"\n\n", 9) + "```go\nfunc main() {\n\tfmt.Println(\"hello\", a < b && c > d)\n}\n```\n> quoted *text* of someone\n> who wrote [two](https://example.org) lines"
)

func BenchmarkRender(b *testing.B) {
	plugin := start(b)
	for _, c := range []struct{ name, in string }{{"200 B", short}, {"2 KB", large}} {
		input, err := json.Marshal(map[string]string{"content": c.in})
		if err != nil {
			b.Fatal(err)
		}
		b.Run("native "+c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				markdown.HTML(c.in)
			}
		})
		b.Run("plugin "+c.name, func(b *testing.B) {
			for b.Loop() {
				if _, code, err := plugin.Call(guesttest.Render, input); code != 0 || err != nil {
					b.Fatal(code, err)
				}
			}
		})
	}
}
