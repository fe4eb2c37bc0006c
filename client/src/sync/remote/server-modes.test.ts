import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServerModes } from './server-modes.ts'

test('a server that knows modes is told them, and is asked about that once, when it matters', async () => {
  let asked = 0
  const modes = new ServerModes(async () => {
    asked++
    return { mode: null }
  })
  assert.equal(await modes.of({}), undefined)
  assert.equal(await modes.of({ isExecutable: false }), undefined)
  assert.equal(asked, 0)
  assert.equal(await modes.of({ isExecutable: true }), 'executable')
  assert.equal(await modes.of({ isLink: true }), 'symlink')
  assert.equal(asked, 1)
})

test('[MD3] a server of before is told no mode, and given no link, of which it would make a file', async () => {
  const modes = new ServerModes(async () => ({ kind: 'folder' }))
  assert.equal(await modes.of({ isExecutable: true }), undefined)
  assert.equal(await modes.of({ isLink: true }), 'refused')
})

test('a server that cannot be reached is asked again', async () => {
  let isThere = false
  const modes = new ServerModes(async () => {
    if (!isThere) throw new Error('unreachable')
    return { mode: null }
  })
  await assert.rejects(modes.of({ isExecutable: true }), /unreachable/)
  isThere = true
  assert.equal(await modes.of({ isExecutable: true }), 'executable')
})
