import type { NodeId, UserId } from '@cloudsync/protocol'
import { DocumentStore } from './document-store.ts'

let opening: Promise<DocumentStore | undefined> | undefined

/** The store of this browser, opened once; `undefined` when the browser keeps nothing. */
export function openKeptDocuments(): Promise<DocumentStore | undefined> {
  opening ??= DocumentStore.open(indexedDB).catch(() => undefined)
  return opening
}

/** Files with edits that the server has not acknowledged. */
export async function countUnsentFiles(userId: UserId): Promise<number> {
  const store = await openKeptDocuments()
  return (await store?.listPendingNodes(userId).catch(() => []))?.length ?? 0
}

const openHere = new Map<NodeId, number>()

/** Notes that this page has a document open and sends its edits itself; gives how to end that. */
export function noteOpen(nodeId: NodeId): () => void {
  openHere.set(nodeId, (openHere.get(nodeId) ?? 0) + 1)
  return () => openHere.set(nodeId, (openHere.get(nodeId) ?? 1) - 1)
}

export function isOpenHere(nodeId: NodeId): boolean {
  return (openHere.get(nodeId) ?? 0) > 0
}

const closing = new Set<Promise<void>>()

/** Notes a document that is being closed, and may write until then. */
export function trackClosing(closed: Promise<void>): void {
  closing.add(closed)
  void closed.finally(() => closing.delete(closed))
}

/** Removes what is on the server anyway, for a person who leaves this device. */
export async function forgetCleanDocuments(userId: UserId): Promise<void> {
  await Promise.allSettled(closing)
  const store = await openKeptDocuments()
  await store?.removeClean(userId).catch(() => undefined)
}
