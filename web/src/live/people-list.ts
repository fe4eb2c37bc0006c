import type { Awareness } from 'y-protocols/awareness'
import type * as Y from 'yjs'
import { readPeople, type PersonHere } from './people.ts'

/** The people in a document, for whoever draws them: a new list only when somebody came, left or moved. */
export class PeopleList {
  readonly #awareness: Awareness
  readonly #text: Y.Text
  readonly #ownId: string
  #people: readonly PersonHere[]

  constructor(awareness: Awareness, text: Y.Text, ownId: string) {
    this.#awareness = awareness
    this.#text = text
    this.#ownId = ownId
    this.#people = readPeople(awareness, text, ownId)
  }

  get people(): readonly PersonHere[] {
    return this.#people
  }

  subscribe = (listener: () => void): (() => void) => {
    const onChange = () => {
      this.#people = readPeople(this.#awareness, this.#text, this.#ownId)
      listener()
    }
    this.#awareness.on('change', onChange)
    return () => this.#awareness.off('change', onChange)
  }
}
