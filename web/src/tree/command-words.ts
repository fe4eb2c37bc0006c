import type { TreeCommand } from './tree-command.ts'

/** `notes.md`, or `3 items`. */
export function describeNames(names: readonly string[]): string {
  const [first] = names
  return names.length === 1 && first !== undefined ? first : `${names.length} items`
}

const participles: Readonly<Record<TreeCommand['kind'], string>> = {
  create: 'created',
  rename: 'renamed',
  move: 'moved',
  copy: 'copied',
  trash: 'moved to the trash',
  untrash: 'brought back',
  restore: 'brought back',
}

/** What was done: `notes.md moved to Reports`. */
export function describeDone(
  command: TreeCommand,
  names: readonly string[],
  target: string | undefined,
): string {
  const what = describeNames(names)
  if (command.kind === 'rename') return `${command.from} renamed to ${command.to}`
  if ((command.kind === 'move' || command.kind === 'copy') && target !== undefined) {
    return `${what} ${participles[command.kind]} to ${target}`
  }
  return `${what} ${participles[command.kind]}`
}

/** What was not done: `2 of 5 items were not moved`. */
export function describeFailed(
  command: TreeCommand,
  failedNames: readonly string[],
  total: number,
): string {
  const verb = participles[command.kind]
  const [first] = failedNames
  if (failedNames.length === 1 && first !== undefined) return `${first} was not ${verb}`
  if (failedNames.length === total) return `${total} items were not ${verb}`
  return `${failedNames.length} of ${total} items were not ${verb}`
}
