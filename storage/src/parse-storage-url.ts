import { isAbsolute } from 'node:path'
import { fileURLToPath } from 'node:url'
import { StorageUrlError } from './storage-config.ts'
import type { BlobStoreConfig } from './storage-config.ts'

/** The variables that clouds' own tools read too; used where the address has no credentials. */
export interface StorageEnvironment {
  readonly AWS_ACCESS_KEY_ID?: string | undefined
  readonly AWS_SECRET_ACCESS_KEY?: string | undefined
  readonly AWS_SESSION_TOKEN?: string | undefined
  readonly AWS_REGION?: string | undefined
  readonly AZURE_STORAGE_KEY?: string | undefined
  readonly GOOGLE_APPLICATION_CREDENTIALS?: string | undefined
}

const kinds = 'file:, memory:, s3:, azure: or gs:'

/**
 * Reads an address as the setting `STORAGE_URL` has it. Throws `StorageUrlError`, which never tells
 * the address, as it may hold a secret.
 */
export function parseStorageUrl(
  text: string,
  environment: StorageEnvironment = {},
): BlobStoreConfig {
  if (text === 'memory:') return { kind: 'memory' }
  if (!URL.canParse(text))
    throw new StorageUrlError(
      `is no URL; expected ${kinds}, and in a name or secret / as %2F, @ as %40, % as %25`,
    )
  const url = new URL(text)
  if (url.protocol === 'file:') return parseFile(url, text)
  if (url.hash !== '') throw new StorageUrlError('has a #, which in a secret is written %23')
  switch (url.protocol) {
    case 's3:':
      return parseS3(url, environment)
    case 'azure:':
      return parseAzure(url, environment)
    case 'gs:':
      return parseGoogle(url, environment)
    default:
      throw new StorageUrlError(`${url.protocol} is not known; expected ${kinds}`)
  }
}

function parseFile(url: URL, text: string): BlobStoreConfig {
  // `file:name` would be read as `/name`, not as what its writer meant.
  if (!isAbsolute(text.slice('file:'.length)) || url.host !== '' || url.search || url.hash)
    throw new StorageUrlError(
      'file: needs an absolute path and nothing else, as in file:///var/lib',
    )
  return { kind: 'file', directory: fileURLToPath(url) }
}

function parseS3(url: URL, environment: StorageEnvironment): BlobStoreConfig {
  const query = parameters(url, ['region', 'tls'])
  if (url.hostname === '')
    throw new StorageUrlError('s3: needs a host, as in s3://KEY:SECRET@host/bucket')
  const given = credentials(url)
  const accessKeyId = given.name || environment.AWS_ACCESS_KEY_ID
  const secretAccessKey = given.name ? given.secret : environment.AWS_SECRET_ACCESS_KEY
  if (!accessKeyId || !secretAccessKey)
    throw new StorageUrlError(
      's3: needs a key and its secret, as in s3://KEY:SECRET@host/bucket, or in AWS_ACCESS_KEY_ID ' +
        'and AWS_SECRET_ACCESS_KEY',
    )
  const sessionToken = given.name ? undefined : environment.AWS_SESSION_TOKEN
  const [bucket, folder] = bucketAndFolder(url, 's3:')
  return {
    kind: 's3',
    host: url.hostname,
    ...(url.port !== '' && { port: Number(url.port) }),
    tls: tls(query),
    region: query.get('region') || environment.AWS_REGION || 'us-east-1',
    bucket,
    folder,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
  }
}

function parseAzure(url: URL, environment: StorageEnvironment): BlobStoreConfig {
  const query = parameters(url, ['tls'])
  const given = credentials(url)
  const account = given.name || url.hostname.split('.')[0]
  const accountKey = given.secret || environment.AZURE_STORAGE_KEY
  if (!account || !accountKey)
    throw new StorageUrlError(
      'azure: needs an account and its key, as in ' +
        'azure://account:key@account.blob.core.windows.net/container, or the key in AZURE_STORAGE_KEY',
    )
  const [container, folder] = bucketAndFolder(url, 'azure:')
  const protocol = tls(query) ? 'https:' : 'http:'
  // Where the account is not in the host's name, as of emulators, it comes first in the path.
  const path = url.hostname.startsWith(`${account}.`) ? container : `${account}/${container}`
  return {
    kind: 'azure',
    account,
    accountKey,
    containerUrl: `${protocol}//${url.host}/${path}`,
    folder,
  }
}

function parseGoogle(url: URL, environment: StorageEnvironment): BlobStoreConfig {
  const query = parameters(url, ['endpoint'])
  const { name, secret } = credentials(url)
  const bucket = bucketName(url.host, 'gs:')
  const folder = folderPath(url.pathname.split('/').slice(1))
  if (name !== '') return googleByS3(bucket, folder, name, secret)
  const keyFile = environment.GOOGLE_APPLICATION_CREDENTIALS
  if (!keyFile)
    throw new StorageUrlError(
      'gs: needs a service account, whose key file GOOGLE_APPLICATION_CREDENTIALS names, or an ' +
        'HMAC key, as in gs://KEY:SECRET@bucket',
    )
  const endpoint = query.get('endpoint')
  if (endpoint !== null && !/^https?:\/\/[^/]+$/.test(endpoint))
    throw new StorageUrlError('the endpoint of gs: must be as https://host:port')
  return { kind: 'gcs', bucket, folder, keyFile, ...(endpoint !== null && { endpoint }) }
}

/** https://cloud.google.com/storage/docs/interoperability */
function googleByS3(
  bucket: string,
  folder: string,
  accessKeyId: string,
  secretAccessKey: string,
): BlobStoreConfig {
  if (secretAccessKey === '') throw new StorageUrlError('gs: has an HMAC key without its secret')
  return {
    kind: 's3',
    host: 'storage.googleapis.com',
    tls: true,
    region: 'auto',
    bucket,
    folder,
    credentials: { accessKeyId, secretAccessKey },
  }
}

function credentials(url: URL): { name: string; secret: string } {
  try {
    return { name: decodeURIComponent(url.username), secret: decodeURIComponent(url.password) }
  } catch {
    throw new StorageUrlError('has a % in its name or secret that is not written %25')
  }
}

function parameters(url: URL, known: readonly string[]): URLSearchParams {
  const unknown = [...url.searchParams.keys()].filter((name) => !known.includes(name))
  if (unknown.length > 0)
    throw new StorageUrlError(`${url.protocol} takes ${known.join(', ')}, not other parameters`)
  return url.searchParams
}

function tls(query: URLSearchParams): boolean {
  const value = query.get('tls') ?? 'true'
  if (value !== 'true' && value !== 'false') throw new StorageUrlError('tls must be true or false')
  return value === 'true'
}

function bucketAndFolder(url: URL, scheme: string): [string, string] {
  const [bucket = '', ...folder] = url.pathname.split('/').slice(1)
  return [bucketName(bucket, scheme), folderPath(folder)]
}

function bucketName(text: string, scheme: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,221}$/.test(text))
    throw new StorageUrlError(`${scheme} needs the name of a bucket or container`)
  return text
}

function folderPath(segments: readonly string[]): string {
  const path = segments.at(-1) === '' ? segments.slice(0, -1) : segments
  if (!path.every((segment) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(segment)))
    throw new StorageUrlError('the folder may have letters, digits, and . _ - within its names')
  return path.join('/')
}
