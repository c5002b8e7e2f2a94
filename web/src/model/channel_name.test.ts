import { expect, test } from 'vitest'
import { codePoints } from '@/text/code_points'
import { channelName } from './channel_name'

test.each([
  ['General Chat', 'general-chat'],
  ['  Synthés  maison ', 'synthés-maison'],
  ['#annonces', 'annonces'],
  ['a - b', 'a-b'],
  ['v1.2_beta', 'v1.2_beta'],
  ['🎉 fêtes', '🎉-fêtes'],
  ['what?!, (now)', 'what-now'],
  ['L’atelier', 'l-atelier'],
  ['dev/ops', 'dev-ops'],
  ['ÉCOLE', 'école'],
  ['القناة العامة', 'القناة-العامة'],
  ['<script>', 'script'],
  ['---', ''],
  ['', ''],
])('text channel %j', (typed, name) => expect(channelName('text', typed)).toBe(name))

test('a category keeps its words', () => expect(channelName('category', '  The  Workshop, etc. ')).toBe('The Workshop, etc.'))

test('lengths count code points', () => expect(codePoints('🎉é')).toBe(2))
