import { openServer, parseConfig, readEnv } from '@cloudsync/server/testing'
import { fastContents } from './support/fast-contents.ts'

/** The server of the storage torture: the product's own, for whose content store time runs fast. */
const server = await openServer(parseConfig(readEnv()), { contents: fastContents() })
process.once('SIGTERM', () => void server[Symbol.asyncDispose]().then(() => process.exit(0)))
