import { setTimeout as delay } from 'node:timers/promises'
import { openServer, parseConfig, readEnv } from '@cloudsync/server/testing'
import { fastContents, replacing, type WrapStore } from './support/fast-contents.ts'

/** Longer than from one kill to the next: on a slow machine little is acknowledged shortly before one. */
const writeAfterMs = 2_000

/**
 * A control of the storage torture: a store that says a pack is stored before it is. A torture that this one
 * survives proves nothing.
 */
const forgetful: WrapStore = (store) =>
  replacing(store, {
    async put(key, body, options) {
      const bytes = 'open' in body ? Buffer.concat(await Array.fromAsync(body.open())) : body
      void delay(writeAfterMs).then(() => store.put(key, bytes, options))
      return { kind: 'stored' }
    },
  })

const contents = fastContents()
const wrapStore: WrapStore = (store) => contents.wrapStore(forgetful(store))
const server = await openServer(parseConfig(readEnv()), { contents: { ...contents, wrapStore } })
process.once('SIGTERM', () => void server[Symbol.asyncDispose]().then(() => process.exit(0)))
