import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startAnewToStay } from './start-anew.ts'

interface Begun {
  readonly file: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

function start(
  argv: readonly string[],
  { execArgv = [], platform = 'linux' }: { execArgv?: string[]; platform?: NodeJS.Platform } = {},
): Begun[] {
  const begun: Begun[] = []
  startAnewToStay({
    argv: ['/node', '/main.ts', ...argv],
    execArgv,
    execPath: '/node',
    env: { HOME: '/home', MALLOC_ARENA_MAX: '4' },
    platform,
    execve(file, args = [], env = {}) {
      begun.push({ file, args, env })
      throw new Error('not here')
    },
  })
  return begun
}

test('begins once more with what saves memory, as it was asked, and with what its user has set', () => {
  const [first, ...rest] = start(['run', '--once'], { execArgv: ['--cpu-prof'] })
  assert.equal(rest.length, 0)
  assert.ok(first)
  assert.equal(first.file, '/node')
  assert.deepEqual(first.args.slice(-4), ['--cpu-prof', '/main.ts', 'run', '--once'])
  assert.equal(first.args[0], '/node')
  assert.deepEqual([first.env['HOME'], first.env['MALLOC_ARENA_MAX']], ['/home', '4'])
  const flags = first.args.slice(1, -3)
  assert.deepEqual(start(['run'], { execArgv: flags }), [])
})

test('goes on as it is where it ends soon, and where the system cannot', () => {
  assert.deepEqual(start(['status']), [])
  assert.deepEqual(start([]), [])
  assert.deepEqual(start(['run'], { platform: 'win32' }), [])
})

test('says what it did before when it has begun once more, and nothing else', async () => {
  const main = fileURLToPath(new URL('../main.ts', import.meta.url))
  const child = spawn(process.execPath, [main, 'run', '--no-such-option'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (data: Buffer) => (said += String(data)))
  const [code] = (await once(child, 'close')) as [number | null]
  assert.equal(code, 2)
  assert.match(said, /no-such-option/)
  assert.doesNotMatch(said, /Warning/)
})
