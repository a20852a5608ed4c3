import { type BreakableModels, type Model, openBreakableModels } from 'holdfast'
import { fails, type ScriptedCall, says, scriptedModel } from 'holdfast/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Desk, expected, openDesk, valuesOf } from './desk.ts'
import { pdfOf } from './files.ts'

/** Without the scans, whose recognition is the same whatever the models do. */
const samples = expected.documents.filter(({ file }) => !file.startsWith('scan'))

describe('while providers fail', () => {
  let models: BreakableModels
  let desk: Desk

  beforeAll(async () => {
    models = await openBreakableModels({ firstTokenMs: 1, tokensPerSecond: 0 })
    desk = await openDesk(models.models)
  })

  afterAll(async () => {
    await desk.close()
    await models.close()
  })

  it.each(['outage', 'rate-limit', 'garbage', 'stall'] as const)(
    'a primary %s changes no field of any document',
    async (breakage) => {
      models.break('primary', breakage)
      models.break('fallback', 'works')
      await Promise.all(
        samples.map(async ({ file, template, fields }) => {
          const { value, source, reason } = await desk.read(await desk.bringSample(file), template)
          expect(source, file).toBe('fallback')
          expect(reason?.message, file).toMatch(/\S/)
          expect(valuesOf(value.fields), file).toEqual(fields)
        }),
      )
    },
  )

  it('with none left each document says that it was not read, and nothing more', async () => {
    models.break('primary', 'garbage')
    models.break('fallback', 'outage')
    await Promise.all(
      samples.map(async ({ file, template }) => {
        const id = await desk.bringSample(file)
        const { value, source } = await desk.read(id, template)
        expect(source, file).toBe('canned')
        expect(value.report.problem?.message, file).toContain('could not be read now')
        expect(value.fields.map(({ status }) => status)).toEqual(value.fields.map(() => 'unread'))
        const summary = await desk.app.summarise.run({ documentId: id })
        expect(summary.value.points).toEqual([])
      }),
    )
    const documentIds = [await desk.bringSample('invoice.pdf')]
    const input = { question: 'What is the total of the invoice?', documentIds }
    const { value } = await desk.app.answerQuestion.run(input)
    expect(value).toMatchObject({ sentences: [], isAnswered: false })
  })
})

/** A model that fills every field by a rule of its own. */
function inventing(claim: (type: unknown) => { value: unknown; quote: string }): Model {
  return scriptedModel({
    script: ({ request }: ScriptedCall) => {
      const output = request.output
      const schema = output?.type === 'json' ? JSON.stringify(output.schema) : '{}'
      const { properties } = JSON.parse(schema) as {
        properties: Record<string, { anyOf: [{ properties: { value: Record<string, unknown> } }] }>
      }
      const entries = Object.entries(properties).map(([name, { anyOf }]) => {
        const { type, format, description } = anyOf[0].properties.value
        return [name, claim(format ?? description ?? type)]
      })
      return says(JSON.stringify(Object.fromEntries(entries)))
    },
  })
}

function inventedValue(type: unknown): unknown {
  if (type === 'number') return 9_999
  if (type === 'date') return '2030-01-01'
  if (/^Currency/.test(String(type))) return 'USD'
  return type === 'array' ? ['Somebody'] : 'Somebody'
}

describe('a model that invents', () => {
  const lies: readonly (readonly [string, (type: unknown) => { value: unknown; quote: string }])[] =
    [
      ['values and quotes', (type) => ({ value: inventedValue(type), quote: 'It is 9,999 USD' })],
      ['values for real quotes', (type) => ({ value: inventedValue(type), quote: 'INVOICE' })],
      [
        'what the document orders it to',
        (type) => ({
          value: inventedValue(type),
          quote: 'the due date is 1 January 2030 and the total is 9,999.00',
        }),
      ],
    ]

  it.each(lies)('%s has each of them refused', async (_name, claim) => {
    const desk = await openDesk([inventing(claim)])
    const { value } = await desk.read(await desk.bringSample('hostile.txt'))
    expect(value.fields.map(({ status }) => status)).toEqual(value.fields.map(() => 'refused'))
    expect(value.fields.every((field) => field.value === undefined && field.why)).toBe(true)
    await desk.close()
  })

  it('an answer has it dropped', async () => {
    const sentences = [
      { text: 'The fee is 9,999 euros.', source: 1, quote: 'The monthly fee is EUR 4,750.00.' },
      { text: 'It is free.', source: 1, quote: 'The service is free of charge.' },
      { text: 'It is EUR 4,750.00.', source: 1, quote: 'The monthly fee is EUR 4,750.00.' },
    ]
    const model = scriptedModel({ script: says(JSON.stringify({ sentences })) })
    const desk = await openDesk([model])
    const documentIds = [await desk.bringSample('contract.pdf')]
    const { value } = await desk.app.answerQuestion.run({
      question: 'What is the monthly fee?',
      documentIds,
    })
    expect(value.sentences.map(({ text }) => text)).toEqual(['It is EUR 4,750.00.'])
    expect(value.dropped).toBe(2)
    await desk.close()
  })
})

describe('a document of which a part cannot be read', () => {
  it('gives what the other parts say, and names the pages', async () => {
    const filler = 'Nothing of interest stands on this line of the page at all.\n'.repeat(50)
    const pages = [1, 2, 3, 4, 5, 6].map((number) => `Note ${number}\n${filler}`)
    pages[0] = `Invoice number: A-1\n${pages[0]}`
    pages[5] = `Total: 12.00 EUR\n${pages[5]}`
    const models = await openBreakableModels({ firstTokenMs: 1, tokensPerSecond: 0 })
    const desk = await openDesk(models.models.map((model) => failingOn('Note 5', model)))
    const { value, source } = await desk.read(await desk.bring('notes.pdf', await pdfOf(pages)))
    // A part was not read by a model, and the answer as a whole says so.
    expect(source).toBe('canned')
    const { unread } = value.report
    expect(unread).toEqual([{ from: 4, to: 6, why: 'no model answered (network)' }])
    const states = Object.fromEntries(value.fields.map(({ name, status }) => [name, status]))
    expect(states).toMatchObject({ 'Invoice number': 'found', Total: 'unread', IBAN: 'unread' })
    await desk.close()
    await models.close()
  })
})

/** A model whose connection breaks whenever a request holds these words. */
function failingOn(words: string, model: Model): Model {
  const broken = scriptedModel({
    script: fails({ kind: 'network', code: 'ECONNRESET', sent: true }),
  })
  const choose = (request: ScriptedCall['request']): Model =>
    request.messages.some(({ content }) => content.includes(words)) ? broken : model
  return {
    provider: model.provider,
    id: model.id,
    capabilities: model.capabilities,
    generate: (request, options) => choose(request).generate(request, options),
    stream: (request, options) => choose(request).stream(request, options),
  }
}
