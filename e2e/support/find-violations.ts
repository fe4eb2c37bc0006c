import axe from 'axe-core'
import type { Page } from 'playwright-core'

/** What axe finds wrong, one line each. The page's own policy forbids foreign scripts, so axe is evaluated. */
export async function findViolations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const result = (await page.evaluate('axe.run()')) as {
    violations: { id: string; nodes: { html: string }[] }[]
  }
  return result.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 120)}`)
}
