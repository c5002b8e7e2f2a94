package rules

// Text is one text in several languages, by language code. It is made once and never changed.
type Text map[string]string

func text(en, fr string) Text { return Text{"en": en, "fr": fr} }

// What the author of a refused message reads, unless the server wrote a text of its own. None repeats what was met.
var (
	reasonWords       = text("Your message contains a word that is not welcome here.", "Votre message contient un mot qui n'est pas bienvenu ici.")
	reasonExpressions = text("Your message contains something that is not welcome here.", "Votre message contient un passage qui n'est pas bienvenu ici.")
	reasonLinks       = text("Your message contains a link to a site that is not welcome here.", "Votre message contient un lien vers un site qui n'est pas bienvenu ici.")
	reasonInvites     = text("Invites to other servers are not welcome here.", "Les invitations vers d'autres serveurs ne sont pas bienvenues ici.")
	reasonMentions    = text("Your message mentions too many people or roles at once.", "Votre message mentionne trop de personnes ou de rôles à la fois.")
	reasonCapitals    = text("Your message has too many capital letters.", "Votre message contient trop de majuscules.")
)

// reasonOr gives the text of the server, the same in all languages, or the rule's own.
func reasonOr(own string, otherwise Text) Text {
	if own == "" {
		return otherwise
	}
	return text(own, own)
}
