// Package wire reads and writes the small, known JSON objects of Beep's plugin calls without reflection.
//
// It owns the grammar: a Reader goes through the members of one object in their order, AppendString writes a string. It
// refuses everything that encoding/json refuses (both are fuzzed against each other), and values nested deeper than
// MaxDepth. It has no opinion about which members there must be: callers skip what they do not know.
//
// A Reader cuts its strings out of the text it was given and copies only those with escapes, so what it returns keeps the
// text alive. It allocates nothing else, and is for one goroutine.
//
//	r := wire.Read(`{"content": "hi", "newer": [1]}`)
//	for r.Next() {
//		switch r.Name() {
//		case "content":
//			content = r.String()
//		default:
//			r.Skip()
//		}
//	}
//	return r.Err()
package wire
