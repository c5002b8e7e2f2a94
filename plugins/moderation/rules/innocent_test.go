package rules

import "testing"

// strict is the kind of list that catches the innocent elsewhere: short words that are parts of others, in both languages.
var strict = []string{
	"ass", "tit", "cock", "cum", "hell", "ill", "sex", "anal", "rape", "coon", "spic", "dick", "shit", "arse", "wank", "nazi", "kill", "god", "hoe", "fag",
	"con", "cul", "bite", "pute", "nul", "salaud", "merde", "cons", "pede", "chier", "bougre", "sot", "rat", "porc", "lot", "wont", "shell", "cant", "ya",
}

var innocent = []string{
	"The class will assess the passage about Scunthorpe and Penistone.",
	"A cocktail at the Hitchcock festival, then a document about circumstances.",
	"He'll say she'll come, we'll see, I'll wait, they can't and won't.",
	"The title of the article: Essex, Sussex and Middlesex.",
	"An analysis of grapes, drapes and therapists.",
	"The raccoon in the cocoon took a spoon of conspicuous spices.",
	"Mishits happen in tennis; the shiitake is fine.",
	"I have 455 messages, 5 $ and a 4-door car; call 1-800-455-1199.",
	"skilled people, a good view, the shoe shop, faggots of twigs... no: bundles",
	"plan b, a d, e.g. i.e. p.s. a.m. p.m. U.S.A.",
	"iPhone 5s, mp3, b2b, 3d, h264, x86-64, v1.2.3, 10h30, 1st 2nd 3rd 4th",
	"push-it, as-set, has-so-much, pass it on",
	"snake_case_name = class.assign(title) // hello_world",
	"Hé, l'assiette est cassée, la concierge calcule la circulation.",
	"Qu'on s'en souvienne : le ratatouille se rature, c'est annulé.",
	"Il y a à manger, n'y a-t-il pas ? Dit-elle d'un ton habituel.",
	"La réputation du député, l'habit et l'arbitre. Il s'habille à l'amphithéâtre.",
	"Computer, disputer, reputer; amputer, imputer.",
	"Sotteville, porcelaine, démocratie, contenu, connaître, seconder.",
	"hello@example.com, @alice, #general, $HOME, !important, wow! yes!! no!1",
	"он сказал: сор и рот, а потом кот.",
	"他说的是什么意思呢",
}

// TestInnocentSentences: whole words, with disguises on, leave ordinary people alone.
func TestInnocentSentences(t *testing.T) {
	j := compile(t, Config{Words: []WordList{{Words: strict}}})
	for _, content := range innocent {
		if v := j.Judge("1", content); v.Action != None {
			t.Errorf("%q is refused for %q", content, v.Excerpt)
		}
	}
}
