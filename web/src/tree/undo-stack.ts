import type { TreeCommand } from './tree-command.ts'

/** One thing that can be taken back, or done again. */
export interface UndoEntry {
  /** Names the entry; taking it back puts another one on the other side. */
  readonly key: number
  /** What was done, in words: `Renamed notes.md`. */
  readonly label: string
  readonly command: TreeCommand
}

const maxEntries = 100

/** What a person has done lately in one space, and what was taken back. The newest is last. */
export class UndoStack {
  #undo: UndoEntry[] = []
  #redo: UndoEntry[] = []
  #nextKey = 1

  /** Something was done that `inverse` takes back. What was taken back before cannot be done again. */
  push(label: string, inverse: TreeCommand): UndoEntry {
    this.#redo = []
    return this.#add(this.#undo, label, inverse)
  }

  /** The entry was taken back, and `inverse` would do it again. */
  pushRedo(label: string, inverse: TreeCommand): void {
    this.#add(this.#redo, label, inverse)
  }

  /** The entry was done again: it can be taken back once more, and others done again, too. */
  pushRedone(label: string, inverse: TreeCommand): void {
    this.#add(this.#undo, label, inverse)
  }

  takeUndo(): UndoEntry | undefined {
    return this.#undo.pop()
  }

  takeRedo(): UndoEntry | undefined {
    return this.#redo.pop()
  }

  /** Takes one entry out of the middle, such as that of a toast; `undefined` when it was taken already. */
  take(key: number): UndoEntry | undefined {
    const entry = this.#undo.find((candidate) => candidate.key === key)
    this.#undo = this.#undo.filter((candidate) => candidate !== entry)
    return entry
  }

  #add(side: UndoEntry[], label: string, command: TreeCommand): UndoEntry {
    const entry: UndoEntry = { key: this.#nextKey++, label, command }
    side.push(entry)
    if (side.length > maxEntries) side.shift()
    return entry
  }
}
