import { setTimeout as delay } from 'node:timers/promises'
import { ApiClient } from './api-client.ts'
import { Arranger } from './arranger.ts'
import { adminAccount } from './server-process.ts'
import {
  acknowledgedIn,
  openTypingGroup,
  textIn,
  typeOnce,
  type TypingGroup,
} from './typing-group.ts'

export interface ClusterPeopleOptions {
  /** Of the nodes. */
  readonly urls: readonly string[]
  readonly documents: number
  /** Nobody types into a document longer than this; a new one takes its place. Default 12,000. */
  readonly maxTextLength?: number
  readonly random: () => number
}

/** Each time that everybody may do something. */
const typingShare = 0.2
const arrangingShare = 0.03

/**
 * Everybody who works with a cluster: in each text one stock Hocuspocus client per node and a y-websocket
 * client at one of them, and in a folder one client per node that arranges its children.
 */
export class ClusterPeople {
  /** The administrator at each node. */
  readonly admins: readonly ApiClient[]
  readonly folderId: string
  readonly arrangers: readonly Arranger[]
  readonly groups: TypingGroup[] = []
  readonly #finished: TypingGroup[] = []
  readonly #options: ClusterPeopleOptions
  readonly #rootId: string
  /** The accounts, each at each node. */
  readonly #accounts: readonly (readonly ApiClient[])[]

  private constructor(
    options: ClusterPeopleOptions,
    place: {
      readonly admins: readonly ApiClient[]
      readonly accounts: readonly (readonly ApiClient[])[]
      readonly rootId: string
      readonly folderId: string
    },
  ) {
    this.#options = options
    this.admins = place.admins
    this.folderId = place.folderId
    this.#accounts = place.accounts
    this.#rootId = place.rootId
    const { urls, random } = options
    this.arrangers = urls.map(
      (url, index) =>
        new Arranger({ url, folderId: place.folderId, api: this.#account(index, index), random }),
    )
  }

  static async open(options: ClusterPeopleOptions): Promise<ClusterPeople> {
    const { urls, documents } = options
    const everywhere = (person: ApiClient) => urls.map((url) => person.at(url))
    const admin = new ApiClient(urls[0] ?? '', adminAccount)
    const rootId = await admin.rootId()
    // Everybody is somebody else: what a peer brings back after a crash is not taken under the author's id.
    const accounts: (readonly ApiClient[])[] = []
    for (let index = 0; index <= urls.length; index += 1)
      accounts.push(everywhere(await admin.addEditor(`typist${index}`)))
    const body = { parentId: rootId, name: 'arranged', kind: 'folder' }
    const { id: folderId } = await admin.post<{ id: string }>('/nodes', body)
    const place = { admins: everywhere(admin), accounts, rootId, folderId }
    const people = new ClusterPeople(options, place)
    for (let index = 0; index < documents; index += 1)
      people.groups.push(await people.#openGroup(`${index}`))
    return people
  }

  /** Types and arranges, connected or not, until `end`. */
  async workUntil(end: AbortSignal): Promise<void> {
    const { random } = this.#options
    while (!end.aborted) {
      typeOnce(this.groups, random, typingShare)
      for (const arranger of this.arrangers) if (random() < arrangingShare) arranger.act()
      await delay(5 + random() * 20)
    }
  }

  connect(): void {
    for (const client of this.#clients) client.connect()
  }

  disconnect(): void {
    for (const client of this.#clients) client.disconnect()
  }

  async replaceLongTexts(round: number): Promise<void> {
    const { maxTextLength = 12_000 } = this.#options
    for (const [index, group] of this.groups.entries()) {
      if (textIn(group).length < maxTextLength) continue
      this.#finished.push(group)
      for (const typist of group.typists) typist.destroy()
      this.groups[index] = await this.#openGroup(`${index}-${round}`)
    }
  }

  count(): { edits: number; acknowledged: number; refusedFrames: number } {
    const groups = [...this.#finished, ...this.groups]
    const typists = groups.flatMap((group) => group.typists)
    const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0)
    return {
      edits: sum([
        ...typists.map(({ typed }) => typed.size),
        ...this.arrangers.map(({ edits }) => edits),
      ]),
      acknowledged: sum([
        ...groups.map((group) => acknowledgedIn(group).size),
        ...this.arrangers.map(({ ledger }) => ledger.acknowledged.size),
      ]),
      refusedFrames: sum([...typists, ...this.arrangers].map(({ ledger }) => ledger.refusedFrames)),
    }
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients) client.destroy()
  }

  get #clients() {
    return [...this.groups.flatMap(({ typists }) => typists), ...this.arrangers]
  }

  async #openGroup(name: string): Promise<TypingGroup> {
    const { urls, random } = this.#options
    const seats = urls.map((url, index) => ({ url, person: this.#account(index, index) }))
    const place = Math.floor(random() * urls.length)
    const last = { url: urls[place] ?? '', person: this.#account(urls.length, place) }
    const [admin] = this.admins
    const nodeId = (await admin?.createText(this.#rootId, `torture ${name}.md`)) ?? ''
    return openTypingGroup({
      nodeId,
      random,
      name: name.replaceAll('-', ''),
      seats: [...seats, last],
    })
  }

  #account(person: number, node: number): ApiClient {
    const account = this.#accounts[person]?.[node]
    if (!account) throw new RangeError(`There is no account ${person} at node ${node}`)
    return account
  }
}
