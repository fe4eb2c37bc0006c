import { Button } from './button.tsx'
import styles from './secret-box.module.css'
import { toasts } from './toast-list.ts'
import { writeClipboard } from './write-clipboard.ts'

export interface SecretBoxProps {
  readonly label: string
  readonly text: string
}

/** What is shown once, to be copied. */
export function SecretBox({ label, text }: SecretBoxProps) {
  async function copy() {
    try {
      await writeClipboard(text)
      toasts.show(`${label} copied`)
    } catch {
      toasts.show('The browser did not copy. Select the text and copy it yourself.', {
        tone: 'error',
      })
    }
  }
  return (
    <div className={styles.box}>
      <output aria-label={label}>{text}</output>
      <Button onClick={() => void copy()}>Copy</Button>
    </div>
  )
}
