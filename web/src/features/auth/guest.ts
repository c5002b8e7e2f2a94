/** Whom a visitor of a demo may be. */
export interface Guest {
  login: string
  password: string
}

/** Asks whether this node is a demo; undefined when it is not, or does not answer. */
export async function findGuest(fetcher: typeof fetch = fetch): Promise<Guest | undefined> {
  try {
    const answer = await fetcher('/demo.json', { headers: { Accept: 'application/json' } })
    return answer.ok ? guestIn(await answer.json()) : undefined
  } catch {
    return undefined
  }
}

function guestIn(body: unknown): Guest | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  const { login, password } = body as Partial<Record<keyof Guest, unknown>>
  return typeof login === 'string' && typeof password === 'string' ? { login, password } : undefined
}
