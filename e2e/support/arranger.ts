import { randomUUID } from 'node:crypto'
import * as Y from 'yjs'
import type { ApiClient } from './api-client.ts'
import { WireLedger } from './counting-socket.ts'
import { HocuspocusLink } from './hocuspocus-link.ts'

/** So few that people take the same ones all the time; some differ by their case only. */
const names = ['notes.md', 'Notes.md', 'plan.md', 'PLAN.md', 'data.csv', 'to do.txt', 'images']

const maxChildren = 16

export interface ArrangerOptions {
  readonly url: string
  readonly folderId: string
  readonly api: ApiClient
  readonly random: () => number
}

/** Somebody with a stock client who makes, renames and removes children of a folder document. */
export class Arranger {
  readonly doc = new Y.Doc()
  /** What it has made, by id. */
  readonly made = new Set<string>()
  readonly ledger = new WireLedger({
    tokens: /(?<=k\|)[0-9a-f-]{36}/g,
    isOwn: (id) => this.made.has(id),
  })
  readonly #random: () => number
  readonly #link: HocuspocusLink
  #edits = 0

  constructor({ url, folderId, api, random }: ArrangerOptions) {
    this.#random = random
    const { doc, ledger } = this
    this.#link = new HocuspocusLink({ url, name: `folder:${folderId}`, api, doc, ledger })
  }

  get edits(): number {
    return this.#edits
  }

  get isSynced(): boolean {
    return this.#link.isSynced
  }

  get state(): string {
    return `${this.#link.state}, ${this.children.size} children`
  }

  /** Names and kinds by id. */
  get children(): Map<string, { readonly name: string; readonly kind: string }> {
    const entries = this.#entries
    const ids = [...entries.keys()].filter((key) => key.startsWith('k|')).map((key) => key.slice(2))
    return new Map(
      ids
        .toSorted()
        .flatMap((id) =>
          entries.has(`n|${id}`)
            ? [[id, { name: entries.get(`n|${id}`) ?? '', kind: entries.get(`k|${id}`) ?? '' }]]
            : [],
        ),
    )
  }

  act(): void {
    this.#edits += 1
    const ids = [...this.children.keys()]
    const id = ids[Math.floor(this.#random() * ids.length)]
    const choice = ids.length >= maxChildren ? 1 : this.#random()
    if (id === undefined || choice < 0.4) this.#make()
    else if (choice < 0.7) this.#entries.set(`n|${id}`, this.#anyName())
    else this.#remove(id)
  }

  disconnect(): void {
    this.#link.disconnect()
  }

  connect(): void {
    this.#link.connect()
  }

  destroy(): void {
    this.#link.destroy()
    this.doc.destroy()
  }

  get #entries(): Y.Map<string> {
    return this.doc.getMap('children')
  }

  #make(): void {
    const id = randomUUID()
    this.made.add(id)
    this.doc.transact(() => {
      this.#entries.set(`n|${id}`, this.#anyName())
      this.#entries.set(`k|${id}`, this.#random() < 0.5 ? 'text' : 'folder')
    })
  }

  /** Not what nobody else has heard of yet: it would never have been. */
  #remove(id: string): void {
    if (this.made.has(id) && !this.ledger.acknowledged.has(id)) return
    this.doc.transact(() => {
      this.#entries.delete(`n|${id}`)
      this.#entries.delete(`k|${id}`)
    })
  }

  #anyName(): string {
    return names[Math.floor(this.#random() * names.length)] ?? 'images'
  }
}
