import type { Schema } from './schema'

/** A way to draw numbers below n that is the same for the same seed (mulberry32). */
export function drawing(seed: number): (n: number) => number {
  let state = seed
  return (n) => {
    state = (state + 0x6d2b79f5) | 0
    let x = Math.imul(state ^ (state >>> 15), 1 | state)
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x
    return ((x ^ (x >>> 14)) >>> 0) % n
  }
}

type Draw = (n: number) => number

const pick = <T>(draw: Draw, of: readonly T[]): T => of[draw(of.length)] as T
const many = <T>(n: number, make: (at: number) => T): T[] => Array.from({ length: n }, (_, at) => make(at))

/** A schema of the words of docs/plugins/abi.md, with now and then one that no form knows. */
export function schemaOf(draw: Draw, depth = 3): Schema {
  const kinds = ['string', 'enum', 'integer', 'boolean', 'words', 'channels', 'regex', 'unknown']
  switch (pick(draw, depth > 0 ? [...kinds, 'object', 'object', 'array', 'array'] : kinds)) {
    case 'object': {
      const names = many(1 + draw(4), (at) => 'p' + at)
      const required = names.filter(() => draw(2) === 0)
      const properties = Object.fromEntries(names.map((name) => [name, schemaOf(draw, depth - 1)]))
      return { type: 'object', title: 'Object', properties, required, 'x-beep': { section: draw(2) === 0 } }
    }
    case 'array':
      return { type: 'array', minItems: draw(2), maxItems: 4, items: schemaOf(draw, depth - 1) }
    case 'words':
      return {
        type: 'array',
        maxItems: 9,
        items: { type: 'string', minLength: 1 },
        'x-beep': { widget: pick(draw, ['words', 'lines', 'hosts']) },
      }
    case 'channels':
      return { type: 'array', items: { type: 'string' }, 'x-beep': { widget: 'channels' } }
    case 'enum':
      return { type: 'string', enum: ['reject', 'redact', 'flag'] }
    case 'integer':
      return { type: 'integer', minimum: -5, maximum: 1000 }
    case 'boolean':
      return { type: 'boolean' }
    case 'regex':
      return { type: 'string', maxLength: 20, 'x-beep': { widget: 'regex' } }
    case 'unknown':
      return { type: 'string', format: 'uri' } as Schema
    default:
      return { type: 'string', maxLength: 20 }
  }
}

/** A value that is valid by a schema that schemaOf made. */
export function valueBy(draw: Draw, schema: Schema): unknown {
  switch (schema.type) {
    case 'object': {
      const names = Object.keys(schema.properties ?? {}).filter((name) => schema.required?.includes(name) || draw(2) === 0)
      return Object.fromEntries(names.map((name) => [name, valueBy(draw, schema.properties?.[name] ?? {})]))
    }
    case 'array': {
      const least = schema.minItems ?? 0
      return many(least + draw(3), () => valueBy(draw, schema.items ?? {}))
    }
    case 'integer':
      return draw(1005) - 5
    case 'boolean':
      return draw(2) === 0
    default:
      if (schema.enum) return pick(draw, schema.enum)
      return pick(draw, ['a', 'mot', 'é ü', '(?i)x+', '<b>', '😀'])
  }
}
