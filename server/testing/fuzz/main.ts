/** `npm run fuzz:api -- --requests 100000 --seed 1`: seeded requests to every operation of a whole server. */
import { parseArgs } from 'node:util'
import { openLog } from '../../src/open-log.ts'
import { startTestServer } from '../test-server.ts'
import { fuzzApi } from './fuzz-api.ts'

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
})
const [requests, seed] = [Number(values.requests), Number(values.seed)]
const say = (text: string) => process.stderr.write(`${text}\n`)
say(`Seed ${seed}`)
const log = openLog({ logLevel: 'error' }, { write: say })
await using server = await startTestServer({ log }, { RATE_LIMIT_PER_MINUTE: '1000000' })
const account = { email: 'ada@example.com', password: 'correct horse battery' }
const { faults, statuses, succeeded } = await fuzzApi({ server, account, requests, seed, say })
const isAlive = (await fetch(`${server.url}/readyz`)).status === 200
say(`${requests} requests: ${JSON.stringify(statuses)}; ${succeeded} operations succeeded`)
say(isAlive ? `${faults.length} faults` : 'The server does not answer any more')
process.exitCode = isAlive && faults.length === 0 ? 0 : 1
