import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { startTestServer } from '../testing/index.ts'
import { fuzzApi } from '../testing/fuzz/fuzz-api.ts'

const account = { email: 'ada@example.com', password: 'correct horse battery' }

suite('whatever is sent to the API', () => {
  test('is answered as the OpenAPI document says, tells nothing of our insides, and breaks nothing', async () => {
    await using server = await startTestServer({}, { RATE_LIMIT_PER_MINUTE: '1000000' })
    const seed = Number(process.env['FUZZ_SEED'] || 1_146_318)
    const { faults, statuses, succeeded } = await fuzzApi({
      server,
      account,
      requests: 2_000,
      seed,
    })
    assert.deepEqual(faults, [], `with FUZZ_SEED=${seed}`)
    // It comes further than to the first check.
    assert.ok((statuses['200'] ?? 0) > 300, JSON.stringify(statuses))
    assert.ok(succeeded > 25, `${succeeded} operations succeeded`)
    assert.equal((await fetch(`${server.url}/readyz`)).status, 200)
  })
})
