import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import express from 'express'

const root = join(import.meta.dirname, '../../..')

/** Whom Express believes, with this setting. */
function trustBy(setting: string): (address: string, hop: number) => boolean {
  const app = express()
  app.set('trust proxy', setting)
  return app.get('trust proxy fn') as (address: string, hop: number) => boolean
}

/** What the files say that Docker is to be started with. */
function delivered(file: string, pattern: RegExp): string {
  const setting = pattern.exec(readFileSync(join(root, file), 'utf8'))?.[1]
  assert.ok(setting, file)
  return setting
}

suite('the proxies whose word on an address is taken', () => {
  const settings = {
    '.env.example': /^TRUSTED_PROXIES=(.+)$/m,
    'docker-compose.cluster.yml': /TRUSTED_PROXIES: \$\{TRUSTED_PROXIES:-(.+)\}/,
  }
  for (const [file, pattern] of Object.entries(settings))
    test(`are those of Docker in ${file}, and no visitor of a local network`, () => {
      const isTrusted = trustBy(delivered(file, pattern))
      assert.equal(isTrusted('172.18.0.1', 0), true)
      for (const visitor of ['192.168.1.20', '10.0.0.7', 'fd00::5', '203.0.113.7', '127.0.0.1'])
        assert.equal(isTrusted(visitor, 0), false, visitor)
    })

  test('are never everybody by mistake: a setting that means that is refused', () => {
    for (const setting of ['true', '*', 'all']) assert.throws(() => trustBy(setting), setting)
  })
})
