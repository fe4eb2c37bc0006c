import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Conflict, NodeId } from '@cloudsync/protocol'
import { describeDispute, describeSide, disputedFolders } from './describe-side.ts'

const idOf = (name: string) => name as NodeId
const [root, attic, cellar] = [idOf('root'), idOf('attic'), idOf('cellar')]
const [boxes, otherBoxes] = [idOf('boxes'), idOf('other boxes')]
const paths = new Map([
  [root, ['House']],
  [attic, ['House', 'Attic']],
  [cellar, ['House', 'Cellar']],
  [boxes, ['House', 'Attic', 'Boxes']],
  [otherBoxes, ['House', 'Cellar', 'Boxes']],
])

const side = (by: string, name: string, parentId = root) => ({
  version: null,
  parentId,
  name,
  by: { id: by, name: by } as Conflict['mine']['by'],
})

function describe(theirs: Conflict['mine'], mine: Conflict['mine']): string[] {
  const conflict = { kind: 'move', theirs, mine } as Conflict
  const folderPath = (id: NodeId) => paths.get(id) ?? []
  return [
    describeDispute(conflict),
    describeSide(conflict, 'theirs', folderPath),
    describeSide(conflict, 'mine', folderPath),
  ]
}

suite('the sides of a conflict', () => {
  test('name no folder when only the names differ', () => {
    assert.deepEqual(describe(side('Carla', 'a.md'), side('Ada', 'b.md')), [
      'Two people gave it different names.',
      'Carla: named “a.md”',
      'Ada: named “b.md”',
    ])
  })

  test('repeat no name when only the folders differ', () => {
    assert.deepEqual(describe(side('Carla', 'a.md', attic), side('Ada', 'a.md')), [
      'Two people want it in different folders.',
      'Carla: in Attic',
      'Ada: in House',
    ])
  })

  test('tell both where both differ', () => {
    assert.deepEqual(describe(side('Carla', 'a.md', attic), side('Ada', 'b.md', cellar)), [
      'Two people gave it different names and want it in different folders.',
      'Carla: named “a.md”, in Attic',
      'Ada: named “b.md”, in Cellar',
    ])
  })

  test('tell folders of the same name apart by the way to them', () => {
    assert.deepEqual(
      describe(side('Carla', 'a.md', boxes), side('Ada', 'a.md', otherBoxes)).slice(1),
      ['Carla: in House / Attic / Boxes', 'Ada: in House / Cellar / Boxes'],
    )
  })

  test('need the names of folders only where these differ', () => {
    const about = (theirs: Conflict['mine'], mine: Conflict['mine']) =>
      disputedFolders({ kind: 'move', theirs, mine } as Conflict)
    assert.deepEqual(about(side('Carla', 'a.md'), side('Ada', 'b.md')), [])
    assert.deepEqual(about(side('Carla', 'a.md', attic), side('Ada', 'a.md')), [attic, root])
  })
})
