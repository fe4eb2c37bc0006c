import * as Y from 'yjs'
import {
  childrenRootName,
  type ChildKind,
  type FolderChild,
  type FolderDelta,
  type FolderEdit,
} from '../folder/folder-document.ts'
import { FolderReplica } from '../folder/folder-replica.ts'
import {
  broughtIds,
  judgeFolder,
  type FolderRights,
  type KnownNode,
} from '../folder/judge-folder.ts'
import type { Random } from './random.ts'

/** One update as the server has judged it, and the folder with the edits made. */
export interface JudgedUpdate {
  readonly update: Uint8Array
  readonly before: ReadonlyMap<string, FolderChild>
  readonly between: ReadonlyMap<string, FolderChild>
  readonly delta: FolderDelta
  readonly known: ReadonlyMap<string, KnownNode>
  readonly may: FolderRights
  readonly edits: readonly FolderEdit[]
}

interface Person {
  readonly doc: Y.Doc
  readonly may: FolderRights
  /** Updates on their way to the server, and from it. */
  readonly outbox: Uint8Array[]
  readonly inbox: Uint8Array[]
}

const names = ['a', 'A', 'a (2)', 'b.md', 'B.MD', 'b (2).md', 'é', 'e\u0301', 'ß', 'SS', 'c', 'd']
const refusedNames = ['', 'a/b', 'con', 'x.', 'x'.repeat(300), 'a:']
const kinds: readonly ChildKind[] = ['folder', 'text', 'text', 'blob']
const garbage: readonly unknown[] = [42, null, true, ['a'], { name: 'a' }, 'socket']
const all: FolderRights = {
  create: true,
  createFolders: true,
  restore: () => true,
  rename: () => true,
  remove: () => true,
}

/** In all children, in none, or in those whose id ends so. */
function someRight(random: Random): (id: string) => boolean {
  const digits = random.pick(['', '0123456789abcdef', '01234567'])
  return (id) => digits.includes(id.at(-1) ?? '')
}

/**
 * A few people, honest and not, who edit one folder over a network that loses, repeats and reorders, and
 * a server that judges each update as it comes.
 */
export class RandomFolder {
  readonly folder = new FolderReplica()
  readonly people: readonly Person[]
  /** What the server knows of every id but those that the folder lists. */
  readonly #known = new Map<string, KnownNode>()
  readonly #ids: string[] = []
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
    this.folder.doc.clientID = 1
    this.people = Array.from({ length: 2 + random.below(3) }, (_, at) => this.#invite(at + 2))
    for (const state of ['elsewhere', 'elsewhere', 'purged'] as const)
      this.#known.set(this.#newId(), { state })
  }

  #invite(clientId: number): Person {
    const random = this.#random
    const may = random.chance(0.7)
      ? all
      : {
          create: random.chance(0.5),
          createFolders: random.chance(0.5),
          restore: someRight(random),
          rename: someRight(random),
          remove: someRight(random),
        }
    const person: Person = { doc: new Y.Doc(), may, outbox: [], inbox: [] }
    person.doc.clientID = clientId
    person.doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== 'server') person.outbox.push(update)
    })
    return person
  }

  /** One thing that happens; what the server has judged by it. */
  step(): JudgedUpdate | undefined {
    const random = this.#random
    const person = random.pick(this.people)
    if (random.chance(0.1)) this.#editAsServer()
    if (random.chance(0.5)) person.doc.transact(() => this.#edit(person.doc))
    if (random.chance(0.7)) this.#deliver(person)
    const update = this.#takeFrom(person.outbox)
    return update && random.chance(0.8) ? this.#judge(update, person.may) : undefined
  }

  /** Brings the server what each person has and it has not. */
  *gather(): Generator<JudgedUpdate> {
    for (const { doc, may } of this.people)
      yield this.#judge(Y.encodeStateAsUpdate(doc, Y.encodeStateVector(this.folder.doc)), may)
  }

  /** Brings everybody what the server has. */
  spread(): void {
    const state = Y.encodeStateAsUpdate(this.folder.doc)
    for (const { doc } of this.people) Y.applyUpdate(doc, state, 'server')
  }

  #judge(update: Uint8Array, may: FolderRights): JudgedUpdate {
    const before = new Map(this.folder.view)
    const delta = this.folder.apply(update)
    const between = new Map(this.folder.view)
    const known = new Map(
      broughtIds(delta).flatMap((id) => {
        const node = this.#known.get(id)
        return node ? [[id, node] as const] : []
      }),
    )
    const edits = judgeFolder({ folder: this.folder, delta, known, may })
    const repair = this.folder.edit(edits).update
    this.#record(before)
    this.#send(repair ? [update, repair] : [update])
    return { update, before, between, delta, known, may, edits }
  }

  #record(before: ReadonlyMap<string, FolderChild>): void {
    for (const [id, { kind }] of before)
      if (!this.folder.view.has(id)) this.#known.set(id, { state: 'removed', kind })
    for (const id of this.folder.view.keys()) if (!before.has(id)) this.#known.delete(id)
  }

  #send(updates: readonly Uint8Array[]): void {
    for (const { inbox } of this.people) inbox.push(...updates)
  }

  #deliver({ doc, inbox }: Person): void {
    const update = this.#takeFrom(inbox)
    if (update && this.#random.chance(0.9)) Y.applyUpdate(doc, update, 'server')
  }

  /** Mostly the next one; at times a later one, and at times it stays there to come again. */
  #takeFrom(queue: Uint8Array[]): Uint8Array | undefined {
    if (queue.length === 0) return undefined
    const at = this.#random.chance(0.85) ? 0 : this.#random.below(queue.length)
    return this.#random.chance(0.1) ? queue[at] : queue.splice(at, 1)[0]
  }

  /** An upload, a move to another folder, or the end of a trashed node. */
  #editAsServer(): void {
    const random = this.#random
    const before = new Map(this.folder.view)
    const listed = [...before.keys()]
    const id = random.pick(this.#ids)
    if (random.chance(0.5)) {
      const put = {
        type: 'put' as const,
        id: this.#newId(),
        name: this.#newId(),
        kind: 'blob' as const,
      }
      this.#send([this.folder.edit([put]).update as Uint8Array])
    } else if (this.#known.get(id)?.state === 'removed') {
      this.#known.set(id, { state: 'purged' })
    } else if (listed.length > 0) {
      const moved = random.pick(listed)
      this.#send([this.folder.edit([{ type: 'remove', id: moved }]).update as Uint8Array])
      this.#known.set(moved, { state: 'elsewhere' })
    }
  }

  #edit(doc: Y.Doc): void {
    for (let edits = this.#random.chance(0.7) ? 1 : 4; edits > 0; edits -= 1) this.#editOnce(doc)
  }

  #editOnce(doc: Y.Doc): void {
    const random = this.#random
    const entries = doc.getMap(childrenRootName)
    const id = random.pick(this.#ids)
    switch (random.below(12)) {
      case 0:
      case 1:
      case 2:
      case 3: {
        const created = this.#newId()
        entries.set(`n|${created}`, this.#name())
        entries.set(`k|${created}`, random.pick(kinds))
        return
      }
      case 4:
      case 5:
        if (entries.has(`n|${id}`)) entries.set(`n|${id}`, this.#name())
        return
      case 6:
      case 7:
        entries.delete(`n|${id}`)
        entries.delete(`k|${id}`)
        return
      case 8:
        entries.set(`n|${id}`, this.#name())
        entries.set(`k|${id}`, random.pick(kinds))
        return
      case 9: {
        const other = random.pick(this.#ids)
        const name = entries.get(`n|${id}`)
        const otherName = entries.get(`n|${other}`)
        if (name === undefined || otherName === undefined) return
        entries.set(`n|${id}`, otherName)
        entries.set(`n|${other}`, name)
        return
      }
      default:
        this.#deface(entries, id)
    }
  }

  #deface(entries: Y.Map<unknown>, id: string): void {
    const random = this.#random
    const key = random.pick([`n|${id}`, `k|${id}`])
    switch (random.below(4)) {
      case 0:
        entries.delete(key)
        return
      case 1:
        entries.set(key, random.pick(garbage))
        return
      case 2:
        entries.set(`k|${id}`, random.pick(kinds))
        return
      default:
        entries.set(random.pick(['', 'n', 'x|1', `n|${id.toUpperCase()}x`, `s|${id}`]), 'a')
    }
  }

  #name(): string {
    return this.#random.pick(this.#random.chance(0.85) ? names : refusedNames)
  }

  /** In no order that tells which is older. */
  #newId(): string {
    const digits = this.#random
      .below(2 ** 32)
      .toString(16)
      .padStart(8, '0')
    const id = `${digits}-0000-7000-8000-${this.#ids.length.toString(16).padStart(12, '0')}`
    this.#ids.push(id)
    return id
  }
}
