import { openServer, parseConfig, readEnv } from '@cloudsync/server/testing'
import { fastContents } from './support/fast-contents.ts'

const dayMs = 24 * 3_600_000

/**
 * A control of the storage torture: a collector for which every lease is over and everything is old, since a
 * day passes whenever anybody looks at the clock. A torture that this one survives proves nothing.
 */
const contents = fastContents()
let leapMs = 0
const now = () => new Date(contents.clock.now().getTime() + (leapMs += dayMs))
const server = await openServer(parseConfig(readEnv()), {
  contents: { ...contents, collectEveryMs: 10, clock: { now } },
})
process.once('SIGTERM', () => void server[Symbol.asyncDispose]().then(() => process.exit(0)))
