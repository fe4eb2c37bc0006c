import { sealKeyBytes } from '@cloudsync/storage'
import { MasterKeyError } from './master-key.ts'

const hex = /^[0-9a-f]{64}$/i
const base64 = /^[0-9a-z+/_-]{43}=?$/i
/** So few random bytes are hardly ever all of these: text of this length is a key cut short. */
const isText = /^[0-9a-z+/=_\s-]*$/i

/** The key in a file: 32 bytes as 64 hex digits, as base64 or as they are. Throws `MasterKeyError`. */
export function parseMasterKey(content: Buffer, path: string): Uint8Array {
  const text = content.toString('latin1').trim()
  if (hex.test(text)) return Buffer.from(text, 'hex')
  if (base64.test(text)) return Buffer.from(text, 'base64')
  if (content.length === sealKeyBytes && !isText.test(text)) return content
  throw new MasterKeyError(
    `${path} holds no master key. One is ${sealKeyBytes} bytes, as 64 hex digits, as base64 or as they are, ` +
      `and the file has ${content.length} bytes. \`openssl rand -hex 32\` makes one.`,
  )
}
