import 'fake-indexeddb/auto'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { seededRandom } from '@cloudsync/crdt/testing'
import type { NodeId, UserId } from '@cloudsync/protocol'
import * as Y from 'yjs'
import { LiveServer } from '../../testing/live-server.ts'
import { ManualTimers } from '../../testing/manual-timers.ts'
import { ApiError } from '../api/api-error.ts'
import { DocumentStore } from './document-store.ts'
import { LiveText } from './live-text.ts'
import { presentSaveState } from './present-save-state.ts'

const key = { userId: 'ada' as UserId, nodeId: 'node' as NodeId }
let databases = 0

/** Lets promises that are settled be noticed; the store needs a few rounds. */
async function settle(): Promise<void> {
  for (let round = 0; round < 12; round++) {
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
}

interface Page extends AsyncDisposable {
  readonly live: LiveText
  readonly timers: ManualTimers
  type(words: string): void
  says(): string
}

/** One browser before one server; pages come and go. */
async function openWorld(options: { random?: () => number } = {}) {
  const server = new LiveServer()
  const store = await DocumentStore.open(indexedDB, `live ${++databases}`)
  const session = {
    isOver: false,
    checks: 0,
    async check() {
      session.checks++
      if (session.isOver) throw new ApiError('not_signed_in', { status: 401 })
    },
  }
  const openPage = async (): Promise<Page> => {
    const timers = new ManualTimers()
    const live = new LiveText({
      key,
      fileName: () => 'notes.md',
      url: 'ws://test/live',
      session,
      store,
      canEdit: true,
      timers,
      random: options.random ?? Math.random,
      WebSocket: server.WebSocket,
    })
    await live.open()
    await settle()
    return {
      live,
      timers,
      type: (words) => live.text.insert(live.text.length, words),
      says: () => presentSaveState(live.snapshot.save, live.snapshot.isPersistent),
      [Symbol.asyncDispose]: async () => {
        const closing = live.close()
        timers.pass(10_000)
        await closing
      },
    }
  }
  /** Accepts the waiting connection and carries the whole handshake. */
  const connect = async () => {
    server.accept()
    await settle()
    server.socket.flush()
    await settle()
  }
  return { server, store, session, openPage, connect }
}

suite('live text', () => {
  test('is saved when the server says so, not before, and so are deletions', async () => {
    const { server, openPage, connect } = await openWorld()
    await using page = await openPage()
    await connect()
    server.commit()
    server.socket.flush()
    assert.equal(page.says(), 'Saved')
    page.type('abc')
    server.socket.flush()
    assert.equal(server.memory.getText('content').toJSON(), 'abc')
    assert.equal(page.says(), 'Saving…')
    server.commit()
    server.socket.flush()
    assert.equal(page.says(), 'Saved')
    page.live.text.delete(0, 1)
    server.socket.flush()
    assert.equal(page.says(), 'Saving…')
    server.commit()
    server.socket.flush()
    assert.equal(page.says(), 'Saved')
    assert.equal(server.durable.getText('content').toJSON(), 'bc')
  })

  test('sends no update before its whole state, whatever is typed in the handshake', async () => {
    const { server, openPage } = await openWorld()
    await using page = await openPage()
    page.type('a')
    server.accept()
    page.type('b')
    await settle()
    page.type('c')
    server.socket.flush()
    page.type('d')
    server.socket.flush()
    assert.deepEqual(server.frames, ['auth', 'step1', 'step2', 'update'])
    assert.equal(page.says(), 'Saving…')
    server.commit()
    server.socket.flush()
    assert.equal(page.says(), 'Saved')
    assert.equal(server.durable.getText('content').toJSON(), 'abcd')
  })

  test('a crash of the server loses what it had not promised, and the page brings it back', async () => {
    const { server, openPage, connect } = await openWorld()
    await using page = await openPage()
    await connect()
    page.type('one ')
    server.socket.flush()
    server.commit()
    server.socket.flush()
    page.type('two ')
    server.socket.flush()
    server.crash()
    assert.equal(page.says(), 'Reconnecting, 1 change on this device')
    page.type('three')
    assert.equal(page.says(), 'Reconnecting, 2 changes on this device')
    page.timers.pass(1_000)
    await settle()
    await connect()
    assert.equal(page.says(), 'Saving…')
    server.commit()
    server.socket.flush()
    assert.equal(page.says(), 'Saved')
    assert.equal(server.durable.getText('content').toJSON(), 'one two three')
  })

  test('an edit survives a reload without a server, is counted, and is sent on return', async () => {
    const { server, store, openPage, connect } = await openWorld()
    {
      await using page = await openPage()
      page.type('kept')
      page.type('!')
      await settle()
    }
    await using page = await openPage()
    assert.equal(page.live.text.toJSON(), 'kept!')
    assert.equal(page.says(), 'Reconnecting, 2 changes on this device')
    assert.notEqual(page.live.doc.clientID, 0)
    page.type('?')
    assert.equal(page.says(), 'Reconnecting, 3 changes on this device')
    await connect()
    server.commit()
    server.socket.flush()
    await settle()
    assert.equal(page.says(), 'Saved')
    assert.equal(server.durable.getText('content').toJSON(), 'kept!?')
    assert.deepEqual((await store.load(key)).pending, [])
  })

  test('tries again in one line, ever more slowly, when a server accepts and closes at once', async () => {
    const { server, openPage } = await openWorld({ random: () => 0 })
    await using page = await openPage()
    const waits: (number | undefined)[] = []
    for (let attempt = 0; attempt < 4; attempt++) {
      assert.equal(server.sockets.length, attempt + 1)
      server.accept()
      await settle()
      server.socket.drop(1013)
      await settle()
      waits.push(page.timers.waits[0])
      page.timers.pass(page.timers.waits[0] ?? 0)
      await settle()
    }
    assert.deepEqual(waits, [250, 500, 1000, 2000])
    assert.equal(page.says(), 'Offline')
  })

  test('an acknowledgement that never comes ends the socket, and the next one settles it', async () => {
    const { server, openPage, connect } = await openWorld()
    await using page = await openPage()
    await connect()
    server.commit()
    server.socket.flush()
    page.type('lost on the way')
    page.timers.pass(20_000)
    assert.equal(page.says(), 'Reconnecting, 1 change on this device')
    page.timers.pass(1_000)
    await settle()
    await connect()
    server.commit()
    server.socket.flush()
    assert.equal(page.says(), 'Saved')
  })

  test('without a network it is offline at once, and tries as soon as there is one', async () => {
    const { server, openPage, connect } = await openWorld()
    await using page = await openPage()
    await connect()
    page.live.networkLost()
    page.type('a')
    assert.equal(page.says(), 'Offline, 1 change on this device')
    page.live.retryNow()
    await settle()
    await connect()
    server.commit()
    server.socket.flush()
    assert.equal(page.says(), 'Saved')
  })

  test('what is refused is kept as a draft, and the next opening starts from what the server has', async () => {
    const { server, store, openPage, connect } = await openWorld()
    server.memory.getText('content').insert(0, 'server ')
    {
      await using page = await openPage()
      await connect()
      page.type('mine')
      server.socket.flush()
      server.say({ type: 'refused', reason: 'too_large' })
      server.socket.flush()
      server.socket.drop(4400)
      await settle()
      assert.deepEqual(page.live.snapshot.save, { kind: 'refused', reason: 'too_large' })
      assert.equal(page.live.snapshot.canEdit, false)
    }
    const [draft] = await store.listDrafts(key)
    assert.equal(draft?.text, 'server mine')
    assert.equal(draft?.fileName, 'notes.md')
    assert.deepEqual(await store.load(key), { updates: [], pending: [] })
  })

  test('a file in the trash keeps its unsent edits; one that is no text any more gives them as a draft', async () => {
    for (const { code, isDraft } of [
      { code: 4410, isDraft: false },
      { code: 4411, isDraft: true },
    ]) {
      const { server, store, openPage, connect } = await openWorld()
      {
        await using page = await openPage()
        await connect()
        page.type('late')
        server.socket.drop(code)
        await settle()
        assert.equal(page.says(), 'Could not be saved, kept on this device')
        assert.equal(page.timers.waits.length, 0, 'a final code is not tried again')
      }
      const stored = await store.load(key)
      assert.equal((await store.listDrafts(key)).length, isDraft ? 1 : 0)
      assert.equal(stored.updates.length > 0, !isDraft)
      assert.equal(stored.pending.length, isDraft ? 0 : 1)
    }
  })

  test('“signed out” is final only when the session is over', async () => {
    const { server, session, openPage, connect } = await openWorld()
    await using page = await openPage()
    await connect()
    server.socket.drop(4401)
    await settle()
    assert.equal(session.checks, 1)
    await connect()
    assert.equal(page.live.snapshot.save.kind, 'saved')
    session.isOver = true
    server.socket.drop(4401)
    await settle()
    assert.deepEqual(page.live.snapshot.save, { kind: 'ended', code: 'signedOut', pending: 0 })
  })

  test('a role that only reads is told by the server', async () => {
    const { server, openPage, connect } = await openWorld()
    server.scope = 'readonly'
    await using page = await openPage()
    await connect()
    assert.equal(page.live.snapshot.canEdit, false)
    assert.equal(page.says(), 'Read-only')
  })

  test('a role that changes meanwhile is told by the server, too', async () => {
    const { server, openPage, connect } = await openWorld()
    server.scope = 'readonly'
    await using page = await openPage()
    await connect()
    server.say({ type: 'access', canEdit: true })
    server.socket.flush()
    assert.equal(page.live.snapshot.canEdit, true)
    page.type('mine')
    server.socket.flush()
    server.commit()
    server.socket.flush()
    assert.equal(page.says(), 'Saved')
    server.say({ type: 'access', canEdit: false })
    server.socket.flush()
    assert.equal(page.says(), 'Read-only')
  })

  test('never says “Saved” of what a crash would take, whatever happens in whatever order', async () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 1e6)
    for (let round = 0; round < 12; round++) await runFuzz(seed + round)
  })
})

/** Edits, deletions, cuts, crashes, commits and reloads at random; checks what is claimed at each step. */
async function runFuzz(seed: number): Promise<void> {
  const random = seededRandom(seed)
  const { server, openPage, connect } = await openWorld({ random })
  let page = await openPage()
  const steps: string[] = []
  const step = async (name: string, run: () => void | Promise<void>) => {
    steps.push(name)
    await run()
    if (page.live.snapshot.save.kind !== 'saved') return
    const after = new Y.Doc()
    Y.applyUpdate(after, Y.encodeStateAsUpdate(server.durable))
    Y.applyUpdate(after, Y.encodeStateAsUpdate(page.live.doc))
    assert.equal(
      after.getText('content').toJSON(),
      server.durable.getText('content').toJSON(),
      `seed ${seed}: ${steps.join(' ')}`,
    )
  }
  for (let count = 0; count < 60; count++) {
    const dice = random()
    const { live } = page
    if (dice < 0.3) await step('type', () => page.type(String(count % 10)))
    else if (dice < 0.4 && live.text.length > 0) {
      await step('delete', () => live.text.delete(Math.floor(random() * live.text.length), 1))
    } else if (dice < 0.55) await step('flush', () => server.sockets.at(-1)?.flush())
    else if (dice < 0.7) await step('commit', () => server.commit())
    else if (dice < 0.76) await step('cut', () => server.sockets.at(-1)?.drop(1006))
    else if (dice < 0.8) await step('crash', () => server.crash())
    else if (dice < 0.83) {
      await step('reload', async () => {
        await page[Symbol.asyncDispose]()
        page = await openPage()
      })
    } else if (server.sockets.at(-1)?.readyState === 0) await step('connect', connect)
    else {
      await step('wait', async () => {
        page.timers.pass(1_000)
        await settle()
      })
    }
  }
  await page[Symbol.asyncDispose]()
}
