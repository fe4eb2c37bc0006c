import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { openTestDatabase } from '../../../testing/test-database.ts'
import { readDataKeys } from './data-key-table.ts'
import { KeyRing, openKeyRing, UnknownDataKeyError } from './key-ring.ts'
import { MasterKeyFile } from './master-key-file.ts'
import { MasterKeyError } from './master-key.ts'
import { rotateMasterKey } from './rotate-master-key.ts'

async function openPlace() {
  const stack = new AsyncDisposableStack()
  const db = stack.use(await openTestDatabase()).database
  const directory = await mkdtemp(join(tmpdir(), 'cloudsync-keys-'))
  stack.defer(() => rm(directory, { recursive: true }))
  const openFile = (name = 'master.key') =>
    new MasterKeyFile({ path: join(directory, name), isMadeWhenMissing: true })
  const file = openFile()
  return {
    db,
    file,
    openFile,
    open: () => openKeyRing(db, file),
    rotate: (options: { makesDataKey?: boolean; deletesOldKey?: boolean } = {}) =>
      rotateMasterKey({
        clientConfig: db.clientConfig,
        file,
        makesDataKey: options.makesDataKey ?? false,
        deletesOldKey: options.deletesOldKey ?? false,
      }),
    read: () => readDataKeys(db.clientConfig),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

suite('the ring of data keys', () => {
  test('has one key for all servers that start at once on an empty database', async () => {
    await using place = await openPlace()
    const rings = await Promise.all(Array.from({ length: 5 }, () => place.open()))
    assert.equal((await place.read()).length, 1)
    const [first] = rings.map((ring) => ring.currentKey('a document'))
    for (const ring of rings) assert.deepEqual(ring.currentKey('a document'), first)
    assert.notDeepEqual(rings[0]?.currentKey('another').key, first?.key)
  })

  test('learns of a rotation that it is told of while it reads', async () => {
    await using place = await openPlace()
    await place.open()
    const reading = Promise.withResolvers<undefined>()
    let readings = 0
    const ring = new KeyRing({
      source: place.file,
      readDataKeys: async () => {
        readings += 1
        const rows = await place.read()
        if (readings === 1) await reading.promise
        return rows
      },
    })
    const first = ring.refresh()
    while (readings === 0) await Promise.resolve()
    const { newDataKeyId } = await place.rotate({ makesDataKey: true })
    const told = Promise.all([ring.refresh(), ring.refresh()])
    reading.resolve(undefined)
    await Promise.all([first, told])
    assert.equal(ring.currentKey('a document').id, newDataKeyId)
    assert.equal(readings, 2, 'both that were told share a reading')
  })

  test('gives the keys of a purpose by all data keys, the present one first', async () => {
    await using place = await openPlace()
    const former = (await place.open()).currentKey('cookies')
    await place.rotate({ makesDataKey: true })
    const ring = await place.open()
    assert.deepEqual(ring.keysFor('cookies'), [ring.currentKey('cookies'), former])
  })

  test('stores no key as it is', async () => {
    await using place = await openPlace()
    await place.open()
    const [row] = await place.read()
    assert.equal(row?.wrapped.length, 60)
    const { fingerprint } = await place.file.ensureKey()
    assert.equal(row?.masterFingerprint, fingerprint)
  })

  test('does not open without the master key, and makes none anew', async () => {
    await using place = await openPlace()
    await place.open()
    const [row] = await place.read()
    const missing = place.openFile('missing.key')
    await assert.rejects(openKeyRing(place.db, missing), {
      name: 'MasterKeyError',
      message: new RegExp(`missing.key does not exist.*fingerprint ${row?.masterFingerprint}`),
    })
    await assert.rejects(missing.getKey(row?.masterFingerprint ?? ''), MasterKeyError)
    const other = place.openFile('other.key')
    const { fingerprint } = await other.ensureKey()
    await assert.rejects(openKeyRing(place.db, other), {
      name: 'MasterKeyError',
      message: new RegExp(`fingerprint is ${fingerprint}.*fingerprint ${row?.masterFingerprint}`),
    })
  })

  test('says so when a wrapped key is damaged, or lies in the place of another', async () => {
    await using place = await openPlace()
    await place.open()
    await place.rotate({ makesDataKey: true })
    await place.db.pool.query(
      'UPDATE data_keys SET wrapped = (SELECT wrapped FROM data_keys WHERE id = 1) WHERE id = 2',
    )
    await assert.rejects(place.open(), /Data key 2 in the database is damaged/)
  })

  test('keeps its data keys when the master key changes', async () => {
    await using place = await openPlace()
    const ring = await place.open()
    const key = ring.currentKey('a document')
    const [before] = await place.read()
    const rotation = await place.rotate()
    assert.equal(rotation.oldFingerprint, before?.masterFingerprint)
    assert.equal(rotation.rewrapped, 1)
    assert.equal(rotation.keyPath, place.file.path)
    const [after] = await place.read()
    assert.equal(after?.masterFingerprint, rotation.newFingerprint)
    assert.notDeepEqual(after?.wrapped, before?.wrapped)
    assert.deepEqual((await place.open()).currentKey('a document'), key)
    assert.deepEqual(await ring.getKey(key.id, 'a document'), key.key)
  })

  test('finds what another process has made, and seals with it when it was told', async () => {
    await using place = await openPlace()
    const ring = await place.open()
    const first = ring.currentKey('a document')
    const { newDataKeyId } = await place.rotate({ makesDataKey: true, deletesOldKey: true })
    const other = (await place.open()).currentKey('a document')
    assert.equal(other.id, newDataKeyId)
    assert.notDeepEqual(other.key, first.key)
    assert.equal(ring.currentKey('a document').id, first.id)
    assert.deepEqual(await ring.getKey(other.id, 'a document'), other.key)
    assert.deepEqual(ring.currentKey('a document'), other)
    assert.deepEqual(await ring.getKey(first.id, 'a document'), first.key)
    await assert.rejects(ring.getKey(99, 'a document'), UnknownDataKeyError)
  })

  test('asks again for a key that was made while it was reading', async () => {
    await using place = await openPlace()
    await place.open()
    const before = await place.read()
    await place.rotate({ makesDataKey: true })
    const slow = Promise.withResolvers<typeof before>()
    let readings = 0
    const ring = new KeyRing({
      source: place.file,
      readDataKeys: () => (readings++ === 0 ? slow.promise : place.read()),
    })
    const refreshed = ring.refresh()
    while (readings === 0) await Promise.resolve()
    const key = ring.getKey(2, 'a document')
    slow.resolve(before)
    await refreshed
    assert.deepEqual(await key, (await place.open()).currentKey('a document').key)
  })

  test('opens whatever a rotation that was broken off has left', async () => {
    await using place = await openPlace()
    const key = (await place.open()).currentKey('a document')
    const [before] = await place.read()
    // Broken off before anything was written to the database.
    await place.file.prepareNext(before?.masterFingerprint ?? '')
    assert.deepEqual((await place.open()).currentKey('a document'), key)
    await place.rotate()
    assert.deepEqual((await place.open()).currentKey('a document'), key)
    const rotations = await Promise.all([place.rotate(), place.rotate(), place.rotate()])
    assert.equal(new Set(rotations.map(({ newFingerprint }) => newFingerprint)).size, 3)
    assert.deepEqual((await place.open()).currentKey('a document'), key)
  })
})
