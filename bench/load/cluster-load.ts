import { setTimeout as pause } from 'node:timers/promises'
import * as Y from 'yjs'
import type { Jobs } from './jobs.ts'
import { connectStockClient } from './stock-client.ts'

interface OpenNode {
  readonly doc: Y.Doc
  readonly leave: () => void
}

/** How long the clients of all nodes may take until they have the same. */
const AGREEMENT_MS = 20_000

const POLL_MS = 20

const nodes: OpenNode[] = []

export async function runOpenNodes(
  input: Jobs['openNodes']['input'],
): Promise<Jobs['openNodes']['output']> {
  const { targets, document, state } = input
  for (const [index, target] of targets.entries()) {
    const doc = new Y.Doc()
    if (index === 0 && state) Y.applyUpdate(doc, state)
    nodes.push({ doc, leave: await connectStockClient({ target, document }, doc) })
  }
  await until('all clients have the same', () => allEqual(nodes.map(({ doc }) => vectorOf(doc))))
  const [first] = nodes
  return { stateBytes: first ? Y.encodeStateAsUpdate(first.doc).length : 0 }
}

export async function runTypeOnNode({
  keystrokes,
  ratePerSecond,
}: Jobs['typeOnNode']['input']): Promise<Jobs['typeOnNode']['output']> {
  const [author, ...readers] = nodes.map(({ doc }) => doc)
  if (!author) throw new Error('No node is open')
  const text = author.getText('content')
  const from = Y.getState(author.store, author.clientID)
  const sentAt: number[] = []
  const latencies: number[] = []
  const watches = readers.map((doc) => watchKeys(doc, author.clientID, from, sentAt, latencies))
  const started = performance.now()
  const middle = Math.floor(text.length / 2)
  for (let key = 0; key < keystrokes; key += 1) {
    await pause(Math.max(0, started + (key * 1000) / ratePerSecond - performance.now()))
    sentAt.push(performance.now())
    text.insert(middle + key, 'k')
  }
  await until(
    'all keystrokes are everywhere',
    () => latencies.length >= keystrokes * readers.length,
  )
  for (const stop of watches) stop()
  if (!allEqual(nodes.map(({ doc }) => doc.getText('content').toJSON())))
    throw new Error('The nodes show different texts')
  return { latencies: Float64Array.from(latencies) }
}

export async function runLeaveNodes(): Promise<Jobs['leaveNodes']['output']> {
  const leaving = nodes.splice(0)
  for (const { doc, leave } of leaving) {
    leave()
    doc.destroy()
  }
  return { left: leaving.length }
}

/** Notes when a client hears of each key; each is one more of the author's clock. */
function watchKeys(
  doc: Y.Doc,
  authorId: number,
  from: number,
  sentAt: readonly number[],
  latencies: number[],
): () => void {
  let seen = 0
  const heard = () => {
    const now = performance.now()
    for (; seen < Y.getState(doc.store, authorId) - from; seen += 1)
      latencies.push(now - (sentAt[seen] ?? Number.NaN))
  }
  doc.on('update', heard)
  return () => doc.off('update', heard)
}

function vectorOf(doc: Y.Doc): string {
  // In the order of ids, as each client has met others in an order of its own.
  const clocks = [...Y.decodeStateVector(Y.encodeStateVector(doc))].toSorted(
    ([one], [other]) => one - other,
  )
  return JSON.stringify(clocks)
}

function allEqual(values: readonly string[]): boolean {
  return values.every((value) => value === values[0])
}

async function until(what: string, isTrue: () => boolean): Promise<void> {
  const deadline = performance.now() + AGREEMENT_MS
  while (!isTrue()) {
    if (performance.now() > deadline) throw new Error(`Too late: ${what}`)
    await pause(POLL_MS)
  }
}
