import type { Sharing } from './load-sharing.ts'
import type { SeenSpace } from './seen-space.ts'

const list = new Intl.ListFormat('en', { type: 'conjunction' })
const maxNames = 6

/** Who keeps access to a folder that becomes private, in words. */
export function namesKept(
  { direct, inherited }: Pick<Sharing, 'direct' | 'inherited'>,
  space: Pick<SeenSpace, 'name'>,
  ownId: string,
): string {
  const root = inherited.find(({ folder }) => folder.parentId === null)
  const owners = (root?.grants ?? []).filter(({ role }) => role === 'owner')
  const ownNames = owners.map(({ subject }) => subject.name)
  const owning =
    ownNames.length > 0
      ? `the owners of ${space.name} (${shortened(ownNames).join(', ')})`
      : 'the owners of the space'
  const names = direct.flatMap(({ subject: { id, name } }) =>
    id === ownId || name === '' ? [] : [name],
  )
  return list.format([owning, 'you', ...shortened(names)])
}

function shortened(names: readonly string[]): readonly string[] {
  const unique = [...new Set(names)]
  const rest = unique.length - maxNames
  return rest > 0 ? [...unique.slice(0, maxNames), `${rest} more`] : unique
}
