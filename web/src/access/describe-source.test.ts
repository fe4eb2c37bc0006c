import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { GrantId, NodeAccessReport, NodeId } from '@cloudsync/protocol'
import { describeSource } from './describe-source.ts'

type Source = NodeAccessReport['sources'][number]

const context = {
  nodeId: 'here' as NodeId,
  rootId: 'root' as NodeId,
  spaceName: 'Team',
  nameOf: (id: NodeId) => (id === 'above' ? 'Reports' : undefined),
}

function from(nodeId: string | null, subject: Source['subject'] = 'user'): string {
  const source: Source = {
    grantId: 'grant' as GrantId,
    nodeId: nodeId as NodeId | null,
    subject,
    role: 'viewer',
    permissions: ['node.read'],
    expiresAt: null,
  }
  return describeSource(source, context)
}

suite('from where somebody has access', () => {
  test('is said by the folder that was shared, the space, or the node itself', () => {
    assert.equal(from('here'), 'shared with you here')
    assert.equal(from('root'), 'as a member of Team')
    assert.equal(from('above', 'group'), 'by the folder Reports, through a group')
  })

  test('names no folder that they do not see', () => {
    assert.equal(from(null), 'by a folder above, which you do not see')
    assert.equal(from('elsewhere'), 'by a folder above, which you do not see')
  })
})
