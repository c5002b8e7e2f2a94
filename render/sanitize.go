package render

import (
	"regexp"

	"github.com/microcosm-cc/bluemonday"

	"github.com/beep-chat/beep/render/markdown"
)

// sanitizerVersion changes whenever the same HTML may come out of the sanitiser otherwise: with the allow-list or its
// library.
const sanitizerVersion = 1

// newPolicy is the allow-list: exactly what package markdown writes. Everything else is removed, with the
// content of elements such as script and style.
func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "h1", "h2", "h3", "blockquote", "ul", "ol", "li", "pre", "code", "em", "strong", "del",
		"table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("start").Matching(regexp.MustCompile(`^[0-9]{1,9}$`)).OnElements("ol")
	p.AllowAttrs("align").Matching(regexp.MustCompile(`^(left|center|right)$`)).OnElements("th", "td")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^language-[A-Za-z0-9+#._-]{1,32}$`)).OnElements("code")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^(mention|spoiler)$`)).OnElements("span")
	p.AllowAttrs("data-user", "data-role", "data-channel").Matching(regexp.MustCompile(`^[1-9][0-9]{0,18}$`)).OnElements("span")
	p.AllowAttrs("data-everyone").Matching(regexp.MustCompile(`^(everyone|here)$`)).OnElements("span")

	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("rel").Matching(regexp.MustCompile(`^noopener noreferrer nofollow$`)).OnElements("a")
	p.AllowAttrs("target").Matching(regexp.MustCompile(`^_blank$`)).OnElements("a")
	p.AllowRelativeURLs(false)
	p.AllowURLSchemeWithCustomPolicy("http", markdown.HasHost)
	p.AllowURLSchemeWithCustomPolicy("https", markdown.HasHost)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true)
	return p
}
