import type { DiskContext } from '../disk/disk-context.ts'
import { FolderAccess } from '../disk/folder-access.ts'
import { FolderSyncs } from '../disk/folder-syncs.ts'
import { OwnFiles } from '../disk/own-files.ts'
import { QuickCalls } from '../disk/quick-calls.ts'
import type { TestDisk } from './open-test-disk.ts'

class Interrupted extends FolderSyncs {
  readonly #act: () => Promise<unknown>
  #isOver = false

  constructor(act: () => Promise<unknown>) {
    super()
    this.#act = act
  }

  override async sync(): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    await this.#act()
  }
}

class InterruptedAccess extends FolderAccess {
  readonly #act: () => Promise<unknown>

  constructor(root: string, quick: QuickCalls, act: () => Promise<unknown>) {
    super(root, quick)
    this.#act = act
  }

  override async useOwn<T>(...use: Parameters<typeof FolderAccess.prototype.useOwn<T>>) {
    await this.#act()
    return super.useOwn(...use)
  }
}

/** Somebody acts in the moment after something was put into its place. */
export function interruptedContext(
  { root, disk }: TestDisk,
  act: () => Promise<unknown>,
): DiskContext {
  const quick = new QuickCalls()
  return {
    quick,
    own: new OwnFiles(),
    access: new FolderAccess(root, quick),
    syncs: new Interrupted(act),
    traits: disk.traits,
    now: () => Date.now(),
  }
}

/** Somebody acts in the moment after something was looked at, before a note is taken of what is done with it. */
export function outrunContext(folder: TestDisk, act: () => Promise<unknown>): DiskContext {
  const context = interruptedContext(folder, async () => undefined)
  return { ...context, access: new InterruptedAccess(folder.root, context.quick, act) }
}
