import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { MasterKeyFile } from './master-key-file.ts'

async function openDirectory() {
  const directory = await mkdtemp(join(tmpdir(), 'cloudsync-keys-'))
  const path = join(directory, 'data', 'master.key')
  return {
    directory: join(directory, 'data'),
    path,
    open: (isMadeWhenMissing = true) => new MasterKeyFile({ path, isMadeWhenMissing }),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  }
}

suite('the file of the master key', () => {
  test('is made once, for its owner alone, by whoever of several comes first', async () => {
    await using place = await openDirectory()
    const keys = await Promise.all(Array.from({ length: 8 }, () => place.open().ensureKey()))
    assert.equal(new Set(keys.map(({ fingerprint }) => fingerprint)).size, 1)
    assert.deepEqual(await readdir(place.directory), ['master.key'])
    assert.equal((await stat(place.path)).mode & 0o777, 0o600)
    assert.match(keys[0]?.fingerprint ?? '', /^[0-9a-f]{16}$/)
    const content = await readFile(place.path, 'utf8')
    assert.ok(!content.includes(keys[0]?.fingerprint ?? ''))
  })

  test('is not made where the operator has said that it is there', async () => {
    await using place = await openDirectory()
    await assert.rejects(place.open(false).ensureKey(), /master\.key does not exist.*openssl/)
  })

  test('gives way to the next key only when the database needs that', async () => {
    await using place = await openDirectory()
    const file = place.open()
    const first = await file.ensureKey()
    const next = await file.prepareNext(first.fingerprint)
    assert.equal(await file.promoteNext(first.fingerprint), false)
    assert.equal((await file.locate(first.fingerprint)).path, place.path)
    assert.equal((await file.locate(next.fingerprint)).path, file.nextPath)
    assert.equal(await file.promoteNext(next.fingerprint), true)
    assert.equal(await file.promoteNext(next.fingerprint), false)
    assert.equal((await file.locate(next.fingerprint)).path, place.path)
    // What an old backup of the database needs is there still.
    const old = `master.key.${first.fingerprint}.old`
    assert.deepEqual((await readdir(place.directory)).toSorted(), ['master.key', old])
    assert.equal((await file.getKey(first.fingerprint)).fingerprint, first.fingerprint)
    await file.deleteOld(first.fingerprint)
    await assert.rejects(file.getKey(first.fingerprint), {
      name: 'MasterKeyError',
      message: new RegExp(`fingerprint is ${next.fingerprint}.*${first.fingerprint}`),
    })
  })

  test('has the next key also in the moment in which that takes its place', async () => {
    await using place = await openDirectory()
    const file = place.open()
    let { fingerprint } = await file.ensureKey()
    for (let round = 0; round < 60; round++) {
      const next = await file.prepareNext(fingerprint)
      fingerprint = next.fingerprint
      const isFound = async () => (await place.open().getKey(fingerprint)).fingerprint
      const promoted = file.promoteNext(fingerprint)
      const found: string[] = []
      for (let look = 0; look < 20; look++)
        found.push(...(await Promise.all([isFound(), isFound()])))
      await promoted
      assert.ok(found.every((one) => one === fingerprint))
    }
  })

  test('is changed whatever a crash between two steps has left', async () => {
    await using place = await openDirectory()
    const file = place.open()
    const first = await file.ensureKey()
    const next = await file.prepareNext(first.fingerprint)
    // The present key has its second name already, and the next one is not in place.
    await file.promoteNext(next.fingerprint)
    await rename(place.path, file.nextPath)
    await rename(`${place.path}.${first.fingerprint}.old`, place.path)
    await writeFile(`${place.path}.${first.fingerprint}.old`, await readFile(place.path))
    assert.equal(await file.promoteNext(next.fingerprint), true)
    assert.equal((await file.locate(next.fingerprint)).path, place.path)
  })

  test('takes the next key from another file, or from where it belongs', async () => {
    await using place = await openDirectory()
    const file = place.open()
    const first = await file.ensureKey()
    const source = join(place.directory, 'given')
    await writeFile(source, randomBytes(32))
    const given = await file.prepareNext(first.fingerprint, source)
    assert.equal(
      (await file.prepareNext(first.fingerprint, file.nextPath)).fingerprint,
      given.fingerprint,
    )
    assert.equal((await file.getKey(given.fingerprint)).fingerprint, given.fingerprint)
    await assert.rejects(file.prepareNext(first.fingerprint, place.path), /is the present one/)
    await assert.rejects(file.prepareNext(first.fingerprint, `${source}s`), /cannot be read/)
  })

  test('that is gone or damaged is told of with its name', async () => {
    await using place = await openDirectory()
    const file = place.open()
    const { fingerprint } = await file.ensureKey()
    await writeFile(place.path, 'damaged')
    await assert.rejects(file.getKey(fingerprint), /master\.key holds no master key/)
    await rm(place.path)
    await assert.rejects(
      file.getKey(fingerprint),
      new RegExp(`master.key does not exist.*${fingerprint}`),
    )
  })
})
