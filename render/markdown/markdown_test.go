package markdown

import (
	"strings"
	"testing"
	"testing/quick"
	"unicode"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/messages"
)

func TestHTML(t *testing.T) {
	const attrs = ` rel="noopener noreferrer nofollow" target="_blank"`
	cases := []struct{ name, in, want string }{
		{"empty", "", ""},
		{"blank", " \n\t\n", ""},
		{"word", "hello", "<p>hello</p>"},
		{"accents", "ça va, Zoé ? 👋", "<p>ça va, Zoé ? 👋</p>"},
		{"quotes", `it's "me" & you`, "<p>it&#39;s &#34;me&#34; &amp; you</p>"},
		{"line break", "a\nb", "<p>a<br>b</p>"},
		{"line break by blanks", "a  \nb", "<p>a<br>b</p>"},
		{"line break by backslash", "a\\\nb", "<p>a<br>b</p>"},
		{"paragraphs", "a\n\n\nb", "<p>a</p><p>b</p>"},
		{"strong and em", "**a** *b* __c__ _d_ ***e***", "<p><strong>a</strong> <em>b</em> <strong>c</strong> <em>d</em> <em><strong>e</strong></em></p>"},
		{"inside a word", "snake_case_name", "<p>snake_case_name</p>"},
		{"strikethrough", "~~a~~ ~b~ ~~~c~~~", "<p><del>a</del> ~b~ ~~~c~~~</p>"},
		{"spoiler", "||a|| || b || |c| |||d|||", `<p><span class="spoiler">a</span> <span class="spoiler"> b </span> |c| |||d|||</p>`},
		{"spoiler with markup", "||**a** <@1>||", `<p><span class="spoiler"><strong>a</strong> <span class="mention" data-user="1">@1</span></span></p>`},
		{"spoiler unmatched", "a || b", "<p>a || b</p>"},
		{"escapes", `\*a\* \<@1> \|\|b\|\| \\ \d`, `<p>*a* &lt;@1&gt; ||b|| \ \d</p>`},
		{"entities stay", "&lt;b&gt; &copy;", "<p>&amp;lt;b&amp;gt; &amp;copy;</p>"},
		{"html is text", "<b>a</b>\n<script>x</script>", "<p>&lt;b&gt;a&lt;/b&gt;<br>&lt;script&gt;x&lt;/script&gt;</p>"},
		{"html block is text", "<div>\n\n*a*\n</div>", "<p>&lt;div&gt;</p><p><em>a</em><br>&lt;/div&gt;</p>"},
		{"comment is text", "<!-- a -->", "<p>&lt;!-- a --&gt;</p>"},
		{"less than", "1 < 2 > 0", "<p>1 &lt; 2 &gt; 0</p>"},

		{"mention of a user", "hi <@123>!", `<p>hi <span class="mention" data-user="123">@123</span>!</p>`},
		{"mention of a role", "<@&9223372036854775807>", `<p><span class="mention" data-role="9223372036854775807">@9223372036854775807</span></p>`},
		{"mention of a channel", "<#5>", `<p><span class="mention" data-channel="5">#5</span></p>`},
		{"mention of all", "@everyone, @here", `<p><span class="mention" data-everyone="everyone">@everyone</span>, <span class="mention" data-everyone="here">@here</span></p>`},
		{"mention of all in any case, before punctuation", "@Everyone. (@HERE)", `<p><span class="mention" data-everyone="everyone">@everyone</span>. (<span class="mention" data-everyone="here">@here</span>)</p>`},
		{"no mention of all inside words", "a@here.org @heretic @everyone.x é@everyone .@here @hereé", "<p>a@here.org @heretic @everyone.x é@everyone .@here @hereé</p>"},
		{"mention of all between other characters than letters", "👋@here «@everyone» —@here…", `<p>👋<span class="mention" data-everyone="here">@here</span> «<span class="mention" data-everyone="everyone">@everyone</span>» —<span class="mention" data-everyone="here">@here</span>…</p>`},
		{"no mention of bad ids", "<@0> <@01> <@-1> <@> <@a> <@9223372036854775808> <@!1> <@1 >", "<p>&lt;@0&gt; &lt;@01&gt; &lt;@-1&gt; &lt;@&gt; &lt;@a&gt; &lt;@9223372036854775808&gt; &lt;@!1&gt; &lt;@1 &gt;</p>"},
		{"no mention in code", "`<@1> @everyone`", "<p><code>&lt;@1&gt; @everyone</code></p>"},
		{"no mention in a block", "```\n<@1>\n```", "<pre><code>&lt;@1&gt;\n</code></pre>"},
		{"typed names are text", "@alice #general", "<p>@alice #general</p>"},

		{"heading", "# a\n## b\n### c", "<h1>a</h1><h2>b</h2><h3>c</h3>"},
		{"deep heading", "###### a", "<h3>a</h3>"},
		{"empty heading", "##", "<p>##</p>"},
		{"no heading", "#a\n####### b", "<p>#a<br>####### b</p>"},
		{"no setext heading", "a\n===\nb\n---", "<p>a<br>===<br>b</p><hr>"},
		{"quote", "> a\n> b\n\nc", "<blockquote><p>a<br>b</p></blockquote><p>c</p>"},
		{"bullets", "- a\n- b\n  - c", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>"},
		{"numbers", "1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"},
		{"numbers from", "7) a", `<ol start="7"><li>a</li></ol>`},
		{"loose list", "- a\n\n- b", "<ul><li><p>a</p></li><li><p>b</p></li></ul>"},
		{"task list", "- [x] a\n- [ ] *b*\n1. [X]\tc", "<ul><li>☑ a</li><li>☐ <em>b</em></li></ul><ol><li>☑\tc</li></ol>"},
		{"no task elsewhere", "[x] a\n- a [x] b\n- [y] c\n- [x]d\n- [ ]", "<p>[x] a</p><ul><li>a [x] b</li><li>[y] c</li><li>[x]d</li><li>[ ]</li></ul>"},
		{"no task in the middle of an item", "- a\n\n  [x] b", "<ul><li><p>a</p><p>[x] b</p></li></ul>"},
		{"task that is a link", "- [x](http://a.b)", `<ul><li><a href="http://a.b"` + attrs + `>x</a></li></ul>`},
		{"rule", "a\n\n---", "<p>a</p><hr>"},
		{"indented is no code", "    a\n    b", "<p>a<br>b</p>"},
		{"code", "`` a ` b ``", "<p><code>a ` b</code></p>"},
		{"code with a line break", "`a\nb`", "<p><code>a b</code></p>"},
		{"code keeps markup", "`**a** \\* &lt;`", `<p><code>**a** \* &amp;lt;</code></p>`},
		{"block of code", "```go\nif a < b {\n\n}\n```\nx", "<pre><code class=\"language-go\">if a &lt; b {\n\n}\n</code></pre><p>x</p>"},
		{"block of tildes", "~~~ c++ x\na\n~~~", "<pre><code class=\"language-c++\">a\n</code></pre>"},
		{"block with a bad language", "```a\"b\nx\n```", "<pre><code>x\n</code></pre>"},
		{"block left open", "```\na", "<pre><code>a\n</code></pre>"},

		{"url", "see https://example.org/a_b_c?d=1&e=2#f.", `<p>see <a href="https://example.org/a_b_c?d=1&amp;e=2#f"` + attrs + `>https://example.org/a_b_c?d=1&amp;e=2#f</a>.</p>`},
		{"url alone", "http://localhost:3000", `<p><a href="http://localhost:3000"` + attrs + `>http://localhost:3000</a></p>`},
		{"url in parentheses", "(https://a.b/c_(d))", `<p>(<a href="https://a.b/c_(d)"` + attrs + `>https://a.b/c_(d)</a>)</p>`},
		{"url in strong", "**https://a.b**", `<p><strong><a href="https://a.b"` + attrs + `>https://a.b</a></strong></p>`},
		{"url in a spoiler", "||https://a.b/c||", `<p><span class="spoiler"><a href="https://a.b/c"` + attrs + `>https://a.b/c</a></span></p>`},
		{"url in angle brackets", "<https://a.b/c>", `<p><a href="https://a.b/c"` + attrs + `>https://a.b/c</a></p>`},
		{"url in capitals", "HTTPS://A.b", `<p><a href="https://A.b"` + attrs + `>HTTPS://A.b</a></p>`},
		{"url inside a word", "xhttp://a.b", "<p>xhttp://a.b</p>"},
		{"url of another scheme", "ftp://a.b javascript://a.b/%0aalert(1)", "<p>ftp://a.b javascript://a.b/%0aalert(1)</p>"},
		{"url without a host", "http:// https://?x", "<p>http:// https://?x</p>"},
		{"www", "see www.a.b/c_d, (Www.é.org)", `<p>see <a href="http://www.a.b/c_d"` + attrs + `>www.a.b/c_d</a>, (<a href="http://Www.%C3%A9.org"` + attrs + `>Www.é.org</a>)</p>`},
		{"www in emphasis and in a label", "*www.a.b* [www.a.b](http://c.d)", `<p><em><a href="http://www.a.b"` + attrs + `>www.a.b</a></em> <a href="http://c.d"` + attrs + `>www.a.b</a></p>`},
		{"no www inside words and addresses", "awww.a www. www... www._ wwww.a me@www.a.b ftp://www.a.b x.www.a.b www\\.a", "<p>awww.a www. www... www._ wwww.a me@www.a.b ftp://www.a.b x.www.a.b www.a</p>"},
		{"mail is text", "a@b.c <a@b.c>", "<p>a@b.c &lt;a@b.c&gt;</p>"},
		{"link", "[**a**](https://a.b \"t\")", `<p><a href="https://a.b"` + attrs + `><strong>a</strong></a></p>`},
		{"link with a label that is a url", "[http://a.b](http://c.d)", `<p><a href="http://c.d"` + attrs + `>http://a.b</a></p>`},
		{"link without a label", "[](http://c.d)", `<p><a href="http://c.d"` + attrs + `>http://c.d</a></p>`},
		{"link in a link", "[a [b](http://c.d)](http://e.f)", `<p>[a <a href="http://c.d"` + attrs + `>b</a>](<a href="http://e.f"` + attrs + `>http://e.f</a>)</p>`},
		{"link that is not allowed", "[*a*](javascript:x) [b](/c) [d]()", "<p>[<em>a</em>](javascript:x) [b](/c) [d]()</p>"},
		{"image", "![cat](https://a.b/c.png)", `<p><a href="https://a.b/c.png"` + attrs + `>cat</a></p>`},
		{"image without a text", "![](https://a.b/c.png)", `<p><a href="https://a.b/c.png"` + attrs + `>https://a.b/c.png</a></p>`},
		{"image in a link", "[![a](http://b.c)](http://d.e)", `<p><a href="http://d.e"` + attrs + `>a</a></p>`},
		{"definition is text", "[a]: http://b.c\n\n[a]", `<p>[a]: <a href="http://b.c"` + attrs + `>http://b.c</a></p><p>[a]</p>`},

		{"table", "|a|b|\n|:-|-:|\n|1|2|\n|3|", `<table><thead><tr><th align="left">a</th><th align="right">b</th></tr></thead><tbody><tr><td align="left">1</td><td align="right">2</td></tr><tr><td align="left">3</td></tr></tbody></table>`},
		{"no table without a pipe", "a\n:-", "<p>a<br>:-</p>"},

		{"bad utf-8", "a\xffb", "<p>a\uFFFDb</p>"},
		{"control characters", "a\x00b\x1bc\r\nd\re", "<p>abc<br>d<br>e</p>"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := HTML(c.in); got != c.want {
				t.Fatalf("%q\n got %s\nwant %s", c.in, got, c.want)
			}
			checkHTML(t, c.in)
		})
	}
}

// checkHTML holds what is true of every content: the short cut agrees with the long way, nothing vanishes, and the size is
// bounded. (Package render holds that its sanitiser finds nothing to do.)
func checkHTML(t *testing.T, in string) {
	t.Helper()
	out := HTML(in)
	if slow := whole(in); out != slow {
		t.Fatalf("%q\nshort cut %s\nlong way  %s", in, out, slow)
	}
	if out == "" && strings.Trim(clean(in), " \t\n") != "" {
		t.Fatalf("%q vanishes", in)
	}
	if limit := 20*len(in) + 256; len(out) > limit {
		t.Fatalf("%d bytes of content became %d, more than %d", len(in), len(out), limit)
	}
}

// The plugin cannot ask package core; what it says instead must be the same.
func TestNamesAndIDsAgreeWithCore(t *testing.T) {
	for c := rune(-1); c <= unicode.MaxRune+1; c++ {
		if isNameRune(c) != messages.IsNameRune(c) {
			t.Fatalf("%U: %v here, %v in core", c, isNameRune(c), messages.IsNameRune(c))
		}
	}
	for _, s := range []string{"", "0", "1", "01", "-1", "+1", "1a", "1_0", "0x1", " 1", "9223372036854775807", "9223372036854775808", "99999999999999999999", "１"} {
		if _, err := core.ParseID[any](s); isID(s) != (err == nil) {
			t.Errorf("%q is an id here %v, in core %v", s, isID(s), err)
		}
	}
}

// plainish are pieces that make content near the border of the short cut.
var plainish = []string{"a", "word", " ", "  ", "\n", "\n\n", "#", "# ", ">", "-", "- ", "+", "1", "1.", "12) ", "=", "===", "'", `"`, "&", "&amp;",
	":", "://", "http", "https://", "https://a.b", "@", "@here", "@every", "@everyone", "www", "www.", "Www.a", ".", "é", "\u00a0", "\u2028", "\ufeff", "\t", "!", "]", "}", "\xff", "\r", "\x00", "0123456789", "."}

func TestShortCutAgreesWithTheLongWay(t *testing.T) {
	answered := 0
	property := func(picks []uint8) bool {
		var b strings.Builder
		for _, p := range picks {
			b.WriteString(plainish[int(p)%len(plainish)])
			if _, ok := Plain(b.String()); ok {
				answered++
				checkHTML(t, b.String())
			}
		}
		checkHTML(t, b.String())
		return true
	}
	if err := quick.Check(property, &quick.Config{MaxCount: 300}); err != nil {
		t.Fatal(err)
	}
	if answered < 300 {
		t.Fatalf("the short cut answered %d times only: the test tests nothing", answered)
	}
}

func TestShortCutTakesOrdinaryMessages(t *testing.T) {
	for _, in := range []string{"hello", "on se voit à 10h30 ?", "12 people: yes, no & maybe (or not)!", "a\nb\n\nc", "mail me: a@b.c", "v1.2, www or not...", "- no", "#general is here", "\n"} {
		_, ok := Plain(in)
		if want := !strings.HasPrefix(in, "#") && !strings.HasPrefix(in, "-"); ok != want {
			t.Errorf("%q: short cut %v, want %v", in, ok, want)
		}
	}
}

func FuzzHTML(f *testing.F) {
	for _, seed := range []string{"a *b* `c`", "> - 1. ```x\ny", "|a|b|\n|-|-|\n|`\\|`|2|", "[a](http://b.c) ![d](<http://e f>)", "- [x] a\n1. [ ] www.a.b", "||a||~~b~~<@1><@&2><#3>@here",
		"https://a.b/c_(d)'", "<https://[::1]:80/%20>", "&#x3c;\\&", "# a\n\n##\n***", "a\u00a0\n\u2028b", "http://a%zz http://é.b/?q=ü#é"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) { checkHTML(t, in) })
}
