import type { Node } from '@cloudsync/protocol'
import { extensionOf } from '../files/file-extension.ts'

/** Pictures that a browser draws without running anything in them; SVG can hold scripts. */
const imageTypes: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
}

const maxImageBytes = 64 * 1024 * 1024

/** The media type to show a blob's picture under, or `undefined` when it is shown as a file only. */
export function imageTypeOf(node: Node): string | undefined {
  if (node.kind !== 'blob' || node.mode === 'symlink' || (node.sizeBytes ?? 0) > maxImageBytes)
    return undefined
  return imageTypes[extensionOf(node.name)]
}
