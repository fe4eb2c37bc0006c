import { after } from 'node:test'

/** What the tests of a file share: it is disposed of after the last of them. */
export function sharedByTests<T extends AsyncDisposable>(resource: T): T {
  after(() => resource[Symbol.asyncDispose]())
  return resource
}
