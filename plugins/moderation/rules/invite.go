package rules

import "strings"

// invites stops links that invite to other servers.
type invites struct {
	rule  *rule
	codes map[string]bool // that stay welcome
}

// inviteHosts are sites whose every address is an invite. All others, Beep's hosts and discord.com among them, have invites
// below invitePath.
var inviteHosts = []string{"discord.gg/", "dsc.gg/", "discord.me/", "invite.gg/"}

const invitePath = "/invite/"

// Bounds of a code.
const (
	minCode = 2
	maxCode = 64
)

// judgeInvites looks for invites, with a scheme before them or not.
func (j *Judge) judgeInvites() {
	if j.invites == nil || j.found.rejected() || !strings.ContainsAny(j.found.text, "/&") {
		return
	}
	j.eachView(func() {
		v := j.view.text
		for i := 0; !j.found.done(j.invites.rule); i++ {
			next := strings.IndexByte(v[i:], '/')
			if next < 0 {
				return
			}
			i += next
			if n := len(invitePath); len(v)-i > n && strings.EqualFold(v[i:i+n], invitePath) && i > 0 && inAddress(v[i-1]) {
				j.invite(i, i+n)
			}
			for _, host := range inviteHosts {
				if start := i + 1 - len(host); start >= 0 && strings.EqualFold(v[start:i+1], host) && (start == 0 || !isHostByte(v[start-1])) {
					j.invite(start, i+1)
				}
			}
		}
	})
}

func isHostByte(c byte) bool {
	return classes[c] == classLetter || classes[c] == classDigit || c == '-'
}

func inAddress(c byte) bool { return isHostByte(c) || c >= 0x80 || strings.IndexByte("#/.:]_", c) >= 0 }

// invite judges the invite that is marked at start and whose code begins at code.
func (j *Judge) invite(start, code int) {
	v, rule := j.view.text, j.invites.rule
	for code < len(v) && v[code] == '/' {
		code++
	}
	end := code
	for end < len(v) && end-code <= maxCode && isCodeByte(v[end]) {
		end++
	}
	if end-code < minCode || end-code > maxCode || j.invites.codes[v[code:end]] {
		return
	}
	from := start
	for from > 0 && start-from < maxHostBytes && (inAddress(v[from-1])) {
		from--
	}
	sp := j.view.span(from, end)
	if !j.found.covered(sp) {
		j.found.add(rule, sp)
	}
}

func isCodeByte(c byte) bool { return isHostByte(c) || c == '_' || c == '%' }

// inviteCode gives the code of an entry of the list: itself, or what a link ends in.
func inviteCode(entry string) (string, bool) {
	code := strings.TrimSpace(entry)
	code, _, _ = strings.Cut(code, "?")
	code = strings.TrimRight(code, "/")
	code = code[strings.LastIndexByte(code, '/')+1:]
	for i := 0; i < len(code); i++ {
		if !isCodeByte(code[i]) {
			return "", false
		}
	}
	return code, len(code) >= minCode && len(code) <= maxCode
}
