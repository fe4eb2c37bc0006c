import type { NodeId } from '@cloudsync/protocol'
import { isApiError } from '../api/api-error.ts'
import { errorLine } from '../api/describe-error.ts'
import type { Toast, ToastList } from '../ui/toast-list.ts'
import { describeDone, describeFailed } from './command-words.ts'
import { runCommand } from './run-command.ts'
import type { SpaceTree } from './space-tree.ts'
import {
  idsOf,
  invert,
  narrow,
  type IfTaken,
  type Outcome,
  type TreeCommand,
} from './tree-command.ts'
import { UndoStack, type UndoEntry } from './undo-stack.ts'

export interface TreeEditorOptions {
  readonly tree: SpaceTree
  readonly toasts: ToastList
  /** Lets the person decide about a node that somebody else has moved or renamed, too. */
  readonly decide: (id: NodeId) => void
}

/** Carries out what a person does in a space, tells what came of it, and takes it back when asked. */
export class TreeEditor {
  readonly #tree: SpaceTree
  readonly #toasts: ToastList
  readonly #decide: (id: NodeId) => void
  readonly #history = new UndoStack()
  /** Ends when all that was asked for so far is answered: only then is it known what would take it back. */
  #answered: Promise<unknown> = Promise.resolve()

  constructor({ tree, toasts, decide }: TreeEditorOptions) {
    this.#tree = tree
    this.#toasts = toasts
    this.#decide = decide
  }

  do(command: TreeCommand): Promise<Outcome> {
    const outcome = this.#do(command)
    this.#answered = Promise.allSettled([this.#answered, outcome])
    return outcome
  }

  /** Takes back the last thing, once that is done; `false` when there is nothing. */
  undo(): Promise<boolean> {
    return this.#afterAll(() => {
      const entry = this.#history.takeUndo()
      return entry && this.#takeBack(entry)
    })
  }

  redo(): Promise<boolean> {
    return this.#afterAll(() => {
      const entry = this.#history.takeRedo()
      return entry && this.#doAgain(entry)
    })
  }

  async #do(command: TreeCommand): Promise<Outcome> {
    const names = this.#names(command)
    const outcome = await this.#run(command, names)
    const inverse = invert(command, outcome)
    if (inverse) {
      const label = this.#describe(command, outcome)
      const entry = this.#history.push(label, inverse)
      if (isWorthTelling(command)) this.#offerUndo(label, entry)
    }
    return outcome
  }

  async #afterAll(begin: () => Promise<void> | undefined): Promise<boolean> {
    const turn = this.#answered.then(async () => {
      const step = begin()
      await step
      return step !== undefined
    })
    this.#answered = turn.catch(() => undefined)
    return turn
  }

  #offerUndo(label: string, entry: UndoEntry): void {
    this.#toasts.show(label, {
      action: {
        label: 'Undo',
        run: () => {
          const taken = this.#history.take(entry.key)
          if (taken) void this.#takeBack(taken)
        },
      },
    })
  }

  async #takeBack(entry: UndoEntry): Promise<void> {
    const outcome = await this.#run(entry.command, this.#names(entry.command))
    const inverse = invert(entry.command, outcome)
    if (!inverse) return
    this.#history.pushRedo(entry.label, inverse)
    this.#toasts.show(`Undone: ${entry.label}`)
  }

  async #doAgain(entry: UndoEntry): Promise<void> {
    const outcome = await this.#run(entry.command, this.#names(entry.command))
    const inverse = invert(entry.command, outcome)
    if (!inverse) return
    this.#history.pushRedone(entry.label, inverse)
    this.#toasts.show(`Done again: ${entry.label}`)
  }

  async #run(command: TreeCommand, names: ReadonlyMap<NodeId, string>): Promise<Outcome> {
    const outcome = withoutGone(command, await runCommand(this.#tree, command))
    if (outcome.failed.length > 0) this.#tellFailure(command, outcome, names)
    return outcome
  }

  #tellFailure(
    command: TreeCommand,
    { failed }: Outcome,
    names: ReadonlyMap<NodeId, string>,
  ): void {
    const failedNames = failed.map(({ id }) => names.get(id) ?? 'An item')
    const what = describeFailed(command, failedNames, idsOf(command).length)
    this.#toasts.show(`${what}: ${errorLine(failed[0]?.error)}`, {
      tone: 'error',
      action: this.#wayOut(command, failed),
    })
  }

  #wayOut(command: TreeCommand, failed: Outcome['failed']): Toast['action'] {
    const taken = failed.filter(({ error }) => isApiError(error, 'name_taken'))
    const again = narrow(command, new Set(taken.map(({ id }) => id)))
    const keepBoth = again && withIfTaken(again, 'rename')
    if (keepBoth) return { label: 'Keep both', run: () => void this.do(keepBoth) }
    const disputed = failed.find(({ error }) => isApiError(error, 'tree_conflict'))
    return disputed && { label: 'Decide', run: () => this.#decide(disputed.id) }
  }

  #names(command: TreeCommand): ReadonlyMap<NodeId, string> {
    if (command.kind === 'create') return new Map(command.nodes.map(({ id, name }) => [id, name]))
    if (command.kind === 'rename') return new Map([[command.id, command.from]])
    if (command.kind === 'copy') {
      return new Map(command.copies.map(({ copyId, draft }) => [copyId, draft.name]))
    }
    return new Map(idsOf(command).map((id) => [id, this.#nameOf(id) ?? 'An item'] as const))
  }

  /** Of a node in whichever space: a command may lead out of this one. */
  #nameOf(id: NodeId): string | undefined {
    const trees = [this.#tree, ...this.#tree.openTrees()]
    return trees.map((tree) => tree.nameOf(id)).find((name) => name !== undefined)
  }

  #describe(command: TreeCommand, { done }: Outcome): string {
    const targets = new Set(done.map(({ parentId }) => parentId))
    const [parentId] = targets
    const parent = targets.size === 1 && parentId != null ? parentId : undefined
    const target = parent === undefined ? undefined : this.#nameOf(parent)
    return describeDone(
      command,
      done.map(({ name }) => name),
      target,
    )
  }
}

/** A rename and a new file are seen where they are; what leaves the folder is told. */
function isWorthTelling({ kind }: TreeCommand): boolean {
  return kind === 'move' || kind === 'copy' || kind === 'trash' || kind === 'restore'
}

function withIfTaken(command: TreeCommand, ifTaken: IfTaken): TreeCommand | undefined {
  switch (command.kind) {
    case 'create':
    case 'move':
    case 'copy':
      return { ...command, ifTaken }
    case 'rename':
    case 'trash':
    case 'untrash':
    case 'restore':
      return undefined
  }
}

/** Somebody else was faster with the trash: what was wanted is so. */
function withoutGone(command: TreeCommand, outcome: Outcome): Outcome {
  if (command.kind !== 'trash') return outcome
  const isGone = (error: unknown) => isApiError(error, 'trashed') || isApiError(error, 'not_found')
  return { ...outcome, failed: outcome.failed.filter(({ error }) => !isGone(error)) }
}
