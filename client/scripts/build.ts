/**
 * `npm run build -w @cloudsync/client`: makes `dist`, the package that is published. Node strips no types below
 * `node_modules`, and browsers none at all, so it holds JavaScript, declarations, and nothing that points back here:
 *
 *     index.js        for Node and browsers; shares chunks with
 *     node.js         for Node alone
 *     cloudsync.js    the command, which loads the rest of it from command/ where Node is new enough
 *     types/          declarations, those of the protocol among them
 *     package.json, README.md, LICENSE
 *
 *     node client/scripts/build.ts [folder]     elsewhere than `client/dist`
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, copyFile, glob, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { rolldown } from 'rolldown'
import { publishedManifest } from './published-manifest.ts'

const client = join(import.meta.dirname, '..')
const root = join(client, '..')

async function main(dist: string): Promise<void> {
  await rm(dist, { recursive: true, force: true })
  await mkdir(dist, { recursive: true })
  await Promise.all([writeScripts(dist), writeCommand(dist), writeTypes(join(dist, 'types'))])
  const manifest = await publishedManifest(root)
  await writeFile(join(dist, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)
  await copyFile(join(root, 'docs/sdk.md'), join(dist, 'README.md'))
  await copyFile(join(root, 'LICENSE'), join(dist, 'LICENSE'))
}

async function writeScripts(dist: string): Promise<void> {
  const bundle = await rolldown({
    input: {
      index: join(client, 'src/sdk/index.ts'),
      node: join(client, 'src/sdk/node/index.ts'),
    },
    platform: 'neutral',
    external: isOfOthers,
    treeshake: { moduleSideEffects: (id) => !/\/protocol\/src\//.test(id) },
  })
  await using _bundle = bundle
  await bundle.write({
    dir: dist,
    format: 'esm',
    chunkFileNames: 'chunks/[name]-[hash].js',
    sourcemap: false,
  })
}

/** What Node alone runs; who has the library in a browser never loads any of it. */
async function writeCommand(dist: string): Promise<void> {
  const bundle = await rolldown({
    input: { command: join(client, 'src/main.ts') },
    platform: 'node',
    external: isOfOthers,
    treeshake: { moduleSideEffects: (id) => !/\/(?:protocol|crdt)\/src\//.test(id) },
  })
  await using _bundle = bundle
  await bundle.write({ dir: join(dist, 'command'), format: 'esm', sourcemap: false })
  const launcher = join(client, 'scripts/launcher.js')
  await copyFile(launcher, join(dist, 'cloudsync.js'))
  await chmod(join(dist, 'cloudsync.js'), 0o755)
}

/** Whoever has a document of Yjs must have the same Yjs as we, so it is not bundled, nor is what builds on it. */
function isOfOthers(id: string): boolean {
  return /^[\w@]/.test(id) && !id.startsWith('@cloudsync/')
}

async function writeTypes(types: string): Promise<void> {
  await run('tsc', '-p', join(client, 'tsconfig.build.json'), '--outDir', types)
  const protocol = join(types, 'protocol/src/index.js')
  for await (const path of glob('**/*.d.ts', { cwd: types })) {
    const file = join(types, path)
    const text = await readFile(file, 'utf8')
    await writeFile(file, withOwnImports(text, relativeImport(file, protocol)))
  }
}

/** What is imported lies in the package, under the names that it has there. */
function withOwnImports(declarations: string, protocol: string): string {
  return declarations
    .replaceAll(/(from |import\()'@cloudsync\/protocol'/g, `$1'${protocol}'`)
    .replaceAll(/(from |import\()(['"])(\.[^'"]*)\.ts\2/g, '$1$2$3.js$2')
}

function relativeImport(from: string, to: string): string {
  const path = relative(dirname(from), to).split(sep).join('/')
  return path.startsWith('.') ? path : `./${path}`
}

async function run(program: string, ...args: string[]): Promise<void> {
  const path = join(root, 'node_modules/.bin', program)
  const child = spawn(path, args, { stdio: 'inherit', shell: process.platform === 'win32' })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`${program} ended with ${code}`)
}

await main(resolve(process.argv[2] ?? join(client, 'dist')))
