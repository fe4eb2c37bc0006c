import { UsageError } from '../command-error.ts'

const local = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/**
 * The address of a server as a person types it: `files.example.com`, `localhost:8080`, `https://example.com/cloud/`.
 * Without a scheme it is https, on this machine http.
 */
export function parseServerAddress(text: string): string {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text)
  const url = URL.parse(hasScheme ? text : `https://${text}`)
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === '')
    throw new UsageError(
      `“${text}” is no address of a server; it looks like https://files.example.com`,
    )
  if (url.username !== '' || url.password !== '')
    throw new UsageError('Leave name and password out of the address; cloudsync asks for them')
  if (!hasScheme && local.test(url.hostname)) url.protocol = 'http:'
  url.search = ''
  url.hash = ''
  return url.href.replace(/\/+$/, '')
}

/** Whether what is sent there can be read on the way. */
export function isReadableOnTheWay(address: string): boolean {
  const url = new URL(address)
  return url.protocol === 'http:' && !local.test(url.hostname)
}
