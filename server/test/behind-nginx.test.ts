import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { WebSocket } from 'ws'
import { findFreePort } from '../../scripts/cluster/free-port.ts'
import { nginxConfig, proxyFile } from '../../scripts/cluster/nginx-config.ts'
import { openLog } from '../src/open-log.ts'
import { LogLines } from '../testing/log-lines.ts'
import { startTestServer, waitUntil } from '../testing/index.ts'
import { create, head } from '../testing/tus-requests.ts'

const nginxProgram = process.env['NGINX_BIN'] || undefined
const skip = nginxProgram === undefined && 'nginx is not installed'

async function openNginx(serverUrl: string) {
  const directory = await mkdtemp(join(tmpdir(), 'cloudsync-nginx-'))
  const port = await findFreePort(23_000 + (process.pid % 5_000))
  const file = join(directory, 'nginx.conf')
  const config = nginxConfig({
    listen: `127.0.0.1:${port}`,
    servers: [new URL(serverUrl).host],
    directory,
  })
  // Its workers are nobody in particular, and have to find their files.
  await writeFile(file, process.getuid?.() === 0 ? `user root;\n${config}` : config)
  const args = ['-p', directory, '-c', file, '-e', join(directory, 'nginx.log')]
  const child = spawn(nginxProgram ?? '', args, { stdio: 'ignore' })
  const url = `http://127.0.0.1:${port}`
  await waitUntil('nginx answers', () =>
    fetch(`${url}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    ),
  )
  return {
    url,
    port,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await once(child, 'exit')
      await rm(directory, { recursive: true, force: true })
    },
  }
}

suite('a server behind nginx', { skip }, () => {
  test('is told who asks and in which trace, and takes sockets', async () => {
    const lines = new LogLines()
    await using server = await startTestServer({ log: openLog({ logLevel: 'debug' }, lines) })
    await using nginx = await openNginx(server.url)
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
    const caller = server.admin.at(nginx.url)
    const answer = await caller.send('GET', '/me', {
      headers: {
        traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
        'x-forwarded-for': '203.0.113.9',
      },
    })
    assert.match(answer.headers.get('traceparent') ?? '', new RegExp(traceId))
    await waitUntil('it is logged', async () =>
      lines
        .of('request')
        .some((entry) => entry['trace.id'] === traceId && entry['client.ip'] === '203.0.113.9'),
    )
    const open = async (origin?: string) => {
      const socket = new WebSocket(
        `ws://127.0.0.1:${nginx.port}/live`,
        origin === undefined ? {} : { origin },
      )
      socket.on('error', () => undefined)
      const { promise, resolve } = Promise.withResolvers<number>()
      socket.on('open', () => resolve(101))
      socket.on('unexpected-response', (_request, { statusCode = 0 }) => resolve(statusCode))
      const closed = new Promise((resolveClosed) => socket.on('close', resolveClosed))
      const status = await promise
      socket.terminate()
      await closed
      return status
    }
    assert.equal(await open(), 101)
    // nginx hands the host on, so that a page of ours is known as such.
    assert.equal(await open(nginx.url), 101)
    assert.equal(await open('https://evil.example'), 403)
  })

  test('gets an upload while it is still being sent', async () => {
    await using server = await startTestServer()
    await using nginx = await openNginx(server.url)
    const caller = server.admin.at(nginx.url)
    const bytes = 40 * 1024 * 1024
    const path = await create(caller, bytes + 1, await caller.rootId())
    const socket = connect(nginx.port, '127.0.0.1')
    socket.write(
      [
        `PATCH /api/v1${path} HTTP/1.1`,
        'host: x',
        `authorization: Bearer ${caller.accessToken}`,
        'tus-resumable: 1.0.0',
        'upload-offset: 0',
        'content-type: application/offset+octet-stream',
        `content-length: ${bytes + 1}`,
        '',
        '',
      ].join('\r\n'),
    )
    socket.write(Buffer.alloc(bytes, 7))
    const partBytes = async () => {
      const { rows } = await server.db.database.pool.query<{ bytes: string }>(
        'SELECT coalesce(max(size_bytes), 0)::text AS bytes FROM content_drafts',
      )
      return Number(rows[0]?.bytes)
    }
    await waitUntil('some of it is durable', async () => (await partBytes()) > 0)
    socket.destroy()
    const answer = await head(caller, path)
    assert.ok(Number(answer.headers.get('upload-offset')) > 0)
  })
})

test(
  'nginx finds no fault with the configuration for TLS either',
  { skip: skip || (spawnSync('openssl', ['version']).status !== 0 && 'openssl is not installed') },
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'cloudsync-nginx-'))
    try {
      const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
      const options = 'req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=files.example.com'
      const made = spawnSync('openssl', [
        ...options.split(' '),
        '-keyout',
        key,
        '-out',
        certificate,
      ])
      assert.equal(made.status, 0, String(made.stderr))
      const example = await readFile(join(proxyFile, '../cloudsync.conf'), 'utf8')
      const site = example
        .replace('/etc/nginx/tls/fullchain.pem', certificate)
        .replace('/etc/nginx/tls/privkey.pem', key)
      const file = join(directory, 'nginx.conf')
      await writeFile(
        file,
        `pid ${join(directory, 'nginx.pid')};\nevents {}\nhttp {\naccess_log off;\ninclude ${proxyFile};\n${site}\n}\n`,
      )
      const args = ['-t', '-p', directory, '-c', file, '-e', join(directory, 'nginx.log')]
      const { status, stderr } = spawnSync(nginxProgram ?? '', args, { encoding: 'utf8' })
      assert.equal(status, 0, stderr)
    } finally {
      await rm(directory, { recursive: true })
    }
  },
)
