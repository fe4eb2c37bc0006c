import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { startTestServer, testAdmin, waitUntil } from '@cloudsync/server/testing'
import { sharedByTests } from '../../server/testing/shared-by-tests.ts'
import { SyncClient } from '../testing/sync-client.ts'

const server = sharedByTests(await startTestServer())
const scopes = ['files:read', 'files:write', 'account:read']
const { items } = await server.admin.get<{ items: { name: string; rootId: string }[] }>('/spaces')
const space = items[0] ?? assert.fail('no space')

/** Elsewhere `script` is another program. */
const atTerminal = { skip: process.platform !== 'linux' }

/** Types that where the password is asked for; resolves to how it ended. */
async function answerPassword(client: SyncClient, typed: string) {
  await using terminal = client.openTerminal(80, 'login', server.url, '--email', testAdmin.email)
  await waitUntil('it asks for the password', () => terminal.output.includes('Password: '))
  terminal.type(typed)
  return { code: await terminal.ended, output: terminal.output }
}

suite('cloudsync login', () => {
  test('asks for the password at a terminal, and shows nothing of it', atTerminal, async () => {
    await using client = await SyncClient.openNew()
    await using terminal = client.openTerminal(80, 'login', server.url, '--email')
    await waitUntil('it asks who', () => terminal.output.includes('E-mail: '))
    terminal.type(`${testAdmin.email}\r`)
    await waitUntil('it asks for the password', () => terminal.output.includes('Password: '))
    terminal.type(`${testAdmin.password}\r`)
    assert.equal(await terminal.ended, 0)
    assert.match(terminal.output, /Signed in to http:\S+ as Ada \(ada@example\.com\)/)
    assert.ok(!terminal.output.includes(testAdmin.password))
    await client.mustCall('link', client.folder, space.name)
    assert.match(await client.mustCall('plan', '--json'), /"stepCount": 0/)
    assert.equal((await client.call('logout')).code, 0)
    const after = await client.call('plan')
    assert.deepEqual([after.code, after.stderr.includes('Nobody is signed in')], [3, true])
  })

  test('says that the password is wrong', atTerminal, async () => {
    await using client = await SyncClient.openNew()
    const { code, output } = await answerPassword(client, 'guessed\r')
    assert.equal(code, 1)
    assert.match(output, /The e-mail address or the password is wrong/)
  })

  test('is left by Ctrl+C at a question without a word', atTerminal, async () => {
    await using client = await SyncClient.openNew()
    const { code, output } = await answerPassword(client, '\u0003')
    assert.equal(code, 130)
    assert.doesNotMatch(output, /cloudsync login:/)
  })

  test('says of a token that it is not good, and keeps the sign-in that there was', async () => {
    await using client = await SyncClient.openNew()
    const { id, caller } = await server.admin.withToken(scopes)
    const first = await client.callWith(caller.accessToken, 'login', server.url, '--token')
    assert.equal(first.code, 0, first.stderr)
    const second = await client.callWith('cs_pat_none\n', 'login', server.url, '--token')
    assert.equal(second.code, 3)
    assert.match(second.stderr, /^cloudsync login: The server does not take this token/m)
    await client.mustCall('link', client.folder, space.name)
    await server.admin.delete(`/account/tokens/${id}`)
    const revoked = await client.call('run', '--once')
    assert.equal(revoked.code, 3)
    assert.match(
      revoked.stderr,
      /the sign-in is over or was ended; sign in again by: cloudsync login http/,
    )
  })

  test('tells a server that is away from an address where no CloudSync is', async () => {
    await using client = await SyncClient.openNew()
    const other = createServer((_request, answer) => answer.writeHead(404).end('<h1>Hello</h1>'))
    other.listen(0, '127.0.0.1')
    await once(other, 'listening')
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
    const wrong = await client.call('login', url)
    other.close()
    assert.deepEqual(
      [wrong.code, wrong.stderr],
      [
        1,
        'cloudsync login: There is no CloudSync at this address (what is there answered with 404)\n',
      ],
    )
    const away = await client.call('login', url)
    assert.equal(away.code, 4)
    assert.match(away.stderr, /cannot be reached \(nothing listens there\); check its address/)
  })
})

suite('a sign-in that ends while a folder is kept in step', () => {
  test('is told, and goes on as soon as somebody has signed in again', async () => {
    await using client = await SyncClient.openNew()
    const first = await server.admin.withToken(scopes)
    await client.callWith(first.caller.accessToken, 'login', server.url, '--token')
    await client.mustCall('link', client.folder, space.name)
    client.start()
    await waitUntil('it is in step', () => client.log.includes('in step'))
    await server.admin.delete(`/account/tokens/${first.id}`)
    await writeFile(join(client.folder, 'after.md'), 'typed without a sign-in\n')
    await waitUntil('it is told', () =>
      /the sign-in is over or was ended; sign in again by: cloudsync login http/.test(client.log),
    )
    const path = join(client.folder, 'after.md')
    const explained = await client.call('explain', path)
    assert.match(explained.stdout, /The sign-in is over or was ended/)
    assert.match((await client.call('status')).stdout, /the sign-in is over or was ended/)

    const second = await server.admin.withToken(scopes)
    await client.callWith(second.caller.accessToken, 'login', server.url, '--token')
    await waitUntil('it has arrived', async () => {
      const children = await server.admin.get<{ items: { name: string }[] }>(
        `/nodes/${space.rootId}/children`,
      )
      return children.items.some(({ name }) => name === 'after.md')
    })

    // Who signs out is taken at their word, though the token would still be good.
    await client.mustCall('logout')
    await waitUntil('it waits', async () => (await client.status()).state === 'offline')
    assert.ok(client.isRunning)
    await client.callWith(second.caller.accessToken, 'login', server.url, '--token')
    await waitUntil('it goes on', async () => (await client.status()).state === 'idle')
  })
})
