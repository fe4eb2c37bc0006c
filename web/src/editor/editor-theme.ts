import { HighlightStyle } from '@codemirror/language'
import { EditorView } from '@codemirror/view'
import { tags } from '@lezer/highlight'

/** The editor in the colours of the page; they are variables, so that one theme is light and dark. */
export const editorTheme = EditorView.theme({
  '&': { height: '100%', backgroundColor: 'transparent', color: 'var(--text)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { overflow: 'auto', overscrollBehavior: 'contain' },
  '.cm-content': { caretColor: 'var(--accent)' },
  '.cm-cursor, .cm-dropCursor': { borderLeftColor: 'var(--accent)', borderLeftWidth: '2px' },
  '.cm-selectionBackground': { backgroundColor: 'var(--selection-idle)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': {
    backgroundColor: 'var(--selection)',
  },
  '.cm-activeLine': { backgroundColor: 'transparent' },
  '.cm-gutters': {
    backgroundColor: 'var(--bg)',
    color: 'var(--text-3)',
    border: 'none',
    paddingLeft: '8px',
  },
  '.cm-activeLineGutter': { backgroundColor: 'transparent', color: 'var(--text)' },
  '.cm-specialChar': { color: 'var(--danger)' },
  '.cm-matchingBracket': {
    backgroundColor: 'var(--selected)',
    outline: '1px solid var(--border-control)',
  },
  '.cm-searchMatch': { backgroundColor: 'var(--found)', borderRadius: '2px' },
  '.cm-searchMatch-selected': { outline: '2px solid var(--accent)' },
  '.cm-selectionMatch': { backgroundColor: 'var(--hover)' },
  '.cm-panels': {
    backgroundColor: 'var(--surface)',
    color: 'var(--text)',
    zIndex: 4,
  },
  '.cm-panels-top': { borderBottom: '1px solid var(--border)' },
  '.cm-panel.cm-search': {
    padding: '5px 40px 5px 16px',
    fontFamily: 'var(--font-ui)',
    fontSize: 'var(--size-13)',
  },
  '.cm-panel.cm-search label': {
    display: 'inline-flex',
    alignItems: 'center',
    gap: '4px',
    margin: '0 10px 0 2px',
    fontSize: 'var(--size-12)',
    color: 'var(--text-2)',
  },
  '.cm-panel.cm-search input, .cm-panel.cm-search button': { margin: '3px 8px 3px 0' },
  '.cm-panel.cm-search input[type=checkbox]': { margin: '0' },
  '.cm-panel.cm-search [name=close]': {
    top: '6px',
    right: '0',
    width: '28px',
    height: '28px',
    fontSize: '18px',
    borderRadius: 'var(--radius-control)',
    color: 'var(--text-2)',
    cursor: 'pointer',
  },
  '.cm-textfield': {
    width: '220px',
    height: '28px',
    padding: '0 8px',
    backgroundColor: 'var(--bg)',
    border: '1px solid var(--border-control)',
    borderRadius: 'var(--radius-control)',
    fontSize: 'var(--size-13)',
  },
  '.cm-button': {
    height: '28px',
    padding: '0 8px',
    backgroundImage: 'none',
    backgroundColor: 'var(--raised)',
    border: '1px solid var(--border-button)',
    borderRadius: 'var(--radius-control)',
    fontSize: 'var(--size-12)',
    fontWeight: '500',
    cursor: 'pointer',
  },
})

const muted = 'var(--text-3)'

export const highlightStyle = HighlightStyle.define([
  { tag: tags.heading1, fontSize: '1.5em', fontWeight: '650', lineHeight: '1.4' },
  { tag: tags.heading2, fontSize: '1.25em', fontWeight: '650', lineHeight: '1.4' },
  { tag: tags.heading3, fontSize: '1.1em', fontWeight: '650' },
  { tag: tags.heading, fontWeight: '650' },
  { tag: tags.strong, fontWeight: '650' },
  { tag: tags.emphasis, fontStyle: 'italic' },
  { tag: tags.strikethrough, textDecoration: 'line-through', color: muted },
  { tag: [tags.processingInstruction, tags.contentSeparator], color: muted, fontWeight: '400' },
  { tag: [tags.link, tags.url], color: 'var(--accent)' },
  { tag: tags.quote, color: 'var(--text-2)' },
  { tag: tags.monospace, fontFamily: 'var(--font-mono)', fontSize: '0.9em' },
  { tag: tags.labelName, color: muted },
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword], color: 'var(--violet)' },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: 'var(--ok)' },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: 'var(--warn)' },
  { tag: [tags.comment, tags.meta], color: muted, fontStyle: 'italic' },
  { tag: [tags.typeName, tags.className, tags.namespace, tags.tagName], color: 'var(--teal)' },
  {
    tag: [tags.function(tags.variableName), tags.propertyName, tags.attributeName],
    color: 'var(--accent)',
  },
  { tag: tags.invalid, color: 'var(--danger)' },
])
