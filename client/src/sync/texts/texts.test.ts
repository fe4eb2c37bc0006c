import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { decodeText, readText, textRootName, type TextFormat } from '@cloudsync/crdt'
import { Random } from '@cloudsync/crdt/testing'
import * as Y from 'yjs'
import { absorbText, asksFirst, outgoingText, resolveText } from './absorb-text.ts'
import { ingestText, type Ingested } from './ingest-text.ts'
import { isFormatUnsent } from './shared-format.ts'
import { decodeTextState, encodeTextState } from './text-record.ts'
import {
  copyBytes,
  copyText,
  nextWrite,
  sha256Of,
  startText,
  written,
  type TextState,
} from './text-state.ts'

const plain: TextFormat = { bom: false, lineEnding: 'verbatim' }

/** A text as it lies on the disk and on the server, which is here a document. */
function openText(bytes: string | Uint8Array): { state: TextState; server: Y.Doc; disk: Buffer } {
  const disk = Buffer.from(bytes as string)
  const decoded = decodeText(disk)
  assert.ok(decoded.kind === 'text')
  const server = new Y.Doc()
  server.getText(textRootName).insert(0, decoded.text)
  const update = Y.encodeStateAsUpdate(server)
  const { format } = decoded
  const state = startText({ update, content: '1.1', format, diskSha256: sha256Of(disk) })
  assert.equal(nextWrite(state), undefined)
  assert.deepEqual(Buffer.from(copyBytes(state)), disk)
  return { state, server, disk }
}

let clientIds = 1000
function ingest(state: TextState, disk: string | Uint8Array, mayBeWritten = false): Ingested {
  return ingestText(state, Buffer.from(disk as string), { clientId: ++clientIds, mayBeWritten })
}

function changed(ingested: Ingested) {
  assert.ok(ingested.kind === 'changed', ingested.kind)
  return ingested
}

/** Asks the server, with what is to be sent or (`isPull`) without. */
function meet(state: TextState, server: Y.Doc, fileName = 'a.txt', isPull = false) {
  const { stateVector, update, sentUpdates } = outgoingText(state, isPull)
  if (update.length > 0) Y.applyUpdate(server, update)
  const answer = { update: Y.encodeStateAsUpdate(server, stateVector), content: '1.2' }
  return absorbText(state, { fileName, ...answer, sentUpdates })
}

function type(server: Y.Doc, at: number, typed: string): void {
  server.getText(textRootName).insert(at, typed)
}

suite('what a program saves', () => {
  const kept: Readonly<Record<string, string>> = {
    'line ends of CR LF': 'one\r\ntwo\r\n',
    'mixed line ends': 'one\r\ntwo\nthree\rfour',
    'a byte order mark': '\ufeffone\ntwo\n',
    'no line end behind the last line': 'one\ntwo',
    nothing: '',
  }
  for (const [what, bytes] of Object.entries(kept))
    test(`is kept byte for byte around what others type: ${what}`, () => {
      const { state, server } = openText(bytes)
      type(server, 0, 'new ')
      const absorbed = meet(state, server)
      assert.ok(absorbed.kind === 'merged')
      const bom = bytes.startsWith('\ufeff') ? '\ufeff' : ''
      assert.equal(
        Buffer.from(absorbed.write?.bytes ?? []).toString(),
        `${bom}new ${bytes.replace('\ufeff', '')}`,
      )
    })

  test('changes nothing where nothing was changed', () => {
    const { state, disk } = openText('one\ntwo\n')
    assert.deepEqual(ingest(state, disk), { kind: 'unchanged', state })
  })

  test('of lines with LF in a file of CR LF is no change of the other lines', () => {
    const { state, server } = openText('one\r\ntwo\r\nthree\r\n')
    const next = changed(ingest(state, 'one\r\ntwo and a half\nthree\r\n')).state
    assert.deepEqual(next.format, state.format)
    assert.equal(copyText(next), 'one\ntwo and a half\nthree\n')
    type(server, 0, 'zero\n')
    const absorbed = meet(next, server)
    assert.ok(absorbed.kind === 'merged')
    assert.equal(
      Buffer.from(absorbed.write?.bytes ?? []).toString(),
      'zero\r\none\r\ntwo and a half\r\nthree\r\n',
    )
  })

  test('with other line ends throughout is no edit, but another format', () => {
    const { state } = openText('one\ntwo\n')
    const next = changed(ingest(state, 'one\r\ntwo\r\n')).state
    assert.equal(isFormatUnsent(next), true)
    assert.deepEqual(next.pending, [])
    assert.equal(Buffer.from(copyBytes(next)).toString(), 'one\r\ntwo\r\n')
    const back = changed(ingest(next, 'one\ntwo\n'))
    assert.deepEqual(back.state.pending, [])
  })

  test('that is no text any more replaces it as a whole', () => {
    const { state } = openText('one')
    assert.deepEqual(ingest(state, Uint8Array.of(0xff, 0xfe)), {
      kind: 'crosses-to-blob',
      reason: 'not_utf8',
    })
    assert.deepEqual(ingest(state, 'a\0b'), { kind: 'crosses-to-blob', reason: 'binary' })
  })

  test('by a formatter keeps what others type in it, each in its place', () => {
    const lines = Array.from({ length: 200 }, (_, index) => `call( first${index},second${index} );`)
    const { state, server } = openText(lines.join('\n'))
    type(server, server.getText(textRootName).toJSON().indexOf('first100'), 'typed, ')
    const formatted = lines.map(
      (line) => `  ${line.replace('( ', '(').replace(',', ', ').replace(' )', ')')}`,
    )
    const { state: next } = changed(ingest(state, formatted.join('\n')))
    assert.equal(outgoingText(next).keepsVersion, false)
    const absorbed = meet(next, server)
    assert.ok(absorbed.kind === 'merged')
    formatted[100] = '  call(typed, first100, second100);'
    assert.equal(readText(server), formatted.join('\n'))
  })

  test('as another text altogether replaces it in one piece, that tears nothing', () => {
    const { state, server } = openText('The quick brown fox jumps over the lazy dog. '.repeat(20))
    type(server, 100, '<typed by somebody>')
    const text = 'Entirely other words stand here now, without any relation to before. '.repeat(20)
    const { state: next } = changed(ingest(state, text))
    const asked = meet(next, server, 'a.txt', true).state
    // Until it is sent, and no longer.
    for (const waiting of [next, asked, decodeTextState(encodeTextState(asked))])
      assert.equal(outgoingText(waiting).keepsVersion, true)
    const { state: sent } = meet(asked, server)
    assert.equal(outgoingText(changed(ingest(sent, `${text}more`)).state).keepsVersion, false)
    assert.ok(readText(server).includes(text))
    assert.ok(readText(server).includes('<typed by somebody>'))
  })

  test('is sent as the same structs however often', () => {
    const { state, server } = openText('one two')
    const { state: next } = changed(ingest(state, 'one and two'))
    meet(next, server)
    const again = meet(decodeTextState(encodeTextState(next)), server)
    assert.equal(readText(server), 'one and two')
    assert.ok(again.kind === 'merged')
    assert.equal(again.write, undefined)
    assert.deepEqual(again.state.pending, [])
  })

  test('while more was typed than was sent keeps what was not sent', () => {
    const { state, server } = openText('one')
    const first = changed(ingest(state, 'one two')).state
    const { stateVector, update, sentUpdates } = outgoingText(first)
    const second = changed(ingest(first, 'one two three')).state
    Y.applyUpdate(server, update)
    const answer = { update: Y.encodeStateAsUpdate(server, stateVector), content: '1.2' }
    const absorbed = absorbText(second, { fileName: 'a.txt', ...answer, sentUpdates })
    assert.ok(absorbed.kind === 'merged')
    assert.equal(absorbed.state.pending.length, 1)
    assert.equal(absorbed.write, undefined)
    meet(absorbed.state, server)
    assert.equal(readText(server), 'one two three')
  })

  test('before what came was written is taken for what it is, and the write is made of both', () => {
    const { state, server } = openText('one\ntwo\n')
    type(server, 0, 'zero\n')
    const absorbed = meet(state, server)
    assert.ok(absorbed.kind === 'merged')
    const { state: next } = changed(ingest(absorbed.state, 'one\ntwo\nthree\n'))
    assert.equal(Buffer.from(nextWrite(next)?.bytes ?? []).toString(), 'zero\none\ntwo\nthree\n')
    assert.equal(nextWrite(next)?.replaces, sha256Of(Buffer.from('one\ntwo\nthree\n')))
  })

  test('after a write that nobody heard of is known to be made of what was written', () => {
    const { state, server } = openText('one\ntwo\n')
    type(server, 0, 'nothing before\n')
    const absorbed = meet(state, server)
    assert.ok(absorbed.kind === 'merged' && absorbed.write)
    const untouched = ingest(absorbed.state, absorbed.write.bytes, true)
    assert.ok(untouched.kind === 'unchanged')
    assert.equal(nextWrite(untouched.state), undefined)
    const { state: next } = changed(
      ingest(absorbed.state, 'nothing before\none\ntwo\nthree\n', true),
    )
    meet(next, server)
    assert.equal(readText(server), 'nothing before\none\ntwo\nthree\n')
  })
})

suite('a file that only programs read', () => {
  const json = '{\n  "a": 1\n}\n'
  /** Both put a key behind the last, which needs a comma: together they are no JSON. */
  const both = () => {
    const { state, server } = openText(json)
    const text = server.getText(textRootName)
    text.insert(text.toJSON().indexOf('1') + 1, ',\n  "b": 2')
    const ours = json.replace('1', '1,\n  "b": 3')
    return { server, ours, state: changed(ingest(state, ours)).state }
  }

  test('is not sent before it is known what it meets', () => {
    const { state, server, ours } = both()
    assert.ok(asksFirst('a.json', state))
    assert.ok(!asksFirst('a.txt', state))
    const before = readText(server)
    const absorbed = meet(state, server, 'a.json', true)
    assert.ok(absorbed.kind === 'conflict')
    assert.equal(copyText(absorbed.state), ours)
    assert.equal(readText(server), before)
    assert.equal(nextWrite(absorbed.state), undefined)
    assert.equal(outgoingText(absorbed.state).update.length, 0)
    // It is still so after a restart, and what is typed into the file meanwhile is not lost.
    const later = changed(
      ingest(decodeTextState(encodeTextState(absorbed.state)), ours.replace('3', '4')),
    )
    assert.equal(meet(later.state, server, 'a.json', true).kind, 'conflict')
  })

  test('is what a person says, mine or theirs', () => {
    for (const choice of ['mine', 'theirs'] as const) {
      const { state, server, ours } = both()
      const theirs = readText(server)
      const held = meet(state, server, 'a.json', true)
      assert.ok(held.kind === 'conflict')
      const resolved = resolveText(held.state, choice, ++clientIds)
      const wanted = choice === 'mine' ? ours : theirs
      const bytes = resolved.write?.bytes ?? copyBytes(resolved.state)
      assert.equal(Buffer.from(bytes).toString(), wanted)
      meet(resolved.state, server, 'a.json')
      assert.equal(readText(server), wanted)
    }
  })

  test('is merged where both sides together can be read', () => {
    const { state, server } = openText('{\n  "a": 1,\n  "b": 2\n}\n')
    const text = server.getText(textRootName)
    text.insert(text.toJSON().indexOf('1') + 1, '0')
    const next = changed(ingest(state, '{\n  "a": 1,\n  "b": 25\n}\n')).state
    assert.equal(meet(next, server, 'a.json', true).kind, 'merged')
    meet(next, server, 'a.json')
    assert.equal(readText(server), '{\n  "a": 10,\n  "b": 25\n}\n')
  })

  test('that is released when the other side mends it', () => {
    const { state, server, ours } = both()
    const held = meet(state, server, 'a.json', true)
    assert.ok(held.kind === 'conflict')
    const text = server.getText(textRootName)
    text.delete(0, text.length)
    text.insert(0, json)
    const absorbed = meet(held.state, server, 'a.json', true)
    assert.ok(absorbed.kind !== 'merged' || !absorbed.state.isHeld)
    assert.ok(copyText(absorbed.state).includes(ours.slice(12, 20)))
  })
})

suite('lines that both sides have changed', () => {
  test('are none of those that were changed here alone, even where words went', () => {
    const { state, server } = openText('alpha beta\ngamma delta\nepsilon\n')
    const mine = 'ALPHA beta\nepsilon\n'
    const alone = meet(changed(ingest(state, mine)).state, server)
    assert.ok(alone.kind === 'merged')
    assert.deepEqual(alone.overlaps, [])

    const both = openText('alpha beta\ngamma delta\nepsilon\n')
    type(both.server, both.server.getText(textRootName).length, 'theirs\n')
    const merged = meet(changed(ingest(both.state, mine)).state, both.server)
    assert.ok(merged.kind === 'merged')
    assert.equal(readText(both.server), `${mine}theirs\n`)
    assert.deepEqual(merged.overlaps, [])
  })

  test('are named, and others are not', () => {
    const { state, server } = openText('alpha beta\ngamma delta\nepsilon zeta\neta theta\n')
    const text = server.getText(textRootName)
    text.insert(text.toJSON().indexOf('delta'), 'their ')
    text.insert(text.length, 'their line\n')
    const mine = 'my line\nalpha beta\nmy gamma delta\nepsilon zeta\neta theta\n'
    const absorbed = meet(changed(ingest(state, mine)).state, server)
    assert.ok(absorbed.kind === 'merged')
    assert.deepEqual(absorbed.overlaps, [{ fromLine: 3, toLine: 3 }])
    assert.equal(readText(server).split('\n')[2], 'my gamma their delta')
  })
})

suite('how a text is written out', () => {
  const absorb = (state: TextState, content: string) => {
    const absorbed = absorbText(state, {
      fileName: 'a.txt',
      update: Y.encodeStateAsUpdate(new Y.Doc()),
      content,
      sentUpdates: 0,
    })
    assert.ok(absorbed.kind === 'merged')
    return { ...absorbed, bytes: absorbed.write && Buffer.from(absorbed.write.bytes).toString() }
  }

  test('comes from the server, where nobody has changed it here', () => {
    const { state } = openText('one\ntwo\n')
    const taken = absorb(state, '1.2-bom-crlf')
    assert.equal(taken.bytes, '\ufeffone\r\ntwo\r\n')
    assert.equal(isFormatUnsent(taken.state), false)
    const back = absorb(written(taken.state, taken.write?.sha256 ?? ''), '1.3')
    assert.equal(back.bytes, 'one\ntwo\n')
  })

  test('is to be sent where only this side has changed it, and until the server has it', () => {
    const { state } = openText('one\ntwo\n')
    const mine = changed(ingest(state, 'one\r\ntwo\r\n')).state
    const { state: asked, write } = absorb(mine, '1.2')
    assert.deepEqual([write, isFormatUnsent(asked)], [undefined, true])
    const { state: told, write: again } = absorb(asked, '1.2-crlf')
    assert.deepEqual([again, isFormatUnsent(told)], [undefined, false])
  })

  test("is the server's where both sides have changed it", () => {
    const { state } = openText('one\ntwo\n')
    const mine = changed(ingest(state, 'one\r\ntwo\r\n')).state
    assert.equal(absorb(mine, '1.2-bom').bytes, '\ufeffone\ntwo\n')
  })
})

test('a state is stored and read back as it was', () => {
  const random = new Random(7)
  let { state } = openText('one\ntwo\n')
  for (let round = 0; round < 5; round++) {
    assert.deepEqual(flat(decodeTextState(encodeTextState(state))), flat(state))
    const ingested = ingest(state, `${copyText(state)}${random.uuid()}\n`)
    assert.ok(ingested.kind === 'changed')
    state = { ...ingested.state, incoming: round % 2 ? Uint8Array.of(0, 0) : undefined }
  }
  const fresh = startText({
    update: state.known,
    content: '1.1',
    format: plain,
    diskSha256: undefined,
  })
  const write = nextWrite(fresh)
  assert.equal(write?.replaces, undefined)
  assert.equal(nextWrite(written(fresh, write?.sha256 ?? '')), undefined)
  assert.throws(
    () => decodeTextState({ about: '{"version":2}', state: new Uint8Array() }),
    TypeError,
  )
})

const flat = ({ known, pending, incoming, ...rest }: TextState) => ({
  known: [...known],
  pending: pending.map((update) => [...update]),
  incoming: incoming && [...incoming],
  ...rest,
})

test('words that two people have written instead of the same one are both there in one piece', () => {
  const base = 'pear-1\nplum-1\n'
  const sides = [
    { mine: 'pear-18\nplum-1\n', yours: 'melon-3\n', written: ['pear-18', 'melon-3'] },
    {
      mine: 'pear-1\nplum-17\n',
      yours: 'pear-9\nfig-2\n',
      written: ['plum-17', 'pear-9', 'fig-2'],
    },
  ]
  for (const { mine, yours, written: words } of sides) {
    const { state, server } = openText(base)
    for (const said of [mine, yours]) meet(changed(ingest(state, said)).state, server)
    const text = server.getText(textRootName).toJSON()
    for (const word of words) assert.equal(text.split(word).length, 2, `${word} of ${text}`)
  }
})
