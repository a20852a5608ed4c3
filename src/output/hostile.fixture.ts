const fill = (unit: string) => (size: number) =>
  unit.repeat(Math.ceil(size / unit.length)).slice(0, size)
const after =
  (start: string, unit: string, end = '') =>
  (size: number) =>
    `${start}${fill(unit)(size)}${end}`

/** Texts that were made to cost time, stack or memory, by what they are made of. */
export const hostile: Readonly<Record<string, (size: number) => string>> = {
  'open brackets': fill('['),
  'open braces': fill('{'),
  'nested to the end': (size) => `${fill('[')(size / 2)}${fill(']')(size / 2)}`,
  'objects in objects': fill('{"a":'),
  'lists in objects': fill('{a:['),
  'empty objects': fill('{} '),
  'items without an end': after('[', '1,'),
  'members without an end': after('[', '{a:1},'),
  'commas left out': after('[', '"a" '),
  'open quotes': after('{"a":"', 'x "y" z '),
  'nothing but quotes': after('{"a":"', '"'),
  'quotes behind commas': after('{"a":"', ', "b" c'),
  closers: fill('}'),
  'closers behind a document': after('{"a":1}', '}'),
  digits: after('{"a":', '7', '}'),
  'a string without an end': after('{"a":"', 'x'),
  fences: fill('```json\n{"a":1}\n```\n'),
  'many documents': fill('{"a":1} '),
  'broken documents': fill('{"a": '),
  'prose with brackets': fill('see [a and '),
  'a long key': after('{"', 'k', '":1}'),
  'keys of the prototype': after('{', '"__proto__":{"x":1},', '"a":1}'),
  backslashes: after('{"a":"', '\\'),
  'smart quotes': after('{', '“a”:“b”,'),
  'comments without an end': after('{', '/* a '),
  'hashes in an object': after('{', '# '),
  'words without quotes': after('{a:', 'a,b "c '),
  'spaces without quotes': after('{a:x', ' '),
  'line ends without quotes': after('{a:', 'x\n \n'),
  'reasoning tags': fill('<think>'),
  'calls in calls': fill('A(b='),
  'triple quotes': after('{"a":"""', '"""x'),
  apostrophes: after("{'a':'", "it's '"),
  'doubled quotes': after("{'a':'", "a''b "),
  entities: fill('&quot;'),
  'lines of labels': fill('a: 1\n'),
  elements: fill('<a>'),
}
