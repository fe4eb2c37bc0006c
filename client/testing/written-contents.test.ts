import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { WrittenContents } from './written-contents.ts'

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')
const server = (kept: readonly string[], texts: Readonly<Record<string, string>>) => ({
  kept: new Set(kept.map(hashOf)),
  texts: new Map(Object.entries(texts)),
})

test('the book of sync tells what is lost, there twice or torn, and not what somebody took away knowingly', () => {
  const contents = new WrittenContents()
  contents.wroteFile(Buffer.from('\0one'))
  contents.wroteFile(Buffer.from('\0two'))
  const [kept, lost, twice, deleted, late, never] = 'abcdef'
    .split('')
    .map((user) => contents.newWord(user)) as [string, string, string, string, string, string]
  contents.takeAway(Buffer.from('\0two'), false)
  contents.takeAway(Buffer.from(`so\n${deleted}\n`), true)
  contents.uncertain(late)
  contents.neverWritten(never)
  assert.deepEqual(
    contents.findFaults(
      server([], { 'a.txt': `${kept} ${twice} <x-99>`, 'b.txt': `${twice} ${deleted}` }),
    ),
    [
      `lost: the content ${hashOf('\0one')}`,
      `lost: ${lost}`,
      `2 times: ${twice} in a.txt and b.txt`,
      'nobody wrote <x-99>',
    ],
  )
  assert.deepEqual(
    contents.findFaults(server(['\0one'], { 'a.txt': `${kept} ${twice} ${lost}` })),
    [],
  )
})
