import { isMac } from '../ui/is-mac.ts'
import { Dialog } from '../ui/dialog.tsx'
import styles from './dialogs.module.css'

interface Shortcut {
  readonly keys: readonly string[]
  readonly does: string
}

const mod = isMac ? '⌘' : 'Ctrl'

interface Group {
  readonly title: string
  readonly shortcuts: readonly Shortcut[]
}

const list: Group = {
  title: 'List of files',
  shortcuts: [
    { keys: ['↑', '↓'], does: 'Move' },
    { keys: ['Home', 'End'], does: 'First, last' },
    { keys: ['a–z'], does: 'Go to a name' },
    { keys: ['Shift', '↓'], does: 'Select several' },
    { keys: [mod, 'A'], does: 'Select all' },
    { keys: ['Esc'], does: 'Clear the selection' },
    { keys: ['Enter'], does: 'Open' },
    { keys: ['F2'], does: 'Rename; Tab goes to the next' },
    { keys: ['Del'], does: 'Move to the trash' },
    { keys: ['Shift', 'M'], does: 'Move to another folder' },
    { keys: [mod, 'X'], does: 'Cut' },
    { keys: [mod, 'C'], does: 'Copy' },
    { keys: [mod, 'V'], does: 'Paste' },
    { keys: [mod, 'Z'], does: 'Undo' },
    { keys: [mod, 'Shift', 'Z'], does: 'Redo' },
    { keys: ['Space'], does: 'Quick look' },
    { keys: ['Shift', 'I'], does: 'Details' },
    { keys: ['Shift', 'S'], does: 'Share' },
    { keys: ['Alt', '↑'], does: 'The folder above' },
    { keys: ['.'], does: 'More actions' },
  ],
}

const editor: Group = {
  title: 'Editor',
  shortcuts: [
    { keys: [mod, 'Z'], does: 'Undo your last edit' },
    { keys: [mod, 'Shift', 'Z'], does: 'Redo' },
    { keys: [mod, 'F'], does: 'Find and replace' },
    { keys: ['Tab'], does: 'Indent' },
    { keys: ['Esc', 'Tab'], does: 'Leave the editor' },
  ],
}

const anywhere: Group = {
  title: 'Anywhere',
  shortcuts: [
    { keys: ['N'], does: 'New document, in a folder' },
    { keys: ['Shift', 'N'], does: 'New folder' },
    { keys: ['?'], does: 'These shortcuts' },
  ],
}

const columns: readonly (readonly Group[])[] = [[list], [editor, anywhere]]

export function ShortcutsSheet({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose} width="wide">
      <div className={styles.shortcuts}>
        {columns.map((groups, index) => (
          <div key={index}>
            {groups.map((group) => (
              <ShortcutGroup key={group.title} group={group} />
            ))}
          </div>
        ))}
      </div>
    </Dialog>
  )
}

function ShortcutGroup({ group }: { readonly group: Group }) {
  return (
    <section>
      <h3>{group.title}</h3>
      <dl>
        {group.shortcuts.map(({ keys, does }) => (
          <div key={does}>
            <dt>{does}</dt>
            <dd>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
