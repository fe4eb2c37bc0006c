import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { launchdPlist } from './launchd-plist.ts'
import { systemdUnit } from './systemd-unit.ts'

const program = {
  program: ['/opt/node 24/bin/node', '/home/ada/100%/$x/"a"/main.ts'],
  environment: { XDG_STATE_HOME: '/home/ada/<state> & more' },
}

suite('what service managers are told', () => {
  test('systemd reads paths as they are, whatever stands in them', () => {
    const unit = systemdUnit(program)
    assert.ok(
      unit.includes(
        'ExecStart="/opt/node 24/bin/node" "/home/ada/100%%/$$x/\\"a\\"/main.ts" "run"\n',
      ),
      unit,
    )
    assert.ok(unit.includes('Environment="XDG_STATE_HOME=/home/ada/<state> & more"\n'))
    assert.match(unit, /RestartPreventExitStatus=2 3 5/)
  })

  test('launchd reads XML that is whole', () => {
    const plist = launchdPlist(program, '/log')
    assert.ok(plist.includes('<string>/home/ada/&lt;state&gt; &amp; more</string>'))
    const opened = [...plist.matchAll(/<(\w+)[^/>]*>/g)].map(([, name]) => name)
    const closed = [...plist.matchAll(/<\/(\w+)>/g)].map(([, name]) => name)
    const byName = (a = '', b = '') => a.localeCompare(b)
    assert.deepEqual(opened.toSorted(byName), closed.toSorted(byName))
  })
})
