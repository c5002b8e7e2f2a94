// Package rules decides what becomes of a message by the rules a server chose: word lists, expressions, links, invites,
// mentions and capital letters. It knows nothing of WebAssembly and of the SDK; the plugin around it is a few lines.
//
//	judge, problems := rules.Compile(rules.Config{Words: []rules.WordList{{Words: []string{"bad"}}}})
//	verdict := judge.Judge(channel, "so b.a.d")  // reject, by "words[0]"
//
// A text is folded into a stream of letters first, and all words and all literals of expressions are looked for in it in one
// pass; what is found is compared closely, so that "class" and "he'll" stay innocent. Positions in the stream lead back to
// the text, to cover what was met. The strongest action of the rules that are met decides: reject, redact, flag.
//
// It refuses to understand: a word is a word in quotes, in code and in a link too. It refuses to look at other messages, or at
// who writes. Mentions (<@1>) are no text: no word is found in one and none is cut by covering.
//
// Bounds: the constants of limits.go. The time to judge a message grows with its length, with no square in it; see maxWork and
// maxScan for what would otherwise grow. A Judge keeps its buffers and is for one goroutine; judges share nothing that
// changes.
package rules
