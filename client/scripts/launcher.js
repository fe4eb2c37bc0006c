#!/usr/bin/env node
// What every Node can read, to say which one is needed; `npx` and `npm install` only warn.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 24 || (major === 24 && minor < 2)) {
  process.stderr.write(`cloudsync needs Node.js 24.2 or newer, and this is ${process.version}.\n`)
  process.exit(1)
}
await import('./command/command.js')
