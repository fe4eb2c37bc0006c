import assert from 'node:assert/strict'
import { chmod, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { openTemporaryFolder } from '../../../testing/temporary-folder.ts'
import { Credentials, type Credential } from './credentials.ts'
import { ServerSessions } from './server-sessions.ts'

const server = 'https://files.example.com'
const secret = 'cst_very-secret'
const credential: Credential = {
  version: 1,
  server,
  account: 'ada@example.com',
  secret: { kind: 'token', token: secret },
}

async function open() {
  const folder = await openTemporaryFolder()
  const configDir = join(folder.path, 'config')
  const credentials = new Credentials({ configDir, stateDir: join(folder.path, 'state') })
  const files = async () => {
    const names = await readdir(join(configDir, 'credentials'))
    return names.map((name) => join(configDir, 'credentials', name))
  }
  return { credentials, files, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}

suite('sign-ins on this machine', () => {
  test('lie in files that only their owner may read, in a folder of the same kind', async () => {
    await using opened = await open()
    await opened.credentials.save(credential)
    const [file = ''] = await opened.files()
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    assert.equal((await stat(join(file, '..'))).mode & 0o777, 0o700)
    assert.deepEqual(await opened.credentials.list(), [credential])
  })

  test('are closed to others again when something has opened them', async () => {
    await using opened = await open()
    await opened.credentials.save(credential)
    const [file = ''] = await opened.files()
    await chmod(file, 0o644)
    assert.deepEqual(await opened.credentials.find(server), credential)
    assert.equal((await stat(file)).mode & 0o777, 0o600)
  })

  test('are never told where one cannot be read', async () => {
    await using opened = await open()
    await opened.credentials.save(credential)
    const [file = ''] = await opened.files()
    await writeFile(file, `{"secret": "${secret}`)
    await assert.rejects(opened.credentials.find(server), (error: Error) => {
      assert.match(error.message, /cannot be read/)
      assert.doesNotMatch(`${error.stack} ${String(error.cause)}`, /very-secret/)
      return true
    })
  })

  test('of two servers do not know of each other', async () => {
    await using opened = await open()
    const other = { ...credential, server: 'https://files.example.com:8443' }
    await opened.credentials.save(credential)
    await opened.credentials.save(other)
    await opened.credentials.remove(server)
    assert.deepEqual(await opened.credentials.list(), [other])
    assert.equal(await opened.credentials.find(server), undefined)
  })

  test('a renewed one keeps whose it is, and one that is over goes', async () => {
    await using opened = await open()
    const { credentials } = opened
    const sessions = new ServerSessions({ credentials, env: {}, userAgent: 'test' })
    const store = sessions.tokenStoreOf(server, 'ada@example.com')
    const tokens = {
      issuedTo: { clientId: 'cloudsync-cli' },
      accessToken: 'a',
      accessTokenExpiresAt: 1,
      refreshToken: 'r1',
    }
    await store.save(tokens)
    await sessions.tokenStoreOf(server).save({ ...tokens, refreshToken: 'r2' })
    const kept = await credentials.find(server)
    assert.equal(kept?.account, 'ada@example.com')
    assert.equal((await store.load())?.refreshToken, 'r2')
    await store.save(undefined)
    assert.equal(await credentials.find(server), undefined)
  })

  test('without one, a command says where to sign in', async () => {
    await using opened = await open()
    const sessions = new ServerSessions({
      credentials: opened.credentials,
      env: {},
      userAgent: 'test',
    })
    await assert.rejects(sessions.open(server), /cloudsync login https:\/\/files\.example\.com/)
  })
})
