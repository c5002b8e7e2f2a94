package rules

// class is what an ASCII character is to a stream.
type class uint8

const (
	classPunct class = iota
	classLetter
	classDigit
	classBlank
	classApostrophe // holds words apart that punctuation would not: "he'll" is no "hell"
	classSign       // may stand for a letter
)

var classes = func() (t [256]class) {
	for c := 'a'; c <= 'z'; c++ {
		t[c], t[c-'a'+'A'] = classLetter, classLetter
	}
	for c := '0'; c <= '9'; c++ {
		t[c] = classDigit
	}
	for c := 0; c <= ' '; c++ {
		t[c] = classBlank
	}
	t[0x7F] = classBlank
	t['\''], t['"'] = classApostrophe, classApostrophe
	t['@'], t['$'], t['!'] = classSign, classSign, classSign
	return t
}()

// maxMention is the length of the longest mention: <@& and > around 20 digits.
const maxMention = 24

// mentionLength is the length of the mention that s begins with, <@1>, <@&1> or <#1>; 0 if there is none.
func mentionLength(s string) int {
	if len(s) < 4 || s[0] != '<' || s[1] != '@' && s[1] != '#' {
		return 0
	}
	i := 2
	if s[1] == '@' && s[2] == '&' {
		i++
	}
	first := i
	for i < len(s) && i < maxMention && classes[s[i]] == classDigit {
		i++
	}
	if i == first || i == len(s) || s[i] != '>' {
		return 0
	}
	return i + 1
}
