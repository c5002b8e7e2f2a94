import axe from 'axe-core'
import type { Page } from 'playwright-core'

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** What axe finds on a page, one line for each place. */
export async function violations(page: Page): Promise<string[]> {
  const line = await page.context().newCDPSession(page)
  // The debugger's way in: a script tag would be refused by the policy of the page, which stays as people have it.
  const evaluate = async (expression: string): Promise<unknown> => {
    const { result, exceptionDetails } = await line.send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    })
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    return result.value
  }
  await evaluate(axe.source)
  const found =
    await evaluate(`axe.run(document, ${JSON.stringify({ runOnly: tags, resultTypes: ['violations'] })}).then((result) =>
    result.violations.flatMap(({ id, help, nodes }) => nodes.map(({ target, failureSummary }) =>
      id + ' (' + help + ') at ' + target.join(' ') + ': ' + failureSummary)))`)
  await line.detach()
  return found as string[]
}
