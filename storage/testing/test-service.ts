import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'

/** A real service that the test run has started: a STORAGE_URL without its bucket. */
export interface TestService {
  readonly url: URL
}

const startTimeoutMs = 110_000
const pollMs = 100

/**
 * Waits for a service of the test run (scripts/test-services). Where there is none, the file has one
 * skipped test that says why.
 */
export async function findTestService(name: string): Promise<TestService | undefined> {
  const state = await readState(name)
  if (state.url !== undefined) return { url: new URL(state.url) }
  test(`needs the service ${name}`, { skip: state.missing ?? 'not started' })
  return undefined
}

async function readState(name: string): Promise<{ url?: string; missing?: string }> {
  const folder = process.env['TEST_SERVICES']
  if (folder === undefined) return { missing: 'only in a run of npm test' }
  const deadline = performance.now() + startTimeoutMs
  for (;;) {
    try {
      return JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8'))
    } catch {
      if (performance.now() > deadline) return { missing: `not there after ${startTimeoutMs} ms` }
      await setTimeout(pollMs)
    }
  }
}
