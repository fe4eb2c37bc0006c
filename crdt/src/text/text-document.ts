import * as Y from 'yjs'

/** The one root of a text document: a `Y.Text`. */
export const textRootName = 'content'

/**
 * The first state of a text document, as a V1 update. The same text and client id give the same bytes, so
 * importing a file twice is importing it once. `clientId` (an integer below 2^53) must belong to this
 * import alone: structs of another text under the same id would be taken for this one's.
 *
 * Throws `RangeError` for a text with a surrogate that lacks its other half, which UTF-8 cannot hold.
 */
export function createTextState(text: string, clientId: number): Uint8Array {
  if (!text.isWellFormed()) throw new RangeError('The text holds half a surrogate pair')
  // Nobody asks for its guid, and to make one takes longer than all else here.
  const doc = new Y.Doc({ guid: '' })
  doc.clientID = clientId
  doc.getText(textRootName).insert(0, text)
  const state = Y.encodeStateAsUpdate(doc)
  doc.destroy()
  return state
}

/** The text of a text document, with LF or verbatim line ends (see `TextFormat`). */
export function readText(doc: Y.Doc): string {
  return doc.getText(textRootName).toJSON()
}

/**
 * How many structs the document keeps in memory, tombstones included: what its memory is in proportion
 * to (about 200 bytes each). Takes one step per client id.
 */
export function structCount(doc: Y.Doc): number {
  let count = 0
  for (const structs of doc.store.clients.values()) count += structs.length
  return count
}
