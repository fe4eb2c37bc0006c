import assert from 'node:assert/strict'
import test from 'node:test'
import { Scenario } from './scenario.ts'

const path = ['a.txt']

/** A text of which both sides know the history is changed on both while they do not hear of each other. */
async function apart(said: string, mine: string, theirs: string) {
  const scenario = new Scenario()
  const node = scenario.make('a.txt', said)
  scenario.client.start()
  await scenario.rest()
  scenario.type(node, (text) => text.insert(0, 'zero '))
  await scenario.rest()
  scenario.type(node, (text) => text.delete(0, 'zero '.length))
  await scenario.rest()
  scenario.client.crash()
  scenario.write(path, mine, true)
  scenario.type(node, (text) => {
    text.delete(0, text.length)
    text.insert(0, theirs)
  })
  scenario.client.start()
  await scenario.rest()
  return scenario.files()
}

test('[CO1] what both sides have changed alike is there once', async () => {
  const files = await apart('one\nthree\n', 'one\ntwo\nthree\n', 'one\ntwo\nthree\n')
  assert.deepEqual(files, ['a.txt: one\ntwo\nthree\n'])
})

test('[CO1] words that both sides have written instead of the same one stand apart', async () => {
  const files = await apart('a draft\nof it\n', 'a text\nof it\n', 'a list\nof it\n')
  assert.deepEqual(files, ['a.txt: a list text\nof it\n'])
})

test('[CO1] a line that was changed here and deleted there stays', async () => {
  const files = await apart('buy pears\nand plums\n', 'buy 18 pears\nand plums\n', 'and plums\n')
  assert.deepEqual(files, ['a.txt: buy 18 pears\nand plums\n'])
})
