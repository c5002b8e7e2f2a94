package config

import (
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
)

// maxSecretBytes bounds a secret that is read from a file.
const maxSecretBytes = 64 << 10

// fileSuffix names the variable that gives a secret by file, as mounted by an orchestrator.
const fileSuffix = "_FILE"

func (l *loader) readEnv(src Source) {
	byName := map[string]*setting{}
	for _, s := range l.tree.settings {
		name := envName(src.EnvPrefix, s.key)
		byName[name] = s
		if s.secret {
			byName[name+fileSuffix] = s
		}
	}
	names := make([]string, 0, len(byName))
	for name := range byName {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, pair := range slices.Sorted(slices.Values(src.Env)) { // sorted: problems come in the same order every time
		name, value, _ := strings.Cut(pair, "=")
		if src.EnvPrefix == "" || !strings.HasPrefix(name, src.EnvPrefix) {
			continue
		}
		s := byName[name]
		switch {
		case s != nil && s.secret && strings.HasSuffix(name, fileSuffix):
			l.setSecretFile(s, name, value)
		case s != nil:
			l.setEnv(s, name, value)
		case src.Ignore == nil || !src.Ignore(name, value):
			l.add(unknown(name, name, "is not a setting", names))
		}
	}
}

func (l *loader) setEnv(s *setting, name, value string) {
	words := []string{value}
	if s.kind.list {
		words = splitList(value)
	} else if value == "" && (!s.kind.quote || s.enum != nil) {
		l.add(Problem{Key: s.key, Where: name, What: "is set but empty", Do: "unset " + name + " to keep the default, or " + s.advice()})
		return
	}
	l.set(s, words, name)
}

func (l *loader) setSecretFile(s *setting, name, path string) {
	text, err := readBounded(path, maxSecretBytes)
	if err != nil {
		l.add(Problem{Key: s.key, Where: name, What: "cannot be read: " + err.Error(), Do: "check the path and its permissions"})
		return
	}
	l.set(s, []string{strings.TrimRight(string(text), "\r\n")}, name)
}

// splitList takes "a, b" apart; nothing gives an empty list.
func splitList(value string) []string {
	words := []string{}
	for w := range strings.SplitSeq(value, ",") {
		if w = strings.TrimSpace(w); w != "" {
			words = append(words, w)
		}
	}
	return words
}

func unknown(key, where, what string, known []string) Problem {
	p := Problem{Key: key, Where: where, What: what, Do: "remove it"}
	if n := nearest(key, known); n != "" {
		p.Do = "did you mean " + n + "?"
	}
	return p
}

var errTooLarge = errors.New("the file is too large")

func readBounded(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > limit {
		return nil, errTooLarge
	}
	return os.ReadFile(path)
}

var serviceLink = regexp.MustCompile(`_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$`)

// ServiceLink recognises the variables that Kubernetes and Docker put into a container for each service beside it
// (APP_SERVICE_HOST, APP_PORT=tcp://10.43.0.7:8080, ...). They are named after a service, which is often the program's own
// name, and would otherwise be refused as unknown settings.
func ServiceLink(name, value string) bool {
	m := serviceLink.FindStringSubmatch(name)
	if m == nil {
		return false
	}
	if m[1] == "PORT" { // a person may well have written APP_PORT=8080: that one has to be told
		return strings.Contains(value, "://")
	}
	return true
}
