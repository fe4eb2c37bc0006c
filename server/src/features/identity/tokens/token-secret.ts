import { randomInt } from 'node:crypto'
import { crc32 } from 'node:zlib'

/**
 * The form of a personal access token, made to be found where it should not be:
 *
 *     cs_pat_ <43 random characters of base 62: 256 bits> <6: CRC-32 of all before, base 62>
 *
 * A scanner knows one by `cs_pat_[0-9A-Za-z]{49}`, and by the checksum that it is no accident.
 */
const prefix = 'cs_pat_'
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const randomLength = 43
const checksumLength = 6
const form = new RegExp(`^${prefix}[0-9A-Za-z]{${randomLength + checksumLength}}$`)

export function makePersonalTokenSecret(): string {
  const random = Array.from({ length: randomLength }, () => alphabet[randomInt(alphabet.length)])
  const head = prefix + random.join('')
  return head + checksumOf(head)
}

export function isPersonalToken(token: string): boolean {
  return token.startsWith(prefix)
}

/** Whether it can be one of ours at all; nobody need look for one that cannot. */
export function isWellFormed(token: string): boolean {
  const head = token.slice(0, -checksumLength)
  return form.test(token) && token.endsWith(checksumOf(head))
}

function checksumOf(head: string): string {
  let rest = crc32(head)
  let digits = ''
  for (let place = 0; place < checksumLength; place++) {
    digits = (alphabet[rest % alphabet.length] ?? '') + digits
    rest = Math.floor(rest / alphabet.length)
  }
  return digits
}
