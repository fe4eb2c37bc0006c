import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { promisify } from 'node:util'
import { SyncClient } from '../testing/sync-client.ts'

const run = promisify(execFile)

/** A machine with a service manager that writes down what it is asked. */
async function openMachine(answer: string): Promise<{ client: SyncClient; asked: string }> {
  const programs = await SyncClient.openNew()
  const asked = join(programs.home, 'asked')
  const systemctl = join(programs.home, 'bin/systemctl')
  await mkdir(join(programs.home, 'bin'))
  await writeFile(systemctl, `#!/bin/sh\necho "$@" >> '${asked}'\n${answer}\n`)
  await chmod(systemctl, 0o755)
  const path = `${join(programs.home, 'bin')}:${process.env['PATH'] ?? ''}`
  const client = await SyncClient.openNew({ env: { PATH: path } })
  return { client, asked }
}

const unitOf = (client: SyncClient) => join(client.home, 'config/systemd/user/cloudsync.service')

suite('cloudsync service on Linux', { skip: process.platform !== 'linux' }, () => {
  test('installs a unit that systemd can read, starts it, and takes it away again', async (t) => {
    const { client, asked } = await openMachine('')
    await using _client = client
    const installed = await client.call('service', 'install')
    assert.equal(installed.code, 0, installed.stderr)
    assert.match(installed.stderr, /No folder is linked yet/)
    const unit = unitOf(client)
    assert.equal(await readFile(unit, 'utf8'), await client.mustCall('service', 'print'))
    assert.deepEqual((await readFile(asked, 'utf8')).trim().split('\n'), [
      '--user daemon-reload',
      '--user enable cloudsync.service',
      '--user restart cloudsync.service',
    ])
    const environment = { ...process.env, XDG_RUNTIME_DIR: client.home }
    const verified = await run('systemd-analyze', ['verify', '--user', unit], {
      env: environment,
    }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
      t.diagnostic('There is no systemd here to read the unit')
      return { stderr: '' }
    })
    assert.equal(verified.stderr, '')

    assert.equal((await client.call('service', 'uninstall')).code, 0)
    await assert.rejects(readFile(unit), { code: 'ENOENT' })
    assert.match(await readFile(asked, 'utf8'), /--user disable --now cloudsync\.service/)
  })

  test('starts the command by what the unit says, from anywhere', async () => {
    const { client } = await openMachine('')
    await using _client = client
    const unit = await client.mustCall('service', 'print')
    const words = /^ExecStart=(.*)$/m.exec(unit)?.[1] ?? ''
    const [node = '', script = ''] = [...words.matchAll(/"([^"]*)"/g)].map(([, word]) => word)
    const { stdout } = await run(node, [script, '--version'], { cwd: '/' })
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/)
    assert.match(unit, new RegExp(`^Environment="XDG_CONFIG_HOME=${client.home}/config"$`, 'm'))
  })

  test('says what could not be started, and where it is written', async () => {
    const { client } = await openMachine('echo "Failed to connect to bus" >&2; exit 1')
    await using _client = client
    const { code, stderr } = await client.call('service', 'install')
    assert.equal(code, 1)
    assert.match(
      stderr,
      /It is written as \S+cloudsync\.service, and could not be started: “systemctl --user daemon-reload” failed: Failed to connect to bus\n$/,
    )
  })
})
