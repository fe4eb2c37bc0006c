import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What the library loads at run time, and what its declarations name. */
const clientPackages = ['@hocuspocus/provider', 'lib0', 'y-protocols', 'yjs']
const protocolPackages = ['zod']

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: string
  readonly dependencies?: Readonly<Record<string, string>>
}

/** The package.json of the published package; what it needs has the versions that it was tested with, or later ones. */
export async function publishedManifest(root: string): Promise<Readonly<Record<string, unknown>>> {
  const [whole, client, protocol] = await Promise.all(
    ['.', 'client', 'protocol'].map((workspace) => readManifest(join(root, workspace))),
  )
  return {
    name: client?.name,
    version: client?.version,
    description: 'Files and live texts of a CloudSync server, for Node and browsers.',
    license: whole?.license,
    type: 'module',
    sideEffects: false,
    engines: { node: '>=20.3' },
    exports: {
      '.': { types: './types/client/src/sdk/index.d.ts', default: './index.js' },
      './node': { types: './types/client/src/sdk/node/index.d.ts', default: './node.js' },
    },
    dependencies: {
      ...pick(client, clientPackages),
      ...pick(protocol, protocolPackages),
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
