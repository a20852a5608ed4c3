/** Inputs that cost peers seconds, their stack or their prototype; each about `size` characters long. */
export function hostileInputs(size: number): Readonly<Record<string, string>> {
  const fill = (unit: string, length = size) =>
    unit.repeat(Math.ceil(length / unit.length)).slice(0, length)
  return {
    'open brackets': fill('['),
    'open braces': fill('{'),
    'deep, valid': `${fill('[', size / 2)}${fill(']', size / 2)}`,
    'deep objects, open': fill('{"a":'),
    'deep, malformed': fill('{a:['),
    'empty objects': fill('{} '),
    'flat list, open': `[${fill('1,')}`,
    'objects without quotes, open': `[${fill('{a:1},')}`,
    'missing commas': `[${fill('"a" ')}`,
    'unescaped quotes': `{"a":"${fill('x "y" z ')}`,
    'quotes only': `{"a":"${fill('"')}`,
    'comma-quote prose': `{"a":"${fill(', "b" c')}`,
    closers: fill('}'),
    'document and closers': `{"a":1}${fill('}')}`,
    digits: fill('7'),
    'digits in an object': `{"a":${fill('7')}}`,
    'huge string, cut': `{"a":"${fill('x')}`,
    'many fences': fill('```json\n{"a":1}\n```\n'),
    'many candidates': fill('{"a":1} '),
    'broken candidates': fill('{"a": '),
    'long key': `{"${fill('k')}":1}`,
    __proto__s: `{${fill('"__proto__":{"x":1},')}"a":1}`,
    backslashes: `{"a":"${fill('\\')}`,
    'smart quotes': fill('“'),
    'comments, never closed': `{${fill('/* a ')}`,
    'bare words': `{a:${fill('a,b "c ')}`,
    'reasoning tags': fill('<think>'),
  }
}
