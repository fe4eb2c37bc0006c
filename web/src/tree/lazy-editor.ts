import type { Outcome, TreeCommand } from './tree-command.ts'
import type { TreeEditor, TreeEditorOptions } from './tree-editor.ts'

/** The editor of a tree, whose code is fetched once the list is there, or with the first command. */
export class LazyEditor {
  readonly #options: TreeEditorOptions
  #editor: Promise<TreeEditor> | undefined

  constructor(options: TreeEditorOptions) {
    this.#options = options
  }

  async do(command: TreeCommand): Promise<Outcome> {
    return (await this.#load()).do(command)
  }

  /** Takes back the last thing; `false` when there is nothing. */
  async undo(): Promise<boolean> {
    return (await this.#load()).undo()
  }

  async redo(): Promise<boolean> {
    return (await this.#load()).redo()
  }

  /** Fetches the code before it is needed. */
  preload(): void {
    void this.#load().catch(() => undefined)
    void import('./relocate.ts').catch(() => undefined)
  }

  #load(): Promise<TreeEditor> {
    this.#editor ??= import('./tree-editor.ts').then(
      ({ TreeEditor }) => new TreeEditor(this.#options),
    )
    this.#editor.catch(() => {
      // The next command fetches it again.
      this.#editor = undefined
    })
    return this.#editor
  }
}
