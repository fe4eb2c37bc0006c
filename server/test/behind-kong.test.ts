import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'yaml'

const read = (name: string) =>
  readFileSync(new URL(`../../deploy/kong/${name}`, import.meta.url), 'utf8')

interface KongConfig {
  readonly services: readonly {
    readonly host: string
    readonly retries: number
    readonly routes: readonly Readonly<Record<string, unknown>>[]
  }[]
  readonly upstreams: readonly { readonly name: string }[]
}

test('the configuration for Kong is of the form that Kong 3.9 takes', () => {
  const validate = new Ajv2020({ strict: false }).compile(
    JSON.parse(read('kong-subset.schema.json')) as object,
  )
  const config = parse(read('kong.yml')) as KongConfig
  assert.ok(validate(config), JSON.stringify(validate.errors))
  // The schema tells what is wrong.
  const [service] = config.services
  assert.ok(!validate({ ...config, services: [{ ...service, retry: 0 }] }))
  assert.ok(!validate({ ...config, _format_version: '1.1' }))
})

test('Kong passes everything on as it comes, and repeats nothing', () => {
  const { services, upstreams } = parse(read('kong.yml')) as KongConfig
  assert.ok(upstreams.some(({ name }) => name === services[0]?.host))
  for (const { retries, routes } of services) {
    assert.equal(retries, 0)
    for (const route of routes) {
      assert.equal(route['request_buffering'], false)
      assert.equal(route['response_buffering'], false)
      assert.equal(route['strip_path'], false)
      assert.equal(route['preserve_host'], true)
    }
  }
})
