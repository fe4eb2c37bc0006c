import assert from 'node:assert/strict'
import { test } from 'node:test'
import { networkOf } from './network-of.ts'

test('an IPv4 address stands for itself, mapped into IPv6 or not', () => {
  assert.equal(networkOf('192.0.2.7'), '192.0.2.7')
  assert.equal(networkOf('::ffff:192.0.2.7'), '192.0.2.7')
  assert.equal(networkOf('::FFFF:192.0.2.7'), '192.0.2.7')
})

test('all addresses of one /64 are one network', () => {
  const network = '2001:db8:0:1::/64'
  assert.equal(networkOf('2001:db8:0:1::'), network)
  assert.equal(networkOf('2001:db8:0:1::1'), network)
  assert.equal(networkOf('2001:0DB8:0000:0001:ffff:eeee:dddd:cccc'), network)
  assert.equal(networkOf('2001:db8::1:2:3:4:5'), network)
})

test('networks that differ in their upper half are told apart', () => {
  assert.notEqual(networkOf('2001:db8:0:1::1'), networkOf('2001:db8:0:2::1'))
  assert.equal(networkOf('::1'), '0:0:0:0::/64')
  assert.equal(networkOf('fe80::1%eth0'), 'fe80:0:0:0::/64')
})

test('what is no address stands for itself', () => {
  assert.equal(networkOf('unknown'), 'unknown')
  assert.equal(networkOf(''), '')
})
