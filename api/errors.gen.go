// Code generated from api/errors.yaml; DO NOT EDIT.

package api

import "github.com/beep-chat/beep/core"

// catalogue is api/errors.yaml in its order.
var catalogue = [...]entry{
	{code: core.CodeInternal, status: 500, retryable: true,
		title:  text{"Something went wrong", "Une erreur est survenue"},
		detail: text{"Beep made a mistake; it has been noted. Please try again in a moment.", "Beep a commis une erreur\u00a0; elle a été notée. Réessayez dans un instant."}},
	{code: core.CodeUnavailable, status: 503, retryable: true,
		title:  text{"Not available right now", "Indisponible pour l’instant"},
		detail: text{"Beep cannot reach what it needs to answer. Nothing was lost; please try again shortly.", "Beep n’arrive pas à joindre ce dont il a besoin pour répondre. Rien n’est perdu\u00a0; réessayez sous peu."}},
	{code: core.CodeStorageFull, status: 503, retryable: true,
		title:  text{"Storage is full", "Stockage plein"},
		detail: text{"There is no room left to save anything new. Reading, signing in and deleting still work.", "Il n’y a plus de place pour enregistrer quoi que ce soit. La lecture, la connexion et la suppression restent possibles."}},
	{code: core.CodeNotFound, status: 404, retryable: false,
		title:  text{"Not found", "Introuvable"},
		detail: text{"This does not exist, or you do not have access to it.", "Cet élément n’existe pas, ou vous n’y avez pas accès."}},
	{code: core.CodeRouteNotFound, status: 404, retryable: false,
		title:  text{"No such address", "Adresse inconnue"},
		detail: text{"There is nothing at this address of the API.", "Il n’y a rien à cette adresse de l’API."}},
	{code: core.CodeMethodNotAllowed, status: 405, retryable: false,
		title:  text{"Method not allowed", "Méthode non autorisée"},
		detail: text{"This address does not answer {method}.", "Cette adresse ne répond pas à {method}."}},
	{code: core.CodeUnauthenticated, status: 401, retryable: false,
		title:  text{"Please sign in", "Connectez-vous"},
		detail: text{"You need to sign in to do this.", "Vous devez vous connecter pour faire cela."}},
	{code: core.CodeInvalidCredentials, status: 401, retryable: false,
		title:  text{"Sign-in failed", "Échec de la connexion"},
		detail: text{"The username, mail address, password or code is wrong.", "Le nom d’utilisateur, l’adresse, le mot de passe ou le code est incorrect."}},
	{code: core.CodeSessionExpired, status: 401, retryable: false,
		title:  text{"Your session has ended", "Votre session est terminée"},
		detail: text{"Please sign in again.", "Veuillez vous reconnecter."}},
	{code: core.CodeRefreshReused, status: 401, retryable: false,
		title:  text{"Your session was closed for safety", "Session fermée par sécurité"},
		detail: text{"A sign-in key was used twice, so the session was closed. Please sign in again.", "Une clé de connexion a servi deux fois\u00a0; la session a été fermée. Veuillez vous reconnecter."}},
	{code: core.CodeAccountNotValidated, status: 403, retryable: false,
		title:  text{"Account not validated yet", "Compte pas encore validé"},
		detail: text{"Open the link in the mail we sent you. You can ask for the mail again.", "Ouvrez le lien du message que nous vous avons envoyé. Vous pouvez demander un nouvel envoi."}},
	{code: core.CodeAccountSuspended, status: 403, retryable: false,
		title:  text{"Account suspended", "Compte suspendu"},
		detail: text{"This account has been suspended. Please contact the people who run this Beep.", "Ce compte a été suspendu. Contactez les personnes qui gèrent ce Beep."}},
	{code: core.CodeForbidden, status: 403, retryable: false,
		title:  text{"Not allowed", "Action non autorisée"},
		detail: text{"You do not have the right to do this here.", "Vous n’avez pas le droit de faire cela ici."}},
	{code: core.CodeStepUpRequired, status: 403, retryable: false,
		title:  text{"Please confirm it is you", "Confirmez votre identité"},
		detail: text{"Enter your password or code again to go on.", "Saisissez à nouveau votre mot de passe ou votre code pour continuer."}},
	{code: core.CodeCrossOrigin, status: 403, retryable: false,
		title:  text{"Request from another site", "Requête d’un autre site"},
		detail: text{"This request came from another website and was refused.", "Cette requête provient d’un autre site et a été refusée."}},
	{code: core.CodeRegistrationClosed, status: 403, retryable: false,
		title:  text{"Registration is closed", "Inscriptions fermées"},
		detail: text{"New accounts cannot be made here at the moment.", "Il n’est pas possible de créer un compte ici pour le moment."}},
	{code: core.CodeRegistrationNeedsInvite, status: 403, retryable: false,
		title:  text{"An invite is needed", "Invitation nécessaire"},
		detail: text{"You need an invite to make an account here.", "Il faut une invitation pour créer un compte ici."}},
	{code: core.CodeSetupTokenInvalid, status: 403, retryable: false,
		title:  text{"Set-up link not valid", "Lien de configuration non valide"},
		detail: text{"This set-up link is wrong or has been used already.", "Ce lien de configuration est incorrect ou a déjà servi."}},
	{code: core.CodeBadJSON, status: 400, retryable: false,
		title:  text{"Not valid JSON", "JSON non valide"},
		detail: text{"The body could not be read as JSON (line {line}, byte {offset}).", "Le corps n’a pas pu être lu comme du JSON (ligne {line}, octet {offset})."}},
	{code: core.CodeBadUTF8, status: 400, retryable: false,
		title:  text{"Not valid UTF-8", "UTF-8 non valide"},
		detail: text{"The body has bytes that are not valid UTF-8 (byte {offset}).", "Le corps contient des octets qui ne sont pas de l’UTF-8 valide (octet {offset})."}},
	{code: core.CodeBadCursor, status: 400, retryable: false,
		title:  text{"Cursor not valid", "Curseur non valide"},
		detail: text{"This list cannot go on from there. Begin again without a cursor.", "Cette liste ne peut pas continuer depuis ce point. Recommencez sans curseur."}},
	{code: core.CodeBadLastEventID, status: 400, retryable: false,
		title:  text{"Last event id not valid", "Dernier identifiant d’événement non valide"},
		detail: text{"The stream cannot go on from this id. Connect again without it.", "Le flux ne peut pas reprendre depuis cet identifiant. Reconnectez-vous sans lui."}},
	{code: core.CodeBodyTooLarge, status: 413, retryable: false,
		title:  text{"Request too large", "Requête trop volumineuse"},
		detail: text{"The request is larger than the {limit} bytes allowed.", "La requête dépasse les {limit} octets autorisés."}},
	{code: core.CodeUnsupportedMediaType, status: 415, retryable: false,
		title:  text{"Only JSON is read here", "Seul le JSON est accepté ici"},
		detail: text{"Send the body as application/json.", "Envoyez le corps en application/json."}},
	{code: core.CodeValidationFailed, status: 422, retryable: false,
		title:  text{"Some fields need another look", "Certains champs sont à revoir"},
		detail: text{"Please correct the fields listed.", "Veuillez corriger les champs indiqués."}},
	{code: core.CodeRequired, status: 422, retryable: false,
		title:  text{"Required", "Obligatoire"},
		detail: text{"This field is required.", "Ce champ est obligatoire."}},
	{code: core.CodeUnknownField, status: 422, retryable: false,
		title:  text{"Unknown field", "Champ inconnu"},
		detail: text{"There is no field of this name here.", "Il n’y a pas de champ de ce nom ici."}},
	{code: core.CodeWrongType, status: 422, retryable: false,
		title:  text{"Wrong type", "Mauvais type"},
		detail: text{"This must be: {want}.", "Ce champ doit être de type\u00a0: {want}."}},
	{code: core.CodeTooShort, status: 422, retryable: false,
		title:  text{"Too short", "Trop court"},
		detail: text{"At least {min} needed.", "Au moins {min} attendu(s)."}},
	{code: core.CodeTooLong, status: 422, retryable: false,
		title:  text{"Too long", "Trop long"},
		detail: text{"At most {max} allowed.", "{max} au maximum."}},
	{code: core.CodeTooSmall, status: 422, retryable: false,
		title:  text{"Too small", "Trop petit"},
		detail: text{"This must be at least {min}.", "La valeur doit être au moins {min}."}},
	{code: core.CodeTooLarge, status: 422, retryable: false,
		title:  text{"Too large", "Trop grand"},
		detail: text{"This must be at most {max}.", "La valeur doit être au plus {max}."}},
	{code: core.CodeBadFormat, status: 422, retryable: false,
		title:  text{"Wrong form", "Format incorrect"},
		detail: text{"This does not have the right form.", "Ce champ n’a pas le bon format."}},
	{code: core.CodeNotAllowedValue, status: 422, retryable: false,
		title:  text{"Not one of the choices", "Choix non proposé"},
		detail: text{"This must be one of: {allowed}.", "La valeur doit être l’une de\u00a0: {allowed}."}},
	{code: core.CodeControlCharacter, status: 422, retryable: false,
		title:  text{"Invisible character", "Caractère invisible"},
		detail: text{"This text has a control character that is not allowed. Only tabs and line breaks are.", "Ce texte contient un caractère de contrôle interdit. Seuls les tabulations et les sauts de ligne sont permis."}},
	{code: core.CodeEmpty, status: 422, retryable: false,
		title:  text{"Nothing there", "Rien à cet endroit"},
		detail: text{"Please write something.", "Veuillez écrire quelque chose."}},
	{code: core.CodeRefusedByPlugin, status: 422, retryable: false,
		title:  text{"Refused by the plugin", "Refusé par le plugin"},
		detail: text{"{message}", "{message}"}},
	{code: core.CodeUsernameTaken, status: 409, retryable: false,
		title:  text{"Username taken", "Nom d’utilisateur déjà pris"},
		detail: text{"Someone already has this username. Please choose another.", "Ce nom d’utilisateur est déjà pris. Choisissez-en un autre."}},
	{code: core.CodeEmailTaken, status: 409, retryable: false,
		title:  text{"Mail address in use", "Adresse déjà utilisée"},
		detail: text{"There is already an account with this mail address.", "Un compte existe déjà avec cette adresse."}},
	{code: core.CodePasswordTooCommon, status: 422, retryable: false,
		title:  text{"Password too common", "Mot de passe trop courant"},
		detail: text{"This password is on the list of the most used ones. Please choose another.", "Ce mot de passe figure parmi les plus utilisés. Choisissez-en un autre."}},
	{code: core.CodePasswordIsIdentity, status: 422, retryable: false,
		title:  text{"Password too easy to guess", "Mot de passe trop facile à deviner"},
		detail: text{"The password must differ from your username, your mail address and the product's name.", "Le mot de passe doit différer de votre nom d’utilisateur, de votre adresse et du nom du produit."}},
	{code: core.CodePasswordWrong, status: 403, retryable: false,
		title:  text{"Wrong password", "Mot de passe incorrect"},
		detail: text{"The password or code is wrong.", "Le mot de passe ou le code est incorrect."}},
	{code: core.CodeIdempotencyMismatch, status: 422, retryable: false,
		title:  text{"Key used for something else", "Clé déjà utilisée pour autre chose"},
		detail: text{"This Idempotency-Key came before with another request.", "Cette clé Idempotency-Key a déjà servi pour une autre requête."}},
	{code: core.CodeNonceTooLong, status: 422, retryable: false,
		title:  text{"Nonce too long", "Nonce trop long"},
		detail: text{"A nonce has at most {max} characters.", "Un nonce compte au plus {max} caractères."}},
	{code: core.CodeMessageRejected, status: 422, retryable: false,
		title:  text{"Message not accepted", "Message refusé"},
		detail: text{"{reason}", "{reason}"}},
	{code: core.CodePluginUnavailable, status: 503, retryable: true,
		title:  text{"Plugin not available", "Plugin indisponible"},
		detail: text{"The plugin {plugin} cannot answer right now. Please try again in a moment.", "Le plugin {plugin} ne peut pas répondre pour l’instant. Réessayez dans un instant."}},
	{code: core.CodeMessageNotEditable, status: 403, retryable: false,
		title:  text{"This message cannot be edited", "Ce message ne peut pas être modifié"},
		detail: text{"Only the author can edit a message, and messages of the system stay as they are.", "Seul l’auteur peut modifier un message\u00a0; ceux du système restent tels quels."}},
	{code: core.CodeReplyNotFound, status: 422, retryable: false,
		title:  text{"Nothing to reply to", "Message d’origine introuvable"},
		detail: text{"The message you are replying to is gone.", "Le message auquel vous répondez n’existe plus."}},
	{code: core.CodeRateLimited, status: 429, retryable: true,
		title:  text{"Too Many Requests", "Trop de requêtes"},
		detail: text{"You are going a little fast. Try again in {retry_after_s} s.", "Vous allez un peu vite. Réessayez dans {retry_after_s} s."}},
	{code: core.CodeTooManyStreams, status: 429, retryable: true,
		title:  text{"Too many connections", "Trop de connexions"},
		detail: text{"You have {limit} live connections open already. Close one and try again.", "Vous avez déjà {limit} connexions ouvertes. Fermez-en une et réessayez."}},
	{code: core.CodeServersLimit, status: 422, retryable: false,
		title:  text{"Too many servers", "Trop de serveurs"},
		detail: text{"You can be in at most {limit} servers. Leave one first.", "Vous pouvez être membre de {limit} serveurs au plus. Quittez-en un d’abord."}},
	{code: core.CodeChannelsLimit, status: 422, retryable: false,
		title:  text{"Too many channels", "Trop de salons"},
		detail: text{"A server can have at most {limit} channels.", "Un serveur peut compter {limit} salons au plus."}},
	{code: core.CodeInvitesLimit, status: 422, retryable: false,
		title:  text{"Too many invites", "Trop d’invitations"},
		detail: text{"A server can have at most {limit} invites. Revoke one first.", "Un serveur peut compter {limit} invitations au plus. Révoquez-en une d’abord."}},
	{code: core.CodeOwnerCannotLeave, status: 409, retryable: false,
		title:  text{"The owner cannot leave", "Le propriétaire ne peut pas partir"},
		detail: text{"Hand the server over or delete it before you leave.", "Transmettez le serveur ou supprimez-le avant de le quitter."}},
	{code: core.CodeAlreadyMember, status: 409, retryable: false,
		title:  text{"Already a member", "Déjà membre"},
		detail: text{"You are already in this server.", "Vous faites déjà partie de ce serveur."}},
	{code: core.CodeInviteInvalid, status: 404, retryable: false,
		title:  text{"Invite not valid", "Invitation non valide"},
		detail: text{"This invite does not exist or was revoked.", "Cette invitation n’existe pas ou a été révoquée."}},
	{code: core.CodeInviteUsedUp, status: 410, retryable: false,
		title:  text{"Invite used up", "Invitation épuisée"},
		detail: text{"This invite was used as often as it may be. Ask for a new one.", "Cette invitation a été utilisée autant de fois que prévu. Demandez-en une autre."}},
	{code: core.CodeInviteExpired, status: 410, retryable: false,
		title:  text{"Invite expired", "Invitation expirée"},
		detail: text{"This invite is no longer valid. Ask for a new one.", "Cette invitation n’est plus valable. Demandez-en une autre."}},
	{code: core.CodeBanned, status: 403, retryable: false,
		title:  text{"You are banned here", "Vous êtes banni ici"},
		detail: text{"You have been banned from this server.", "Vous avez été banni de ce serveur."}},
	{code: core.CodeVersionConflict, status: 412, retryable: false,
		title:  text{"Changed in the meantime", "Modifié entre-temps"},
		detail: text{"Someone else changed this just now. Load it again and repeat your change.", "Quelqu’un d’autre vient de modifier cet élément. Rechargez-le et recommencez."}},
	{code: core.CodeChannelNotText, status: 422, retryable: false,
		title:  text{"Not a text channel", "Pas un salon textuel"},
		detail: text{"Messages can only be sent in text channels.", "Les messages ne peuvent être envoyés que dans les salons textuels."}},
	{code: core.CodeParentNotCategory, status: 422, retryable: false,
		title:  text{"Not a folder", "Pas un dossier"},
		detail: text{"A channel can only be put into a folder of the same server.", "Un salon ne peut être placé que dans un dossier du même serveur."}},
	{code: core.CodeTicketInvalid, status: 401, retryable: false,
		title:  text{"Ticket not valid", "Ticket non valide"},
		detail: text{"This connection ticket is wrong or too old. Ask for a new one.", "Ce ticket de connexion est incorrect ou trop ancien. Demandez-en un autre."}},
	{code: core.CodeTicketUsed, status: 401, retryable: false,
		title:  text{"Ticket already used", "Ticket déjà utilisé"},
		detail: text{"This connection ticket has been used. Ask for a new one.", "Ce ticket de connexion a déjà servi. Demandez-en un autre."}},
	{code: core.CodeBusy, status: 503, retryable: true,
		title:  text{"Busy right now", "Beaucoup de monde"},
		detail: text{"Many people are arriving at once. Try again in a few seconds.", "Beaucoup de monde arrive en même temps. Réessayez dans quelques secondes."}},
	{code: core.CodeShuttingDown, status: 503, retryable: true,
		title:  text{"Restarting", "Redémarrage"},
		detail: text{"Beep is restarting. Try again in a few seconds.", "Beep redémarre. Réessayez dans quelques secondes."}},
	{code: core.CodeConfigInvalid, status: 500, retryable: false,
		title:  text{"Configuration not valid", "Configuration non valide"},
		detail: text{"The configuration of this Beep has a mistake: {reason}", "La configuration de ce Beep comporte une erreur\u00a0: {reason}"}},
}

// place is where a code is in the catalogue.
func place(code core.Code) (int, bool) {
	switch code {
	case core.CodeInternal:
		return 0, true
	case core.CodeUnavailable:
		return 1, true
	case core.CodeStorageFull:
		return 2, true
	case core.CodeNotFound:
		return 3, true
	case core.CodeRouteNotFound:
		return 4, true
	case core.CodeMethodNotAllowed:
		return 5, true
	case core.CodeUnauthenticated:
		return 6, true
	case core.CodeInvalidCredentials:
		return 7, true
	case core.CodeSessionExpired:
		return 8, true
	case core.CodeRefreshReused:
		return 9, true
	case core.CodeAccountNotValidated:
		return 10, true
	case core.CodeAccountSuspended:
		return 11, true
	case core.CodeForbidden:
		return 12, true
	case core.CodeStepUpRequired:
		return 13, true
	case core.CodeCrossOrigin:
		return 14, true
	case core.CodeRegistrationClosed:
		return 15, true
	case core.CodeRegistrationNeedsInvite:
		return 16, true
	case core.CodeSetupTokenInvalid:
		return 17, true
	case core.CodeBadJSON:
		return 18, true
	case core.CodeBadUTF8:
		return 19, true
	case core.CodeBadCursor:
		return 20, true
	case core.CodeBadLastEventID:
		return 21, true
	case core.CodeBodyTooLarge:
		return 22, true
	case core.CodeUnsupportedMediaType:
		return 23, true
	case core.CodeValidationFailed:
		return 24, true
	case core.CodeRequired:
		return 25, true
	case core.CodeUnknownField:
		return 26, true
	case core.CodeWrongType:
		return 27, true
	case core.CodeTooShort:
		return 28, true
	case core.CodeTooLong:
		return 29, true
	case core.CodeTooSmall:
		return 30, true
	case core.CodeTooLarge:
		return 31, true
	case core.CodeBadFormat:
		return 32, true
	case core.CodeNotAllowedValue:
		return 33, true
	case core.CodeControlCharacter:
		return 34, true
	case core.CodeEmpty:
		return 35, true
	case core.CodeRefusedByPlugin:
		return 36, true
	case core.CodeUsernameTaken:
		return 37, true
	case core.CodeEmailTaken:
		return 38, true
	case core.CodePasswordTooCommon:
		return 39, true
	case core.CodePasswordIsIdentity:
		return 40, true
	case core.CodePasswordWrong:
		return 41, true
	case core.CodeIdempotencyMismatch:
		return 42, true
	case core.CodeNonceTooLong:
		return 43, true
	case core.CodeMessageRejected:
		return 44, true
	case core.CodePluginUnavailable:
		return 45, true
	case core.CodeMessageNotEditable:
		return 46, true
	case core.CodeReplyNotFound:
		return 47, true
	case core.CodeRateLimited:
		return 48, true
	case core.CodeTooManyStreams:
		return 49, true
	case core.CodeServersLimit:
		return 50, true
	case core.CodeChannelsLimit:
		return 51, true
	case core.CodeInvitesLimit:
		return 52, true
	case core.CodeOwnerCannotLeave:
		return 53, true
	case core.CodeAlreadyMember:
		return 54, true
	case core.CodeInviteInvalid:
		return 55, true
	case core.CodeInviteUsedUp:
		return 56, true
	case core.CodeInviteExpired:
		return 57, true
	case core.CodeBanned:
		return 58, true
	case core.CodeVersionConflict:
		return 59, true
	case core.CodeChannelNotText:
		return 60, true
	case core.CodeParentNotCategory:
		return 61, true
	case core.CodeTicketInvalid:
		return 62, true
	case core.CodeTicketUsed:
		return 63, true
	case core.CodeBusy:
		return 64, true
	case core.CodeShuttingDown:
		return 65, true
	case core.CodeConfigInvalid:
		return 66, true
	}
	return 0, false
}
