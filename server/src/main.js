import { enableCompileCache } from 'node:module'
import { env } from 'node:process'
import { fileURLToPath } from 'node:url'

// Compiled code is kept beside the packages: a start then takes half the time. It has to be switched on
// before the first of the modules is loaded; this one is JavaScript, as Node would load its compiler of
// TypeScript for it alone, which takes 14 MB for as long as the server runs. Threads look for compiled code
// where their environment says: without it each compiles anew, for 100 ms and up to 40 MB.
env['NODE_COMPILE_CACHE'] ??= fileURLToPath(
  new URL('../../node_modules/.cache/compile', import.meta.url),
)
enableCompileCache(env['NODE_COMPILE_CACHE'])

const { run } = await import('./run.ts')
await run()
