import { createPrivateKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { errnoCode } from '../../fs-errors.ts'
import { StorageUrlError } from '../../storage-config.ts'
import type { GcsServiceAccount } from './gcs-credentials.ts'

const variable = 'GOOGLE_APPLICATION_CREDENTIALS'

/** Reads a service account's key file, as Google's console makes it. Throws `StorageUrlError`. */
export async function readGcsKeyFile(path: string): Promise<GcsServiceAccount> {
  const file = parse(await read(path))
  const { type, client_email: clientEmail, private_key: privateKey, token_uri: tokenUri } = file
  if (type !== 'service_account')
    throw new StorageUrlError(`${variable} must name the key file of a service account`)
  if (typeof clientEmail !== 'string' || typeof tokenUri !== 'string' || !URL.canParse(tokenUri))
    throw new StorageUrlError(`${variable}: the file has no client_email or token_uri`)
  if (typeof privateKey !== 'string' || !isPrivateKey(privateKey))
    throw new StorageUrlError(`${variable}: the file has no valid private_key`)
  return { clientEmail, privateKey, tokenUri }
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new StorageUrlError(`${variable}: the file cannot be read (${errnoCode(error)})`)
  }
}

/** What a parser would say of the text could hold some of the key. */
function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {}
  throw new StorageUrlError(`${variable}: the file is no JSON object`)
}

function isPrivateKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa'
  } catch {
    return false
  }
}
