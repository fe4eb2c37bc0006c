import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openBlobStore } from '../src/open-blob-store.ts'
import { StorageUrlError } from '../src/storage-config.ts'
import { GcsEndpoint } from '../testing/gcs-endpoint/gcs-endpoint.ts'
import { openingContract } from '../testing/opening-contract.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'

const endpoint = await GcsEndpoint.open()
after(() => endpoint[Symbol.asyncDispose]())
const { bucket, account, endpoint: address = '' } = endpoint.service
const directory = await temporaryDirectory()

async function keyFile(name: string, content: object): Promise<string> {
  const path = join(directory, name)
  await writeFile(path, JSON.stringify(content))
  return path
}

function keyOf(privateKey: string): object {
  const { clientEmail: client_email, tokenUri: token_uri } = account
  return { type: 'service_account', client_email, token_uri, private_key: privateKey }
}

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const foreignKey = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const right = await keyFile('right.json', keyOf(account.privateKey))
const foreign = await keyFile('foreign.json', keyOf(foreignKey))
const config = { kind: 'gcs', bucket, folder: '', endpoint: address, keyFile: right } as const

openingContract('GcsBlobStore', {
  right: (folder) => ({ ...config, folder }),
  wrongSecret: { ...config, keyFile: foreign },
  wrongBucket: { ...config, bucket: 'never-made' },
  wrongHost: { ...config, endpoint: 'http://127.0.0.1:1' },
})

test('[RM5] says what is wrong with a key file, and nothing of what it holds', async () => {
  const files = [
    join(directory, 'none.json'),
    await keyFile('user.json', { ...keyOf('hidden'), type: 'authorized_user' }),
    await keyFile('broken.json', keyOf('-----BEGIN PRIVATE KEY-----\nhidden')),
    await keyFile('empty.json', {}),
  ]
  await writeFile(join(directory, 'text.json'), '{"private_key": "hidden')
  for (const path of [...files, join(directory, 'text.json')]) {
    const isSilent = (error: unknown): boolean =>
      error instanceof StorageUrlError && !error.message.includes('hidden')
    await assert.rejects(openBlobStore({ ...config, keyFile: path }), isSilent, path)
  }
})
