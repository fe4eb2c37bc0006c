import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseStorageUrl } from './parse-storage-url.ts'
import type { StorageEnvironment } from './parse-storage-url.ts'
import { StorageUrlError } from './storage-config.ts'

test('[OP1] reads the addresses of stores on this machine', () => {
  assert.deepEqual(parseStorageUrl('memory:'), { kind: 'memory' })
  const file = { kind: 'file', directory: '/var/lib/my store' }
  assert.deepEqual(parseStorageUrl('file:///var/lib/my%20store'), file)
  assert.deepEqual(parseStorageUrl('file:/var/lib/my%20store'), file)
})

test('[OP1] reads the address of an S3 service', () => {
  assert.deepEqual(
    parseStorageUrl('s3://KEY:a%2Fb@host:9000/bucket/some/folder?region=x&tls=false'),
    {
      kind: 's3',
      host: 'host',
      port: 9000,
      tls: false,
      region: 'x',
      bucket: 'bucket',
      folder: 'some/folder',
      credentials: { accessKeyId: 'KEY', secretAccessKey: 'a/b' },
    },
  )
})

test('[OP1] takes the credentials of an S3 service from the environment when the address has none', () => {
  const environment = {
    AWS_ACCESS_KEY_ID: 'KEY',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'token',
    AWS_REGION: 'eu-central-1',
  }
  assert.deepEqual(parseStorageUrl('s3://s3.amazonaws.com/bucket/', environment), {
    kind: 's3',
    host: 's3.amazonaws.com',
    tls: true,
    region: 'eu-central-1',
    bucket: 'bucket',
    folder: '',
    credentials: { accessKeyId: 'KEY', secretAccessKey: 'secret', sessionToken: 'token' },
  })
})

test('[OP1] reads the address of an Azure container, of the cloud and of an emulator', () => {
  const common = { kind: 'azure', account: 'me', accountKey: 'a+b/c==', folder: 'f' }
  const cloud = parseStorageUrl('azure://me:a+b%2Fc==@me.blob.core.windows.net/box/f')
  assert.deepEqual(cloud, { ...common, containerUrl: 'https://me.blob.core.windows.net/box' })
  const emulator = parseStorageUrl('azure://me:a+b%2Fc==@127.0.0.1:10000/box/f?tls=false')
  assert.deepEqual(emulator, { ...common, containerUrl: 'http://127.0.0.1:10000/me/box' })
  const environment = { AZURE_STORAGE_KEY: 'a+b/c==' }
  const bare = parseStorageUrl('azure://me.blob.core.windows.net/box/f', environment)
  assert.deepEqual(bare, cloud)
})

test('[OP1] reads the address of a Google bucket, with a service account or an HMAC key', () => {
  const environment = { GOOGLE_APPLICATION_CREDENTIALS: '/key.json' }
  assert.deepEqual(parseStorageUrl('gs://my_bucket/f', environment), {
    kind: 'gcs',
    bucket: 'my_bucket',
    folder: 'f',
    keyFile: '/key.json',
  })
  assert.deepEqual(parseStorageUrl('gs://KEY:secret@my_bucket/f'), {
    kind: 's3',
    host: 'storage.googleapis.com',
    tls: true,
    region: 'auto',
    bucket: 'my_bucket',
    folder: 'f',
    credentials: { accessKeyId: 'KEY', secretAccessKey: 'secret' },
  })
})

test('[OP1] refuses addresses that mean nothing or not what they seem to', () => {
  const wrong = [
    '',
    'data',
    'http://host/',
    'memory:x',
    'file:',
    'file:data/blobs',
    'file:./data',
    'file://host/data',
    'file:///data?x=1',
    'file:///data#x',
    's3://host/bucket',
    's3://KEY@host/bucket',
    's3://KEY:s@host',
    's3:///bucket',
    's3://KEY:s@host/bucket?tsl=false',
    's3://KEY:s@host/bucket?tls=no',
    's3://KEY:s@host/bucket/../x',
    's3://KEY:s@host/bucket//x',
    's3://KEY:s@host/b*cket',
    'azure://me@host/box',
    'azure://me:key@host/',
    'gs://bucket/',
    'gs://KEY@bucket',
  ]
  for (const text of wrong) assert.throws(() => parseStorageUrl(text), StorageUrlError, text)
})

test('[OP1] never tells a secret in its errors', () => {
  const environment: StorageEnvironment = { AWS_SECRET_ACCESS_KEY: 'hidden' }
  const wrong = [
    's3://KEY:hid/hidden@host/bucket',
    's3://KEY:hidden@host',
    's3://KEY:hidden#x@host/bucket',
    's3://KEY:hidden@host/bucket?tls=x',
    's3://KEY:%hidden@host/bucket',
    's3://host/bucket',
    'azure://me:hidden@host',
    'azure://me:hid/hidden@host/box',
    'gs://KEY:hidden@',
    'x://a:hidden@b',
  ]
  for (const text of wrong) {
    const isSilent = (error: unknown): boolean =>
      error instanceof StorageUrlError && !error.message.includes('hid')
    assert.throws(() => parseStorageUrl(text, environment), isSilent, text)
  }
})
