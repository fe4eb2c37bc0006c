import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { FsBlobStore } from '../src/adapters/fs/fs-blob-store.ts'
import { blobKey, isBlobKey } from '../src/blob-key.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'

/** Few characters, so that folders, shards and names begin with one another as often as possible. */
const alphabet = ['a', 'b', '0', '-', '.', '/']

test('[BS9] lists random keys as a sorted array of them would', async (context) => {
  const seed = randomInt(2 ** 31)
  context.diagnostic(`seed ${seed}`)
  const random = seededRandom(seed)
  const pick = (count: number): number => Math.floor(random() * count)
  const randomText = (length: number): string =>
    Array.from({ length }, () => alphabet[pick(alphabet.length)]).join('')

  const store = await FsBlobStore.open({ directory: await temporaryDirectory() })
  const keys = new Set<string>()
  while (keys.size < 250) {
    const text = randomText(1 + pick(7))
    if (isBlobKey(text)) keys.add(text)
  }
  await Promise.all([...keys].map((key) => store.put(blobKey(key), Buffer.from(key))))
  const sorted = [...keys].toSorted()

  for (let round = 0; round < 60; round++) {
    const start = sorted[pick(sorted.length)] ?? ''
    const prefix = start.slice(0, pick(start.length))
    const limit = 1 + pick(40)
    const expected = sorted.filter((key) => key.startsWith(prefix))
    const found: string[] = []
    for (let cursor: string | undefined = ''; cursor !== undefined;) {
      const page = await store.list({ prefix, limit, cursor })
      found.push(...page.items.map(({ key }) => key))
      cursor = page.nextCursor
    }
    assert.deepEqual(found, expected, `seed ${seed}, round ${round}: ${prefix} by ${limit}`)
  }
})
