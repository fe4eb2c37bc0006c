import type { EntryKind } from '../model/entry.ts'
import ignore, { type Ignore } from 'ignore'
import type { DiskPath } from '../ports.ts'
import { builtInRules } from './built-in-rules.ts'

export const ignoreFileName = '.cloudsyncignore'

// The rules are the same on every device, so the case of names matters on all of them.
const options = { ignorecase: false, allowRelativePaths: true }

/** The library keeps its answer to every path that it was ever asked for, as long as it lives. */
const answersKept = 1_000

/**
 * Which local files are not taken up, by the rules of gitignore(5): those of a deeper `.cloudsyncignore` come before those
 * of one above, and the built-in ones come last, so that `!.git/` takes one back. As with git, what is synced already
 * stays synced whatever the rules say: a rule never removes anything anywhere.
 */
export class IgnoreRules {
  static readonly builtIn = new IgnoreRules([], builtInRules.join('\n'), undefined)

  readonly #folder: DiskPath
  #rules: Ignore
  #asked = 0
  readonly #above: IgnoreRules | undefined

  private constructor(folder: DiskPath, text: string, above: IgnoreRules | undefined) {
    this.#folder = folder
    this.#rules = ignore(options).add(text)
    this.#above = above
  }

  /** These, with those of the `.cloudsyncignore` of a folder below before them. */
  within(folder: DiskPath, text: string): IgnoreRules {
    return new IgnoreRules(folder, text.replace(/^\uFEFF/, ''), this)
  }

  /** Of a path whose folders are not ignored. */
  ignores(path: DiskPath, kind: EntryKind): boolean {
    const below = path.slice(this.#folder.length).join('/')
    if (this.#asked++ % answersKept === 0) this.#rules = ignore(options).add(this.#rules)
    const { ignored, unignored } = this.#rules.test(kind === 'folder' ? `${below}/` : below)
    if (ignored || unignored) return ignored
    return this.#above?.ignores(path, kind) ?? false
  }
}
