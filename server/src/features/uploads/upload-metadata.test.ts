import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseMetadata, parseTarget } from './upload-metadata.ts'

const encode = (value: string) => Buffer.from(value).toString('base64')

test('metadata are pairs of a key and a value in base64, which may be left out', () => {
  assert.deepEqual(parseMetadata(`filename ${encode('ä.txt')}, is_confidential,x `), {
    filename: 'ä.txt',
    is_confidential: '',
    x: '',
  })
  assert.deepEqual(parseMetadata(''), {})
})

test('metadata that are malformed are refused', () => {
  for (const header of [
    ',',
    'a YQ',
    'a YQ===',
    'a Y Q==',
    'a YQ==,a YQ==',
    'ä YQ==',
    'a /w==',
    'a \0',
  ])
    assert.throws(() => parseMetadata(header), { code: 'bad_request' }, JSON.stringify(header))
})

test('metadata name a new file, under a free name unless they say otherwise, or one that is there', () => {
  const id = '0190b0e8-6a1c-7000-8000-000000000001'
  const place = `parentId ${encode(id.toUpperCase())},filename ${encode('a.txt')}`
  const target = { kind: 'new', parentId: id, name: 'a.txt', mode: undefined }
  assert.deepEqual(parseTarget(place), { ...target, id: undefined, ifTaken: 'rename' })
  assert.deepEqual(parseTarget(`${place},ifTaken ${encode('fail')}`), {
    ...target,
    id: undefined,
    ifTaken: 'fail',
  })
  assert.deepEqual(parseTarget(`${place},mode ${encode('executable')}`), {
    ...target,
    id: undefined,
    ifTaken: 'rename',
    mode: 'executable',
  })
  assert.throws(() => parseTarget(`${place},mode ${encode('setuid')}`), { code: 'bad_request' })
  assert.deepEqual(parseTarget(`${place},id ${encode(id)}`), { ...target, id, ifTaken: 'rename' })
  assert.deepEqual(parseTarget(`nodeId ${encode(id)},ifMatch ${encode('"x"')}`), {
    kind: 'replaced',
    nodeId: id,
    ifMatch: '"x"',
  })
  for (const header of [
    '',
    `filename ${encode('a')}`,
    `nodeId ${encode('x')}`,
    `${place},nodeId`,
    `${place},sha256 ${encode('A1')}`,
  ])
    assert.throws(() => parseTarget(header), { code: 'bad_request' }, header)
})
