import assert from 'node:assert/strict'
import * as Y from 'yjs'
import { RawClient, typed } from './raw-client.ts'
import type { TestCaller } from './test-caller.ts'

/** An empty document that writes under this client id. */
export function docOf(clientId: number): Y.Doc {
  const doc = new Y.Doc()
  doc.clientID = clientId
  return doc
}

/** Opens a text as a client that has typed something into its document, which is stored. */
export async function openWriter(
  caller: TestCaller,
  nodeId: string,
  doc: Y.Doc,
  text: string,
): Promise<RawClient> {
  const client = await RawClient.open(caller, nodeId, { clientId: doc.clientID })
  client.sendSync(2, typed(doc, text))
  assert.deepEqual(await client.answered(1), [true])
  return client
}
