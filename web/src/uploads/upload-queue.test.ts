import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Node, NodeId } from '@cloudsync/protocol'
import { makeNode } from '../../testing/make-node.ts'
import { ApiError } from '../api/api-error.ts'
import {
  UploadQueue,
  type ReportProgress,
  type Upload,
  type UploadOutcome,
} from './upload-queue.ts'
import { summarizeUploads } from './upload-summary.ts'

const root = 'root' as NodeId

/** A queue over a wire whose ends the test holds. */
function openQueue() {
  const wires = new Map<
    string,
    {
      upload: Upload
      progress: ReportProgress
      end: PromiseWithResolvers<Node>
      signal: AbortSignal
    }
  >()
  const groups: {
    names: readonly string[]
    progress: (n: number) => void
    end: PromiseWithResolvers<readonly UploadOutcome[]>
  }[] = []
  const uploaded: string[] = []
  const discarded: string[] = []
  let ids = 0
  const queue = new UploadQueue({
    send: (upload, report, signal) => {
      const end = Promise.withResolvers<Node>()
      signal.addEventListener('abort', () => end.reject(signal.reason as Error))
      wires.set(upload.name, { upload, progress: report, end, signal })
      return end.promise
    },
    sendTogether: (uploads, progress, signal) => {
      const end = Promise.withResolvers<readonly UploadOutcome[]>()
      signal.addEventListener('abort', () => end.reject(signal.reason as Error))
      groups.push({ names: uploads.map(({ name }) => name), progress, end })
      return end.promise
    },
    createId: () => `id ${++ids}` as NodeId,
    onUploaded: (node) => uploaded.push(node.name),
    onDiscarded: ({ name }) => discarded.push(name),
  })
  const wire = (name: string) => {
    const found = wires.get(name)
    assert.ok(found, `${name} is not on its way`)
    return found
  }
  const states = () =>
    Object.fromEntries(queue.uploads.map(({ name, state }) => [name, state.kind]))
  return { queue, wires, wire, groups, uploaded, discarded, states }
}

const megabyte = 1024 * 1024
/** Too large to be sent together with others, unless told otherwise. */
const file = (name: string, size = 2 * megabyte) => ({
  parentId: root,
  name,
  file: new Blob([new Uint8Array(size)]),
})
/** Lets settled promises be noticed. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

suite('upload queue', () => {
  test('sends three at once, the next when one has ended', async () => {
    const { queue, wires, wire, uploaded } = openQueue()
    queue.add(['a', 'b', 'c', 'd'].map((name) => file(name)))
    assert.deepEqual([...wires.keys()], ['a', 'b', 'c'])
    wire('b').end.resolve(makeNode('b'))
    await turn()
    assert.deepEqual([...wires.keys()], ['a', 'b', 'c', 'd'])
    assert.deepEqual(uploaded, ['b'])
  })

  test('tells how far each has come', () => {
    const { queue, wire } = openQueue()
    queue.add([file('a', 2 * megabyte), file('b', 6 * megabyte)])
    wire('b').progress(2 * megabyte)
    const { progress, title } = summarizeUploads(queue.uploads)
    assert.equal(progress, 0.25)
    assert.equal(title, 'Uploading 2 files')
  })

  test('a failure names the file and its reason, and can be tried again when that may help', async () => {
    const { queue, wire, states } = openQueue()
    queue.add([file('a'), file('b')])
    wire('a').end.reject(new ApiError('not_text', { status: 415, detail: 'It holds a NUL' }))
    wire('b').end.reject(new ApiError('unreachable'))
    await turn()
    const [a, b] = queue.uploads
    assert.deepEqual(a?.state, {
      kind: 'failed',
      reason: 'This works with text files only. It holds a NUL',
      canRetry: false,
    })
    assert.equal(b?.state.kind === 'failed' && b.state.canRetry, true)
    queue.retry(a.key)
    queue.retry(b?.key ?? 0)
    assert.deepEqual(states(), { a: 'failed', b: 'sending' })
  })

  test('a taken name waits for a decision: keep both, replace or skip', async () => {
    const { queue, wire, discarded, states } = openQueue()
    queue.add([file('a'), file('b'), file('c')])
    for (const name of ['a', 'b', 'c']) {
      wire(name).end.reject(new ApiError('name_taken', { status: 409 }))
    }
    await turn()
    assert.deepEqual(states(), { a: 'conflict', b: 'conflict', c: 'conflict' })
    const [a, b, c] = queue.uploads
    queue.resolve(a?.key ?? 0, 'keepBoth')
    queue.resolve(b?.key ?? 0, { replace: 'existing' as NodeId })
    queue.skip(c?.key ?? 0)
    assert.deepEqual(states(), { a: 'sending', b: 'sending', c: 'skipped' })
    assert.deepEqual(discarded, ['a', 'b', 'c'])
    const { target } = wire('a').upload
    assert.notEqual(target.id, a?.target.id, 'another file, another id')
    assert.equal(target.kind === 'create' && target.ifTaken, 'rename')
    assert.deepEqual(wire('b').upload.target, { kind: 'replace', id: 'existing' })
  })

  test('what may get through is tried again all at once', async () => {
    const { queue, wire, states } = openQueue()
    queue.add([file('a'), file('b')])
    wire('a').end.reject(new ApiError('unreachable'))
    wire('b').end.reject(new ApiError('not_text', { status: 415 }))
    await turn()
    queue.retryFailed()
    assert.deepEqual(states(), { a: 'sending', b: 'failed' })
  })

  test('a repeated attempt names the same node, so that a lost answer makes no second file', async () => {
    const { queue, wire } = openQueue()
    queue.add([file('a')])
    const first = wire('a').upload.target
    wire('a').end.reject(new ApiError('unreachable'))
    await turn()
    queue.retry(queue.uploads[0]?.key ?? 0)
    assert.deepEqual(wire('a').upload.target, first)
  })

  test('skipping ends what is under way and goes on with the next', async () => {
    const { queue, wire, states } = openQueue()
    queue.add(['a', 'b', 'c', 'd'].map((name) => file(name)))
    queue.skip(queue.uploads[0]?.key ?? 0)
    assert.equal(wire('a').signal.aborted, true)
    await turn()
    assert.deepEqual(states(), { a: 'skipped', b: 'sending', c: 'sending', d: 'sending' })
  })

  test('small files go together, and each is made or refused by itself', async () => {
    const { queue, groups, uploaded, states } = openQueue()
    queue.add(['a', 'b', 'c'].map((name) => file(name, 10)))
    const [group] = groups
    assert.deepEqual(group?.names, ['a', 'b', 'c'])
    group.progress(15)
    assert.deepEqual(
      queue.uploads.map(({ state }) => (state.kind === 'sending' ? state.sentBytes : undefined)),
      [10, 5, 0],
    )
    group.end.resolve([
      { node: makeNode('a') },
      { error: new ApiError('name_taken', { status: 409 }) },
      { error: new ApiError('invalid_name', { status: 400 }) },
    ])
    await turn()
    assert.deepEqual(states(), { a: 'done', b: 'conflict', c: 'failed' })
    assert.deepEqual(uploaded, ['a'])
  })

  test('as many small files go together as a request may hold, and no large one with them', () => {
    const { queue, groups, wires } = openQueue()
    const small = Array.from({ length: 600 }, (_, n) => file(`${n}`, 10))
    queue.add([file('large'), ...small])
    assert.deepEqual([...wires.keys()], ['large'])
    assert.deepEqual(
      groups.map(({ names }) => names.length),
      [500, 100],
    )
    const { queue: another, groups: heavy } = openQueue()
    another.add(Array.from({ length: 20 }, (_, n) => file(`${n}`, megabyte)))
    assert.deepEqual(
      heavy.map(({ names }) => names.length),
      [8, 8, 4],
    )
  })

  test('of files that go together one can be taken off; the others go again', async () => {
    const { queue, groups, discarded, states } = openQueue()
    queue.add(['a', 'b', 'c'].map((name) => file(name, 10)))
    queue.skip(queue.uploads[1]?.key ?? 0)
    await turn()
    assert.deepEqual(states(), { a: 'sending', b: 'skipped', c: 'sending' })
    assert.deepEqual(groups.at(-1)?.names, ['a', 'c'])
    assert.deepEqual(discarded, ['b'])
  })

  test('one that is paused goes on when it is told to, and lets another go first', async () => {
    const { queue, wire, discarded, states } = openQueue()
    queue.add(['a', 'b', 'c', 'd'].map((name) => file(name, 9 * megabyte)))
    const [a] = queue.uploads
    wire('a').progress(5 * megabyte)
    queue.pause(a?.key ?? 0)
    await turn()
    assert.deepEqual(states(), { a: 'paused', b: 'sending', c: 'sending', d: 'sending' })
    queue.retry(a?.key ?? 0)
    assert.deepEqual(queue.uploads[0]?.state, { kind: 'waiting', sentBytes: 5 * megabyte })
    wire('b').end.resolve(makeNode('b'))
    await turn()
    assert.deepEqual(states(), { a: 'sending', b: 'done', c: 'sending', d: 'sending' })
    assert.deepEqual(discarded, [])
  })

  test('one that is paused and resumed at once is sent once', async () => {
    const { queue, wire, states } = openQueue()
    queue.add([file('a', 9 * megabyte)])
    const { signal } = wire('a')
    const key = queue.uploads[0]?.key ?? 0
    queue.pause(key)
    queue.retry(key)
    assert.equal(signal.aborted, true)
    await turn()
    assert.deepEqual(states(), { a: 'sending' })
    wire('a').end.resolve(makeNode('a'))
    await turn()
    assert.deepEqual(states(), { a: 'done' })
  })

  test('a cut line is told, until something comes through', () => {
    const { queue, wire } = openQueue()
    queue.add([file('a')])
    const isStalled = () => {
      const state = queue.uploads[0]?.state
      return state?.kind === 'sending' && state.isStalled
    }
    wire('a').progress('stalled')
    assert.equal(isStalled(), true)
    wire('a').progress(megabyte)
    assert.equal(isStalled(), false)
  })

  test('what is taken off is discarded; what a page leaves is not', async () => {
    const { queue, wire, discarded } = openQueue()
    queue.add([file('a'), file('b')])
    queue.stop()
    assert.equal(wire('a').signal.aborted, true)
    assert.deepEqual(discarded, [])
    queue.add([file('c'), file('d')])
    wire('c').end.resolve(makeNode('c'))
    await turn()
    queue.clear()
    assert.deepEqual(discarded, ['d'])
    assert.deepEqual(queue.uploads, [])
  })
})
