import assert from 'node:assert/strict'
import { once } from 'node:events'
import { stat, writeFile } from 'node:fs/promises'
import { createConnection, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { openTemporaryFolder } from '../../../testing/temporary-folder.ts'
import { controlAddressOf } from '../settings/places.ts'
import { askDaemon, watchDaemon } from './control-client.ts'
import { openControlServer, type ControlHandler } from './control-server.ts'
import { linesOf } from './lines-of.ts'

async function open(handle: ControlHandler) {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await openTemporaryFolder())
  const address = join(folder.path, 'link', 'control.sock')
  stack.use(await openControlServer(address, handle))
  const running = stack.move()
  return { address, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

const never = new AbortController().signal
const ask = (address: string, method: string, params?: unknown) =>
  askDaemon(address, method, params, { signal: never })

/** The address of a process that takes connections and hears nothing: what lies there was bound by one that is stopped. */
async function openDeaf() {
  const folder = await openTemporaryFolder()
  const address = join(folder.path, 'control.sock')
  const sockets = new Set<Socket>()
  const server = createServer((socket) => sockets.add(socket))
  server.listen(address)
  await once(server, 'listening')
  return {
    address,
    connected: once(server, 'connection'),
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await folder[Symbol.asyncDispose]()
    },
  }
}

suite('a command and the process of a link', () => {
  test('speak by a socket that only their owner may open', async () => {
    await using opened = await open(({ method, params }) => Promise.resolve({ method, params }))
    assert.equal((await stat(opened.address)).mode & 0o777, 0o600)
    assert.deepEqual(await ask(opened.address, 'explain', { path: ['a', 'ü'] }), {
      kind: 'done',
      result: { method: 'explain', params: { path: ['a', 'ü'] } },
    })
  })

  test('where none runs, or one was killed, that is what is said', async () => {
    await using folder = await openTemporaryFolder()
    const path = join(folder.path, 'control.sock')
    assert.equal(await ask(path, 'status'), 'not-running')
    await writeFile(path, '')
    assert.equal(await ask(path, 'status'), 'not-running')
    // What was left behind is in nobody's way.
    await using _server = await openControlServer(path, () => Promise.resolve('here'))
    assert.deepEqual(await ask(path, 'status'), { kind: 'done', result: 'here' })
  })

  test('what fails there is said here, and is the end of nothing', async () => {
    await using opened = await open(({ method }) =>
      method === 'bad' ? Promise.reject(new Error('the disk is gone')) : Promise.resolve(1),
    )
    await assert.rejects(ask(opened.address, 'bad'), /the disk is gone/)
    assert.deepEqual(await ask(opened.address, 'good'), { kind: 'done', result: 1 })
  })

  test('who sends no request, or one without end, is sent away', async () => {
    await using opened = await open(() => Promise.resolve(1))
    const socket = createConnection(opened.address)
    socket.on('error', () => undefined)
    const closed = new Promise((resolve) => socket.on('close', resolve))
    socket.write('x'.repeat(200_000))
    await closed
    const other = createConnection(opened.address)
    other.write('no json\n')
    const [answer] = (await once(other, 'data')) as [Buffer]
    assert.match(answer.toString(), /"failure"/)
    assert.deepEqual(await ask(opened.address, 'good'), { kind: 'done', result: 1 })
  })

  test('who is not heard says so, and waits no longer than somebody wants to', async () => {
    await using deaf = await openDeaf()
    const asked = askDaemon(deaf.address, 'status', {}, { signal: never, heardWithinMs: 1 })
    await assert.rejects(asked, /does not answer, as if it were suspended/)
    const stopped = new AbortController()
    const stoppable = askDaemon(deaf.address, 'status', {}, { signal: stopped.signal })
    const rejected = assert.rejects(stoppable, { name: 'AbortError' })
    await deaf.connected
    stopped.abort()
    await rejected
  })

  test('who is sent away before is told that the process ended, and not that it is suspended', async () => {
    await using deaf = await openDeaf()
    const asked = askDaemon(deaf.address, 'status', {}, { signal: never })
    const rejected = assert.rejects(asked, /ended before it answered/)
    const [socket] = (await deaf.connected) as [Socket]
    socket.destroy()
    await rejected
  })

  test('that it was heard is said before there is an answer', async () => {
    const ready = Promise.withResolvers<number>()
    await using opened = await open(() => ready.promise)
    const socket = createConnection(opened.address)
    const lines = linesOf(socket)[Symbol.asyncIterator]()
    socket.write('{"method": "slow"}\n')
    assert.deepEqual((await lines.next()).value, '{"kind":"heard"}')
    ready.resolve(1)
    assert.deepEqual((await lines.next()).value, '{"kind":"result","result":1}')
    socket.destroy()
  })

  test('watching tells what comes until one looks away', async () => {
    const ended = Promise.withResolvers<void>()
    await using opened = await open(async (_request, emit, signal) => {
      emit(1)
      emit(2)
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      ended.resolve()
    })
    const seen: unknown[] = []
    const looking = new AbortController()
    for await (const event of watchDaemon(opened.address, 'watch', looking.signal)) {
      seen.push(event)
      if (seen.length === 2) looking.abort()
    }
    assert.deepEqual(seen, [1, 2])
    await ended.promise
  })

  test('an address is short enough for every system, and the same each time', () => {
    const places = { configDir: '/c', stateDir: `/home/ada/${'deep/'.repeat(30)}state` }
    const id = '0199c1d2-0000-7000-8000-000000000000'
    const address = controlAddressOf(places, id, 'linux')
    assert.ok(Buffer.byteLength(address) <= 103, address)
    assert.equal(controlAddressOf(places, id, 'linux'), address)
    const near = { configDir: '/c', stateDir: '/s' }
    assert.equal(controlAddressOf(near, id, 'linux'), `/s/${id}/control.sock`)
    assert.match(controlAddressOf(near, id, 'win32'), /^\\\\\.\\pipe\\cloudsync-[0-9a-f]{24}$/)
  })
})
