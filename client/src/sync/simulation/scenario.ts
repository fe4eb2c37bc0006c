import assert from 'node:assert/strict'
import * as Y from 'yjs'
import type { DiskPath } from '../ports.ts'
import { bytesIn } from './disk-state.ts'
import { ModelServer, textRoot, type ServerNode } from './model-server.ts'
import { Scheduler } from './scheduler.ts'
import { SeededRandom } from './seeded-random.ts'
import { SimulatedClient } from './simulated-client.ts'
import { isTextName } from './users.ts'

const enoughSteps = 20_000

/** One computer and a server, in which happens what a test says and nothing else. */
export class Scenario {
  readonly random = new SeededRandom(1)
  readonly scheduler = new Scheduler(this.random, Date.UTC(2026, 0, 5))
  readonly server = new ModelServer(this.random.id(), isTextName)
  readonly client = new SimulatedClient({
    name: 'c1',
    server: this.server,
    scheduler: this.scheduler,
    random: this.random,
    traits: { isCaseInsensitive: false, granularityMs: 1, hasModes: true },
    skewMs: 0,
    flaws: {},
  })

  /** Of a version that tells modes, and takes them. */
  withModes(): this {
    this.server.knowsModes = true
    return this
  }

  until(isSo: () => boolean): Promise<void> {
    return this.scheduler.run(isSo, enoughSteps)
  }

  /** Until nothing has been left to do for longer than it takes to believe that something is gone. */
  async rest(): Promise<void> {
    const { scheduler } = this
    let sinceMs = scheduler.nowMs
    await this.until(() => {
      if (!this.client.isQuiet()) sinceMs = scheduler.nowMs
      return scheduler.nowMs - sinceMs > 40_000
    })
  }

  /** Lets the process die at the moment when that is so. */
  async dieWhen(isSo: () => boolean): Promise<void> {
    await this.until(isSo)
    this.client.crash()
  }

  make(name: string, said: string, parentId = this.server.rootId): ServerNode {
    const id = this.random.id()
    assert.equal(this.server.createFile({ id, parentId, name }, Buffer.from(said)).kind, 'done')
    return this.node(id)
  }

  makeFolder(name: string): ServerNode {
    const id = this.random.id()
    this.server.createFolder({ id, parentId: this.server.rootId, name })
    return this.node(id)
  }

  node(id: ServerNode['id']): ServerNode {
    const node = this.server.nodes.get(id)
    assert.ok(node)
    return node
  }

  /** Somebody types into a text of the server. */
  type(node: ServerNode, change: (text: Y.Text) => void): void {
    assert.ok(node.document)
    const document = new Y.Doc()
    Y.applyUpdate(document, Y.encodeStateAsUpdate(node.document))
    change(document.getText(textRoot))
    this.server.applyToText(node, Y.encodeStateAsUpdate(document))
    document.destroy()
  }

  replace(node: ServerNode, said: string): void {
    this.server.replace(node.id, Buffer.from(said), this.server.contentOf(node) ?? '')
  }

  /** Somebody renames it on the server. */
  move({ id, parentId }: ServerNode, name: string): void {
    assert.equal(this.server.move({ id, parentId, name }).kind, 'done')
  }

  write(path: DiskPath, said: string, isInPlace = false): void {
    assert.ok(this.client.disk.write(path, Buffer.from(said), isInPlace))
  }

  isOnDisk(path: DiskPath): boolean {
    return this.client.disk.find(path) !== undefined
  }

  onDisk(path: DiskPath): string | undefined {
    const node = this.client.disk.find(path)
    return node?.kind === 'file' ? Buffer.from(node.bytes).toString() : undefined
  }

  onServer(node: ServerNode): string {
    return Buffer.from(this.server.bytesOf(node)).toString()
  }

  /** Files that both sides have, each as `path: content`, and that they are the same. */
  files(): string[] {
    const { disk } = this.client
    const local = [...disk.walk()].map(({ path, node }) => {
      const said = node.kind === 'folder' ? node.kind : Buffer.from(bytesIn(node)).toString()
      return `${path.join('/')}: ${said}`
    })
    const remote = this.server.snapshot().map(({ id }) => {
      const node = this.node(id)
      return `${this.#pathOf(node)}: ${node.kind === 'folder' ? node.kind : this.onServer(node)}`
    })
    assert.deepEqual(local.toSorted(), remote.toSorted())
    return remote.toSorted()
  }

  #pathOf(node: ServerNode): string {
    const parent = this.server.nodes.get(node.parentId)
    return parent ? `${this.#pathOf(parent)}/${node.name}` : node.name
  }
}
