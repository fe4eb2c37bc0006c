import { useRef, type ReactNode } from 'react'

export interface PickedFile {
  readonly name: string
  readonly file: File
}

export interface FilePickerProps {
  readonly onFiles: (files: readonly PickedFile[]) => void
  /** Draws the control that opens the browser's dialog. */
  readonly children: (pick: () => void) => ReactNode
}

/** The way to upload without dragging. */
export function FilePicker({ onFiles, children }: FilePickerProps) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Files to upload"
        onChange={(event) => {
          const files = [...(event.target.files ?? [])]
          onFiles(files.map((file) => ({ name: file.name, file })))
          // The same file again must be a change, too.
          event.target.value = ''
        }}
      />
      {children(() => input.current?.click())}
    </>
  )
}
