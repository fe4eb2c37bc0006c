/**
 * Loaded into every test process (`--import`). A handle that a test leaves open keeps its process
 * alive for ever, and with it the whole run; here it fails the file, and is named.
 */
import { after } from 'node:test'

/** For the hooks of the tests' own that come after ours. */
const GRACE_MS = 20_000

after(() => {
  setTimeout(() => {
    const open = process.getActiveResourcesInfo().join(', ')
    console.error(`Still open ${GRACE_MS / 1000} s after the last test: ${open}`)
    process.exit(1)
  }, GRACE_MS).unref()
})
