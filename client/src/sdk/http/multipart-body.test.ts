import assert from 'node:assert/strict'
import { test } from 'node:test'
import { multipartBody } from './multipart-body.ts'

test('a form in one piece is read as what FormData would have sent', async () => {
  const bytes = Uint8Array.from({ length: 700 }, (_, index) => (index * 7) % 256)
  const body = multipartBody(
    [
      { name: 'files', content: '[{"name":"ä\\r\\n"}]' },
      { name: 'file', isFile: true, content: bytes },
      { name: 'file', isFile: true, content: new Uint8Array() },
      { name: 'file', isFile: true, content: '--boundary of another' },
    ],
    'a-boundary',
  )
  const sent = body.open(() => undefined)
  const form = await new Response(sent, {
    headers: { 'content-type': body.mediaType ?? '' },
  }).formData()
  assert.equal(form.get('files'), '[{"name":"ä\\r\\n"}]')
  const files = await Promise.all(
    form.getAll('file').map(async (file) => {
      assert.ok(file instanceof Blob)
      return new Uint8Array(await file.arrayBuffer())
    }),
  )
  assert.deepEqual(files, [
    bytes,
    new Uint8Array(),
    new TextEncoder().encode('--boundary of another'),
  ])
})
