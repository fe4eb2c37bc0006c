import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What the library and the command load at run time, and what its declarations name. */
const clientPackages = ['@hocuspocus/provider', 'ignore', 'lib0', 'y-protocols', 'yjs']
const protocolPackages = ['zod']
const crdtPackages = ['smol-toml', 'yaml']

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: string
  readonly dependencies?: Readonly<Record<string, string>>
}

/** The package.json of the published package; what it needs has the versions that it was tested with, or later ones. */
export async function publishedManifest(root: string): Promise<Readonly<Record<string, unknown>>> {
  const [whole, client, protocol, crdt] = await Promise.all(
    ['.', 'client', 'protocol', 'crdt'].map((workspace) => readManifest(join(root, workspace))),
  )
  return {
    name: client?.name,
    version: client?.version,
    description:
      'Files and live texts of a CloudSync server: a library for Node and browsers, and the command cloudsync.',
    license: whole?.license,
    type: 'module',
    sideEffects: false,
    engines: { node: '>=20.3' },
    bin: { cloudsync: './cloudsync.js' },
    exports: {
      '.': { types: './types/client/src/sdk/index.d.ts', default: './index.js' },
      './node': { types: './types/client/src/sdk/node/index.d.ts', default: './node.js' },
    },
    dependencies: {
      ...pick(client, clientPackages),
      ...pick(protocol, protocolPackages),
      ...pick(crdt, crdtPackages),
    },
  }
}

async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest
}

function pick(manifest: Manifest | undefined, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => {
      const version = manifest?.dependencies?.[name]
      if (version === undefined) throw new Error(`${manifest?.name} does not depend on ${name}`)
      return [name, `^${version}`]
    }),
  )
}
