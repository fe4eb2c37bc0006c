import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { startTestServer, waitUntil } from '@cloudsync/server/testing'
import { sharedByTests } from '../../server/testing/shared-by-tests.ts'
import { widthOf } from '../src/command/terminal/columns.ts'
import { save } from '../testing/open-machines.ts'
import { SyncClient } from '../testing/sync-client.ts'

const server = sharedByTests(await startTestServer())
const { caller } = await server.admin.withToken(['files:read', 'files:write', 'account:read'])
const bytesPerSecond = 1_000_000
const sizeBytes = 8_000_000

async function openSpace(): Promise<string> {
  const { name } = await server.admin.post<{ name: string }>('/spaces', {
    name: `Space ${crypto.randomUUID()}`,
  })
  return name
}

/** Elsewhere `script` is another program. */
const atTerminal = { skip: process.platform !== 'linux' }

suite('cloudsync status --watch', () => {
  test(
    'draws bars and rates in place, also in a narrow terminal, and ends by Ctrl+C',
    atTerminal,
    async () => {
      const name = await openSpace()
      await using client = await SyncClient.open(server.url, caller.accessToken, name)
      await client.mustCall('limit', '--up', '1M')
      client.start()
      await using terminal = client.openTerminal(48, 'status', '--watch')
      const shown = () => stripVTControlCharacters(terminal.output)
      await waitUntil('it is drawn', () => shown().includes('in step'))
      const path = 'a file with a name that is far too long for this terminal.bin'
      await writeFile(join(client.folder, path), randomBytes(sizeBytes))
      await waitUntil('a bar is drawn', () => /↑ .*MB of 8\.0 MB/.test(shown()))
      await waitUntil('the rate is told', () => /↑ \d[\d.]* [KM]B\/s/.test(shown()))
      await waitUntil('it is done', () => /in step · 1 item/.test(shown()))
      terminal.type('\u0003')
      assert.equal(await terminal.ended, 0)
      assert.ok(/\[\d+A\r/.test(terminal.output), 'it was drawn in place')
      for (const line of shown().split(/[\r\n]+/)) assert.ok(widthOf(line) <= 48, line)
    },
  )

  test('writes plain lines where nobody looks, and JSON for programs', async () => {
    const name = await openSpace()
    await using client = await SyncClient.open(server.url, caller.accessToken, name)
    client.start()
    await waitUntil('it runs', () => client.log.includes('in step'))
    for (const [options, expected] of [
      [[], /^\S.* ↔ Space .*\n {2}in step · 0 items\n/m],
      [['--json'], /^\{"id":.*"state":"idle".*\}\n/m],
    ] as const) {
      const watching = client.spawn(['status', '--watch', ...options])
      let output = ''
      watching.stdout?.on('data', (data: Buffer) => (output += data.toString()))
      await waitUntil('it has told', () => expected.test(output))
      const ended = new Promise((resolve) => watching.once('exit', resolve))
      watching.kill('SIGINT')
      assert.equal(await ended, 0)
      assert.ok(!output.includes('\u001b'))
    }
  })
})

/** How many different things of such a kind it has said. */
function countOf({ log }: SyncClient, said: RegExp): number {
  return new Set(log.match(said)).size
}

test('a limit holds while much is sent and received', async () => {
  const name = await openSpace()
  await using client = await SyncClient.open(server.url, caller.accessToken, name)
  await client.mustCall('limit', '--up', '1M')
  await using other = await SyncClient.open(server.url, caller.accessToken, name)
  await other.mustCall('limit', '--down', '1M')
  client.start()
  await waitUntil('it runs', () => client.log.includes('in step'))
  const rateSince = (sinceMs: number) => (sizeBytes / (performance.now() - sinceMs)) * 1000
  const sentAtMs = performance.now()
  await Promise.all(
    [1, 2].map((number) => save(join(client.folder, `${number}.bin`), randomBytes(sizeBytes / 2))),
  )
  await waitUntil('both are sent', () => countOf(client, /↑ new \d\.bin/g) === 2)
  const up = rateSince(sentAtMs)
  const receivedAtMs = performance.now()
  other.start()
  await waitUntil('both have come', () => countOf(other, /↓ received \d\.bin/g) === 2)
  const down = rateSince(receivedAtMs)
  for (const [direction, rate] of Object.entries({ up, down }))
    assert.ok(rate < bytesPerSecond * 1.2, `${direction}: ${Math.round(rate)} bytes a second`)
})

test('what is on its way stands still while a folder is paused, and goes on', async () => {
  const name = await openSpace()
  await using client = await SyncClient.open(server.url, caller.accessToken, name)
  await client.mustCall('limit', '--up', '500K')
  client.start()
  await waitUntil('it runs', () => client.log.includes('in step'))
  await save(join(client.folder, 'large.bin'), randomBytes(sizeBytes))
  const rate = async () => (await client.status()).sendBytesPerSecond
  await waitUntil('it is on its way', async () => (await rate()) > 0)
  await client.mustCall('pause')
  await waitUntil('nothing is sent', async () => (await rate()) === 0)
  const [transfer, ...others] = (await client.status()).transfers
  assert.ok(transfer && transfer.doneBytes < sizeBytes, `${transfer?.doneBytes} bytes were sent`)
  assert.deepEqual(others, [])
  await client.mustCall('limit', '--up', 'off')
  await client.mustCall('resume')
  await waitUntil('all is sent', () => client.log.includes('↑ new large.bin'))
})
