import type { NodeAccessReport, NodeId } from '@cloudsync/protocol'

export interface SourceContext {
  readonly nodeId: NodeId
  readonly rootId: NodeId | undefined
  readonly spaceName: string
  /** Of a folder above. */
  readonly nameOf: (id: NodeId) => string | undefined
}

/** From where somebody has access: `by the folder Reports, through a group`. */
export function describeSource(
  { nodeId, subject }: NodeAccessReport['sources'][number],
  context: SourceContext,
): string {
  const through = subject === 'group' ? ', through a group' : ''
  return `${describePlace(nodeId, context)}${through}`
}

function describePlace(
  nodeId: NodeId | null,
  { nodeId: here, rootId, spaceName, nameOf }: SourceContext,
): string {
  if (nodeId === here) return 'shared with you here'
  if (nodeId !== null && nodeId === rootId) return `as a member of ${spaceName}`
  const name = nodeId === null ? undefined : nameOf(nodeId)
  return name === undefined ? 'by a folder above, which you do not see' : `by the folder ${name}`
}
