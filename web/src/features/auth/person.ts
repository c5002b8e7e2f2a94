/** Who someone says they are when they make an account; the names are those of the contract. */
export interface Person {
  first_name: string
  last_name: string
  username: string
  email: string
  password: string
}

export const nobody = (): Person => ({ first_name: '', last_name: '', username: '', email: '', password: '' })

/** Whether a username or an address can be right. Only a hint while typing: the node decides. */
export const looksLikeUsername = (text: string) => /^[A-Za-z0-9._-]{2,32}$/.test(text.trim())
export const looksLikeEmail = (text: string) => /^[^\s@]{1,64}@[^\s@]+$/.test(text.trim())

/** The person as the node takes it: space around a name is never meant, but it may be part of a password. */
export function trimmed(person: Person): Person {
  const { first_name, last_name, username, email, password } = person
  return { first_name: first_name.trim(), last_name: last_name.trim(), username: username.trim(), email: email.trim(), password }
}
