// Every word of the page, in English and French. A key that one language lacks fails a test.

export const languages = {
  en: {
    poster_title: 'Your people, your machine.',
    poster_text: 'Beep is a community chat that runs as one program on a machine of yours: servers, channels, messages and live events. What is written here stays here.',
    sign_in: 'Sign in', create_account: 'Create an account', sign_out: 'Sign out', or: 'or',
    welcome: 'Good to see you', welcome_text: 'Sign in to follow the conversations as they happen.',
    join: 'Make yourself at home', join_text: 'A name, a username and a long password.',
    setup: 'The first administrator', setup_text: 'This link makes the account that runs this Beep. It works once.',
    login: 'Email or username', password: 'Password', first_name: 'First name', last_name: 'Last name', username: 'Username', email: 'Email',
    password_hint: 'At least 10 characters. Four words are easier to keep than symbols.',
    guest_title: 'Look around as a guest', guest_text: 'One click into “{server}”, a demo made of real conversations',
    docs_title: 'API reference', docs_text: 'REST, live events and every error, with examples', developers: 'For developers',
    registration_open: 'registration open', registration_invite: 'registration by invite', registration_closed: 'registration closed',
    validate_first: 'The account is made. It must be validated before you can sign in.',
    channels: 'Channels', messages: 'Messages', write: 'Message', write_in: 'Message #{name}', send: 'Send', elsewhere: 'Other channels',
    earlier: 'Earlier messages', beginning: 'This is where {name} begins.', edited: '(edited)', gone: 'a message that is gone',
    live: 'live', connecting: 'connecting', one_new: '1 new message', many_new: '{n} new messages',
    broken: 'The connection is gone. Beep tries again by itself.', degraded: 'Beep is not sure it hears everything; messages may come late.',
    nowhere: 'You are in no server yet.', nowhere_text: 'The API reference shows how to make one or to join one.',
    quiet: 'Nothing was said here yet.', failed: 'That did not work: {why}', unreachable: 'Beep does not answer.',
    hint: 'Enter sends, Shift + Enter makes a new line', today: 'Today', yesterday: 'Yesterday',
  },
  fr: {
    poster_title: 'Vos proches, votre machine.',
    poster_text: 'Beep est une messagerie de communauté qui tient en un seul programme, sur une machine à vous : serveurs, salons, messages et direct. Ce qui s’écrit ici reste ici.',
    sign_in: 'Se connecter', create_account: 'Créer un compte', sign_out: 'Se déconnecter', or: 'ou',
    welcome: 'Content de vous voir', welcome_text: 'Connectez-vous pour suivre les conversations en direct.',
    join: 'Faites comme chez vous', join_text: 'Un nom, un identifiant et un long mot de passe.',
    setup: 'Le premier administrateur', setup_text: 'Ce lien crée le compte qui gère ce Beep. Il ne sert qu’une fois.',
    login: 'E-mail ou identifiant', password: 'Mot de passe', first_name: 'Prénom', last_name: 'Nom', username: 'Identifiant', email: 'E-mail',
    password_hint: '10 caractères au moins. Quatre mots se retiennent mieux que des symboles.',
    guest_title: 'Visiter en invité', guest_text: 'En un clic dans « {server} », une démo faite de vraies conversations',
    docs_title: 'Référence de l’API', docs_text: 'REST, événements en direct et toutes les erreurs, avec exemples', developers: 'Pour les développeurs',
    registration_open: 'inscription ouverte', registration_invite: 'inscription sur invitation', registration_closed: 'inscription fermée',
    validate_first: 'Le compte est créé. Il doit être validé avant la première connexion.',
    channels: 'Salons', messages: 'Messages', write: 'Message', write_in: 'Écrire dans #{name}', send: 'Envoyer', elsewhere: 'Autres salons',
    earlier: 'Messages précédents', beginning: '{name} commence ici.', edited: '(modifié)', gone: 'un message disparu',
    live: 'en direct', connecting: 'connexion', one_new: '1 nouveau message', many_new: '{n} nouveaux messages',
    broken: 'La connexion est perdue. Beep réessaie tout seul.', degraded: 'Beep n’est pas sûr de tout entendre ; des messages peuvent tarder.',
    nowhere: 'Vous n’êtes dans aucun serveur.', nowhere_text: 'La référence de l’API montre comment en créer ou en rejoindre un.',
    quiet: 'Rien n’a encore été dit ici.', failed: 'Échec : {why}', unreachable: 'Beep ne répond pas.',
    hint: 'Entrée envoie, Maj + Entrée va à la ligne', today: 'Aujourd’hui', yesterday: 'Hier',
  },
}

const stored = localStorage.getItem('lang')
const wanted = [stored, ...navigator.languages].filter(Boolean).map((l) => l.slice(0, 2))
export const lang = wanted.find((l) => languages[l]) ?? 'en'

/** t gives a text with its {names} filled in. */
export function t(key, values = {}) {
  return languages[lang][key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '')
}

/** translate puts the words into the page; choose changes the language and loads it again. */
export function translate() {
  document.documentElement.lang = lang
  for (const el of document.querySelectorAll('[data-t]')) el.textContent = t(el.dataset.t)
  for (const el of document.querySelectorAll('[data-l]')) el.setAttribute('aria-label', t(el.dataset.l))
  for (const el of document.querySelectorAll('[data-lang]')) {
    if (el.dataset.lang === lang) el.setAttribute('aria-current', 'true')
    el.addEventListener('click', () => {
      localStorage.setItem('lang', el.dataset.lang)
      location.reload()
    })
  }
}
