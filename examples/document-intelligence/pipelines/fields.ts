import { z } from 'zod'
import type { Claim } from '../evidence/judge-field.ts'
import { type FieldType, type FieldValue, fieldTypes } from '../evidence/value-follows.ts'

/** A field as the user of the page writes it down. */
export const field = z.object({
  name: z
    .string()
    .trim()
    .regex(/^\p{L}[\p{L}\p{N} _./-]{0,59}$/u, 'letters, digits and blanks, at most 60'),
  type: z.enum(fieldTypes),
  hint: z.string().trim().max(300).default('').describe('Other names of it, with commas between'),
})
export type Field = z.infer<typeof field>

export const fieldList = z
  .array(field)
  .min(1)
  .max(40)
  .refine((fields) => new Set(fields.map(({ name }) => name)).size === fields.length, {
    message: 'each field has a name of its own',
  })

/** What became of a field. */
export const fieldResult = z.object({
  name: z.string(),
  type: z.enum(fieldTypes),
  /** `missing`: not in the document; `unread`: not on the pages that were read. */
  status: z.enum(['found', 'refused', 'missing', 'unread']),
  value: z.union([z.string(), z.number(), z.array(z.string())]).optional(),
  quote: z.string().optional(),
  page: z.number().optional(),
  start: z.number().optional(),
  end: z.number().optional(),
  confidence: z.number().optional(),
  why: z.string().optional(),
})
export type FieldResult = z.infer<typeof fieldResult>

const valueTypes = {
  text: z.string().min(1),
  number: z.number(),
  date: z.iso.date(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .describe('Currency code of three letters'),
  list: z.array(z.string().min(1)).min(1),
} satisfies Record<FieldType, z.ZodType<FieldValue>>

/** The fields of one document as a question to a model. */
export interface FieldQuestion {
  /** For each field its value with the words it was taken from, or null. */
  readonly output: z.ZodType<Record<string, Claim | null>>
  /** The answer that gives nothing. */
  readonly nothing: Record<string, null>
  claimOf(answer: Record<string, Claim | null>, field: Field): Claim | null
}

export function askForFields(fields: readonly Field[]): FieldQuestion {
  const keys = keysOf(fields)
  const claims = fields.map(({ name, type, hint }) => {
    const claim = z.object({
      value: valueTypes[type],
      quote: z.string().min(2).describe('The line or sentence that says so, copied word for word'),
    })
    const description = hint === '' ? name : `${name}, also called: ${hint}`
    return [keys.get(name) ?? name, claim.describe(description).nullable()] as const
  })
  return {
    output: z.object(Object.fromEntries(claims)),
    nothing: Object.fromEntries([...keys.values()].map((key) => [key, null])),
    claimOf: (answer, { name }) => answer[keys.get(name) ?? name] ?? null,
  }
}

/** Vendors take letters, digits and underscores for a key; the name itself stands in the description. */
function keysOf(fields: readonly Field[]): Map<string, string> {
  const keys = new Map<string, string>()
  for (const [at, { name }] of fields.entries()) {
    const latin = name.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase()
    const key = latin.match(/[a-z0-9]+/g)?.join('_') ?? 'field'
    const isTaken = key === 'field' || [...keys.values()].includes(key)
    keys.set(name, isTaken ? `${key}_${at + 1}` : key)
  }
  return keys
}

const list = (text: string): Field[] =>
  text
    .trim()
    .split('\n')
    .map((line) => {
      const [name = '', type = '', hint = ''] = line.split('|').map((part) => part.trim())
      return field.parse({ name, type, hint })
    })

/** Where a user begins. */
export const templates: Readonly<Record<string, readonly Field[]>> = {
  invoice: list(`
    Invoice number | text     | Invoice no, Invoice #, Bill number
    Supplier       | text     | From, Seller, Vendor
    Customer       | text     | Bill to, Buyer, Client
    Invoice date   | date     | Date, Date of issue
    Due date       | date     | Payment due, Pay by
    Currency       | currency | Total due, Total, Amount due
    Net amount     | number   | Subtotal, Net total
    Tax            | number   | VAT, Sales tax
    Total          | number   | Total due, Amount due, Grand total
    IBAN           | text     | Account`),
  contract: list(`
    Parties        | list     | is made between, by and between
    Effective date | date     | Start date, takes effect on
    Fee            | number   | monthly fee, Price, Rent
    Currency       | currency | monthly fee, Fee, Price
    Term           | text     | initial term of, for a term of
    Notice period  | text     | notice period of
    Governing law  | text     | governed by the laws of, governed by`),
  résumé: list(`
    Name      | text | Full name
    E-mail    | text | Mail
    Phone     | text | Mobile, Telephone
    Location  | text | Address, Lives in
    Skills    | list | Key skills, Expertise
    Languages | list | Spoken languages`),
}

/** The template of which most fields are named in a text; the first where none is. */
export function likelyTemplate(text: string): string {
  const lower = text.toLowerCase()
  const share = (fields: readonly Field[]) =>
    fields.filter(({ name, hint }) =>
      [name, ...hint.split(',')].some((each) => lower.includes(each.trim().toLowerCase())),
    ).length / fields.length
  const ranked = Object.entries(templates).toSorted(
    ([, one], [, other]) => share(other) - share(one),
  )
  return ranked[0]?.[0] ?? 'invoice'
}
