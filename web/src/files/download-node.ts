import type { Node } from '@cloudsync/protocol'
import type { ApiClient } from '../api/api-client.ts'
import { errorLine } from '../api/describe-error.ts'
import { readContent, readVersion } from '../api/endpoints.ts'
import { saveFile } from '../ui/save-file.ts'
import { toasts } from '../ui/toast-list.ts'

export async function downloadNode(api: ApiClient, node: Node): Promise<void> {
  try {
    saveFile(await readContent(api, node.id), node.name)
  } catch (error) {
    toasts.show(`${node.name} was not downloaded: ${errorLine(error)}`, { tone: 'error' })
  }
}

export async function downloadVersion(
  api: ApiClient,
  { id, name }: Node,
  number: number,
): Promise<void> {
  try {
    saveFile(await readVersion(api, id, number), name)
  } catch (error) {
    toasts.show(`The version was not downloaded: ${errorLine(error)}`, { tone: 'error' })
  }
}

/** One after the other, as a browser wants it. */
export async function downloadNodes(api: ApiClient, nodes: readonly Node[]): Promise<void> {
  for (const node of nodes) await downloadNode(api, node)
}
