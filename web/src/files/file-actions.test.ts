import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Node, NodeId, Role } from '@cloudsync/protocol'
import { makeNode } from '../../testing/make-node.ts'
import { abilitiesOf, abilitiesOfRole } from '../access/abilities.ts'
import { fileActions, findAction, isOffered } from './file-actions.ts'
import type { FileCommands } from './file-commands.ts'

const nothing = () => undefined
const text = makeNode('notes.md')
const closed = makeNode('Salaries', { kind: 'folder', isReadable: false, inherits: false })

function commandsOf(may: FileCommands['may'], nodes: readonly Node[]): FileCommands {
  return {
    may,
    mayInFolder: may,
    nodes,
    clip: undefined,
    parentId: 'root' as NodeId,
    open: nothing,
    share: nothing,
    openInTab: nothing,
    showVersions: nothing,
    download: nothing,
    copyLink: nothing,
    showDetails: nothing,
    quickLook: nothing,
    startRename: nothing,
    pickTarget: nothing,
    clipNodes: nothing,
    paste: nothing,
    duplicate: nothing,
    trash: nothing,
    startNaming: nothing,
    undo: nothing,
    redo: nothing,
    selectAll: nothing,
    clear: nothing,
    goUp: nothing,
  }
}

function offered(commands: FileCommands): string[] {
  return fileActions
    .filter((action) => action.group !== 'none' && isOffered(action, commands))
    .map(({ id }) => id)
}

const as = (role: Role, nodes: readonly Node[] = [text]) =>
  offered(commandsOf(abilitiesOfRole(role), nodes))

suite('what is offered in a list of files', () => {
  test('is what the role allows', () => {
    const reading = ['open', 'open-in-tab', 'quick-look', 'download', 'versions', 'copy-link']
    assert.deepEqual(as('viewer'), [...reading, 'details', 'copy-to', 'copy'])
    const changes = ['rename', 'move', 'duplicate', 'cut', 'trash', 'new-document', 'new-folder']
    for (const id of changes) assert.ok(as('editor').includes(id), id)
    assert.ok(!as('editor').includes('share'))
    assert.ok(as('manager').includes('share'))
  })

  test('of a role that only adds is to add', () => {
    const may = abilitiesOf(['node.read', 'node.create'])
    const ids = offered(commandsOf(may, [text]))
    assert.ok(ids.includes('new-document'))
    for (const id of ['rename', 'move', 'cut', 'trash', 'share']) assert.ok(!ids.includes(id), id)
  })

  test('of a private folder of others is to be told so, also among others', () => {
    assert.deepEqual(as('manager', [closed]), ['details', 'new-document', 'new-folder'])
    assert.deepEqual(as('manager', [text, closed]), ['details', 'new-document', 'new-folder'])
  })

  test('is found by its key', () => {
    const press = { key: 'S', ctrlKey: false, metaKey: false, altKey: false, shiftKey: true }
    const manager = commandsOf(abilitiesOfRole('manager'), [text])
    assert.equal(findAction(press, manager)?.id, 'share')
    assert.equal(findAction(press, commandsOf(abilitiesOfRole('viewer'), [text])), undefined)
  })
})
