import { useRef, type ReactNode } from 'react'
import { pickedEntries, type DroppedEntries } from '../uploads/dropped-entries.ts'

export interface FilePickerProps {
  readonly onFiles: (entries: DroppedEntries) => void
  /** Draws the controls that open the browser's dialog, for files or for a whole folder. */
  readonly children: (pick: { files: () => void; folder: () => void }) => ReactNode
}

/** The way to upload without dragging. */
export function FilePicker({ onFiles, children }: FilePickerProps) {
  const files = useRef<HTMLInputElement>(null)
  const folder = useRef<HTMLInputElement>(null)

  function take(input: HTMLInputElement) {
    onFiles(pickedEntries([...(input.files ?? [])]))
    // The same file again must be a change, too.
    input.value = ''
  }

  return (
    <>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        aria-label="Files to upload"
        onChange={(event) => take(event.target)}
      />
      <input
        ref={(input) => {
          folder.current = input
          // React knows no such attribute.
          if (input) input.webkitdirectory = true
        }}
        type="file"
        hidden
        aria-label="Folder to upload"
        onChange={(event) => take(event.target)}
      />
      {children({ files: () => files.current?.click(), folder: () => folder.current?.click() })}
    </>
  )
}
