import { createHash } from 'node:crypto'
import * as Y from 'yjs'
import { readEditingTrace, type EditingTrace } from './editing-trace.ts'
import type { Jobs } from './jobs.ts'
import { LiveClient } from './live-client.ts'
import type { LiveTarget } from './live-target.ts'
import { connectStockClient } from './stock-client.ts'

const REPLAY_TIMEOUT_MS = 120_000

/** Updates on their way at once: enough to keep the server busy. */
const MAX_OUTSTANDING = 400

let trace: { readonly path: string; readonly reading: Promise<EditingTrace> } | undefined

function traceAt(path: string): Promise<EditingTrace> {
  if (trace?.path !== path) trace = { path, reading: readEditingTrace(path) }
  return trace.reading
}

export async function runTrace({
  tracePath,
}: Jobs['trace']['input']): Promise<Jobs['trace']['output']> {
  const { updates, doc } = await traceAt(tracePath)
  const text = doc.getText('content')
  const state = Y.encodeStateAsUpdate(doc)
  return {
    updates: updates.length,
    textUnits: text.length,
    textSha256: sha256(text.toJSON()),
    state,
    v1Bytes: state.length,
    v2Bytes: Y.encodeStateAsUpdateV2(doc).length,
  }
}

/**
 * Types the whole history through live sockets. A server may slow a socket that sends for long, and the
 * history is not to take an hour, so sockets take turns: one ends when all of its part is acknowledged,
 * the next goes on from there.
 */
export async function runReplay(input: Jobs['replay']['input']): Promise<Jobs['replay']['output']> {
  const { target, document, updatesPerSocket } = input
  const { updates, clientIds } = await traceAt(input.tracePath)
  const started = performance.now()
  for (let from = 0; from < updates.length; from += updatesPerSocket)
    await replayPart(target, document, clientIds, updates.slice(from, from + updatesPerSocket))
  return { updates: updates.length, seconds: (performance.now() - started) / 1000 }
}

async function replayPart(
  target: LiveTarget,
  document: string,
  clientIds: readonly number[],
  updates: readonly Uint8Array[],
): Promise<void> {
  const done = Promise.withResolvers<void>()
  let sent = 0
  let answered = 0
  const sendMore = () => {
    while (sent < updates.length && sent - answered < MAX_OUTSTANDING) {
      const update = updates[sent]
      if (update) client.send(client.wire.update(update))
      sent += 1
    }
  }
  const client = await LiveClient.open({
    target,
    document,
    clientIds,
    onStatus: (isTaken) => {
      if (!isTaken) done.reject(new Error('An edit of the history was refused'))
      answered += 1
      if (answered === updates.length) done.resolve()
      else sendMore()
    },
    onClose: (code) => done.reject(new Error(`Closed while replaying: ${code}`)),
  })
  const timer = setTimeout(
    () => done.reject(new Error('Replaying took too long')),
    REPLAY_TIMEOUT_MS,
  )
  sendMore()
  try {
    await done.promise
  } finally {
    clearTimeout(timer)
  }
  await client.close()
}

export async function runFirstSync(
  input: Jobs['firstSync']['input'],
): Promise<Jobs['firstSync']['output']> {
  const doc = new Y.Doc()
  let receivedBytes = 0
  doc.on('update', (update: Uint8Array) => {
    receivedBytes += update.length
  })
  const started = performance.now()
  const disconnect = await connectStockClient(input, doc)
  const text = doc.getText('content').toJSON()
  const ms = performance.now() - started
  disconnect()
  doc.destroy()
  return { ms, textSha256: sha256(text), receivedBytes }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
