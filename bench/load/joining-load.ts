import { seededRandom } from '@cloudsync/crdt/testing'
import { inBatches } from './in-batches.ts'
import type { Jobs } from './jobs.ts'
import { LiveClient } from './live-client.ts'
import { asPerson } from './live-target.ts'

const held: LiveClient[] = []

const random = seededRandom(11)

const newClientId = () => Math.floor(random() * 2 ** 32)

export async function runJoin(input: Jobs['join']['input']): Promise<Jobs['join']['output']> {
  const { target, document } = input
  const started = performance.now()
  const clients = await Promise.all(
    Array.from({ length: input.clients }, (_, index) =>
      LiveClient.open({ target: asPerson(target, index), document, clientIds: [newClientId()] }),
    ),
  )
  const latencies = Float64Array.from(clients.map((client) => client.syncedAtMs - started))
  const receivedBytes = Math.min(...clients.map((client) => client.receivedBytes))
  await Promise.all(clients.map((client) => client.close()))
  return { latencies, receivedBytes }
}

export async function runVisit(input: Jobs['visit']['input']): Promise<Jobs['visit']['output']> {
  const { target, documents, concurrency, state } = input
  const latencies = await inBatches(documents, concurrency, async (document) => {
    const started = performance.now()
    const client = await LiveClient.open({
      target,
      document,
      clientIds: [newClientId()],
      ...(state ? { state } : {}),
    })
    await client.close()
    return client.syncedAtMs - started
  })
  return { latencies: Float64Array.from(latencies) }
}

export async function runHold(input: Jobs['hold']['input']): Promise<Jobs['hold']['output']> {
  const { target, documents, concurrency, state } = input
  const clients = await inBatches(documents, concurrency, (document) =>
    LiveClient.open({ target, document, clientIds: [newClientId()], ...(state ? { state } : {}) }),
  )
  held.push(...clients)
  return { held: held.length }
}

export async function runRelease(): Promise<Jobs['release']['output']> {
  const leaving = held.splice(0)
  await Promise.all(leaving.map((client) => client.close()))
  return { released: leaving.length }
}
