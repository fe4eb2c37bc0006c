import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GFM, parser } from '@lezer/markdown'
import { frontMatter } from './front-matter.ts'

const markdown = parser.configure([GFM, frontMatter])

/** The blocks of a text: name and words of each. */
function readBlocks(text: string): string[] {
  const blocks: string[] = []
  for (let block = markdown.parse(text).topNode.firstChild; block; block = block.nextSibling) {
    blocks.push(`${block.name}: ${text.slice(block.from, block.to)}`)
  }
  return blocks
}

test('fields at the head of a file are no heading', () => {
  assert.deepEqual(readBlocks('---\ntitle: Plan\ntags: [a]\n---\n# Plan\n'), [
    'FrontMatter: ---\ntitle: Plan\ntags: [a]\n---',
    'ATXHeading1: # Plan',
  ])
})

test('a rule at the head of a file stays a rule', () => {
  assert.deepEqual(readBlocks('---\n\nwords\n'), ['HorizontalRule: ---', 'Paragraph: words'])
  assert.deepEqual(readBlocks('---\nwords\n'), ['HorizontalRule: ---', 'Paragraph: words'])
})

test('fields that nothing closes end at the first empty line', () => {
  assert.deepEqual(readBlocks('---\ntitle: Plan\n\n# Plan\n'), [
    'FrontMatter: ---\ntitle: Plan',
    'ATXHeading1: # Plan',
  ])
})

test('fields further down are Markdown as ever', () => {
  assert.deepEqual(readBlocks('words\n\n---\n\na: b\n'), [
    'Paragraph: words',
    'HorizontalRule: ---',
    'Paragraph: a: b',
  ])
})
