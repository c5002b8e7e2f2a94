import { expect, test } from 'vitest'
import { spanOf } from './window'

test.each([
  ['at the top', 5000, 50, 0, 500, 0, 22],
  ['list begins below the top of the view', 5000, 50, -120, 500, 0, 20],
  ['in the middle', 5000, 50, 10_000, 500, 188, 222],
  ['at the end', 5000, 50, 249_500, 500, 4978, 5000],
  ['scrolled over, because the list became short', 3, 50, 10_000, 500, 0, 3],
  ['short', 3, 50, 0, 500, 0, 3],
  ['empty', 0, 50, 0, 500, 0, 0],
  ['not measured', 5000, 0, 0, 500, 0, 24],
])('%s', (_, count, row, above, view, first, last) => expect(spanOf(count, row, above, view)).toEqual({ first, last }))
