import type { Node } from '@cloudsync/protocol'
import { extensionOf } from '../files/file-extension.ts'

/** What a node is, as a person calls it. */
export function describeKind(node: Pick<Node, 'kind' | 'name' | 'mode'>): string {
  if (node.mode === 'symlink') return 'Symbolic link'
  return node.mode === 'executable' ? `${kindOf(node)}, executable` : kindOf(node)
}

function kindOf({ kind, name }: Pick<Node, 'kind' | 'name'>): string {
  const extension = extensionOf(name)
  switch (kind) {
    case 'folder':
      return 'Folder'
    case 'text':
      return extension === 'md' || extension === 'markdown' ? 'Markdown document' : 'Text file'
    case 'blob':
      return extension === '' ? 'File' : `${extension.toUpperCase()} file`
  }
}
