import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ConfigError, readEnv } from './env.ts'

suite('the settings', () => {
  test('of a quota are bytes, or have a unit', () => {
    const quota = (setting: string) => readEnv({ DEFAULT_SPACE_QUOTA: setting }).DEFAULT_SPACE_QUOTA
    assert.equal(quota(''), undefined)
    assert.equal(quota('500000'), 500_000)
    assert.equal(quota('10GB'), 10e9)
    assert.equal(quota('1.5 tb'), 1.5e12)
    assert.equal(quota('2GiB'), 2 * 1024 ** 3)
    for (const wrong of ['much', '-1', '10 XB', '1e400', '99999999TB', 'GB'])
      assert.throws(() => quota(wrong), ConfigError, wrong)
  })
})
