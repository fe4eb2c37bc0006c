import { Dialog } from '../ui/dialog.tsx'
import styles from './dialogs.module.css'

interface Shortcut {
  readonly keys: readonly string[]
  readonly does: string
}

const isMac = /mac|iphone|ipad/i.test(navigator.userAgent)
const mod = isMac ? '⌘' : 'Ctrl'

const groups: readonly { readonly title: string; readonly shortcuts: readonly Shortcut[] }[] = [
  {
    title: 'Anywhere',
    shortcuts: [{ keys: ['?'], does: 'These shortcuts' }],
  },
  {
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
      { keys: ['.'], does: 'More actions' },
      { keys: ['N'], does: 'New document' },
    ],
  },
  {
    title: 'Editor',
    shortcuts: [
      { keys: [mod, 'Z'], does: 'Undo your last edit' },
      { keys: [mod, 'Shift', 'Z'], does: 'Redo' },
      { keys: [mod, 'F'], does: 'Find and replace' },
      { keys: ['Tab'], does: 'Indent' },
      { keys: ['Esc', 'Tab'], does: 'Leave the editor' },
    ],
  },
]

export function ShortcutsSheet({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose} width="wide">
      <div className={styles.shortcuts}>
        {groups.map(({ title, shortcuts }) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {shortcuts.map(({ keys, does }) => (
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
        ))}
      </div>
    </Dialog>
  )
}
