package demo

import (
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/internal/irc"
)

const maxUsername = 32

// crowd turns nicks into people. The same nicks in the same order give the same people, so that a second run finds them.
type crowd struct {
	list  []Person
	byKey map[string]int // folded nick -> index into list
}

// newCrowd makes a person of every different nick. A nick that is a username as it stands keeps it; the others get what is
// left of them without the letters that usernames do not have, with a number where that is taken.
func newCrowd(nicks []string, reserved ...string) *crowd {
	c := &crowd{byKey: map[string]int{}}
	taken := map[string]bool{}
	for _, r := range reserved {
		taken[r] = true
	}
	for _, exact := range []bool{true, false} {
		for _, nick := range nicks {
			key := irc.FoldNick(nick)
			if _, known := c.byKey[key]; known || exact && (!core.ValidUsername(key) || taken[key]) {
				continue
			}
			name := free(username(key), taken)
			taken[name] = true
			c.byKey[key] = len(c.list)
			c.list = append(c.list, newPerson(name))
		}
	}
	return c
}

// index finds the person of a nick; asking for one that was not given to newCrowd is a programmer's error.
func (c *crowd) index(nick string) int {
	i, ok := c.byKey[irc.FoldNick(nick)]
	if !ok {
		panic("demo: nobody is called " + strconv.Quote(nick))
	}
	return i
}

// username folds a nick to the form of usernames.
func username(nick string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-' {
			return r
		}
		return -1
	}, nick)
	name = name[:min(len(name), maxUsername)]
	if len(name) < 2 {
		name += "_irc"
	}
	return name
}

// free adds a number to a name until it is nobody's.
func free(name string, taken map[string]bool) string {
	if !taken[name] {
		return name
	}
	for n := 2; ; n++ {
		end := strconv.Itoa(n)
		if try := name[:min(len(name), maxUsername-len(end))] + end; !taken[try] {
			return try
		}
	}
}

// newPerson gives a username a first and a last name; always the same ones.
func newPerson(username string) Person {
	h := fnv.New32a()
	_, _ = h.Write([]byte(username)) // never fails
	n := h.Sum32()
	return Person{Username: username, FirstName: firstNames[n%uint32(len(firstNames))], LastName: lastNames[n/64%uint32(len(lastNames))]}
}

var firstNames = strings.Fields(`Ada Adrien Agathe Aïcha Alba Alejandro Amara Amélie Anders Anouk Antoine Asha Astrid Aylin
	Bastien Bianca Björn Camille Carlos Chiara Chloé Clara Daniel Diego Dina Elena Elias Emil Emma Enzo Erik Esther Fatou Félix
	Fiona Florian Gabriel Giulia Hanna Hugo Idris Inès Ingrid Ismaël Ivan Jana João Jonas Julia Kaito Karim Katja Lars Léa Léo
	Lina Louis Lucas Luna Maja Malik Manon Marco Maria Marta Mateo Maya Mehdi Mia Mila Nadia Naomi Nils Noah Noé Nora Olga Omar
	Oscar Paloma Paul Pedro Petra Priya Quentin Rafael Rania Rosa Sami Sara Selma Simon Sofia Stella Tariq Thea Theo Tomás Ulla
	Vera Victor Wanda Yanis Yasmin Youssef Yuki Zoé`)

var lastNames = strings.Fields(`Abadie Adler Alami Almeida Andersen Aubert Bailey Baptiste Barbier Benali Berg Bianchi Blanc
	Bondarenko Carvalho Castro Chen Cohen Colin Costa Dahl Delacroix Diallo Duarte Dubois Durand Eriksen Fabre Fernández
	Ferrari Fischer Fontaine Garnier Gomez Greco Haddad Hansen Haugen Herrera Hoffmann Ibáñez Ivanov Jansen Kaya Keller Kim Koch
	Kovač Kowalski Laurent Lefèvre Lehmann Lindqvist Lopes Magnusson Maillard Marchetti Martin Mendes Meyer Molina Moreau Moretti
	Nguyen Nielsen Novák Okafor Olsen Ortega Papadaki Park Pereira Petit Picard Popescu Ramos Reyes Ricci Rossi Roux Ruiz Sato
	Schmid Sharma Silva Simonsen Suzuki Tanaka Torres Traoré Vasquez Vidal Vogel Weber Winter Wójcik Yılmaz Zanetti Zimmermann`)
