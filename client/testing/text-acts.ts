import type { Random } from '@cloudsync/crdt/testing'
import type { NodeId } from '@cloudsync/protocol'
import * as Y from 'yjs'
import type { TextExchange } from '../src/sync/ports.ts'
import { textRoot, type ModelServer } from '../src/sync/simulation/model-server.ts'
import { isTextName } from '../src/sync/simulation/users.ts'
import type { Copy, Side } from './compared-servers.ts'
import { byId, contentOf, gist } from './gist-of-answers.ts'
import { fileOf } from './test-remote.ts'
import { trashItemOf } from './trash-item.ts'

const names = ['a.txt', 'b.txt', 'c.txt', 'd.bin']
const devices = 2

export type Ask = (side: Side) => Promise<unknown>

/** Once for each side, and the same when it is sent again. */
function fixed<T extends object>(make: (side: Side) => T): (side: Side) => T {
  const made = new Map<Side, T>()
  return (side) => {
    const value = made.get(side) ?? make(side)
    made.set(side, value)
    return value
  }
}

interface Step {
  readonly what: string
  readonly ask: Ask
  readonly isEdit?: boolean
  /** What makes a text waits for who holds back what is told. */
  readonly makesText?: boolean
}

/** Does to every side what people and computers do with texts, and what is around them. */
export class TextActs {
  readonly #random: Random
  readonly #rootId: NodeId
  readonly #model: ModelServer
  readonly #ids: NodeId[] = []

  readonly #texts: NodeId[] = []
  readonly #folders: NodeId[] = []
  readonly #sent: Step[] = []
  #words = 0
  #operations = 0

  constructor(random: Random, rootId: NodeId, model: ModelServer) {
    this.#random = random
    this.#rootId = rootId
    this.#model = model
  }

  next(): Step {
    const random = this.#random
    const choice = random.next()
    if (this.#texts.length < 2) return this.#remember(this.#make())
    if (choice < 0.12) return this.#remember(this.#make())
    if (choice < 0.42) return this.#remember(this.#exchange())
    if (choice < 0.47) return this.#download()
    if (choice < 0.5) return this.#snapshot()
    if (choice < 0.55) return this.#remember(this.#replace())
    if (choice < 0.7) return this.#remember(this.#change())
    if (choice < 0.83) return this.#remember(this.#trash())
    if (choice < 0.86) return this.#trashByUser()
    if (choice < 0.93) {
      const step = random.pick(this.#sent.slice(-8))
      return { ...step, what: `again: ${step.what}` }
    }
    return this.#remember(this.#restore())
  }

  #remember(step: Step): Step {
    this.#sent.push(step)
    return step
  }

  #make(): Step {
    const random = this.#random
    const [id, parentId, name, operation] = [
      random.uuid() as NodeId,
      this.#anyFolder(),
      random.pick(names),
      this.#operation(),
    ]
    this.#ids.push(id)
    if (random.chance(0.35)) {
      this.#folders.push(id)
      return {
        what: `folder ${id} ${name} in ${parentId}`,
        ask: async (side) =>
          gist(
            side,
            await side.ask((remote) => remote.createFolder({ id, parentId, name }, operation)),
          ),
      }
    }
    const isText = isTextName(name)
    if (isText) this.#texts.push(id)
    const words = random.chance(0.15) ? '' : this.#word().repeat(1 + random.below(3))
    const bytes = Buffer.from(isText ? words : `\0${this.#word()}`)
    return {
      what: `file ${id} ${name} in ${parentId}`,
      makesText: isText,
      ask: async (side) => {
        const file = { ...fileOf(id, bytes), parentId, name }
        const [outcome] = await side.ask((remote) => remote.upload([file], operation))
        return gist(side, outcome)
      },
    }
  }

  #exchange(): Step {
    const random = this.#random
    const id = random.chance(0.95) ? random.pick(this.#texts) : random.pick(this.#ids)
    const device = random.below(devices)
    const [isPull, isDeletion, at, word] = [
      random.chance(0.2),
      random.chance(0.25),
      random.next(),
      this.#word(),
    ]
    const exchange = fixed((side): TextExchange => {
      const copy = copyOf(side, id, device)
      const { document, content, sent } = copy
      const text = document.getText(textRoot)
      // Nobody types into what they have not read.
      if (isPull || content === undefined)
        return { id, content, stateVector: Y.encodeStateVector(document), update: new Uint8Array() }
      const index = Math.floor(at * text.length)
      if (isDeletion) text.delete(index, Math.min(3, text.length - index))
      else text.insert(index, word)
      const update = Y.encodeStateAsUpdate(document, sent)
      return { id, content, stateVector: Y.encodeStateVector(document), update }
    })
    return {
      what: `${isPull ? 'pull' : isDeletion ? 'delete' : `type ${word}`} ${id} on ${device}`,
      isEdit: true,
      ask: async (side) => {
        const [outcome] = await side.ask((remote) => remote.exchangeTexts([exchange(side)]))
        if (outcome?.kind !== 'done') return gist(side, outcome)
        const copy = copyOf(side, id, device)
        Y.applyUpdate(copy.document, outcome.value.update)
        copy.content = outcome.value.content
        if (exchange(side).update.length > 0 || !copy.sent)
          copy.sent = Y.encodeStateVector(copy.document)
        const text = copy.document.getText(textRoot).toJSON()
        return { content: contentOf(side, id, copy.content), text }
      },
    }
  }

  #download(): Step {
    const id = this.#random.pick(this.#ids)
    return { what: `download ${id}`, ask: (side) => downloaded(side, id) }
  }

  #snapshot(): Step {
    return { what: 'snapshot', ask: snapshotOf }
  }

  #replace(): Step {
    const id = this.#random.pick(this.#ids)
    const bytes = Buffer.from(`\0${this.#word()}`)
    const base = fixed(({ store }) => ({ entry: store.trees.remote.get(id) }))
    return {
      what: `replace ${id}`,
      ask: async (side) => {
        const { entry } = base(side)
        if (!entry?.content || entry.isText) return 'unasked'
        const { content } = entry
        const file = fileOf(id, bytes)
        return gist(side, await side.ask((remote) => remote.replace(file, content)))
      },
    }
  }

  #change(): Step {
    const random = this.#random
    const id = random.chance(0.5) ? random.pick(this.#texts) : random.pick(this.#ids)
    const [parentId, name, operation] = [this.#anyFolder(), random.pick(names), this.#operation()]
    if (random.chance(0.15)) {
      const isExecutable = random.chance(0.5)
      return {
        what: `mode ${id} ${isExecutable}`,
        ask: async (side) =>
          gist(side, await side.ask((remote) => remote.setExecutable(id, isExecutable, operation))),
      }
    }
    const seen = fixed(({ store }) => store.trees.remote.get(id) ?? { parentId, name })
    return {
      what: `move ${id} to ${parentId} ${name}`,
      ask: async (side) => {
        const { parentId: lay, name: was } = seen(side)
        return gist(
          side,
          await side.ask((remote) =>
            remote.move({ id, parentId, name }, { parentId: lay, name: was }, operation),
          ),
        )
      },
    }
  }

  #trash(): Step {
    const random = this.#random
    const isFolder = this.#folders.length > 0 && random.chance(0.6)
    const id = random.pick(isFolder ? this.#folders : this.#ids)
    const operation = this.#operation()
    const item = fixed((side) => trashItemOf(side.store, id))
    return {
      what: `trash ${id}`,
      ask: async (side) => {
        const { seq } = item(side)
        // Nobody deletes what they have not heard of.
        if (seq === 0) return 'unasked'
        const { results } = await side.ask((remote) => remote.trash([item(side)], operation))
        return gist(side, results[0])
      },
    }
  }

  #trashByUser(): Step {
    const id = this.#random.pick(this.#ids)
    const node = this.#model.nodes.get(id)
    const isThere = node !== undefined && this.#model.isVisible(node)
    return {
      what: `somebody trashes ${id}`,
      ask: async (side) => {
        if (isThere) await side.trashByUser(id)
      },
    }
  }

  #restore(): Step {
    const random = this.#random
    const trashed = this.#ids.filter((one) => {
      const node = this.#model.nodes.get(one)
      return node && !this.#model.isVisible(node)
    })
    const id = random.pick(trashed.length > 0 && random.chance(0.8) ? trashed : this.#ids)
    const operation = this.#operation()
    return {
      what: `restore ${id}`,
      ask: async (side) => gist(side, await side.ask((remote) => remote.restore(id, operation))),
    }
  }

  #operation(): string {
    return `operation-${++this.#operations}`
  }

  #word(): string {
    return `word${++this.#words} `
  }

  #anyFolder(): NodeId {
    const isRoot = this.#folders.length === 0 || this.#random.chance(0.3)
    return isRoot ? this.#rootId : this.#random.pick(this.#folders)
  }
}

function copyOf({ copies }: Side, id: NodeId, device: number): Copy {
  const key = `${id} ${device}`
  const document = new Y.Doc()
  // Never that with which a server begins a text.
  document.clientID = 1000 + 2 * copies.size + device
  const copy = copies.get(key) ?? { document, content: undefined, sent: undefined }
  copies.set(key, copy)
  return copy
}

export async function snapshotOf(side: Side): Promise<unknown> {
  const pages = await side.ask((remote) => Array.fromAsync(remote.snapshot()))
  const changes = pages.flatMap((page) => page.changes)
  return byId(
    side,
    changes.flatMap((change) => (change.kind === 'entry' ? [change.entry] : [])),
  )
}

export async function downloaded(side: Side, id: NodeId): Promise<unknown> {
  const content = side.store.trees.remote.get(id)?.content
  if (!content) return 'unasked'
  return side.ask(async (remote) => {
    const outcome = await remote.download(id, content)
    if (outcome.kind !== 'done') return gist(side, outcome)
    const parts = await Array.fromAsync(outcome.value.content)
    return Buffer.concat(parts).toString()
  })
}
