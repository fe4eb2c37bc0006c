import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import type { NodeId } from '@cloudsync/protocol'
import {
  decodeManifestPage,
  decodePackDirectory,
  decodePackHeader,
  deriveSealKey,
  encodeManifestPage,
  unseal,
  unsealChunk,
} from '@cloudsync/storage'
import pg from 'pg'
import * as Y from 'yjs'
import { packKey } from '../../src/features/contents/packer.ts'
import { unpackCheckpoint } from '../../src/features/live/checkpoint.ts'
import { inflate } from '../../src/features/live/compression.ts'
import { openBytes } from '../../src/features/live/document-seals.ts'
import { decodeSegmentRows, encodeSegmentRows } from '../../src/features/live/history-segment.ts'
import { LocalMasterKey } from '../../src/platform/keys/local-master-key.ts'
import * as reader from './contents.ts'
import * as keys from './keys.ts'
import * as texts from './texts.ts'

const page = await readFile(join(import.meta.dirname, '../../../docs/formats.md'), 'utf8')
const example = parseExample(page.slice(page.indexOf('## A worked example')))
const packId = '5f0c9a3e-1d2b-4c3d-8e4f-0123456789ab'
const documentId = '00000000-0000-4000-8000-000000000001' as NodeId
const keyId = 7

/** Names and their bytes in hex, which goes on in the next lines. */
function parseExample(text: string): Map<string, Buffer> {
  const values = new Map<string, string>()
  let current = ''
  for (const [, name, hex = ''] of text.matchAll(/^(\S.*?)? +([0-9a-f]+)$/gm)) {
    current = name ?? current
    values.set(current, (values.get(current) ?? '') + hex)
  }
  return new Map([...values].map(([name, hex]) => [name, Buffer.from(hex, 'hex')]))
}

function bytesOf(name: string): Buffer {
  return example.get(name) ?? assert.fail(`The example has no ${name}`)
}

function assertIs(bytes: Uint8Array | undefined, name: string): void {
  assert.equal(Buffer.from(bytes ?? []).toString('hex'), bytesOf(name).toString('hex'), name)
}

suite('the example of docs/formats.md', () => {
  const stored: keys.Stored = {
    // Never connected: the example has all that is read.
    db: new pg.Client(),
    directory: '',
    dataKeys: new Map([[keyId, bytesOf('data key 7')]]),
  }
  const documentKeys = { documentId, byId: new Map([[keyId, bytesOf('document key')]]) }
  const chunks = [
    { name: 'chunk A', codec: 0, start: 12 },
    { name: 'chunk B', codec: 1, start: 54 },
  ] as const

  test('has the keys that we derive, and that the reader derives', async () => {
    const master = new LocalMasterKey(bytesOf('master key'))
    assert.equal(master.fingerprint, bytesOf('its fingerprint').toString('hex'))
    assert.equal(keys.fingerprintOf(bytesOf('master key')), master.fingerprint)
    for (const derive of [deriveSealKey, keys.derive]) {
      assertIs(derive(bytesOf('master key'), 'cloudsync: wrap data keys'), 'wrapping key')
      assertIs(derive(bytesOf('data key 7'), 'contents'), 'contents key')
      assertIs(derive(bytesOf('data key 7'), `document:${documentId}`), 'document key')
      assertIs(derive(bytesOf('contents key'), `pack:${packId}`), 'directory key')
    }
    const [wrapped, context] = [bytesOf('data key 7, wrapped'), Buffer.from('data key 7')]
    assertIs(await master.unwrap(wrapped, context), 'data key 7')
    assertIs(keys.unseal(bytesOf('wrapping key'), wrapped, context), 'data key 7')
  })

  test('has chunks, a page and a pack that we read, and that the reader reads', () => {
    const pack = bytesOf('pack')
    assert.equal(decodePackHeader(pack), keyId)
    const directory = decodePackDirectory(packId, pack, bytesOf('contents key'))
    assert.equal(directory.length, chunks.length)
    for (const [index, { name, codec, start }] of chunks.entries()) {
      const [plain, hash] = [bytesOf(name), bytesOf(`${name}, hash`)]
      const sealed = bytesOf(`${name}, sealed`)
      const form = { hash, codec, plainBytes: plain.length }
      assertIs(unsealChunk(sealed, form, bytesOf('contents key')), name)
      const row = { hash, codec, plain_bytes: plain.length }
      assertIs(reader.openChunk(bytesOf('data key 7'), row, sealed), name)
      assertIs(
        deriveSealKey(bytesOf('contents key'), `chunk:${hash.toString('hex')}`),
        `${name}, key`,
      )
      assertIs(pack.subarray(start, start + sealed.length), `${name}, sealed`)
      assert.deepEqual(
        { ...directory[index], hash: Buffer.from(directory[index]?.hash ?? []) },
        { ...form, start, sealedBytes: sealed.length },
      )
    }
    assertIs(keys.inflate(bytesOf('chunk B, zstd')), 'chunk B')
    const size = pack.readUInt32BE(pack.length - 8)
    const sealed = pack.subarray(pack.length - 8 - size, pack.length - 8)
    assertIs(unseal(bytesOf('directory key'), sealed, Buffer.from('CSPK')), 'directory')
    const entries = decodeManifestPage(bytesOf('manifest page'))
    assertIs(encodeManifestPage(entries), 'manifest page')
    assert.deepEqual(reader.parsePage(bytesOf('manifest page')), entries)
    assert.ok(page.includes(`objects/packs/=5f/${packId}`))
    assert.equal(packKey(packId), `packs/${packId}`)
  })

  test('has rows of a document that we read, and that the reader reads', async () => {
    const kinds = {
      'row 2': 'update',
      'checkpoint 1': 'checkpoint',
      'segment 1': 'segment',
    } as const
    const plain = new Map<string, Buffer>()
    for (const [name, kind] of Object.entries(kinds)) {
      const bytes = bytesOf(`${name}, sealed`)
      const opened = texts.openRow(stored, documentId, kind, { bytes, key_id: keyId })
      assert.ok(opened.equals(openBytes(documentKeys, kind, { bytes, keyId })), name)
      plain.set(name, opened)
    }
    assertIs(plain.get('row 2'), 'update 2')
    assertIs(plain.get('checkpoint 1'), 'checkpoint 1')
    assertIs(await unpackCheckpoint(bytesOf('checkpoint 1')), 'update 1')
    assertIs(await inflate(plain.get('segment 1') ?? Buffer.of()), 'segment 1')
    const rows = decodeSegmentRows(bytesOf('segment 1'))
    assertIs(encodeSegmentRows(rows), 'segment 1')
    assertIs(rows[0]?.payload, 'update 1')
    const read = texts.parseSegment(bytesOf('segment 1'))
    assert.deepEqual(read, { from: 1, updates: [bytesOf('update 1')] })
    const doc = new Y.Doc()
    for (const name of ['update 1', 'update 2']) Y.applyUpdate(doc, bytesOf(name))
    assert.equal(doc.getText('content').toJSON(), 'Hello, world!')
  })
})
