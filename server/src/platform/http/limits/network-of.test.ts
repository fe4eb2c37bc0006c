import assert from 'node:assert/strict'
import { test } from 'node:test'
import { networkOf, wideNetworkOf } from './network-of.ts'

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

test('a wide network is the /48 of an IPv6 address, and there is none of any other', () => {
  assert.equal(wideNetworkOf('2001:db8:0:1::1'), '2001:db8:0::/48')
  assert.equal(wideNetworkOf('2001:0DB8:0000:ffff:1:2:3:4'), '2001:db8:0::/48')
  assert.notEqual(wideNetworkOf('2001:db8:1::1'), wideNetworkOf('2001:db8:2::1'))
  for (const other of ['192.0.2.7', '::ffff:192.0.2.7', '::FFFF:192.0.2.7', 'unknown', ''])
    assert.equal(wideNetworkOf(other), undefined)
})

test('what is no address stands for itself', () => {
  assert.equal(networkOf('unknown'), 'unknown')
  assert.equal(networkOf(''), '')
})
