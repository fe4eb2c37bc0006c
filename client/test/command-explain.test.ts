import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmod, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { startTestServer, waitUntil } from '@cloudsync/server/testing'
import { sharedByTests } from '../../server/testing/shared-by-tests.ts'
import { SyncClient } from '../testing/sync-client.ts'

const server = sharedByTests(await startTestServer())
const { caller } = await server.admin.withToken(['files:read', 'files:write', 'account:read'])

async function openClient() {
  const { name } = await server.admin.post<{ name: string }>('/spaces', {
    name: `Space ${crypto.randomUUID()}`,
  })
  const client = await SyncClient.open(server.url, caller.accessToken, name)
  const at = (path: string) => join(client.folder, path)
  const explain = async (path: string) => (await client.call('explain', at(path))).stdout
  return { client, at, explain }
}

suite('cloudsync explain, while the link runs', () => {
  test('knows why each of these does not go on, also of what came a moment ago', async () => {
    const { client, at, explain } = await openClient()
    await using _client = client
    await client.mustCall('ignore', '*.iso')
    client.start()
    await waitUntil('it runs', () => client.log.includes('in step'))
    await mkdir(at('d/deep'), { recursive: true })
    await writeFile(at('d/deep/a.md'), 'words\n')
    await symlink('/etc/passwd', at('d/link'))
    await symlink('deep/a.md', at('d/inner'))
    execFileSync('sh', ['-c', 'mkfifo pipe'], { cwd: at('d') })
    for (const name of ['big.iso', 'x.swp', 'aux.txt', 'a:b.txt', 'end.'])
      await writeFile(at(`d/${name}`), 'words\n')
    await waitUntil('the rest is in step', async () =>
      (await explain('d/deep/a.md')).includes('in step'),
    )
    const expected: Readonly<Record<string, RegExp>> = {
      'd/big.iso': /left out\n.*here and not.*\n.*a rule in \.cloudsyncignore/,
      'd/x.swp': /left out\n.*here and not.*\n.*temporary files/,
      'd/link': /in step\n/,
      'd/inner': /in step\n/,
      'd/pipe': /left out\n.*here and not.*\n.*pipe/,
      'd/aux.txt': /left out\n.*here and not.*\n.*the name is reserved; give it another one/,
      'd/a:b.txt': /left out\n.*here and not.*\n.*must not contain any of < > :/,
      'd/end.': /left out\n.*here and not.*\n.*must not end in a dot/,
      'd/none': /not known\n/,
      '.cloudsync': /left out\n.*here and not.*\n.*CloudSync’s own/,
      '.cloudsync/none': /left out\n.*CloudSync’s own/,
    }
    for (const [path, reason] of Object.entries(expected)) assert.match(await explain(path), reason)
    const status = await client.call('status')
    assert.equal(status.code, 7)
    assert.match(
      status.stdout,
      /3 items are not synced: the server takes no such name.*\n.*a:b\.txt/,
    )
    assert.match(status.stdout, /1 item is not synced: it is a pipe/)
    const verified = await client.call('verify')
    assert.equal(verified.code, 7)
    assert.match(verified.stdout, /d\/aux\.txt: is only here, as the server takes no such name\n/)
    assert.match(verified.stderr, /3 items are not synced; cloudsync explain <path> tells why/)
  })

  test('keeps what was synced before a rule named it', async () => {
    const { client, at, explain } = await openClient()
    await using _client = client
    await writeFile(at('a.log'), 'one\n')
    await client.mustCall('run', '--once')
    await client.mustCall('ignore', '*.log')
    await writeFile(at('a.log'), 'two\n')
    await writeFile(at('b.log'), 'new\n')
    await client.mustCall('run', '--once')
    assert.match(await explain('a.log'), /in step/)
    assert.match(await explain('b.log'), /left out/)
    await client.mustCall('ignore', '--remove', '*.log')
    await client.mustCall('run', '--once')
    assert.match(await explain('b.log'), /in step/)
  })
})

test('cloudsync verify finds a difference that nobody has noticed, on either side', async () => {
  const { client, at } = await openClient()
  await using _client = client
  await writeFile(at('a.bin'), Buffer.from([0, 1, 2, 3]))
  await writeFile(at('b.md'), 'words\n')
  await client.mustCall('run', '--once')
  await client.mustCall('verify', '--download')
  const bytes = await readFile(at('a.bin'))
  await writeFile(at('a.bin'), Buffer.from([0, 1, 2, 4]))
  await rm(at('b.md'))
  await writeFile(at('c.md'), 'new\n')
  const { code, stdout } = await client.call('verify')
  assert.equal(code, 7)
  assert.equal(
    stdout,
    'a.bin: holds other bytes here than on the server\nc.md: is only here\nb.md: is only on the server\n' +
      '3 differences in 1 file and 0 folders, 4 B.\n',
  )
  const json = JSON.parse((await client.call('verify', '--json')).stdout) as { files: number }
  assert.equal(json.files, 1)
  await writeFile(at('a.bin'), bytes)
  await chmod(at('a.bin'), 0o600)
})

suite('the past of a file', () => {
  test('is listed, and comes back: a version, a deleted file, a whole deletion', async () => {
    const { client, at } = await openClient()
    await using _client = client
    const path = at('p.bin')
    const done = (deed: string, times = 1) =>
      waitUntil(`${deed} is done`, () => client.log.split(deed).length - 1 === times)
    const holds = (file: string, text: string) =>
      waitUntil(
        `${file} is ${text}`,
        async () => (await readFile(file, 'utf8').catch(() => '')) === text,
      )
    await writeFile(path, '\0one')
    await mkdir(at('many'))
    await writeFile(at('many/1.bin'), '\0a')
    await writeFile(at('many/2.bin'), '\0b')
    client.start()
    await done('↑ new p.bin')
    // At once: what is half there, or half gone, is something to send as well.
    await writeFile(join(client.home, 'two'), '\0two')
    await rename(join(client.home, 'two'), path)
    await done('↑ changed p.bin')
    assert.match(await client.mustCall('history', path), /^2 .*\n1 .*\n$/)
    const none = await client.call('restore', path, '--version', '9')
    assert.deepEqual([none.code, none.stderr.includes('There is no version 9 of')], [1, true])
    await client.mustCall('restore', path, '--version', '1')
    await holds(path, '\0one')
    await done('↓ received p.bin')

    await rm(path)
    await rename(at('many'), join(client.home, 'many'))
    await done('↑ deleted many')
    await done('↑ deleted p.bin')
    assert.match(await client.mustCall('history'), /↑ deleted +many +undo [0-9a-f]{8}\n/)
    assert.match(
      (await client.call('restore', at('many/1.bin'))).stderr,
      /was deleted with the folder “many”/,
    )
    await client.mustCall('restore', path)
    assert.match(await client.mustCall('undo', '--since', '10m'), /1 item is back where it was\./)
    await holds(path, '\0one')
    await holds(at('many/2.bin'), '\0b')
  })

  test('of a folder is all that was in it, also beside another one that has its name by now', async () => {
    const { client, at } = await openClient()
    await using _client = client
    await mkdir(at('d/deep/empty'), { recursive: true })
    await writeFile(at('d/a.md'), 'words\n')
    await writeFile(at('d/deep/b.bin'), '\0b')
    await client.mustCall('run', '--once')
    await rm(at('d'), { recursive: true })
    await client.mustCall('run', '--once')
    assert.equal(await client.mustCall('restore', at('d')), `${at('d')} is back.\n`)
    const again = await client.call('restore', at('d'))
    assert.deepEqual([again.code, /“.*d” is there/.test(again.stderr)], [1, true])
    await client.mustCall('run', '--once')
    const isWhole = async (folder: string) => {
      assert.equal(await readFile(at(`${folder}/a.md`), 'utf8'), 'words\n')
      assert.equal(await readFile(at(`${folder}/deep/b.bin`), 'utf8'), '\0b')
      assert.deepEqual((await readdir(at(`${folder}/deep`))).toSorted(), ['b.bin', 'empty'])
    }
    await isWhole('d')
    await client.mustCall('verify')

    await rm(at('d'), { recursive: true })
    await client.mustCall('run', '--once')
    await mkdir(at('d'))
    await writeFile(at('d/other.md'), 'other words\n')
    await client.mustCall('run', '--once')
    const said = await client.mustCall('restore', at('d'))
    assert.match(said, /d is back as d \(2\), as its name is taken\./)
    await client.mustCall('run', '--once')
    await isWhole('d (2)')
    assert.deepEqual(await readdir(at('d')), ['other.md'])
    await client.mustCall('verify')
  })
})
