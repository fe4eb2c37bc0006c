import type { Node } from '@cloudsync/protocol'
import { apiRoot } from '../api/send-request.ts'
import { followDownload } from '../ui/save-file.ts'

/** The browser fetches it by itself, however large it is, and shows how far it has come. */
export function downloadNode(node: Node): void {
  followDownload(`${apiRoot}/nodes/${node.id}/content`, node.name)
}

export function downloadVersion({ id, name }: Node, number: number): void {
  followDownload(`${apiRoot}/nodes/${id}/versions/${number}/content`, name)
}
