import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { suite, test } from 'node:test'
import { promisify } from 'node:util'
import { startTestServer } from '../../server/testing/index.ts'
import { sharedByTests } from '../../server/testing/shared-by-tests.ts'
import { openLocalRegistry } from '../testing/local-registry.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const tsc = join(root, 'node_modules/.bin/tsc')

/** A program elsewhere that has the package from its file, and what that depends on as it is here. */
async function installPackage() {
  const folder = await mkdtemp(join(tmpdir(), 'cloudsync-package-'))
  const dist = join(folder, 'dist')
  await run(process.execPath, [join(root, 'client/scripts/build.ts'), dist])
  const { stdout } = await run('npm', ['pack', dist, '--pack-destination', folder, '--json'])
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }]
  const program = join(folder, 'program')
  const installed = join(program, 'node_modules/@cloudsync/client')
  await mkdir(installed, { recursive: true })
  await run('tar', ['-xzf', join(folder, filename), '-C', installed, '--strip-components=1'])
  const manifest = await readFile(join(installed, 'package.json'), 'utf8')
  const { dependencies, bin } = JSON.parse(manifest) as Record<
    'dependencies' | 'bin',
    Record<string, string>
  >
  for (const name of [...Object.keys(dependencies), '@types/node']) {
    const target = join(program, 'node_modules', name)
    await mkdir(dirname(target), { recursive: true })
    await symlink(join(root, 'node_modules', name), target)
  }
  const programs = join(program, 'node_modules/.bin')
  await mkdir(programs)
  for (const [name, path] of Object.entries(bin))
    await symlink(join('../@cloudsync/client', path), join(programs, name))
  await writeFile(join(program, 'package.json'), '{"type":"module"}')
  const dispose = () => rm(folder, { recursive: true, force: true })
  return {
    folder,
    file: join(folder, filename),
    program,
    installed,
    [Symbol.asyncDispose]: dispose,
  }
}

const server = sharedByTests(await startTestServer())
const { folder, file, program, installed } = sharedByTests(await installPackage())
const token = await server.admin.withToken(['account:read', 'files:read', 'files:write'])
const environment = {
  PATH: process.env['PATH'] ?? '',
  CLOUDSYNC_URL: server.url,
  CLOUDSYNC_TOKEN: token.caller.accessToken,
  SIGN_IN_FILE: join(program, 'sign-in.json'),
  FOLLOW_MS: '500',
}

async function runProgram(name: string, source: string): Promise<string> {
  await writeFile(join(program, name), source)
  const options = { cwd: program, env: environment }
  const { stdout } = await run(process.execPath, [name], options)
  return stdout
}

async function checkTypes(...names: string[]): Promise<void> {
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'esnext']
  const types = ['--types', 'node', '--skipLibCheck', '--allowImportingTsExtensions']
  await run(tsc, [...options, ...types, ...names], { cwd: program }).catch(
    ({ stdout }: { stdout: string }) => assert.fail(stdout),
  )
}

suite('the published package', () => {
  test('runs with plain Node, which strips no types there', async () => {
    const said = await runProgram(
      'first.mjs',
      `import { createClient } from '@cloudsync/client'
       import { FileTokenStore } from '@cloudsync/client/node'
       const { CLOUDSYNC_URL: url, CLOUDSYNC_TOKEN: accessToken } = process.env
       const client = createClient({ url, credentials: { accessToken } })
       const [{ rootId }] = await client.spaces.list().all()
       const file = await client.nodes.createFile({ parentId: rootId, name: 'p.txt', content: 'a' })
       const live = client.openText(file.id)
       live.text.insert(0, 'b')
       await live.saved()
       live.close()
       console.log((await client.me()).email, await client.content.text(file.id))
       console.log(await new FileTokenStore('none.json').load())`,
    )
    assert.match(said, /^ada@example.com (ab|ba)\nundefined\n$/)
  })

  test('has nothing of Node in what a browser loads, and no source', async () => {
    const scripts = await readdir(installed, { recursive: true })
    assert.deepEqual(
      scripts.filter((name) => /(?<!\.d)\.ts$/.test(name)),
      [],
    )
    const isOfNode = (name: string) =>
      ['node.js', 'cloudsync.js'].includes(name) || dirname(name) === 'command'
    const browser = scripts.filter((name) => name.endsWith('.js') && !isOfNode(name))
    for (const name of browser) {
      const text = await readFile(join(installed, name), 'utf8')
      assert.doesNotMatch(text, /\bfrom ?["'](?:node:|@cloudsync)|\bprocess\.|\bBuffer\./, name)
    }
  })

  test('has types that say what is there', async () => {
    await writeFile(
      join(program, 'types.ts'),
      `import { createClient, type Node, type NodeId } from '@cloudsync/client'
       import { FileTokenStore } from '@cloudsync/client/node'
       const credentials = { tokens: new FileTokenStore('x') }
       const client = createClient({ url: 'https://cloud.example', credentials })
       export const email: string = (await client.me()).email
       export const node: Node = await client.nodes.get('' as NodeId)
       // @ts-expect-error: an id is not any text
       await client.nodes.get('abc')
       // @ts-expect-error: it is known what an answer has
       node.colour
       // @ts-expect-error: and of what type
       export const wrong: number = node.name
       export const text = client.openText(node.id).text.toJSON().toUpperCase()`,
    )
    await checkTypes('types.ts')
  })
})

suite('the command of the published package', () => {
  const home = join(program, 'home')
  const cloudsync = async (...args: string[]) => {
    const env = { ...environment, HOME: home, npm_config_offline: 'true' }
    return run('npx', ['--no-install', 'cloudsync', ...args], { cwd: program, env })
  }

  test('says what it can do, and nothing else', async () => {
    const { stdout, stderr } = await cloudsync('--help')
    assert.match(stdout, /^Keeps folders of this machine in step with a CloudSync server\.\n/)
    assert.equal(stderr, '')
  })

  test('is there where somebody installs the file for all programs, as docs/sync-client.md says', async () => {
    const docs = await readFile(join(root, 'docs/sync-client.md'), 'utf8')
    assert.ok(docs.includes(`npm install --global ./${basename(file)}\n`))
    using registry = await openLocalRegistry(join(root, 'node_modules'))
    const prefix = join(folder, 'prefix')
    const options = ['--no-audit', '--no-fund', '--cache', join(folder, 'cache')]
    const where = ['--global', '--prefix', prefix, '--registry', registry.url]
    await run('npm', ['install', ...where, ...options, file], { cwd: folder })
    const call = (...args: string[]) =>
      run(join(prefix, 'bin/cloudsync'), args, { cwd: folder, env: { ...environment, HOME: home } })
    const { version } = JSON.parse(
      await readFile(join(prefix, 'lib/node_modules/@cloudsync/client/package.json'), 'utf8'),
    ) as { version: string }
    assert.equal((await call('--version')).stdout, `${version}\n`)
    assert.match((await call('help')).stdout, /^Keeps folders of this machine in step/)
    assert.match((await call('help', 'link')).stdout, /^Usage: cloudsync link /)
    assert.match((await call('login', server.url, '--token')).stdout, /^Signed in to http/)
  })

  test('keeps a folder and a space the same', async () => {
    const folder = join(home, 'Files')
    const spaces = await server.admin.get<{ items: { name: string }[] }>('/spaces')
    await cloudsync('login', server.url, '--token')
    await cloudsync('link', folder, spaces.items[0]?.name ?? '')
    await writeFile(join(folder, 'settings.yaml'), 'a: 1\n')
    await cloudsync('run', '--once')
    assert.match((await cloudsync('verify')).stdout, /^The same on both sides/)
    assert.match((await cloudsync('history')).stdout, /↑ new +settings\.yaml\n/)
  })
})

suite('the examples of docs/sdk.md', () => {
  const examples = readFile(join(root, 'docs/sdk.md'), 'utf8').then((text) =>
    [...text.matchAll(/```ts\n(.*?)```/gs)].map(([, source = '']) => source),
  )

  test('are right by their types', async () => {
    const sources = await examples
    assert.ok(sources.length >= 5)
    const names = sources.map((_, index) => `example-${index}.ts`)
    await Promise.all(
      names.map((name, index) => writeFile(join(program, name), sources[index] ?? '')),
    )
    await checkTypes(...names)
  })

  test('run as they stand', async () => {
    const accessToken = server.admin.accessToken
    await writeFile(
      environment.SIGN_IN_FILE,
      JSON.stringify({
        issuedTo: 'session',
        accessToken,
        accessTokenExpiresAt: Date.now() + 600_000,
        refreshToken: server.admin.refreshToken,
      }),
    )
    const said: string[] = []
    for (const [index, source] of (await examples).entries())
      said.push(await runProgram(`example-${index}.ts`, source))
    const [first, device, files, live, changes, failure] = said
    assert.match(first ?? '', /^Signed in as ada@example\.com\n/)
    assert.equal(device, 'Ada\n')
    assert.match(files ?? '', /20000000 of 20000000\ntrue\n$/)
    assert.match(live ?? '', /saving\n(?:.*\n)*saved\n$/)
    assert.match(changes ?? '', /\d+ Reports\n/)
    assert.match(failure ?? '', /^not_found /)
  })
})
