import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { nginxConfig, proxyFile } from './nginx-config.ts'

const nginxProgram = process.env['NGINX_BIN'] || undefined

const example = {
  listen: '127.0.0.1:21000',
  servers: ['127.0.0.1:21001', '127.0.0.1:21002'],
  directory: '/var/lib/cloud sync',
}

test('nginx listens where it is told to, and passes everything on to the servers', () => {
  const config = nginxConfig(example)
  assert.deepEqual(config.match(/^ *listen .*$/gm), ['        listen 127.0.0.1:21000;'])
  assert.deepEqual(
    [...config.matchAll(/^ *server (\S+:\d+) /gm)].map(([, server]) => server),
    example.servers,
  )
  assert.match(config, /location \/ \{\s+proxy_pass http:\/\/cloudsync;/)
})

test('everything that nginx writes lies in the directory that it is given', () => {
  const paths = [...nginxConfig(example).matchAll(/^ *(?:pid|\w+_temp_path) "(.*)";$/gm)]
  assert.equal(paths.length, 6)
  for (const [, path] of paths) assert.ok(path?.startsWith(`${example.directory}/`), path)
})

test('uploads are passed on as they come, and only what may be repeated goes to another server', () => {
  const proxy = readFileSync(proxyFile, 'utf8')
  assert.match(proxy, /^client_max_body_size 0;$/m)
  assert.match(proxy, /^proxy_request_buffering off;$/m)
  assert.match(proxy, /^proxy_next_upstream .*\bhttp_503\b/m)
  assert.doesNotMatch(proxy, /non_idempotent/)
})

test(
  'nginx itself finds no fault with the configuration',
  { skip: nginxProgram === undefined && 'nginx is not installed' },
  async () => {
    // With a name that has to be quoted.
    const directory = await mkdtemp(join(tmpdir(), 'nginx "of" cloudsync-'))
    try {
      const file = join(directory, 'nginx.conf')
      await writeFile(file, nginxConfig({ ...example, directory }))
      const args = ['-t', '-p', directory, '-c', file, '-e', join(directory, 'nginx.log')]
      const { status, stderr } = spawnSync(nginxProgram ?? '', args, { encoding: 'utf8' })
      assert.equal(status, 0, stderr)
    } finally {
      await rm(directory, { recursive: true })
    }
  },
)
