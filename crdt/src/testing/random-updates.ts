import * as Y from 'yjs'
import type { Random } from './random.ts'

export type EditMode = 'text' | 'general'

const pieces = [
  'a',
  ' ',
  'word',
  '\n',
  'line one\nline two\n',
  '😀',
  'a😀b😀',
  'ä',
  '漢字',
  '\r\n',
  '\u0000',
  '\ufeff',
]

/**
 * A few people who edit one document at once: edits, lost and late frames, reconnects, merged updates.
 * Every update that one of them would send is handed out; a stock server would take them all.
 */
export class RandomEditors {
  readonly docs: readonly Y.Doc[]
  readonly #random: Random
  readonly #mode: EditMode
  #sent: Uint8Array[] = []

  constructor(random: Random, mode: EditMode) {
    this.#random = random
    this.#mode = mode
    this.docs = Array.from({ length: 2 + random.below(3) }, () => {
      const doc = new Y.Doc({ gc: random.chance(0.8) })
      doc.clientID = random.chance(0.1) ? 2 ** 40 + random.below(2 ** 30) : random.below(2 ** 32)
      doc.getText('content')
      doc.on('update', (update: Uint8Array, origin: unknown) => {
        if (origin !== 'remote') this.#sent.push(update)
      })
      return doc
    })
  }

  /** Makes one more step and gives what went over the wire by it. */
  step(): Uint8Array[] {
    this.#sent = []
    const random = this.#random
    const doc = random.pick(this.docs)
    if (random.chance(0.7)) {
      doc.transact(() => {
        for (let edits = 1 + random.below(4); edits > 0; edits -= 1) this.#edit(doc)
      })
      // A frame that is lost leaves a gap at whoever gets the next.
      for (const update of this.#sent)
        if (random.chance(0.7)) Y.applyUpdate(random.pick(this.docs), update, 'remote')
      return this.#sent
    }
    const peer = random.pick(this.docs)
    const vector = random.chance(0.8) ? Y.encodeStateVector(peer) : undefined
    const state = Y.encodeStateAsUpdate(doc, vector)
    if (random.chance(0.8)) Y.applyUpdate(peer, state, 'remote')
    return [...this.#sent, state, this.#merge(state)]
  }

  #merge(state: Uint8Array): Uint8Array {
    const other = Y.encodeStateAsUpdate(this.#random.pick(this.docs))
    return Y.mergeUpdates([state, other])
  }

  #edit(doc: Y.Doc): void {
    const random = this.#random
    const text = doc.getText('content')
    if (this.#mode === 'general' && random.chance(0.5)) {
      this.#editGeneral(doc)
    } else if (text.length > 0 && random.chance(0.4)) {
      const index = random.below(text.length)
      text.delete(index, Math.min(text.length - index, 1 + random.below(12)))
    } else {
      text.insert(random.below(text.length + 1), random.pick(pieces))
    }
  }

  #editGeneral(doc: Y.Doc): void {
    const random = this.#random
    const text = doc.getText('content')
    const list = doc.getArray<unknown>('list')
    const map = doc.getMap<unknown>('map')
    switch (random.below(9)) {
      case 0:
        if (text.length > 1)
          text.format(random.below(text.length - 1), 1, { bold: random.chance(0.5) || null })
        return
      case 1:
        text.insertEmbed(random.below(text.length + 1), { image: ['x', { deep: [1, null] }] })
        return
      case 2:
        list.insert(random.below(list.length + 1), [
          [randomValue(random, 3)],
          new Uint8Array([1, 2, 3]),
        ])
        return
      case 3:
        if (list.length > 0) list.delete(random.below(list.length))
        return
      case 4:
        map.set(random.pick(['a', 'b', 'c']), randomValue(random, 3))
        return
      case 5:
        map.set(
          random.pick(['a', 'b']),
          random.chance(0.5) ? new Y.Map([['k', 1]]) : new Y.Text('nested'),
        )
        return
      case 6:
        map.delete(random.pick(['a', 'b', 'c']))
        return
      case 7:
        doc.getXmlFragment('xml').insert(0, [new Y.XmlElement('p'), new Y.XmlText('t')])
        return
      default:
        map.set(
          'sub',
          new Y.Doc({ guid: `sub-${random.below(100)}`, autoLoad: random.chance(0.5) }),
        )
    }
  }
}

function randomValue(random: Random, depth: number): unknown {
  const simple = [undefined, null, true, false, 1, -70, 1.5, 2 ** 40, 0.1, 'text', '😀', 12n]
  if (depth === 0 || random.chance(0.6)) return random.pick(simple.slice(1))
  if (random.chance(0.5)) return [randomValue(random, depth - 1), randomValue(random, depth - 1)]
  return { key: randomValue(random, depth - 1), '😀': randomValue(random, depth - 1) }
}
