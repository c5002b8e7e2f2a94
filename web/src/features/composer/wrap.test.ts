import { expect, test } from 'vitest'
import { format, type Format } from './wrap'

/** Applies a format to a text whose selection stands between « and »; one « alone is the caret. */
function put(marked: string, kind: Format): string {
  const start = marked.indexOf('«')
  const end = marked.includes('»') ? marked.indexOf('»') - 1 : start
  const text = marked.replace(/[«»]/g, '')
  const edit = format(text, start, end, kind)
  const out = text.slice(0, edit.from) + edit.insert + text.slice(edit.to)
  const caret = edit.start === edit.end
  return out.slice(0, edit.start) + '«' + out.slice(edit.start, edit.end) + (caret ? '' : '»') + out.slice(edit.end)
}

test.each<[Format, string, string]>([
  ['bold', 'a «word» here', 'a **«word»** here'],
  ['bold', 'a **«word»** here', 'a «word» here'],
  ['bold', 'a «**word**» here', 'a «word» here'],
  ['bold', 'a« word »here', 'a **«word»** here'],
  ['bold', '«', '**«**'],
  ['bold', '**«**', '«'],
  ['italic', '**«word»**', '***«word»***'],
  ['italic', '***«word»***', '**«word»**'],
  ['bold', '***«word»***', '*«word»*'],
  ['bold', '*«word»*', '***«word»***'],
  ['strike', '«no»', '~~«no»~~'],
  ['spoiler', '||«end»||', '«end»'],
  ['code', '«x := 1»', '`«x := 1»`'],
  ['code', '`«x»`', '«x»'],
  ['code', '«a`b»', '``«a`b»``'],
  ['code', 'see «a\nb»', 'see \n```\n«a\nb»\n```'],
  ['block', '«', '```\n«\n```'],
  ['block', '«a»\nrest', '```\n«a»\n```\nrest'],
  ['block', '«a ``` b»', '````\n«a ``` b»\n````'],
  ['quote', 'one\n«two\nthree»', 'one\n«> two\n> three»'],
  ['quote', '> «one', 'one«'],
  ['list', '«', '- «'],
  ['link', '«text»', '[text](«https://»)'],
  ['link', '«https://beep.example/a»', '[«](https://beep.example/a)'],
  ['link', '«', '[«](https://)'],
  ['mention', 'hi«', 'hi @«'],
  ['mention', 'hi «', 'hi @«'],
])('%s: %j becomes %j', (kind, from, to) => expect(put(from, kind)).toBe(to))
