package rules

import "testing"

func linkRules(mode LinkMode, hosts ...string) Config {
	return Config{Links: Links{Mode: mode, Hosts: hosts, Response: Response{Action: Redact}}}
}

func TestLinks(t *testing.T) {
	deny := func(hosts ...string) Config { return linkRules(LinksDeny, hosts...) }
	allow := func(hosts ...string) Config { return linkRules(LinksAllow, hosts...) }
	for _, c := range []struct {
		name    string
		config  Config
		content string
		want    string // "": the links are welcome
	}{
		{"denied", deny("evil.example"), "see http://evil.example/x?y#z now", "see ███ now"},
		{"others", deny("evil.example"), "https://good.example/evil.example http://notevil.example", ""},
		{"below is another", deny("evil.example"), "http://a.evil.example", ""},
		{"below", deny("*.evil.example"), "http://a.b.evil.example http://evil.example http://xevil.example", "███ ███ http://xevil.example"},
		{"www", deny("evil.example"), "www.evil.example, WWW.Evil.Example http://www.evil.example", "███, ███ ███"},
		{"www in the list", deny("www.evil.example"), "http://evil.example", "███"},
		{"www inside a word", deny("evil.example"), "awww.evil.example", ""},
		{"capitals, dot, port", deny("evil.example"), "HTTP://EVIL.example.:8080/", "███"},
		{"name and password", deny("evil.example"), "http://good.example@evil.example/ http://a:b@evil.example", "███ ███"},
		{"name that is a site", deny("evil.example"), "http://evil.example\\@good.example", "███"},
		{"brackets in the name", deny("evil.example"), "http://good.example(x)@evil.example", "███"},
		{"dot at the end", deny("evil.example"), "http://evil.example./ http://evil.example.", "███ ███"},
		{"in italics", deny("evil.example"), "_http://evil.example_", "_███"},
		{"more slashes", deny("evil.example"), "http:////evil.example", "███"},
		{"Markdown", deny("evil.example"), "[x](http://evil.example/a) <http://evil.example> **http://evil.example**", "[x](███) <███> **███**"},
		{"entity", deny("evil.example"), "[x](http&#58;//evil&period;example) [y](http&#x3A;&sol;/evil.example)", "[x](███) [y](███)"},
		{"backslash", deny("evil.example"), `[x](http\://evil\.example)`, "[x](███)"},
		{"percent", deny("evil.example"), "http://ev%69l.example/", "███"},
		{"full width", deny("evil.example"), "http://ｅvil。example", "███"},
		{"invisible", deny("evil.example"), "http://ev\u200bil.exa\u00admple", "███"},
		{"punycode", deny("bücher.example"), "http://xn--bcher-kva.example http://BÜCHER.example", "███ ███"},
		{"punycode in the list", deny("xn--bcher-kva.example"), "http://bücher.example", "███"},
		{"accents are other sites", deny("bucher.example"), "http://bücher.example", ""},
		{"address in an address", deny("evil.example"), "https://good.example/?to=http://evil.example/", "https://good.example/?to=███"},
		{"bare name", deny("evil.example"), "evil.example", ""},
		{"address pasted", deny("https://evil.example/some/page"), "http://evil.example", "███"},
		{"numbers", deny("10.0.0.1", "[::1]"), "http://10.0.0.1/ http://[::1]:80/", "███ ███"},
		{"allowed", allow("good.example", "*.fine.example"), "http://good.example https://a.fine.example www.good.example", ""},
		{"not allowed", allow("good.example"), "http://good.example http://other.example/ ok", "http://good.example ███ ok"},
		{"not allowed behind a name", allow("good.example"), "http://good.example@other.example", "███"},
		{"not allowed, number", allow("good.example"), "http://good.example@3232235777/", "███"},
		{"none", allow(), "no link: a/b, http://, www. www", ""},
		{"no site", allow("good.example"), "http:// http://... https://?", ""},
		{"other schemes", allow("good.example"), "ftp://a.example mailto:a@b.example", ""},
		{"mail", allow("good.example"), "me@www.other.example", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := compile(t, c.config).Judge("1", c.content)
			if v.Content != c.want || c.want == "" && v.Action != None {
				t.Errorf("judging %q gave %q, want %q (excerpt %q)", c.content, v.Content, c.want, v.Excerpt)
			}
		})
	}
}

func TestInvites(t *testing.T) {
	config := Config{Invites: Invites{Enabled: true, AllowedCodes: []string{"ours42", "https://beep.example/invite/mine"}, Response: Response{Action: Redact}}}
	j := compile(t, config)
	for _, c := range []struct{ content, want string }{
		{"join https://beep.example/#/invite/k3x9Qm2a !", "join ███ !"},
		{"https://beep.example/invite/k3x9Qm2a", "███"},
		{"beep.example/invite/k3x9Qm2a", "███"},
		{"https://discord.gg/abcDEF and discord.gg/xyz", "███ and ███"},
		{"DISCORD.GG/abc discord.gg//abc", "███ ███"},
		{"https://discord.com/invite/abc", "███"},
		{"[x](https://discord.gg/abc)", "[x](███)"},
		{"discord&#46;gg/abc discord.gg\\/abc", "███ ███"},
		{"dis\u200bcord.gg/abc", "███"},
		{"discord.gg/%61bc", "███"},
		{"https://beep.example/invite/ours42?x=1 discord.gg/ours42 https://beep.example/#/invite/mine", ""},
		{"ours42 /invite/x an /invite/page notdiscord.gg/abc discord.gg", ""},
		{"https://example.org/invited/people", ""},
	} {
		v := j.Judge("1", c.content)
		if v.Content != c.want || c.want == "" && v.Action != None {
			t.Errorf("judging %q gave %q, want %q (excerpt %q)", c.content, v.Content, c.want, v.Excerpt)
		}
	}
}
