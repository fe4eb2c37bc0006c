import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { pino } from 'pino'
import type { Notices } from '../db/notices.ts'
import { dataKeysChanged } from './data-key-table.ts'
import { followRotations } from './follow-rotations.ts'

test('data keys that could not be read anew are asked for again, until the server ends', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const refresh = mock.fn(() => Promise.reject(new Error('the master key is not there yet')))
  let tell: Parameters<Notices['on']>[1] = () => undefined
  const notices = {
    on: (...[kind, listener]: Parameters<Notices['on']>) => {
      if (kind === dataKeysChanged) tell = listener
    },
    onMissed: () => undefined,
  }
  const following = followRotations({ refresh }, notices, pino({ level: 'silent' }))
  const settled = () => new Promise((resolve) => setImmediate(resolve))
  tell({})
  await settled()
  for (const calls of [2, 3]) {
    context.mock.timers.tick(5_000)
    await settled()
    assert.equal(refresh.mock.callCount(), calls)
  }
  following[Symbol.dispose]()
  context.mock.timers.tick(60_000)
  await settled()
  assert.equal(refresh.mock.callCount(), 3)
})
