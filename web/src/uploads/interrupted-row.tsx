import { X } from 'lucide-react'
import { useRef } from 'react'
import { Button, IconButton } from '../ui/button.tsx'
import type { InterruptedUpload } from './interrupted-uploads.ts'
import { UploadFrame } from './upload-frame.tsx'
import { UploadBar } from './upload-row.tsx'
import styles from './upload-panel.module.css'

export interface InterruptedRowProps {
  readonly upload: InterruptedUpload
  readonly onChoose: (file: File) => void
  readonly onDiscard: () => void
}

/** An upload that ended with its page: the browser has forgotten the file, but not how far it came. */
export function InterruptedRow({ upload, onChoose, onDiscard }: InterruptedRowProps) {
  const { name, folder, sentBytes, sizeBytes, refusal } = upload
  const input = useRef<HTMLInputElement>(null)
  const share = sentBytes / sizeBytes
  return (
    <UploadFrame
      folder={folder}
      name={name}
      actions={
        <IconButton label={`Discard ${name}`} onClick={onDiscard}>
          <X size={14} aria-hidden />
        </IconButton>
      }
    >
      <UploadBar label={name} value={share} />
      <span className={refusal === undefined ? styles.note : styles.reason}>
        {refusal ?? describe(share)}
      </span>
      <span className={styles.choices}>
        <Button onClick={() => input.current?.click()}>Choose file</Button>
      </span>
      <input
        ref={input}
        type="file"
        hidden
        aria-label={`${name}, to go on with its upload`}
        onChange={({ target }) => {
          const [file] = target.files ?? []
          if (file) onChoose(file)
          // The same file again must be a change, too.
          target.value = ''
        }}
      />
    </UploadFrame>
  )
}

function describe(share: number): string {
  if (share === 0) return 'Choose the file again to upload it.'
  return `${Math.floor(share * 100)} % uploaded. Choose the file again to go on.`
}
