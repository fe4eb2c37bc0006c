import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface StartCommand {
  /** What the C library and V8 are told before the program begins. */
  readonly env: Readonly<Record<string, string>>
  readonly nodeFlags: readonly string[]
  /** From the root of the repository. */
  readonly entry: string
}

/** How `npm start` runs a server: whoever else starts one does it in the same way. */
export function readStartCommand(root: string): StartCommand {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly scripts: { readonly start: string }
  }
  const words = manifest.scripts.start.split(' ')
  const program = words.indexOf('node')
  const entry = words.at(-1)
  if (program < 0 || entry === undefined) throw new Error(`Not a start: ${words.join(' ')}`)
  const env = Object.fromEntries(words.slice(0, program).map((word) => word.split('=', 2)))
  return { env, nodeFlags: words.slice(program + 1, -1), entry }
}
