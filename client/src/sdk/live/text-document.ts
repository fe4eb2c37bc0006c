import type { DocumentName, NodeId, textRootName } from '@cloudsync/protocol'

// Types tie these to the protocol's; importing the values would bring the schemas' library along.

/** The root of the text in its Yjs document. */
export const textRoot: typeof textRootName = 'content'

/** What a text document is called on the wire. */
export function textDocument(nodeId: NodeId): DocumentName {
  return `text:${nodeId}`
}
