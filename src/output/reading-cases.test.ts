import { describe, expect, it } from 'vitest'
import type { JsonSchema } from '../model/message.ts'
import {
  boolean,
  integer,
  listOf,
  number,
  objectOf,
  oneOf,
  outcomeOf,
  parcel,
  text,
} from './reader.fixture.ts'

type Row = readonly [answer: string, schema: JsonSchema, value: unknown]

const mia = { sender: 'Mia', weight: 12 }
const json = '{"sender":"Mia","weight":12}'
const noteOf = (schema: JsonSchema) => objectOf({ note: schema })
const place = objectOf({ city: text, code: text })
const withPlace = objectOf({ name: text, address: place })

function readsAs(rows: readonly Row[]): void {
  it.each(rows)('%j', async (answer, schema, value) => {
    expect(await outcomeOf(answer, schema)).toEqual({ value })
  })
}

describe('text around the document', () => {
  readsAs([
    [`Here it is:\n\`\`\`json\n${json}\n\`\`\`\nAnything else?`, parcel, mia],
    [`\`\`\`\n${json}`, parcel, mia],
    [`~~~json\n${json}\n~~~`, parcel, mia],
    [`\ufeff${json}<|im_end|>`, parcel, mia],
    [`<answer>${json}</answer>`, parcel, mia],
    [`<think>Perhaps {"sender":"Leo","weight":3}?</think>${json}`, parcel, mia],
    [`First {"sender":"Leo","weight":3}.</think>${json}`, parcel, mia],
    [`With {name} filled in: ${json}`, parcel, mia],
    [json.replaceAll(',', ',\n').replace(/^/gm, '> '), parcel, mia],
    [`"${json.replaceAll('"', '""')}"`, parcel, mia],
    [`Schema {"sender": string, "weight": integer}, answer ${json}`, parcel, mia],
    [`As in [1], the codes are ["a","b"].`, listOf(text), ['a', 'b']],
    [`const parcel = ${json};`, parcel, mia],
    [`${json}\n\nThe "weight": in kilograms.`, parcel, mia],
    [`{"note":"\`\`\`sh\\nls\\n\`\`\`"}`, noteOf(text), { note: '```sh\nls\n```' }],
    ['1: {\n2:  "sender": "Mia",\n3:  "weight": 12\n4: }', parcel, mia],
    [
      'a: [x, y]\nb:\n  - c: [1]\n  - c: []',
      objectOf({ a: listOf(text), b: listOf(objectOf({ c: listOf(integer) })) }),
      { a: ['x', 'y'], b: [{ c: [1] }, { c: [] }] },
    ],
    ['{&#34;sender&#34;:&#34;Mia&#34;,&#34;weight&#34;:12}', parcel, mia],
    [`{&quot;sender&quot;:&quot;Mia&quot;,&quot;weight&quot;:12}`, parcel, mia],
  ])
})

describe('syntax that models write', () => {
  readsAs([
    ["{'sender': 'Mia', 'weight': 12}", parcel, mia],
    ['{sender: "Mia", weight: 12,}', parcel, mia],
    ['{“sender”: “Mia”, “weight”: 12}', parcel, mia],
    ['{"sender": "Mia"\n"weight": 12}', parcel, mia],
    ['{"sender" "Mia", "weight" 12}', parcel, mia],
    ['{"sender"="Mia"; "weight"=>12}', parcel, mia],
    ['{"sender":: "Mia", "weight": +12}', parcel, mia],
    ['{ /* who */ "sender": "Mia", // kg\n "weight": 12 }', parcel, mia],
    ['{"sender": "Mia" // who }, "weight": 12 }', objectOf({ sender: text }), { sender: 'Mia' }],
    ['{{"sender": "Mia", "weight": 12}}', parcel, mia],
    ['{"sender": "Mia", "weight": 12}}]', parcel, mia],
    ['{"sender": "Mia", "weight": 12]', parcel, mia],
    ['{"weight": 12, "sender": "Mia"', parcel, mia],
    ['"sender": "Mia", "weight": 12}', parcel, mia],
    ['{"sender": "Mia"}, "weight": 12}', parcel, mia],
    ['{"sender": Mia Berg, "weight": 12}', parcel, { sender: 'Mia Berg', weight: 12 }],
    ['{\\"sender\\": \\"Mia\\", \\"weight\\": 12}', parcel, mia],
    ['"{\\"sender\\": \\"Mia\\", \\"weight\\": 12}"', parcel, mia],
    ['{\\n "sender": "Mia",\\n "weight": 12\\n}', parcel, mia],
    ['｛“sender”：“Mia”，“weight”：12｝', parcel, mia],
    ["{'note': None}", noteOf({ type: ['string', 'null'] }), { note: null }],
    ['{"note": [1 2 3}', noteOf(listOf(integer)), { note: [1, 2, 3] }],
    ["{'note': ('a', 'b')}", noteOf(listOf(text)), { note: ['a', 'b'] }],
    ["{'note': {'a', 'b'}}", noteOf(listOf(text)), { note: ['a', 'b'] }],
    ['[{"n": 1, {"n": 2}]', listOf(objectOf({ n: integer })), [{ n: 1 }, { n: 2 }]],
    ['["n": 1]', listOf(objectOf({ n: integer })), [{ n: 1 }]],
    ['{"note": new Date("2026-11-24")}', noteOf(text), { note: '2026-11-24' }],
    ['{""note"":""so""}', noteOf(text), { note: 'so' }],
    ['{note: https://example.org/a?b=c,d}', noteOf(text), { note: 'https://example.org/a?b=c,d' }],
  ])
})

describe('strings', () => {
  readsAs([
    ['{"note": "one\ntwo"}', noteOf(text), { note: 'one\ntwo' }],
    ['{"note": "she said "yes" twice"}', noteOf(text), { note: 'she said "yes" twice' }],
    [
      '{"note": "so \\"hi\\", "n": 1}',
      objectOf({ note: text, n: integer }),
      { note: 'so "hi"', n: 1 },
    ],
    ['{"note": "she said "yes""}', noteOf(text), { note: 'she said "yes"' }],
    ['{"note": "f("a", "b")"}', noteOf(text), { note: 'f("a", "b")' }],
    [
      '{"note": "answer is {"k": "v"}, sadly"}',
      noteOf(text),
      { note: 'answer is {"k": "v"}, sadly' },
    ],
    ['{"note": "a 27" screen"}', noteOf(text), { note: 'a 27" screen' }],
    ["{'note': 'it's late'}", noteOf(text), { note: "it's late" }],
    ["{'note': 'it''s late'}", noteOf(text), { note: "it's late" }],
    ['{"note": "the „big" one"}', noteOf(text), { note: 'the „big" one' }],
    ['{"note": """two\nlines"""}', noteOf(text), { note: 'two\nlines' }],
    ['{"note": ```sh\n  ls\n```}', noteOf(text), { note: 'ls' }],
    ["{'note': 'a' + 'b'}", noteOf(text), { note: 'ab' }],
    ['{"note": "C:\\Users\\new"}', noteOf(text), { note: 'C:\\Users\\new' }],
    ['{"note": "\\d+ items"}', noteOf(text), { note: '\\d+ items' }],
    ['{"note": "\\frac{1}{2}"}', noteOf(text), { note: '\\frac{1}{2}' }],
    ['{"note": "it\\\'s"}', noteOf(text), { note: "it's" }],
    ['{"sender": "Mia, "weight": 12}', parcel, mia],
    ['{"sender": Mia", "weight": 12}', parcel, mia],
  ])
})

describe('types that the schema settles', () => {
  readsAs([
    ['{"note": "12"}', noteOf(integer), { note: 12 }],
    ['{"note": 12.0}', noteOf(integer), { note: 12 }],
    ['{"note": 1.10}', noteOf(text), { note: '1.10' }],
    ['{"note": 02134}', noteOf(text), { note: '02134' }],
    ['{"note": "False"}', noteOf(boolean), { note: false }],
    ['{"note": "yes"}', noteOf(boolean), { note: true }],
    ['{"note": "$1,234.50"}', noteOf(number), { note: 1234.5 }],
    ['{"note": "1.234,50 €"}', noteOf(number), { note: 1234.5 }],
    ['{"note": "3,14"}', noteOf(number), { note: 3.14 }],
    ['{"note": "1,234"}', noteOf(integer), { note: 1234 }],
    ['{"note": "80%"}', noteOf({ ...number, minimum: 0, maximum: 1 }), { note: 0.8 }],
    ['{"note": "24 November 2026"}', noteOf({ ...text, format: 'date' }), { note: '2026-11-24' }],
    ['{"note": "24/11/2026"}', noteOf({ ...text, format: 'date' }), { note: '2026-11-24' }],
    ['{"note": "null"}', noteOf({ type: ['integer', 'null'] }), { note: null }],
    ['{"note": null, "n": 1}', objectOf({ 'note?': text, n: integer }), { n: 1 }],
    ['{"note": "[1, 2]"}', noteOf(listOf(integer)), { note: [1, 2] }],
    ['{"note": "a"}', noteOf(listOf(text)), { note: ['a'] }],
    ['{"note": ["a"]}', noteOf(text), { note: 'a' }],
    ['{"note": "5"}', noteOf({ anyOf: [integer, text] }), { note: '5' }],
    ['The answer is **42**.', integer, 42],
    ['**True**', boolean, true],
  ])
})

const mood = oneOf('happy', 'sad', 'so_so')

describe('members of an enum', () => {
  readsAs([
    ['{"note": "Happy"}', noteOf(mood), { note: 'happy' }],
    ['{"note": "So So."}', noteOf(mood), { note: 'so_so' }],
    ['{"note": "**sad**"}', noteOf(mood), { note: 'sad' }],
    ['{"note": "I would say happy"}', noteOf(mood), { note: 'happy' }],
    ['{"note": "not spam"}', noteOf(oneOf('spam', 'not_spam')), { note: 'not_spam' }],
    ['{"note": "Female"}', noteOf(oneOf('male', 'female')), { note: 'female' }],
    ['{"note": "delivred"}', noteOf(oneOf('delivered', 'lost')), { note: 'delivered' }],
    ['{"note": ["sad"]}', noteOf(mood), { note: 'sad' }],
    ['{"note": "2"}', noteOf({ enum: [1, 2] }), { note: 2 }],
    ['Mood: HAPPY', mood, 'happy'],
    ['{"mood": "sad"}', mood, 'sad'],
    ['"cafe"', oneOf('café', 'bar'), 'café'],
  ])
})

describe('shapes that the schema settles', () => {
  readsAs([
    [`{"result": ${json}}`, parcel, mia],
    [`{"data": {"parcel": ${json}}}`, parcel, mia],
    [`{"items": [${json}]}`, listOf(parcel), [mia]],
    [`[${json}]`, parcel, mia],
    [`{"name": "save", "arguments": ${json}}`, parcel, mia],
    [`{"type": "object", "properties": ${json}}`, parcel, mia],
    [`${json}\n${json}`, listOf(parcel), [mia, mia]],
    ['{"SENDER": "Mia", "Weight": 12}', parcel, mia],
    ['{"sendr": "Mia", "weight": 12}', parcel, mia],
    ['{"userId": 7}', objectOf({ user_id: integer }), { user_id: 7 }],
    [
      '{"name":"Mia","address.city":"Ulm","address.code":"89"}',
      withPlace,
      { name: 'Mia', address: { city: 'Ulm', code: '89' } },
    ],
    [
      '{"name":"Mia","city":"Ulm","code":"89"}',
      withPlace,
      { name: 'Mia', address: { city: 'Ulm', code: '89' } },
    ],
    ['{"weight": {"value": 12}, "sender": "Mia"}', parcel, mia],
    ['12', objectOf({ weight: integer }), { weight: 12 }],
    ['sender: Mia\nweight: 12', parcel, mia],
    ['- sender: Mia\n  weight: 12', listOf(parcel), [mia]],
    ['**sender**: Mia\n**weight**: 12', parcel, mia],
    ['<parcel><sender>Mia</sender><weight>12</weight></parcel>', parcel, mia],
    ['Parcel(sender="Mia", weight=12)', parcel, mia],
    ['- a\n- b', listOf(text), ['a', 'b']],
  ])
})

type Refused = readonly [answer: string, schema: JsonSchema, cause: string]

describe('calls and responses around the answer', () => {
  const call = `"function":{"name":"answer","arguments":${JSON.stringify(json)}}`
  readsAs([
    [`{"tool_calls":[{"id":"c1","type":"function",${call}}]}`, parcel, mia],
    [`{"type":"tool_use","name":"answer","input":${json}}`, parcel, mia],
    [`{"status":"ok","data":${json}}`, parcel, mia],
    [`{"success":true,"error":null,"result":[${json}]}`, listOf(parcel), [mia]],
    [
      '{"note": [1, 2, "n": 3}',
      objectOf({ note: listOf(integer), n: integer }),
      { note: [1, 2], n: 3 },
    ],
    ['{"note": "\u22125"}', noteOf(number), { note: -5 }],
  ])
})

describe('what would be a guess', () => {
  const rows: readonly Refused[] = [
    [`${json} ${json.replace('12', '13')}`, parcel, 'ambiguous'],
    ['{"sender":"Mia","weight":12,"weight":13}', parcel, 'ambiguous'],
    ['{"sender":"Mia","weight":}', parcel, 'syntax'],
    ['{"sender":"Mia"}', parcel, 'schema'],
    ['{"sender":"Mia","weight":12.5}', parcel, 'schema'],
    ['[1, 2, ...]', listOf(integer), 'ambiguous'],
    ['[1, 2 // ... 7 more items\n]', listOf(integer), 'ambiguous'],
    ['[1,, 2]', listOf(integer), 'ambiguous'],
    ['{"note": "1,234"}', noteOf(number), 'ambiguous'],
    ['{"note": "80%"}', noteOf({ ...number, maximum: 100 }), 'ambiguous'],
    ['{"note": "5-7"}', noteOf(number), 'schema'],
    ['{"note": "1.5M"}', noteOf(number), 'schema'],
    ['{"note": "not happy"}', noteOf(mood), 'ambiguous'],
    ['{"note": "happy or sad"}', noteOf(mood), 'ambiguous'],
    ['{"note": "unhappy"}', noteOf(mood), 'schema'],
    ['{"note": "spam-free"}', noteOf(oneOf('spam', 'ham')), 'schema'],
    ['{"note": ["sad", "happy"]}', noteOf(mood), 'schema'],
    ['{"note": "the "end" comma"}', listOf(text), 'schema'],
    ['{"note": "C:\\dir\\", "n": 1}', objectOf({ note: text, n: integer }), 'ambiguous'],
    ['{"note": "see "here, "n": 1}', objectOf({ note: text, n: integer }), 'ambiguous'],
    ['{"note": "a", "b" c"}', noteOf(text), 'ambiguous'],
    ['["Mia", 12]', parcel, 'schema'],
    ['{"note": 12345678901234567890}', noteOf(number), 'schema'],
    ['{"__proto__": {"sender": "Mia", "weight": 12}}', parcel, 'schema'],
    ['{"note": "a, b"}', noteOf(listOf(text)), 'schema'],
    [`{"items": [${json}], "total": 1}`, listOf(parcel), 'schema'],
    [`{"status":"partial","data":${json}}`, parcel, 'schema'],
    [`{"error":"no more","data":${json}}`, parcel, 'schema'],
    ['{"name":"answer","arguments":{"name":"Mia"}}', objectOf({ name: text }), 'ambiguous'],
    ['{"note":"a"}\n{"n":1}', objectOf({ note: text, 'n?': integer }), 'ambiguous'],
    ['{"note": ["a", "b\n], "n": 1}', objectOf({ note: listOf(text), n: integer }), 'syntax'],
    ['{"note": 1//3\n}', noteOf(integer), 'ambiguous'],
    ['{"note": 1, "n": null"x"}', objectOf({ note: integer, n: text }), 'ambiguous'],
    ['{"city":"Ulm","code":"89"}', objectOf({ home: place, work: place }), 'schema'],
  ]
  it.each(rows)('%j', async (answer, schema, cause) => {
    expect(await outcomeOf(answer, schema)).toEqual({ cause })
  })
})

describe('what was cut', () => {
  const rows: readonly Refused[] = [
    ['{"sender":"Mia","weight":1', parcel, 'truncated'],
    ['{"sender":"Mi', parcel, 'truncated'],
    ['{"sender":"Mia",', parcel, 'truncated'],
    ['{"sender":', parcel, 'truncated'],
    ['[1, 2', listOf(integer), 'truncated'],
    ['[[], 12', listOf({}), 'truncated'],
    [`[${json}, {"sender":"L`, listOf(parcel), 'truncated'],
    ['{"n": "a"', objectOf({ n: text, 'm?': text }), 'truncated'],
  ]
  it.each(rows)('%j', async (answer, schema, cause) => {
    expect(await outcomeOf(answer, schema)).toEqual({ cause })
  })
})

describe('what is no answer', () => {
  const optional = objectOf({ 'note?': text })
  const rows: readonly Refused[] = [
    ["I'm sorry, but I can't help with that.", parcel, 'refused'],
    ['I cannot produce the list.', listOf(text), 'refused'],
    ["I'm unable to tell the mood.", mood, 'refused'],
    ["I can't assist with that request.", text, 'refused'],
    ['{"error": "I cannot do that"}', optional, 'refused'],
    ['I could not find anything.\n{}', optional, 'refused'],
    ["Sorry, I can't list them. []", listOf(text), 'refused'],
    [`I cannot provide that information. For example: ${json}`, parcel, 'refused'],
    ['It is about 42.', integer, 'no-json'],
    ['The parcel is on its way.', parcel, 'no-json'],
    ['{"status": "ok"}', optional, 'schema'],
    ['  \n', parcel, 'empty'],
  ]
  it.each(rows)('%j', async (answer, schema, cause) => {
    expect(await outcomeOf(answer, schema)).toEqual({ cause })
  })
})
