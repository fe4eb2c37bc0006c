import { openServer, parseConfig, readEnv } from '@cloudsync/server/testing'

/**
 * The control of the torture test: the same server, but it acknowledges from memory, as stock Hocuspocus
 * does. A torture that this one survives proves nothing.
 */
const server = await openServer(parseConfig(readEnv()), { live: { acknowledge: 'memory' } })
process.once('SIGTERM', () => void server[Symbol.asyncDispose]().then(() => process.exit(0)))
