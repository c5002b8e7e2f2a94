/** The path of a property or of an item in what lies at a path; names are escaped as in a JSON Pointer (RFC 6901). */
export const below = (path: string, name: string): string => `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`

/** The names that a path or a JSON Pointer is made of. */
export const namesOf = (path: string): string[] =>
  path
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))

/** Whether a path is that of a place or of something in it. */
export const isIn = (path: string, place: string): boolean => path === place || path.startsWith(place + '/')
