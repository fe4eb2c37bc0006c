/** Gives a person bytes as a download. */
export function saveFile(blob: Blob, fileName: string): void {
  const url = URL.createObjectURL(blob)
  followDownload(url, fileName)
  // The browser reads the URL in its own time.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

/** As if a person had clicked a link that downloads. */
export function followDownload(url: string, fileName: string): void {
  const link = document.createElement('a')
  link.href = url
  link.download = fileName
  link.click()
}
