package wire

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// members reads all of a text, strings and booleans by their methods.
func members(text string) (map[string]any, error) {
	found := map[string]any{}
	r := Read(text)
	for r.Next() {
		name := r.Name()
		switch r.peek() {
		case '"':
			found[name] = r.String()
		case 't', 'f':
			found[name] = r.Bool()
		default:
			found[name] = json.RawMessage(r.Raw())
		}
	}
	return found, r.Err()
}

// same is what encoding/json finds.
func same(text string) (map[string]any, error) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		return nil, err
	}
	if raw == nil { // null, which encoding/json takes for any type
		return nil, &Error{}
	}
	found := map[string]any{}
	for name, value := range raw {
		var v any
		if err := json.Unmarshal(value, &v); err != nil {
			return nil, err
		}
		switch v.(type) {
		case string, bool:
			found[name] = v
		default:
			found[name] = value
		}
	}
	return found, nil
}

// depth is how deep brackets outside of strings nest.
func depth(text string) int {
	most, now, inside := 0, 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inside && c == '\\':
			i++
		case c == '"':
			inside = !inside
		case !inside && (c == '{' || c == '['):
			now++
			most = max(most, now)
		case !inside && (c == '}' || c == ']'):
			now--
		}
	}
	return most
}

// differ says how the two readers differ, "" if they do not.
func differ(text string) string {
	got, err := members(text)
	want, wantErr := same(text)
	switch {
	case err != nil && wantErr == nil && depth(text) <= MaxDepth:
		return "refused: " + err.Error()
	case err == nil && wantErr != nil:
		return "taken, though " + wantErr.Error()
	case err != nil:
		return ""
	}
	if len(got) != len(want) {
		return "another number of members"
	}
	for name, value := range want {
		g, w := got[name], value
		if raw, ok := w.(json.RawMessage); ok {
			other, ok := g.(json.RawMessage)
			if !ok || string(other) != string(raw) {
				return "member " + name
			}
		} else if g != w {
			return "member " + name
		}
	}
	return ""
}

var texts = []string{
	``, `{}`, `{ }`, `[]`, `null`, `"x"`, `{"a":1}`, `{"a":"b","c":true,"d":false,"e":null}`, `{"a":1,}`, `{,}`, `{"a"}`, `{"a":}`, `{"a" 1}`, `{1:2}`,
	`{"a":[]}`, `{"a":[1,2,[3,{"b":[{}]}]],"c":{"d":{"e":[]}}}`, `{"a":[1,]}`, `{"a":[,1]}`, `{"a":[1 2]}`, `{"a":{"b":1,}}`, `{"a":{"b"}}`, `{"a":{b:1}}`, `{"a":[}]`,
	`{"a":[}]}`, `{"a":{]}}`, `{"a":0}`, `{"a":-0.1e+10}`, `{"a":01}`, `{"a":-}`, `{"a":1.}`, `{"a":.5}`, `{"a":1e}`, `{"a":+1}`, `{"a":1E-7}`, `{"a":tru}`, `{"a":nul}`, `{"a":falsey}`,
	`{"a":"\u00e9\ud83d\ude00\uD83D\uDE00\ud83d\ude00x\ud83d\n\ude00\ud83d\ud83d\ude00"}`, `{"a":"\u12g4"}`, `{"a":"\u123"}`, `{"a":"\x"}`, `{"a":"\`, `{"a":"`, `{"a":"b`, "{\"a\":\"\x01\"}",
	"{\"a\":\"\x7f\xff\xc3\x28é\"}", "{\"\xff\":1}", "{\"a\":\"\\n\xff\"}", `{"a":1}{}`, `{"a":1} x`, " {\t\"a\"\r:\n\"b\" } ", "\ufeff{}", `{"\u0061":1,"a":2}`, `{"":""}`, "{\"a\":\"b\"\x00}",
	`{"a":` + strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth) + `}`,
	`{"a":` + strings.Repeat(`{"a":`, MaxDepth) + "1" + strings.Repeat("}", MaxDepth) + `}`,
	`{"a":` + strings.Repeat(`[{"a":`, MaxDepth/2-1) + "[{}]" + strings.Repeat("}]", MaxDepth/2-1) + `}`,
}

func TestReaderAgreesWithEncodingJSON(t *testing.T) {
	for _, text := range texts {
		if d := differ(text); d != "" {
			t.Errorf("%q: %s", text, d)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, text := range texts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if d := differ(text); d != "" {
			t.Errorf("%q: %s", text, d)
		}
	})
}

func TestDepthIsBounded(t *testing.T) {
	for _, open := range []string{"[", `{"a":`} {
		for _, n := range []int{MaxDepth, MaxDepth + 1, 10 << 20} {
			closed := strings.Repeat(open, n)
			if n < 10<<20 {
				closing := map[string]string{"[": "]", `{"a":`: "}"}[open]
				closed += "1" + strings.Repeat(closing, n)
			}
			_, err := members(`{"x":` + closed + `}`)
			if (err == nil) != (n == MaxDepth) {
				t.Errorf("%d times %s: %v", n, open, err)
			}
			if n > MaxDepth && !strings.Contains(err.Error(), "too deep") {
				t.Errorf("%d times %s: %v", n, open, err)
			}
		}
	}
}

func TestWrongTypesAreRefused(t *testing.T) {
	r := Read(`{"a":7}`)
	if r.Next(); r.String() != "" || r.Err() == nil || r.Next() {
		t.Error("a number was taken for a string")
	}
	r = Read(`{"a":"true"}`)
	if r.Next(); r.Bool() || r.Err() == nil || r.Next() {
		t.Error("a string was taken for a boolean")
	}
	if got, want := r.Err().Error(), "JSON at byte 5: true or false was expected"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestNullIsNothing(t *testing.T) {
	r := Read(`{"a":null,"b":null}`)
	if !r.Next() || r.String() != "" || !r.Next() || r.Bool() || r.Next() || r.Err() != nil {
		t.Error(r.Err())
	}
}

// TestPlainStringsAreNotCopied: a Reader allocates nothing unless there are escapes.
func TestPlainStringsAreNotCopied(t *testing.T) {
	text := `{"server":"1","edit":false,"content":"héllo 😀","newer":[1,{"a":2}]}`
	n := testing.AllocsPerRun(100, func() {
		r := Read(text)
		for r.Next() {
			if r.peek() == '"' {
				_ = r.String()
			} else {
				r.Skip()
			}
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "plain", "\"\\\n\r\t\x00\x1f\x7f", "é😀\u2028", "\xff\xc3", "a\xffb\"c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var got string
		if err := json.Unmarshal(AppendString(nil, s), &got); err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		want := s
		if !utf8.ValidString(s) {
			want = string([]rune(s))
		}
		if got != want {
			t.Errorf("%q became %q", s, got)
		}
		r := Read(string(append(AppendString([]byte(`{"a":`), s), '}')))
		if !r.Next() || r.String() != want || r.Next() || r.Err() != nil {
			t.Errorf("%q is not read back: %v", s, r.Err())
		}
	})
}
