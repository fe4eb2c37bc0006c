import type { Abilities } from '../access/abilities.ts'
import { matchesShortcut, type KeyPress, type Shortcut } from '../ui/shortcut.ts'
import type { FileCommands } from './file-commands.ts'

/** Something that can be done in a list of files: in the menu of a row, by a key, in the toolbar. */
export interface FileAction {
  readonly id: string
  readonly label: (commands: FileCommands) => string
  /** The first is shown. */
  readonly shortcuts: readonly Shortcut[]
  /** Groups of a menu are parted by lines; `none` stands in no menu. */
  readonly group: 'open' | 'share' | 'look' | 'change' | 'clip' | 'trash' | 'make' | 'none'
  readonly isDangerous?: boolean
  /** What the person must be allowed to do with the rows or, in the group `make`, with the folder. */
  readonly needs?: keyof Abilities
  /** Also for a private folder of others, of which no more than the name is known. */
  readonly suitsClosed?: boolean
  readonly isPossible: (commands: FileCommands) => boolean
  readonly run: (commands: FileCommands) => void
}

const one = ({ nodes }: FileCommands) => nodes.length === 1
const some = ({ nodes }: FileCommands) => nodes.length > 0
const always = () => true
const first = ({ nodes }: FileCommands) => nodes[0]
const say = (label: string) => () => label

export const fileActions: readonly FileAction[] = [
  {
    id: 'open',
    label: say('Open'),
    shortcuts: ['Enter'],
    group: 'open',
    isPossible: one,
    run: (commands) => withFirst(commands, commands.open),
  },
  {
    id: 'open-in-tab',
    label: say('Open in new tab'),
    shortcuts: ['Mod+Enter'],
    group: 'open',
    isPossible: one,
    run: (commands) => withFirst(commands, commands.openInTab),
  },
  {
    id: 'quick-look',
    label: say('Quick look'),
    shortcuts: [' '],
    group: 'open',
    isPossible: (commands) => one(commands) && first(commands)?.kind !== 'folder',
    run: (commands) => withFirst(commands, commands.quickLook),
  },
  {
    id: 'share',
    label: say('Share…'),
    shortcuts: ['Shift+S', 'S'],
    group: 'share',
    needs: 'canShare',
    isPossible: one,
    run: (commands) => withFirst(commands, commands.share),
  },
  {
    id: 'download',
    label: ({ nodes }) => (nodes.length > 1 ? `Download ${nodes.length} files` : 'Download'),
    shortcuts: [],
    group: 'look',
    isPossible: ({ nodes }) => nodes.length > 0 && nodes.every(({ kind }) => kind !== 'folder'),
    run: ({ nodes, download }) => download(nodes),
  },
  {
    id: 'versions',
    label: say('Versions'),
    shortcuts: [],
    group: 'look',
    isPossible: (commands) => one(commands) && first(commands)?.kind !== 'folder',
    run: (commands) => withFirst(commands, commands.showVersions),
  },
  {
    id: 'copy-link',
    label: say('Copy link'),
    shortcuts: [],
    group: 'look',
    isPossible: one,
    run: (commands) => withFirst(commands, commands.copyLink),
  },
  {
    id: 'details',
    label: say('Details'),
    shortcuts: ['Shift+I', 'I'],
    group: 'look',
    suitsClosed: true,
    isPossible: always,
    run: ({ showDetails }) => showDetails(),
  },
  {
    id: 'rename',
    label: say('Rename'),
    shortcuts: ['F2'],
    group: 'change',
    needs: 'canEdit',
    isPossible: one,
    run: (commands) => withFirst(commands, ({ id }) => commands.startRename(id)),
  },
  {
    id: 'move',
    label: say('Move to…'),
    shortcuts: ['Shift+M'],
    group: 'change',
    needs: 'canTake',
    isPossible: some,
    run: ({ nodes, pickTarget }) => pickTarget('move', nodes),
  },
  {
    id: 'copy-to',
    label: say('Copy to…'),
    shortcuts: ['Shift+C'],
    group: 'change',
    isPossible: some,
    run: ({ nodes, pickTarget }) => pickTarget('copy', nodes),
  },
  {
    id: 'duplicate',
    label: say('Duplicate'),
    shortcuts: ['Mod+D'],
    group: 'change',
    needs: 'canCreate',
    isPossible: some,
    run: ({ nodes, duplicate }) => duplicate(nodes),
  },
  {
    id: 'cut',
    label: say('Cut'),
    shortcuts: ['Mod+X'],
    group: 'clip',
    needs: 'canTake',
    isPossible: some,
    run: ({ nodes, clipNodes }) => clipNodes('cut', nodes),
  },
  {
    id: 'copy',
    label: say('Copy'),
    shortcuts: ['Mod+C'],
    group: 'clip',
    isPossible: some,
    run: ({ nodes, clipNodes }) => clipNodes('copy', nodes),
  },
  {
    id: 'trash',
    label: ({ nodes }) =>
      nodes.length > 1 ? `Move ${nodes.length} items to trash` : 'Move to trash',
    shortcuts: ['Delete', 'Mod+Backspace'],
    group: 'trash',
    isDangerous: true,
    needs: 'canTake',
    isPossible: some,
    run: ({ nodes, trash }) => trash(nodes),
  },
  {
    id: 'new-document',
    label: say('New document'),
    shortcuts: ['N'],
    group: 'make',
    needs: 'canCreate',
    isPossible: always,
    run: ({ startNaming }) => startNaming('text'),
  },
  {
    id: 'new-folder',
    label: say('New folder'),
    shortcuts: ['Shift+N'],
    group: 'make',
    needs: 'canCreate',
    isPossible: always,
    run: ({ startNaming }) => startNaming('folder'),
  },
  {
    id: 'paste',
    label: say('Paste'),
    shortcuts: ['Mod+V'],
    group: 'make',
    needs: 'canCreate',
    isPossible: ({ clip }) => clip !== undefined,
    run: ({ paste }) => paste(),
  },
  {
    id: 'undo',
    label: say('Undo'),
    shortcuts: ['Mod+Z'],
    group: 'none',
    isPossible: always,
    run: ({ undo }) => undo(),
  },
  {
    id: 'redo',
    label: say('Redo'),
    shortcuts: ['Mod+Shift+Z', 'Mod+Y'],
    group: 'none',
    isPossible: always,
    run: ({ redo }) => redo(),
  },
  {
    id: 'go-up',
    label: say('Go to the folder above'),
    shortcuts: ['Backspace', 'Alt+ArrowUp'],
    group: 'none',
    isPossible: ({ parentId }) => parentId !== null,
    run: ({ goUp }) => goUp(),
  },
]

function withFirst(
  { nodes: [node] }: FileCommands,
  run: (node: FileCommands['nodes'][number]) => void,
): void {
  if (node) run(node)
}

/** The action that a key stands for here. */
export function findAction(event: KeyPress, commands: FileCommands): FileAction | undefined {
  return fileActions.find(
    (action) =>
      action.shortcuts.some((shortcut) => matchesShortcut(event, shortcut)) &&
      isOffered(action, commands),
  )
}

export function isOffered(action: FileAction, commands: FileCommands): boolean {
  const isAboutRows = action.group !== 'make' && action.group !== 'none'
  if (
    isAboutRows &&
    action.suitsClosed !== true &&
    commands.nodes.some(({ isReadable }) => !isReadable)
  )
    return false
  const may = isAboutRows ? commands.may : commands.mayInFolder
  return (action.needs === undefined || may[action.needs]) && action.isPossible(commands)
}
