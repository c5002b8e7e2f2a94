import { getContext, setContext } from 'svelte'
import type { Session } from './port'

const key = Symbol('session')

/** Gives the components below this one their session. */
export const provideSession = (session: Session) => setContext(key, session)

/** The session of the component that calls it. */
export const useSession = (): Session => getContext(key)
