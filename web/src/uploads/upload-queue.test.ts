import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Node, NodeId } from '@cloudsync/protocol'
import { makeNode } from '../../testing/make-node.ts'
import { ApiError } from '../api/api-error.ts'
import { UploadQueue, type Upload } from './upload-queue.ts'
import { summarizeUploads } from './upload-summary.ts'

const root = 'root' as NodeId

/** A queue over a wire whose ends the test holds. */
function openQueue() {
  const wires = new Map<
    string,
    {
      upload: Upload
      progress: (n: number) => void
      end: PromiseWithResolvers<Node>
      signal: AbortSignal
    }
  >()
  const uploaded: string[] = []
  let ids = 0
  const queue = new UploadQueue({
    send: (upload, progress, signal) => {
      const end = Promise.withResolvers<Node>()
      signal.addEventListener('abort', () => end.reject(signal.reason as Error))
      wires.set(upload.name, { upload, progress, end, signal })
      return end.promise
    },
    createId: () => `id ${++ids}` as NodeId,
    onUploaded: (node) => uploaded.push(node.name),
  })
  const wire = (name: string) => {
    const found = wires.get(name)
    assert.ok(found, `${name} is not on its way`)
    return found
  }
  const states = () =>
    Object.fromEntries(queue.uploads.map(({ name, state }) => [name, state.kind]))
  return { queue, wires, wire, uploaded, states }
}

const file = (name: string, size = 10) => ({
  parentId: root,
  name,
  file: new Blob(['x'.repeat(size)]),
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
    queue.add([file('a', 100), file('b', 300)])
    wire('b').progress(100)
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
    const { queue, wire, states } = openQueue()
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
})
