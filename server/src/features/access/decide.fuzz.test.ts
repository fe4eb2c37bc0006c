import assert from 'node:assert/strict'
import { test } from 'node:test'
import { permissions } from '@cloudsync/protocol'
import { Random } from '@cloudsync/crdt/testing'
import { countingGrants, decide, type PathNode } from './decide.ts'
import { listPermissions, permissionSet } from './permission-set.ts'
import { AccessWorld, holds } from './testing/access-world.ts'

const sequences = Number(process.env['ACCESS_SEQUENCES'] ?? 2_000)
const firstSeed = Number(process.env['ACCESS_SEED'] ?? 1)
const steps = 16

function pathOf(world: AccessWorld, nodeId: string): PathNode[] {
  return world.pathTo(nodeId).map(({ id, inherits }) => ({
    id,
    inherits,
    grants: [...world.grants.values()]
      .filter((grant) => grant.nodeId === id)
      .map((grant) => ({ ...grant, permissions: permissionSet(world.permissionsOf(grant)) })),
  }))
}

test(`decides as a plain reading of the rules does, after ${sequences} random sequences`, () => {
  for (let seed = firstSeed; seed < firstSeed + sequences; seed++) {
    const random = new Random(seed)
    const world = new AccessWorld(random)
    const story: string[] = []
    for (let step = 0; step < steps; step++) {
      story.push(world.step())
      // Everything is looked at in the end; on the way something.
      const nodes =
        step === steps - 1 ? [...world.nodes.keys()] : [random.pick([...world.nodes.keys()])]
      for (const nodeId of nodes) {
        const { nowMs } = world
        const counting = countingGrants({
          path: pathOf(world, nodeId),
          nowMs,
          subjectsOf: (id) => world.subjectsOf(id),
        })
        const asked =
          step === steps - 1 ? [...world.users, ...world.links] : [random.pick(world.users)]
        for (const who of asked) {
          const { permissions: decided } = decide(counting, world.subjectsOf(who))
          const expected = permissions.filter((each) => holds(world, who, nodeId, each))
          assert.equal(
            listPermissions(decided).join(' '),
            expected.join(' '),
            `seed ${seed}, step ${step}, ${who} on ${nodeId}:\n${story.join('\n')}`,
          )
        }
      }
    }
  }
})
