import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const maxTarballBytes = 64 * 1024 * 1024

/**
 * What npm asks a registry for, out of a folder `node_modules`, each package in the one version that lies there: `/name`
 * tells of a package (https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md), `/name/-/tarball` is it.
 */
export async function openLocalRegistry(modules: string) {
  const server = createServer(({ url = '' }, answer) => {
    respond(modules, decodeURIComponent(url).slice(1), answer).catch(() =>
      answer.writeHead(404).end('{}'),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const dispose = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url, [Symbol.dispose]: dispose }
}

async function respond(modules: string, path: string, answer: ServerResponse): Promise<void> {
  const [name = '', isTarball] = path.split('/-/')
  const folder = join(modules, name)
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
    readonly version: string
  }
  if (isTarball !== undefined) {
    const packed = ['-czf', '-', '-C', dirname(folder), basename(folder)]
    const { stdout } = await run('tar', packed, { encoding: 'buffer', maxBuffer: maxTarballBytes })
    answer.end(stdout)
    return
  }
  const { version } = manifest
  const dist = { tarball: `http://${answer.req.headers.host}/${name}/-/tarball` }
  const versions = { [version]: { ...manifest, dist } }
  answer.setHeader('content-type', 'application/json')
  answer.end(JSON.stringify({ name, 'dist-tags': { latest: version }, versions }))
}
