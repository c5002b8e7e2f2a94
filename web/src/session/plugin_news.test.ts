import { expect, test } from 'vitest'
import type { BeepEvent } from '@contract/events.gen'
import { PluginNews } from './plugin_news'

const updated = (server_id: string) => ({ type: 'plugin.updated', server_id, plugin_id: 'chat.beep.x', version: 2 }) as BeepEvent

test('counts the changes of each server, and those that may have been missed for all', () => {
  const news = new PluginNews()
  news.hear(updated('1'))
  news.hear(updated('1'))
  news.hear({ type: 'server.updated', server_id: '1' } as BeepEvent)
  expect([news.of('1'), news.of('2')]).toEqual([2, 0])
  news.missed()
  expect([news.of('1'), news.of('2')]).toEqual([3, 1])
  news.hear({ type: 'server.deleted', server_id: '1' } as BeepEvent)
  expect(news.of('1')).toBe(1)
})
