/** Gives a person bytes as a download. */
export function saveFile(blob: Blob, fileName: string): void {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = fileName
  link.click()
  // The browser reads the URL in its own time.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
