import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseKeptEntry } from './kept-upload-entry.ts'

const entry = {
  path: '/uploads/0b6d1d8e-6a52-4b0a-9d5e-7d3a4c1f2b3c',
  parentId: '0197a2f0-0000-7000-8000-000000000001',
  name: 'film.mp4',
  folder: ['holidays'],
  target: { kind: 'create', id: '0197a2f0-0000-7000-8000-000000000002' },
  sizeBytes: 10_000_000,
  modifiedAt: 1,
  sentBytes: 5_000_000,
  heldUntil: 0,
}

test('what was kept of an upload is read again', () => {
  assert.deepEqual(parseKeptEntry(JSON.stringify(entry)), entry)
  const known = { ...entry, sha256: 'a'.repeat(64) }
  assert.deepEqual(parseKeptEntry(JSON.stringify(known)), known)
})

test('what is no upload is passed over, whoever has written it', () => {
  const broken = [
    { target: undefined },
    { target: null },
    { target: { kind: 'other', id: entry.target.id } },
    { folder: 'holidays' },
    { folder: [1] },
    { name: { toString: 1 } },
    { sizeBytes: '10' },
    { sentBytes: null },
    { heldUntil: undefined },
    { path: '/nodes/0197a2f0-0000-7000-8000-000000000001' },
    { path: '/uploads/../trash/0197a2f0-0000-7000-8000-000000' },
    { path: 5 },
  ].map((change) => JSON.stringify({ ...entry, ...change }))
  for (const json of [...broken, '', 'null', '5', '"text"', '[]', '{}', '{"path":'])
    assert.equal(parseKeptEntry(json), undefined, json)
})
