import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite, test } from 'node:test'
import type { BulkResponse, Node, Page } from '@cloudsync/protocol'
import { v7 as uuidv7 } from 'uuid'
import { sharedByTests } from '../testing/shared-by-tests.ts'
import type { TestCaller } from '../testing/test-caller.ts'
import { startTestServer } from '../testing/test-server.ts'

/** Sources of packages that the checkout has: text of many kinds, and pictures and programs. */
const packages = ['yjs', 'playwright-core/lib', 'zod/src'] as const

const maxOperations = 1_000
const pageSize = 20
const parallelRequests = 4

/** The bytes of files by their paths; those of folders are `undefined`. */
type Tree = Map<string, Uint8Array<ArrayBuffer> | undefined>

const server = sharedByTests(await startTestServer())
const writer = server.admin
/** Each reads one of the trees: a user has 1,000 requests a minute. */
const readers = {
  original: await server.addEditor('Bob'),
  copy: await server.addEditor('Cleo'),
  undone: await server.addEditor('Dan'),
}

suite('the trees of real packages', () => {
  for (const name of packages)
    test(`come back byte by byte, copied and out of the trash too: ${name}`, async (context) => {
      const tree = await readPackage(name)
      const folder = await upload(writer, name.replace('/', '-'), tree)
      assertSameTree(await download(readers.original, folder.id), tree)

      const parentId = await writer.rootId()
      const copy = await writer.post<Node>(`/nodes/${folder.id}/copies`, {
        parentId,
        name: `${folder.name}-copy`,
      })
      assertSameTree(await download(readers.copy, copy.id), tree)

      const trashed = await writer.send('DELETE', `/nodes/${folder.id}`, {
        headers: { accept: 'application/json' },
      })
      const { batchId } = (await trashed.json()) as { batchId: string }
      assert.equal(await findChild(writer, parentId, folder.name), undefined)
      await writer.post(`/trash/batches/${batchId}/undo`)
      const restored = await findChild(writer, parentId, folder.name)
      assert.equal(restored?.id, folder.id)
      assertSameTree(await download(readers.undone, folder.id), tree)
      context.diagnostic(describe(tree))
    })
})

async function readPackage(name: string): Promise<Tree> {
  const root = fileURLToPath(new URL(`../../node_modules/${name}`, import.meta.url))
  const entries = await readdir(root, { withFileTypes: true, recursive: true })
  const tree: Tree = new Map()
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
    const bytes = entry.isFile() ? new Uint8Array(await readFile(path)) : undefined
    tree.set(relative(root, path), bytes)
  }
  return tree
}

/** Makes the folders in one request and then sends each file. */
async function upload(caller: TestCaller, name: string, tree: Tree): Promise<Node> {
  const rootId = await caller.rootId()
  const idsOf = new Map([['', uuidv7()]])
  // Parents sort before what is in them.
  const paths = [...tree].filter(([, bytes]) => !bytes).map(([path]) => path)
  for (const path of paths.toSorted()) idsOf.set(path, uuidv7())
  assert.ok(idsOf.size <= maxOperations)
  const place = (path: string) => {
    const [, parent = '', own = path] = /^(?:(.*)\/)?([^/]*)$/.exec(path) ?? []
    return path === '' ? { parentId: rootId, name } : { parentId: idsOf.get(parent), name: own }
  }
  const operations = [...idsOf].map(([path, id]) => ({
    type: 'create',
    kind: 'folder',
    id,
    ...place(path),
  }))
  const { results } = await caller.post<BulkResponse>('/nodes/bulk', { operations })
  assert.deepEqual(
    results.map((result) => (result.ok ? result.node.id : result.problem)),
    [...idsOf.values()],
  )
  await inParallel(tree, async ([path, bytes]) => {
    if (!bytes) return
    const { parentId, name: fileName } = place(path)
    const form = new FormData()
    form.set('parentId', parentId ?? '')
    form.set('name', fileName)
    form.set('file', new Blob([bytes]), fileName)
    const answer = await caller.send('POST', '/nodes', { body: form })
    assert.equal(answer.status, 201, `${path}: ${await answer.text()}`)
  })
  const [root] = results
  assert.ok(root?.ok)
  return root.node
}

async function download(caller: TestCaller, folderId: string): Promise<Tree> {
  const tree: Tree = new Map()
  const files: { readonly path: string; readonly id: string }[] = []
  const visit = async (id: string, prefix: string): Promise<void> => {
    for await (const child of listChildren(caller, id)) {
      const path = prefix + child.name
      tree.set(path, undefined)
      if (child.kind === 'folder') await visit(child.id, `${path}/`)
      else files.push({ path, id: child.id })
    }
  }
  await visit(folderId, '')
  await inParallel(files, async ({ path, id }) => {
    const answer = await caller.send('GET', `/nodes/${id}/content`)
    assert.equal(answer.status, 200, path)
    tree.set(path, new Uint8Array(await answer.arrayBuffer()))
  })
  return tree
}

async function* listChildren(caller: TestCaller, id: string): AsyncGenerator<Node> {
  let cursor: string | null = ''
  while (cursor !== null) {
    const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const page: Page<Node> = await caller.get(`/nodes/${id}/children?limit=${pageSize}${query}`)
    yield* page.items
    cursor = page.nextCursor
  }
}

async function findChild(caller: TestCaller, id: string, name: string): Promise<Node | undefined> {
  for await (const child of listChildren(caller, id)) if (child.name === name) return child
  return undefined
}

/** Compared file by file: the difference of two large trees is nothing to read. */
function assertSameTree(actual: Tree, expected: Tree): void {
  assert.deepEqual([...actual.keys()].toSorted(), [...expected.keys()].toSorted())
  for (const [path, bytes] of expected) {
    const got = actual.get(path)
    assert.equal(got?.length, bytes?.length, `the size of ${path}`)
    if (bytes) assert.ok(Buffer.from(bytes).equals(got ?? new Uint8Array()), path)
  }
}

async function inParallel<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const queue = Iterator.from(items)
  const worker = async () => {
    for (const item of queue) await work(item)
  }
  await Promise.all(Array.from({ length: parallelRequests }, worker))
}

function describe(tree: Tree): string {
  const files = [...tree.values()].filter((bytes) => bytes !== undefined)
  const sizeBytes = files.reduce((sum, { length }) => sum + length, 0)
  return `${files.length} files, ${tree.size - files.length} folders, ${sizeBytes} bytes`
}
