import { expect, test } from 'vitest'
import { follow, type Lead } from './links'

const origin = 'https://chat.example.org'

const cases: [string, Lead | undefined][] = [
  ['k3x9qm2abc', { to: 'invite', code: 'k3x9qm2abc' }],
  ['  K3X9QM2ABC\n', { to: 'invite', code: 'K3X9QM2ABC' }],
  ['https://chat.example.org/invite/k3x9qm2abc', { to: 'invite', code: 'k3x9qm2abc' }],
  ['http://chat.example.org/invite/k3x9qm2abc?from=mail', { to: 'invite', code: 'k3x9qm2abc' }],
  ['chat.example.org/invite/k3x9qm2abc', { to: 'invite', code: 'k3x9qm2abc' }],
  ['/invite/k3x9qm2abc', { to: 'invite', code: 'k3x9qm2abc' }],
  ['https://chat.example.org/s/12', { to: 'server', server: '12' }],
  ['https://chat.example.org/s/12/34/56', { to: 'server', server: '12' }],
  ['https://other.example.org/invite/k3x9qm2abc', { to: 'elsewhere', host: 'other.example.org' }],
  ['https://other.example.org/s/12', { to: 'elsewhere', host: 'other.example.org' }],
  ['https://chat.example.org/settings/profile', undefined],
  ['https://example.com/a-blog', undefined],
  ['javascript:alert(1)', undefined],
  ['two words', undefined],
  ['abc', undefined],
  ['x'.repeat(65), undefined],
  ['https://', undefined],
  ['', undefined],
]

test.each(cases)('%j', (typed, lead) => expect(follow(typed, origin)).toEqual(lead))
